//! What every answer to a question has in common: it waits for a position where it is asked to, says
//! what it reflects, and is not sent again to whoever has it.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use redress_domain::refusal::Code;
use redress_protocol::instant::{format_instant, parse_span};
use redress_protocol::view::Moment;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::problem::{Problem, codes};
use crate::service::Service;

/// The position that an answer reflects: everything up to it.
pub const POSITION: HeaderName = HeaderName::from_static("redress-position");
/// The instant that clocks were judged by, with the offset of the rulebook's civil time.
pub const AT: HeaderName = HeaderName::from_static("redress-at");

/// How long is waited for a position where the caller names no time.
const WAIT_DEFAULT: Duration = Duration::from_secs(5);
/// How long is waited for a position at the most.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Keys of documents that move with the clock or the log alone and tell nothing that the others do
/// not: a tag that they changed would never be met twice.
const MOVING: [&str; 2] = ["as_of_position", "overdue_ms"];

/// The query of a request, decoded.
pub type Pairs = Vec<(String, String)>;

/// Waits until the log has come to `min_position`, for `wait` at the most.
pub async fn wait_for_position(service: &Service, pairs: &mut Pairs) -> Result<(), Problem> {
    let wait = match take(pairs, "wait")? {
        None => WAIT_DEFAULT,
        Some(text) => {
            let span = parse_span(&text)
                .map_err(|error| Problem::of_code(Code::FieldInvalid, format!("wait: {error}")))?;
            Duration::from_millis(u64::try_from(span.ms()).unwrap_or(0)).min(WAIT_MAX)
        }
    };
    let Some(text) = take(pairs, "min_position")? else {
        return Ok(());
    };
    let asked: u64 = text
        .parse()
        .map_err(|_| Problem::of_code(Code::FieldInvalid, "min_position: must be a position"))?;
    let mut durable = service.engine.follow();
    let reached = tokio::time::timeout(wait, durable.wait_for(|position| *position >= asked)).await;
    match reached {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Problem::of(&codes::POSITION_NOT_REACHED)
            .with("position", service.engine.last_position())),
    }
}

/// Takes a parameter out; it may be given once.
pub fn take(pairs: &mut Pairs, key: &str) -> Result<Option<String>, Problem> {
    let mut values = pairs.extract_if(.., |(name, _)| name == key);
    let value = values.next().map(|(_, value)| value);
    if values.next().is_some() {
        return Err(Problem::of_code(
            Code::FieldInvalid,
            format!("{key}: is given twice"),
        ));
    }
    Ok(value)
}

/// Answers with a document, or says that it is the one that the caller has.
pub fn respond(document: &Value, moment: &Moment, headers: &HeaderMap) -> Response {
    let tag = tag(document);
    let is_known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        // The caller compares as for a read: whether a tag is weak makes no difference.
        .any(|known| known == "*" || opaque(known) == opaque(&tag));
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => (
            [(header::CONTENT_TYPE, "application/json")],
            document.to_string(),
        )
            .into_response(),
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    with_moment(response, moment)
}

/// A tag without the mark of a weak one.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The same answer with what it reflects. It is the caller's alone: others see less, or more.
pub fn with_moment(mut response: Response, moment: &Moment) -> Response {
    let headers = response.headers_mut();
    headers.insert(POSITION, HeaderValue::from(moment.as_of_position));
    if let Ok(at) = HeaderValue::try_from(format_instant(moment.at, moment.offset)) {
        headers.insert(AT, at);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "Accept, Authorization"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The entity tag: a digest over what the document says, weak because figures that only tell how
/// late something is by now are left out of it. Before it, of a case, stands its version, which
/// commands take in `If-Match`: a tag changes with every event of the case, and also when the clock
/// alone changes what is shown (a clock comes near its end, a figure leaves its window); the version
/// in it changes with events only.
fn tag(document: &Value) -> String {
    let lasting = lasting(document).to_string();
    let digest = Sha256::digest(lasting.as_bytes());
    let digest: String = digest
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match document.get("version").and_then(Value::as_u64) {
        Some(version) => format!("W/\"{version}.{digest}\""),
        None => format!("W/\"view.{digest}\""),
    }
}

/// A document without what moves with the clock or the log alone.
fn lasting(document: &Value) -> Value {
    match document {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !MOVING.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), lasting(value)))
            .collect::<Map<String, Value>>()
            .into(),
        Value::Array(items) => items.iter().map(lasting).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => document.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::tag;

    #[test]
    fn a_tag_changes_with_what_is_said_and_not_with_how_late_it_is_by_now() {
        let case = |status: &str, overdue_ms: u64, position: u64| {
            json!({
                "version": 4,
                "clocks": { "first_reply": { "status": status, "overdue_ms": overdue_ms } },
                "as_of_position": position,
            })
        };
        let late = tag(&case("breached", 10, 7));
        assert_eq!(late, tag(&case("breached", 20, 9)));
        assert_ne!(late, tag(&case("at_risk", 0, 7)));
        assert!(late.starts_with("W/\"4."), "{late}");
        assert!(tag(&json!([])).starts_with("W/\"view."));
    }
}
