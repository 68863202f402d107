//! Every refusal of what reviewers ask, and which comes first.

use super::*;

fn blank() -> PersonalText {
    text("   ")
}

#[test]
fn an_assessment_names_known_evidence_not_yet_assessed_and_a_reason() {
    // rulebook 3(1).1.2
    let without_reason = |number| Act::AssessEvidence {
        evidence_id: EvidenceId(number),
        accepted: true,
        reason: blank(),
    };
    let mut story = Story::asking();
    story.merchant(h(1), evidence(2));
    story.reviewer(h(2), assess(1, true));
    for (number, code) in [
        (9, Code::EvidenceUnknown),
        (1, Code::AlreadyAssessed),
        (2, Code::ReasonMissing),
    ] {
        let act = without_reason(number);
        assert_eq!(story.refused(Role::Reviewer, h(3), act), code);
    }
}

#[test]
fn a_decision_on_a_late_fact_names_one_that_waits_and_a_rationale() {
    // policy partner-grace
    let accept = |number| Act::AcceptLateFact {
        fact_id: FactId(number),
        rationale: blank(),
    };
    let refuse = |number| Act::RefuseLateFact {
        fact_id: FactId(number),
        rationale: blank(),
    };
    let mut story = Story::asking();
    story.partner(h(1), h(30), respond());
    story.partner(h(2), h(30), respond());
    story.reviewer(h(31), refuse_fact(1));
    for (number, code) in [
        (9, Code::FactUnknown),
        (1, Code::AlreadyDecided),
        (2, Code::RationaleMissing),
    ] {
        for act in [accept(number), refuse(number)] {
            assert_eq!(story.refused(Role::Reviewer, h(32), act), code);
        }
    }
}

#[test]
fn a_fact_that_counted_by_itself_waits_for_nobody() {
    // policy partner-grace
    let mut story = Story::other().repeated(10, 30);
    story.seen(h(5), h(31), respond());
    let code = story.refused(Role::Reviewer, h(32), accept_fact(1));
    assert_eq!(code, Code::AlreadyDecided);
}

#[test]
fn a_ground_is_one_of_six_and_has_a_rationale() {
    // rulebook 4.1
    let find = |ground: &str| Act::FindGround {
        ground: Arc::from(ground),
        clauses: Vec::new(),
        rationale: blank(),
    };
    let mut story = Story::asking();
    for ground in ["", "4.1", "4.1(0)", "4.1(7)", "4.2(1)", "4.1(1) "] {
        let code = story.refused(Role::Reviewer, h(1), find(ground));
        assert_eq!(code, Code::GroundUnknown, "{ground:?}");
    }
    let code = story.refused(Role::Reviewer, h(1), find("4.1(4)"));
    assert_eq!(code, Code::RationaleMissing);
}

#[test]
fn determining_and_dismissing_name_known_findings_and_a_rationale_of_open_ones() {
    // rulebook 4.1
    let ids = |numbers: &[u32]| numbers.iter().copied().map(FindingId).collect::<Vec<_>>();
    let mut story = Story::other();
    story.pass(h(25));
    for numbers in [&[][..], &[9], &[1, 9]] {
        for act in [
            Act::Determine {
                finding_ids: ids(numbers),
                rationale: blank(),
            },
            Act::Dismiss {
                finding_ids: ids(numbers),
                rationale: blank(),
            },
        ] {
            let code = story.refused(Role::Reviewer, h(26), act);
            assert_eq!(code, Code::FindingUnknown);
        }
    }
    for act in [
        Act::Determine {
            finding_ids: ids(&[1]),
            rationale: blank(),
        },
        Act::Dismiss {
            finding_ids: ids(&[1]),
            rationale: blank(),
        },
    ] {
        let code = story.refused(Role::Reviewer, h(26), act);
        assert_eq!(code, Code::RationaleMissing);
    }
    for act in [determine(&[1]), dismiss(&[1])] {
        let code = story.refused(Role::Reviewer, h(26), act);
        assert_eq!(code, Code::AlreadyDecided);
    }
}

#[test]
fn overturning_names_a_determination_of_somebody_else_and_a_rationale_once() {
    // policy four-eyes
    let without_rationale = |number| Act::Overturn {
        determination_id: super::super::DeterminationId(number),
        rationale: blank(),
    };
    let mut story = Story::other();
    story.reviewer(h(1), find_ground("4.1(4)"));
    story.reviewer(h(2), determine(&[1]));
    let act = without_rationale(9);
    assert_eq!(
        story.refused(Role::Reviewer, h(3), act),
        Code::DeterminationUnknown
    );
    let act = without_rationale(1);
    assert_eq!(story.refused(Role::Reviewer, h(3), act), Code::SameReviewer);
    story.reviewer = "R2";
    let act = without_rationale(1);
    assert_eq!(
        story.refused(Role::Reviewer, h(3), act),
        Code::RationaleMissing
    );
    story.reviewer(h(3), overturn(1));
    assert_eq!(
        story.refused(Role::Reviewer, h(4), overturn(1)),
        Code::AlreadyDecided
    );
}
