//! The sample of sixty complaints.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use redress_domain::command::Request;
use redress_domain::complaint::Act;
use serde_json::Value;

use crate::document::read;
use crate::mapping::plan;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/wechatpay")
        .join(name)
}

#[test]
fn the_sample_yields_the_expected_number_of_commands_of_each_type() {
    let reading = read(&sample("sample.ndjson")).unwrap();
    assert!(reading.problems.is_empty());
    assert_eq!(reading.documents.len(), 60);
    let plan = plan(reading.documents, None);
    assert_eq!(plan.unplanned, []);
    assert_eq!(plan.incomplete_histories, []);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for command in &plan.commands {
        *counts.entry(command.request.name()).or_default() += 1;
    }
    assert_eq!(
        counts,
        BTreeMap::from([
            ("merchant.register", 5),
            ("complaint.file", 60),
            ("complaint.respond", 66),
            ("complaint.complete", 28),
            ("complaint.message", 21),
            ("complaint.record_refund", 20),
            ("complaint.continue", 17),
            ("complaint.reject_refund", 14),
            ("complaint.approve_refund", 12),
            ("complaint.withdraw", 7),
            ("complaint.record_defective_rejection", 5),
            ("complaint.keep_note", 32),
        ])
    );
    assert_eq!(
        plan.notes,
        BTreeMap::from([
            ("SOME_NEW_TYPE_2027".to_owned(), 5),
            ("USER_CREATE_COMPLAINT_SYSTEM_MESSAGE".to_owned(), 27),
        ])
    );
    assert!(
        plan.commands
            .is_sorted_by_key(|command| command.occurred_at)
    );
}

#[test]
fn the_samples_refunds_come_to_what_is_expected() {
    let expected = std::fs::read_to_string(sample("sample.expected.ndjson")).unwrap();
    let expected: BTreeMap<String, u64> = expected
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|view| view["view"] == "complaint")
        .map(|view| {
            let id = view["complaint_id"].as_str().unwrap().to_owned();
            (id, view["refunded_fen"].as_u64().unwrap())
        })
        .collect();
    let plan = plan(read(&sample("sample.ndjson")).unwrap().documents, None);
    let mut refunded: BTreeMap<String, u64> = BTreeMap::new();
    for command in &plan.commands {
        let sum = refunded
            .entry(command.complaint_id.to_string())
            .or_default();
        if let Request::Complaint(_, Act::RecordRefund { amount_fen, .. }) = &command.request {
            *sum += amount_fen;
        }
    }
    assert_eq!(refunded, expected);
}
