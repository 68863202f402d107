//! The places where views are asked for.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Path, Query as Parameters, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use redress_domain::refusal::Code;
use redress_protocol::instant::parse_span;
use redress_protocol::query::{Query, ViewKind, ViewReference};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::view_of_rows;
use crate::authorization;
use crate::caller::Caller;
use crate::engine_calls::ask;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// The position that an answer reflects.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("redress-position");

/// How long is waited for a position where the caller names no time.
const WAIT_DEFAULT: Duration = Duration::from_secs(5);
/// How long is waited for a position at the most.
const WAIT_MAX: Duration = Duration::from_secs(30);

type Pairs = Vec<(String, String)>;

macro_rules! of_one {
    ($($(#[$doc:meta])* $name:ident => $kind:expr;)*) => {$(
        $(#[$doc])*
        pub async fn $name(
            State(service): State<Arc<Service>>,
            Extension(caller): Extension<Caller>,
            Path(id): Path<String>,
            Parameters(pairs): Parameters<Pairs>,
            headers: HeaderMap,
        ) -> Result<Response, Problem> {
            answer(service, caller, $kind, Some(id), pairs, &headers).await
        }
    )*};
}

macro_rules! of_many {
    ($($(#[$doc:meta])* $name:ident => $kind:expr;)*) => {$(
        $(#[$doc])*
        pub async fn $name(
            State(service): State<Arc<Service>>,
            Extension(caller): Extension<Caller>,
            Parameters(pairs): Parameters<Pairs>,
            headers: HeaderMap,
        ) -> Result<Response, Problem> {
            answer(service, caller, $kind, None, pairs, &headers).await
        }
    )*};
}

of_one! {
    /// `GET /v1/complaints/{id}`
    complaint => ViewKind::Complaint;
    /// `GET /v1/merchants/{id}`
    merchant => ViewKind::Merchant;
    /// `GET /v1/agreements/{id}`
    agreement => ViewKind::Agreement;
    /// `GET /v1/intermediaries/{id}`
    intermediary => ViewKind::Intermediary;
}

of_many! {
    /// `GET /v1/queue`
    queue => ViewKind::Queue;
    /// `GET /v1/repeats`
    repeats => ViewKind::Repeats;
    /// `GET /v1/sla`
    sla => ViewKind::Sla;
    /// `GET /v1/gate`
    gate => ViewKind::Gate;
}

async fn answer(
    service: Arc<Service>,
    caller: Caller,
    kind: ViewKind,
    id: Option<String>,
    mut pairs: Pairs,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    wait_for_position(&service, &mut pairs).await?;
    let reference = ViewReference::new(kind.as_str(), id.as_deref(), pairs)
        .map_err(|error| Problem::of_question(&error))?;
    let mut query = Query::new(&reference).map_err(|error| Problem::of_question(&error))?;
    authorization::narrow(&service, &caller, &mut query.subject).await?;
    let document = ask(&service, move |engine| {
        view_of_rows(engine, &query, None, |row| {
            authorization::may_see_row(&caller, engine, &row.user_ref, &row.merchant_id)
        })
    })
    .await?;
    let document = document.ok_or_else(|| {
        Problem::of(&codes::NOT_FOUND).because(match &id {
            Some(id) => format!("there is no {} `{id}`", kind.as_str()),
            None => "there is no such merchant, or no such agreement of it".to_owned(),
        })
    })?;
    Ok(respond(&document, headers))
}

/// Waits until the log has come to `min_position`, for `wait` at the most.
async fn wait_for_position(service: &Service, pairs: &mut Pairs) -> Result<(), Problem> {
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
pub(crate) fn take(pairs: &mut Pairs, key: &str) -> Result<Option<String>, Problem> {
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
fn respond(document: &Value, headers: &HeaderMap) -> Response {
    let text = document.to_string();
    let tag = tag(document, &text);
    let is_known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag.trim_start_matches("W/"));
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
    };
    let answered = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answered.insert(header::ETAG, tag);
    }
    if let Some(position) = document.get("as_of_position").and_then(Value::as_u64) {
        answered.insert(POSITION, HeaderValue::from(position));
    }
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The entity tag: of a case its version, which commands name in `If-Match`; of anything else what
/// it says, without what moves with the clock or the log alone.
fn tag(document: &Value, text: &str) -> String {
    match document.get("version").and_then(Value::as_u64) {
        Some(version) => format!("\"{version}\""),
        None => {
            let digest = Sha256::digest(text.as_bytes());
            let hex: String = digest
                .iter()
                .take(12)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("W/\"{hex}\"")
        }
    }
}
