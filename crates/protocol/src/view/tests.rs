//! Views show what the contract names; the states under them come from events.

mod reports;

use redress_domain::circumstances::Stamp;
use redress_domain::clock::ClockKind;
use redress_domain::complaint::{
    self, Cause, ComplaintChannel, DeterminationId, Determiner, EvidenceItem, FindingId, Ground,
    LinkKind, Order, Problem, StartedClock,
};
use redress_domain::identity::{
    Actor, ActorId, ComplaintId, EditionName, EntityId, MerchantId, OrderId, Reference, Role,
    UserRef,
};
use redress_domain::instant::{CivilOffset, Instant, Span};
use redress_domain::measure::{
    Authority, Ending, MeasureEvent, MeasureId, MeasureKind, Parameters, ProposedMeasure, Scope,
};
use redress_domain::merchant::{self, Industry, Merchant, MerchantKind};
use redress_domain::rulebook::Rulebook;
use redress_domain::standing::{Metrics, Tier};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{MerchantBundle, Moment, complaint_view, merchant_view};
use crate::samples::{AT, standing_change};
use crate::scenario::matches;

const BEIJING: CivilOffset = CivilOffset::from_seconds(8 * 3600);

/// What is seen a span after the beginning (2026-03-20T14:00:00+08:00).
fn after(span: Span) -> Moment {
    Moment {
        at: AT.plus(span),
        as_of_position: 17,
        offset: BEIJING,
    }
}

fn stamp(hours: i64, role: Role, id: &str) -> Stamp {
    let at = AT.plus(Span::from_hours(hours));
    Stamp {
        counted_at: at,
        recorded_at: at,
        by: Actor {
            role,
            id: ActorId::new(id).unwrap(),
        },
        command_id: Uuid::from_u128(1),
    }
}

fn shows(view: &Value, expected: &Value) {
    let mismatches = matches(expected, view);
    assert!(mismatches.is_empty(), "{mismatches:#?}\n{view:#}");
}

fn edition_name() -> EditionName {
    EditionName::new("2026-02-18").unwrap()
}

fn merchant_id() -> MerchantId {
    MerchantId::new("M1").unwrap()
}

fn user_ref() -> UserRef {
    UserRef::new("U1").unwrap()
}

fn clock(kind: ClockKind, hours: i64) -> StartedClock {
    StartedClock {
        kind,
        started_at: AT,
        runs: Span::from_hours(hours),
        at_risk_percent: 75,
    }
}

/// A complaint that was filed, whose first reply was missed, found and determined.
fn late_complaint() -> complaint::Complaint {
    let events = [
        (
            0,
            complaint::Event::ComplaintFiled {
                complaint_id: ComplaintId::new("C1").unwrap(),
                merchant_id: merchant_id(),
                user_ref: user_ref(),
                problem: Problem::AmountNotRecognised,
                channel: ComplaintChannel::SelfService,
                orders: vec![Order {
                    order_id: OrderId::new("O1").unwrap(),
                    amount_fen: 9900,
                }],
                agreement_id: None,
                requested_refund_fen: Some(9700),
                refunded_before_fen: 0,
                description: None,
                contact: None,
                enquiry: false,
            },
        ),
        (
            0,
            complaint::Event::RoundOpened {
                round: 1,
                repeat: false,
                edition: edition_name(),
                industry: Industry::General,
                clocks: vec![
                    clock(ClockKind::FirstReply, 24),
                    clock(ClockKind::Resolution, 72),
                ],
                text: None,
            },
        ),
        (
            1,
            complaint::Event::EvidenceSubmitted {
                evidence: vec![EvidenceItem {
                    kind: Reference::new("usage").unwrap(),
                    media_id: Reference::new("log-1").unwrap(),
                    sha256: None,
                }],
                note: None,
            },
        ),
        (
            2,
            complaint::Event::ComplaintLinked {
                other: ComplaintId::new("C0").unwrap(),
                kind: LinkKind::Related,
            },
        ),
        (
            25,
            complaint::Event::GroundFound {
                finding_id: FindingId(1),
                ground: Ground::OutOfTime,
                round: 1,
                cause: Cause::Clock(ClockKind::FirstReply),
                effective_at: AT.plus(Span::from_hours(24)).just_after(),
                clauses: vec!["guide first-reply".into()],
                rests_on: vec![],
                rationale: None,
            },
        ),
        (
            25,
            complaint::Event::LiabilityDetermined {
                determination_id: DeterminationId(1),
                finding_ids: vec![FindingId(1)],
                grounds: vec![Ground::OutOfTime],
                determined_by: Determiner::Edition(edition_name()),
                rationale: None,
            },
        ),
    ];
    let mut state = None;
    for (hours, event) in events {
        state = complaint::evolve(state, &stamp(hours, Role::Service, "desk"), &event);
    }
    state.unwrap()
}

#[test]
fn a_complaint_shows_what_the_contract_names() {
    let view = complaint_view(&late_complaint(), &after(Span::from_hours(54)));
    shows(
        &view,
        &json!({
            "complaint_id": "C1", "merchant_id": "M1", "user_ref": "U1", "agreement_id": null,
            "problem": "amount_not_recognised", "channel": "self_service", "state": "pending", "round": 1,
            "user_complaint_times": 1,
            "clocks": {
                "first_reply": { "phase": "running", "status": "breached", "breached": true,
                    "due_at": "2026-03-21T14:00:00+08:00", "met_at": null, "overdue_ms": 108_000_000 },
                "resolution": { "phase": "running", "status": "at_risk", "breached": false, "overdue_ms": 0 },
                "evidence": { "absent": true },
            },
            "rounds": [{ "number": 1, "opened_at": "2026-03-20T14:00:00+08:00", "closed_at": null, "how": null,
                "repeat": false, "clocks": { "first_reply": { "status": "breached" } } }],
            "remedy": { "basis": "requested", "owed_fen": 9700, "approved_fen": 0, "refunded_fen": 0,
                "duties": [{ "duty": "explain_billing", "done": false }, { "duty": "reconfirm_plan", "done": false }] },
            "evidence": [{ "evidence_id": "e1", "status": "submitted" }],
            "findings": [{ "finding_id": "f1", "ground": "4.1(1)", "clock": "first_reply", "round": 1,
                "status": "determined", "effective_at": "2026-03-21T14:00:00.001+08:00" }],
            "determinations": [{ "determination_id": "d1", "grounds": ["4.1(1)"], "by": "edition", "status": "standing" }],
            "links": [{ "to": "C0", "kind": "related" }], "under_review": false, "edition": "2026-02-18",
            "version": 5, "as_of_position": 17,
        }),
    );
    assert_eq!(view["filed_at"], "2026-03-20T14:00:00.000+08:00");
}

#[test]
fn clocks_are_read_at_the_moment_asked_for() {
    let complaint = late_complaint();
    let status = |hours: i64| {
        let view = complaint_view(&complaint, &after(Span::from_hours(hours)));
        view["clocks"]["first_reply"]["status"].clone()
    };
    assert_eq!(status(1), "on_track");
    assert_eq!(status(18), "at_risk");
    assert_eq!(status(24), "at_risk");
    assert_eq!(status(25), "breached");
}

#[test]
fn whoever_determined_is_named() {
    let complaint = late_complaint();
    let event = complaint::Event::LiabilityDetermined {
        determination_id: DeterminationId(2),
        finding_ids: vec![],
        grounds: vec![],
        determined_by: Determiner::Person(ActorId::new("R1").unwrap()),
        rationale: None,
    };
    let complaint =
        complaint::evolve(Some(complaint), &stamp(26, Role::Reviewer, "R1"), &event).unwrap();
    let view = complaint_view(&complaint, &after(Span::from_hours(27)));
    assert_eq!(view["determinations"][1]["by"], "R1");
    assert_eq!(view["version"], 6);
}

fn proposed(kind: MeasureKind, parameters: Parameters, ending: Ending) -> MeasureEvent {
    MeasureEvent::Proposed {
        measure: ProposedMeasure {
            measure_id: MeasureId(1),
            kind,
            scope: Scope::default(),
            parameters,
            ending,
            tier: Some(Tier::T1),
            grounds: vec!["C1/d1".into()],
            rationale: "tier t1".into(),
            authority: Authority::One,
            metrics: None,
            cure: "a rectification that is accepted".into(),
        },
    }
}

fn imposed(until: Option<Instant>, due_at: Option<Instant>) -> MeasureEvent {
    MeasureEvent::Imposed {
        measure_id: MeasureId(1),
        until,
        rectification_due_at: due_at,
        appeal_until: AT.plus(Span::from_days(7)),
    }
}

fn merchant_with(events: Vec<merchant::Event>) -> Merchant {
    let registered = merchant::Event::MerchantRegistered {
        merchant_id: merchant_id(),
        kind: MerchantKind::Direct,
        industry: Industry::General,
        name: "Example".into(),
        institution_id: None,
        service_provider_id: None,
        entity_id: EntityId::new("M1").unwrap(),
    };
    let mut state = None;
    for event in std::iter::once(registered).chain(events) {
        state = merchant::evolve(state, &stamp(0, Role::Risk, "K1"), &event);
    }
    state.unwrap()
}

fn seen(merchant: &Merchant, metrics: &Metrics) -> Value {
    merchant_view(
        &MerchantBundle {
            merchant,
            metrics,
            gate: &merchant.gate(),
            rulebook: &Rulebook::new(crate::edition::built_in().unwrap()),
        },
        &after(Span::from_hours(1)),
    )
}

#[test]
fn a_merchant_shows_standing_measures_and_capabilities() {
    let merchant = merchant_with(vec![
        merchant::Event::StandingChanged {
            change: standing_change(),
        },
        merchant::Event::Measure(proposed(
            MeasureKind::Rectification,
            Parameters::default(),
            Ending::AtCure,
        )),
        merchant::Event::Measure(MeasureEvent::Approved {
            measure_id: MeasureId(1),
            seen_position: Some(9),
        }),
        merchant::Event::Measure(imposed(None, Some(AT.plus(Span::from_days(7))))),
        merchant::Event::RulebookAccepted {
            edition: edition_name(),
            by_use: true,
        },
    ]);
    let metrics = Metrics {
        liable_rounds: 3,
        liable_users: 2,
        debits: 12_000,
        volume_reported: true,
        ..Metrics::default()
    };
    shows(
        &seen(&merchant, &metrics),
        &json!({
            "merchant_id": "M1", "kind": "direct", "entity_id": "M1", "industry": "general",
            "standing": {
                "tier": "t1", "since": "2026-03-20T14:00:00+08:00",
                "metrics": { "liable_rounds": 3, "liable_users": 2, "rounds": 0, "late_rounds": 0,
                    "repeat_rounds": 0, "closed_rounds": 0, "debits": 12_000 },
                "reasons": [{ "tier": "t1", "line": 0, "parts": { "liable_rounds": [3, 3], "liable_bps": ["3/12000", 1] } }],
                "next_tier": { "tier": "t2", "missing": { "liable_rounds": 7, "liable_users": 3 } },
            },
            "measures": [{ "measure_id": "m1", "kind": "rectification", "clause": "4.2(1)", "status": "in_force",
                "from": "2026-03-20T14:00:00+08:00", "until": "2026-03-27T14:00:00+08:00", "grounds": ["C1/d1"],
                "cure": "a rectification that is accepted", "overdue": false, "under_review": false,
                "authority": "one", "approvals": [{ "by": "K1", "seen_position": 9 }], "scope": "all",
                "appeal": { "until": "2026-03-27T14:00:00+08:00", "filed_at": null } }],
            "capabilities": { "sign": true, "template_create": true, "debit": true, "multi_account_sign": true,
                "pay_score_complete": true, "payment": true, "reminder_required": false, "settlement_days": 1,
                "limits": null },
            "rulebook": { "accepted": "2026-02-18", "declined": null }, "version": 5, "as_of_position": 17,
        }),
    );
}

#[test]
fn what_is_restricted_names_the_measure_behind_it() {
    let parameters = Parameters {
        debit_fen: Some(20_000),
        ..Parameters::default()
    };
    let merchant = merchant_with(vec![
        merchant::Event::Measure(proposed(
            MeasureKind::Limits,
            parameters,
            Ending::After(Span::from_days(30)),
        )),
        merchant::Event::Measure(imposed(Some(AT.plus(Span::from_days(30))), None)),
    ]);
    let view = seen(&merchant, &Metrics::default());
    shows(
        &view,
        &json!({
            "standing": { "tier": "none", "since": null, "reasons": { "empty": true },
                "next_tier": { "tier": "watch", "missing": { "liable_rounds": 1 } } },
            "measures": [{ "debit_fen": 20_000, "days": null, "permanent": false,
                "until": "2026-04-19T14:00:00+08:00" }],
            "capabilities": { "limits": { "debit_fen": 20_000, "day_fen": null },
                "sources": [{ "capability": "limits", "measure_id": "m1", "clause": "4.2(6)" }] },
        }),
    );
}
