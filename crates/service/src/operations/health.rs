//! Whether the service lives, and whether it takes requests.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::problem::Problem;
use crate::service::Service;

/// `GET /healthz`: the process answers. It says nothing else, so that nobody restarts a service
/// that still reads.
pub async fn healthz() -> Response {
    Json(json!({ "status": "alive" })).into_response()
}

/// `GET /readyz`: whether commands and queries are taken, and if not, why.
pub async fn readyz(State(service): State<Arc<Service>>) -> Response {
    let because = if service.stopping.is_cancelled() {
        Some("stopping".to_owned())
    } else if !service.caught_up.is_cancelled() {
        Some("observing the deadlines that passed while the service was down".to_owned())
    } else {
        service
            .engine
            .stopped()
            .map(|error| Problem::of_query(&error).code().to_owned())
    };
    let status = match because {
        None => StatusCode::OK,
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let document = json!({
        "status": if because.is_none() { "ready" } else { "not_ready" },
        "because": because,
        "position": service.engine.last_position(),
    });
    (status, Json(document)).into_response()
}
