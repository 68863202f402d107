//! A service in memory, asked without a socket.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode};
use futures_util::StreamExt;
use redress_engine::Engine;
use redress_protocol::edition::built_in;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::configuration::Configuration;
use crate::router::router;
use crate::service::Service;

/// A service with nothing in its log.
pub fn service(configuration: Configuration) -> Arc<Service> {
    let engine = Engine::in_memory(built_in().unwrap()).unwrap();
    let service = Service::new(Arc::new(engine), configuration).unwrap();
    service.caught_up.cancel();
    service
}

/// Asks.
pub async fn ask(service: &Arc<Service>, request: Request<Body>) -> Response<Body> {
    router(service).oneshot(request).await.unwrap()
}

/// Asks for what a place shows.
pub async fn get(service: &Arc<Service>, path: &str) -> Response<Body> {
    ask(service, Request::get(path).body(Body::empty()).unwrap()).await
}

/// Sends a document.
pub async fn send(
    service: &Arc<Service>,
    method: &str,
    path: &str,
    document: &Value,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Body::from(document.to_string()))
        .unwrap();
    let response = ask(service, request).await;
    let status = response.status();
    let text = text(response).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A body, whole.
pub async fn text(response: Response<Body>) -> String {
    let body = response.into_body();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A body as JSON.
pub async fn document(response: Response<Body>) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

/// Waits until something holds.
pub async fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come about");
}

/// What a place shows once it shows what is awaited.
pub async fn shown_when(
    service: &Arc<Service>,
    path: &str,
    is_awaited: impl Fn(&Value) -> bool,
) -> Value {
    let mut shown = Value::Null;
    for _ in 0..2_000 {
        shown = document(get(service, path).await).await;
        if is_awaited(&shown) {
            return shown;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{path} shows {shown}");
}

/// A command that must be accepted.
pub async fn accepted(service: &Arc<Service>, command: &Value) -> Value {
    let (status, answer) = send(service, "POST", "/v1/commands", command).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    answer
}

/// A merchant registers.
pub async fn register(service: &Arc<Service>, merchant_id: &str) -> Value {
    let command = json!({
        "type": "merchant.register",
        "by": { "role": "service", "id": "onboarding" },
        "data": {
            "merchant_id": merchant_id, "kind": "direct", "industry": "general",
            "name": "Example",
        },
    });
    accepted(service, &command).await
}

/// A user complains.
pub async fn complain(service: &Arc<Service>, complaint_id: &str, merchant_id: &str) -> Value {
    let command = json!({
        "type": "complaint.file",
        "by": { "role": "user", "id": "U1" },
        "data": {
            "complaint_id": complaint_id, "merchant_id": merchant_id, "user_ref": "U1",
            "problem": "refund_request", "channel": "self_service",
            "orders": [{ "order_id": "O1", "amount_fen": 9900 }],
            "requested_refund_fen": 9700, "description": "charged after return",
        },
    });
    accepted(service, &command).await
}

/// A body that comes piece by piece.
pub struct Pieces {
    body: axum::body::BodyDataStream,
    /// What has come.
    pub text: String,
}

impl Pieces {
    /// Of a response.
    pub fn of(response: Response<Body>) -> Self {
        Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Option<String> {
        let piece: Bytes = self.body.next().await?.unwrap();
        let piece = String::from_utf8(piece.to_vec()).unwrap();
        self.text.push_str(&piece);
        Some(piece)
    }

    /// Waits until a text has come.
    pub async fn until(&mut self, wanted: &str) {
        while !self.text.contains(wanted) {
            let patience = Duration::from_secs(20);
            let next = tokio::time::timeout(patience, self.next()).await;
            let next = next.unwrap_or_else(|_| panic!("no `{wanted}` in {}", self.text));
            assert!(next.is_some(), "ended without `{wanted}`: {}", self.text);
        }
    }
}
