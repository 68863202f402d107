//! `redress erase`: the keys of a user's texts are destroyed, and the log says so.

use std::process::ExitCode;

use clap::Args;
use redress_domain::event::Event;
use redress_domain::identity::UserRef;
use redress_domain::user;
use redress_engine::{Answer, Engine, EventRange, Look};
use redress_projections::cases::CaseFilter;
use redress_protocol::{answer, command};
use serde_json::json;
use uuid::{Uuid, uuid};

use crate::failure::{Failure, REFUSED};
use crate::handing_in::submission;
use crate::place::Place;
use crate::store::StoreArguments;
use crate::table::Page;
use crate::terminal::{self, Format};
use crate::wording::counted;

/// The namespace of the ids of erasures.
const NAMESPACE: Uuid = uuid!("2d1f0f6c-63f5-5b0a-8a3e-9f6f5f3c1b4e");

/// Whose texts to erase.
#[derive(Args)]
pub struct Arguments {
    /// The user, by the pseudonym that complaints carry.
    #[arg(value_name = "USER")]
    user: String,
    /// Why. It stays in the log for ever and is shown to everybody who reads it: name nobody here.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who does it, an admin.
    #[arg(long, value_name = "ID", default_value = "operator")]
    by: String,
    /// How to show what was erased.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Erases. Asking again for the same user records that again: each request has its record.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let store = place.store_only("erase")?;
    store.expect_store()?;
    let engine = store.open()?;
    let user_ref = UserRef::new(&arguments.user)
        .map_err(|_| Failure::Usage(format!("`{}` is no user", arguments.user)))?;
    let position = engine.last_position();
    let document = command::parse(&json!({
        "type": "user.erase",
        "by": { "role": "admin", "id": arguments.by },
        "data": { "user_ref": arguments.user, "reason": arguments.reason },
    }))
    .map_err(|error| Failure::Usage(error.sentence()))?;
    // The log only grows, so that no two requests have one id.
    let id = Uuid::new_v5(&NAMESPACE, format!("{position} {user_ref}").as_bytes());
    let answer = engine.submit(submission(document, id)).wait()?;
    let accepted = match answer {
        Answer::Accepted(accepted) => accepted,
        Answer::Refused(refused) => {
            eprintln!("redress: refused: {}", refused.refusal.message);
            if arguments.format == Format::Json {
                terminal::write_json(&answer::refused(&refused.refusal))?;
            }
            return Ok(ExitCode::from(REFUSED));
        }
    };
    let keys = destroyed_keys(&engine, accepted.position)?;
    let filter = CaseFilter {
        user_ref: Some(user_ref),
        ..CaseFilter::default()
    };
    let complaints: Vec<String> = engine
        .complaints(&filter, Look::default())?
        .value
        .iter()
        .map(|id| format!("complaint-{id}"))
        .collect();
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
            "position": accepted.position,
        }))?,
        Format::Table => {
            let mut page = Page::default();
            if keys.is_empty() {
                page.line(format!(
                    "No text of {} was left to erase. The request is recorded at position {}.",
                    arguments.user, accepted.position
                ));
            } else {
                page.line(format!(
                    "{} of {} destroyed: nobody can read the texts again, in no copy of the log.",
                    counted(keys.len() as u64, "key"),
                    arguments.user
                ));
                page.fact("texts gone in", streams.join(", "));
                page.fact("recorded at", format!("position {}", accepted.position));
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
