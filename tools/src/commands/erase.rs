//! `redress erase`: the keys of a user's texts are destroyed, and the log says so.

use std::process::ExitCode;

use clap::Args;
use redress_domain::event::Event;
use redress_domain::identity::UserRef;
use redress_domain::user;
use redress_engine::{Answer, Engine, EventRange, Look};
use redress_projections::cases::CaseFilter;
use redress_protocol::command;
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::failure::{Failure, REFUSED};
use crate::handing_in::submission;
use crate::place::Place;
use crate::server::Server;
use crate::table::Page;
use crate::terminal::{self, Format};
use crate::wording::counted;

/// The namespace of the ids of erasures.
const NAMESPACE: Uuid = uuid!("2d1f0f6c-63f5-5b0a-8a3e-9f6f5f3c1b4e");

/// Who erases in a store where nothing is said.
const OPERATOR: &str = "operator";

/// Whose texts to erase.
#[derive(Args)]
pub struct Arguments {
    /// The user, by the pseudonym that complaints carry.
    #[arg(value_name = "USER")]
    user: String,
    /// Why. It stays in the log for ever and is shown to everybody who reads it: name nobody here.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who does it, an admin; `operator` where nothing is said, and with --server whoever asks.
    #[arg(long, value_name = "ID")]
    by: Option<String>,
    /// How to show what was erased.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What an erasure did.
struct Erased {
    /// The keys that were destroyed.
    keys: Vec<u64>,
    /// The user's complaints.
    complaints: Vec<String>,
    /// Where it is recorded.
    position: u64,
}

/// Erases. Asking again for the same user records that again: each request has its record.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let user_ref = UserRef::new(&arguments.user)
        .map_err(|_| Failure::Usage(format!("`{}` is no user", arguments.user)))?;
    let erased = match place.server()? {
        Some(server) => by_service(arguments, &server, &user_ref),
        None => in_store(arguments, place, &user_ref),
    };
    let Erased {
        keys,
        complaints,
        position,
    } = match erased {
        Ok(erased) => erased,
        Err(Failure::Refused {
            code,
            clause,
            message,
        }) if arguments.format == Format::Json => {
            eprintln!("redress: refused: {message}");
            terminal::write_json(&json!({
                "outcome": "refused", "code": code, "clause": clause, "message": message,
            }))?;
            return Ok(ExitCode::from(REFUSED));
        }
        Err(failure) => return Err(failure),
    };
    // Without a key there was no text: the complaints are not named as if there had been.
    let streams = if keys.is_empty() {
        Vec::new()
    } else {
        complaints
    };
    match arguments.format {
        Format::Json => terminal::write_json(&json!({
            "user_ref": arguments.user,
            "keys": keys,
            "streams": streams,
            "position": position,
        }))?,
        Format::Table => {
            let mut page = Page::default();
            if keys.is_empty() {
                page.line(format!(
                    "No text of {} was left to erase. The request is recorded at position {}.",
                    arguments.user, position
                ));
            } else {
                page.line(format!(
                    "{} of {} destroyed: nobody can read the texts again, in no copy of the log.",
                    counted(keys.len() as u64, "key"),
                    arguments.user
                ));
                page.fact("texts gone in", streams.join(", "));
                page.fact("recorded at", format!("position {}", position));
                page.line(
                    "Order, figures and digests of the log are as before. A backup of the vault \
                     made before",
                );
                page.line("this still holds the key: replace such backups.");
            }
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The command, by somebody where the caller says who.
fn document(arguments: &Arguments, by: Option<&str>) -> Value {
    let mut document = json!({
        "type": "user.erase",
        "data": { "user_ref": arguments.user, "reason": arguments.reason },
    });
    if let (Some(map), Some(by)) = (document.as_object_mut(), by) {
        map.insert("by".to_owned(), json!({ "role": "admin", "id": by }));
    }
    document
}

/// The log only grows, so that no two requests have one id.
fn command_id(position: u64, user_ref: &UserRef) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{position} {user_ref}").as_bytes())
}

fn in_store(arguments: &Arguments, place: &Place, user_ref: &UserRef) -> Result<Erased, Failure> {
    place.store.expect_store()?;
    let engine = place.store.open()?;
    let by = arguments.by.as_deref().unwrap_or(OPERATOR);
    let document = command::parse(&document(arguments, Some(by)))
        .map_err(|error| Failure::Usage(error.sentence()))?;
    let id = command_id(engine.last_position(), user_ref);
    let accepted = match engine.submit(submission(document, id)).wait()? {
        Answer::Accepted(accepted) => accepted,
        Answer::Refused(refused) => {
            return Err(Failure::Refused {
                code: refused.refusal.code.as_str().to_owned(),
                clause: refused.refusal.clause.map(str::to_owned),
                message: refused.refusal.message,
            });
        }
    };
    let filter = CaseFilter {
        user_ref: Some(user_ref.clone()),
        ..CaseFilter::default()
    };
    let complaints = engine.complaints(&filter, Look::default())?.value;
    Ok(Erased {
        keys: destroyed_keys(&engine, accepted.position)?,
        complaints: complaints
            .iter()
            .map(|id| format!("complaint-{id}"))
            .collect(),
        position: accepted.position,
    })
}

/// The same, done by a service. Whoever asks is who does it, unless it is said otherwise.
fn by_service(
    arguments: &Arguments,
    server: &Server,
    user_ref: &UserRef,
) -> Result<Erased, Failure> {
    let mut document = document(arguments, arguments.by.as_deref());
    let id = command_id(server.last_position()?, user_ref);
    if let Some(map) = document.as_object_mut() {
        map.insert("id".to_owned(), id.to_string().into());
    }
    let number = |answer: &Value, key: &str| answer.get(key).and_then(Value::as_u64);
    let accepted = server.post(&["v1", "commands"], &document)?.document;
    let position = number(&accepted, "position").unwrap_or(0);
    let before = position.saturating_sub(1).to_string();
    let recorded = server.get(
        &["v1", "events"],
        &[("after", before), ("limit", "1".to_owned())],
    )?;
    let keys = recorded.document.pointer("/events/0/data/key_numbers");
    let keys = keys.and_then(Value::as_array).into_iter().flatten();
    let mut complaints = Vec::new();
    let filter = [("user", user_ref.to_string())];
    server.each("complaints", &filter, |complaint| {
        let id = complaint.get("complaint_id").and_then(Value::as_str);
        complaints.extend(id.map(|id| format!("complaint-{id}")));
        Ok(())
    })?;
    Ok(Erased {
        keys: keys.filter_map(Value::as_u64).collect(),
        complaints,
        position,
    })
}

/// The keys that the record of an erasure names.
fn destroyed_keys(engine: &Engine, position: u64) -> Result<Vec<u64>, Failure> {
    let range = EventRange {
        from: Some(position),
        to: Some(position),
        ..EventRange::default()
    };
    let mut keys = Vec::new();
    engine.events(&range, |recorded| {
        if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) = recorded.event {
            keys = key_numbers;
        }
        false
    })?;
    Ok(keys)
}
