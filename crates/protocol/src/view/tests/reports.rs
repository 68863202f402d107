//! Agreements, intermediaries, and views over many things.

use redress_domain::agreement::{self, AgreementKind, Period, Plan};
use redress_domain::clock::{ClockKind, ClockStatus, Phase, Reading};
use redress_domain::complaint::{ComplaintChannel, ComplaintState, Problem};
use redress_domain::gate::{Answer, MerchantGate};
use redress_domain::identity::{
    AgreementId, ComplaintId, IntermediaryId, OrderId, Role, TemplateId,
};
use redress_domain::instant::Span;
use redress_domain::intermediary::{self, IntermediaryKind};
use redress_domain::measure::{Ending, MeasureId, MeasureKind, Parameters};
use redress_domain::refusal::{Code, Refusal};
use redress_projections::cases::{ClockSla, QueueClock, QueueItem, SlaReport};
use redress_projections::repeats::RepeatsReport;
use serde_json::{Value, json};

use super::{after, merchant_id, proposed, shows, stamp, user_ref};
use crate::samples::AT;
use crate::view::{
    IntermediaryBundle, agreement_view, gate_view, intermediary_view, queue_view, repeats_view,
    sla_view,
};

#[test]
fn an_agreement_shows_plan_debits_and_reminders() {
    use agreement::Event;
    let order_id = OrderId::new("O1").unwrap();
    let events = [
        Event::AgreementSigned {
            agreement_id: AgreementId::new("A1").unwrap(),
            merchant_id: merchant_id(),
            user_ref: user_ref(),
            template_id: TemplateId::new("T1").unwrap(),
            kind: AgreementKind::Periodic,
            plan: Plan {
                amount_fen: 3000,
                period: Some(Period::Month),
                debits_per_period: None,
            },
            disclosed: true,
        },
        Event::ReminderRecorded {
            debit_at: AT.plus(Span::from_days(2)),
            amount_fen: 3000,
        },
        Event::Debited {
            order_id: order_id.clone(),
            amount_fen: 3000,
            reminder: Some(0),
        },
        Event::AgreementRefunded {
            order_id,
            amount_fen: 1000,
        },
    ];
    let mut state = None;
    for event in events {
        state = agreement::evolve(state, &stamp(0, Role::Service, "debits"), &event);
    }
    shows(
        &agreement_view(&state.unwrap(), &after(Span::ZERO)),
        &json!({
            "agreement_id": "A1", "merchant_id": "M1", "user_ref": "U1", "template_id": "T1", "kind": "periodic",
            "state": "active", "plan": { "amount_fen": 3000, "period": "P1M", "debits_per_period": null },
            "paid_fen": 3000, "refunded_fen": 1000,
            "debits": [{ "order_id": "O1", "amount_fen": 3000, "refunded_fen": 1000, "at": "2026-03-20T14:00:00+08:00" }],
            "reminders": [{ "debit_at": "2026-03-22T14:00:00+08:00", "amount_fen": 3000, "used": true }],
            "version": 3, "as_of_position": 17,
        }),
    );
}

#[test]
fn an_intermediary_shows_its_portfolio() {
    use intermediary::Event;
    let events = [
        Event::IntermediaryRegistered {
            intermediary_id: IntermediaryId::new("I1").unwrap(),
            kind: IntermediaryKind::Institution,
            name: "First Bank".into(),
        },
        Event::CoordinationFailed {
            complaint_id: ComplaintId::new("C1").unwrap(),
            round: 1,
        },
        Event::Measure(proposed(
            MeasureKind::Warning,
            Parameters::default(),
            Ending::AtCure,
        )),
    ];
    let mut state = None;
    for event in events {
        state = intermediary::evolve(state, &stamp(0, Role::Service, "desk"), &event);
    }
    let bundle = IntermediaryBundle {
        intermediary: &state.unwrap(),
        merchants: 20,
        merchants_at_t2: 1,
        coordination_failures: 1,
    };
    shows(
        &intermediary_view(&bundle, &after(Span::ZERO)),
        &json!({
            "intermediary_id": "I1", "kind": "institution",
            "standing": { "tier": "none", "since": null, "metrics": { "merchants": 20, "merchants_at_t2": 1, "coordination_failures": 1 } },
            "measures": [{ "measure_id": "m1", "kind": "warning", "clause": "4.3", "status": "proposed", "from": null }],
            "coordination_failures": [{ "complaint_id": "C1", "round": 1 }], "version": 2, "as_of_position": 17,
        }),
    );
}

#[test]
fn a_queue_is_a_list_with_the_most_urgent_clock_first() {
    let reading = Reading {
        phase: Phase::Running,
        breached: true,
        status: ClockStatus::Breached,
        due_at: AT,
        met_at: None,
        overdue_ms: 5,
    };
    let mut item = QueueItem {
        complaint_id: ComplaintId::new("C1").unwrap(),
        merchant_id: merchant_id(),
        user_ref: user_ref(),
        problem: Problem::Other,
        channel: ComplaintChannel::Agent,
        state: ComplaintState::Pending,
        round: 2,
        repeat: true,
        under_review: false,
        findings_open: 1,
        unassessed_evidence: 0,
        clocks: vec![QueueClock {
            round: 2,
            kind: ClockKind::Evidence,
            reading,
        }],
        last_position: 9,
    };
    shows(
        &queue_view(std::slice::from_ref(&item), &after(Span::ZERO)),
        &json!([{ "complaint_id": "C1", "merchant_id": "M1", "state": "pending", "round": 2, "repeat": true,
            "clock": "evidence", "status": "breached", "due_at": "2026-03-20T14:00:00+08:00", "overdue_ms": 5,
            "clocks": [{ "clock": "evidence", "round": 2, "breached": true }] }]),
    );
    item.clocks.clear();
    shows(
        &queue_view(&[item], &after(Span::ZERO)),
        &json!([{ "clock": null, "due_at": null, "overdue_ms": 0 }]),
    );
    assert_eq!(queue_view(&[], &after(Span::ZERO)), json!([]));
}

#[test]
fn counts_and_rates_are_exact() {
    let report = RepeatsReport {
        repeat_rounds: 1,
        related: 2,
        concurrent: 3,
        closed_rounds: 4,
        complaints: 5,
    };
    assert_eq!(
        repeats_view(&report, &after(Span::ZERO)),
        json!({ "repeat_rounds": 1, "related": 2, "concurrent": 3, "closed_rounds": 4, "complaints": 5,
            "repeat_rate": [1, 4], "as_of_position": 17 })
    );
    let none = RepeatsReport::default();
    assert_eq!(
        repeats_view(&none, &after(Span::ZERO))["repeat_rate"],
        Value::Null
    );
    let report = SlaReport {
        clocks: vec![ClockSla {
            kind: ClockKind::FirstReply,
            in_time: 1,
            late: 2,
            running: 3,
            void: 4,
            late_running: 1,
            median_ms: Some(5),
            p95_ms: None,
        }],
        rounds: 10,
    };
    assert_eq!(
        sla_view(&report, &after(Span::ZERO)),
        json!({ "rounds": 10, "clocks": { "first_reply": { "in_time": 1, "late": 2, "running": 3, "void": 4,
            "late_running": 1, "median_ms": 5, "p95_ms": null } }, "as_of_position": 17 })
    );
}

#[test]
fn the_gate_answers_with_clause_measure_and_cure() {
    let mut refusal = Refusal::new(Code::SigningSuspended, "new sign-ups are suspended");
    refusal.clause = Some("4.2(4)");
    refusal.measure_id = Some(MeasureId(1));
    refusal.cure = Some("its end".to_owned());
    let answer = Answer {
        refusal: Some(refusal),
        reminder_required: true,
    };
    assert_eq!(
        gate_view(&answer, &after(Span::ZERO)),
        json!({ "allow": false, "code": "signing_suspended", "clause": "4.2(4)",
            "message": "new sign-ups are suspended", "measure_id": "m1", "cure": "its end",
            "reminder_required": true, "as_of_position": 17 })
    );
    let gate = MerchantGate {
        merchant_id: merchant_id(),
        declined: None,
        measures: vec![],
    };
    let action = redress_domain::gate::Action::PayScoreComplete;
    let answer = redress_domain::gate::may(&gate, &action, AT);
    assert_eq!(
        gate_view(&answer, &after(Span::ZERO)),
        json!({ "allow": true, "code": null, "clause": null, "message": null, "measure_id": null, "cure": null,
            "reminder_required": false, "as_of_position": 17 })
    );
}
