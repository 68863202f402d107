//! What is done around every request: an id, a span for the log, a time limit, and its figures.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

use crate::problem::{Problem, codes};
use crate::service::Service;

/// Names a request in its answer and in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers a request with everything around it.
pub async fn around(
    State(service): State<Arc<Service>>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = request_id(&request);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let method = request.method().as_str().to_owned();
    // A place that is not known is not named: there may be any number of them.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unknown".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request",
        method,
        route,
        request_id = id.to_str().unwrap_or_default(),
        traceparent = request
            .headers()
            .get("traceparent")
            .and_then(|value| value.to_str().ok()),
    );
    if request.headers().contains_key("traceparent") {
        let parent = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
        // Without a collector there is nothing that could take the parent.
        let _ = span.set_parent(parent);
    }
    let patience = Duration::from_millis(service.configuration.limits.request_ms);
    let answered = tokio::time::timeout(patience, next.run(request).instrument(span.clone())).await;
    let mut response =
        answered.unwrap_or_else(|_| Problem::of(&codes::TIMED_OUT).unknown().into_response());
    if is_unexplained(&response) {
        response = Problem::of(codes::of_status(response.status().as_u16())).into_response();
    }
    let status = response.status().as_u16();
    let took = begun.elapsed();
    service.metrics.requested(&method, &route, status, took);
    span.in_scope(|| {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        // Whoever wants every request asks for it: most of them went well.
        match status {
            500.. => tracing::warn!(status, took_us, "answered"),
            400.. => tracing::info!(status, took_us, "answered"),
            _ => tracing::debug!(status, took_us, "answered"),
        }
    });
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Whether an answer says that something is wrong, and not what: what reads requests does that
/// with a line of text.
fn is_unexplained(response: &Response) -> bool {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let media_type = response.headers().get(header::CONTENT_TYPE);
    let is_text = media_type.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    is_error && is_text
}

/// Reads the trace context of a request.
struct HeaderExtractor<'h>(&'h HeaderMap);

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

/// The caller's own id where it is a UUID, else a new one.
fn request_id(request: &Request<Body>) -> HeaderValue {
    request
        .headers()
        .get(&REQUEST_ID)
        .filter(|value| {
            value
                .to_str()
                .is_ok_and(|text| Uuid::try_parse(text).is_ok())
        })
        .cloned()
        .or_else(|| HeaderValue::try_from(Uuid::new_v4().to_string()).ok())
        .unwrap_or_else(|| HeaderValue::from_static("none"))
}
