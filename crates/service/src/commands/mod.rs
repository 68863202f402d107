//! `POST /v1/commands`: one command, or a feed of them.

mod feed;
mod handing_in;
mod lines;
mod reading;
mod single;
#[cfg(test)]
mod tests;

pub(crate) use handing_in::{Whole, hand_in, read_body};
pub(crate) use reading::{Beside, read};
pub(crate) use single::shown;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::caller::Caller;
use crate::identity::Standing;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// The media type of a feed.
pub const FEED: &str = "application/x-ndjson";

/// Takes one command, or a feed.
pub async fn post(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Extension(standing): Extension<Standing>,
    request: Request<Body>,
) -> Response {
    if let Err(problem) = is_open(&service) {
        service.metrics.unanswered(&problem);
        return problem.into_response();
    }
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(|value| {
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase()
        });
    match media_type.as_deref() {
        Some(FEED | "application/ndjson") => feed::take(service, caller, standing, request),
        Some("application/json") | None => single::take(&service, caller, request)
            .await
            .unwrap_or_else(|problem| {
                if !problem.is_noted() {
                    service.metrics.unanswered(&problem);
                }
                problem.into_response()
            }),
        Some(other) => Problem::of(&codes::UNSUPPORTED_MEDIA_TYPE)
            .because(format!(
                "`{other}` is taken neither as a command nor as a feed"
            ))
            .into_response(),
    }
}

/// Whether commands are taken: not before missed deadlines are caught up with, nor while stopping,
/// nor after a failed write.
pub(crate) fn is_open(service: &Service) -> Result<(), Problem> {
    if service.stopping.is_cancelled() {
        return Err(Problem::of(&codes::STOPPING));
    }
    if !service.caught_up.is_cancelled() {
        return Err(Problem::of(&codes::STARTING));
    }
    match service.engine.stopped() {
        Some(error) => Err(Problem::of_query(&error)),
        None => Ok(()),
    }
}
