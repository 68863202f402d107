//! Every command reads from a full example; every wrong thing is named by code and place.

mod envelope;
mod examples;

use redress_domain::command::Request;
use redress_domain::complaint::{Act, EvidenceId, FactId, FindingId};
use redress_domain::measure::{Ending, MeasureId};
use redress_domain::merchant::{self, MeasureAct};
use redress_domain::refusal::Code;
use redress_domain::text::PersonalText;
use serde_json::{Value, json};

use self::examples::examples;
use super::{CommandError, parse};

fn document(kind: &str, data: &Value) -> Value {
    json!({ "type": kind, "by": { "role": "service", "id": "S1" }, "data": data })
}

fn read(kind: &str, data: &Value) -> Result<Request, CommandError> {
    parse(&document(kind, data)).map(|document| document.request)
}

fn fault(kind: &str, data: &Value) -> (Code, String) {
    let error = read(kind, data).unwrap_err();
    (error.code, error.path)
}

#[test]
fn every_command_reads_from_a_full_example() {
    let examples = examples();
    for (kind, data) in &examples {
        let request = read(kind, data).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(request.name(), *kind);
    }
    assert_eq!(examples.len(), 31 + 2 * 11 + 22);
}

#[test]
fn no_command_takes_a_key_that_it_does_not_know() {
    for (kind, mut data) in examples() {
        data["amout_fen"] = json!(5);
        assert_eq!(
            fault(kind, &data),
            (Code::FieldUnknown, "data.amout_fen".to_owned()),
            "{kind}"
        );
    }
}

#[test]
fn every_key_of_every_command_is_checked() {
    for (kind, data) in examples() {
        for key in data.as_object().unwrap().keys() {
            let mut wrong = data.clone();
            // No key of any command takes a list of numbers.
            wrong[key] = json!([1]);
            let (code, path) = fault(kind, &wrong);
            assert_eq!(code, Code::FieldInvalid, "{kind} {key}");
            assert!(
                path.starts_with(&format!("data.{key}")),
                "{kind} {key}: {path}"
            );
        }
    }
}

#[test]
fn the_key_of_the_stream_is_needed() {
    for (kind, data) in examples() {
        let key = match kind.split_once('.').unwrap().0 {
            "user" => "user_ref".to_owned(),
            "rulebook" => "edition".to_owned(),
            owner => format!("{owner}_id"),
        };
        let mut without = data.clone();
        without.as_object_mut().unwrap().shift_remove(&key);
        assert_eq!(
            fault(kind, &without),
            (Code::FieldMissing, format!("data.{key}")),
            "{kind}"
        );
        let mut empty = data;
        empty[&key] = json!("");
        assert_eq!(
            fault(kind, &empty),
            (Code::FieldInvalid, format!("data.{key}")),
            "{kind}"
        );
    }
}

#[test]
fn the_first_wrong_thing_is_named_by_its_place() {
    let orders = |orders: Value| {
        json!({ "complaint_id": "C1", "merchant_id": "M1", "user_ref": "U1", "problem": "other", "channel": "agent",
            "orders": orders })
    };
    for (kind, data, code, path) in [
        (
            "complaint.file",
            orders(json!([{ "order_id": "O1", "amount_fen": 1 }, { "order_id": "O2" }])),
            Code::FieldMissing,
            "data.orders[1].amount_fen",
        ),
        (
            "complaint.file",
            orders(json!([{ "order_id": "O1", "amount_fen": -1 }])),
            Code::FieldInvalid,
            "data.orders[0].amount_fen",
        ),
        (
            "complaint.file",
            orders(json!([{ "order_id": "O1", "amount_fen": 1.5 }])),
            Code::FieldInvalid,
            "data.orders[0].amount_fen",
        ),
        (
            "complaint.file",
            orders(json!([{ "order_id": "O1", "amount_fen": 10_000_000_000_001_u64 }])),
            Code::FieldInvalid,
            "data.orders[0].amount_fen",
        ),
        (
            "complaint.file",
            orders(json!([{ "order_id": "O1", "amount_fen": 1, "currency": "CNY" }])),
            Code::FieldUnknown,
            "data.orders[0].currency",
        ),
        (
            "complaint.file",
            orders(json!([null])),
            Code::FieldInvalid,
            "data.orders[0]",
        ),
        (
            "complaint.file",
            orders(json!("O1")),
            Code::FieldInvalid,
            "data.orders",
        ),
        (
            "complaint.file",
            json!({ "complaint_id": "C1" }),
            Code::FieldMissing,
            "data.merchant_id",
        ),
        (
            "complaint.file",
            json!({ "complaint_id": "x".repeat(65) }),
            Code::FieldInvalid,
            "data.complaint_id",
        ),
        (
            "complaint.approve_refund",
            json!({ "complaint_id": "C1", "amount_fen": 0, "launch_days": 0 }),
            Code::FieldInvalid,
            "data.amount_fen",
        ),
        (
            "complaint.approve_refund",
            json!({ "complaint_id": "C1", "amount_fen": 1 }),
            Code::FieldMissing,
            "data.launch_days",
        ),
        (
            "complaint.request_refund",
            json!({ "complaint_id": "C1", "amount_fen": 0 }),
            Code::FieldInvalid,
            "data.amount_fen",
        ),
        (
            "complaint.record_usage",
            json!({ "complaint_id": "C1", "kind": "wholly", "consumed_fen": 0 }),
            Code::FieldInvalid,
            "data.kind",
        ),
        (
            "complaint.submit_evidence",
            json!({ "complaint_id": "C1", "evidence": [{ "kind": "usage" }] }),
            Code::FieldMissing,
            "data.evidence[0].media_id",
        ),
        (
            "complaint.link",
            json!({ "complaint_id": "C1", "other": "C0", "kind": "alike" }),
            Code::FieldInvalid,
            "data.kind",
        ),
        (
            "merchant.report_volume",
            json!({ "merchant_id": "M1", "day": "2026-02-30", "debits": 1, "users": 1 }),
            Code::FieldInvalid,
            "data.day",
        ),
        (
            "merchant.register",
            json!({ "merchant_id": "x".repeat(33), "kind": "direct", "industry": "general", "name": "E" }),
            Code::FieldInvalid,
            "data.merchant_id",
        ),
        (
            "merchant.register",
            json!({ "merchant_id": "M1", "kind": "direct", "industry": "bakery", "name": "E" }),
            Code::FieldInvalid,
            "data.industry",
        ),
        (
            "merchant.record_notice",
            json!({ "merchant_id": "M1", "measure_id": "m1", "channel": "fax", "delivery_ref": "x" }),
            Code::FieldInvalid,
            "data.channel",
        ),
        (
            "agreement.remind",
            json!({ "agreement_id": "A1", "debit_at": "2026-07-04T10:00:00", "amount_fen": 1 }),
            Code::TimestampWithoutOffset,
            "data.debit_at",
        ),
        (
            "agreement.debit",
            json!({ "agreement_id": "A1", "order_id": "O1", "amount_fen": 0 }),
            Code::FieldInvalid,
            "data.amount_fen",
        ),
        (
            "agreement.change_plan",
            json!({ "agreement_id": "A1", "plan": { "amount_fen": 1, "period": "P1D" } }),
            Code::FieldInvalid,
            "data.plan.period",
        ),
        (
            "agreement.change_plan",
            json!({ "agreement_id": "A1", "plan": { "amount_fen": 1, "debits_per_period": 2 } }),
            Code::FieldInvalid,
            "data.plan.debits_per_period",
        ),
        (
            "agreement.change_plan",
            json!({ "agreement_id": "A1", "plan": { "amount_fen": 1, "per": "P1M" } }),
            Code::FieldUnknown,
            "data.plan.per",
        ),
        (
            "rulebook.announce",
            json!({ "edition": "n", "announced_at": "2026-03-01T00:00:00Z", "effective_at": "2026-04-01T00:00:00Z" }),
            Code::FieldMissing,
            "data.file",
        ),
        (
            "rulebook.announce",
            json!({ "edition": "n", "changes": {} }),
            Code::FieldMissing,
            "data.announced_at",
        ),
        (
            "rulebook.announce",
            json!({ "edition": "n", "changes": {}, "file": "" }),
            Code::FieldInvalid,
            "data.changes",
        ),
        (
            "rulebook.announce",
            json!({ "edition": "n", "file": 1 }),
            Code::FieldInvalid,
            "data.file",
        ),
    ] {
        assert_eq!(fault(kind, &data), (code, path.to_owned()), "{kind} {data}");
    }
}

#[test]
fn a_measure_has_one_end_and_the_scope_of_its_kind() {
    let propose = |terms: Value| {
        let mut data = json!({ "merchant_id": "M1", "grounds": ["x"], "rationale": "seen" });
        for (key, value) in terms.as_object().unwrap() {
            data[key] = value.clone();
        }
        read("merchant.propose_measure", &data)
    };
    for (terms, code, path) in [
        (
            json!({ "kind": "template_signing", "for": "1d", "permanent": true }),
            Code::FieldInvalid,
            "data.permanent",
        ),
        (
            json!({ "kind": "template_signing", "for": "1d", "until": "2026-12-01T00:00:00Z" }),
            Code::FieldInvalid,
            "data.until",
        ),
        (
            json!({ "kind": "template_signing", "for": "0s" }),
            Code::FieldInvalid,
            "data.for",
        ),
        (
            json!({ "kind": "template_signing", "scope": "some" }),
            Code::FieldInvalid,
            "data.scope",
        ),
        (
            json!({ "kind": "template_signing", "scope": {} }),
            Code::FieldInvalid,
            "data.scope",
        ),
        (
            json!({ "kind": "template_signing", "scope": { "capabilities": ["sign"] } }),
            Code::FieldInvalid,
            "data.scope.capabilities",
        ),
        (
            json!({ "kind": "template_signing", "scope": { "templates": ["T1"] } }),
            Code::FieldUnknown,
            "data.scope.templates",
        ),
        (
            json!({ "kind": "payment_permission", "scope": { "permissions": [] } }),
            Code::FieldInvalid,
            "data.scope.permissions",
        ),
        (
            json!({ "kind": "payment_permission", "scope": { "level": "group" } }),
            Code::FieldInvalid,
            "data.scope.level",
        ),
        (
            json!({ "kind": "other", "scope": { "template_id": "T1", "complaint_id": "C1" } }),
            Code::FieldInvalid,
            "data.scope",
        ),
        (
            json!({ "kind": "settlement_cycle" }),
            Code::FieldMissing,
            "data.days",
        ),
        (
            json!({ "kind": "settlement_cycle", "days": 0 }),
            Code::FieldInvalid,
            "data.days",
        ),
        (
            json!({ "kind": "limits" }),
            Code::FieldMissing,
            "data.debit_fen",
        ),
        (
            json!({ "kind": "rectification", "debit_fen": 1 }),
            Code::FieldInvalid,
            "data.debit_fen",
        ),
        (
            json!({ "kind": "scolding" }),
            Code::FieldInvalid,
            "data.kind",
        ),
        (json!({}), Code::FieldMissing, "data.kind"),
        (
            json!({ "kind": "rectification", "authority": "three" }),
            Code::FieldInvalid,
            "data.authority",
        ),
    ] {
        let error = propose(terms.clone()).unwrap_err();
        assert_eq!((error.code, error.path.as_str()), (code, path), "{terms}");
    }
    let Ok(Request::Merchant(_, merchant::Act::Measure(MeasureAct::Propose(proposal)))) = propose(
        json!({ "kind": "payment_permission", "scope": { "permissions": ["app"], "level": "entity" }, "permanent": true }),
    ) else {
        panic!("not a proposal");
    };
    assert_eq!(proposal.ending, Ending::Permanent);
    assert_eq!(&*proposal.scope.permissions[0], "app");
    let Ok(Request::Merchant(_, merchant::Act::Measure(MeasureAct::Propose(proposal)))) =
        propose(json!({ "kind": "service_suspension", "permanent": false }))
    else {
        panic!("not a proposal");
    };
    assert_eq!(proposal.ending, Ending::AtCure);
}

#[test]
fn what_has_a_code_of_its_own_is_left_to_the_rules() {
    let act = |kind: &str, data: Value| match read(kind, &data) {
        Ok(Request::Complaint(_, act)) => act,
        other => panic!("{other:?}"),
    };
    let empty = PersonalText::Open(String::new());
    assert_eq!(
        act("complaint.reject_refund", json!({ "complaint_id": "C1" })),
        Act::RejectRefund {
            reason: empty.clone(),
            evidence: vec![],
            remark: None
        }
    );
    assert_eq!(
        act(
            "complaint.complete",
            json!({ "complaint_id": "C1", "resolution": null })
        ),
        Act::Complete {
            resolution: empty.clone()
        }
    );
    assert_eq!(
        act(
            "complaint.record_settlement",
            json!({ "complaint_id": "C1", "amount_fen": 1 })
        ),
        Act::RecordSettlement {
            amount_fen: 1,
            user_agreed: false
        }
    );
    assert_eq!(
        act(
            "complaint.pause",
            json!({ "complaint_id": "C1", "reason": "holiday" })
        ),
        Act::Pause { reason: None }
    );
    assert_eq!(
        act(
            "complaint.determine",
            json!({ "complaint_id": "C1", "finding_ids": ["x1", "f01"], "rationale": "" })
        ),
        Act::Determine {
            finding_ids: vec![FindingId(0), FindingId(0)],
            rationale: empty.clone()
        }
    );
    assert_eq!(
        act(
            "complaint.assess_evidence",
            json!({ "complaint_id": "C1", "evidence_id": "E1", "accepted": true })
        ),
        Act::AssessEvidence {
            evidence_id: EvidenceId(0),
            accepted: true,
            reason: empty.clone()
        }
    );
    assert_eq!(
        act(
            "complaint.accept_late_fact",
            json!({ "complaint_id": "C1", "fact_id": "none" })
        ),
        Act::AcceptLateFact {
            fact_id: FactId(0),
            rationale: empty.clone()
        }
    );
    assert_eq!(
        act(
            "complaint.find_ground",
            json!({ "complaint_id": "C1", "ground": "4.1(9)" })
        ),
        Act::FindGround {
            ground: "4.1(9)".into(),
            clauses: vec![],
            rationale: empty
        }
    );
    assert_eq!(
        act(
            "complaint.submit_evidence",
            json!({ "complaint_id": "C1", "evidence": [] })
        ),
        Act::SubmitEvidence {
            evidence: vec![],
            note: None
        }
    );
    let Ok(Request::Merchant(_, merchant::Act::Measure(refuse))) = read(
        "merchant.refuse_measure",
        &json!({ "merchant_id": "M1", "measure_id": "M1" }),
    ) else {
        panic!("not a refusal");
    };
    assert_eq!(
        refuse,
        MeasureAct::Refuse {
            measure_id: MeasureId(0),
            rationale: "".into()
        }
    );
}
