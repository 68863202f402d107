//! Given measures in force and what an agreement says, which reason is named first.

use alloc::vec;
use alloc::vec::Vec;

use super::super::fixture::{gate, measure};
use super::super::{Action, Answer, DebitFacts, GateMeasure, may};
use super::{NOW, code, debit, declining, facts, limiting, named, sign, template};
use crate::identity::AgreementId;
use crate::measure::MeasureKind;
use crate::refusal::Code;

fn sign_again(id: &str) -> Action {
    Action::Sign {
        template_id: Some(template(id)),
        live_agreement: Some(AgreementId::new("A0").expect("an id")),
    }
}

/// Removes one obstacle after the other, and expects the next to answer each time.
fn peel(mut measures: Vec<GateMeasure>, action: &Action, order: &[(Code, &'static str)]) {
    for (code, clause) in order {
        let answer = may(&gate(measures.clone()), action, NOW);
        assert!(!answer.allow());
        let refusal = answer.refusal.expect("a refusal");
        assert_eq!((refusal.code, refusal.clause), (*code, Some(*clause)));
        let top = measures.pop().expect("one measure for each refusal");
        assert_eq!(refusal.measure_id, Some(top.measure_id));
        assert_eq!(refusal.cure, Some(top.cure));
    }
    assert!(measures.is_empty());
}

/// A sign-up: service_ended, service_suspended, payment_closed, signing_suspended, agreement_live.
#[test]
fn a_sign_up_is_answered_by_the_first_obstacle() {
    let measures = vec![
        measure(4, MeasureKind::TemplateSigning),
        measure(3, MeasureKind::PaymentPermission),
        measure(2, MeasureKind::ServiceSuspension),
        measure(1, MeasureKind::ServiceTermination),
    ];
    peel(
        measures,
        &sign_again("T1"),
        &[
            (Code::ServiceEnded, "4.2(8)"),
            (Code::ServiceSuspended, "4.2(8)"),
            (Code::PaymentClosed, "4.2(9)"),
            (Code::SigningSuspended, "4.2(4)"),
        ],
    );
    assert_eq!(
        code(&gate([]), &sign_again("T1")),
        Some(Code::AgreementLive)
    );
}

/// rulebook 5: who declined the rulebook has ended the service, whatever else is in force.
#[test]
fn declining_the_rulebook_ends_the_service() {
    let merchant = declining(vec![measure(1, MeasureKind::ServiceSuspension)]);
    for action in [sign("T1"), debit(1, &facts()), Action::PayScoreComplete] {
        let refusal = may(&merchant, &action, NOW).refusal.expect("a refusal");
        assert_eq!(refusal.code, Code::ServiceEnded);
        assert_eq!(refusal.clause, Some("5"));
        assert_eq!(refusal.measure_id, None);
        assert_eq!(
            refusal.cure.as_deref(),
            Some("the merchant accepts the rulebook")
        );
    }
}

/// A debit: the agreement's own guards, then service_ended, service_suspended, payment_closed,
/// debit_suspended, limit_exceeded, reminder_missing.
#[test]
fn a_debit_is_answered_by_the_first_obstacle() {
    let measures = vec![
        measure(6, MeasureKind::PreDebitReminder),
        limiting(5, Some(2_000), None, None),
        measure(4, MeasureKind::DebitCapability),
        measure(3, MeasureKind::PaymentPermission),
        measure(2, MeasureKind::ServiceSuspension),
        measure(1, MeasureKind::ServiceTermination),
    ];
    let exhausted = DebitFacts {
        active: false,
        debits_in_period: 2,
        ..facts()
    };
    let merchant = gate(measures.clone());
    assert_eq!(
        code(&merchant, &debit(3_001, &exhausted)),
        Some(Code::AgreementNotActive)
    );
    let active = DebitFacts {
        active: true,
        ..exhausted
    };
    assert_eq!(
        code(&merchant, &debit(3_001, &active)),
        Some(Code::AmountAbovePlan)
    );
    assert_eq!(
        code(&merchant, &debit(3_000, &active)),
        Some(Code::DebitsPerPeriodReached)
    );
    peel(
        measures,
        &debit(3_000, &facts()),
        &[
            (Code::ServiceEnded, "4.2(8)"),
            (Code::ServiceSuspended, "4.2(8)"),
            (Code::PaymentClosed, "4.2(9)"),
            (Code::DebitSuspended, "4.2(5)"),
            (Code::LimitExceeded, "4.2(6)"),
            (Code::ReminderMissing, "4.2(3)"),
        ],
    );
}

/// rulebook 4.2(5), 4.2(8), 4.2(9): the other actions ask for their own capability.
#[test]
fn other_actions_ask_for_their_own_capability() {
    let actions = [
        (Action::PayScoreComplete, "pay_score_complete"),
        (Action::MultiAccountSign, "multi_account_sign"),
        (Action::TemplateCreate, "template_create"),
    ];
    for (action, own) in &actions {
        for (_, name) in &actions {
            let taken = named(measure(1, MeasureKind::DebitCapability), &[name]);
            let expected = (own == name).then_some(Code::DebitSuspended);
            assert_eq!(code(&gate([taken]), action), expected, "{own} {name}");
            let closed = named(measure(1, MeasureKind::PaymentPermission), &[name]);
            let expected = (own == name).then_some(Code::PaymentClosed);
            assert_eq!(code(&gate([closed]), action), expected, "{own} {name}");
        }
    }
    // A sign-up is for payments to come; a template alone moves no money.
    let closed = gate([measure(1, MeasureKind::PaymentPermission)]);
    let answers = actions.map(|(action, _)| code(&closed, &action));
    assert_eq!(
        answers,
        [Some(Code::PaymentClosed), Some(Code::PaymentClosed), None]
    );
}

/// rulebook 4.2(6): up to and including each limit.
#[test]
fn limits_allow_what_they_name_and_no_more() {
    let day = DebitFacts {
        debits_on_day: 1,
        debited_on_day_fen: 1_500,
        ..facts()
    };
    let one_debit = gate([limiting(1, Some(1_000), None, None)]);
    let one_day = gate([limiting(1, None, Some(2_500), None)]);
    let cases = [
        (999, None),
        (1_000, None),
        (1_001, Some(Code::LimitExceeded)),
    ];
    for (amount_fen, expected) in cases {
        assert_eq!(code(&one_debit, &debit(amount_fen, &day)), expected);
        assert_eq!(code(&one_day, &debit(amount_fen, &day)), expected);
    }
    for (most, expected) in [(2, None), (1, Some(Code::LimitExceeded))] {
        let merchant = gate([limiting(1, None, None, Some(most))]);
        assert_eq!(code(&merchant, &debit(1, &day)), expected);
    }
}

/// Without an agreement only what concerns the merchant is asked.
#[test]
fn a_debit_of_no_agreement_is_judged_by_the_merchant_alone() {
    let unnamed = |amount_fen| Action::Debit {
        amount_fen,
        agreement: None,
    };
    let merchant = gate([
        limiting(1, Some(1_000), Some(0), Some(0)),
        measure(2, MeasureKind::PreDebitReminder),
    ]);
    let answer = may(&merchant, &unnamed(1_000), NOW);
    assert!(answer.allow() && answer.reminder_required);
    assert_eq!(code(&merchant, &unnamed(1_001)), Some(Code::LimitExceeded));
}

/// rulebook 4.2(3), policy reminder: asked by the measure, by the policy, or by both.
#[test]
fn a_reminder_is_asked_for_by_a_measure_or_by_the_policy() {
    let by_measure = gate([measure(7, MeasureKind::PreDebitReminder)]);
    let late = DebitFacts {
        reminder_required: true,
        ..facts()
    };
    let clause = |answer: &Answer| answer.refusal.as_ref().and_then(|refusal| refusal.clause);
    let cases = [
        (gate([]), facts(), false, None),
        (gate([]), late.clone(), true, Some("policy reminder")),
        (by_measure.clone(), facts(), true, Some("4.2(3)")),
        (by_measure.clone(), late.clone(), true, Some("4.2(3)")),
    ];
    for (merchant, facts, required, expected) in cases {
        let answer = may(&merchant, &debit(1, &facts), NOW);
        assert_eq!(answer.reminder_required, required);
        assert_eq!(clause(&answer), expected);
    }
    let reminded = DebitFacts {
        reminder: Some(0),
        ..late
    };
    assert!(may(&by_measure, &debit(1, &reminded), NOW).allow());
    // A sign-up only says that debits will need one.
    let answer = may(&by_measure, &sign("T1"), NOW);
    assert!(answer.allow() && answer.reminder_required);
}
