//! From a document, and what the request says beside it, to what the engine takes.

use axum::http::HeaderMap;
use redress_domain::identity::Role;
use redress_domain::instant::Instant;
use redress_domain::refusal::Code;
use redress_engine::{History, Submission};
use redress_protocol::command::{self, CommandDocument};
use redress_protocol::json;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::caller::Caller;
use crate::problem::{Problem, codes};

/// What a request says of its command beside the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// `Idempotency-Key`.
    pub id: Option<Uuid>,
    /// `If-Match`, or -1 for `If-None-Match: *`.
    pub expected_version: Option<i64>,
}

impl Beside {
    /// Reads the heads of a request.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let id = text(headers, "idempotency-key")?
            .map(|key| {
                Uuid::try_parse(key.trim_matches('"'))
                    .map_err(|_| wrong("Idempotency-Key must be a UUID"))
            })
            .transpose()?;
        let if_match = text(headers, "if-match")?
            .map(|tag| version(tag).ok_or_else(|| wrong("If-Match must be one version, as \"4\"")))
            .transpose()?;
        let must_be_new = match text(headers, "if-none-match")? {
            None => None,
            Some("*") => Some(-1),
            Some(_) => return Err(wrong("If-None-Match must be *")),
        };
        if if_match.is_some() && must_be_new.is_some() {
            return Err(wrong("If-Match and If-None-Match exclude each other"));
        }
        Ok(Self {
            id,
            expected_version: if_match.or(must_be_new),
        })
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(wrong(format!("{name} is given twice")));
    }
    value
        .to_str()
        .map(|text| Some(text.trim()))
        .map_err(|_| wrong(format!("{name} has characters that it may not have")))
}

/// The version that an entity tag stands for: that of an answer to a command, `"4"`, or that of a
/// view, `W/"4.9f3c…"`, in which a digest follows the version.
fn version(tag: &str) -> Option<i64> {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
    let digits = match inner.split_once('.') {
        None => inner,
        Some((digits, digest)) => {
            let is_digest =
                !digest.is_empty() && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_digest.then_some(digits)?
        }
    };
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| all_digits)
}

fn wrong(detail: impl Into<String>) -> Problem {
    Problem::of_code(Code::FieldInvalid, detail)
}

/// Reads the bytes of a document.
///
/// # Errors
/// The first wrong thing found.
pub fn read(
    bytes: &[u8],
    beside: &Beside,
    caller: &Caller,
    depth_max: usize,
) -> Result<CommandDocument, Problem> {
    if depth(bytes) > depth_max {
        return Err(wrong(format!("nested deeper than {depth_max}")));
    }
    let mut document =
        json::parse(bytes).map_err(|error| wrong(format!("not a JSON document: {error}")))?;
    if let Value::Object(fields) = &mut document {
        if let Some(id) = beside.id {
            let given = fields.insert("id".to_owned(), id.to_string().into());
            expect_same("id", "Idempotency-Key", given, |text| {
                text.as_str().and_then(|text| Uuid::try_parse(text).ok()) == Some(id)
            })?;
        }
        if let Some(version) = beside.expected_version {
            let given = fields.insert("expected_version".to_owned(), version.into());
            expect_same("expected_version", "If-Match", given, |number| {
                number.as_i64() == Some(version)
            })?;
        }
        // Whoever may speak for nobody else need not say who they are.
        fields.entry("by").or_insert_with(|| {
            json!({
                "role": caller.actor.role.as_str(),
                "id": caller.actor.id.as_str(),
            })
        });
    }
    let document = command::parse(&document).map_err(|error| Problem::of_document(&error))?;
    if document
        .correlation_id
        .is_some_and(|id| History::of_correlation_id(id).is_some())
    {
        return Err(wrong("correlation_id: is kept for imports"));
    }
    Ok(document)
}

fn expect_same(
    field: &str,
    head: &str,
    given: Option<Value>,
    is_same: impl FnOnce(&Value) -> bool,
) -> Result<(), Problem> {
    match given {
        Some(given) if !given.is_null() && !is_same(&given) => {
            Err(wrong(format!("{field}: differs from {head}")))
        }
        Some(_) | None => Ok(()),
    }
}

/// How deep a document is nested, as its brackets outside of strings tell.
fn depth(bytes: &[u8]) -> usize {
    let (mut deepest, mut depth) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// What the engine is handed.
///
/// # Errors
/// When the caller may not hand it in: as somebody else, or with an instant of recording of its own.
pub fn submission(
    document: CommandDocument,
    id: Uuid,
    caller: &Caller,
    correlation_id: Option<Uuid>,
    now: Instant,
) -> Result<Submission, Problem> {
    if !caller.may_act_as(&document.by) {
        return Err(Problem::of(&codes::IDENTITY_MISMATCH));
    }
    if document.recorded_at.is_some() && caller.actor.role != Role::Admin {
        return Err(wrong(
            "recorded_at: the service stamps it; only an admin's feed tells of the past",
        ));
    }
    // Time in the log never goes back: whoever told of the future would stop every clock until then.
    if document.recorded_at.is_some_and(|at| at > now) {
        return Err(wrong("recorded_at: lies in the future"));
    }
    Ok(Submission {
        recorded_at: document.recorded_at,
        occurred_at: document.occurred_at,
        trust: document.trust,
        submitter: caller.submitter(),
        expected_version: document.expected_version,
        correlation_id: document.correlation_id.or(correlation_id),
        ..Submission::of_operator(id, document.request, document.by, document.body)
    })
}

#[cfg(test)]
mod tests {
    use super::{depth, version};

    #[test]
    fn brackets_in_strings_are_no_depth() {
        assert_eq!(depth(br#"{"a":[1,{"b":2}]}"#), 3);
        assert_eq!(depth(br#"{"a":"[[[\"[["}"#), 1);
        assert_eq!(depth(b"1"), 0);
    }

    #[test]
    fn a_version_is_written_as_an_entity_tag() {
        for right in ["\"4\"", "W/\"4\"", "W/\"4.9f3c\"", "\"4.9f3c\""] {
            assert_eq!(version(right), Some(4), "{right}");
        }
        for wrong in [
            "4",
            "\"4.\"",
            "\"4.x\"",
            "W/\"view.9f3c\"",
            "\"-1\"",
            "\"\"",
            "\"x\"",
            "\"1\",\"2\"",
        ] {
            assert_eq!(version(wrong), None, "{wrong}");
        }
    }
}
