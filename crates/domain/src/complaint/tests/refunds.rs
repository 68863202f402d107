//! Requests, approvals, rejections, settlements and money received.

use super::*;
use crate::complaint::{CloseReason, ComplaintState};
use crate::remedy::Basis;
use ClockKind::{FirstReply, RefundDecision, RefundPayment, Resolution};

fn full(events: &[Event]) -> Option<bool> {
    events.iter().find_map(|event| match event {
        Event::RefundReceived { full, .. } => Some(*full),
        _ => None,
    })
}

#[test]
fn a_later_request_starts_the_clock_and_a_new_amount_keeps_its_start() {
    // rulebook 3(1).1.1, policy refund-request-later
    let mut story = Story::other();
    assert_eq!(names(&story.user(h(10), request(500))), ["RefundRequested"]);
    story.user(h(20), request(900));
    assert_eq!(story.reading(1, RefundDecision, h(20)).due_at, h(82));
    assert_eq!(story.owed_fen(), 900);
}

#[test]
fn a_request_lowered_to_what_was_received_is_fulfilled() {
    // rulebook 3(1).1.1
    let mut story = Story::asking();
    story.service(h(1), refund(1, 2_000));
    assert_eq!(story.status(1, RefundDecision, h(2)), ClockStatus::OnTrack);
    story.user(h(3), request(2_000));
    let reading = story.reading(1, RefundDecision, h(4));
    assert_eq!(
        (reading.status, reading.met_at),
        (ClockStatus::Met, Some(h(3)))
    );
}

#[test]
fn a_merchant_may_refund_without_being_asked_and_after_a_close() {
    // rulebook 2.2(3)
    let mut story = Story::other();
    story.merchant(h(1), complete());
    assert_eq!(
        names(&story.merchant(h(2), approve(500))),
        ["RefundApproved"]
    );
    assert_eq!(story.complaint().state, ComplaintState::Processed);
    assert!(!story.has_clock(1, RefundDecision));
    assert!(story.has_clock(1, RefundPayment));
    assert_eq!(
        names(&story.service(h(3), refund(1, 500))),
        ["RefundReceived"]
    );
    assert_eq!(story.status(1, RefundPayment, h(4)), ClockStatus::Met);
}

#[test]
fn approving_what_was_received_before_closes_at_once() {
    // guide resolution
    let mut story = Story::asking();
    assert_eq!(
        names(&story.service(h(1), refund(1, 9_700))),
        ["RefundReceived"]
    );
    assert_eq!(
        names(&story.merchant(h(2), approve(9_700))),
        ["RefundApproved", "RoundClosed"]
    );
    assert_eq!(story.status(1, RefundPayment, h(3)), ClockStatus::Met);
    assert_eq!(story.reading(1, Resolution, h(3)).met_at, Some(h(2)));
}

#[test]
fn the_same_refund_twice_is_the_first_one_again() {
    // rulebook 2.2(3)
    let mut story = Story::asking();
    story.service(h(1), refund(1, 500));
    let first = story.complaint().refunds[0].command_id;
    let command = story.command(Role::Service, None, h(2), h(2), refund(1, 9_000));
    assert_eq!(decide(&story.state, &command), Ok(Vec::new()));
    let answer = crate::complaint::first_answer(&story.state, &command);
    assert_eq!(answer, Some(first));
    let other = story.command(Role::Service, None, h(2), h(2), refund(2, 500));
    assert_eq!(crate::complaint::first_answer(&story.state, &other), None);
}

#[test]
fn a_refund_is_full_by_what_was_approved_else_requested_else_paid() {
    // rulebook 2.2(3)
    let mut story = Story::other();
    assert_eq!(full(&story.service(h(1), refund(1, 100))), Some(false));
    story.user(h(2), request(300));
    assert_eq!(full(&story.service(h(3), refund(2, 100))), Some(false));
    assert_eq!(full(&story.service(h(4), refund(3, 100))), Some(true));
    story.merchant(h(5), approve(500));
    assert_eq!(full(&story.service(h(6), refund(4, 100))), Some(false));
    assert_eq!(full(&story.service(h(7), refund(5, 100))), Some(true));
}

#[test]
fn money_without_an_approval_closes_nothing() {
    // guide resolution
    let mut story = Story::asking();
    story.service(h(1), refund(1, 9_700));
    assert!(story.complaint().is_open());
    assert_eq!(story.status(1, RefundDecision, h(2)), ClockStatus::Met);
    assert_eq!(story.status(1, FirstReply, h(2)), ClockStatus::OnTrack);
}

#[test]
fn money_beyond_an_approval_that_was_received_before_closes_no_repeat_round() {
    // guide repeat, guide resolution
    let mut story = Story::asking();
    story.merchant(h(1), approve(2_000));
    story.service(h(2), refund(1, 2_000));
    story.user(h(3), proceed());
    assert_eq!(
        names(&story.service(h(4), refund(2, 500))),
        ["RefundReceived"]
    );
    assert!(story.complaint().is_open());
    story.merchant(h(5), approve(5_000));
    assert_eq!(
        names(&story.service(h(6), refund(3, 2_500))),
        ["RefundReceived", "RoundClosed"]
    );
}

#[test]
fn the_platforms_own_refund_closes_once_nothing_more_is_owed_and_meets_no_clock() {
    // rulebook 4.2(2)
    let mut story = Story::asking();
    story.merchant(h(1), respond());
    assert_eq!(
        names(&story.service(h(2), platform_refund(1, 9_699))),
        ["RefundReceived"]
    );
    assert!(story.complaint().is_open());
    assert_eq!(
        names(&story.service(h(3), platform_refund(2, 1))),
        ["RefundReceived", "RoundClosed"]
    );
    let close = story.complaint().round(1).unwrap().closed.clone().unwrap();
    assert_eq!(close.how, CloseReason::Refunded);
    assert!(!close.below_remedy);
    for kind in [RefundDecision, Resolution] {
        let reading = story.reading(1, kind, h(4));
        assert_eq!((reading.status, reading.met_at), (ClockStatus::Void, None));
    }
    assert_eq!(story.status(1, FirstReply, h(4)), ClockStatus::Met);
}

#[test]
fn the_platforms_refund_after_a_close_voids_what_still_runs() {
    // rulebook 4.2(2)
    let mut story = Story::asking();
    story.merchant(h(1), approve_within(9_700, 3));
    story.merchant(h(2), complete());
    story.service(h(3), platform_refund(1, 9_700));
    assert_eq!(story.status(1, RefundPayment, h(4)), ClockStatus::Void);
}

#[test]
fn a_platform_refund_of_an_earlier_round_leaves_the_open_one_its_duties() {
    // rulebook 4.2(2): an act of a round closed since closes nothing and voids nothing there.
    let mut story = Story::asking();
    story.merchant(h(1), complete());
    story.user(h(10), proceed());
    let events = story
        .tell(Role::Service, None, h(5), h(11), platform_refund(1, 9_700))
        .unwrap();
    assert_eq!(names(&events), ["RefundReceived", "LateFactRecorded"]);
    assert_eq!(story.status(2, FirstReply, h(12)), ClockStatus::OnTrack);
    assert_eq!(story.status(2, Resolution, h(12)), ClockStatus::OnTrack);
    assert_eq!(story.status(2, RefundDecision, h(12)), ClockStatus::Void);
}

#[test]
fn a_settlement_is_what_is_owed_and_the_last_one_counts() {
    // rulebook 2.2
    let mut story = Story::asking();
    story.merchant(h(1), settle(3_000));
    story.service(h(2), settle(4_000));
    let remedy = story.complaint().remedy();
    assert_eq!((remedy.basis, remedy.owed_fen), (Basis::Settlement, 4_000));
}

#[test]
fn a_settlement_on_a_closed_round_decides_its_refund() {
    // rulebook 3(1).1.1
    let mut story = Story::asking();
    story.merchant(h(1), complete());
    story.merchant(h(2), settle(3_000));
    assert_eq!(story.status(1, RefundDecision, h(3)), ClockStatus::Met);
}
