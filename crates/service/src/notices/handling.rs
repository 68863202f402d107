//! Looking at notices that are not delivered, and having them tried again.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use redress_domain::identity::Role;
use redress_domain::instant::Instant;
use redress_domain::refusal::Code;
use redress_protocol::instant::format_instant;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::postman::write;
use crate::authorization::{expect_role, expect_sight_of_everything};
use crate::caller::Caller;
use crate::commands::Whole;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// What is said when notices are tried again.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// Only this one.
    notice_id: Option<String>,
}

/// `GET /v1/notices`
///
/// # Errors
/// `forbidden` for those who see only what is their own: their measures tell them.
pub async fn list(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Value>, Problem> {
    expect_sight_of_everything(&caller)?;
    let engine = &service.engine;
    let offset = engine.rulebook().in_force(engine.now()).civil_offset;
    let instant = |ms| format_instant(Instant::from_unix_ms(ms), offset);
    let outbox = service.notices.outbox.lock();
    let shown = outbox
        .notices
        .iter()
        .map(|(id, notice)| {
            let status = match (&notice.delivery_ref, notice.due_at_ms) {
                (Some(_), _) => "delivered_not_recorded",
                (None, Some(_)) => "waiting",
                (None, None) => "given_up",
            };
            json!({
                "notice_id": id.to_string(),
                "status": status,
                "stream": notice.stream,
                "measure_id": notice.measure_id,
                "channel": notice.channel,
                "position": notice.position,
                "issued_at": instant(notice.issued_at_ms),
                "attempts": notice.attempts,
                "next_attempt_at": notice.due_at_ms.map(instant),
                "last_error": notice.last_error,
            })
        })
        .collect();
    Ok(Json(
        json!({ "notices": Value::Array(shown), "read_until": outbox.read_until }),
    ))
}

/// `POST /v1/notices/retry`
///
/// # Errors
/// `field_*`, `forbidden`
pub async fn retry(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Whole(body): Whole,
) -> Result<(StatusCode, Json<Value>), Problem> {
    expect_role(&caller, &[Role::Admin, Role::Risk, Role::Service])?;
    let invalid = |detail: String| Problem::of_code(Code::FieldInvalid, detail);
    let asked: Asked = match body.is_empty() {
        true => Asked::default(),
        false => serde_json::from_slice(&body).map_err(|error| invalid(error.to_string()))?,
    };
    let notice_id = asked
        .notice_id
        .map(|text| {
            Uuid::try_parse(&text).map_err(|_| invalid("notice_id: must be a UUID".to_owned()))
        })
        .transpose()?;
    let now_ms = service.engine.now().unix_ms();
    let retried = service.notices.outbox.lock().retry(notice_id, now_ms);
    write(&service).await.map_err(|because| {
        tracing::error!(because, "notices cannot be kept");
        Problem::of(&codes::INTERNAL).unknown()
    })?;
    service.notices.asked.notify_one();
    Ok((StatusCode::ACCEPTED, Json(json!({ "retried": retried }))))
}
