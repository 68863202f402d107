//! Order, registration, ids, and notes.

use redress_domain::command::Request;
use redress_domain::identity::{Reference, Role};
use redress_domain::instant::Instant;
use redress_domain::merchant::{self, Industry, MerchantKind};
use serde_json::json;

use super::{act, created, detail, documents, item, note, pair, planned};
use crate::document::parse_instant;
use crate::mapping::{Plan, PlannedCommand, importer, plan};

#[test]
fn a_merchant_is_registered_once_before_its_first_complaint() {
    let mut later = detail("C1");
    later["complaint_time"] = json!("2026-03-21T14:00:00+08:00");
    later["additional_info"] = json!({"type": "SHARE_POWER_TYPE", "share_power_info": {}});
    let mut other = detail("C3");
    other["complainted_mchid"] = json!("1900000002");
    other["complaint_time"] = json!("2026-03-22T14:00:00+08:00");
    let plan = plan(documents(&[other, later, detail("C2")]), None);
    let names: Vec<(&str, &str)> = plan
        .commands
        .iter()
        .map(|command| (command.request.name(), command.complaint_id.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("merchant.register", "C2"),
            ("complaint.file", "C2"),
            ("complaint.file", "C1"),
            ("merchant.register", "C3"),
            ("complaint.file", "C3"),
        ]
    );
    let industry = |command: &PlannedCommand| match &command.request {
        Request::Merchant(_, merchant::Act::Register(registration)) => {
            assert_eq!(registration.kind, MerchantKind::Direct);
            registration.industry
        }
        other => panic!("not a registration: {other:?}"),
    };
    assert_eq!(industry(&plan.commands[0]), Industry::PowerBank);
    assert_eq!(industry(&plan.commands[3]), Industry::General);
    assert_eq!(
        plan.latest_at,
        Some(parse_instant("2026-03-22T14:00:00+08:00").unwrap())
    );
}

#[test]
fn complaints_are_merged_into_one_order_of_time() {
    let first = pair(
        &detail("C1"),
        &[created(), item(5, "USER_RESPONSE", "c1", &[])],
    );
    let second = pair(
        &detail("C2"),
        &[created(), item(3, "USER_RESPONSE", "c2", &[])],
    );
    let forwards = plan(documents(&[first.clone(), second.clone()]), None);
    let order: Vec<(&str, &str)> = forwards
        .commands
        .iter()
        .map(|command| (command.complaint_id.as_str(), command.request.name()))
        .collect();
    assert_eq!(
        order,
        [
            ("C1", "merchant.register"),
            ("C1", "complaint.file"),
            ("C2", "complaint.file"),
            ("C2", "complaint.message"),
            ("C1", "complaint.message"),
        ]
    );
    let backwards = plan(documents(&[second, first]), None);
    assert_eq!(
        format!("{:?}", forwards.commands),
        format!("{:?}", backwards.commands)
    );
}

#[test]
fn a_history_that_grew_keeps_the_ids_of_what_was_there() {
    let alone = plan(documents(&[detail("C1")]), None);
    let short = planned(&detail("C1"), &[created()]);
    let long = planned(
        &detail("C1"),
        &[item(1, "MERCHANT_RESPONSE", "received", &[]), created()],
    );
    let ids = |plan: &Plan| -> Vec<uuid::Uuid> {
        plan.commands.iter().map(|command| command.id).collect()
    };
    assert_eq!(ids(&alone), ids(&short));
    assert_eq!(ids(&short), ids(&long)[..2]);
    let mut all = ids(&long);
    all.extend(long.commands[2..].iter().map(|command| command.note_id));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 4, "all different");
    assert_eq!(
        long.commands[2].id.to_string(),
        "a6e13fd5-a69a-57a1-8393-e2a5b59c00d9",
        "another id would import everything again"
    );
}

#[test]
fn a_refused_command_is_kept_as_a_note_under_its_own_id() {
    let plan = planned(
        &detail("C1"),
        &[created(), item(1, "MERCHANT_RESPONSE", "received", &[])],
    );
    let because = Reference::new("withdrawn").unwrap();
    let keeper = importer().unwrap();
    let kept = plan.commands[2]
        .as_note(because.clone(), keeper.clone())
        .unwrap();
    assert_eq!(kept.id, plan.commands[2].note_id);
    assert_eq!(kept.by.role, Role::Service);
    assert_eq!(
        act(&kept),
        &note("MERCHANT_RESPONSE", "withdrawn", Some("received")).1
    );
    for command in &plan.commands[..2] {
        assert!(command.as_note(because.clone(), keeper.clone()).is_none());
    }
}

#[test]
fn a_complaint_that_cannot_be_taken_over_is_named_and_stops_no_other() {
    let wrong = pair(&detail("C1"), &[created(), item(1, "", "x", &[])]);
    let plan = plan(documents(&[wrong, detail("C2")]), None);
    assert_eq!(plan.unplanned.len(), 1);
    assert_eq!(
        plan.unplanned[0].to_string(),
        "complaint C1: operate_type: an empty name"
    );
    assert!(
        plan.commands
            .iter()
            .all(|command| command.complaint_id.as_str() == "C2")
    );
}

#[test]
fn the_cutover_is_handed_on() {
    let at = Instant::from_unix_ms(5);
    assert_eq!(plan(Vec::new(), Some(at)).cutover, Some(at));
}
