//! A service in memory with a data directory of its own for keys.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use redress_domain::event::Recorded;
use redress_domain::instant::Span;
use redress_engine::{Clock as _, Engine, EventRange, SystemClock};
use redress_protocol::edition::built_in;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::configuration::Configuration;
use crate::identity::api_keys::{self, KeyRequest};
use crate::identity::install_cryptography;
use crate::identity::setting::{ACTS_FOR_DEFAULT, Mark};
use crate::router::router;
use crate::service::Service;

/// A service and where its keys are.
pub struct Stand {
    pub service: Arc<Service>,
    pub directory: TempDir,
}

/// An answer, whole.
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub document: Value,
}

impl Answered {
    pub fn code(&self) -> &str {
        self.document["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Stand {
    pub fn new(configuration: Configuration) -> Self {
        install_cryptography();
        let directory = tempfile::tempdir().unwrap();
        let configuration = Configuration {
            directory: Some(directory.path().to_owned()),
            ..configuration
        };
        let engine = Engine::in_memory(built_in().unwrap()).unwrap();
        let service = Service::new(Arc::new(engine), configuration).unwrap();
        service.caught_up.cancel();
        Self { service, directory }
    }

    /// A key for somebody.
    pub fn key(&self, role: &str, id: &str) -> String {
        self.marked_key(role, id, None, &ACTS_FOR_DEFAULT)
    }

    pub fn marked_key(
        &self,
        role: &str,
        id: &str,
        mark: Option<Mark>,
        acts_for: &[&str],
    ) -> String {
        let request = KeyRequest {
            role: role.to_owned(),
            id: id.to_owned(),
            mark,
            acts_for: acts_for.iter().map(|role| (*role).to_owned()).collect(),
            expires_at: SystemClock.now().plus(Span::from_ms(60_000)),
        };
        api_keys::create(self.directory.path(), &request).unwrap().0
    }

    pub async fn ask(&self, request: Request<Body>) -> Answered {
        let response = router(&self.service).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answered {
            status: head.status,
            headers: head.headers,
            document: serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into()),
        }
    }

    /// Asks for something as somebody; an empty credential is none.
    pub async fn get(&self, credential: &str, path: &str) -> Answered {
        self.ask(request(Method::GET, credential, path, Body::empty()))
            .await
    }

    /// Hands in a command as somebody.
    pub async fn command(&self, credential: &str, document: &Value) -> Answered {
        let body = Body::from(document.to_string());
        self.ask(request(Method::POST, credential, "/v1/commands", body))
            .await
    }

    /// Hands in a command that must be taken.
    pub async fn accepted(&self, credential: &str, document: &Value) {
        let answered = self.command(credential, document).await;
        assert_eq!(
            answered.status,
            StatusCode::CREATED,
            "{}",
            answered.document
        );
    }

    pub fn events(&self) -> Vec<Recorded> {
        let mut events = Vec::new();
        let every = EventRange::default();
        self.service
            .engine
            .events(&every, |recorded| {
                events.push(recorded);
                true
            })
            .unwrap();
        events
    }

    /// Merchants M1, of institution I1, and M2; complaints C1 of U1 on M1 and C2 of U2 on M2;
    /// agreements A1 and A2 likewise. Gives a gateway's key that may speak for everybody.
    pub async fn filled(&self) -> String {
        let all = [
            "user",
            "merchant",
            "intermediary",
            "service",
            "reviewer",
            "risk",
            "admin",
        ];
        let gateway = self.marked_key("service", "gateway", Some(Mark::Gateway), &all);
        let institution = json!({
            "type": "intermediary.register", "by": { "role": "service", "id": "gateway" },
            "data": { "intermediary_id": "I1", "kind": "institution", "name": "Example" },
        });
        self.accepted(&gateway, &institution).await;
        for (merchant, institution) in [("M1", Some("I1")), ("M2", None)] {
            let mut command = register(merchant);
            if let Some(institution) = institution {
                command["data"]["kind"] = "sub_merchant".into();
                command["data"]["institution_id"] = institution.into();
            }
            self.accepted(&gateway, &command).await;
        }
        for (number, user, merchant) in [(1, "U1", "M1"), (2, "U2", "M2")] {
            self.accepted(&gateway, &sign(&format!("A{number}"), user, merchant))
                .await;
            self.accepted(&gateway, &file(&format!("C{number}"), user, merchant))
                .await;
        }
        gateway
    }
}

pub fn request(method: Method, credential: &str, path: &str, body: Body) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json");
    if !credential.is_empty() {
        request = request.header("authorization", format!("Bearer {credential}"));
    }
    request.body(body).unwrap()
}

pub fn register(merchant_id: &str) -> Value {
    json!({
        "type": "merchant.register", "by": { "role": "service", "id": "gateway" },
        "data": { "merchant_id": merchant_id, "kind": "direct", "industry": "general", "name": "Example" },
    })
}

pub fn file(complaint_id: &str, user_ref: &str, merchant_id: &str) -> Value {
    json!({
        "type": "complaint.file", "by": { "role": "user", "id": user_ref },
        "data": {
            "complaint_id": complaint_id, "merchant_id": merchant_id, "user_ref": user_ref,
            "problem": "refund_request", "channel": "self_service",
            "orders": [{ "order_id": format!("O-{complaint_id}"), "amount_fen": 9900 }],
            "requested_refund_fen": 9700, "description": "charged after return",
        },
    })
}

pub fn sign(agreement_id: &str, user_ref: &str, merchant_id: &str) -> Value {
    json!({
        "type": "agreement.sign", "by": { "role": "user", "id": user_ref },
        "data": {
            "agreement_id": agreement_id, "user_ref": user_ref, "merchant_id": merchant_id,
            "template_id": "T1", "kind": "periodic", "disclosed": true,
            "plan": { "amount_fen": 3000, "period": "P1M", "debits_per_period": 1 },
        },
    })
}

pub fn approve(complaint_id: &str, merchant_id: &str) -> Value {
    json!({
        "type": "complaint.approve_refund", "by": { "role": "merchant", "id": merchant_id },
        "data": { "complaint_id": complaint_id, "amount_fen": 9700, "launch_days": 0 },
    })
}
