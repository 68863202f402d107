//! Clock `refund_payment`: working days, later approvals, and the money (policy refund-payment).

use super::*;
use ClockKind::RefundPayment;

/// The last millisecond of a day of March 2026; the story starts on Friday the 20th.
fn end_of(day: u32) -> Instant {
    civil(2026, 3, day, 24, 0).minus(ms(1))
}

fn due_after(approved_at: Instant, launch_days: u32) -> Instant {
    let mut story = Story::asking();
    story.merchant(approved_at, approve_within(9_700, launch_days));
    story.reading(1, RefundPayment, approved_at).due_at
}

#[test]
fn a_refund_is_due_at_the_end_of_the_promised_working_day_at_most_three() {
    // policy refund-payment
    assert_eq!(due_after(h(0), 0), end_of(20));
    assert_eq!(due_after(h(0), 1), end_of(23));
    assert_eq!(due_after(h(0), 2), end_of(24));
    assert_eq!(due_after(h(0), 3), end_of(25));
    assert_eq!(due_after(h(0), 4), end_of(25));
    assert_eq!(due_after(h(0), u32::MAX), end_of(25));
}

#[test]
fn on_a_day_off_it_is_counted_from_there() {
    // policy refund-payment: Saturday the 21st, 14:00
    assert_eq!(due_after(h(24), 0), end_of(23));
    assert_eq!(due_after(h(24), 1), end_of(23));
    assert_eq!(due_after(h(24), 2), end_of(24));
}

#[test]
fn the_civil_day_turns_at_midnight_in_the_platforms_offset() {
    // policy civil-offset: Friday the 20th, 23:59:59.999, and Saturday, 00:00
    assert_eq!(due_after(end_of(20), 0), end_of(20));
    assert_eq!(due_after(end_of(20).plus(ms(1)), 0), end_of(23));
}

#[test]
fn the_money_at_the_last_millisecond_is_in_time() {
    // policy refund-payment, policy deadline-inclusive
    for (late_ms, status) in [(0, ClockStatus::Met), (1, ClockStatus::MetLate)] {
        let mut story = Story::asking();
        story.merchant(h(0), approve(9_700));
        story.service(end_of(20).plus(ms(late_ms)), refund(1, 9_700));
        assert_eq!(story.status(1, RefundPayment, h(100)), status);
    }
}

#[test]
fn an_approved_refund_that_does_not_come_is_a_finding_for_a_reviewer() {
    // rulebook 4.1(5), policy refund-payment
    let mut story = Story::asking();
    story.merchant(h(0), approve(9_700));
    story.service(h(1), refund(1, 9_699));
    story.merchant(h(2), complete());
    story.pass(end_of(20));
    assert!(story.findings().is_empty());
    story.pass(end_of(20).plus(ms(1)));
    assert_eq!(story.findings(), [("4.1(5)", 1, "open")]);
    assert!(story.determinations().is_empty());
}

#[test]
fn a_later_approval_replaces_the_amount_and_keeps_the_sooner_due_instant() {
    // policy refund-payment
    let mut kept = Story::asking();
    kept.merchant(h(0), approve_within(2_000, 0));
    kept.merchant(h(1), approve_within(3_000, 3));
    assert_eq!(kept.reading(1, RefundPayment, h(1)).due_at, end_of(20));
    assert_eq!(kept.complaint().approved_fen(), 3_000);

    let mut sooner = Story::asking();
    sooner.merchant(h(0), approve_within(2_000, 3));
    sooner.merchant(h(1), approve_within(3_000, 0));
    assert_eq!(sooner.reading(1, RefundPayment, h(1)).due_at, end_of(20));
}

#[test]
fn the_sooner_clock_is_the_one_that_pauses_leave_sooner() {
    // policy refund-payment, policy pause
    let mut story = Story::under(Rulebook::new(edition_with_pauses()));
    story.file(h(0), Problem::RefundRequest, Some(9_700));
    story.merchant(h(0), approve_within(2_000, 0));
    story.reviewer(h(1), pause(PauseReason::PlatformOutage));
    story.reviewer(h(5), resume(PauseReason::PlatformOutage));
    // The first is due on Saturday at 03:59:59.999 by now, the second still on Friday.
    story.merchant(h(6), approve_within(2_000, 0));
    assert_eq!(story.reading(1, RefundPayment, h(6)).due_at, end_of(20));
}

#[test]
fn an_overdue_payment_stays_overdue_whatever_is_approved_later() {
    // rulebook 4.1(5), policy refund-payment
    let mut story = Story::asking();
    story.merchant(h(0), approve(2_000));
    story.pass(h(24));
    assert_eq!(story.findings(), [("4.1(5)", 1, "open")]);
    story.merchant(h(25), approve_within(9_700, 3));
    assert_eq!(story.status(1, RefundPayment, h(26)), ClockStatus::Breached);
    story.service(h(27), refund(1, 9_700));
    assert_eq!(story.status(1, RefundPayment, h(28)), ClockStatus::MetLate);
    story.pass(h(500));
    assert_eq!(story.findings(), [("4.1(5)", 1, "open")]);
    let missed = names(&story.followed)
        .into_iter()
        .filter(|name| *name == "DeadlineMissed");
    assert_eq!(missed.count(), 1);
}

#[test]
fn approving_again_what_was_paid_late_does_not_make_it_paid_in_time() {
    // rulebook 4.1(5), policy refund-payment
    let mut story = Story::asking();
    story.merchant(h(0), approve(2_000));
    story.service(h(24), refund(1, 2_000));
    assert_eq!(story.status(1, RefundPayment, h(25)), ClockStatus::MetLate);
    story.merchant(h(26), approve(2_000));
    assert_eq!(story.status(1, RefundPayment, h(27)), ClockStatus::MetLate);
}

#[test]
fn an_approval_shows_its_clock_in_its_own_round_and_runs_on_through_the_next() {
    // policy refund-payment
    let mut story = Story::asking();
    story.merchant(h(0), approve_within(2_000, 3));
    let mut story = story.repeated(1, 2);
    assert_eq!(story.status(1, RefundPayment, h(3)), ClockStatus::OnTrack);
    assert!(!story.has_clock(2, RefundPayment));
    // A later approval takes the clock along into its round.
    story.merchant(h(4), approve_within(9_700, 3));
    assert_eq!(story.status(1, RefundPayment, h(5)), ClockStatus::Void);
    assert_eq!(story.reading(2, RefundPayment, h(5)).due_at, end_of(25));
}

#[test]
fn money_for_an_approval_of_the_round_before_meets_its_clock_and_closes_the_open_round() {
    // guide resolution, policy refund-payment
    let mut story = Story::asking();
    story.merchant(h(0), approve_within(9_700, 3));
    let mut story = story.repeated(1, 2);
    assert_eq!(
        names(&story.service(h(3), refund(1, 9_700))),
        ["RefundReceived", "RoundClosed"]
    );
    assert_eq!(story.status(1, RefundPayment, h(4)), ClockStatus::Met);
    assert_eq!(
        story.status(2, ClockKind::RefundDecision, h(4)),
        ClockStatus::Met
    );
    assert_eq!(
        story.status(2, ClockKind::Resolution, h(4)),
        ClockStatus::Met
    );
}

#[test]
fn an_approval_told_late_of_money_that_came_after_its_due_instant_was_paid_late() {
    // rulebook 4.1(5), policy refund-payment
    let mut story = Story::asking();
    story.service(h(24), refund(1, 2_000));
    let told = story.tell(
        Role::Merchant,
        Some(Trust::Platform),
        h(0),
        h(25),
        approve(2_000),
    );
    assert_eq!(names(&told.unwrap()), ["RefundApproved", "RoundClosed"]);
    let reading = story.reading(1, RefundPayment, h(26));
    assert_eq!(
        (reading.status, reading.met_at),
        (ClockStatus::MetLate, Some(h(24)))
    );
}

#[test]
fn an_answer_on_a_round_that_money_closed_is_recorded_and_stops_nothing() {
    // guide first-reply
    let mut story = Story::asking();
    story.merchant(h(0), approve_within(9_700, 3));
    let mut story = story.repeated(1, 2);
    story.service(h(3), refund(1, 9_700));
    assert_eq!(
        names(&story.merchant(h(4), respond())),
        ["MerchantResponded"]
    );
    assert_eq!(
        story.status(2, ClockKind::FirstReply, h(5)),
        ClockStatus::OnTrack
    );
}

#[test]
fn looking_at_a_deadline_of_the_past_takes_back_no_miss_that_came_after_it() {
    // guide resolution, policy refund-payment
    let mut story = Story::asking();
    story.pass(h(73));
    // A payment clock that is told late can be due before what was missed and told already.
    story.seen(h(5), h(73), approve(2_000));
    assert_eq!(story.status(1, RefundPayment, h(74)), ClockStatus::Breached);
    assert_eq!(names(&story.observe(end_of(20), h(74))), [] as [&str; 0]);
}
