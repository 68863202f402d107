//! API keys: shown once, kept as digests, good until they run out or are revoked.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, StatusCode};
use redress_domain::instant::{Instant, Span};
use redress_engine::{Clock as _, SystemClock};
use tower::ServiceExt as _;

use super::stand::Stand;
use crate::configuration::Configuration;
use crate::identity::api_keys::{self, ApiKeyError, KeyRequest};
use crate::router::router;

fn request(expires_at: Instant) -> KeyRequest {
    KeyRequest {
        role: "reviewer".to_owned(),
        id: "R1".to_owned(),
        mark: None,
        acts_for: Vec::new(),
        expires_at,
    }
}

#[tokio::test]
async fn only_the_whole_key_opens_anything() {
    let stand = Stand::new(Configuration::default());
    let key = stand.key("reviewer", "R1");
    assert_eq!(stand.get(&key, "/v1/queue").await.status, StatusCode::OK);
    let (head, secret) = key.rsplit_once('_').unwrap();
    let first = if secret.starts_with('0') { "1" } else { "0" };
    let wrong = [
        key[..key.len() - 1].to_owned(),
        format!("{key}0"),
        format!("{head}_{first}{}", &secret[1..]),
        format!("redress_0000000000000000_{secret}"),
        format!("{head}_"),
        "redress_".to_owned(),
    ];
    for wrong in wrong {
        let answered = stand.get(&wrong, "/v1/queue").await;
        assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert!(answered.header("www-authenticate").starts_with("Bearer"));
    }
}

#[test]
fn what_is_kept_does_not_open_anything() {
    let directory = tempfile::tempdir().unwrap();
    let in_a_minute = SystemClock.now().plus(Span::from_ms(60_000));
    let (key, kept) = api_keys::create(directory.path(), &request(in_a_minute)).unwrap();
    let secret = key.rsplit_once('_').unwrap().1;
    assert_eq!(secret.len(), 64, "256 bits");
    let path = directory.path().join("service/api-keys.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(secret));
    assert!(text.contains(&kept.secret_sha256));
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "nobody else reads it");
    let (other, _) = api_keys::create(directory.path(), &request(in_a_minute)).unwrap();
    assert_ne!(key, other);
    assert_eq!(api_keys::list(directory.path()).unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_that_was_revoked_or_has_run_out_opens_nothing_and_nobody_is_admin_for_that() {
    let stand = Stand::new(Configuration::default());
    let key = stand.key("reviewer", "R1");
    assert_eq!(stand.get(&key, "/v1/queue").await.status, StatusCode::OK);
    let key_id = key.split('_').nth(1).unwrap();
    api_keys::revoke(stand.directory.path(), key_id).unwrap();
    assert_eq!(
        stand.get(&key, "/v1/queue").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        stand.get("", "/v1/queue").await.status,
        StatusCode::UNAUTHORIZED
    );

    let soon = SystemClock.now().plus(Span::from_ms(300));
    let (short, _) = api_keys::create(stand.directory.path(), &request(soon)).unwrap();
    assert_eq!(stand.get(&short, "/v1/queue").await.status, StatusCode::OK);
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(
        stand.get(&short, "/v1/queue").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn keys_that_are_gone_from_the_disk_let_nobody_in() {
    let stand = Stand::new(Configuration::default());
    let key = stand.key("reviewer", "R1");
    assert_eq!(stand.get(&key, "/v1/queue").await.status, StatusCode::OK);
    std::fs::remove_file(stand.directory.path().join("service/api-keys.json")).unwrap();
    assert_eq!(
        stand.get("", "/v1/queue").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[test]
fn keys_for_nobody_are_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let later = now.plus(Span::from_ms(60_000));
    let make = |request: &KeyRequest| api_keys::create(directory.path(), request);
    for (role, id) in [("engine", "redress"), ("boss", "B1"), ("reviewer", "")] {
        let asked = KeyRequest {
            role: role.to_owned(),
            id: id.to_owned(),
            ..request(later)
        };
        assert!(
            matches!(make(&asked), Err(ApiKeyError::Holder(_))),
            "{role}"
        );
    }
    assert!(matches!(make(&request(now)), Err(ApiKeyError::RunOut)));
    assert!(matches!(
        api_keys::revoke(directory.path(), "unknown"),
        Err(ApiKeyError::Unknown(_))
    ));
    assert!(api_keys::list(directory.path()).unwrap().is_empty());
}

#[tokio::test]
async fn a_feed_and_a_followed_stream_end_with_the_key_that_they_began_with() {
    let stand = Stand::new(Configuration::default());
    let key = stand.key("admin", "root");
    let (_lines, waiting) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(waiting));
    let mut feed = super::stand::request(Method::POST, &key, "/v1/commands", body);
    let ndjson = "application/x-ndjson".parse().unwrap();
    feed.headers_mut().insert("content-type", ndjson);
    let stream = "/v1/events/stream?stream=merchant-M1";
    let follow = super::stand::request(Method::GET, &key, stream, Body::empty());
    stand.filled().await;
    let feed = router(&stand.service).oneshot(feed).await.unwrap();
    let follow = router(&stand.service).oneshot(follow).await.unwrap();
    assert_eq!(
        (feed.status(), follow.status()),
        (StatusCode::OK, StatusCode::OK)
    );
    let key_id = key.split('_').nth(1).unwrap();
    api_keys::revoke(stand.directory.path(), key_id).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    for (response, told) in [(feed, "\"outcome\":\"failed\""), (follow, "event: cut-off")] {
        let all = to_bytes(response.into_body(), usize::MAX);
        let all = tokio::time::timeout(Duration::from_secs(3), all).await;
        let text = String::from_utf8(all.unwrap().unwrap().to_vec()).unwrap();
        assert!(text.contains(told), "{text}");
        assert!(text.contains("\"code\":\"unauthenticated\""), "{text}");
        assert!(!text.contains("merchant"), "{text}");
    }
}
