//! Debits: the same order again, the plan, and the gate.

use alloc::vec;
use alloc::vec::Vec;

use uuid::Uuid;

use super::super::{AgreementKind, Event, Period};
use super::{Story, cancel, debit, first_answer, hours, ms, open_plan, order, plan, start};
use crate::circumstances::Circumstances;
use crate::gate::fixture::{gate, measure};
use crate::gate::{Action, GateMeasure, may};
use crate::identity::Trust;
use crate::instant::Span;
use crate::measure::{MeasureKind, Parameters};
use crate::refusal::Code;
use crate::rulebook::fixture::civil;

fn postpaid() -> Story {
    Story::signed(AgreementKind::Postpaid, open_plan(), start())
}

fn limiting(day_fen: Option<u64>, debits_per_day: Option<u32>) -> GateMeasure {
    GateMeasure {
        parameters: Parameters {
            day_fen,
            debits_per_day,
            ..Parameters::default()
        },
        ..measure(1, MeasureKind::Limits)
    }
}

/// The same order again is the same debit, whatever came since.
#[test]
fn an_order_is_debited_once_and_answered_as_before() {
    let mut story = postpaid();
    let act = debit(1, 2_000);
    let first = story.command(start(), start(), act.clone());
    assert_eq!(first_answer(&story.state, &first), None);
    story.must(start(), act);
    let answered = story.agreement().debits[0].command_id;
    assert_eq!(answered, Uuid::from_u128(story.commands));

    story.gate = None;
    story.must(start(), cancel());
    let before = story.state.clone();
    // Another amount, above the plan, of a merchant that is gone: still the same order.
    for amount_fen in [2_000, 9_000] {
        let again = story.command(start(), start(), debit(1, amount_fen));
        assert_eq!(first_answer(&story.state, &again), Some(answered));
        assert_eq!(story.ask(start(), debit(1, amount_fen)), Ok(Vec::new()));
    }
    assert_eq!(story.state, before);
    let other = story.command(start(), start(), debit(2, 1));
    assert_eq!(first_answer(&story.state, &other), None);
    let other = story.command(start(), start(), cancel());
    assert_eq!(first_answer(&story.state, &other), None);
}

/// rulebook 1.5: up to and including the plan's amount.
#[test]
fn a_debit_takes_at_most_what_the_plan_allows() {
    let cases = [
        (2_999, None),
        (3_000, None),
        (3_001, Some(Code::AmountAbovePlan)),
    ];
    for (amount_fen, expected) in cases {
        assert_eq!(postpaid().code(start(), debit(1, amount_fen)), expected);
    }
}

/// agreement_not_active, amount_above_plan, debits_per_period_reached, then merchant and gate.
#[test]
fn a_debit_is_answered_by_the_first_obstacle() {
    let monthly = plan(3_000, Some(Period::Month), Some(1));
    let mut story = Story::signed(AgreementKind::Postpaid, monthly, start());
    story.must(start(), debit(1, 100));
    story.gate = Some(gate([measure(1, MeasureKind::ServiceTermination)]));
    let code = |story: &mut Story, amount_fen| story.code(start(), debit(2, amount_fen));
    assert_eq!(code(&mut story, 3_001), Some(Code::AmountAbovePlan));
    assert_eq!(code(&mut story, 3_000), Some(Code::DebitsPerPeriodReached));

    let mut next = start().plus(Span::from_days(31));
    assert_eq!(story.code(next, debit(2, 1)), Some(Code::ServiceEnded));
    story.gate = None;
    assert_eq!(story.code(next, debit(2, 1)), Some(Code::MerchantUnknown));
    next = start();
    story.gate = Some(gate([measure(1, MeasureKind::ServiceTermination)]));
    story.must(next, cancel());
    assert_eq!(code(&mut story, 3_001), Some(Code::AgreementNotActive));
}

/// Nothing is debited at an instant at which the user had not signed yet (rulebook 1.5).
#[test]
fn a_debit_does_not_lie_before_the_signing() {
    let recorded_at = start().plus(hours(1));
    let cases = [
        (start().minus(ms(1)), Some(Code::AgreementNotActive)),
        (start(), None),
    ];
    for (occurred_at, expected) in cases {
        let answer = postpaid().ask_late(occurred_at, recorded_at, debit(1, 1));
        assert_eq!(answer.err().map(|refusal| refusal.code), expected);
    }
}

/// rulebook 4.2(6), policy civil-offset: one agreement, one civil day in +08:00, half-open.
#[test]
fn limits_count_by_civil_day() {
    let midnight = civil(2026, 6, 2, 0, 0);
    let refused = Some(Code::LimitExceeded);
    let cases = [
        (limiting(Some(3_000), None), 2_001, 2_000),
        (limiting(None, Some(1)), 1, 1),
    ];
    for (limits, too_much_fen, enough_fen) in cases {
        let mut story = postpaid();
        story.gate = Some(gate([limits]));
        story.must(start(), debit(1, 1_000));
        let last = midnight.minus(ms(1));
        assert_eq!(story.code(last, debit(2, too_much_fen)), refused);
        // The next day begins at midnight, with nothing debited.
        story.must(midnight, debit(2, enough_fen));
        assert_eq!(story.code(midnight.plus(ms(1)), debit(3, 3_000)), refused);
    }
}

/// A refund does not make room for another debit on the same day or in the same period.
#[test]
fn what_was_refunded_still_counts_as_debited() {
    let daily = plan(3_000, Some(Period::Week), Some(1));
    let mut story = Story::signed(AgreementKind::Postpaid, daily, start());
    story.must(start(), debit(1, 3_000));
    story.must(start(), super::refund(1, 3_000));
    assert_eq!(
        story.code(start(), debit(2, 1)),
        Some(Code::DebitsPerPeriodReached)
    );

    let mut story = postpaid();
    story.gate = Some(gate([limiting(Some(3_000), None)]));
    story.must(start(), debit(1, 3_000));
    story.must(start(), super::refund(1, 3_000));
    assert_eq!(story.code(start(), debit(2, 1)), Some(Code::LimitExceeded));
}

/// A debit recorded late counts for the period and the day in which it happened.
#[test]
fn a_late_debit_counts_when_it_happened() {
    let weekly = plan(3_000, Some(Period::Week), Some(1));
    let mut story = Story::signed(AgreementKind::Postpaid, weekly, start());
    let second_week = start().plus(Span::from_days(7));
    let recorded_at = second_week.plus(hours(1));
    story.must(recorded_at, debit(1, 100));
    // The first week is still free, and only once.
    let late = second_week.minus(ms(1));
    story
        .ask_late(late, recorded_at, debit(2, 100))
        .expect("accepted");
    assert_eq!(story.agreement().debits[1].at, late);
    let again = story.ask_late(late, recorded_at, debit(3, 100));
    assert_eq!(
        again.expect_err("refused").code,
        Code::DebitsPerPeriodReached
    );
}

/// The gate's question gets the answer that the command would get, at every instant.
#[test]
fn the_question_and_the_command_get_one_answer() {
    let weekly = plan(3_000, Some(Period::Week), Some(2));
    let mut story = Story::signed(AgreementKind::Periodic, weekly, start());
    story.must(start(), debit(1, 1_000));
    let gates = [
        gate([]),
        gate([limiting(Some(2_000), None)]),
        gate([measure(2, MeasureKind::PreDebitReminder)]),
        gate([measure(3, MeasureKind::ServiceSuspension)]),
    ];
    let instants = [start(), start().plus(hours(12)), start().plus(hours(200))];
    let mut answers = vec![];
    for gate in &gates {
        for at in instants {
            for amount_fen in [0, 1_000, 1_001, 3_000, 3_001] {
                story.gate = Some(gate.clone());
                let before = story.state.clone();
                let edition = story.rulebook.in_force(at).clone();
                let facts = story.agreement().debit_facts(amount_fen, at, &edition);
                let action = Action::Debit {
                    amount_fen,
                    agreement: Some(facts),
                };
                let asked = may(gate, &action, at).refusal;
                assert_eq!(asked, story.ask(at, debit(2, amount_fen)).err());
                story.state = before;
                answers.push(asked.map(|refusal| refusal.code));
            }
        }
    }
    for code in [
        None,
        Some(Code::AmountAbovePlan),
        Some(Code::LimitExceeded),
        Some(Code::ReminderMissing),
        Some(Code::ServiceSuspended),
    ] {
        assert!(answers.contains(&code), "{code:?}");
    }
}

/// A partner's word that comes too late counts when it is recorded (policy partner-grace).
#[test]
fn a_debit_counts_at_the_counted_instant() {
    for (delay, counts_as_given) in [(hours(25), true), (hours(25).plus(ms(1)), false)] {
        let mut story = postpaid();
        let occurred_at = start().plus(hours(1));
        let recorded_at = occurred_at.plus(delay);
        let mut command = story.command(occurred_at, recorded_at, debit(1, 1));
        command.circumstances = Circumstances {
            trust: Trust::Partner,
            ..command.circumstances
        };
        let events = super::decide(&story.state, &command).expect("accepted");
        assert_eq!(
            events,
            [Event::Debited {
                order_id: order(1),
                amount_fen: 1,
                reminder: None,
            }]
        );
        let after = super::evolve(story.state, &command.circumstances.stamp(), &events[0]);
        let expected = if counts_as_given {
            occurred_at
        } else {
            recorded_at
        };
        assert_eq!(after.expect("an agreement").debits[0].at, expected);
    }
}
