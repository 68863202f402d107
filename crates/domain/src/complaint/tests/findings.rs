//! What is found by itself (rulebook 4.1), one test a row.

use super::*;
use crate::complaint::{Cause, Ground};
use ClockKind::{FirstReply, RefundDecision, Resolution};

fn causes(story: &Story) -> Vec<Cause> {
    story
        .complaint()
        .findings
        .iter()
        .map(|finding| finding.cause)
        .collect()
}

#[test]
fn each_late_clock_of_a_round_is_a_finding_of_its_own() {
    // rulebook 4.1(1), guide overdue, policy refund-decision-overdue
    let mut story = Story::asking();
    story.pass(h(500));
    assert_eq!(
        causes(&story),
        [FirstReply, RefundDecision, Resolution].map(Cause::Clock)
    );
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined"); 3]);
    assert_eq!(story.determinations(), ["standing"; 3]);
    let clauses: Vec<Vec<_>> = story
        .complaint()
        .findings
        .iter()
        .map(|finding| finding.clauses.iter().map(ToString::to_string).collect())
        .collect();
    assert!(clauses[0].contains(&"guide first-reply".into()));
    assert!(clauses[1].contains(&"policy refund-decision-overdue".into()));
    assert!(clauses[2].contains(&"guide resolution".into()));
}

#[test]
fn findings_and_determinations_are_numbered_in_order() {
    // rulebook 4.1
    let mut story = Story::asking();
    story.pass(h(500));
    let complaint = story.complaint();
    let ids: Vec<_> = complaint
        .findings
        .iter()
        .map(|one| one.finding_id.to_string())
        .collect();
    assert_eq!(ids, ["f1", "f2", "f3"]);
    let ids: Vec<_> = complaint
        .determinations
        .iter()
        .map(|one| one.determination_id.to_string())
        .collect();
    assert_eq!(ids, ["d1", "d2", "d3"]);
}

#[test]
fn a_finding_names_the_events_that_it_rests_on() {
    // rulebook 4.1
    let mut story = Story::other();
    story.pass(h(25));
    let (missed, rests_on) = story
        .followed
        .iter()
        .enumerate()
        .find_map(|(index, event)| match event {
            // Versions 0 and 1 are the filing and the opening of the round.
            Event::GroundFound { rests_on, .. } => Some((index + 1, rests_on.clone())),
            _ => None,
        })
        .unwrap();
    assert_eq!(rests_on, [1, missed as u64]);
}

#[test]
fn an_open_duty_at_the_close_is_one_finding_a_round_unless_the_user_withdrew() {
    // rulebook 4.1(2), 2.2(1), 2.2(2)
    for (act, role, found) in [
        (complete(), Role::Merchant, 1),
        (Act::Confirm, Role::User, 1),
        (Act::Withdraw, Role::User, 0),
    ] {
        let mut story = Story::filed(Problem::AmountNotRecognised, None);
        story.tell(role, None, h(1), h(1), act).unwrap();
        assert_eq!(story.findings().len(), found);
        assert!(causes(&story).iter().all(|cause| *cause == Cause::DutyOpen));
    }
}

#[test]
fn one_of_two_duties_is_not_enough() {
    // rulebook 4.1(2), 2.2(2)
    for (acts, found) in [
        (vec![explain()], 1),
        (vec![reconfirm()], 1),
        (vec![explain(), reconfirm()], 0),
    ] {
        let mut story = Story::filed(Problem::AmountNotRecognised, None);
        for act in acts {
            story.merchant(h(1), act);
        }
        story.merchant(h(2), complete());
        assert_eq!(story.findings().len(), found);
    }
}

#[test]
fn an_agreement_not_recognised_asks_for_the_plan_to_be_reconfirmed() {
    // rulebook 4.1(2), 2.2(1)
    let mut story = Story::filed(Problem::AgreementNotRecognised, None);
    story.merchant(h(1), approve(PAID_FEN));
    story.service(h(2), refund(1, PAID_FEN));
    assert_eq!(causes(&story), [Cause::DutyOpen]);

    let mut done = Story::filed(Problem::AgreementNotRecognised, None);
    done.merchant(h(1), reconfirm());
    done.merchant(h(1), approve(PAID_FEN));
    done.service(h(2), refund(1, PAID_FEN));
    assert!(done.findings().is_empty());
}

#[test]
fn other_problems_and_the_second_round_of_an_amount_have_no_duties() {
    // rulebook 2.2(2): on the first complaint
    for problem in [
        Problem::RefundRequest,
        Problem::ServiceNotWorking,
        Problem::Other,
    ] {
        let story = Story::filed(problem, None);
        assert!(story.complaint().remedy().duties.is_empty());
    }
    let mut story = Story::filed(Problem::AmountNotRecognised, None);
    story.merchant(h(1), explain());
    story.merchant(h(1), reconfirm());
    let mut story = story.repeated(2, 3);
    story.merchant(h(4), evidence(1));
    story.merchant(h(4), complete());
    assert_eq!(causes(&story), [Cause::ContinuedAfterComplete]);
}

#[test]
fn completing_below_the_remedy_is_a_finding() {
    // rulebook 4.1(5), 2.2
    for (approved_fen, found) in [(9_699, 1), (9_700, 0)] {
        let mut story = Story::asking();
        story.merchant(h(1), approve_within(approved_fen, 3));
        story.merchant(h(2), complete());
        assert_eq!(causes(&story), vec![Cause::BelowRemedy; found]);
    }
}

#[test]
fn money_received_counts_like_money_approved() {
    // rulebook 4.1(5): less approved or refunded than owed
    let mut story = Story::asking();
    story.service(h(1), refund(1, 9_700));
    story.merchant(h(2), complete());
    assert!(story.findings().is_empty());
}

#[test]
fn closing_as_refunded_below_the_remedy_is_a_finding() {
    // rulebook 4.1(5)
    let mut story = Story::asking();
    story.merchant(h(1), approve(2_000));
    story.service(h(2), refund(1, 2_000));
    assert_eq!(causes(&story), [Cause::BelowRemedy]);
    assert_eq!(story.complaint().findings[0].effective_at, h(2));
}

#[test]
fn an_explicit_request_still_undecided_is_judged_by_its_clock_alone() {
    // rulebook 4.1(5), 4.1(1)
    let mut story = Story::asking();
    story.merchant(h(1), complete());
    story.pass(h(72));
    assert!(story.findings().is_empty());
    story.pass(h(73));
    assert_eq!(causes(&story), [Cause::Clock(RefundDecision)]);
}

#[test]
fn an_implied_request_is_judged_at_the_close() {
    // rulebook 4.1(5), 2.2(1)
    let mut story = Story::filed(Problem::AgreementNotRecognised, None);
    story.merchant(h(1), reconfirm());
    story.merchant(h(2), complete());
    assert_eq!(causes(&story), [Cause::BelowRemedy]);
}

#[test]
fn closes_by_the_user_are_not_judged() {
    // rulebook 4.1(5)
    for act in [Act::Confirm, Act::Withdraw] {
        let mut story = Story::asking();
        story.merchant(h(1), approve_within(1, 3));
        story.user(h(2), act);
        assert!(story.findings().is_empty());
    }
}

#[test]
fn a_rejection_is_judged_when_all_its_evidence_is_refused() {
    // rulebook 4.1(5), 3(1).1.1
    let two = Act::RejectRefund {
        reason: text("the service was used"),
        evidence: vec![item(), item()],
        remark: None,
    };
    let mut story = Story::asking();
    story.merchant(h(1), two);
    assert!(story.findings().is_empty());
    story.reviewer(h(2), assess(1, false));
    assert!(story.findings().is_empty());
    story.reviewer(h(3), assess(2, false));
    assert_eq!(causes(&story), [Cause::BelowRemedy]);
    assert_eq!(story.complaint().findings[0].effective_at, h(3));
}

#[test]
fn a_rejection_with_accepted_evidence_or_with_everything_granted_stands() {
    // rulebook 4.1(5)
    let mut accepted = Story::asking();
    accepted.merchant(h(1), reject());
    accepted.reviewer(h(2), assess(1, true));
    assert!(accepted.findings().is_empty());

    let mut granted = Story::asking();
    granted.merchant(h(1), reject());
    granted.merchant(h(2), approve(9_700));
    granted.service(h(3), refund(1, 9_700));
    granted.reviewer(h(4), assess(1, false));
    assert!(granted.findings().is_empty());
}

#[test]
fn evidence_that_did_not_come_with_the_rejection_does_not_hold_it_up() {
    // rulebook 4.1(5)
    let mut story = Story::asking();
    story.merchant(h(1), evidence(1));
    story.merchant(h(2), reject());
    story.reviewer(h(3), assess(2, false));
    assert_eq!(causes(&story), [Cause::BelowRemedy]);
}

#[test]
fn a_user_who_must_continue_after_complete_is_a_finding_of_the_round_that_was_closed() {
    // rulebook 4.1(5), 3(1).bad-3
    let story = Story::other().repeated(1, 2);
    assert_eq!(story.findings(), [("4.1(5)", 1, "open")]);
    assert_eq!(causes(&story), [Cause::ContinuedAfterComplete]);
    assert_eq!(story.complaint().findings[0].effective_at, h(2));
}

#[test]
fn continuing_after_any_other_close_is_none() {
    // rulebook 3(1).bad-3: closing without solving
    let mut confirmed = Story::other();
    confirmed.user(h(1), Act::Confirm);
    confirmed.user(h(2), proceed());
    assert!(confirmed.findings().is_empty());
    let mut rejected = Story::asking();
    rejected.merchant(h(1), reject());
    rejected.user(h(2), proceed());
    assert!(rejected.findings().is_empty());
}

#[test]
fn two_causes_of_one_ground_in_a_round_are_two_findings_and_each_is_found_once() {
    // rulebook 4.1(5)
    let mut story = Story::asking();
    story.merchant(h(1), approve_within(1_000, 3));
    story.merchant(h(2), complete());
    story.user(h(3), proceed());
    for at in [4, 5, 6] {
        story.user(h(at), proceed());
    }
    assert_eq!(
        causes(&story),
        [Cause::BelowRemedy, Cause::ContinuedAfterComplete]
    );
}

#[test]
fn only_the_grounds_that_the_edition_names_are_determined_by_itself() {
    // rulebook 4.1, guide overdue
    let mut edition = default_edition();
    edition.automatic_grounds = vec![Ground::NotHandledProperly];
    let mut story = Story::under(Rulebook::new(edition));
    story.file(h(0), Problem::Other, None);
    let mut story = story.repeated(30, 31);
    assert_eq!(
        story.findings(),
        [("4.1(1)", 1, "open"), ("4.1(5)", 1, "determined")]
    );
    story.merchant(h(32), respond());
}

#[test]
fn what_lies_before_the_cutover_of_an_import_is_shown_without_liability() {
    // rulebook 4.1(1)
    let mut story = Story::asking();
    story.liability_from = Some(h(72).plus(ms(1)));
    story.pass(h(80));
    assert_eq!(
        story.findings(),
        [
            ("4.1(1)", 1, "dismissed"),
            ("4.1(1)", 1, "determined"),
            ("4.1(1)", 1, "determined")
        ]
    );
}
