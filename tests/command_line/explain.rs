//! `redress explain`: every event that an explanation points at is the one in the log.

use redress_tests::run_on;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::story;

/// Every event reference in a document must be the event at that position.
fn check_references(document: &Value, events: &[Value]) -> usize {
    let nested: usize = match document {
        Value::Object(map) => map
            .values()
            .map(|value| check_references(value, events))
            .sum(),
        Value::Array(items) => items
            .iter()
            .map(|item| check_references(item, events))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    };
    let Some(position) = document.get("position").and_then(Value::as_u64) else {
        return nested;
    };
    let event = &events[usize::try_from(position).unwrap() - 1];
    for key in ["position", "stream", "version", "type", "by", "recorded_at"] {
        assert_eq!(document[key], event[key], "{key} of position {position}");
    }
    nested + 1
}

#[test]
fn a_late_clock_is_explained_from_its_start_to_what_met_it() {
    let store = story::store();
    let events = story::events(&store);
    let document = run_on(
        store.path(),
        [
            "explain",
            "complaint",
            "C1",
            "--clock",
            "first_reply",
            "--format",
            "json",
        ],
    )
    .ended(0)
    .json();
    assert!(check_references(&document, &events) > 8);
    let [clock] = &document["clocks"].as_array().unwrap()[..] else {
        panic!("one clock: {document:#}");
    };
    assert_eq!(clock["status"], json!("met_late"));
    assert_eq!(clock["asked_by"], json!("guide first-reply"));
    assert_eq!(clock["runs_ms"], json!(86_400_000));
    assert_eq!(clock["duration"]["edition"], json!("2026-02-18"));
    assert_eq!(clock["duration"]["industry"], json!("power_bank"));
    assert_eq!(clock["duration"]["overlay_ms"], json!(null));
    assert_eq!(clock["started_by"]["type"], json!("RoundOpened"));
    assert_eq!(clock["missed_by"]["type"], json!("DeadlineMissed"));
    assert_eq!(clock["met_by"]["type"], json!("MerchantResponded"));
    assert_eq!(clock["overdue_ms"], json!(2 * 86_400_000 + 1));
    let [finding] = &document["findings"].as_array().unwrap()[..] else {
        panic!("one finding: {document:#}");
    };
    let rests_on: Vec<&Value> = finding["rests_on"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["type"])
        .collect();
    assert_eq!(rests_on, ["RoundOpened", "DeadlineMissed"]);
    assert_eq!(
        document["determinations"][0]["edition"],
        json!("2026-02-18")
    );
    assert_eq!(document["determinations"].as_array().unwrap().len(), 1);
}

#[test]
fn people_read_the_same() {
    let store = story::store();
    let ran = run_on(
        store.path(),
        [
            "explain",
            "complaint",
            "C1",
            "--as-of",
            "2026-05-04T09:00:00.001+08:00",
        ],
    )
    .ended(0);
    let page = ran.output;
    for part in [
        "Why first reply of round 1 is met late: met 2 d late",
        "Why refund decision of round 1 is breached: 1 ms late",
        "3 d by edition 2026-02-18; industry power bank sets nothing of its own",
        "DeadlineMissed by engine redress",
        "Determination d1: 4.1(1) · standing",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(
        page.lines().all(|line| line.chars().count() <= 100),
        "{page}"
    );
}

#[test]
fn a_tier_is_explained_by_the_determinations_that_were_counted() {
    let store = story::store();
    let events = story::events(&store);
    let as_of = "2026-05-11T09:00:00+08:00";
    let document = run_on(
        store.path(),
        [
            "explain", "merchant", "M1", "--as-of", as_of, "--format", "json",
        ],
    )
    .ended(0)
    .json();
    assert!(check_references(&document, &events) > 20);
    assert_eq!(document["tier"], json!("t2"));
    assert_eq!(document["entry"]["type"], json!("StandingChanged"));
    assert_eq!(document["entry"]["data"]["from"], json!("t1"));
    let path: Vec<&Value> = document["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["data"]["to"])
        .collect();
    assert_eq!(path, ["watch", "t1", "t2"]);
    // Every standing determination of the window is counted, each at its position.
    let counted = document["entry"]["determinations"].as_array().unwrap();
    let entered = document["entry"]["position"].as_u64();
    let determined = events
        .iter()
        .filter(|event| event["type"] == "LiabilityDetermined")
        .filter(|event| event["position"].as_u64() < entered)
        .count();
    assert_eq!(counted.len(), determined);
    for one in counted {
        assert_eq!(one["event"]["type"], json!("LiabilityDetermined"));
    }
    let measures = document["measures"].as_array().unwrap();
    assert_eq!(measures[0]["rests_on"].as_array().unwrap().len(), 3);
    let types: Vec<&str> = measures[0]["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    assert_eq!(types.first(), Some(&"MeasureProposed"));
    assert_eq!(types.last(), Some(&"RectificationOverdue"));
    // A ground that is no determination points at no event.
    let by_hand = measures.last().unwrap();
    assert_eq!(
        by_hand["rests_on"],
        json!([{ "ground": "inspection 2026-05", "event": null }])
    );
    let page = run_on(
        store.path(),
        ["explain", "merchant", "M1", "--as-of", as_of],
    )
    .ended(0);
    assert!(
        page.output
            .contains("entry 2 of t2: a rectification is overdue")
    );
    assert!(page.output.contains("price not shown"));
}

#[test]
fn an_industry_an_announced_edition_and_a_pause_are_told() {
    let store = TempDir::new().unwrap();
    let pausing = |kind: &str, recorded_at: &str| {
        json!({
            "type": kind, "recorded_at": recorded_at,
            "by": { "role": "reviewer", "id": "R1" },
            "data": { "complaint_id": "C1", "reason": "platform_outage" },
        })
    };
    story::append(
        &store,
        "pause.ndjson",
        &[
            json!({
                "type": "rulebook.announce", "recorded_at": "2026-03-01T00:00:00+08:00",
                "by": { "role": "admin", "id": "A1" },
                "data": {
                    "edition": "stricter", "announced_at": "2026-03-01T00:00:00+08:00",
                    "effective_at": "2026-04-01T00:00:00+08:00",
                    "changes": {
                        "clocks": { "pause_reasons": ["platform_outage"] },
                        "industry": { "power_bank": { "first_reply": "12h" } },
                    },
                },
            }),
            json!({
                "type": "merchant.register", "recorded_at": "2026-04-02T00:00:00+08:00",
                "by": { "role": "service", "id": "onboarding" },
                "data": {
                    "merchant_id": "M1", "kind": "direct", "industry": "power_bank", "name": "X",
                },
            }),
            story::filed("C1", "U1", "2026-04-02T00:00:00+08:00"),
            pausing("complaint.pause", "2026-04-02T01:00:00+08:00"),
            pausing("complaint.resume", "2026-04-02T03:00:00+08:00"),
        ],
    );
    let line = "explain complaint C1 --clock first_reply --at 2026-04-02T14:00:00.001+08:00";
    let document = run_on(store.path(), format!("{line} --format json").split(' '))
        .ended(0)
        .json();
    check_references(&document, &story::events(&store));
    let clock = &document["clocks"][0];
    assert_eq!(clock["duration"]["edition"], json!("stricter"));
    assert_eq!(clock["duration"]["overlay_ms"], json!(43_200_000));
    assert_eq!(clock["due_at"], json!("2026-04-02T14:00:00.000+08:00"));
    assert_eq!(clock["overdue_ms"], json!(1));
    assert_eq!(clock["missed_by"], json!(null));
    let by: Vec<&Value> = clock["pauses"][0]["by"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["type"])
        .collect();
    assert_eq!(by, ["ClocksPaused", "ClocksResumed"]);
    let page = run_on(store.path(), line.split(' ')).ended(0).output;
    assert!(page.contains("industry power bank says 12 h"), "{page}");
    assert!(page.contains("no event has recorded it yet"), "{page}");
}

#[test]
fn what_is_not_there_cannot_be_explained() {
    let store = story::store();
    for kind in ["complaint", "merchant"] {
        let ran = run_on(store.path(), ["explain", kind, "X9"]).ended(1);
        assert_eq!(ran.errors, format!("redress: there is no {kind} `X9`\n"));
    }
    let line = ["explain", "complaint", "C1", "--clock", "rectification"];
    let _ = run_on(store.path(), line).ended(2);
}
