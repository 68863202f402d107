//! One command a request: the answer comes when it is durable.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use redress_engine::{Accepted, Answer};
use redress_protocol::answer;
use serde_json::Value;
use tokio::time::timeout;
use uuid::Uuid;

use super::reading::{Beside, read, submission};
use crate::caller::Caller;
use crate::operations::tracing_context::correlation_id;
use crate::problem::{Problem, codes};
use crate::service::Service;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Takes the command of a request.
pub async fn take(
    service: &Arc<Service>,
    caller: Caller,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let beside = Beside::of(&head.headers)?;
    let limits = &service.configuration.limits;
    // A body that comes too slowly is given up while it is certain that nothing is stored.
    let patience = Duration::from_millis(limits.request_ms / 2);
    let bytes = timeout(patience, to_bytes(body, limits.body_bytes))
        .await
        .map_err(|_| Problem::of(&codes::REQUEST_TIMEOUT))?
        .map_err(|_| {
            Problem::of(&codes::TOO_LARGE)
                .because(format!("a body has at most {} bytes", limits.body_bytes))
        })?;
    let document = read(&bytes, &beside, &caller, limits.depth)?;
    // Without a key of the caller the command cannot be sent again safely; it is told the one made
    // here, so that it can look the command up.
    let id = document.id.unwrap_or_else(Uuid::new_v4);
    let submission = submission(
        document,
        id,
        &caller,
        correlation_id(&head),
        service.engine.now(),
    )?;
    let permit = Arc::clone(&service.commands)
        .try_acquire_owned()
        .map_err(|_| Problem::of(&codes::OVERLOADED))?;
    // Whoever hangs up does not stop what was handed in, and its place is kept until it is decided.
    let pending = service.engine.submit(submission);
    let answer = tokio::spawn(async move {
        let _permit = permit;
        pending.ready().await
    });
    let answer = answer
        .await
        .map_err(|_| Problem::of(&codes::INTERNAL))?
        .map_err(|error| Problem::of_command(&error))?;
    service.metrics.answered(&answer);
    let mut response = match answer {
        Answer::Accepted(accepted) => accepted_response(&accepted),
        Answer::Refused(refused) => Problem::of_refusal(&refused).into_response(),
    };
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(IDEMPOTENCY_KEY, id);
    }
    Ok(response)
}

fn accepted_response(accepted: &Accepted) -> Response {
    let status = match accepted.replayed {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    let mut response = (status, Json(shown(accepted))).into_response();
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", accepted.version)) {
        headers.insert(header::ETAG, tag);
    }
    if accepted.replayed {
        headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The answer to a command that was accepted.
pub fn shown(accepted: &Accepted) -> Value {
    let events: Vec<&str> = accepted.events.iter().map(String::as_str).collect();
    answer::accepted(&answer::Accepted {
        stream: &accepted.stream,
        version: accepted.version,
        position: accepted.position,
        events: &events,
        replayed: accepted.replayed,
    })
}
