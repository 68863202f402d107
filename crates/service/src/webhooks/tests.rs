//! Webhooks from making to delivery, with receivers that answer as a test tells them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::post;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::WebhookSettings;
use super::kept::Waiting;
use super::signature::signatures;
use crate::configuration::Configuration;
use crate::fixture::{complain, document, get, register, send, service, shown_when, until};
use crate::router::router;
use crate::service::Service;

/// What a receiver was sent.
#[derive(Clone, Debug)]
struct Received {
    id: String,
    timestamp_s: i64,
    signature: String,
    body: Bytes,
}

impl Received {
    fn document(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn position(&self) -> u64 {
        self.document()["data"]["position"].as_u64().unwrap()
    }

    fn stream(&self) -> String {
        self.document()["data"]["stream"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

/// Somebody who receives. What it answers is taken from the front of a list, then it is 200.
struct Receiver {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    /// How long it takes to answer.
    pause: Arc<Mutex<Duration>>,
}

impl Receiver {
    async fn start() -> Self {
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let answers: Arc<Mutex<VecDeque<u16>>> = Arc::default();
        let pause = Arc::new(Mutex::new(Duration::ZERO));
        let (keep, answer) = (Arc::clone(&received), Arc::clone(&answers));
        let slowly = Arc::clone(&pause);
        let routes = Router::new().route(
            "/hook",
            post(move |headers: HeaderMap, body: Bytes| async move {
                let text = |name: &str| headers[name].to_str().unwrap().to_owned();
                let status = answer.lock().pop_front().unwrap_or(200);
                keep.lock().push(Received {
                    id: text("webhook-id"),
                    timestamp_s: text("webhook-timestamp").parse().unwrap(),
                    signature: text("webhook-signature"),
                    body,
                });
                let pause = *slowly.lock();
                tokio::time::sleep(pause).await;
                StatusCode::from_u16(status).unwrap()
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            url,
            received,
            answers,
            pause,
        }
    }

    fn answer_with(&self, statuses: &[u16]) {
        self.answers.lock().extend(statuses);
    }

    async fn wait_for(&self, count: usize) -> Vec<Received> {
        until(|| self.received.lock().len() >= count).await;
        self.received.lock().clone()
    }
}

fn settings() -> WebhookSettings {
    WebhookSettings {
        private_addresses: true,
        without_tls: true,
        first_pause_ms: 20,
        longest_pause_ms: 50,
        ..WebhookSettings::default()
    }
}

fn with(webhooks: WebhookSettings) -> Arc<Service> {
    let service = service(Configuration {
        webhooks,
        ..Configuration::default()
    });
    tokio::spawn(super::run(Arc::clone(&service)));
    service
}

async fn make(service: &Arc<Service>, asked: Value) -> Value {
    let (status, made) = send(service, "POST", "/v1/webhooks", &asked).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made
}

fn place(made: &Value) -> String {
    format!("/v1/webhooks/{}", made["webhook_id"].as_str().unwrap())
}

#[tokio::test]
async fn what_is_wanted_is_delivered_signed_and_in_order() {
    let service = with(settings());
    let receiver = Receiver::start().await;
    register(&service, "M1").await;
    let asked = json!({ "url": receiver.url, "after": 0, "stream": "merchant-M1" });
    let made = make(&service, asked).await;
    complain(&service, "C1", "M1").await;
    let received = receiver.wait_for(1).await;
    let first = &received[0];
    let secret = made["secret"].as_str().unwrap();
    let signed = signatures(&[secret], &first.id, first.timestamp_s, &first.body).unwrap();
    assert_eq!(first.signature, signed);
    let document = first.document();
    assert_eq!(document["type"], "MerchantRegistered");
    assert_eq!(document["data"]["event_id"], first.id);
    assert!(received.iter().all(|one| one.stream() == "merchant-M1"));

    // The secret is shown once.
    let shown = crate::fixture::text(get(&service, &place(&made)).await).await;
    assert!(!shown.contains("whsec_"), "{shown}");
}

#[tokio::test]
async fn one_stream_waits_for_its_own_failures_and_for_no_others() {
    let service = with(settings());
    let receiver = Receiver::start().await;
    for merchant in ["M1", "M2", "M3"] {
        register(&service, merchant).await;
        complain(&service, &format!("C-{merchant}"), merchant).await;
    }
    let last = service.engine.last_position();
    receiver.answer_with(&[500, 503, 404, 301, 500]);
    make(&service, json!({ "url": receiver.url, "after": 0 })).await;
    let received = receiver.wait_for(usize::try_from(last).unwrap() + 5).await;
    assert_eq!(received.len(), usize::try_from(last).unwrap() + 5);
    let mut ids: Vec<&str> = received.iter().map(|one| one.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len() as u64, last, "the same id in every attempt");
    // In each stream, no event comes before the one before it was taken.
    let mut streams: std::collections::BTreeMap<String, Vec<u64>> =
        std::collections::BTreeMap::new();
    for one in &received {
        streams
            .entry(one.stream())
            .or_default()
            .push(one.position());
    }
    for positions in streams.values() {
        assert!(positions.is_sorted(), "{streams:?}");
    }
}

#[tokio::test]
async fn what_fails_for_too_long_is_kept_aside_and_delivered_when_asked() {
    let service = with(WebhookSettings {
        given_up_after_ms: 100,
        ..settings()
    });
    let receiver = Receiver::start().await;
    receiver.answer_with(&[500; 40]);
    let made = make(&service, json!({ "url": receiver.url })).await;
    register(&service, "M1").await;
    let letters = format!("{}/dead-letters", place(&made));
    let dead = shown_when(&service, &letters, |dead| dead[0].is_object()).await;
    assert_eq!(dead[0]["position"], 1, "{dead}");
    assert_eq!(dead[0]["last_error"], "answered 500 Internal Server Error");
    assert!(dead[0]["attempts"].as_u64().unwrap() >= 2, "{dead}");

    receiver.answers.lock().clear();
    let before = receiver.received.lock().len();
    let (status, answer) = send(&service, "POST", &format!("{letters}/replay"), &json!({})).await;
    assert_eq!(
        (status, &answer["replayed"]),
        (StatusCode::ACCEPTED, &json!(1))
    );
    let received = receiver.wait_for(before + 1).await;
    assert_eq!(received[before].position(), 1);
    assert_eq!(document(get(&service, &letters).await).await, json!([]));
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one_until_that_runs_out() {
    let service = with(WebhookSettings {
        old_secret_ms: 700,
        ..settings()
    });
    let receiver = Receiver::start().await;
    let made = make(&service, json!({ "url": receiver.url })).await;
    let path = format!("{}/secret", place(&made));
    let (status, rotated) = send(&service, "POST", &path, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{rotated}");
    let (old, new) = (
        made["secret"].as_str().unwrap(),
        rotated["secret"].as_str().unwrap(),
    );
    register(&service, "M1").await;
    let first = receiver.wait_for(1).await.remove(0);
    let both = signatures(&[new, old], &first.id, first.timestamp_s, &first.body).unwrap();
    assert_eq!(first.signature, both);
    tokio::time::sleep(Duration::from_millis(800)).await;
    register(&service, "M2").await;
    let second = receiver.wait_for(2).await.remove(1);
    let alone = signatures(&[new], &second.id, second.timestamp_s, &second.body).unwrap();
    assert_eq!(second.signature, alone);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone_until_it_is_changed() {
    let service = with(settings());
    let (gone, other) = (Receiver::start().await, Receiver::start().await);
    gone.answer_with(&[410]);
    let made = make(&service, json!({ "url": gone.url })).await;
    register(&service, "M1").await;
    gone.wait_for(1).await;
    register(&service, "M2").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(gone.received.lock().len(), 1);
    let shown = document(get(&service, &place(&made)).await).await;
    assert_eq!(shown["paused_because"], "the receiver answered 410 Gone");
    let (status, shown) = send(&service, "PUT", &place(&made), &json!({ "url": other.url })).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    let received = other.wait_for(2).await;
    assert_eq!(
        received.iter().map(Received::position).collect::<Vec<_>>(),
        [1, 2]
    );
}

#[tokio::test]
async fn nothing_goes_to_an_address_that_is_not_public() {
    let receiver = Receiver::start().await;
    let strict = with(WebhookSettings {
        private_addresses: false,
        ..settings()
    });
    let (status, problem) = send(
        &strict,
        "POST",
        "/v1/webhooks",
        &json!({ "url": receiver.url }),
    )
    .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::BAD_REQUEST, &json!("field_invalid"))
    );
    // A name is looked up when something is delivered.
    let port = receiver.url.rsplit(':').next().unwrap().to_owned();
    let made = make(
        &strict,
        json!({ "url": format!("http://localhost:{port}") }),
    )
    .await;
    register(&strict, "M1").await;
    let has_failed = |shown: &Value| shown["last_error"].is_string();
    let shown = shown_when(&strict, &place(&made), has_failed).await;
    assert_eq!(shown["last_error"], "`localhost` is not a public address");
    assert_eq!(receiver.received.lock().len(), 0);
}

#[tokio::test]
async fn a_restart_goes_on_where_deliveries_were() {
    let directory = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let first = with(settings());
    register(&first, "M1").await;
    register(&first, "M2").await;
    // The engine stays the same, what is kept around it is started anew.
    let begin = || {
        let service = Service::new(
            Arc::clone(&first.engine),
            Configuration {
                webhooks: settings(),
                directory: Some(directory.path().to_owned()),
                ..Configuration::default()
            },
        )
        .unwrap();
        service.caught_up.cancel();
        let running = tokio::spawn(super::run(Arc::clone(&service)));
        (service, running)
    };
    let (service, running) = begin();
    receiver.answer_with(&[200, 500, 500, 500, 500, 500, 500, 500, 500, 500]);
    let made = make(&service, json!({ "url": receiver.url, "after": 0 })).await;
    receiver.wait_for(3).await;
    service.stopping.cancel();
    running.await.unwrap();

    receiver.answers.lock().clear();
    let before = receiver.received.lock().len();
    let (service, running) = begin();
    register(&first, "M3").await;
    let received = receiver.wait_for(before + 2).await;
    let taken = received[0].position();
    let later: Vec<u64> = received[before..].iter().map(Received::position).collect();
    let mut expected: Vec<u64> = (1..=3).filter(|position| *position != taken).collect();
    expected.sort_unstable();
    let mut sorted = later.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected, "what was taken is not delivered again");

    let (status, _) = send(&service, "DELETE", &place(&made), &Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    service.stopping.cancel();
    running.await.unwrap();
    let (service, _) = begin();
    assert_eq!(
        document(get(&service, "/v1/webhooks").await).await,
        json!([])
    );
}

#[tokio::test]
async fn what_a_receiver_refuses_is_given_up_soon_and_holds_up_no_other_stream() {
    let service = with(settings());
    let receiver = Receiver::start().await;
    receiver.answer_with(&[400; 8]);
    let made = make(&service, json!({ "url": receiver.url })).await;
    register(&service, "M1").await;
    let letters = format!("{}/dead-letters", place(&made));
    let dead = shown_when(&service, &letters, |dead| dead[0].is_object()).await;
    assert_eq!(dead[0]["attempts"], 8, "{dead}");
    register(&service, "M2").await;
    assert_eq!(receiver.wait_for(9).await[8].position(), 2);
}

#[tokio::test]
async fn a_stop_awaits_deliveries_that_are_under_way() {
    let service = service(Configuration {
        webhooks: settings(),
        ..Configuration::default()
    });
    let running = tokio::spawn(super::run(Arc::clone(&service)));
    let receiver = Receiver::start().await;
    *receiver.pause.lock() = Duration::from_millis(300);
    make(&service, json!({ "url": receiver.url })).await;
    register(&service, "M1").await;
    receiver.wait_for(1).await;
    service.stopping.cancel();
    running.await.unwrap();
    let subscription = service.webhooks.all().remove(0);
    let (waiting, read_until) = subscription.look(|kept| (kept.waiting.len(), kept.read_until));
    assert_eq!((waiting, read_until), (0, 1));
}

#[tokio::test]
async fn webhooks_made_at_once_take_no_more_places_than_there_are() {
    let directory = tempfile::tempdir().unwrap();
    let service = service(Configuration {
        webhooks: WebhookSettings {
            subscriptions: 3,
            ..settings()
        },
        directory: Some(directory.path().to_owned()),
        ..Configuration::default()
    });
    let asked = json!({ "url": "https://passes.example/" });
    let routes = router(&service);
    let make = || {
        let request = Request::post("/v1/webhooks").body(Body::from(asked.to_string()));
        routes.clone().oneshot(request.unwrap())
    };
    let answers = futures_util::future::join_all((0..8).map(|_| make())).await;
    let mut statuses: Vec<u16> = answers
        .into_iter()
        .map(|answer| answer.unwrap().status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 201, 403, 403, 403, 403, 403]);
    assert_eq!(service.webhooks.all().len(), 3);
    // A place that is given back can be taken.
    let webhook_id = service.webhooks.all()[0].look(|kept| kept.webhook_id.clone());
    service.webhooks.remove(&webhook_id).unwrap();
    assert_eq!(make().await.unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn of_one_webhook_no_more_deliveries_are_under_way_than_allowed() {
    let service = with(WebhookSettings {
        at_a_time: 2,
        ..settings()
    });
    let receiver = Receiver::start().await;
    *receiver.pause.lock() = Duration::from_secs(60);
    make(&service, json!({ "url": receiver.url })).await;
    for merchant in ["M1", "M2", "M3", "M4", "M5"] {
        register(&service, merchant).await;
    }
    receiver.wait_for(2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receiver.received.lock().len(), 2);
}

#[tokio::test]
async fn what_was_spent_on_a_delivery_that_is_given_up_is_not_spent_again_on_those_behind_it() {
    let service = with(settings());
    let receiver = Receiver::start().await;
    register(&service, "M1").await;
    let last = complain(&service, "C1", "M1").await["position"].clone();
    let asked = json!({ "url": receiver.url, "after": 0, "stream": "complaint-C1" });
    receiver.answer_with(&[400; 100]);
    let made = make(&service, asked).await;
    let letters = format!("{}/dead-letters", place(&made));
    let has_all = |dead: &Value| {
        let all = dead.as_array().unwrap();
        all.last().is_some_and(|dead| dead["position"] == last)
    };
    let dead = shown_when(&service, &letters, has_all).await;
    let dead = dead.as_array().unwrap();
    assert!(dead.len() >= 2, "{dead:?}");
    let attempts: Vec<u64> = dead
        .iter()
        .map(|one| one["attempts"].as_u64().unwrap())
        .collect();
    let mut expected = vec![1; dead.len()];
    expected[0] = 8;
    assert_eq!(attempts, expected, "each of those behind is tried once");
    let first = &dead[0]["first_attempt_at"];
    assert!(dead.iter().all(|one| one["first_attempt_at"] == *first));
}

#[tokio::test]
async fn a_webhook_that_fails_for_good_stands_still_before_its_dead_letters_fill_the_disk() {
    let service = with(settings());
    let receiver = Receiver::start().await;
    let made = make(&service, json!({ "url": receiver.url })).await;
    let subscription = service.webhooks.all().remove(0);
    subscription.change(|kept| {
        for position in 1_000..11_000 {
            kept.waiting.insert(position, Waiting::default());
            kept.give_up(position, &[], 0);
        }
    });
    register(&service, "M1").await;
    let is_paused = |shown: &Value| shown["paused_because"].is_string();
    let shown = shown_when(&service, &place(&made), is_paused).await;
    assert_eq!(shown["dead_letters"], 10_000);
    assert_eq!(receiver.received.lock().len(), 0);
    // Once they are dropped and it is told to go on, nothing is left out.
    let letters = format!("{}/dead-letters", place(&made));
    send(&service, "DELETE", &letters, &Value::Null).await;
    let asked = json!({ "url": receiver.url });
    send(&service, "PUT", &place(&made), &asked).await;
    assert_eq!(receiver.wait_for(1).await[0].position(), 1);
}

#[tokio::test]
async fn a_webhook_whose_file_cannot_be_removed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(Configuration {
        directory: Some(folder.path().to_owned()),
        ..Configuration::default()
    });
    let made = make(&service, json!({ "url": "https://receiver.example/" })).await;
    let webhook_id = made["webhook_id"].as_str().unwrap();
    let kept_in = folder.path().join("service/webhooks");
    let path = kept_in.join(format!("{webhook_id}.json"));
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(service.webhooks.remove(webhook_id).is_err());
    let kept = service.webhooks.get(webhook_id).unwrap();
    assert!(!kept.gone.is_cancelled());
    std::fs::remove_dir(&path).unwrap();
    service.webhooks.remove(webhook_id).unwrap();
    assert!(service.webhooks.get(webhook_id).is_none() && kept.gone.is_cancelled());
}
