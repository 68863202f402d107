//! What time, fallen determinations and a lower standing do.

use super::*;
use crate::rulebook::Channel;
use crate::standing::Tier;

fn signing_for(days: i64) -> Story {
    let mut story = Story::new();
    story.impose(Proposal {
        ending: Ending::After(Span::from_days(days)),
        ..proposal(MeasureKind::TemplateSigning)
    });
    story
}

/// The end is computed when the measure comes into force, and is exclusive.
#[test]
fn a_measure_lapses_at_its_end() {
    let mut story = signing_for(30);
    let until = story.now.plus(Span::from_days(30));
    assert_eq!(story.measure(M1).until, Some(until));
    assert_eq!(story.measures.next_deadline(story.now), Some(until));
    story.now = until.minus(Span::from_ms(1));
    assert_eq!(story.let_time_pass(), vec![]);
    story.now = until;
    assert!(matches!(
        story.let_time_pass()[..],
        [MeasureEvent::Lapsed { measure_id: M1, .. }]
    ));
    assert_eq!(story.status(M1), MeasureStatus::Lapsed);
    assert_eq!(story.measures.next_deadline(story.now), None);
    assert_eq!(story.let_time_pass(), vec![]);
}

/// An end by date is that date, however late the last approval came.
#[test]
fn an_end_by_date_stays_that_date() {
    let mut story = Story::new();
    let until = story.now.plus(Span::from_days(2));
    story.impose(Proposal {
        ending: Ending::At(until),
        ..proposal(MeasureKind::TemplateSigning)
    });
    assert_eq!(story.measure(M1).until, Some(until));
}

/// rulebook 4.1: a proposal falls with a determination that it rests on; a measure in force is
/// reviewed, once for each determination that falls.
#[test]
fn what_rests_on_a_fallen_determination_is_withdrawn_or_reviewed() {
    let mut story = Story::new();
    let two_grounds = |kind| Proposal {
        grounds: vec![text("C1/d1"), text("C2/d1")],
        ..proposal(kind)
    };
    story.impose(two_grounds(MeasureKind::PreDebitReminder));
    story
        .act(
            "K1",
            &MeasureAct::Propose(two_grounds(MeasureKind::ServiceSuspension)),
        )
        .expect("a proposal");
    let fall = |story: &mut Story, fallen: &[&str]| {
        let fallen: Vec<Arc<str>> = fallen.iter().map(|one| text(one)).collect();
        story.observe(|draft| draft.let_fall(&fallen))
    };
    assert_eq!(fall(&mut story, &["C9/d1"]), vec![]);
    let events = fall(&mut story, &["C1/d1"]);
    assert_eq!(
        events,
        vec![
            MeasureEvent::PutUnderReview {
                measure_id: M1,
                fallen: vec![text("C1/d1")]
            },
            MeasureEvent::Withdrawn { measure_id: M2 },
        ]
    );
    assert_eq!(story.status(M2), MeasureStatus::Withdrawn);
    assert_eq!(fall(&mut story, &["C1/d1"]), vec![]);
    let since = story.measure(M1).under_review_since;
    story.wait(Span::from_hours(1));
    assert_eq!(fall(&mut story, &["C1/d1", "C2/d1"]).len(), 1);
    assert_eq!(story.measure(M1).under_review_since, since);
}

/// policy cure: below the tier that brought it, a measure without an end lapses; one under review
/// waits for a person, and so does a rectification; what has an end or is for good stays.
#[test]
fn a_lower_standing_ends_what_has_no_other_end() {
    let mut story = Story::new();
    for (kind, ending) in [
        (MeasureKind::PreDebitReminder, Ending::AtCure),
        (MeasureKind::SettlementCycle, Ending::AtCure),
        (MeasureKind::Rectification, Ending::AtCure),
        (
            MeasureKind::TemplateSigning,
            Ending::After(Span::from_days(30)),
        ),
        (MeasureKind::PaymentPermission, Ending::Permanent),
    ] {
        let mut brought = proposal(kind);
        brought.ending = ending;
        if kind == MeasureKind::SettlementCycle {
            brought.grounds = vec![text("C7/d1")];
        }
        let measure_id = story.impose(brought);
        bring_by(&mut story, measure_id, Tier::T3);
    }
    let by_hand = story.impose(proposal(MeasureKind::RiskWarning));
    story.observe(|draft| draft.let_fall(&[text("C7/d1")]));
    assert_eq!(
        story.observe(|draft| draft.let_standing_fall(Tier::T3)),
        vec![]
    );
    let events = story.observe(|draft| draft.let_standing_fall(Tier::T2));
    assert!(matches!(
        events[..],
        [MeasureEvent::Lapsed { measure_id: M1, .. }]
    ));
    assert_eq!(story.status(by_hand), MeasureStatus::InForce);
    assert_eq!(
        story.observe(|draft| draft.let_standing_fall(Tier::T2)),
        vec![]
    );
}

/// A proposal of a tier that is no longer reached is withdrawn.
#[test]
fn a_lower_standing_withdraws_proposals() {
    let mut story = Story::new();
    story
        .act(
            "K1",
            &MeasureAct::Propose(proposal(MeasureKind::ServiceSuspension)),
        )
        .expect("a proposal");
    bring_by(&mut story, M1, Tier::T5);
    let events = story.observe(|draft| draft.let_standing_fall(Tier::T4));
    assert_eq!(events, vec![MeasureEvent::Withdrawn { measure_id: M1 }]);
}

/// Makes a measure one that a tier brought.
fn bring_by(story: &mut Story, measure_id: MeasureId, tier: Tier) {
    story
        .measures
        .change(measure_id, |measure| measure.tier = Some(tier));
}

/// rulebook 4.2: a measure in force is told on each channel of the edition, once; a proposal is
/// not.
#[test]
fn notices_go_out_once_on_each_channel() {
    let mut story = Story::new();
    story
        .act(
            "K1",
            &MeasureAct::Propose(proposal(MeasureKind::PreDebitReminder)),
        )
        .expect("a proposal");
    assert_eq!(story.observe(|draft| draft.issue_notices()), vec![]);
    story.act("K2", &approve(M1)).expect("an approval");
    let notice = |channel| MeasureEvent::NoticeIssued {
        measure_id: M1,
        channel,
    };
    assert_eq!(
        story.observe(|draft| draft.issue_notices()),
        vec![notice(Channel::InSite), notice(Channel::Email)]
    );
    assert_eq!(story.observe(|draft| draft.issue_notices()), vec![]);
}
