//! Pages and streams of events, as somebody who follows them sees them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use redress_domain::identity::{Actor, ActorId, Role};
use serde_json::Value;

use super::EventSettings;
use super::filter::Filter;
use super::sight::Admission;
use crate::caller::{ActsFor, Caller};
use crate::configuration::Configuration;
use crate::fixture::{Pieces, ask, complain, document, get, register, service, text};
use crate::service::Service;

async fn filled() -> Arc<Service> {
    let service = service(Configuration::default());
    for merchant in ["M1", "M2"] {
        register(&service, merchant).await;
    }
    complain(&service, "C1", "M1").await;
    complain(&service, "C2", "M2").await;
    service
}

fn positions(events: &[Value]) -> Vec<u64> {
    events
        .iter()
        .map(|event| event["position"].as_u64().unwrap())
        .collect()
}

/// The ids of a stream's events, without those of what is no event of the log.
fn ids(text: &str) -> Vec<u64> {
    text.split("\n\n")
        .filter(|event| event.contains("\ndata: {\"position\":") && !event.contains("caught-up"))
        .filter_map(|event| event.lines().find_map(|line| line.strip_prefix("id: ")))
        .map(|id| id.parse().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let service = filled().await;
    let last = service.engine.last_position();
    let mut after = 0;
    let mut seen = Vec::new();
    loop {
        let page =
            document(get(&service, &format!("/v1/events?after={after}&limit=3")).await).await;
        let events = page["events"].as_array().unwrap();
        assert_eq!(page["position"], last);
        if events.is_empty() {
            break;
        }
        seen.extend(positions(events));
        after = page["next"].as_u64().unwrap();
    }
    assert_eq!(seen, (1..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn pages_are_read_across_the_pages_of_the_book() {
    let service = service(Configuration::default());
    for number in 0..600 {
        register(&service, &format!("M{number}")).await;
    }
    let last = service.engine.last_position();
    assert!(last > 512 + 1);
    for after in [0, 254, 255, 256, 257, 511, last - 1, last] {
        let path = format!("/v1/events?after={after}&limit=300");
        let page = document(get(&service, &path).await).await;
        let end = last.min(after + 300);
        let seen = positions(page["events"].as_array().unwrap());
        assert_eq!(seen, (after + 1..=end).collect::<Vec<_>>());
        assert_eq!(page["next"], end);
    }
}

#[tokio::test]
async fn filters_pass_over_and_say_how_far_they_looked() {
    let service = filled().await;
    let last = service.engine.last_position();
    let page = document(get(&service, "/v1/events?types=ComplaintFiled").await).await;
    let events = page["events"].as_array().unwrap();
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event["type"] == "ComplaintFiled"));
    assert_eq!(page["next"], last);

    let page = document(get(&service, "/v1/events?stream=complaint-C2&limit=1").await).await;
    assert_eq!(page["events"][0]["stream"], "complaint-C2");
    assert_eq!(page["next"], page["events"][0]["position"]);

    let page = document(get(&service, "/v1/events?merchant=M2").await).await;
    let events = page["events"].as_array().unwrap();
    let streams: Vec<&str> = events
        .iter()
        .map(|event| event["stream"].as_str().unwrap())
        .collect();
    assert!(streams.contains(&"complaint-C2") && streams.contains(&"merchant-M2"));
    assert!(
        !streams.iter().any(|name| name.ends_with('1')),
        "{streams:?}"
    );
}

#[tokio::test]
async fn a_merchant_is_told_of_its_own_alone() {
    let service = filled().await;
    let caller = Caller {
        actor: Actor {
            role: Role::Merchant,
            id: ActorId::new("M1").unwrap(),
        },
        acts_for: ActsFor::Itself,
    };
    let mut admission = Admission::of(Filter::default().checked().unwrap(), caller);
    let read = service.book.read(&service, 1).await.unwrap();
    let told = admission.admit(&service, read).await.unwrap();
    let mut streams: Vec<String> = told
        .iter()
        .map(|told| told.recorded.header.stream.to_string())
        .collect();
    streams.dedup();
    assert_eq!(streams, ["merchant-M1", "complaint-C1"]);
}

#[tokio::test]
async fn what_is_asked_wrongly_selects_nothing_in_silence() {
    let service = filled().await;
    for (path, status, code) in [
        ("/v1/events?type=Debited", 400, "field_unknown"),
        ("/v1/events?types=debited", 400, "field_invalid"),
        ("/v1/events?stream=C1", 400, "field_invalid"),
        ("/v1/events?after=-1", 400, "field_invalid"),
        ("/v1/events?limit=0", 400, "field_invalid"),
        ("/v1/events?format=xml", 400, "field_invalid"),
        ("/v1/events?after=1000000", 404, "not_found"),
        ("/v1/events/stream?after=1000000", 404, "not_found"),
        ("/v1/events/stream?types=x", 400, "field_invalid"),
    ] {
        let response = get(&service, path).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(document(response).await["code"], code, "{path}");
    }
    for accepted in ["text/html", "application/*;q=0, text/html"] {
        let request = Request::get("/v1/events")
            .header("accept", accepted)
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            ask(&service, request).await.status(),
            StatusCode::NOT_ACCEPTABLE
        );
    }
}

#[tokio::test]
async fn a_page_is_a_document_lines_or_cloud_events() {
    let service = filled().await;
    let form = async |accept: &str| {
        let request = Request::get("/v1/events?limit=2")
            .header("accept", accept)
            .body(Body::empty())
            .unwrap();
        let response = ask(&service, request).await;
        let media_type = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(response.headers()["redress-next"], "2");
        (media_type, text(response).await)
    };
    let (media_type, lines) = form("application/x-ndjson").await;
    assert_eq!(media_type, "application/x-ndjson");
    assert_eq!(lines.lines().count(), 2);
    let (media_type, _) = form("application/x-ndjson;q=0.5, application/json").await;
    assert_eq!(media_type, "application/json");
    let (media_type, batch) = form("application/cloudevents-batch+json").await;
    assert_eq!(media_type, "application/cloudevents-batch+json");
    let batch: Value = serde_json::from_str(&batch).unwrap();
    assert_eq!(batch[1]["specversion"], "1.0");
    assert_eq!(batch[1]["position"], 2);
}

#[tokio::test]
async fn a_stream_catches_up_says_so_and_goes_on() {
    let service = filled().await;
    let last = service.engine.last_position();
    let mut pieces = Pieces::of(get(&service, "/v1/events/stream").await);
    pieces.until("event: caught-up").await;
    assert_eq!(ids(&pieces.text), (1..=last).collect::<Vec<_>>());
    assert!(
        pieces
            .text
            .contains(&format!("id: {last}\nevent: caught-up\n"))
    );

    complain(&service, "C3", "M1").await;
    let now = service.engine.last_position();
    pieces.until(&format!("id: {now}\n")).await;
    assert_eq!(ids(&pieces.text), (1..=now).collect::<Vec<_>>());

    service.stopping.cancel();
    pieces
        .until("event: cut-off\ndata: {\"code\":\"stopping\"")
        .await;
    assert_eq!(pieces.next().await, None);
}

#[tokio::test]
async fn a_reader_goes_on_behind_its_last_id() {
    let service = filled().await;
    let last = service.engine.last_position();
    let request = Request::get("/v1/events/stream?after=1")
        .header("last-event-id", "4")
        .body(Body::empty())
        .unwrap();
    let mut pieces = Pieces::of(ask(&service, request).await);
    pieces.until("caught-up").await;
    assert_eq!(ids(&pieces.text), (5..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn who_filters_is_told_how_far_the_log_has_come() {
    let settings = EventSettings {
        heartbeat_ms: 20,
        ..EventSettings::default()
    };
    let service = service(Configuration {
        events: settings,
        ..Configuration::default()
    });
    register(&service, "M1").await;
    let mut pieces = Pieces::of(get(&service, "/v1/events/stream?stream=complaint-C1").await);
    pieces.until("caught-up").await;
    register(&service, "M2").await;
    let passed_over = service.engine.last_position();
    pieces
        .until(&format!(": still here\nid: {passed_over}\n\n"))
        .await;
    complain(&service, "C1", "M1").await;
    pieces.until("event: ComplaintFiled").await;
    assert!(!pieces.text.contains("merchant-M2"));
}

#[tokio::test]
async fn a_slow_reader_is_cut_off_and_told_why() {
    let settings = EventSettings {
        slow_reader_ms: 50,
        ..EventSettings::default()
    };
    let service = service(Configuration {
        events: settings,
        ..Configuration::default()
    });
    register(&service, "M1").await;
    let mut pieces = Pieces::of(get(&service, "/v1/events/stream").await);
    pieces.next().await.unwrap();
    pieces.next().await.unwrap();
    tokio::time::sleep(Duration::from_millis(80)).await;
    let last = pieces.next().await.unwrap();
    assert!(last.contains("event: cut-off"), "{last}");
    assert!(last.contains("slow_reader"), "{last}");
    assert_eq!(pieces.next().await, None);
}

#[tokio::test]
async fn only_so_many_follow_at_a_time() {
    let settings = EventSettings {
        followers: 1,
        ..EventSettings::default()
    };
    let service = service(Configuration {
        events: settings,
        ..Configuration::default()
    });
    let first = get(&service, "/v1/events/stream").await;
    assert_eq!(first.status(), StatusCode::OK);
    let second = get(&service, "/v1/events/stream").await;
    assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
    drop(first);
    let third = get(&service, "/v1/events/stream").await;
    assert_eq!(third.status(), StatusCode::OK);
}
