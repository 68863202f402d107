//! Reading personal texts: with a purpose, by those who handle cases, and never without a record.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use redress_domain::event::Event;
use redress_domain::identity::StreamId;
use redress_domain::user;
use serde_json::{Value, json};

use super::stand::{Answered, Stand, request};
use crate::configuration::Configuration;

async fn unseal(stand: &Stand, credential: &str, document: &Value) -> Answered {
    let body = Body::from(document.to_string());
    stand
        .ask(request(Method::POST, credential, "/v1/unseal", body))
        .await
}

fn asking(stream: &str, version: u64, purpose: &str) -> Value {
    json!({ "stream": stream, "version": version, "purpose": purpose })
}

#[tokio::test]
async fn a_text_is_given_out_for_a_purpose_that_is_in_the_log() {
    // rulebook 1.2
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let reviewer = stand.key("reviewer", "R1");
    let asked = asking("complaint-C1", 0, "to call the user back");
    let answered = unseal(&stand, &reviewer, &asked).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.document);
    assert_eq!(answered.header("cache-control"), "no-store");
    let event = &answered.document["event"];
    assert_eq!(event["data"]["description"], "charged after return");
    let read = stand.events().pop().unwrap();
    assert_eq!(
        answered.document["reading"]["position"],
        read.header.position
    );
    assert_eq!(answered.document["reading"]["stream"], "user-U1");
    assert_eq!(read.header.by.id.as_str(), "R1");
    assert_eq!(
        read.event,
        Event::User(user::Event::PersonalDataRead {
            user_ref: redress_domain::identity::UserRef::new("U1").unwrap(),
            stream: StreamId::parse("complaint-C1").unwrap(),
            version: 0,
            purpose: "to call the user back".into(),
        })
    );
    // Each time anew.
    unseal(&stand, &reviewer, &asked).await;
    assert_eq!(stand.events().len() as u64, read.header.position + 1);
}

#[tokio::test]
async fn without_a_purpose_or_the_role_nothing_is_given_out() {
    // rulebook 1.2
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let last = stand.service.engine.last_position();
    let reviewer = stand.key("reviewer", "R1");
    let refused = unseal(&stand, &reviewer, &asking("complaint-C1", 0, " ")).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (422, "reason_missing")
    );
    for (role, id) in [
        ("auditor", "A1"),
        ("service", "S1"),
        ("merchant", "M1"),
        ("intermediary", "I1"),
        ("user", "U1"),
    ] {
        let key = stand.key(role, id);
        let answered = unseal(&stand, &key, &asking("complaint-C1", 0, "curious")).await;
        assert_eq!(answered.status, StatusCode::FORBIDDEN, "{role}");
        assert!(
            !answered
                .document
                .to_string()
                .contains("charged after return")
        );
    }
    for (stream, version, status) in [
        ("complaint-C9", 0, 404),
        ("complaint-C1", 99, 404),
        ("merchant-M1", 0, 404),
        ("rulebook", 0, 404),
        ("complaint", 0, 400),
    ] {
        let answered = unseal(&stand, &reviewer, &asking(stream, version, "to look")).await;
        assert_eq!(answered.status.as_u16(), status, "{stream} {version}");
    }
    let unknown_key = json!({ "stream": "complaint-C1", "version": 0, "purpose": "x", "by": "R2" });
    let answered = unseal(&stand, &reviewer, &unknown_key).await;
    assert_eq!(answered.status, StatusCode::BAD_REQUEST);
    assert_eq!(stand.service.engine.last_position(), last);
}

#[tokio::test]
async fn nobody_sees_a_text_in_any_other_place() {
    let stand = Stand::new(Configuration::default());
    let gateway = stand.filled().await;
    for path in [
        "/v1/complaints/C1",
        "/v1/complaints",
        "/v1/queue?view=all",
        "/v1/events?after=0",
        "/v1/explain/complaints/C1",
    ] {
        let answered = stand.get(&gateway, path).await;
        let text = answered.document.to_string();
        assert_eq!(answered.status, StatusCode::OK, "{path}");
        assert!(!text.contains("charged after return"), "{path}");
    }
}

#[tokio::test]
async fn an_erased_text_is_not_given_out_any_more() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let admin = stand.key("admin", "root");
    let erase =
        json!({ "type": "user.erase", "data": { "user_ref": "U1", "reason": "asked for" } });
    stand.accepted(&admin, &erase).await;
    let answered = unseal(&stand, &admin, &asking("complaint-C1", 0, "to look")).await;
    assert_eq!(answered.status, StatusCode::OK);
    assert_eq!(
        answered.document["event"]["data"]["description"],
        json!({ "erased": true })
    );
}

#[tokio::test]
async fn a_reading_that_was_recorded_opens_nothing_a_second_time() {
    // rulebook 1.2
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let reviewer = stand.key("reviewer", "R1");
    let asked = asking("complaint-C1", 0, "to call the user back").to_string();
    let id = "0195a3c2-7b1e-7c51-9d1e-2f6b1a0c0d01";
    let mut answers = Vec::new();
    for _ in 0..2 {
        let mut request = request(
            Method::POST,
            &reviewer,
            "/v1/unseal",
            Body::from(asked.clone()),
        );
        let headers = request.headers_mut();
        headers.insert("idempotency-key", id.parse().unwrap());
        answers.push(stand.ask(request).await);
    }
    assert_eq!(answers[0].status, StatusCode::OK);
    let again = &answers[1];
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.document);
    assert_eq!(again.code(), "command_id_reused");
    assert!(!again.document.to_string().contains("charged after return"));
}
