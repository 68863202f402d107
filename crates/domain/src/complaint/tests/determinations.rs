//! What reviewers find, determine, dismiss and overturn (rulebook 4.1).

use super::*;
use crate::complaint::{Determiner, Ground};

#[test]
fn a_reviewer_finds_any_ground_in_the_current_round() {
    // rulebook 4.1(1) to 4.1(6)
    let mut story = Story::other();
    for ground in Ground::ALL {
        let events = story.reviewer(h(1), find_ground(ground.as_str()));
        assert_eq!(names(&events), ["GroundFound"]);
    }
    assert_eq!(story.findings().len(), 6);
    assert!(
        story
            .findings()
            .iter()
            .all(|(.., status)| *status == "open")
    );
    let last = story.complaint().findings.last().unwrap();
    let clauses: Vec<&str> = last.clauses.iter().map(AsRef::as_ref).collect();
    assert_eq!(clauses, ["4.1(6)", "3(1).bad-1"]);
}

#[test]
fn one_command_makes_one_determination_for_all_it_names() {
    // rulebook 4.1
    let mut story = Story::other().repeated(1, 2);
    story.reviewer(h(3), find_ground("4.1(4)"));
    story.reviewer(h(3), find_ground("4.1(5)"));
    let events = story.reviewer(h(4), determine(&[3, 1, 2, 1]));
    let [
        Event::LiabilityDetermined {
            finding_ids,
            grounds,
            determined_by,
            ..
        },
    ] = events.as_slice()
    else {
        unreachable!("one determination")
    };
    assert_eq!(*finding_ids, [3, 1, 2].map(FindingId));
    assert_eq!(*grounds, [Ground::NotHandledProperly, Ground::NoEasyExit]);
    assert_eq!(
        *determined_by,
        Determiner::Person(ActorId::new("R1").unwrap())
    );
    assert_eq!(story.determinations(), ["standing"]);
    assert!(
        story
            .findings()
            .iter()
            .all(|(.., status)| *status == "determined")
    );
}

#[test]
fn what_is_determined_dismissed_or_withdrawn_is_decided() {
    // rulebook 4.1
    let mut story = Story::other();
    story.pass(h(25));
    for _ in 0..2 {
        story.reviewer(h(26), find_ground("4.1(4)"));
    }
    story.reviewer(h(27), dismiss(&[2]));
    story.reviewer(h(27), determine(&[3]));
    story.reviewer = "R2";
    story.reviewer(h(28), overturn(2));
    assert_eq!(
        story.findings(),
        [
            ("4.1(1)", 1, "determined"),
            ("4.1(4)", 1, "dismissed"),
            ("4.1(4)", 1, "withdrawn")
        ]
    );
    for number in [1, 2, 3] {
        for act in [determine(&[number]), dismiss(&[number])] {
            let code = story.refused(Role::Reviewer, h(29), act);
            assert_eq!(code, Code::AlreadyDecided);
        }
    }
}

#[test]
fn overturning_takes_the_findings_along_and_a_person_does_not_overturn_their_own() {
    // rulebook 4.1, policy four-eyes
    let mut story = Story::other().repeated(1, 2);
    story.reviewer(h(3), determine(&[1]));
    let code = story.refused(Role::Reviewer, h(4), overturn(1));
    assert_eq!(code, Code::SameReviewer);
    story.reviewer = "R2";
    assert_eq!(
        names(&story.reviewer(h(5), overturn(1))),
        ["DeterminationOverturned"]
    );
    assert_eq!(story.determinations(), ["overturned"]);
    assert_eq!(story.findings(), [("4.1(5)", 1, "withdrawn")]);
}

#[test]
fn anybody_overturns_what_the_edition_determined_and_nothing_is_found_again() {
    // guide overdue
    let mut story = Story::other();
    story.pass(h(25));
    story.reviewer(h(26), overturn(1));
    story.pass(h(71));
    assert_eq!(story.findings(), [("4.1(1)", 1, "withdrawn")]);
    assert_eq!(story.determinations(), ["overturned"]);
}

#[test]
fn an_edition_determines_under_its_own_name() {
    // guide overdue
    let mut story = Story::other();
    story.pass(h(25));
    assert_eq!(
        story.complaint().determinations[0].determined_by,
        Determiner::Edition(crate::identity::EditionName::new("2026-02-18").unwrap())
    );
}

#[test]
fn a_reviewers_determination_goes_under_review_when_what_it_rests_on_falls() {
    // rulebook 4.1(1)
    let mut edition = default_edition();
    edition.automatic_grounds.clear();
    let mut story = Story::under(Rulebook::new(edition));
    story.file(h(0), Problem::Other, None);
    story.pass(h(25));
    story.reviewer(h(26), determine(&[1]));
    assert!(!story.complaint().under_review());
    story.seen(h(23), h(27), respond());
    assert_eq!(
        names(&story.followed[story.followed.len() - 3..]),
        [
            "DeadlineMissSuperseded",
            "FindingWithdrawn",
            "DeterminationPutUnderReview"
        ]
    );
    assert_eq!(story.determinations(), ["under_review"]);
    assert!(story.complaint().under_review());
    // Who determined does not overturn, not even now.
    let code = story.refused(Role::Reviewer, h(28), overturn(1));
    assert_eq!(code, Code::SameReviewer);
    story.reviewer = "R2";
    story.reviewer(h(28), overturn(1));
    assert!(!story.complaint().under_review());
}

#[test]
fn a_dismissed_finding_stays_dismissed_where_its_miss_falls_and_comes_again() {
    // rulebook 4.1(1), policy pause
    let mut edition = edition_with_pauses();
    edition.automatic_grounds.clear();
    let mut story = Story::under(Rulebook::new(edition));
    story.file(h(0), Problem::Other, None);
    story.pass(h(25));
    story.reviewer(h(26), dismiss(&[1]));
    // A pause from 20 h on, told at 27 h: not late for now.
    story
        .tell(
            Role::Reviewer,
            None,
            h(20),
            h(27),
            pause(PauseReason::LegalHold),
        )
        .unwrap();
    story.reviewer(h(28), resume(PauseReason::LegalHold));
    story.pass(h(40));
    let missed = names(&story.followed)
        .into_iter()
        .filter(|name| *name == "DeadlineMissed")
        .count();
    assert_eq!(missed, 2);
    assert_eq!(story.findings(), [("4.1(1)", 1, "dismissed")]);
}
