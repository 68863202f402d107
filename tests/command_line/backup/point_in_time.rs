//! A log that was restored up to a point answers as the whole one does as of that point.

use std::path::Path;

use redress_tests::run_on;
use serde_json::Value;

use super::{Places, history, restore};

/// Answers as of a position, of every kind of view.
fn answers(data: &Path, as_of: &str) -> Vec<String> {
    let asked: [&[&str]; 4] = [
        &["list", "complaints", "--format", "ndjson"],
        &["list", "merchants", "--format", "ndjson"],
        &["queue", "--format", "json"],
        &["sla", "--format", "json"],
    ];
    asked
        .iter()
        .map(|arguments| {
            let as_of = ["--as-of", as_of];
            run_on(data, arguments.iter().chain(&as_of)).ended(0).output
        })
        .collect()
}

fn recorded_at(event: &str) -> String {
    let event: Value = serde_json::from_str(event).unwrap();
    event["recorded_at"].as_str().unwrap().to_owned()
}

#[test]
fn positions_answer_as_the_whole_log_did_then() {
    let places = Places::with_store();
    let last = places.back_up(&[]).ended(0).json()["position"]
        .as_u64()
        .unwrap();
    let events = history(&places.data());
    for fifth in [1, 3, 4] {
        let asked = last * fifth / 5;
        let target = places.at(&format!("to-{asked}"));
        let ran = restore(&target, &places.backup(), &["--to", &asked.to_string()]);
        // Inside the events of one command: its end is named.
        let (position, ran) = if ran.code == 1 {
            let end: u64 = ran
                .errors
                .trim()
                .rsplit(' ')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            assert!(end > asked && !target.exists(), "{}", ran.errors);
            let ran = restore(&target, &places.backup(), &["--to", &end.to_string()]);
            (end, ran)
        } else {
            (asked, ran)
        };
        let restored = ran.ended(0).json();
        assert_eq!(restored["position"], position);
        assert_eq!(restored["proved"], true);
        // What opening adds is what followed in the whole log, too.
        let there = history(&target);
        assert_eq!(
            there.len() as u64,
            position + restored["events_added_by_opening"].as_u64().unwrap()
        );
        assert_eq!(there[..], events[..there.len()]);
        let as_of = position.to_string();
        assert_eq!(answers(&target, &as_of), answers(&places.data(), &as_of));
    }
}

#[test]
fn an_instant_ends_with_the_last_command_recorded_by_then() {
    let places = Places::with_store();
    places.back_up(&[]).ended(0);
    let events = history(&places.data());
    for index in [0, events.len() / 3, events.len() - 1] {
        let instant = recorded_at(&events[index]);
        // Offsets are the same everywhere in this output, so text compares as instants do.
        let known = events
            .iter()
            .take_while(|event| recorded_at(event) <= instant)
            .count();
        let target = places.at(&format!("to-{index}"));
        let restored = restore(&target, &places.backup(), &["--to", &instant])
            .ended(0)
            .json();
        assert_eq!(restored["position"], known);
        let as_of = known.to_string();
        assert_eq!(answers(&target, &as_of), answers(&places.data(), &as_of));
    }
    let late = places.at("late");
    let all = restore(&late, &places.backup(), &["--to", "2100-01-01T00:00:00Z"]);
    assert_eq!(all.ended(0).json()["position"], events.len());
}
