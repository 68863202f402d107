//! Given measures in force, what may a merchant do.

use alloc::vec;
use alloc::vec::Vec;

use super::super::fixture::{gate, measure, merchant};
use super::super::{
    Action, Capabilities, Capability, GateMeasure, Limits, capabilities, may, reaches,
};
use super::{
    NOW, code, cycle, debit, declining, facts, limiting, named, on_template, sign, template,
};
use crate::instant::{Instant, Span};
use crate::measure::{MeasureId, MeasureKind, Scope, ScopeLevel};
use crate::refusal::Code;

/// sign, template_create, debit, multi_account_sign, pay_score_complete, payment.
const fn doors(capabilities: &Capabilities) -> [bool; 6] {
    [
        capabilities.sign,
        capabilities.template_create,
        capabilities.debit,
        capabilities.multi_account_sign,
        capabilities.pay_score_complete,
        capabilities.payment,
    ]
}

fn doors_under(measures: Vec<GateMeasure>) -> [bool; 6] {
    doors(&capabilities(&gate(measures), NOW))
}

#[test]
fn without_measures_everything_is_open() {
    let merchant = gate([]);
    assert_eq!(
        capabilities(&merchant, NOW),
        Capabilities {
            sign: true,
            template_create: true,
            debit: true,
            multi_account_sign: true,
            pay_score_complete: true,
            payment: true,
            limits: None,
            reminder_required: false,
            settlement_days: 1,
            sources: Vec::new(),
        }
    );
    for action in [
        sign("T1"),
        debit(3_000, &facts()),
        Action::PayScoreComplete,
        Action::MultiAccountSign,
        Action::TemplateCreate,
    ] {
        let answer = may(&merchant, &action, NOW);
        assert!(answer.allow() && !answer.reminder_required, "{action:?}");
    }
}

/// rulebook 4.2(8), 5: the end or the suspension of the service closes all but payments.
#[test]
fn a_service_that_ended_or_is_suspended_closes_all_but_payments() {
    let closed = [false, false, false, false, false, true];
    for kind in [
        MeasureKind::ServiceTermination,
        MeasureKind::ServiceSuspension,
    ] {
        assert_eq!(doors_under(vec![measure(1, kind)]), closed, "{kind:?}");
    }
    let declined = capabilities(&declining(vec![]), NOW);
    assert_eq!(doors(&declined), closed);
    assert!(declined.sources.iter().all(|source| {
        source.clause == "5"
            && source.measure_id.is_none()
            && source.cure == "the merchant accepts the rulebook"
    }));
    assert_eq!(declined.sources.len(), 5);
}

/// rulebook 4.2(9): all permissions close debits, pay-score and payments; a named one itself.
#[test]
fn payment_permissions_close_all_or_what_they_name() {
    let closed = |names: &[&str]| {
        doors_under(vec![named(
            measure(1, MeasureKind::PaymentPermission),
            names,
        )])
    };
    assert_eq!(closed(&[]), [true, true, false, true, false, false]);
    assert_eq!(closed(&["payment"]), closed(&[]));
    assert_eq!(
        closed(&["pay_score_complete"]),
        [true, true, true, true, false, true]
    );
    assert_eq!(closed(&["debit"]), [true, true, false, true, true, true]);
    assert_eq!(closed(&["jsapi"]), [true; 6]);
}

/// rulebook 4.2(5): named sub-capabilities, or every debit sub-capability.
#[test]
fn debit_capabilities_close_all_or_what_they_name() {
    let closed =
        |names: &[&str]| doors_under(vec![named(measure(1, MeasureKind::DebitCapability), names)]);
    assert_eq!(closed(&[]), [true, false, false, false, false, true]);
    assert_eq!(
        closed(&["template_create", "multi_account_sign"]),
        [true, false, true, false, true, true]
    );
    assert_eq!(closed(&["debit"]), [true, true, false, true, true, true]);
    assert_eq!(closed(&["sign"]), [false, true, true, true, true, true]);
}

/// rulebook 4.2(4): signing is lost only when every template is closed.
#[test]
fn signing_is_lost_only_when_every_template_is_closed() {
    let one = on_template(measure(1, MeasureKind::TemplateSigning), "T1");
    let again = on_template(measure(2, MeasureKind::TemplateSigning), "T1");
    let merchant = gate([one.clone(), again]);
    let found = capabilities(&merchant, NOW);
    assert!(found.sign);
    assert_eq!(found.sources.len(), 1);
    assert_eq!(found.sources[0].template_id, Some(template("T1")));
    assert_eq!(found.sources[0].measure_id, Some(MeasureId(1)));
    assert_eq!(code(&merchant, &sign("T1")), Some(Code::SigningSuspended));
    assert_eq!(code(&merchant, &sign("T2")), None);
    let any = Action::Sign {
        template_id: None,
        live_agreement: None,
    };
    assert_eq!(code(&merchant, &any), None);

    let all = gate([one, measure(3, MeasureKind::TemplateSigning)]);
    let found = capabilities(&all, NOW);
    assert!(!found.sign);
    assert_eq!(found.sources.len(), 1);
    assert_eq!(found.sources[0].measure_id, Some(MeasureId(3)));
    assert_eq!(code(&all, &sign("T2")), Some(Code::SigningSuspended));
    assert_eq!(code(&all, &any), Some(Code::SigningSuspended));
}

/// A measure's end does not belong to it.
#[test]
fn a_measure_has_lapsed_at_its_end() {
    let ending = |until: Instant| {
        gate([GateMeasure {
            until: Some(until),
            ..measure(1, MeasureKind::ServiceSuspension)
        }])
    };
    let cases = [
        (NOW.minus(Span::from_ms(1)), None),
        (NOW, None),
        (NOW.just_after(), Some(Code::ServiceSuspended)),
    ];
    for (until, expected) in cases {
        assert_eq!(code(&ending(until), &sign("T1")), expected);
        assert_eq!(capabilities(&ending(until), NOW).debit, expected.is_none());
    }
}

/// rulebook 4.2(5), 4.2(9): what reaches the other merchant numbers of the entity.
#[test]
fn only_what_the_clause_says_reaches_the_entity() {
    let plain = Scope::default();
    let level = |level| Scope {
        level: Some(level),
        ..Scope::default()
    };
    for kind in MeasureKind::ALL {
        assert!(reaches(*kind, &plain, true), "{kind:?}");
        let expected = *kind == MeasureKind::DebitCapability;
        assert_eq!(reaches(*kind, &plain, false), expected, "{kind:?}");
    }
    let payment = MeasureKind::PaymentPermission;
    assert!(reaches(payment, &level(ScopeLevel::Entity), false));
    assert!(!reaches(payment, &level(ScopeLevel::Merchant), false));
    assert!(reaches(payment, &level(ScopeLevel::Merchant), true));
    let debit = MeasureKind::DebitCapability;
    assert!(reaches(debit, &level(ScopeLevel::Entity), false));
    assert!(!reaches(debit, &level(ScopeLevel::Merchant), false));
    let suspension = MeasureKind::ServiceSuspension;
    assert!(!reaches(suspension, &level(ScopeLevel::Entity), false));

    // The gate passes over another merchant's measure that does not reach.
    let of_another = |kind| GateMeasure {
        merchant_id: merchant("M2"),
        ..measure(1, kind)
    };
    assert_eq!(
        doors_under(vec![of_another(MeasureKind::ServiceTermination)]),
        [true; 6]
    );
    let found = capabilities(&gate([of_another(MeasureKind::DebitCapability)]), NOW);
    assert!(!found.debit);
    assert_eq!(found.sources[0].merchant_id, merchant("M2"));
}

/// rulebook 4.2(6): each limit for itself, the strictest of all in force.
#[test]
fn the_strictest_of_each_limit_counts() {
    let merchant = gate([
        limiting(1, Some(5_000), None, Some(1)),
        limiting(2, Some(2_000), Some(8_000), Some(3)),
        limiting(3, Some(2_000), None, None),
    ]);
    let found = capabilities(&merchant, NOW);
    assert_eq!(
        found.limits,
        Some(Limits {
            debit_fen: Some(2_000),
            day_fen: Some(8_000),
            debits_per_day: Some(1),
        })
    );
    let behind: Vec<Option<MeasureId>> = found
        .sources
        .iter()
        .filter(|source| source.capability == Capability::Limits)
        .map(|source| source.measure_id)
        .collect();
    assert_eq!(behind, [Some(MeasureId(2)), Some(MeasureId(1))]);
    assert_eq!(
        capabilities(&gate([limiting(1, None, None, None)]), NOW).limits,
        None
    );
}

/// rulebook 4.2(3), 4.2(7): the reminder and the longest settlement cycle, each with its source.
#[test]
fn the_longest_settlement_cycle_counts_and_a_reminder_is_asked_for() {
    let found = capabilities(
        &gate([
            cycle(1, 7),
            measure(2, MeasureKind::PreDebitReminder),
            cycle(3, 14),
            cycle(4, 14),
            cycle(5, 0),
        ]),
        NOW,
    );
    assert_eq!(found.settlement_days, 14);
    assert!(found.reminder_required);
    let behind: Vec<(Capability, Option<MeasureId>, &str)> = found
        .sources
        .iter()
        .map(|source| (source.capability, source.measure_id, source.clause))
        .collect();
    assert_eq!(
        behind,
        [
            (Capability::ReminderRequired, Some(MeasureId(2)), "4.2(3)"),
            (Capability::SettlementDays, Some(MeasureId(3)), "4.2(7)"),
        ]
    );
    // A cycle of an ordinary day is no restriction and stands behind nothing.
    for days in [0, 1] {
        let found = capabilities(&gate([cycle(1, days)]), NOW);
        assert_eq!((found.settlement_days, found.sources.len()), (1, 0));
    }
}

/// Measures that the gate has no say in change nothing.
#[test]
fn other_measures_close_nothing() {
    for kind in [
        MeasureKind::Rectification,
        MeasureKind::SettlementRefund,
        MeasureKind::EndServiceOrders,
        MeasureKind::RiskWarning,
        MeasureKind::Other,
    ] {
        let merchant = gate([measure(1, kind)]);
        assert_eq!(capabilities(&merchant, NOW), capabilities(&gate([]), NOW));
    }
}
