//! Bearer tokens: only what a known issuer signed for this service, now, opens anything.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::{Method, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use hmac::{Hmac, KeyInit as _, Mac as _};
use redress_engine::{Clock as _, SystemClock};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::signing::{Signer, ed25519, encoded, rsa, unsigned};
use super::stand::{Stand, request};
use crate::configuration::Configuration;
use crate::identity::setting::{IssuerSettings, Mark};
use crate::router::router;

const ISSUER: &str = "https://id.example";

fn now_s() -> i64 {
    SystemClock.now().unix_ms() / 1_000
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "redress", "sub": "R1", "role": "reviewer",
        "exp": now_s() + 60, "nbf": now_s() - 1,
    })
}

fn changed(key: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[key] = value;
    claims
}

fn without(key: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(key);
    claims
}

fn settings() -> IssuerSettings {
    IssuerSettings {
        issuer: ISSUER.to_owned(),
        audience: "redress".to_owned(),
        keys: None,
        jwks_url: None,
        roles: vec!["reviewer".to_owned(), "service".to_owned()],
        marks: vec![Mark::Gateway],
        role_claim: "role".to_owned(),
        mark_claim: "mark".to_owned(),
        acts_for: vec!["user".to_owned()],
        leeway_s: 5,
    }
}

fn stand_of(issuer: IssuerSettings) -> Stand {
    Stand::new(Configuration {
        issuers: vec![issuer],
        ..Configuration::default()
    })
}

/// A service that believes these keys, from a file.
fn stand_with(keys: &[Value]) -> (Stand, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    fs::write(&path, json!({ "keys": keys }).to_string()).unwrap();
    let stand = stand_of(IssuerSettings {
        keys: Some(path),
        ..settings()
    });
    (stand, directory)
}

async fn status(stand: &Stand, token: &str) -> StatusCode {
    stand.get(token, "/v1/queue").await.status
}

#[tokio::test]
async fn a_token_signed_with_either_algorithm_is_somebody() {
    let (ed, of_rsa) = (ed25519(), rsa());
    let (stand, _keys) = stand_with(&[ed.jwk("ed"), of_rsa.jwk("rsa")]);
    for (signer, key_id) in [(&ed, "ed"), (&of_rsa, "rsa")] {
        assert_eq!(
            status(&stand, &signer.token(Some(key_id), &claims())).await,
            StatusCode::OK
        );
        assert_eq!(
            status(&stand, &signer.token(None, &claims())).await,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn a_key_in_pem_does_as_well() {
    let ed = ed25519();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.pem");
    fs::write(&path, ed.pem()).unwrap();
    let stand = stand_of(IssuerSettings {
        keys: Some(path),
        ..settings()
    });
    assert_eq!(
        status(&stand, &ed.token(Some("any"), &claims())).await,
        StatusCode::OK
    );
    let other = ed25519().token(None, &claims());
    assert_eq!(status(&stand, &other).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_is_for_this_service_from_this_issuer_and_for_now() {
    let ed = ed25519();
    let (stand, _keys) = stand_with(&[ed.jwk("ed")]);
    let wrong = [
        (
            "another issuer",
            changed("iss", json!("https://other.example")),
        ),
        ("another audience", changed("aud", json!("payments"))),
        ("run out", changed("exp", json!(now_s() - 30))),
        ("not good yet", changed("nbf", json!(now_s() + 30))),
        ("no end", without("exp")),
        ("no issuer", without("iss")),
        ("no audience", without("aud")),
        ("nobody", without("sub")),
        ("an empty name", changed("sub", json!(""))),
        ("no role", without("role")),
        ("a role of the engine", changed("role", json!("engine"))),
        (
            "a role that the issuer may not give",
            changed("role", json!("admin")),
        ),
        (
            "a mark that the issuer may not give",
            changed("mark", json!("partner")),
        ),
        ("a mark that is none", changed("mark", json!(true))),
    ];
    for (what, claims) in wrong {
        let answered = stand.get(&ed.token(Some("ed"), &claims), "/v1/queue").await;
        assert_eq!(answered.status, StatusCode::UNAUTHORIZED, "{what}");
        assert_eq!(answered.code(), "unauthenticated", "{what}");
        assert!(
            answered
                .header("www-authenticate")
                .contains("invalid_token"),
            "{what}"
        );
    }
    let right = [
        (
            "a clock that is a little ahead",
            changed("exp", json!(now_s() - 2)),
        ),
        (
            "one of several audiences",
            changed("aud", json!(["payments", "redress"])),
        ),
        (
            "a mark that the issuer may give",
            changed("mark", json!("gateway")),
        ),
    ];
    for (what, claims) in right {
        assert_eq!(
            status(&stand, &ed.token(Some("ed"), &claims)).await,
            StatusCode::OK,
            "{what}"
        );
    }
}

#[tokio::test]
async fn the_key_decides_on_the_algorithm_and_not_the_token() {
    let (ed, of_rsa) = (ed25519(), rsa());
    let (stand, _keys) = stand_with(&[ed.jwk("ed"), of_rsa.jwk("rsa")]);
    let none = format!(
        "{}.",
        unsigned(&json!({ "alg": "none", "kid": "ed" }), &claims())
    );
    // The public key, which everybody knows, as a secret.
    let message = unsigned(&json!({ "alg": "HS256", "kid": "rsa" }), &claims());
    let known = of_rsa.jwk("rsa").to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(known.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    let symmetric = format!("{message}.{}", encoded(&mac.finalize().into_bytes()));
    let crossed = |signer: &Signer, algorithm: &str, key_id: &str| {
        signer.token_under(&json!({ "alg": algorithm, "kid": key_id }), &claims())
    };
    let demanding = json!({ "alg": "EdDSA", "kid": "ed", "crit": ["exp"] });
    let wrong = [
        none,
        symmetric,
        crossed(&ed, "RS256", "ed"),
        crossed(&ed, "EdDSA", "rsa"),
        crossed(&of_rsa, "RS512", "rsa"),
        crossed(&of_rsa, "PS256", "rsa"),
        ed25519().token(Some("ed"), &claims()),
        ed.token(Some("unknown"), &claims()),
        ed.token_under(&demanding, &claims()),
        ed.token(Some("ed"), &claims()).replacen('.', ".e30", 1),
        "not.a.token".to_owned(),
        "x".repeat(9_000),
    ];
    for token in wrong {
        assert_eq!(
            status(&stand, &token).await,
            StatusCode::UNAUTHORIZED,
            "{token}"
        );
    }
}

#[tokio::test]
async fn keys_in_a_file_are_replaced_without_a_restart() {
    let (old, new) = (ed25519(), ed25519());
    let (stand, keys) = stand_with(&[old.jwk("old")]);
    let by_old = old.token(Some("old"), &claims());
    let by_new = new.token(Some("new"), &claims());
    assert_eq!(status(&stand, &by_old).await, StatusCode::OK);
    let path = keys.path().join("keys.json");
    redress_store::file::replace(&path, b"{ not keys", true).unwrap();
    assert_eq!(
        status(&stand, &by_old).await,
        StatusCode::OK,
        "a broken file changes nothing"
    );
    let replaced = json!({ "keys": [new.jwk("new")] }).to_string();
    redress_store::file::replace(&path, replaced.as_bytes(), true).unwrap();
    assert_eq!(status(&stand, &by_new).await, StatusCode::OK);
    assert_eq!(status(&stand, &by_old).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn published_keys_are_fetched_once_and_again_for_an_unknown_one() {
    let (old, new) = (ed25519(), ed25519());
    let published = Arc::new(Mutex::new(json!({ "keys": [old.jwk("old")] })));
    let fetched = Arc::new(AtomicUsize::new(0));
    let (shown, counted) = (Arc::clone(&published), Arc::clone(&fetched));
    let place = get(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let keys = shown.lock().unwrap().clone();
        async move { Json(keys) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/keys", place);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let stand = stand_of(IssuerSettings {
        jwks_url: Some(format!("http://{address}/keys")),
        ..settings()
    });
    let by_old = old.token(Some("old"), &claims());
    for _ in 0..3 {
        assert_eq!(status(&stand, &by_old).await, StatusCode::OK);
    }
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
    *published.lock().unwrap() = json!({ "keys": [old.jwk("old"), new.jwk("new")] });
    let by_new = new.token(Some("new"), &claims());
    // Not for every token that names an unknown key: whoever sends many would have the issuer asked
    // as often.
    assert_eq!(status(&stand, &by_new).await, StatusCode::UNAUTHORIZED);
    assert_eq!(fetched.load(Ordering::SeqCst), 1);
    stand.service.identities.forget_when_keys_were_fetched();
    assert_eq!(status(&stand, &by_new).await, StatusCode::OK);
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[test]
fn keys_are_not_fetched_where_somebody_on_the_way_could_change_them() {
    for (url, is_taken) in [
        ("https://id.example/keys", true),
        ("http://127.0.0.1:1/keys", true),
        ("http://[::1]:1/keys", true),
        ("http://id.example/keys", false),
        ("file:///etc/keys", false),
    ] {
        let issuer = IssuerSettings {
            jwks_url: Some(url.to_owned()),
            ..settings()
        };
        let issuers = crate::identity::token::Issuers::new(&[issuer]);
        assert_eq!(issuers.is_ok(), is_taken, "{url}");
    }
}

#[test]
fn an_issuer_that_cannot_be_meant_is_refused_at_the_start() {
    let both = IssuerSettings {
        keys: Some("keys".into()),
        jwks_url: Some("https://id.example".to_owned()),
        ..settings()
    };
    let no_audience = IssuerSettings {
        audience: String::new(),
        jwks_url: Some("https://id.example".to_owned()),
        ..settings()
    };
    let gives_engine = IssuerSettings {
        roles: vec!["engine".to_owned()],
        jwks_url: Some("https://id.example".to_owned()),
        ..settings()
    };
    for issuer in [settings(), both, no_audience, gives_engine] {
        assert!(crate::identity::token::Issuers::new(&[issuer]).is_err());
    }
}

#[tokio::test]
async fn a_followed_stream_ends_when_the_token_that_it_began_with_runs_out() {
    let ed = ed25519();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    fs::write(&path, json!({ "keys": [ed.jwk("ed")] }).to_string()).unwrap();
    let stand = stand_of(IssuerSettings {
        keys: Some(path),
        leeway_s: 0,
        ..settings()
    });
    stand.filled().await;
    let begun = Instant::now();
    let token = ed.token(Some("ed"), &changed("exp", json!(now_s() + 3)));
    let follow = request(Method::GET, &token, "/v1/events/stream", Body::empty());
    let response = router(&stand.service).oneshot(follow).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let all = to_bytes(response.into_body(), usize::MAX);
    let all = tokio::time::timeout(Duration::from_secs(20), all).await;
    let text = String::from_utf8(all.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.contains("event: cut-off"), "{text}");
    assert!(text.contains("\"code\":\"unauthenticated\""), "{text}");
    // Until then it was told everything.
    assert!(text.contains("event: caught-up"), "{text}");
    assert!(
        begun.elapsed() >= Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(status(&stand, &token).await, StatusCode::UNAUTHORIZED);
}
