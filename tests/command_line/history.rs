//! `redress history`

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use redress_tests::{redress, run_on};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::story;

fn positions(store: &TempDir, line: &str) -> Vec<u64> {
    let line = format!("history {line} --format json");
    let ran = run_on(store.path(), line.split(' ')).ended(0);
    ran.output
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|event| event["position"].as_u64().unwrap())
        .collect()
}

#[test]
fn events_come_in_order_and_can_be_cut_at_both_ends() {
    let store = story::store();
    let all = positions(&store, "--all");
    let last = u64::try_from(all.len()).unwrap();
    assert_eq!(all, (1..=last).collect::<Vec<_>>());
    assert_eq!(positions(&store, "--all --from 3 --to 5"), [3, 4, 5]);
    assert_eq!(positions(&store, "--all --as-of 2"), [1, 2]);
    assert_eq!(positions(&store, "--all --to 9 --as-of 2"), [1, 2]);
    let recorded = positions(&store, "--all --as-of 2026-05-01T09:00:00+08:00");
    assert_eq!(recorded.first(), Some(&1));
    assert!(recorded.len() < all.len());
    let of_merchant = positions(&store, "merchant-M1");
    assert_eq!(of_merchant.get(..2), Some(&[1, 2][..]));
    assert!(of_merchant.len() < all.len());
}

#[test]
fn a_stream_that_is_not_there_is_said_and_one_that_cannot_be_is_a_usage_error() {
    let store = story::store();
    let ran = run_on(store.path(), ["history", "complaint-X9"]).ended(1);
    assert_eq!(ran.errors, "redress: there is no stream `complaint-X9`\n");
    let _ = run_on(store.path(), ["history", "case-X9"]).ended(2);
    let _ = run_on(store.path(), ["history"]).ended(2);
    let ran = run_on(store.path(), ["history", "--all", "--as-of", "99999"]).ended(1);
    assert!(ran.errors.contains("there is no position 99999"));
}

#[test]
fn a_table_has_position_instant_stream_type_and_actor() {
    let store = story::store();
    let ran = run_on(store.path(), ["history", "complaint-C1", "--to", "5"]).ended(0);
    let first = ran.output.lines().next().unwrap();
    assert!(
        first.ends_with("2026-05-01 09:00:00+08:00  complaint-C1 0  ComplaintFiled  user U1"),
        "{first}"
    );
    assert!(
        ran.output.contains("description (sealed, 40 characters)"),
        "{}",
        ran.output
    );
    assert!(ran.output.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn cloud_events_have_the_attributes_of_the_contract() {
    let store = story::store();
    let ran = run_on(
        store.path(),
        [
            "history",
            "--all",
            "--to",
            "1",
            "--format",
            "cloudevents",
            "--source",
            "/redress/test",
        ],
    );
    let event = ran.ended(0).json();
    assert_eq!(event["specversion"], json!("1.0"));
    assert_eq!(event["type"], json!("MerchantRegistered"));
    assert_eq!(event["subject"], json!("merchant-M1"));
    assert_eq!(event["source"], json!("/redress/test"));
    assert_eq!(event["position"], json!(1));
    assert_eq!(event["streamversion"], json!(0));
}

#[test]
fn a_personal_text_shows_only_when_asked_for_and_never_again_once_erased() {
    let store = story::store();
    let description = |line: &str| {
        let ran = run_on(store.path(), line.split(' ')).ended(0);
        let first: Value = serde_json::from_str(ran.output.lines().next().unwrap()).unwrap();
        first["data"]["description"].clone()
    };
    let sealed = "history complaint-C1 --format json";
    assert_eq!(
        description(sealed),
        json!({ "sealed": true, "characters": 40 })
    );
    let unsealed = "history complaint-C1 --format json --unseal --purpose trial";
    assert_eq!(description(unsealed), json!(story::DESCRIPTION));
    let _ = run_on(store.path(), ["erase", "U1", "--reason", "asked for"]).ended(0);
    assert_eq!(description(unsealed), json!({ "erased": true }));
    assert_eq!(
        description(sealed),
        json!({ "sealed": true, "characters": 40 })
    );
}

#[test]
fn following_shows_what_another_process_writes() {
    let store = story::store();
    let written = story::events(&store).len();
    let mut child = Command::new(redress())
        .arg("--data")
        .arg(store.path())
        .args([
            "history", "--all", "--follow", "--format", "json", "--from", "2",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    for position in 2..=written {
        assert_eq!(next()["position"], json!(position));
    }
    // The store is free: whoever follows holds no lock.
    let late = story::filed("C4", "U4", "2026-05-13T09:00:00+08:00");
    story::append(&store, "late.ndjson", &[late]);
    let event = loop {
        let event = next();
        if event["type"] == "ComplaintFiled" {
            break event;
        }
    };
    assert_eq!(event["stream"], json!("complaint-C4"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn there_is_nothing_to_follow_where_there_is_no_store() {
    let nowhere = TempDir::new().unwrap();
    let ran = run_on(nowhere.path(), ["history", "--all", "--follow"]).ended(1);
    assert!(ran.errors.contains("there is no store"), "{}", ran.errors);
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0);
}
