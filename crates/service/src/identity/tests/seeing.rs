//! Who sees what: everybody of the platform everything, the others what is their own.

use axum::http::StatusCode;

use super::stand::Stand;
use crate::configuration::Configuration;

#[tokio::test]
async fn the_parties_see_what_is_theirs_and_nothing_else() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let seen: [(&str, &str, &[&str]); 6] = [
        ("user", "U1", &["complaints/C1", "agreements/A1"]),
        (
            "merchant",
            "M1",
            &["complaints/C1", "agreements/A1", "merchants/M1"],
        ),
        (
            "merchant",
            "M2",
            &["complaints/C2", "agreements/A2", "merchants/M2"],
        ),
        (
            "intermediary",
            "I1",
            &["complaints/C1", "merchants/M1", "intermediaries/I1"],
        ),
        ("intermediary", "I2", &[]),
        ("user", "U3", &[]),
    ];
    let everything = [
        "complaints/C1",
        "complaints/C2",
        "agreements/A1",
        "agreements/A2",
        "merchants/M1",
        "merchants/M2",
        "intermediaries/I1",
    ];
    for (role, id, own) in seen {
        let key = stand.key(role, id);
        for path in everything {
            let answered = stand.get(&key, &format!("/v1/{path}")).await;
            let expected = match own.contains(&path) {
                true => StatusCode::OK,
                false => StatusCode::NOT_FOUND,
            };
            assert_eq!(answered.status, expected, "{role} {id} {path}");
        }
    }
    for role in ["reviewer", "risk", "service", "auditor", "admin"] {
        let key = stand.key(role, "X1");
        for path in everything {
            let answered = stand.get(&key, &format!("/v1/{path}")).await;
            assert_eq!(answered.status, StatusCode::OK, "{role} {path}");
        }
    }
}

#[tokio::test]
async fn what_belongs_to_others_is_answered_as_what_is_not_there() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    let key = stand.key("merchant", "M1");
    let mut others = stand.get(&key, "/v1/complaints/C2").await;
    let missing = stand.get(&key, "/v1/complaints/C3").await;
    let detail = others.document["detail"]
        .as_str()
        .unwrap()
        .replace("C2", "C3");
    others.document["detail"] = detail.into();
    assert_eq!(others.status, missing.status);
    assert_eq!(others.document, missing.document);
}

fn ids(stand_answer: &serde_json::Value) -> Vec<&str> {
    let rows = stand_answer
        .as_array()
        .or_else(|| stand_answer["items"].as_array());
    rows.unwrap()
        .iter()
        .map(|row| row["complaint_id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn figures_and_queues_are_narrowed_to_the_own() {
    let stand = Stand::new(Configuration::default());
    stand.filled().await;
    for (role, id, own) in [
        ("merchant", "M1", vec!["C1"]),
        ("user", "U2", vec!["C2"]),
        ("intermediary", "I1", vec!["C1"]),
        ("intermediary", "I2", vec![]),
        ("auditor", "A1", vec!["C1", "C2"]),
    ] {
        let key = stand.key(role, id);
        let queue = stand.get(&key, "/v1/queue").await;
        assert_eq!(queue.status, StatusCode::OK);
        let mut found = ids(&queue.document);
        found.sort_unstable();
        assert_eq!(found, own, "{role} {id}");
    }
    let statuses = [
        ("merchant", "M1", "/v1/queue?merchant=M2", 403),
        ("merchant", "M1", "/v1/queue?merchant=M3", 403),
        ("merchant", "M1", "/v1/sla", 200),
        ("merchant", "M1", "/v1/sla?merchant=M2", 403),
        ("merchant", "M1", "/v1/repeats?user=U1", 200),
        ("merchant", "M1", "/v1/repeats?merchant=M2", 403),
        ("merchant", "M1", "/v1/gate?merchant=M1&action=sign", 200),
        ("merchant", "M1", "/v1/gate?merchant=M2&action=sign", 403),
        (
            "merchant",
            "M1",
            "/v1/gate?merchant=M1&action=debit&agreement=A2",
            404,
        ),
        ("intermediary", "I1", "/v1/sla", 400),
        ("intermediary", "I1", "/v1/sla?merchant=M1", 200),
        ("intermediary", "I1", "/v1/sla?merchant=M2", 403),
        (
            "intermediary",
            "I1",
            "/v1/gate?merchant=M2&action=sign",
            403,
        ),
        ("user", "U1", "/v1/repeats", 200),
        ("user", "U1", "/v1/repeats?user=U2", 403),
        ("user", "U1", "/v1/sla", 403),
        ("user", "U1", "/v1/gate?merchant=M1&action=sign", 403),
        ("user", "U1", "/metrics", 403),
        ("merchant", "M1", "/metrics", 403),
        ("auditor", "A1", "/metrics", 200),
    ];
    for (role, id, path, status) in statuses {
        let key = stand.key(role, id);
        let answered = stand.get(&key, path).await;
        assert_eq!(
            answered.status.as_u16(),
            status,
            "{role} {id} {path} {}",
            answered.document
        );
    }
    let narrowed = stand
        .get(&stand.key("merchant", "M1"), "/v1/sla")
        .await
        .document;
    let asked = stand
        .get(&stand.key("admin", "X"), "/v1/sla?merchant=M1")
        .await
        .document;
    let all = stand
        .get(&stand.key("admin", "X"), "/v1/sla")
        .await
        .document;
    let clocks = |document: &serde_json::Value| document["clocks"].clone();
    assert_eq!(clocks(&narrowed), clocks(&asked));
    assert_ne!(clocks(&narrowed), clocks(&all));
}
