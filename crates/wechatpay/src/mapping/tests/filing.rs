//! How a complaint is filed.

use redress_domain::complaint::Problem;
use redress_domain::identity::Role;
use serde_json::{Value, json};

use super::{act, created, detail, filing, item, note, open, planned};
use crate::document::parse_instant;

#[test]
fn a_complaint_is_filed_with_orders_problem_and_requested_amount() {
    let mut created = created();
    created["operate_time"] = json!("2026-03-20T14:00:00.500+08:00");
    let plan = planned(&detail("C1"), &[created]);
    let command = &plan.commands[1];
    assert_eq!(command.by.role, Role::User);
    assert_eq!(command.by.id.as_str(), "oUser");
    assert_eq!(
        command.occurred_at,
        parse_instant("2026-03-20T14:00:00.500+08:00").unwrap(),
        "the history knows better than the detail"
    );
    let filing = filing(&plan);
    assert_eq!(filing.user_ref.as_str(), "oUser");
    assert_eq!(filing.merchant_id.as_str(), "1900012181");
    assert_eq!(filing.problem, Problem::RefundRequest);
    assert_eq!(filing.requested_refund_fen, Some(700));
    assert_eq!(filing.orders.len(), 2);
    assert_eq!(filing.orders[1].order_id.as_str(), "4201");
    assert_eq!(filing.orders[1].amount_fen, 100);
    assert_eq!(filing.description, Some(open("charged after return")));
    assert_eq!(filing.contact, Some(open("U1lO")));
    assert!(!filing.enquiry);
}

#[test]
fn without_orders_it_is_an_enquiry_and_without_openid_the_user_is_anonymous() {
    let mut sparse = detail("C1");
    sparse["complaint_order_info"] = json!([]);
    sparse["payer_openid"] = Value::Null;
    sparse["problem_type"] = json!("SERVICE_NOT_WORK");
    sparse["apply_refund_amount"] = Value::Null;
    let plan = planned(&sparse, &[]);
    let filing = filing(&plan);
    assert!(filing.enquiry);
    assert_eq!(filing.user_ref.as_str(), "anonymous-C1");
    assert_eq!(filing.problem, Problem::ServiceNotWorking);
    assert_eq!(filing.requested_refund_fen, None);
    assert_eq!(plan.commands[1].by.id.as_str(), "anonymous-C1");
    assert_eq!(
        plan.commands[1].occurred_at,
        parse_instant("2026-03-20T14:00:00+08:00").unwrap(),
        "without a history it is the complaint's own time"
    );
}

#[test]
fn problems_that_are_no_refund_and_no_service_are_other() {
    for problem in [json!("OTHERS"), json!("QUALITY"), Value::Null] {
        let mut other = detail("C1");
        other["problem_type"] = problem;
        assert_eq!(filing(&planned(&other, &[])).problem, Problem::Other);
    }
}

#[test]
fn more_than_was_paid_is_cut_down_to_it_and_noted() {
    let mut greedy = detail("C1");
    greedy["apply_refund_amount"] = json!(1001);
    let plan = planned(&greedy, &[]);
    assert_eq!(filing(&plan).requested_refund_fen, Some(1000));
    assert_eq!(
        act(&plan.commands[2]),
        &note("apply_refund_amount", "refund_above_paid", Some("1001")).1
    );
}

#[test]
fn the_filing_comes_before_what_the_source_dates_earlier_or_at_the_same_instant() {
    let mut early = item(1, "USER_RESPONSE", "early", &[]);
    early["operate_time"] = json!("2026-03-20T13:59:59+08:00");
    let mut same = item(2, "USER_CREATE_COMPLAINT_SYSTEM_MESSAGE", "", &[]);
    same["operate_time"] = json!("2026-03-20T14:00:00+08:00");
    let mut created = created();
    created["log_id"] = json!("9");
    let plan = planned(&detail("C1"), &[same, early, created]);
    let types: Vec<&str> = plan
        .commands
        .iter()
        .map(|command| command.request.name())
        .collect();
    assert_eq!(
        types,
        [
            "merchant.register",
            "complaint.file",
            "complaint.message",
            "complaint.keep_note"
        ]
    );
    assert_eq!(
        plan.commands[2].occurred_at,
        parse_instant("2026-03-20T13:59:59+08:00").unwrap(),
        "its own instant stays"
    );
}
