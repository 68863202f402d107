//! policy reminder, rulebook 4.2(3): which debits need one, and which one serves.

use super::super::{Act, AgreementKind, Event};
use super::{Story, debit, hours, ms, open_plan, remind, signing, start};
use crate::gate::fixture::{gate, measure};
use crate::instant::{Instant, Span};
use crate::measure::MeasureKind;
use crate::refusal::Code;

const MISSING: Option<Code> = Some(Code::ReminderMissing);

fn signed(kind: AgreementKind) -> Story {
    Story::signed(kind, open_plan(), start())
}

/// A periodic agreement whose debits need reminders by now.
fn periodic() -> Story {
    signed(AgreementKind::Periodic)
}

fn used(event: &Event) -> Option<u32> {
    match event {
        Event::Debited { reminder, .. } => *reminder,
        other => panic!("not a debit: {other:?}"),
    }
}

/// policy reminder: only periodic debits, and only later than 12 h after signing.
#[test]
fn a_periodic_debit_needs_a_reminder_from_12_hours_on() {
    let due_at = start().plus(hours(12));
    let cases = [
        (due_at.minus(ms(1)), None),
        (due_at, None),
        (due_at.plus(ms(1)), MISSING),
    ];
    for kind in AgreementKind::ALL {
        for (at, expected) in cases {
            let expected = expected.filter(|_| *kind == AgreementKind::Periodic);
            assert_eq!(signed(*kind).code(at, debit(1, 1)), expected, "{kind:?}");
        }
    }
}

/// rulebook 4.2(3): as a measure, for every kind and from the first debit.
#[test]
fn a_measure_asks_for_a_reminder_for_every_kind_from_the_first_debit() {
    for kind in AgreementKind::ALL {
        let mut story = signed(*kind);
        story.gate = Some(gate([measure(1, MeasureKind::PreDebitReminder)]));
        let refusal = story.ask(start(), debit(1, 1)).expect_err("refused");
        assert_eq!(refusal.code, Code::ReminderMissing);
        assert_eq!(refusal.clause, Some("4.2(3)"));
        let at = start().plus(hours(24));
        story.must(start(), remind(at, 1));
        assert_eq!(used(&story.must(at, debit(1, 1))), Some(0));
    }
}

/// policy reminder: recorded at least 24 h before the debit.
#[test]
fn a_reminder_is_recorded_a_day_before_the_debit() {
    let at = start().plus(hours(72));
    let latest = at.minus(hours(24));
    let cases = [
        (latest.minus(ms(1)), None),
        (latest, None),
        (latest.plus(ms(1)), MISSING),
    ];
    for (recorded_at, expected) in cases {
        let mut story = periodic();
        story.must(recorded_at, remind(at, 1));
        assert_eq!(story.code(at, debit(1, 1)), expected);
    }
}

/// When the user was told, the log says: an earlier instant that somebody claims does not count.
#[test]
fn a_reminder_counts_from_when_it_was_recorded() {
    let at = start().plus(hours(72));
    let mut story = periodic();
    let recorded_at = at.minus(hours(1));
    story
        .ask_late(at.minus(hours(30)), recorded_at, remind(at, 1))
        .expect("accepted");
    assert_eq!(story.code(at, debit(1, 1)), MISSING);
}

/// policy reminder: the instant named is not after the debit, and at most 7 days before it.
#[test]
fn a_reminder_serves_from_the_instant_it_names_for_seven_days() {
    let named = start().plus(hours(48));
    let last = named.plus(Span::from_days(7));
    let cases = [
        (named.minus(ms(1)), MISSING),
        (named, None),
        (named.plus(ms(1)), None),
        (last.minus(ms(1)), None),
        (last, None),
        (last.plus(ms(1)), MISSING),
    ];
    for (at, expected) in cases {
        let mut story = periodic();
        story.must(start(), remind(named, 1));
        assert_eq!(story.code(at, debit(1, 1)), expected);
    }
}

/// policy reminder: for at least the debit's amount.
#[test]
fn a_reminder_serves_a_debit_of_at_most_its_amount() {
    let at = start().plus(hours(48));
    for (amount_fen, expected) in [(999, None), (1_000, None), (1_001, MISSING)] {
        let mut story = periodic();
        story.must(start(), remind(at, 1_000));
        assert_eq!(story.code(at, debit(1, amount_fen)), expected);
    }
}

/// policy reminder: one reminder, one debit.
#[test]
fn a_reminder_serves_one_debit() {
    let at = start().plus(hours(48));
    let mut story = periodic();
    story.must(start(), remind(at, 1_000));
    assert_eq!(used(&story.must(at, debit(1, 500))), Some(0));
    assert!(story.agreement().reminders[0].used);
    assert_eq!(story.code(at, debit(2, 500)), MISSING);
    // The first order again is no second debit.
    assert_eq!(story.ask(at, debit(1, 500)), Ok(alloc::vec![]));
}

/// A debit that needs no reminder leaves it for one that does.
#[test]
fn a_debit_without_need_leaves_the_reminder() {
    let mut story = signed(AgreementKind::Postpaid);
    let at = start().plus(hours(48));
    story.must(start(), remind(at, 1_000));
    assert_eq!(used(&story.must(at, debit(1, 1_000))), None);
    story.gate = Some(gate([measure(1, MeasureKind::PreDebitReminder)]));
    assert_eq!(used(&story.must(at, debit(2, 1_000))), Some(0));
}

/// Of several that serve, the one that ends first is used up, then the smallest.
#[test]
fn the_reminder_that_ends_first_is_used_first() {
    let at = start().plus(hours(96));
    let earlier = at.minus(hours(1));
    let mut story = periodic();
    for (debit_at, amount_fen) in [(at, 3_000), (at, 500), (earlier, 3_000), (earlier, 100)] {
        story.must(start(), remind(debit_at, amount_fen));
    }
    let mut next = 0;
    let mut uses = |story: &mut Story, amount_fen| {
        next += 1;
        used(&story.must(at, debit(next, amount_fen)))
    };
    assert_eq!(uses(&mut story, 200), Some(2));
    assert_eq!(uses(&mut story, 100), Some(3));
    assert_eq!(uses(&mut story, 100), Some(1));
    assert_eq!(uses(&mut story, 100), Some(0));
    assert_eq!(story.code(at, debit(9, 1)), MISSING);
}

/// The edition in force at the debit says how long before it a reminder must be recorded.
#[test]
fn the_edition_at_the_debit_says_what_a_reminder_is() {
    let change_at = start().plus(hours(100));
    let mut strict = crate::rulebook::fixture::default_edition();
    strict.name = crate::identity::EditionName::new("strict").expect("a name");
    strict.effective_at = change_at;
    strict.agreement.reminder_before_debit = hours(48);
    let answer = |at: Instant| {
        let mut story = Story::new();
        let both = crate::rulebook::Rulebook::clone(&story.rulebook).with(strict.clone());
        story.rulebook = alloc::sync::Arc::new(both);
        story.must(start(), signing(AgreementKind::Periodic, open_plan()));
        let reminder: Act = remind(at, 1);
        story.must(at.minus(hours(30)), reminder);
        story.code(at, debit(1, 1))
    };
    assert_eq!(answer(change_at.minus(ms(1))), None);
    assert_eq!(answer(change_at), MISSING);
}
