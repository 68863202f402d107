//! The way in: denied by default, and what a web page cannot talk a browser into.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::Value;

use super::stand::{Stand, register, request};
use crate::configuration::Configuration;

/// Every place of the interface, with the method, and whether it says that it is open.
async fn places(stand: &Stand) -> Vec<(Method, String, bool)> {
    let document = stand.get("", "/openapi.json").await.document;
    let mut places = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let is_open = described["security"].as_array().is_some_and(Vec::is_empty);
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            places.push((method, path.replace(['{', '}'], ""), is_open));
        }
    }
    places
}

#[tokio::test]
async fn nothing_but_what_says_so_is_open_once_somebody_is_configured() {
    let stand = Stand::new(Configuration::default());
    stand.key("reviewer", "R1");
    let places = places(&stand).await;
    assert!(places.len() > 10);
    let mut open = Vec::new();
    for (method, path, is_open) in places {
        let answered = stand.ask(request(method, "", &path, Body::empty())).await;
        assert_eq!(answered.header("x-content-type-options"), "nosniff");
        if answered.status == StatusCode::UNAUTHORIZED {
            assert!(!is_open, "{path} says that it is open");
            assert_eq!(answered.code(), "unauthenticated");
            assert!(
                answered.header("www-authenticate").starts_with("Bearer"),
                "{path}"
            );
            assert_eq!(answered.header("redress-development"), "");
        } else {
            open.push(path);
        }
    }
    open.sort();
    assert_eq!(
        open,
        [
            "/healthz",
            "/openapi.json",
            "/problems/",
            "/problems/code",
            "/readyz"
        ]
    );
}

#[tokio::test]
async fn while_nobody_is_configured_everybody_on_the_machine_is_the_development_admin() {
    let stand = Stand::new(Configuration::default());
    let answered = stand.command("", &register("M1")).await;
    assert_eq!(
        answered.status,
        StatusCode::CREATED,
        "{}",
        answered.document
    );
    assert!(
        answered
            .header("redress-development")
            .contains("no identity is configured")
    );
    let submitted_by = stand.events()[0].header.submitted_by.clone().unwrap();
    assert_eq!(submitted_by.id.as_str(), "development");
    // A credential is for somebody: it does not pass as nobody's.
    let with_credential = stand.get("redress_0_0", "/v1/queue").await;
    assert_eq!(with_credential.status, StatusCode::UNAUTHORIZED);
    stand.key("reviewer", "R1");
    let answered = stand.command("", &register("M2")).await;
    assert_eq!(answered.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_address_that_others_reach_has_no_development_admin() {
    let listen = "0.0.0.0:8080".parse().unwrap();
    let guarded = Stand::new(Configuration {
        listen,
        ..Configuration::default()
    });
    let answered = guarded.get("", "/v1/queue").await;
    assert_eq!(answered.status, StatusCode::FORBIDDEN);
    let open = Stand::new(Configuration {
        listen,
        dangerously_without_identities: true,
        ..Configuration::default()
    });
    assert_eq!(open.get("", "/v1/queue").await.status, StatusCode::OK);
}

fn with(credential: &str, heads: &[(&str, &str)]) -> Request<Body> {
    let mut request = request(Method::GET, credential, "/v1/queue", Body::empty());
    for (name, value) in heads {
        let name = axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request
}

#[tokio::test]
async fn a_web_page_cannot_drive_the_service() {
    let stand = Stand::new(Configuration::default());
    let denied: [&[(&str, &str)]; 6] = [
        &[("host", "example.org")],
        &[("host", "localhost.example.org:8080")],
        &[("host", "localhost:8080"), ("host", "example.org")],
        &[
            ("host", "localhost:8080"),
            ("origin", "https://example.org"),
        ],
        &[("host", "localhost:8080"), ("origin", "null")],
        &[("host", "localhost:8080"), ("sec-fetch-site", "cross-site")],
    ];
    for heads in denied {
        let answered = stand.ask(with("", heads)).await;
        assert_eq!(answered.status, StatusCode::FORBIDDEN, "{heads:?}");
        assert_eq!(answered.code(), "foreign_origin");
        assert_eq!(answered.header("access-control-allow-origin"), "");
    }
    let own = [
        ("host", "localhost:8080"),
        ("origin", "http://localhost:8080"),
    ];
    assert_eq!(stand.ask(with("", &own)).await.status, StatusCode::OK);

    let key = stand.key("reviewer", "R1");
    let foreign = [
        ("host", "redress.example"),
        ("origin", "https://example.org"),
    ];
    assert_eq!(
        stand.ask(with(&key, &foreign)).await.status,
        StatusCode::FORBIDDEN
    );
    let by_name = [("host", "redress.example")];
    assert_eq!(stand.ask(with(&key, &by_name)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_a_proxy_passes_on_is_nobodys_development_admin() {
    let stand = Stand::new(Configuration::default());
    let heads = [
        ("forwarded", "for=203.0.113.7"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-host", "redress.example"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "203.0.113.7"),
        ("via", "1.1 proxy"),
        ("cf-connecting-ip", "203.0.113.7"),
        ("x-envoy-external-address", "203.0.113.7"),
    ];
    for head in heads {
        let answered = stand.ask(with("", &[("host", "localhost"), head])).await;
        assert_eq!(answered.status, StatusCode::FORBIDDEN, "{head:?}");
        assert_eq!(answered.code(), "foreign_origin");
        let detail = answered.document["detail"].as_str().unwrap();
        assert!(detail.contains(head.0), "{detail}");
    }
    let figures = stand.get("", "/metrics").await.document;
    let line = format!(
        "redress_denials_total{{code=\"foreign_origin\"}} {}",
        heads.len()
    );
    assert!(figures.as_str().unwrap().contains(&line), "{figures}");
    // Whoever has a credential may come through a proxy, and whoever asked for it is let in by one.
    let key = stand.key("reviewer", "R1");
    let by_proxy = stand.ask(with(&key, &heads)).await;
    assert_eq!(by_proxy.status, StatusCode::OK);
    let open = Stand::new(Configuration {
        dangerously_without_identities: true,
        ..Configuration::default()
    });
    assert_eq!(open.ask(with("", &heads)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_credential_comes_in_its_one_place_and_once() {
    let stand = Stand::new(Configuration::default());
    let key = stand.key("reviewer", "R1");
    let bearer = format!("Bearer {key}");
    let (basic, bare) = (format!("Basic {key}"), key.clone());
    let twice: [(&str, &str); 2] = [("authorization", &bearer), ("authorization", &bearer)];
    for heads in [
        vec![("authorization", basic.as_str())],
        vec![("authorization", bare.as_str())],
        vec![("authorization", "Bearer")],
        vec![("authorization", "Bearer ")],
        vec![("x-api-key", key.as_str())],
        vec![("cookie", key.as_str())],
        twice.to_vec(),
    ] {
        let answered = stand.ask(with("", &heads)).await;
        assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "{heads:?}");
    }
    let in_the_address = format!("/v1/queue?access_token={key}");
    assert_eq!(
        stand.get("", &in_the_address).await.status,
        StatusCode::UNAUTHORIZED
    );
    let lower_case = format!("bearer {key}");
    assert_eq!(
        stand
            .ask(with("", &[("authorization", &lower_case)]))
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn every_denial_is_counted_by_its_code() {
    let stand = Stand::new(Configuration::default());
    let gateway = stand.filled().await;
    let merchant = stand.key("merchant", "M1");
    stand.get("", "/v1/queue").await;
    stand.get(&merchant, "/v1/merchants/M2").await;
    stand.get(&merchant, "/v1/queue?merchant=M2").await;
    stand.get(&merchant, "/metrics").await;
    stand.command(&merchant, &register("M3")).await;
    let feed = "{\"type\":\"complaint.withdraw\",\"by\":{\"role\":\"user\",\"id\":\"U1\"},\"data\":{\"complaint_id\":\"C1\"}}\n";
    let mut fed = request(Method::POST, &merchant, "/v1/commands", Body::from(feed));
    let ndjson = "application/x-ndjson".parse().unwrap();
    fed.headers_mut().insert("content-type", ndjson);
    stand.ask(fed).await;
    let figures = stand.get(&gateway, "/metrics").await.document;
    let Value::String(figures) = figures else {
        panic!("no text");
    };
    for (code, count) in [
        ("unauthenticated", 1),
        ("not_your_case", 2),
        ("forbidden", 1),
        ("identity_mismatch", 2),
    ] {
        let line = format!("redress_denials_total{{code=\"{code}\"}} {count}");
        assert!(
            figures.lines().any(|known| known == line),
            "{line} in {figures}"
        );
    }
}
