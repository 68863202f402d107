//! The clock runs by itself.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stand::{Server, file, history, instant_in, millis_between, register};

/// A complaint that somebody of the platform saw so long ago that its refund decision is due in
/// some milliseconds.
fn filed_long_ago(complaint_id: &str, due_in_ms: i64) -> Value {
    let mut document = file(complaint_id, "M1");
    document["by"] = json!({ "role": "service", "id": "gateway" });
    document["trust"] = "platform".into();
    document["occurred_at"] = instant_in(due_in_ms - 72 * 3_600_000).into();
    document
}

/// The misses of the refund decision: the complaint, and how long after its instant each was
/// recorded.
fn misses(events: &[Value]) -> Vec<(String, i64)> {
    events
        .iter()
        .filter(|event| {
            event["type"] == "DeadlineMissed" && event["data"]["clock"] == "refund_decision"
        })
        .map(|event| {
            let due_at = event["data"]["due_at"].as_str().unwrap();
            let recorded_at = event["recorded_at"].as_str().unwrap();
            let stream = event["stream"].as_str().unwrap().to_owned();
            (stream, millis_between(due_at, recorded_at))
        })
        .collect()
}

/// A deadline is observed within a second of its instant.
#[test]
fn a_deadline_is_observed_without_any_traffic() {
    let server = Server::start();
    server.command(&register("M1"));
    let filed = server.command(&filed_long_ago("C1", 1_500));
    assert_eq!(filed.status, 201, "{}", filed.text);
    std::thread::sleep(Duration::from_millis(4_000));
    let data = server.data.clone();
    let _directory = server.into_directory();
    let misses = misses(&history(&data));
    assert_eq!(misses.len(), 1);
    assert!((0..1_000).contains(&misses[0].1), "{misses:?}");
}

#[test]
fn what_was_missed_while_down_is_caught_up_with_in_order_before_the_first_command() {
    let server = Server::start();
    server.command(&register("M1"));
    for (complaint_id, due_in_ms) in [("C2", 1_800), ("C1", 2_200), ("C3", 2_600)] {
        let filed = server.command(&filed_long_ago(complaint_id, due_in_ms));
        assert_eq!(filed.status, 201, "{}", filed.text);
    }
    let begun = Instant::now();
    let data = server.data.clone();
    let _directory = server.into_directory();
    std::thread::sleep(Duration::from_millis(3_500).saturating_sub(begun.elapsed()));
    let server = Server::start_on(&data, &[], &[]);
    assert_eq!(server.command(&register("M2")).status, 201);
    assert_eq!(server.stop(), 0);
    let events = history(&data);
    let missed: Vec<String> = misses(&events)
        .into_iter()
        .map(|(stream, _)| stream)
        .collect();
    assert_eq!(missed, ["complaint-C2", "complaint-C1", "complaint-C3"]);
    let command = events
        .iter()
        .position(|event| event["stream"] == "merchant-M2");
    let last_miss = events
        .iter()
        .rposition(|event| event["type"] == "DeadlineMissed");
    assert!(command > last_miss);
}
