//! Commands of callers who hang up.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures_util::poll;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::configuration::Configuration;
use crate::fixture::{complain, register, service};
use crate::router::router;

/// Hangs up as soon as a command was handed in; the place must be kept until it is decided, and
/// what came of it counted.
async fn hang_up(path: &str, document: Value) {
    let mut configuration = Configuration::default();
    configuration.limits.commands_waiting = 1;
    let service = service(configuration);
    register(&service, "M1").await;
    complain(&service, "C1", "M1").await;
    let last = service.engine.last_position();
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(document.to_string()))
        .unwrap();
    {
        let mut answer = std::pin::pin!(router(&service).oneshot(request));
        while service.commands.available_permits() == 1 {
            assert!(poll!(answer.as_mut()).is_pending(), "{path}");
            if service.commands.available_permits() == 1 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    // Nothing else ran on this thread since.
    assert_eq!(service.commands.available_permits(), 0, "{path}");
    let place = tokio::time::timeout(Duration::from_secs(20), service.commands.acquire());
    drop(place.await.unwrap().unwrap());
    assert_eq!(service.engine.last_position(), last + 1, "{path}");
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(service.metrics.accepted(), 3, "{path}");
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
