//! Limits: what one identity, one address or one request may take.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use futures_util::stream;

use super::stand::{Stand, request};
use crate::caller::{ActsFor, Caller};
use crate::configuration::{Configuration, Limits};

fn stand(limits: Limits) -> Stand {
    Stand::new(Configuration {
        limits,
        ..Configuration::default()
    })
}

#[tokio::test]
async fn whoever_asks_too_fast_waits_and_nobody_else_does() {
    let stand = stand(Limits {
        requests_per_s: 1,
        requests_burst: 3,
        ..Limits::default()
    });
    let (fast, other) = (stand.key("reviewer", "R1"), stand.key("reviewer", "R2"));
    for left in [2, 1, 0] {
        let answered = stand.get(&fast, "/v1/queue").await;
        assert_eq!(answered.status, StatusCode::OK);
        assert_eq!(
            answered.header("ratelimit"),
            format!("\"identity\";r={left}")
        );
        assert_eq!(answered.header("ratelimit-policy"), "\"identity\";q=3;w=1");
    }
    let answered = stand.get(&fast, "/v1/queue").await;
    assert_eq!(answered.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answered.code(), "too_fast");
    assert_eq!(answered.header("retry-after"), "1");
    // Another key of the same identity has the same share.
    let second = stand.key("reviewer", "R1");
    assert_eq!(
        stand.get(&second, "/v1/queue").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(stand.get(&other, "/v1/queue").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_address_that_tries_keys_out_is_slowed_down() {
    let stand = stand(Limits {
        failures_per_s: 1,
        failures_burst: 2,
        ..Limits::default()
    });
    let key = stand.key("reviewer", "R1");
    let from = |address: &str, credential: &str| {
        let mut request = request(Method::GET, credential, "/v1/queue", Body::empty());
        let peer: SocketAddr = format!("{address}:9").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    };
    for expected in [401, 401, 429, 429] {
        let answered = stand.ask(from("10.0.0.1", "redress_0_0")).await;
        assert_eq!(answered.status.as_u16(), expected);
    }
    assert_eq!(
        stand
            .ask(from("10.0.0.2", "redress_0_0"))
            .await
            .status
            .as_u16(),
        401
    );
    assert_eq!(
        stand.ask(from("10.0.0.1", &key)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_body_that_tells_no_length_is_cut_off_as_well() {
    let stand = Stand::new(Configuration::default());
    let megabyte = 1024 * 1024;
    for (bytes, expected) in [(megabyte, 400), (megabyte + 1, 413)] {
        let pieces: Vec<Result<Bytes, Infallible>> = vec![b' '; bytes]
            .chunks(64 * 1024)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let body = Body::from_stream(stream::iter(pieces));
        let answered = stand
            .ask(request(Method::POST, "", "/v1/commands", body))
            .await;
        assert_eq!(answered.status.as_u16(), expected);
    }
}

#[tokio::test]
async fn a_document_is_nested_only_so_deep() {
    let stand = Stand::new(Configuration::default());
    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    let answered = stand
        .ask(request(Method::POST, "", "/v1/commands", Body::from(deep)))
        .await;
    assert_eq!(answered.status, StatusCode::BAD_REQUEST);
    assert!(
        answered.document["detail"]
            .as_str()
            .unwrap()
            .contains("deeper than 32")
    );
}

#[test]
fn one_identity_holds_only_so_many_streams() {
    let streams = crate::identity::Streams::new(2);
    let caller = |id: &str| Caller {
        actor: redress_domain::identity::Actor {
            role: redress_domain::identity::Role::Reviewer,
            id: redress_domain::identity::ActorId::new(id).unwrap(),
        },
        acts_for: ActsFor::Itself,
    };
    let first = streams.open(&caller("R1")).ok();
    let _second = streams.open(&caller("R1")).ok();
    assert!(first.is_some());
    let refused = streams.open(&caller("R1")).err().unwrap();
    assert_eq!(refused.code(), "too_fast");
    assert!(streams.open(&caller("R2")).is_ok());
    drop(first);
    assert!(streams.open(&caller("R1")).is_ok());
}

#[tokio::test]
async fn a_feed_takes_one_of_the_streams_until_it_is_answered() {
    let stand = stand(Limits {
        streams_per_identity: 0,
        ..Limits::default()
    });
    let key = stand.key("service", "S1");
    let mut feed = request(Method::POST, &key, "/v1/commands", Body::from("{}\n"));
    let ndjson = "application/x-ndjson".parse().unwrap();
    feed.headers_mut().insert("content-type", ndjson);
    assert_eq!(stand.ask(feed).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_service_makes_as_many_webhooks_as_are_its_share_and_others_still_theirs() {
    let stand = Stand::new(Configuration {
        webhooks: crate::webhooks::WebhookSettings {
            subscriptions: 4,
            subscriptions_each: 2,
            ..crate::webhooks::WebhookSettings::default()
        },
        ..Configuration::default()
    });
    let (one, other) = (stand.key("service", "S1"), stand.key("service", "S2"));
    let admin = stand.key("admin", "root");
    let make = async |key: &str| {
        let asked = Body::from(r#"{ "url": "https://passes.example/" }"#);
        let request = request(Method::POST, key, "/v1/webhooks", asked);
        stand.ask(request).await
    };
    for (key, status) in [
        (&one, 201),
        (&one, 201),
        (&one, 403),
        (&other, 201),
        // An admin has no share of its own, but there are no more than there are.
        (&admin, 201),
        (&admin, 403),
        (&other, 403),
    ] {
        let made = make(key).await;
        assert_eq!(made.status.as_u16(), status, "{}", made.document);
    }
    let own = stand.get(&one, "/v1/webhooks").await.document;
    let webhook_id = own[0]["webhook_id"].as_str().unwrap();
    let place = format!("/v1/webhooks/{webhook_id}");
    let of_another = request(Method::DELETE, &other, &place, Body::empty());
    assert_eq!(stand.ask(of_another).await.status.as_u16(), 404);
    let removed = request(Method::DELETE, &one, &place, Body::empty());
    assert_eq!(stand.ask(removed).await.status.as_u16(), 204);
    assert_eq!(make(&one).await.status.as_u16(), 201);
}
