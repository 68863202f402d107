//! Evidence: submitted, assessed, refused altogether, or not needed any more.

use super::*;
use crate::complaint::EvidenceStatus;
use ClockKind::Evidence;

fn statuses(story: &Story) -> Vec<EvidenceStatus> {
    story
        .complaint()
        .evidence
        .iter()
        .map(|piece| piece.status)
        .collect()
}

#[test]
fn each_piece_has_its_number_in_order_of_appearance() {
    // rulebook 3(1).1.2
    let mut story = Story::asking();
    story.merchant(h(1), evidence(2));
    story.merchant(h(2), reject());
    let ids: Vec<_> = story
        .complaint()
        .evidence
        .iter()
        .map(|piece| piece.evidence_id.to_string())
        .collect();
    assert_eq!(ids, ["e1", "e2", "e3"]);
    assert!(story.complaint().evidence[2].of_rejection);
}

#[test]
fn a_reviewer_accepts_or_refuses_each_piece_once() {
    // rulebook 3(1).1.2
    let mut story = Story::asking();
    story.merchant(h(1), evidence(2));
    assert_eq!(
        names(&story.reviewer(h(2), assess(1, true))),
        ["EvidenceAccepted"]
    );
    assert_eq!(
        names(&story.reviewer(h(2), assess(2, false))),
        ["EvidenceRefused"]
    );
    assert_eq!(
        statuses(&story),
        [EvidenceStatus::Accepted, EvidenceStatus::Refused]
    );
    let code = story.refused(Role::Reviewer, h(3), assess(2, true));
    assert_eq!(code, Code::AlreadyAssessed);
}

#[test]
fn files_of_an_answer_are_evidence_in_an_open_repeat_round_only() {
    // rulebook 3(1).1.2
    let mut story = Story::other();
    story.merchant(h(1), respond_with_media(1));
    assert!(statuses(&story).is_empty());
    let mut story = story.repeated(2, 3);
    story.merchant(h(4), respond_with_media(2));
    assert_eq!(statuses(&story).len(), 2);
    assert_eq!(story.status(2, Evidence, h(5)), ClockStatus::Met);
    story.merchant(h(6), complete());
    story.merchant(h(7), respond_with_media(1));
    assert_eq!(statuses(&story).len(), 2);
}

#[test]
fn an_answer_without_files_is_no_evidence() {
    // rulebook 3(1).1.2
    let mut story = Story::other().repeated(2, 3);
    story.merchant(h(4), respond());
    assert_eq!(story.status(2, Evidence, h(5)), ClockStatus::OnTrack);
}

#[test]
fn a_rejection_in_a_repeat_round_shows_its_evidence_there() {
    // rulebook 3(1).1.2
    let mut story = Story::asking().repeated(10, 30);
    story.merchant(h(40), reject());
    assert_eq!(story.status(2, Evidence, h(41)), ClockStatus::Met);
}

#[test]
fn nothing_submitted_until_the_due_instant_is_a_finding_for_a_reviewer() {
    // rulebook 4.1(3), policy repeat-evidence
    let mut story = Story::other().repeated(10, 30);
    story.merchant(h(31), complete());
    story.pass(h(102));
    assert_eq!(story.findings(), [("4.1(5)", 1, "open")]);
    story.pass(h(102).plus(ms(1)));
    assert_eq!(
        story.findings(),
        [("4.1(5)", 1, "open"), ("4.1(3)", 2, "open")]
    );
    assert!(story.determinations().is_empty());
}

#[test]
fn everything_refused_before_the_due_instant_is_found_only_past_it() {
    // rulebook 4.1(3)
    let mut story = Story::other().repeated(10, 30);
    story.merchant(h(31), complete());
    story.merchant(h(40), evidence(2));
    story.reviewer(h(41), assess(1, false));
    story.reviewer(h(42), assess(2, false));
    story.pass(h(102));
    assert_eq!(story.findings().len(), 1);
    story.pass(h(102).plus(ms(1)));
    assert_eq!(story.findings()[1], ("4.1(3)", 2, "open"));
    let finding = &story.complaint().findings[1];
    assert_eq!(finding.effective_at, h(102).plus(ms(1)));
}

#[test]
fn the_last_refusal_past_the_due_instant_makes_the_finding_then() {
    // rulebook 4.1(3)
    let mut story = Story::other().repeated(10, 30);
    story.merchant(h(31), complete());
    story.merchant(h(40), evidence(2));
    story.reviewer(h(110), assess(1, false));
    assert_eq!(story.findings().len(), 1);
    story.reviewer(h(120), assess(2, false));
    assert_eq!(story.findings()[1], ("4.1(3)", 2, "open"));
    assert_eq!(story.complaint().findings[1].effective_at, h(120));
    story.pass(h(500));
    assert_eq!(story.findings().len(), 2);
}

#[test]
fn one_accepted_piece_or_one_not_assessed_is_no_finding() {
    // rulebook 4.1(3)
    for accepted in [true, false] {
        let mut story = Story::other().repeated(10, 30);
        story.merchant(h(31), complete());
        story.merchant(h(40), evidence(2));
        story.reviewer(h(41), assess(1, false));
        if accepted {
            story.reviewer(h(42), assess(2, true));
        }
        story.pass(h(500));
        assert_eq!(story.findings().len(), 1);
    }
}

#[test]
fn refused_evidence_of_the_first_round_is_no_finding() {
    // rulebook 4.1(3): repeat complaint
    let mut story = Story::other();
    story.merchant(h(1), evidence(1));
    story.merchant(h(1), complete());
    story.reviewer(h(2), assess(1, false));
    story.pass(h(500));
    assert!(story.findings().is_empty());
}

#[test]
fn granting_the_whole_remedy_by_approval_or_settlement_needs_no_evidence() {
    // rulebook 3(1).1.2, policy repeat-evidence
    for (act, status) in [
        (approve(9_700), ClockStatus::Void),
        (approve(9_699), ClockStatus::OnTrack),
        (settle(1), ClockStatus::Void),
    ] {
        let mut story = Story::asking().repeated(10, 30);
        story.merchant(h(31), act.clone());
        assert_eq!(story.status(2, Evidence, h(32)), status, "{act:?}");
    }
}

#[test]
fn an_approval_becomes_the_whole_remedy_where_the_user_asks_for_less() {
    // policy repeat-evidence
    let mut story = Story::asking().repeated(10, 30);
    story.merchant(h(31), approve_within(5_000, 3));
    assert_eq!(story.status(2, Evidence, h(32)), ClockStatus::OnTrack);
    story.user(h(33), request(5_000));
    assert_eq!(story.status(2, Evidence, h(34)), ClockStatus::Void);
}

#[test]
fn evidence_that_is_refused_after_everything_was_granted_is_no_finding() {
    // rulebook 4.1(3), policy repeat-evidence
    let mut story = Story::asking().repeated(10, 30);
    story.merchant(h(31), evidence(1));
    story.merchant(h(32), approve(9_700));
    story.service(h(33), refund(1, 9_700));
    story.reviewer(h(34), assess(1, false));
    story.pass(h(500));
    assert_eq!(story.findings(), [("4.1(5)", 1, "open")]);
    assert_eq!(story.status(2, Evidence, h(500)), ClockStatus::Met);
}

#[test]
fn evidence_recorded_late_takes_back_what_was_found_without_it() {
    // rulebook 4.1(3)
    let mut story = Story::other().repeated(10, 30);
    story.merchant(h(31), respond());
    story.merchant(h(40), evidence(1));
    story.reviewer(h(41), assess(1, false));
    story.pass(h(110));
    assert!(story.findings().contains(&("4.1(3)", 2, "open")));
    // Our gateway had another piece in time.
    story.seen(h(50), h(111), evidence(1));
    assert!(story.findings().contains(&("4.1(3)", 2, "withdrawn")));
    // It is refused too: found again.
    story.reviewer(h(112), assess(2, false));
    let found: Vec<_> = story
        .findings()
        .into_iter()
        .filter(|(ground, ..)| *ground == "4.1(3)")
        .collect();
    assert_eq!(found, [("4.1(3)", 2, "withdrawn"), ("4.1(3)", 2, "open")]);
}

#[test]
fn evidence_that_supersedes_a_miss_and_is_refused_is_found_as_refused() {
    // rulebook 4.1(3)
    let mut story = Story::other().repeated(10, 30);
    story.merchant(h(31), respond());
    story.pass(h(103));
    assert!(story.findings().contains(&("4.1(3)", 2, "open")));
    story.seen(h(50), h(104), evidence(1));
    assert!(story.findings().contains(&("4.1(3)", 2, "withdrawn")));
    story.reviewer(h(105), assess(1, false));
    assert!(story.findings().contains(&("4.1(3)", 2, "open")));
}

#[test]
fn what_a_reviewer_overturned_is_not_found_again() {
    // rulebook 4.1(3)
    let mut story = Story::other().repeated(10, 30);
    story.merchant(h(31), complete());
    story.merchant(h(40), evidence(1));
    story.reviewer(h(110), assess(1, false));
    story.reviewer(h(111), determine(&[2]));
    story.reviewer = "R2";
    story.reviewer(h(112), overturn(1));
    story.pass(h(500));
    assert_eq!(
        story.findings(),
        [("4.1(5)", 1, "open"), ("4.1(3)", 2, "withdrawn")]
    );
}

#[test]
fn what_was_granted_in_an_earlier_round_and_not_paid_releases_no_later_one() {
    // policy repeat-evidence
    let mut story = Story::asking();
    story.merchant(h(1), approve_within(9_700, 3));
    let mut story = story.repeated(2, 3);
    story.user(h(4), request(9_000));
    assert_eq!(story.status(2, Evidence, h(5)), ClockStatus::OnTrack);
}

#[test]
fn evidence_that_came_too_late_and_is_refused_adds_nothing_to_its_missing() {
    // rulebook 4.1(3): nothing submitted in time, or everything refused; one of the two.
    let mut story = Story::other().repeated(10, 30);
    story.merchant(h(31), complete());
    story.pass(h(103));
    story.merchant(h(110), evidence(1));
    story.reviewer(h(111), assess(1, false));
    assert_eq!(
        story.findings(),
        [("4.1(5)", 1, "open"), ("4.1(3)", 2, "open")]
    );
}
