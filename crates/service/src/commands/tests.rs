//! Commands of callers who hang up.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures_util::poll;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::configuration::Configuration;
use crate::fixture::{ask, complain, get, register, send, service, text, until};
use crate::router::router;
use crate::service::Service;

/// Hangs up as soon as a command was handed in; the place must be kept until it is decided, and
/// what came of it counted.
async fn hang_up(path: &str, document: Value) {
    let service = service(Configuration::default());
    register(&service, "M1").await;
    complain(&service, "C1", "M1").await;
    let last = service.engine.last_position();
    hang_up_on(&service, path, &document).await;
    assert_eq!(service.engine.last_position(), last + 1, "{path}");
    assert_eq!(service.metrics.accepted(), 3, "{path}");
}

/// Hangs up on a service as soon as a command was handed in, and waits until it is decided.
async fn hang_up_on(service: &Arc<Service>, path: &str, document: &Value) {
    let free = service.commands.available_permits();
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(document.to_string()))
        .unwrap();
    {
        let mut answer = std::pin::pin!(router(service).oneshot(request));
        while service.commands.available_permits() == free {
            assert!(poll!(answer.as_mut()).is_pending(), "{path}");
            if service.commands.available_permits() == free {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    // Nothing else ran on this thread since.
    assert_eq!(service.commands.available_permits(), free - 1, "{path}");
    // What gives the place back notes the answer before it lets anything else run.
    until(|| service.commands.available_permits() == free).await;
}

#[tokio::test]
async fn a_command_keeps_its_place_when_its_caller_hangs_up() {
    let command = json!({
        "type": "complaint.message",
        "by": { "role": "user", "id": "U1" },
        "data": { "complaint_id": "C1", "text": "hello?" },
    });
    hang_up("/v1/commands", command).await;
}

#[tokio::test]
async fn a_reading_keeps_its_place_when_its_caller_hangs_up() {
    let reading = json!({ "stream": "complaint-C1", "version": 0, "purpose": "to call back" });
    hang_up("/v1/unseal", reading).await;
}

/// What `/metrics` says of a figure; 0 where it does not name it.
async fn figure(service: &Arc<Service>, name: &str) -> u64 {
    let figures = text(get(service, "/metrics").await).await;
    let line = figures
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}

#[tokio::test]
async fn a_denial_is_noted_once_whether_or_not_its_caller_waits_for_it() {
    let denials = "redress_denials_total{code=\"not_your_case\"}";
    let refusals = "redress_commands_total{code=\"not_your_case\",outcome=\"refused\"}";
    let service = service(Configuration::default());
    register(&service, "M1").await;
    complain(&service, "C1", "M1").await;
    let command = json!({
        "type": "complaint.message",
        "by": { "role": "user", "id": "U2" },
        "data": { "complaint_id": "C1", "text": "let me in" },
    });
    let (status, answer) = send(&service, "POST", "/v1/commands", &command).await;
    assert_eq!(status, 403, "{answer}");
    assert_eq!(figure(&service, denials).await, 1);
    hang_up_on(&service, "/v1/commands", &command).await;
    assert_eq!(figure(&service, denials).await, 2);
    let feed = Request::post("/v1/commands")
        .header("content-type", "application/x-ndjson")
        .body(Body::from(format!("{command}\n")))
        .unwrap();
    let told = text(ask(&service, feed).await).await;
    assert!(told.contains("not_your_case"), "{told}");
    assert_eq!(figure(&service, denials).await, 3);
    assert_eq!(figure(&service, refusals).await, 3);
}
