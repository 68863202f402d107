//! A story that tests of queries look at: three complaints against one merchant, nobody answers,
//! the merchant climbs to t2, and people decide on what the edition proposes.

use redress_tests::run_on;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the user of `C1` wrote.
pub const DESCRIPTION: &str = "charged after I gave the power bank back";

/// A store in which the story has happened.
pub fn store() -> TempDir {
    let directory = TempDir::new().unwrap();
    append(&directory, "story.ndjson", &commands());
    directory
}

/// Appends commands to the store of a directory.
pub fn append(directory: &TempDir, name: &str, commands: &[Value]) {
    let feed: String = commands
        .iter()
        .map(|command| format!("{command}\n"))
        .collect();
    let path = directory.path().join(name);
    std::fs::write(&path, feed).unwrap();
    let path = path.to_str().unwrap();
    let ran = run_on(directory.path(), ["append", path, "--format", "json"]).ended(0);
    let accepted = commands.len();
    assert_eq!(ran.json()["accepted"], json!(accepted), "{}", ran.output);
}

/// A complaint against `M1` about one order.
pub fn filed(complaint_id: &str, user_ref: &str, recorded_at: &str) -> Value {
    json!({
        "type": "complaint.file", "recorded_at": recorded_at,
        "by": { "role": "user", "id": user_ref },
        "data": {
            "complaint_id": complaint_id, "merchant_id": "M1", "user_ref": user_ref,
            "problem": "other", "channel": "self_service",
            "orders": [{ "order_id": format!("O-{complaint_id}"), "amount_fen": 9900 }],
        },
    })
}

fn commands() -> Vec<Value> {
    let start = "2026-05-01T09:00:00+08:00";
    let mut first = filed("C1", "U1", start);
    first["data"]["problem"] = json!("refund_request");
    first["data"]["requested_refund_fen"] = json!(9700);
    first["data"]["description"] = json!(DESCRIPTION);
    vec![
        json!({
            "type": "merchant.register", "recorded_at": start,
            "by": { "role": "service", "id": "onboarding" },
            "data": { "merchant_id": "M1", "kind": "direct", "industry": "power_bank", "name": "Example" },
        }),
        json!({
            "type": "merchant.report_volume", "recorded_at": start,
            "by": { "role": "service", "id": "volumes" },
            "data": { "merchant_id": "M1", "day": "2026-05-01", "debits": 20000, "users": 9000 },
        }),
        first,
        filed("C2", "U2", start),
        filed("C3", "U1", "2026-05-02T11:00:00+08:00"),
        json!({
            "type": "complaint.respond", "recorded_at": "2026-05-04T09:00:00.001+08:00",
            "by": { "role": "merchant", "id": "M1" },
            "data": { "complaint_id": "C1", "text": "We look into it." },
        }),
        json!({
            "type": "merchant.submit_rectification", "recorded_at": "2026-05-04T12:00:00+08:00",
            "by": { "role": "merchant", "id": "M1" },
            "data": { "merchant_id": "M1", "measure_id": "m1", "summary": "two more agents" },
        }),
        json!({
            "type": "merchant.refuse_rectification", "recorded_at": "2026-05-04T13:00:00+08:00",
            "by": { "role": "risk", "id": "K1" },
            "data": { "merchant_id": "M1", "measure_id": "m1", "rationale": "no dates given" },
        }),
        json!({
            "type": "merchant.propose_measure", "recorded_at": "2026-05-11T09:00:00+08:00",
            "by": { "role": "risk", "id": "K1" },
            "data": {
                "merchant_id": "M1", "kind": "template_signing", "scope": { "template_id": "T1" },
                "for": "30d", "grounds": ["inspection 2026-05"], "rationale": "price not shown",
            },
        }),
    ]
}

/// The events of the store, in order.
pub fn events(directory: &TempDir) -> Vec<Value> {
    let ran = run_on(directory.path(), ["history", "--all", "--format", "json"]).ended(0);
    ran.output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
