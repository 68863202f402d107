//! One command as a document: who asks for what, when, on whose word.

mod agreement;
mod complaint;
mod intermediary;
mod measure;
mod merchant;
mod rulebook;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use redress_domain::command::Request;
use redress_domain::identity::{Actor, ActorId, Role, StreamId, Trust, UserRef};
use redress_domain::instant::Instant;
use redress_domain::refusal::{Code, Refusal};
use redress_domain::text::PersonalText;
use redress_domain::user;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::field::{Field, FieldError, FieldFault, Fields, Place};
use crate::json;

/// The greatest amount that a command may name, in fen: a hundred thousand million yuan. Sums of
/// any number of amounts that the rules add up stay far below what 64 bits hold.
pub const AMOUNT_MOST_FEN: u64 = 10_000_000_000_000;

/// The greatest count that a command may name: debits, users, positions.
const COUNT_MOST: u64 = 1_000_000_000_000_000;

/// A command as given.
#[derive(Clone, Debug)]
pub struct CommandDocument {
    /// The idempotency key; absent where it is derived.
    pub id: Option<Uuid>,
    /// What is asked.
    pub request: Request,
    /// Drives the clock of feeds, scenarios and imports; absent elsewhere.
    pub recorded_at: Option<Instant>,
    /// When it is said to have happened.
    pub occurred_at: Option<Instant>,
    /// Who acted.
    pub by: Actor,
    /// Who vouches for `occurred_at`.
    pub trust: Option<Trust>,
    /// The stream's last version as the caller saw it; -1 for "must be new".
    pub expected_version: Option<i64>,
    /// Ties together what belongs to one outside request.
    pub correlation_id: Option<Uuid>,
    /// What an idempotency key stands for, as canonical JSON: type, by, trust, occurred_at,
    /// expected_version and data. Two commands with one id and different bytes here are two
    /// commands (`command_id_reused`).
    pub body: Vec<u8>,
}

/// Why a document is not a command: the first wrong thing found, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct CommandError {
    /// `field_unknown`, `field_missing`, `field_invalid` or `timestamp_without_offset`.
    pub code: Code,
    /// Where, as in `data.orders[1].amount_fen`; empty for the whole document.
    pub path: String,
    /// A sentence for people, without the place.
    pub message: String,
}

impl CommandError {
    /// The place and what is wrong with it.
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.path.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.path, self.message)
        }
    }
}

impl From<FieldError> for CommandError {
    fn from(error: FieldError) -> Self {
        Self {
            code: match error.fault {
                FieldFault::Unknown => Code::FieldUnknown,
                FieldFault::Missing => Code::FieldMissing,
                FieldFault::Invalid => Code::FieldInvalid,
                FieldFault::WithoutOffset => Code::TimestampWithoutOffset,
            },
            path: error.path,
            message: error.message,
        }
    }
}

impl From<CommandError> for Refusal {
    fn from(error: CommandError) -> Self {
        Self::new(error.code, error.sentence())
    }
}

/// Reads one line of a feed, or one request body.
///
/// # Errors
/// `field_invalid` without a path when the bytes are not one JSON document; else as `parse`.
pub fn parse_bytes(bytes: &[u8]) -> Result<CommandDocument, CommandError> {
    let document = json::parse(bytes).map_err(|error| CommandError {
        code: Code::FieldInvalid,
        path: String::new(),
        message: format!("not a JSON document: {error}"),
    })?;
    parse(&document)
}

/// Reads one command.
///
/// # Errors
/// The first wrong thing found, by code and place. What a command's own code stands for (an empty
/// reason, no evidence, an unknown ground) is not wrong here: the rules answer it.
pub fn parse(document: &Value) -> Result<CommandDocument, CommandError> {
    let whole = Field {
        value: document,
        place: Place::Document(""),
    };
    let fields = whole.object(&[
        "id",
        "type",
        "recorded_at",
        "occurred_at",
        "by",
        "trust",
        "expected_version",
        "correlation_id",
        "data",
    ])?;
    let kind = fields.required("type")?;
    let by = actor(&fields.required("by")?)?;
    let id = uuid(&fields, "id")?;
    let correlation_id = uuid(&fields, "correlation_id")?;
    let recorded_at = instant(&fields, "recorded_at")?;
    let occurred_at = instant(&fields, "occurred_at")?;
    let trust = match fields.optional("trust") {
        Some(field) => Some(field.name(&TRUSTS, Trust::as_str)?),
        None => None,
    };
    let expected_version = expected_version(&fields)?;
    let empty = Value::Object(Map::new());
    let data = fields.optional("data").unwrap_or(Field {
        value: &empty,
        place: Place::Document("data"),
    });
    let request = request(&kind, &data)?;
    let body = body(document, occurred_at);
    Ok(CommandDocument {
        id,
        request,
        recorded_at,
        occurred_at,
        by,
        trust,
        expected_version,
        correlation_id,
        body,
    })
}

const TRUSTS: [Trust; 3] = [Trust::Platform, Trust::Partner, Trust::OwnClaim];

fn actor(field: &Field<'_, '_>) -> Result<Actor, FieldError> {
    let fields = field.object(&["role", "id"])?;
    Ok(Actor {
        role: fields.required("role")?.name(&Role::ALL, Role::as_str)?,
        id: fields.required("id")?.identifier(ActorId::new)?,
    })
}

fn uuid(fields: &Fields<'_, '_>, key: &str) -> Result<Option<Uuid>, FieldError> {
    fields
        .optional(key)
        .map(|field| Uuid::try_parse(field.text()?).map_err(|_| field.invalid("must be a UUID")))
        .transpose()
}

fn instant(fields: &Fields<'_, '_>, key: &str) -> Result<Option<Instant>, FieldError> {
    fields
        .optional(key)
        .map(|field| field.instant())
        .transpose()
}

fn expected_version(fields: &Fields<'_, '_>) -> Result<Option<i64>, FieldError> {
    fields
        .optional("expected_version")
        .map(|field| {
            field
                .value
                .as_i64()
                .filter(|version| *version >= -1)
                .ok_or_else(|| field.invalid("must be a version from 0, or -1 for a new stream"))
        })
        .transpose()
}

fn request(kind: &Field<'_, '_>, data: &Field<'_, '_>) -> Result<Request, FieldError> {
    let name = kind.text()?;
    let request = match name.split_once('.') {
        Some(("complaint", act)) => complaint::request(act, data)?,
        Some(("merchant", act)) => merchant::request(act, data)?,
        Some(("agreement", act)) => agreement::request(act, data)?,
        Some(("intermediary", act)) => intermediary::request(act, data)?,
        Some(("user", "erase")) => Some(erase(data)?),
        Some(("user", "record_reading")) => Some(record_reading(data)?),
        Some(("rulebook", "announce")) => Some(rulebook::announce(data)?),
        _ => None,
    };
    request.ok_or_else(|| kind.invalid(format!("there is no command named `{name}`")))
}

fn erase(data: &Field<'_, '_>) -> Result<Request, FieldError> {
    let fields = data.object(&["user_ref", "reason"])?;
    let user_ref = fields.required("user_ref")?.identifier(UserRef::new)?;
    Ok(Request::User(
        user_ref.clone(),
        user::Act::Erase {
            user_ref,
            reason: plain_text(&fields, "reason")?,
            key_numbers: Vec::new(),
        },
    ))
}

fn record_reading(data: &Field<'_, '_>) -> Result<Request, FieldError> {
    let fields = data.object(&["user_ref", "stream", "version", "purpose"])?;
    let user_ref = fields.required("user_ref")?.identifier(UserRef::new)?;
    let stream = fields.required("stream")?;
    let version = fields.required("version")?;
    Ok(Request::User(
        user_ref.clone(),
        user::Act::RecordReading {
            user_ref,
            stream: StreamId::parse(stream.text()?)
                .ok_or_else(|| stream.invalid("must be a stream, as complaint-C1"))?,
            version: version
                .value
                .as_u64()
                .ok_or_else(|| version.invalid("must be a version from 0"))?,
            purpose: plain_text(&fields, "purpose")?,
        },
    ))
}

/// The parts in the order of their keys, as canonical JSON.
fn body(document: &Value, occurred_at: Option<Instant>) -> Vec<u8> {
    let mut text = String::from("{");
    for key in ["by", "data", "expected_version", "trust", "type"] {
        if let Some(value) = document.get(key).filter(|value| !value.is_null()) {
            text.push_str(&format!("\"{key}\":"));
            json::write_canonical(value, &mut text);
            text.push(',');
        }
    }
    let occurred_at = occurred_at.map_or("null".to_owned(), |at| at.unix_ms().to_string());
    text.push_str(&format!("\"occurred_at\":{occurred_at}}}"));
    text.into_bytes()
}

/// A text by or about a person. An absent one is empty: the rules have a code for it.
fn personal_text(fields: &Fields<'_, '_>, key: &str) -> Result<PersonalText, FieldError> {
    Ok(optional_personal_text(fields, key)?.unwrap_or(PersonalText::Open(String::new())))
}

fn optional_personal_text(
    fields: &Fields<'_, '_>,
    key: &str,
) -> Result<Option<PersonalText>, FieldError> {
    fields
        .optional(key)
        .map(|field| Ok(PersonalText::Open(field.text()?.to_owned())))
        .transpose()
}

/// A text about a company. An absent one is empty: the rules have a code for it.
fn plain_text(fields: &Fields<'_, '_>, key: &str) -> Result<Arc<str>, FieldError> {
    Ok(optional_plain_text(fields, key)?.unwrap_or_else(|| Arc::from("")))
}

fn optional_plain_text(fields: &Fields<'_, '_>, key: &str) -> Result<Option<Arc<str>>, FieldError> {
    fields
        .optional(key)
        .map(|field| field.text().map(Arc::from))
        .transpose()
}

/// A list of texts; an absent one is empty.
fn plain_texts(fields: &Fields<'_, '_>, key: &str) -> Result<Vec<Arc<str>>, FieldError> {
    match fields.optional(key) {
        Some(field) => field
            .list()?
            .iter()
            .map(|item| item.text().map(Arc::from))
            .collect(),
        None => Ok(Vec::new()),
    }
}

/// An amount in fen that may be nothing.
fn amount(field: &Field<'_, '_>) -> Result<u64, FieldError> {
    field.number(0, AMOUNT_MOST_FEN)
}

/// An amount in fen that is something.
fn positive_amount(field: &Field<'_, '_>) -> Result<u64, FieldError> {
    field.number(1, AMOUNT_MOST_FEN)
}
