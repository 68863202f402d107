//! Given documents, then the commands that they become.

mod acts;
mod filing;
mod order;
mod sample;

use std::path::Path;

use redress_domain::command::Request;
use redress_domain::complaint::{Act, Filing};
use redress_domain::identity::{Reference, Role, Trust};
use redress_domain::text::PersonalText;
use serde_json::{Value, json};

use crate::document::{ComplaintDocument, parse_instant, read_from};
use crate::mapping::{Plan, PlannedCommand, plan};

fn detail(id: &str) -> Value {
    json!({
        "complaint_id": id,
        "complaint_time": "2026-03-20T14:00:00+08:00",
        "complaint_detail": "charged after return",
        "complaint_state": "PENDING",
        "complainted_mchid": "1900012181",
        "payer_phone": "U1lO",
        "payer_openid": "oUser",
        "complaint_order_info": [
            {"transaction_id": "4200", "amount": 900}, {"transaction_id": "4201", "amount": 100}],
        "problem_type": "REFUND",
        "apply_refund_amount": 700,
    })
}

fn item(number: u32, kind: &str, details: &str, images: &[&str]) -> Value {
    json!({
        "log_id": format!("{number:04}"),
        "operate_time": format!("2026-03-20T14:{number:02}:00+08:00"),
        "operate_type": kind,
        "operate_details": details,
        "image_list": images,
    })
}

fn created() -> Value {
    item(0, "USER_CREATE_COMPLAINT", "filed", &[])
}

fn documents(values: &[Value]) -> Vec<ComplaintDocument> {
    let lines: Vec<String> = values.iter().map(ToString::to_string).collect();
    let reading = read_from(Path::new("a.ndjson"), lines.join("\n").as_bytes()).unwrap();
    assert!(reading.problems.is_empty());
    reading.documents
}

fn pair(detail: &Value, items: &[Value]) -> Value {
    json!({"complaint": detail, "history": {"data": items}})
}

fn planned(detail: &Value, items: &[Value]) -> Plan {
    let plan = plan(documents(&[pair(detail, items)]), None);
    assert_eq!(plan.unplanned, []);
    plan
}

fn act(command: &PlannedCommand) -> &Act {
    match &command.request {
        Request::Complaint(_, act) => act,
        other => panic!("not of a complaint: {other:?}"),
    }
}

/// What one item becomes, after the filing.
fn becomes(detail: &Value, kind: &str, details: &str, images: &[&str]) -> (Role, Act) {
    let plan = planned(detail, &[created(), item(1, kind, details, images)]);
    assert_eq!(plan.commands.len(), 3, "registration, filing, and this");
    let command = &plan.commands[2];
    assert_eq!(command.raw_type.as_str(), kind);
    assert_eq!(command.trust, Trust::Platform);
    assert_eq!(
        command.occurred_at,
        parse_instant("2026-03-20T14:01:00+08:00").unwrap()
    );
    (command.by.role, act(command).clone())
}

fn open(text: &str) -> PersonalText {
    PersonalText::Open(text.to_owned())
}

fn note(kind: &str, because: &str, text: Option<&str>) -> (Role, Act) {
    let act = Act::KeepNote {
        raw_type: Reference::new(kind).unwrap(),
        because: Reference::new(because).unwrap(),
        text: text.map(open),
    };
    (Role::Service, act)
}

fn filing(plan: &Plan) -> &Filing {
    plan.commands
        .iter()
        .find_map(|command| match &command.request {
            Request::Complaint(_, Act::File(filing)) => Some(filing),
            _ => None,
        })
        .unwrap()
}
