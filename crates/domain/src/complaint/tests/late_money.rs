//! Money that is recorded late or out of order: it always counts, from when it came.

use super::*;
use crate::complaint::{CloseReason, LateFactStatus};
use ClockKind::{RefundDecision, RefundPayment, Resolution};

/// A refund that happened at one instant and was recorded at another.
fn paid(story: &mut Story, at: Instant, recorded_at: Instant, act: Act) -> Vec<Event> {
    story
        .tell(Role::Service, Some(Trust::Platform), at, recorded_at, act)
        .unwrap()
}

#[test]
fn money_of_a_round_closed_since_is_counted_and_opens_or_closes_nothing() {
    // rulebook 2.2(3)
    let mut story = Story::asking().repeated(10, 30);
    let events = paid(&mut story, h(9), h(31), refund(1, 300));
    assert_eq!(names(&events), ["RefundReceived", "LateFactRecorded"]);
    assert_eq!(story.complaint().refunded_fen(), 300);
    assert!(story.complaint().is_open());
}

#[test]
fn a_requested_refund_that_had_come_before_the_repeat_round_leaves_nothing_to_decide() {
    // rulebook 3(1).1.1
    let mut story = Story::asking().repeated(10, 30);
    paid(&mut story, h(12), h(31), refund(1, 9_700));
    let reading = story.reading(2, RefundDecision, h(32));
    assert_eq!(
        (reading.status, reading.met_at),
        (ClockStatus::Met, Some(h(30)))
    );
    assert_eq!(story.status(1, RefundDecision, h(32)), ClockStatus::Met);
}

#[test]
fn clocks_are_met_when_the_sum_was_reached_in_whatever_order_it_was_recorded() {
    // rulebook 3(1).1.1, policy refund-payment
    let mut story = Story::asking();
    story.merchant(h(1), approve_within(9_700, 3));
    paid(&mut story, h(50), h(50), refund(1, 5_000));
    let events = paid(&mut story, h(40), h(60), refund(2, 4_700));
    assert_eq!(names(&events), ["RefundReceived", "RoundClosed"]);
    assert_eq!(story.reading(1, RefundPayment, h(61)).met_at, Some(h(50)));
    assert_eq!(story.reading(1, Resolution, h(61)).met_at, Some(h(50)));
    let close = story.complaint().round(1).unwrap().closed.clone().unwrap();
    assert_eq!((close.how, close.at), (CloseReason::Refunded, h(50)));
}

#[test]
fn money_recorded_late_supersedes_a_missed_payment() {
    // rulebook 4.1(5), policy refund-payment
    let mut story = Story::asking();
    story.merchant(h(1), approve(9_700));
    story.merchant(h(2), complete());
    story.pass(h(20));
    assert_eq!(story.findings(), [("4.1(5)", 1, "open")]);
    paid(&mut story, h(9), h(20), refund(1, 9_700));
    assert_eq!(story.findings(), [("4.1(5)", 1, "withdrawn")]);
    assert_eq!(story.status(1, RefundPayment, h(20)), ClockStatus::Met);
}

#[test]
fn a_partners_late_word_about_money_counts_from_when_it_came_once_it_is_accepted() {
    // policy partner-grace
    let mut story = Story::asking();
    story.merchant(h(1), approve(9_700));
    let events = story
        .tell(
            Role::Service,
            Some(Trust::Partner),
            h(2),
            h(80),
            refund(1, 9_700),
        )
        .unwrap();
    assert_eq!(
        names(&events),
        ["RefundReceived", "RoundClosed", "LateFactRecorded"]
    );
    assert_eq!(story.status(1, RefundPayment, h(80)), ClockStatus::MetLate);
    assert_eq!(story.status(1, Resolution, h(80)), ClockStatus::MetLate);
    story.reviewer(h(81), accept_fact(1));
    assert_eq!(
        story.complaint().late_facts[0].status,
        LateFactStatus::Counted
    );
    assert_eq!(story.status(1, RefundPayment, h(81)), ClockStatus::Met);
    assert_eq!(story.reading(1, Resolution, h(81)).met_at, Some(h(2)));
    assert!(
        story
            .findings()
            .iter()
            .all(|(.., status)| *status == "withdrawn")
    );
    // Counted once.
    assert_eq!(story.complaint().refunded_fen(), 9_700);
}

#[test]
fn the_same_word_refused_stays_late() {
    // policy partner-grace
    let mut story = Story::asking();
    story.merchant(h(1), approve(9_700));
    story
        .tell(
            Role::Service,
            Some(Trust::Partner),
            h(2),
            h(80),
            refund(1, 9_700),
        )
        .unwrap();
    story.reviewer(h(81), refuse_fact(1));
    assert_eq!(story.status(1, RefundPayment, h(81)), ClockStatus::MetLate);
}

#[test]
fn an_accepted_refund_of_the_platform_voids_from_when_it_came_and_meets_nothing() {
    // rulebook 4.2(2), policy partner-grace
    let mut story = Story::asking();
    story.merchant(h(1), respond());
    story
        .tell(
            Role::Service,
            Some(Trust::Partner),
            h(50),
            h(80),
            platform_refund(1, 9_700),
        )
        .unwrap();
    assert_eq!(story.findings().len(), 2);
    story.reviewer(h(81), accept_fact(1));
    for kind in [RefundDecision, Resolution] {
        let reading = story.reading(1, kind, h(81));
        assert_eq!(
            (reading.status, reading.breached),
            (ClockStatus::Void, false)
        );
    }
    assert!(
        story
            .findings()
            .iter()
            .all(|(.., status)| *status == "withdrawn")
    );
}
