//! Periods run from the signing instant in civil time (rulebook 1.5, policy civil-offset).

use proptest::prelude::*;

use super::super::periods::period_around;
use super::super::{AgreementKind, Period};
use super::{Story, debit, ms, plan};
use crate::instant::{CivilOffset, Instant, Span};
use crate::refusal::Code;
use crate::rulebook::fixture::civil;

const OFFSET: CivilOffset = CivilOffset::from_seconds(8 * 3600);

/// Each instant is the first of its period, and a millisecond earlier the period before lasts.
fn begins(signed_at: Instant, period: Period, starts: &[Instant]) {
    let mut from = signed_at;
    for start in starts {
        let before = period_around(start.minus(ms(1)), signed_at, period, OFFSET);
        assert_eq!((before.from, before.until), (from, *start));
        for at in [*start, start.plus(ms(1))] {
            assert_eq!(period_around(at, signed_at, period, OFFSET).from, *start);
        }
        from = *start;
    }
}

/// The day is clamped to the month's end and counted from the signing day, not dragged along.
#[test]
fn months_are_counted_from_the_signing_day() {
    begins(
        civil(2026, 1, 31, 10, 0),
        Period::Month,
        &[
            civil(2026, 2, 28, 10, 0),
            civil(2026, 3, 31, 10, 0),
            civil(2026, 4, 30, 10, 0),
            civil(2026, 5, 31, 10, 0),
        ],
    );
    begins(
        civil(2027, 12, 30, 0, 0),
        Period::Month,
        &[
            civil(2028, 1, 30, 0, 0),
            civil(2028, 2, 29, 0, 0),
            civil(2028, 3, 30, 0, 0),
        ],
    );
}

/// The civil day counts: 00:30 on the 31st in +08:00 is still the 30th in UTC.
#[test]
fn months_are_civil_months() {
    begins(
        civil(2026, 3, 31, 0, 30),
        Period::Month,
        &[civil(2026, 4, 30, 0, 30), civil(2026, 5, 31, 0, 30)],
    );
}

#[test]
fn years_are_counted_from_the_signing_day() {
    begins(
        civil(2028, 2, 29, 9, 0),
        Period::Year,
        &[
            civil(2029, 2, 28, 9, 0),
            civil(2030, 2, 28, 9, 0),
            civil(2031, 2, 28, 9, 0),
            civil(2032, 2, 29, 9, 0),
        ],
    );
}

#[test]
fn weeks_have_seven_days() {
    let signed_at = civil(2026, 6, 1, 10, 0);
    let weeks: alloc::vec::Vec<Instant> = (1..60)
        .map(|week| signed_at.plus(Span::from_days(7 * week)))
        .collect();
    begins(signed_at, Period::Week, &weeks);
}

#[test]
fn before_the_signing_there_is_one_stretch() {
    let signed_at = civil(2026, 6, 1, 10, 0);
    for period in Period::ALL {
        let before = period_around(signed_at.minus(ms(1)), signed_at, *period, OFFSET);
        assert_eq!(before.until, signed_at);
        assert!(before.contains(Instant::from_unix_ms(i64::MIN)));
        assert_eq!(
            period_around(signed_at, signed_at, *period, OFFSET).from,
            signed_at
        );
    }
}

/// So many debits in each period, and as many again from the first instant of the next.
#[test]
fn a_debit_counts_for_its_period_alone() {
    let signed_at = civil(2026, 1, 31, 10, 0);
    let next = civil(2026, 2, 28, 10, 0);
    let monthly = plan(3_000, Some(Period::Month), Some(2));
    let mut story = Story::signed(AgreementKind::Postpaid, monthly, signed_at);
    let reached = Some(Code::DebitsPerPeriodReached);
    let last = next.minus(ms(1));
    story.must(signed_at, debit(1, 1));
    story.must(next, debit(2, 1));
    // Recorded after the next period began, and still the second debit of the first.
    story.ask_late(last, next, debit(3, 1)).expect("accepted");
    assert_eq!(story.code(last, debit(4, 1)), reached);
    story.must(next.plus(ms(1)), debit(4, 1));
    assert_eq!(story.code(next.plus(ms(1)), debit(5, 1)), reached);
}

/// Without a period or without a number nothing is counted.
#[test]
fn a_plan_without_period_or_number_counts_nothing() {
    let signed_at = civil(2026, 1, 31, 10, 0);
    for plan in [plan(1, None, Some(0)), plan(1, Some(Period::Week), None)] {
        let mut story = Story::signed(AgreementKind::Postpaid, plan, signed_at);
        for number in 1..5 {
            story.must(signed_at, debit(number, 1));
        }
    }
    let never = plan(1, Some(Period::Week), Some(0));
    let mut story = Story::signed(AgreementKind::Postpaid, never, signed_at);
    assert_eq!(
        story.code(signed_at, debit(1, 1)),
        Some(Code::DebitsPerPeriodReached)
    );
}

proptest! {
    /// Whatever the instants, a period holds the instant it is around, and every instant of it has
    /// the same period: periods neither overlap nor leave gaps.
    #[test]
    fn periods_cover_time_without_overlap(
        signed_ms in 1_000_000_000_000_i64..2_000_000_000_000,
        later_ms in -10_000_000_000_i64..4_000_000_000_000,
        which in 0_usize..3,
    ) {
        let signed_at = Instant::from_unix_ms(signed_ms);
        let at = signed_at.plus(ms(later_ms));
        let period = Period::ALL[which];
        let stretch = period_around(at, signed_at, period, OFFSET);
        prop_assert!(stretch.contains(at));
        let last = stretch.until.minus(ms(1));
        prop_assert_eq!(period_around(last, signed_at, period, OFFSET), stretch);
        let next = period_around(stretch.until, signed_at, period, OFFSET);
        prop_assert_eq!(next.from, stretch.until);
    }

    /// Instants far outside the calendar are answered too.
    #[test]
    fn instants_outside_the_calendar_have_a_period(
        signed_ms in i64::MIN / 4..i64::MAX / 4,
        at_ms in i64::MIN / 4..i64::MAX / 4,
        which in 0_usize..3,
    ) {
        let at = Instant::from_unix_ms(at_ms);
        let signed_at = Instant::from_unix_ms(signed_ms);
        prop_assert!(period_around(at, signed_at, Period::ALL[which], OFFSET).contains(at));
    }
}

#[test]
fn no_instant_is_too_far() {
    let ends = [i64::MIN, 0, i64::MAX].map(Instant::from_unix_ms);
    for signed_at in ends {
        for at in ends {
            for period in Period::ALL {
                let _ = period_around(at, signed_at, *period, OFFSET);
            }
        }
    }
}
