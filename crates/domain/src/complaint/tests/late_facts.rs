//! Who vouches for an instant, acts of rounds closed since, and partners' words that wait for a
//! reviewer (policy partner-grace).

use super::*;
use crate::complaint::{CloseReason, ComplaintState, LateAct, LateFactStatus};
use ClockKind::{Evidence, FirstReply, RefundDecision, Resolution};

fn facts(story: &Story) -> Vec<(u32, LateAct, LateFactStatus)> {
    story
        .complaint()
        .late_facts
        .iter()
        .map(|fact| (fact.round, fact.act, fact.status))
        .collect()
}

fn twenty_five_hours_and_a_minute_after(hours: i64) -> Instant {
    h(hours + 25).plus(ms(60_000))
}

#[test]
fn a_merchants_own_claim_of_71_h_recorded_at_75_h_is_late() {
    // rulebook 3(1).1.1
    let mut story = Story::asking();
    story
        .tell(Role::Merchant, None, h(71), h(75), approve(9_700))
        .unwrap();
    let reading = story.reading(1, RefundDecision, h(75));
    assert_eq!(reading.status, ClockStatus::MetLate);
    assert_eq!(reading.overdue_ms, 3 * 3_600_000);
}

#[test]
fn a_gateways_71_h_recorded_at_75_h_supersedes_the_miss() {
    // rulebook 4.1(1)
    let mut story = Story::asking();
    story.merchant(h(1), respond());
    story.pass(h(75));
    assert_eq!(story.determinations(), ["standing", "standing"]);
    story.seen(h(71), h(75), approve(9_700));
    assert_eq!(story.status(1, RefundDecision, h(75)), ClockStatus::Met);
    assert_eq!(
        names(&story.followed[story.followed.len() - 3..]),
        [
            "DeadlineMissSuperseded",
            "FindingWithdrawn",
            "DeterminationOverturned"
        ]
    );
    assert_eq!(
        story.findings(),
        [("4.1(1)", 1, "withdrawn"), ("4.1(1)", 1, "determined")]
    );
    assert_eq!(story.determinations(), ["overturned", "standing"]);
    // Nothing comes back.
    story.pass(h(500));
    assert_eq!(story.status(1, Resolution, h(500)), ClockStatus::Breached);
    assert_eq!(
        story
            .findings()
            .iter()
            .filter(|(.., status)| *status == "withdrawn")
            .count(),
        1
    );
}

#[test]
fn a_gateways_word_of_after_the_due_instant_supersedes_nothing() {
    // policy deadline-inclusive
    for (late_ms, status) in [(0, "withdrawn"), (1, "determined")] {
        let mut story = Story::other();
        story.pass(h(30));
        story.seen(h(24).plus(ms(late_ms)), h(30), respond());
        assert_eq!(story.findings(), [("4.1(1)", 1, status)]);
    }
}

#[test]
fn a_partners_71_h_recorded_at_95_h_counts_and_at_96_h_1_min_waits_for_a_reviewer() {
    // policy partner-grace
    let mut counts = Story::asking();
    counts.partner(h(71), h(95), approve(9_700));
    assert_eq!(counts.status(1, RefundDecision, h(96)), ClockStatus::Met);
    assert!(!counts.complaint().under_review());

    let mut waits = Story::asking();
    let told_at = twenty_five_hours_and_a_minute_after(71);
    let events = waits.partner(h(71), told_at, approve(9_700));
    assert_eq!(names(&events), ["RefundApproved", "LateFactRecorded"]);
    assert!(waits.complaint().under_review());
    // While it waits it counts as an act of the instant at which it was recorded.
    let reading = waits.reading(1, RefundDecision, told_at);
    assert_eq!(
        (reading.status, reading.met_at),
        (ClockStatus::MetLate, Some(told_at))
    );
}

#[test]
fn exactly_the_grace_is_not_too_late() {
    // policy partner-grace
    for (late_ms, waits) in [(0, false), (1, true)] {
        let mut story = Story::other();
        story.partner(h(1), h(26).plus(ms(late_ms)), respond());
        assert_eq!(story.complaint().under_review(), waits);
    }
}

#[test]
fn an_accepted_fact_counts_as_it_happened_and_takes_the_determination_along() {
    // policy partner-grace, rulebook 4.1(1)
    let mut story = Story::asking();
    story.merchant(h(1), respond());
    story.partner(h(71), h(97), complete());
    assert_eq!(
        facts(&story),
        [(1, LateAct::Completed, LateFactStatus::AwaitsReview)]
    );
    assert_eq!(story.status(1, Resolution, h(98)), ClockStatus::MetLate);
    story.reviewer(h(98), accept_fact(1));
    assert_eq!(facts(&story)[0].2, LateFactStatus::Counted);
    assert_eq!(story.status(1, Resolution, h(98)), ClockStatus::Met);
    assert!(!story.complaint().under_review());
    // It never moves the close itself.
    let close = story.complaint().round(1).unwrap().closed.clone().unwrap();
    assert_eq!(close.at, h(97));
    assert_eq!(story.determinations(), ["standing", "overturned"]);
}

#[test]
fn a_refused_fact_stays_an_act_of_the_instant_at_which_it_was_recorded() {
    // policy partner-grace
    let mut story = Story::other();
    story.partner(h(23), h(49), respond());
    let before = story.reading(1, FirstReply, h(50));
    assert_eq!(
        names(&story.reviewer(h(50), refuse_fact(1))),
        ["LateFactRefused"]
    );
    assert_eq!(story.reading(1, FirstReply, h(50)), before);
    assert!(!story.complaint().under_review());
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined")]);
    for act in [accept_fact(1), refuse_fact(1)] {
        let code = story.refused(Role::Reviewer, h(51), act);
        assert_eq!(code, Code::AlreadyDecided);
    }
}

#[test]
fn a_partners_word_is_kept_waiting_where_the_round_has_closed_since() {
    // policy partner-grace: the act is refused by now, the word is not lost.
    let acts = [
        complete(),
        reject(),
        explain(),
        reconfirm(),
        defective(),
        request(100),
        Act::Confirm,
    ];
    for act in acts {
        let mut story = Story::asking();
        story.merchant(h(73), reject());
        let events = story.partner(h(71), h(97), act.clone());
        assert_eq!(names(&events), ["LateFactRecorded"], "{act:?}");
        assert!(story.complaint().under_review());
        let code = story.refused_late(
            Role::Merchant,
            Some(Trust::Partner),
            // Then, too, the round was closed.
            h(74),
            h(100),
            act,
        );
        assert_eq!(code, Code::RoundClosed);
    }
}

#[test]
fn a_word_kept_waiting_counts_for_its_round_when_it_is_accepted() {
    // policy partner-grace
    let mut story = Story::asking();
    story.merchant(h(73), reject());
    story.partner(h(71), h(97), complete());
    assert_eq!(story.status(1, Resolution, h(98)), ClockStatus::MetLate);
    story.reviewer(h(98), accept_fact(1));
    assert_eq!(story.status(1, Resolution, h(98)), ClockStatus::Met);
    assert_eq!(story.status(1, RefundDecision, h(98)), ClockStatus::MetLate);
    let close = story.complaint().round(1).unwrap().closed.clone().unwrap();
    assert_eq!((close.how, close.at), (CloseReason::Rejected, h(73)));
}

#[test]
fn a_partners_approval_from_before_the_withdrawal_waits_too() {
    // policy partner-grace
    let mut story = Story::asking();
    story.user(h(80), Act::Withdraw);
    let events = story.partner(h(71), h(97), approve(9_700));
    assert_eq!(names(&events), ["LateFactRecorded"]);
    story.reviewer(h(98), accept_fact(1));
    assert_eq!(story.status(1, RefundDecision, h(98)), ClockStatus::Met);
    assert_eq!(story.complaint().approved_fen(), 0);
    let code = story.refused(Role::Merchant, h(99), approve(9_700));
    assert_eq!(code, Code::Withdrawn);
}

#[test]
fn an_approval_from_before_a_withdrawal_or_a_greater_one_meets_clocks_alone() {
    // rulebook 3(1).1.1
    let mut withdrawn = Story::asking();
    withdrawn.merchant(h(1), complete());
    withdrawn.user(h(75), Act::Withdraw);
    let events = withdrawn.seen(h(71), h(76), approve(9_700));
    assert_eq!(names(&events), ["LateFactRecorded"]);
    assert_eq!(withdrawn.status(1, RefundDecision, h(77)), ClockStatus::Met);

    let mut greater = Story::asking();
    greater.merchant(h(73), approve(9_700));
    let events = greater.seen(h(71), h(76), approve(5_000));
    assert_eq!(names(&events), ["LateFactRecorded"]);
    assert_eq!(greater.status(1, RefundDecision, h(77)), ClockStatus::Met);
    assert_eq!(greater.complaint().approved_fen(), 9_700);
}

#[test]
fn a_repeat_rounds_grant_that_is_accepted_later_needed_no_evidence_from_then_on() {
    // policy partner-grace, policy repeat-evidence
    let mut story = Story::asking().repeated(10, 30);
    story.partner(h(100), h(126), approve(9_700));
    assert!(story.findings().contains(&("4.1(3)", 2, "open")));
    story.reviewer(h(127), accept_fact(1));
    assert!(story.findings().contains(&("4.1(3)", 2, "withdrawn")));
    let reading = story.reading(2, Evidence, h(127));
    assert_eq!(
        (reading.status, reading.breached),
        (ClockStatus::Void, false)
    );
}

#[test]
fn an_act_of_a_round_closed_since_meets_its_clocks_and_nothing_else() {
    // guide repeat, guide first-reply
    let mut story = Story::other();
    story.merchant(h(30), complete());
    story.user(h(31), proceed());
    assert!(story.findings().contains(&("4.1(1)", 1, "determined")));
    let events = story.seen(h(20), h(32), respond());
    assert_eq!(names(&events), ["LateFactRecorded"]);
    assert_eq!(
        facts(&story),
        [(1, LateAct::Responded, LateFactStatus::Counted)]
    );
    assert_eq!(story.status(1, FirstReply, h(33)), ClockStatus::Met);
    assert_eq!(story.status(2, FirstReply, h(33)), ClockStatus::OnTrack);
    assert_eq!(story.complaint().state, ComplaintState::Pending);
    assert!(story.findings().contains(&("4.1(1)", 1, "withdrawn")));
}

#[test]
fn late_acts_never_open_close_or_renumber_a_round() {
    // guide repeat
    let acts = [
        (Role::Merchant, complete()),
        (Role::Merchant, reject()),
        (Role::Merchant, approve(9_700)),
        (Role::Merchant, settle(1)),
        (Role::Merchant, evidence(1)),
        (Role::Merchant, explain()),
        (Role::Merchant, reconfirm()),
        (Role::Service, defective()),
        (Role::User, proceed()),
        (Role::User, Act::Confirm),
        (Role::User, request(100)),
    ];
    for (role, act) in acts {
        let mut story = Story::asking().repeated(10, 30);
        let before = story.complaint().clone();
        let events = story
            .tell(role, Some(Trust::Platform), h(5), h(31), act.clone())
            .unwrap();
        assert_eq!(names(&events), ["LateFactRecorded"], "{act:?}");
        let after = story.complaint();
        assert_eq!(after.rounds.len(), 2);
        assert_eq!(after.state, before.state);
        assert_eq!(after.rounds[0].closed, before.rounds[0].closed);
        assert_eq!(after.rounds[1].clocks, before.rounds[1].clocks);
        assert_eq!(after.approval, before.approval);
        assert_eq!(after.request, before.request);
        assert_eq!(after.evidence, before.evidence);
    }
}

#[test]
fn a_late_act_of_a_round_that_is_open_still_has_all_its_effects() {
    // guide resolution
    let mut story = Story::asking();
    story.pass(h(80));
    let events = story.seen(h(70), h(80), reject());
    assert_eq!(names(&events), ["RefundRejected", "RoundClosed"]);
    let close = story.complaint().round(1).unwrap().closed.clone().unwrap();
    assert_eq!(close.at, h(70));
    for kind in [RefundDecision, Resolution] {
        assert_eq!(story.status(1, kind, h(80)), ClockStatus::Met);
    }
    assert_eq!(story.status(1, FirstReply, h(80)), ClockStatus::MetLate);
}

#[test]
fn an_act_exactly_at_the_opening_of_a_round_belongs_to_it() {
    // guide repeat
    for (early_ms, round) in [(0, 2), (1, 1)] {
        let mut story = Story::other().repeated(10, 30);
        story.seen(h(30).minus(ms(early_ms)), h(31), respond());
        assert_eq!(
            story.status(2, FirstReply, h(32)) == ClockStatus::Met,
            round == 2
        );
    }
}

#[test]
fn a_withdrawal_of_the_current_round_ends_the_complaint_however_late() {
    // rulebook 1.6
    let mut story = Story::other();
    story.merchant(h(10), complete());
    let events = story
        .tell(
            Role::User,
            Some(Trust::Platform),
            h(8),
            h(13),
            Act::Withdraw,
        )
        .unwrap();
    assert_eq!(names(&events), ["ComplaintWithdrawn"]);
    assert_eq!(story.complaint().state, ComplaintState::Withdrawn);
}

#[test]
fn a_user_who_continued_after_a_withdrawal_has_taken_it_back() {
    // guide repeat
    let mut story = Story::other().repeated(10, 30);
    let events = story
        .tell(
            Role::User,
            Some(Trust::Platform),
            h(12),
            h(31),
            Act::Withdraw,
        )
        .unwrap();
    assert_eq!(names(&events), ["LateFactRecorded"]);
    assert_eq!(story.complaint().state, ComplaintState::Pending);
    assert_eq!(story.status(2, FirstReply, h(32)), ClockStatus::OnTrack);
}

#[test]
fn a_question_asked_as_of_an_earlier_version_gets_the_earlier_answer() {
    // rulebook 4.1(1): nothing is edited, a superseding event is added.
    let mut story = Story::other();
    story.pass(h(25));
    let earlier = story.complaint().clone();
    story.seen(h(23), h(26), respond());
    assert_eq!(earlier.findings.len(), 1);
    assert_eq!(earlier.determinations[0].status.as_str(), "standing");
    assert!(story.complaint().next_version > earlier.next_version);
}

#[test]
fn an_act_exactly_at_the_close_comes_after_it() {
    // guide resolution: the close is an act too, and it was there first.
    let mut story = Story::other();
    story.merchant(h(10), complete());
    let events = story.seen(h(10), h(12), respond());
    assert_eq!(names(&events), ["MerchantResponded"]);
}
