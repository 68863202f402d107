//! `redress list`

use redress_tests::run_on;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::story;

fn listed(store: &TempDir, line: &str) -> Vec<Value> {
    let line = format!("list {line} --format ndjson");
    let ran = run_on(store.path(), line.split(' ')).ended(0);
    ran.output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn ids(documents: &[Value]) -> Vec<&str> {
    documents
        .iter()
        .map(|document| document["complaint_id"].as_str().unwrap())
        .collect()
}

#[test]
fn a_list_as_of_a_position_is_every_view_as_of_it() {
    let store = story::store();
    let last = story::events(&store).len();
    for position in [0, 1, 4, last / 2, last] {
        let complaints = listed(&store, &format!("complaints --as-of {position}"));
        for complaint in &complaints {
            let id = complaint["complaint_id"].as_str().unwrap();
            let position = position.to_string();
            let one = run_on(
                store.path(),
                ["complaint", id, "--as-of", &position, "--format", "json"],
            );
            assert_eq!(*complaint, one.ended(0).json());
        }
        let known = story::events(&store)
            .iter()
            .take(position)
            .filter(|event| event["type"] == "ComplaintFiled")
            .count();
        assert_eq!(complaints.len(), known, "as of {position}");
    }
}

#[test]
fn conditions_select_by_what_the_view_says() {
    let store = story::store();
    let at = "--as-of 2026-05-11T09:00:00+08:00";
    for (conditions, expected) in [
        ("", vec!["C1", "C2", "C3"]),
        ("--where user_ref=U1", vec!["C1", "C3"]),
        ("--where user_ref=U1 --where state=processing", vec!["C1"]),
        ("--where remedy.owed_fen=9700", vec!["C1"]),
        ("--where findings.clock=refund_decision", vec!["C1"]),
        ("--where filed_at=2026-05-02T03:00:00Z", vec!["C3"]),
        ("--where agreement_id=null --where round=2", vec![]),
    ] {
        let line = format!("complaints {at} {conditions}");
        assert_eq!(ids(&listed(&store, line.trim())), expected, "{conditions}");
    }
    let merchants = listed(&store, &format!("merchants {at} --where standing.tier=t2"));
    assert_eq!(merchants.len(), 1);
    assert_eq!(merchants[0]["merchant_id"], json!("M1"));
}

#[test]
fn a_key_that_no_view_has_is_a_usage_error() {
    let store = story::store();
    let ran = run_on(
        store.path(),
        ["list", "complaints", "--where", "stat=pending"],
    )
    .ended(2);
    assert_eq!(ran.errors, "redress: no complaint has a key `stat`\n");
    assert_eq!(ran.output, "");
    // Where there is nothing, no key can be called unknown.
    let ran = run_on(store.path(), ["list", "agreements", "--where", "stat=x"]).ended(0);
    assert_eq!(ran.output, "0 agreements\n");
}

#[test]
fn a_table_shows_what_is_due_next() {
    let store = story::store();
    let ran = run_on(
        store.path(),
        ["list", "complaints", "--as-of", "2026-05-02T11:00:00+08:00"],
    )
    .ended(0);
    assert!(ran.output.contains("3 complaints"), "{}", ran.output);
    assert!(ran.output.lines().all(|line| line.chars().count() <= 100));
    let ran = run_on(store.path(), ["list", "merchants"]).ended(0);
    assert!(ran.output.contains("t2"), "{}", ran.output);
}
