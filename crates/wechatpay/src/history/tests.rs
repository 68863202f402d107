//! Order, duplicates, and several documents of one complaint.

use std::path::Path;

use serde_json::{Value, json};

use super::{Gathered, gather};
use crate::document::read_from;

fn item(log_id: &str, time: &str) -> Value {
    json!({"log_id": log_id, "operate_time": time, "operate_type": "USER_RESPONSE", "operate_details": "x"})
}

fn pair(id: &str, items: &[Value], total: Option<u64>) -> Value {
    json!({
        "complaint": {
            "complaint_id": id, "complaint_time": "2026-03-20T14:00:00+08:00",
            "complaint_state": "PENDING", "complainted_mchid": "1900012181"},
        "history": {"data": items, "total_count": total},
    })
}

fn gathered(documents: &[Value]) -> Vec<Gathered> {
    let lines: Vec<String> = documents.iter().map(ToString::to_string).collect();
    let reading = read_from(Path::new("a.ndjson"), lines.join("\n").as_bytes()).unwrap();
    assert!(reading.problems.is_empty());
    gather(reading.documents)
}

fn log_ids(one: &Gathered) -> Vec<&str> {
    one.document
        .history
        .data
        .iter()
        .map(|item| item.log_id.as_str())
        .collect()
}

#[test]
fn items_are_in_order_of_time_then_log_id_and_duplicates_are_one() {
    let all = gathered(&[pair(
        "C1",
        &[
            item("9", "2026-03-20T14:00:00.001+08:00"),
            item("3", "2026-03-20T15:00:00+08:00"),
            item("2", "2026-03-20T07:00:00Z"),
            item("9", "2026-03-20T14:00:00.001+08:00"),
            item("1", "2026-03-20T16:00:00+09:00"),
        ],
        None,
    )]);
    assert_eq!(log_ids(&all[0]), ["9", "1", "2", "3"]);
}

#[test]
fn pages_and_later_files_of_one_complaint_are_brought_together() {
    let mut listed = pair("C1", &[item("2", "2026-03-20T16:00:00+08:00")], Some(2));
    listed["complaint"]["user_complaint_times"] = json!(2);
    let mut detailed = pair("C1", &[item("1", "2026-03-20T15:00:00+08:00")], Some(2));
    detailed["complaint"]["payer_openid"] = json!("oUser");
    detailed["complaint"]["user_complaint_times"] = json!(1);
    detailed["complaint"]["additional_info"] = json!({"type": "SHARE_POWER_TYPE"});
    let all = gathered(&[detailed, listed]);
    assert_eq!(all.len(), 1);
    assert_eq!(log_ids(&all[0]), ["1", "2"]);
    let detail = &all[0].document.complaint;
    assert_eq!(detail.payer_openid.as_ref().unwrap().as_str(), "oUser");
    assert_eq!(detail.user_complaint_times, Some(2), "the last one holds");
    assert!(all[0].power_bank);
    assert!(!all[0].incomplete);
}

#[test]
fn an_answer_that_speaks_of_more_items_than_it_holds_is_incomplete() {
    let first_page = pair("C1", &[item("1", "2026-03-20T15:00:00+08:00")], Some(2));
    assert!(gathered(&[first_page])[0].incomplete);
}
