//! States, how rounds close, and repeat rounds (guide repeat).

use super::*;
use crate::complaint::{CloseReason, ComplaintState};
use ClockKind::{Evidence, FirstReply, RefundDecision, RefundPayment, Resolution};

fn how(story: &Story, round: u32) -> Option<CloseReason> {
    let round = story.complaint().round(round)?;
    round.closed.as_ref().map(|close| close.how)
}

#[test]
fn a_response_an_approval_or_a_defective_rejection_takes_the_complaint_up() {
    // rulebook 3(1).1
    let acts = [
        (Role::Merchant, respond()),
        (Role::Merchant, approve(9_700)),
        (Role::Service, defective()),
    ];
    for (role, act) in acts {
        let mut story = Story::asking();
        assert_eq!(story.complaint().state, ComplaintState::Pending);
        story.tell(role, None, h(1), h(1), act.clone()).unwrap();
        assert_eq!(
            story.complaint().state,
            ComplaintState::Processing,
            "{act:?}"
        );
    }
}

#[test]
fn explaining_settling_or_showing_evidence_does_not_take_it_up() {
    // rulebook 3(1).1
    for act in [explain(), reconfirm(), settle(1), evidence(1)] {
        let mut story = Story::asking();
        story.merchant(h(1), act.clone());
        assert_eq!(story.complaint().state, ComplaintState::Pending, "{act:?}");
    }
}

#[test]
fn a_round_closes_as_completed_confirmed_rejected_refunded_or_withdrawn() {
    // guide resolution
    let mut completed = Story::asking();
    assert_eq!(
        names(&completed.merchant(h(1), complete())),
        ["RoundClosed"]
    );
    assert_eq!(how(&completed, 1), Some(CloseReason::Completed));

    let mut confirmed = Story::asking();
    assert_eq!(names(&confirmed.user(h(1), Act::Confirm)), ["RoundClosed"]);
    assert_eq!(how(&confirmed, 1), Some(CloseReason::Confirmed));

    let mut rejected = Story::asking();
    assert_eq!(
        names(&rejected.merchant(h(1), reject())),
        ["RefundRejected", "RoundClosed"]
    );
    assert_eq!(how(&rejected, 1), Some(CloseReason::Rejected));

    let mut refunded = Story::asking();
    refunded.merchant(h(1), approve(500));
    assert_eq!(
        names(&refunded.service(h(2), refund(1, 500))),
        ["RefundReceived", "RoundClosed"]
    );
    assert_eq!(how(&refunded, 1), Some(CloseReason::Refunded));

    for story in [completed, confirmed, rejected, refunded] {
        assert_eq!(story.complaint().state, ComplaintState::Processed);
    }

    let mut withdrawn = Story::asking();
    assert_eq!(
        names(&withdrawn.user(h(1), Act::Withdraw)),
        ["ComplaintWithdrawn", "RoundClosed"]
    );
    assert_eq!(how(&withdrawn, 1), Some(CloseReason::Withdrawn));
    assert_eq!(withdrawn.complaint().state, ComplaintState::Withdrawn);
}

#[test]
fn a_withdrawal_after_a_close_closes_nothing_again() {
    // guide resolution
    let mut story = Story::asking();
    story.merchant(h(1), complete());
    assert_eq!(
        names(&story.user(h(2), Act::Withdraw)),
        ["ComplaintWithdrawn"]
    );
    assert_eq!(how(&story, 1), Some(CloseReason::Completed));
    assert_eq!(story.complaint().state, ComplaintState::Withdrawn);
    assert_eq!(story.status(1, RefundDecision, h(3)), ClockStatus::Void);
}

#[test]
fn completed_at_10_h_and_continued_at_100_h_opens_round_2_there_and_leaves_round_1_met() {
    // guide repeat
    let mut story = Story::other();
    story.merchant(h(10), complete());
    let events = story.user(h(100), proceed());
    assert_eq!(names(&events), ["RoundOpened"]);
    let round = story.complaint().round(2).unwrap();
    assert_eq!((round.opened_at, round.repeat), (h(100), true));
    assert_eq!(story.complaint().state, ComplaintState::Pending);
    for kind in [FirstReply, Resolution] {
        assert_eq!(story.status(1, kind, h(200)), ClockStatus::Met);
        assert_eq!(story.reading(2, kind, h(100)).phase.as_str(), "running");
    }
    assert_eq!(story.reading(2, FirstReply, h(100)).due_at, h(124));
    assert_eq!(story.reading(2, Resolution, h(100)).due_at, h(172));
}

#[test]
fn a_user_who_writes_while_the_round_is_open_opens_none() {
    // guide repeat
    let mut story = Story::other();
    let events = story.user(h(5), proceed());
    assert_eq!(names(&events), ["UserInsisted"]);
    assert_eq!(story.complaint().round_number(), 1);
    assert_eq!(story.complaint().continues, 1);
}

#[test]
fn every_continue_counts_also_when_it_is_recorded_late() {
    // guide repeat: the public user_complaint_times
    let mut story = Story::other();
    story.user(h(5), proceed());
    story.merchant(h(10), complete());
    let events = story
        .tell(Role::User, Some(Trust::Platform), h(9), h(12), proceed())
        .unwrap();
    assert_eq!(names(&events), ["LateFactRecorded"]);
    story.user(h(20), proceed());
    assert_eq!(story.complaint().continues, 3);
    assert_eq!(story.complaint().round_number(), 2);
}

#[test]
fn completing_does_not_decide_a_refund_and_its_clock_runs_on() {
    // rulebook 3(1).1.1
    let mut story = Story::asking();
    story.merchant(h(10), complete());
    assert_eq!(story.status(1, Resolution, h(11)), ClockStatus::Met);
    assert_eq!(story.status(1, RefundDecision, h(11)), ClockStatus::OnTrack);
    story.pass(h(73));
    assert_eq!(
        story.status(1, RefundDecision, h(73)),
        ClockStatus::Breached
    );
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined")]);
}

#[test]
fn a_repeat_round_voids_what_still_runs_of_the_round_before_but_the_payment() {
    // rulebook 3(1).bad-3, policy refund-payment
    let mut story = Story::asking();
    story.merchant(h(1), approve_within(9_700, 3));
    story.merchant(h(2), complete());
    story.user(h(3), proceed());
    assert_eq!(
        story.reading(1, RefundPayment, h(4)).phase.as_str(),
        "running"
    );

    let mut undecided = Story::asking().repeated(10, 30);
    let reading = undecided.reading(1, RefundDecision, h(31));
    assert_eq!(
        (reading.status, reading.breached),
        (ClockStatus::Void, false)
    );
    // Its early closing is the finding.
    undecided.pass(h(53));
    assert_eq!(undecided.findings(), [("4.1(5)", 1, "open")]);

    let mut third = Story::other().repeated(1, 2);
    third.merchant(h(3), complete());
    third.user(h(4), proceed());
    assert_eq!(third.status(2, Evidence, h(5)), ClockStatus::Void);
    assert_eq!(third.reading(3, Evidence, h(5)).due_at, h(76));
}

#[test]
fn refund_decision_starts_again_in_a_repeat_round_until_the_money_is_fully_received() {
    // rulebook 3(1).1.1
    let unpaid = Story::asking().repeated(10, 30);
    assert_eq!(unpaid.reading(2, RefundDecision, h(30)).due_at, h(102));

    let mut approved = Story::asking();
    approved.merchant(h(1), approve_within(9_700, 3));
    let approved = approved.repeated(2, 3);
    assert!(approved.has_clock(2, RefundDecision));

    let mut paid_in_part = Story::asking();
    paid_in_part.service(h(1), refund(1, 9_699));
    assert!(paid_in_part.repeated(2, 3).has_clock(2, RefundDecision));

    let mut paid = Story::asking();
    paid.service(h(1), refund(1, 9_700));
    assert!(!paid.repeated(2, 3).has_clock(2, RefundDecision));

    assert!(!Story::other().repeated(2, 3).has_clock(2, RefundDecision));
}

#[test]
fn what_was_received_before_starts_no_refund_decision_with_a_later_request() {
    // policy refund-request-later
    let mut story = Story::other();
    story.service(h(1), refund(1, 5_000));
    story.user(h(2), request(5_000));
    assert!(!story.has_clock(1, RefundDecision));
    story.user(h(3), request(5_001));
    assert_eq!(story.reading(1, RefundDecision, h(3)).due_at, h(75));
}

#[test]
fn the_user_may_confirm_a_repeat_round_too() {
    // guide repeat
    let mut story = Story::other().repeated(10, 30);
    story.user(h(31), Act::Confirm);
    for kind in [FirstReply, Resolution, Evidence] {
        assert_eq!(story.status(2, kind, h(32)), ClockStatus::Void);
    }
    assert_eq!(story.complaint().round_number(), 2);
}

#[test]
fn a_closed_round_takes_words_and_they_stop_nothing() {
    // rulebook 3(1).1
    let mut story = Story::asking();
    story.merchant(h(1), complete());
    assert_eq!(
        names(&story.merchant(h(2), respond())),
        ["MerchantResponded"]
    );
    assert_eq!(names(&story.user(h(2), message())), ["MessageRecorded"]);
    assert_eq!(
        names(&story.merchant(h(2), evidence(1))),
        ["EvidenceSubmitted"]
    );
    assert_eq!(story.complaint().state, ComplaintState::Processed);
    assert_eq!(story.status(1, RefundDecision, h(3)), ClockStatus::OnTrack);
}

#[test]
fn a_round_takes_the_industry_of_its_own_opening() {
    // rulebook 3(1).1.3
    let mut story = Story::other();
    story.merchant(h(1), complete());
    story.merchant.as_mut().unwrap().industry = Industry::Insurance;
    story.user(h(2), proceed());
    assert_eq!(
        story.complaint().round(1).unwrap().industry,
        Industry::General
    );
    assert_eq!(
        story.complaint().round(2).unwrap().industry,
        Industry::Insurance
    );
}

#[test]
fn only_an_act_of_merchant_or_intermediary_counts_as_one_and_in_its_own_round() {
    // rulebook 4.3
    let acted = |story: &Story, round| story.complaint().round(round).unwrap().merchant_acted;
    let mut story = Story::asking();
    story.user(h(1), proceed());
    story.service(h(1), defective());
    assert!(!acted(&story, 1));
    story.user(h(2), Act::Confirm);
    story.user(h(3), proceed());
    // Told after round 2 opened, and of round 1.
    story.seen(h(1), h(4), respond());
    assert!(acted(&story, 1));
    assert!(!acted(&story, 2));
    story
        .tell(Role::Intermediary, None, h(5), h(5), respond())
        .unwrap();
    assert!(acted(&story, 2));
}
