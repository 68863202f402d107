//! One command a request: the answer comes when it is durable.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use redress_engine::{Accepted, Answer};
use redress_protocol::answer;
use serde_json::Value;

use super::handing_in::{hand_in, read_body};
use super::reading::{Beside, read};
use crate::caller::Caller;
use crate::problem::Problem;
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
    let bytes = read_body(service, body).await?;
    let depth_max = service.configuration.limits.depth;
    let document = read(&bytes, &beside, &caller, depth_max)?;
    let (id, answer) = hand_in(service, &head, &caller, document).await?;
    let mut response = match answer {
        Answer::Accepted(accepted) => accepted_response(&accepted),
        Answer::Refused(refused) => Problem::of_refusal(&refused).noted().into_response(),
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
