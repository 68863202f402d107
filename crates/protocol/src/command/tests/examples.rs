//! A full example of every command.

use serde_json::{Value, json};

const DIGEST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Every command with every key that it knows.
pub(super) fn examples() -> Vec<(&'static str, Value)> {
    let mut examples = complaint_examples();
    for owner in ["merchant", "intermediary"] {
        examples.extend(measure_examples(owner));
    }
    examples.extend(other_examples());
    examples
}

fn complaint_examples() -> Vec<(&'static str, Value)> {
    let evidence = json!([{ "kind": "usage", "media_id": "m-1", "sha256": DIGEST }]);
    vec![
        (
            "complaint.file",
            json!({ "complaint_id": "C1", "merchant_id": "M1", "user_ref": "U1", "problem": "refund_request",
                "channel": "self_service", "orders": [{ "order_id": "O1", "amount_fen": 9900 }], "agreement_id": "A1",
                "requested_refund_fen": 9700, "description": "charged", "contact": "mail", "enquiry": false }),
        ),
        (
            "complaint.request_refund",
            json!({ "complaint_id": "C1", "amount_fen": 1 }),
        ),
        (
            "complaint.respond",
            json!({ "complaint_id": "C1", "text": "hello", "media": [{ "media_id": "m-1", "sha256": DIGEST }] }),
        ),
        (
            "complaint.message",
            json!({ "complaint_id": "C1", "text": "hello" }),
        ),
        (
            "complaint.submit_evidence",
            json!({ "complaint_id": "C1", "evidence": evidence, "note": "see" }),
        ),
        (
            "complaint.assess_evidence",
            json!({ "complaint_id": "C1", "evidence_id": "e1", "accepted": true, "reason": "matches" }),
        ),
        (
            "complaint.explain_billing",
            json!({ "complaint_id": "C1", "text": "by the hour" }),
        ),
        (
            "complaint.reconfirm_plan",
            json!({ "complaint_id": "C1", "user_confirms": true }),
        ),
        (
            "complaint.record_usage",
            json!({ "complaint_id": "C1", "kind": "partly", "consumed_fen": 0, "proof": "e1" }),
        ),
        (
            "complaint.record_billing_error",
            json!({ "complaint_id": "C1", "error_fen": 5, "proof": "e1" }),
        ),
        (
            "complaint.record_settlement",
            json!({ "complaint_id": "C1", "amount_fen": 5, "user_agreed": true }),
        ),
        (
            "complaint.approve_refund",
            json!({ "complaint_id": "C1", "amount_fen": 5, "launch_days": 0 }),
        ),
        (
            "complaint.reject_refund",
            json!({ "complaint_id": "C1", "reason": "used", "evidence": evidence, "remark": "sorry" }),
        ),
        (
            "complaint.record_defective_rejection",
            json!({ "complaint_id": "C1", "reason": "no" }),
        ),
        (
            "complaint.record_refund",
            json!({ "complaint_id": "C1", "refund_id": "R1", "amount_fen": 5, "by_platform": true }),
        ),
        (
            "complaint.complete",
            json!({ "complaint_id": "C1", "resolution": "done" }),
        ),
        ("complaint.confirm", json!({ "complaint_id": "C1" })),
        (
            "complaint.continue",
            json!({ "complaint_id": "C1", "text": "again" }),
        ),
        ("complaint.withdraw", json!({ "complaint_id": "C1" })),
        (
            "complaint.accept_late_fact",
            json!({ "complaint_id": "C1", "fact_id": "l1", "rationale": "seen" }),
        ),
        (
            "complaint.refuse_late_fact",
            json!({ "complaint_id": "C1", "fact_id": "l1", "rationale": "seen" }),
        ),
        (
            "complaint.link",
            json!({ "complaint_id": "C1", "other": "C0", "kind": "related" }),
        ),
        (
            "complaint.unlink",
            json!({ "complaint_id": "C1", "other": "C0", "kind": "concurrent" }),
        ),
        (
            "complaint.pause",
            json!({ "complaint_id": "C1", "reason": "legal_hold" }),
        ),
        (
            "complaint.resume",
            json!({ "complaint_id": "C1", "reason": "legal_hold" }),
        ),
        ("complaint.observe", json!({ "complaint_id": "C1" })),
        (
            "complaint.find_ground",
            json!({ "complaint_id": "C1", "ground": "4.1(6)", "clauses": ["guide x"], "rationale": "seen" }),
        ),
        (
            "complaint.determine",
            json!({ "complaint_id": "C1", "finding_ids": ["f1"], "rationale": "seen" }),
        ),
        (
            "complaint.dismiss",
            json!({ "complaint_id": "C1", "finding_ids": ["f1"], "rationale": "seen" }),
        ),
        (
            "complaint.overturn",
            json!({ "complaint_id": "C1", "determination_id": "d1", "rationale": "seen" }),
        ),
        (
            "complaint.keep_note",
            json!({ "complaint_id": "C1", "raw_type": "X", "because": "unknown", "text": "words" }),
        ),
    ]
}

fn measure_examples(owner: &str) -> Vec<(&'static str, Value)> {
    let merchant = owner == "merchant";
    let named = |for_merchant: &'static str, for_intermediary: &'static str| {
        if merchant {
            for_merchant
        } else {
            for_intermediary
        }
    };
    let with_owner = |mut data: Value| {
        data[format!("{owner}_id")] = json!("X1");
        data
    };
    let reasoned = with_owner(json!({ "measure_id": "m1", "rationale": "seen" }));
    vec![
        (
            named("merchant.propose_measure", "intermediary.propose_measure"),
            with_owner(
                json!({ "kind": "template_signing", "scope": { "template_id": "T1" }, "for": "30d",
                "authority": "two", "grounds": ["C1/d1"], "rationale": "seen", "description": "words" }),
            ),
        ),
        (
            named("merchant.impose_measure", "intermediary.impose_measure"),
            with_owner(
                json!({ "kind": "limits", "scope": "all", "until": "2026-12-01T00:00:00Z", "debit_fen": 1,
                "day_fen": 2, "debits_per_day": 3, "grounds": ["x"], "rationale": "seen" }),
            ),
        ),
        (
            named("merchant.approve_measure", "intermediary.approve_measure"),
            with_owner(json!({ "measure_id": "m1", "seen_position": 17 })),
        ),
        (
            named("merchant.refuse_measure", "intermediary.refuse_measure"),
            reasoned.clone(),
        ),
        (
            named("merchant.lift_measure", "intermediary.lift_measure"),
            reasoned.clone(),
        ),
        (
            named("merchant.record_notice", "intermediary.record_notice"),
            with_owner(json!({ "measure_id": "m1", "channel": "wechat", "delivery_ref": "d-1" })),
        ),
        (
            named(
                "merchant.submit_rectification",
                "intermediary.submit_rectification",
            ),
            with_owner(json!({ "measure_id": "m1", "summary": "two more agents" })),
        ),
        (
            named(
                "merchant.accept_rectification",
                "intermediary.accept_rectification",
            ),
            reasoned.clone(),
        ),
        (
            named(
                "merchant.refuse_rectification",
                "intermediary.refuse_rectification",
            ),
            reasoned,
        ),
        (
            named("merchant.appeal", "intermediary.appeal"),
            with_owner(json!({ "measure_id": "m1", "statement": "not ours" })),
        ),
        (
            named("merchant.decide_appeal", "intermediary.decide_appeal"),
            with_owner(
                json!({ "measure_id": "m1", "outcome": "vary", "rationale": "seen",
                "until": "2026-12-01T00:00:00+08:00" }),
            ),
        ),
    ]
}

fn other_examples() -> Vec<(&'static str, Value)> {
    let plan = json!({ "amount_fen": 3000, "period": "P1M", "debits_per_period": 1 });
    vec![
        (
            "merchant.register",
            json!({ "merchant_id": "M1", "kind": "sub_merchant", "industry": "insurance", "name": "Example",
                "institution_id": "I1", "service_provider_id": "P1", "entity_id": "E1" }),
        ),
        (
            "merchant.update",
            json!({ "merchant_id": "M1", "industry": "general", "name": "Example", "institution_id": "I1",
                "service_provider_id": "P1", "entity_id": "E1" }),
        ),
        (
            "merchant.report_volume",
            json!({ "merchant_id": "M1", "day": "2026-05-01", "debits": 2, "users": 1 }),
        ),
        (
            "merchant.accept_rulebook",
            json!({ "merchant_id": "M1", "edition": "next" }),
        ),
        (
            "merchant.decline_rulebook",
            json!({ "merchant_id": "M1", "edition": "next", "written_notice": "letter" }),
        ),
        ("merchant.observe", json!({ "merchant_id": "M1" })),
        (
            "intermediary.register",
            json!({ "intermediary_id": "I1", "kind": "institution", "name": "First Bank" }),
        ),
        (
            "intermediary.update",
            json!({ "intermediary_id": "I1", "name": "First Bank" }),
        ),
        (
            "intermediary.record_coordination_failure",
            json!({ "intermediary_id": "I1", "complaint_id": "C1", "round": 1 }),
        ),
        ("intermediary.observe", json!({ "intermediary_id": "I1" })),
        (
            "agreement.sign",
            json!({ "agreement_id": "A1", "merchant_id": "M1", "user_ref": "U1", "template_id": "T1",
                "kind": "pay_score", "plan": plan, "disclosed": true }),
        ),
        (
            "agreement.change_plan",
            json!({ "agreement_id": "A1", "plan": plan, "disclosed": true }),
        ),
        (
            "agreement.remind",
            json!({ "agreement_id": "A1", "debit_at": "2026-07-04T10:00:00+08:00", "amount_fen": 3000 }),
        ),
        (
            "agreement.debit",
            json!({ "agreement_id": "A1", "order_id": "O1", "amount_fen": 3000 }),
        ),
        (
            "agreement.record_usage",
            json!({ "agreement_id": "A1", "summary": "two hours", "order_id": "O1", "consumed_fen": 5 }),
        ),
        (
            "agreement.refund",
            json!({ "agreement_id": "A1", "order_id": "O1", "amount_fen": 3000 }),
        ),
        (
            "agreement.suspend",
            json!({ "agreement_id": "A1", "reason": "risk" }),
        ),
        (
            "agreement.resume",
            json!({ "agreement_id": "A1", "reason": "gone" }),
        ),
        (
            "agreement.cancel",
            json!({ "agreement_id": "A1", "reason": "enough" }),
        ),
        ("user.erase", json!({ "user_ref": "U1", "reason": "asked" })),
        (
            "user.record_reading",
            json!({ "user_ref": "U1", "stream": "complaint-C1", "version": 0, "purpose": "to call back" }),
        ),
        (
            "rulebook.announce",
            json!({ "edition": "next", "announced_at": "2026-03-01T00:00:00+08:00",
                "effective_at": "2026-04-01T00:00:00+08:00", "changes": { "clocks": { "first_reply": "12h" } } }),
        ),
    ]
}
