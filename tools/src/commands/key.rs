//! `redress key`: the API keys by which other programs are known to a service.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use redress_domain::instant::{CivilOffset, Instant};
use redress_engine::{Clock, SystemClock};
use redress_protocol::instant::{format_instant, parse_instant, parse_span};
use redress_service::identity::api_keys::{self, ApiKeyError, KeptKey, KeyRequest};
use redress_service::identity::setting::{ACTS_FOR_DEFAULT, Mark};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::store::StoreArguments;
use crate::table::{Page, table};
use crate::terminal::{self, Format};

/// What to do with keys.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make a key and show it, once: it is kept as a digest.
    Create(Create),
    /// The keys there are, without their secrets.
    List(List),
    /// Make a key worthless; a running service sees that with the next request.
    Revoke(Revoke),
}

#[derive(Args)]
struct Create {
    /// The role of whoever will hold it: user, merchant, intermediary, reviewer, risk, service,
    /// auditor or admin.
    #[arg(long, value_name = "ROLE")]
    role: String,
    /// Who, within that role: a merchant number, the name of a person or of a program.
    #[arg(long, value_name = "ID")]
    id: String,
    /// For how long it is good, as 90d or 12h.
    #[arg(
        long,
        value_name = "SPAN",
        default_value = "90d",
        conflicts_with = "expires_at"
    )]
    expires_in: String,
    /// Until when it is good.
    #[arg(long, value_name = "INSTANT")]
    expires_at: Option<String>,
    /// Whether it may submit the acts of others: gateway (trust platform) or partner (trust
    /// partner).
    #[arg(long, value_name = "MARK")]
    mark: Option<String>,
    /// With --mark: for whom it may speak.
    #[arg(long, value_name = "ROLES", value_delimiter = ',', default_values = ACTS_FOR_DEFAULT, requires = "mark")]
    acts_for: Vec<String>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Args)]
struct List {
    /// How to show them.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Args)]
struct Revoke {
    /// The id of the key: what stands between the first and the second underscore of it.
    #[arg(value_name = "KEY_ID")]
    key_id: String,
}

/// Makes, lists or revokes keys. It needs no store, and a running service does not mind.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    match &arguments.command {
        KeyCommand::Create(arguments) => create(arguments, store),
        KeyCommand::List(arguments) => list(arguments, store),
        KeyCommand::Revoke(arguments) => revoke(arguments, store),
    }
}

fn create(arguments: &Create, store: &StoreArguments) -> Result<ExitCode, Failure> {
    let request = KeyRequest {
        role: arguments.role.clone(),
        id: arguments.id.clone(),
        mark: match &arguments.mark {
            None => None,
            Some(name) => Some(Mark::parse(name).ok_or_else(|| {
                Failure::Usage(format!("`{name}` is no mark: gateway or partner"))
            })?),
        },
        acts_for: arguments.acts_for.clone(),
        expires_at: expires_at(arguments)?,
    };
    let (key, kept) = api_keys::create(&store.data, &request).map_err(failed)?;
    match arguments.format {
        Format::Json => {
            let mut document = shown(&kept);
            if let Value::Object(fields) = &mut document {
                fields.insert("key".to_owned(), key.into());
            }
            terminal::write_json(&document)?;
        }
        Format::Table => {
            let mut page = Page::default();
            page.line(&key);
            page.line("It is shown this once; send it as `Authorization: Bearer KEY`.");
            page.fact("holder", format!("{} {}", kept.role, kept.id));
            page.fact("good until", instant(kept.expires_at_ms));
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn expires_at(arguments: &Create) -> Result<Instant, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    if let Some(text) = &arguments.expires_at {
        return parse_instant(text).map_err(|error| usage(&error));
    }
    let span = parse_span(&arguments.expires_in).map_err(|error| usage(&error))?;
    Ok(SystemClock.now().plus(span))
}

fn list(arguments: &List, store: &StoreArguments) -> Result<ExitCode, Failure> {
    let keys = api_keys::list(&store.data).map_err(failed)?;
    match arguments.format {
        Format::Json => terminal::write_json(&keys.iter().map(shown).collect())?,
        Format::Table => {
            let mut rows = table(&["key", "holder", "mark", "good until", "revoked"]);
            for key in &keys {
                rows.add_row([
                    key.key_id.clone(),
                    format!("{} {}", key.role, key.id),
                    key.mark.map_or("", Mark::as_str).to_owned(),
                    instant(key.expires_at_ms),
                    key.revoked_at_ms.map_or_else(String::new, instant),
                ]);
            }
            let mut page = Page::default();
            page.table(&rows);
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn revoke(arguments: &Revoke, store: &StoreArguments) -> Result<ExitCode, Failure> {
    let revoked = api_keys::revoke(&store.data, &arguments.key_id).map_err(failed)?;
    terminal::write(&format!(
        "{} of {} {} is revoked.\n",
        revoked.key_id, revoked.role, revoked.id
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// A key without its secret.
fn shown(key: &KeptKey) -> Value {
    json!({
        "key_id": key.key_id,
        "role": key.role,
        "id": key.id,
        "mark": key.mark.map(Mark::as_str),
        "acts_for": key.mark.map(|_| &key.acts_for),
        "made_at": instant(key.made_at_ms),
        "expires_at": instant(key.expires_at_ms),
        "revoked_at": key.revoked_at_ms.map(instant),
    })
}

fn instant(unix_ms: i64) -> String {
    format_instant(Instant::from_unix_ms(unix_ms), CivilOffset::from_seconds(0))
}

fn failed(error: ApiKeyError) -> Failure {
    match error {
        ApiKeyError::File { .. } => Failure::Failed(error.to_string()),
        ApiKeyError::Holder(_) | ApiKeyError::Unknown(_) | ApiKeyError::RunOut => {
            Failure::Usage(error.to_string())
        }
    }
}
