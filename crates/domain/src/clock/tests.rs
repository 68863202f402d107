//! The one comparison, the due instant with its pauses, and readings of a clock.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::rulebook::fixture::{civil, default_edition};

fn start() -> Instant {
    civil(2026, 3, 20, 14, 0)
}

fn h(hours: i64) -> Instant {
    start().plus(Span::from_hours(hours))
}

const fn ms(milliseconds: i64) -> Span {
    Span::from_ms(milliseconds)
}

fn paused(from: Instant, until: Option<Instant>) -> Pause {
    Pause {
        reason: PauseReason::PlatformOutage,
        from,
        until,
    }
}

fn three_days() -> Clock {
    Clock::starting(ClockKind::Resolution, h(0), Span::from_hours(72), 75)
}

/// The due instant of 72 h, moved by pauses given in hours after the start.
fn due(pauses: &[(i64, i64)]) -> Instant {
    let pauses: Vec<Pause> = pauses
        .iter()
        .map(|(from, until)| paused(h(*from), Some(h(*until))))
        .collect();
    due_at(h(0), Span::from_hours(72), &pauses, h(1_000))
}

#[test]
fn exactly_at_the_due_instant_is_in_time_and_a_millisecond_later_is_late() {
    // policy deadline-inclusive
    assert!(in_time(h(72).minus(ms(1)), h(72)));
    assert!(in_time(h(72), h(72)));
    assert!(!in_time(h(72).plus(ms(1)), h(72)));
}

#[test]
fn pauses_move_the_due_instant_by_the_time_that_they_cover_once() {
    // policy pause
    assert_eq!(due(&[]), h(72));
    assert_eq!(due(&[(10, 16)]), h(78));
    assert_eq!(due(&[(10, 16), (14, 18)]), h(80));
    assert_eq!(due(&[(14, 18), (10, 16)]), h(80));
    assert_eq!(due(&[(10, 16), (10, 16)]), h(78));
    assert_eq!(due(&[(10, 20), (12, 14)]), h(82));
    assert_eq!(due(&[(10, 10)]), h(72));
    assert_eq!(due(&[(16, 10)]), h(72));
}

#[test]
fn only_paused_time_between_start_and_due_counts() {
    // policy pause
    assert_eq!(due(&[(-10, -5)]), h(72));
    assert_eq!(due(&[(-10, 5)]), h(77));
    assert_eq!(due(&[(71, 75)]), h(76));
    assert_eq!(due(&[(73, 75)]), h(72));
}

#[test]
fn a_pause_may_bring_the_next_one_into_reach() {
    // policy pause
    assert_eq!(due(&[(70, 80), (81, 85)]), h(86));
    assert_eq!(due(&[(70, 80), (83, 85)]), h(82));
}

#[test]
fn a_pause_that_begins_with_the_due_instant_still_moves_it() {
    // policy pause: one that begins after it changes nothing.
    assert_eq!(due(&[(72, 75)]), h(75));
    let just_after = paused(h(72).plus(ms(1)), Some(h(75)));
    assert_eq!(
        due_at(h(0), Span::from_hours(72), &[just_after], h(99)),
        h(72)
    );
}

#[test]
fn a_pause_without_an_end_lasts_until_the_instant_of_reading() {
    // policy pause
    let open = [paused(h(10), None)];
    assert_eq!(due_at(h(0), Span::from_hours(72), &open, h(9)), h(72));
    assert_eq!(due_at(h(0), Span::from_hours(72), &open, h(20)), h(82));
    let reading = three_days().read(&open, h(500));
    assert_eq!(
        (reading.phase, reading.status, reading.breached),
        (Phase::Paused, ClockStatus::Paused, false)
    );
}

#[test]
fn the_end_of_a_pause_is_not_part_of_it() {
    // policy pause
    let pauses = [paused(h(10), Some(h(16)))];
    assert!(!paused_at(&pauses, h(10).minus(ms(1))));
    assert!(paused_at(&pauses, h(10)));
    assert!(paused_at(&pauses, h(16).minus(ms(1))));
    assert!(!paused_at(&pauses, h(16)));
}

#[test]
fn a_running_clock_is_on_track_then_at_risk_then_breached() {
    // policy at-risk, rulebook 4.1(1)
    let clock = three_days();
    for (at, status, overdue_ms) in [
        (h(0), ClockStatus::OnTrack, 0),
        (h(54).minus(ms(1)), ClockStatus::OnTrack, 0),
        (h(54), ClockStatus::AtRisk, 0),
        (h(72), ClockStatus::AtRisk, 0),
        (h(72).plus(ms(1)), ClockStatus::Breached, 1),
        (h(81), ClockStatus::Breached, 9 * 3_600_000),
    ] {
        let reading = clock.read(&[], at);
        assert_eq!((reading.status, reading.overdue_ms), (status, overdue_ms));
        assert_eq!(reading.phase, Phase::Running);
    }
}

#[test]
fn the_at_risk_share_is_reached_and_not_rounded_down() {
    // policy at-risk
    let clock = Clock::starting(ClockKind::Resolution, h(0), ms(10), 75);
    assert_eq!(clock.near_at(&[], h(0)), h(0).plus(ms(8)));
}

#[test]
fn what_was_done_late_is_met_and_breached() {
    // rulebook 4.1(1)
    let mut clock = three_days();
    clock.meet(h(75));
    let reading = clock.read(&[], h(500));
    assert_eq!(
        (reading.phase, reading.status, reading.breached),
        (Phase::Met, ClockStatus::MetLate, true)
    );
    assert_eq!(reading.overdue_ms, 3 * 3_600_000);
    // Read as of before the act, it was running.
    assert_eq!(clock.read(&[], h(74)).status, ClockStatus::Breached);
}

#[test]
fn the_first_act_meets_a_clock_in_whatever_order_acts_are_recorded() {
    // guide first-reply
    let mut clock = three_days();
    for hours in [30, 10, 20] {
        clock.meet(h(hours));
    }
    assert_eq!(clock.met_at, Some(h(10)));
    clock.meet(h(-10));
    assert_eq!(clock.met_at, Some(h(0)));
}

#[test]
fn an_act_meets_a_void_clock_only_from_before() {
    // rulebook 3(1).bad-3
    let mut clock = three_days();
    clock.void_at = Some(h(20));
    clock.meet(h(20));
    assert_eq!(clock.met_at, None);
    clock.meet(h(20).minus(ms(1)));
    assert_eq!(clock.met_at, Some(h(20).minus(ms(1))));
    assert_eq!(clock.read(&[], h(30)).status, ClockStatus::Met);
}

#[test]
fn a_void_clock_keeps_its_breach_and_stops_counting() {
    // rulebook 4.1(1)
    let mut clock = three_days();
    clock.void_at = Some(h(80));
    let reading = clock.read(&[], h(500));
    assert_eq!(
        (reading.status, reading.breached, reading.overdue_ms),
        (ClockStatus::Void, true, 8 * 3_600_000)
    );
}

#[test]
fn a_pause_after_the_breach_leaves_it_running_and_breached() {
    // policy pause
    let reading = three_days().read(&[paused(h(80), None)], h(90));
    assert_eq!(
        (reading.phase, reading.status),
        (Phase::Running, ClockStatus::Breached)
    );
}

/// The last millisecond of a civil day of 2026.
fn end_of(month: u32, day: u32) -> Instant {
    civil(2026, month, day, 24, 0).minus(ms(1))
}

#[test]
fn working_days_skip_weekends_and_holidays_and_keep_worked_weekends() {
    // policy refund-payment
    let mut edition = default_edition();
    let day = |month, day| CivilDay::from_ymd(2026, month, day).expect("a day");
    edition.calendar.holidays = (1..=5).map(|number| day(5, number)).collect();
    edition.calendar.workdays = Vec::from([day(5, 9)]);
    // Thursday the 30th of April; holidays until Tuesday the 5th of May.
    let thursday = civil(2026, 4, 30, 12, 0);
    for (working_days, due_on) in [
        (0, (4, 30)),
        (1, (5, 6)),
        (2, (5, 7)),
        (3, (5, 8)),
        (4, (5, 9)),
    ] {
        assert_eq!(
            refund_payment_due_at(thursday, working_days, &edition),
            end_of(due_on.0, due_on.1)
        );
    }
    // On a holiday, with 0 days: the next working day.
    let holiday = civil(2026, 5, 2, 12, 0);
    assert_eq!(refund_payment_due_at(holiday, 0, &edition), end_of(5, 6));
    assert_eq!(refund_payment_due_at(holiday, 1, &edition), end_of(5, 6));
}

#[test]
fn a_calendar_without_any_working_day_has_no_days_off() {
    // policy refund-payment
    let mut edition = default_edition();
    edition.calendar.weekend = Vec::from([
        crate::instant::Weekday::Monday,
        crate::instant::Weekday::Tuesday,
        crate::instant::Weekday::Wednesday,
        crate::instant::Weekday::Thursday,
        crate::instant::Weekday::Friday,
        crate::instant::Weekday::Saturday,
        crate::instant::Weekday::Sunday,
    ]);
    let at = civil(2026, 3, 20, 12, 0);
    assert_eq!(refund_payment_due_at(at, 2, &edition), end_of(3, 22));
}

#[test]
fn clocks_come_in_the_order_of_the_rulebook() {
    // rulebook 3(1).1, guide first-reply
    assert!(ClockKind::OF_ROUND.is_sorted());
    let names: Vec<&str> = ClockKind::OF_ROUND
        .iter()
        .map(|kind| kind.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "first_reply",
            "refund_decision",
            "resolution",
            "evidence",
            "refund_payment"
        ]
    );
}

fn instants() -> impl Strategy<Value = Instant> {
    (-100_i64..200).prop_map(h)
}

fn pauses() -> impl Strategy<Value = Vec<Pause>> {
    let one =
        (instants(), prop::option::of(instants())).prop_map(|(from, until)| paused(from, until));
    prop::collection::vec(one, 0..6)
}

/// The due instant counted hour by hour: an hour counts unless it is paused.
fn counted(hours: i64, pauses: &[Pause], at: Instant) -> Instant {
    let ended: Vec<Pause> = pauses
        .iter()
        .map(|pause| Pause {
            until: Some(pause.until.unwrap_or(at)),
            ..*pause
        })
        .collect();
    let mut left = hours;
    let mut now = h(0);
    while left > 0 || paused_at(&ended, now) {
        if !paused_at(&ended, now) {
            left -= 1;
        }
        now = now.plus(Span::from_hours(1));
    }
    now
}

proptest! {
    /// policy pause: the due instant is where the counted hours have passed.
    #[test]
    fn the_due_instant_is_the_one_counted_by_hand(
        pauses in pauses(),
        hours in 0_i64..100,
        at in instants(),
    ) {
        let due = due_at(h(0), Span::from_hours(hours), &pauses, at);
        prop_assert_eq!(due, counted(hours, &pauses, at));
    }

    /// policy deadline-inclusive: one millisecond before, at and after any due instant.
    #[test]
    fn one_millisecond_decides(
        pauses in pauses(),
        hours in 1_i64..100,
        shift_ms in -1_i64..=1,
    ) {
        let mut clock =
            Clock::starting(ClockKind::FirstReply, h(0), Span::from_hours(hours), 75);
        let closed: Vec<Pause> = pauses
            .into_iter()
            .map(|pause| Pause { until: pause.until.or(Some(h(200))), ..pause })
            .collect();
        let due = clock.due_at(&closed, h(500));
        clock.meet(due.plus(ms(shift_ms)));
        let reading = clock.read(&closed, h(500));
        prop_assert_eq!(reading.breached, shift_ms > 0);
        prop_assert_eq!(reading.overdue_ms, u64::from(shift_ms > 0));
    }

    /// Any instants, spans and pauses: nothing overflows.
    #[test]
    fn nothing_overflows(
        started_ms in any::<i64>(),
        runs_ms in any::<i64>(),
        at_ms in any::<i64>(),
        met_ms in any::<i64>(),
        paused_ms in any::<(i64, i64)>(),
        percent in any::<u32>(),
        working_days in 0_u32..10,
    ) {
        let instant = Instant::from_unix_ms;
        let pauses = [
            paused(instant(paused_ms.0), Some(instant(paused_ms.1))),
            paused(instant(paused_ms.1), None),
        ];
        let mut clock =
            Clock::starting(ClockKind::Evidence, instant(started_ms), ms(runs_ms), percent);
        clock.meet(instant(met_ms));
        prop_assert_eq!(clock.read(&pauses, instant(at_ms)).met_at.is_some(),
            clock.met_at.is_some_and(|met_at| met_at <= instant(at_ms)));
        let _ = refund_payment_due_at(instant(at_ms), working_days, &default_edition());
    }
}

/// What asks for a clock is what people read beside it: rulebook 3(1), 4.2(1), the guides for
/// answers, and what is policy here.
#[test]
fn every_clock_says_what_asks_for_it() {
    let asked_by = [
        (ClockKind::FirstReply, "first_reply", "guide first-reply"),
        (
            ClockKind::RefundDecision,
            "refund_decision",
            "rulebook 3(1).1.1",
        ),
        (ClockKind::Resolution, "resolution", "guide resolution"),
        (ClockKind::Evidence, "evidence", "rulebook 3(1).1.2"),
        (
            ClockKind::RefundPayment,
            "refund_payment",
            "policy refund-payment",
        ),
        (ClockKind::Rectification, "rectification", "rulebook 4.2(1)"),
        (ClockKind::AppealWindow, "appeal_window", "policy appeal"),
        (
            ClockKind::AppealDecision,
            "appeal_decision",
            "policy appeal",
        ),
    ];
    for (kind, name, source) in asked_by {
        assert_eq!((kind.as_str(), kind.source()), (name, source));
    }
}

/// Other programs read these names.
#[test]
fn a_status_has_the_name_that_views_show() {
    let names = [
        (ClockStatus::OnTrack, "on_track"),
        (ClockStatus::AtRisk, "at_risk"),
        (ClockStatus::Breached, "breached"),
        (ClockStatus::Met, "met"),
        (ClockStatus::MetLate, "met_late"),
        (ClockStatus::Paused, "paused"),
        (ClockStatus::Void, "void"),
    ];
    for (status, name) in names {
        assert_eq!(status.as_str(), name);
    }
}
