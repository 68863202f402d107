//! What time and a new standing bring about (rulebook 4.2, policy four-eyes, policy cure).

use super::*;
use crate::measure::tests::{M1, M2};
use crate::measure::{Authority, Ending};
use crate::merchant::{MeasureAct, next_deadline};
use crate::rulebook::Channel;
use crate::standing::StandingChange;

fn names(events: &[Event]) -> Vec<&'static str> {
    events
        .iter()
        .map(|event| crate::event::Event::Merchant(event.clone()).name())
        .collect()
}

/// On entering t1 the rectification that the edition calls automatic comes into force and is told.
#[test]
fn t1_brings_a_rectification() {
    let mut story = Story::registered();
    let observation = story.at_tier(Tier::T1);
    let events = story.observe(&observation);
    assert_eq!(
        names(&events),
        vec![
            "StandingChanged",
            "MeasureProposed",
            "MeasureImposed",
            "NoticeIssued",
            "NoticeIssued"
        ]
    );
    let expected = StandingChange {
        from: Tier::None,
        to: Tier::T1,
        metrics: story.evaluation(Tier::T1).metrics,
        reasons: vec![],
        computed_at_position: 40,
        corrected: false,
    };
    assert_eq!(events[0], Event::StandingChanged { change: expected });
    assert_eq!(story.merchant().standing.tier, Tier::T1);
    assert_eq!(story.merchant().standing.since, Some(story.now));
    let measure = story.merchant().measures.get(M1).expect("a measure");
    assert_eq!(measure.authority, Authority::Automatic);
    assert_eq!(measure.grounds, vec![text("C1/d1"), text("C2/d1")]);
    assert_eq!(measure.ends_at(), Some(story.now.plus(Span::from_days(7))));
    assert_eq!(measure.tier, Some(Tier::T1));
    assert!(measure.metrics.is_some());
    assert!(measure.approvals.is_empty());
}

/// The measures of every tier passed on the way up, each with its own authority; only what is
/// automatic is in force.
#[test]
fn every_tier_passed_brings_its_measures() {
    let mut story = Story::registered();
    story.observe(&story.at_tier(Tier::T3));
    let expected = [
        (MeasureKind::Rectification, Authority::Automatic),
        (MeasureKind::PreDebitReminder, Authority::One),
        (MeasureKind::SettlementCycle, Authority::One),
        (MeasureKind::TemplateSigning, Authority::Two),
        (MeasureKind::Limits, Authority::Two),
    ];
    let measures: Vec<_> = story
        .merchant()
        .measures
        .iter()
        .map(|measure| (measure.kind, measure.authority))
        .collect();
    assert_eq!(measures, expected);
    let in_force: Vec<_> = story.merchant().measures.in_force().collect();
    assert_eq!(in_force.len(), 1);
    // The next tier adds its own, and a longer settlement cycle beside the one proposed.
    story.observe(&story.at_tier(Tier::T4));
    assert_eq!(story.measures().len(), 7);
}

/// What is open already is not proposed again; what was refused is, on entering anew.
#[test]
fn what_is_open_is_not_proposed_again() {
    let mut story = Story::registered();
    story.observe(&story.at_tier(Tier::T2));
    let refuse = Act::Measure(MeasureAct::Refuse {
        measure_id: M2,
        rationale: text("not needed"),
    });
    story.act(person("K1"), refuse).expect("a refusal");
    story.observe(&story.at_tier(Tier::T1));
    assert_eq!(
        story.measures(),
        vec![
            (MeasureKind::Rectification, MeasureStatus::InForce),
            (MeasureKind::PreDebitReminder, MeasureStatus::Refused),
            (MeasureKind::SettlementCycle, MeasureStatus::Withdrawn),
        ]
    );
    story.observe(&story.at_tier(Tier::T2));
    assert_eq!(
        story.measures()[3..],
        [
            (MeasureKind::PreDebitReminder, MeasureStatus::Proposed),
            (MeasureKind::SettlementCycle, MeasureStatus::Proposed),
        ]
    );
}

/// Ending the service and closing permissions are for good, whatever the edition writes.
#[test]
fn the_last_tier_is_for_good() {
    let mut story = Story::registered();
    story.observe(&story.at_tier(Tier::T6));
    let last: Vec<_> = story
        .merchant()
        .measures
        .iter()
        .rev()
        .take(2)
        .map(|measure| (measure.kind, measure.ending))
        .collect();
    assert_eq!(
        last,
        vec![
            (MeasureKind::PaymentPermission, Ending::Permanent),
            (MeasureKind::ServiceTermination, Ending::Permanent),
        ]
    );
}

/// A standing without determinations rests on the window itself.
#[test]
fn grounds_are_never_empty() {
    let mut story = Story::registered();
    story.facts.standing_determinations.clear();
    story.observe(&story.at_tier(Tier::T1));
    let measure = story.merchant().measures.get(M1).expect("a measure");
    assert_eq!(measure.grounds, vec![text("policy window")]);
}

/// An import of history brings nothing into force and tells nobody; a person can approve what it
/// kept back.
#[test]
fn an_import_enacts_nothing() {
    let mut story = Story::registered();
    let observation = Observation {
        enact: false,
        ..story.at_tier(Tier::T1)
    };
    let events = story.observe(&observation);
    assert_eq!(names(&events), vec!["StandingChanged", "MeasureProposed"]);
    assert_eq!(story.observe(&story.observation()), vec![]);
    let approve = Act::Measure(MeasureAct::Approve {
        measure_id: M1,
        seen_position: None,
    });
    story.act(person("K1"), approve).expect("an approval");
    assert_eq!(story.measures()[0].1, MeasureStatus::InForce);
}

/// policy cure: a measure without an end lapses below the tier that brought it.
#[test]
fn a_lower_tier_ends_its_measures() {
    let mut story = Story::registered();
    story.observe(&story.at_tier(Tier::T2));
    let approve = Act::Measure(MeasureAct::Approve {
        measure_id: M2,
        seen_position: None,
    });
    story.act(person("K1"), approve).expect("an approval");
    story.observe(&story.observation());
    story.wait(Span::from_days(40));
    let events = story.observe(&story.at_tier(Tier::T1));
    assert_eq!(
        names(&events),
        vec![
            "RectificationOverdue",
            "StandingChanged",
            "MeasureLapsed",
            "MeasureWithdrawn"
        ]
    );
}

/// rulebook 4.1: a corrected fall withdraws proposals and reviews what is in force; that does not
/// lapse by the fall.
#[test]
fn a_corrected_fall_is_reviewed() {
    let mut story = Story::registered();
    story.observe(&story.at_tier(Tier::T2));
    let approve = Act::Measure(MeasureAct::Approve {
        measure_id: M2,
        seen_position: None,
    });
    story.act(person("K1"), approve).expect("an approval");
    story.observe(&story.observation());
    let mut corrected = story.at_tier(Tier::Watch);
    corrected.fallen_determinations = vec![text("C1/d1")];
    if let Some(evaluation) = &mut corrected.evaluation {
        evaluation.corrected = true;
    }
    let events = story.observe(&corrected);
    assert_eq!(
        names(&events),
        vec![
            "MeasurePutUnderReview",
            "MeasurePutUnderReview",
            "MeasureWithdrawn",
            "StandingChanged"
        ]
    );
    assert!(matches!(
        events.last(),
        Some(Event::StandingChanged { change }) if change.corrected
    ));
    for measure in story.merchant().measures.in_force() {
        assert!(measure.under_review());
    }
    assert_eq!(story.merchant().measures.in_force().count(), 2);
}

/// The order of one observation: what time brings, what fell, then standing and its measures.
#[test]
fn time_comes_before_standing() {
    let mut story = Story::registered();
    story.observe(&story.at_tier(Tier::T1));
    let due_at = story.now.plus(Span::from_days(7));
    let deadline = next_deadline(story.merchant(), story.now);
    assert_eq!(deadline, Some(due_at.just_after()));
    story.now = due_at;
    assert_eq!(story.observe(&story.observation()), vec![]);
    story.now = due_at.just_after();
    let events = story.observe(&story.at_tier(Tier::T2));
    assert_eq!(
        names(&events),
        vec![
            "RectificationOverdue",
            "StandingChanged",
            "MeasureProposed",
            "MeasureProposed"
        ]
    );
    let intervals = story.merchant().overdue_intervals();
    assert_eq!((intervals[0].from, intervals[0].until), (story.now, None));
}

/// rulebook 3(1).1.3: an industry's stricter limit counts for rectifications as well.
#[test]
fn the_industry_may_shorten_the_limit() {
    let mut story = Story::registered();
    let mut edition = default_edition();
    let mut overlay = crate::rulebook::Overlay::default();
    overlay
        .durations
        .insert(crate::clock::ClockKind::Rectification, Span::from_days(3));
    edition.industries.insert(Industry::General, overlay);
    story.rulebook = Arc::new(Rulebook::new(edition));
    story.observe(&story.at_tier(Tier::T1));
    let measure = story.merchant().measures.get(M1).expect("a measure");
    assert_eq!(measure.ends_at(), Some(story.now.plus(Span::from_days(3))));
}

/// What the gate looks at are the measures in force.
#[test]
fn the_gate_sees_what_is_in_force() {
    let mut story = Story::registered();
    story.observe(&story.at_tier(Tier::T2));
    let kinds: Vec<_> = story
        .merchant()
        .gate()
        .measures
        .iter()
        .map(|measure| (measure.measure_id, measure.kind))
        .collect();
    assert_eq!(kinds, vec![(M1, MeasureKind::Rectification)]);
}

/// rulebook 4.2: the channels are those of the edition under which the measure was imposed.
#[test]
fn notices_follow_the_edition_of_the_imposition() {
    let mut story = Story::registered();
    let mut later = default_edition();
    later.name = crate::identity::EditionName::new("next").expect("a name");
    later.effective_at = story.now.plus(Span::from_days(1));
    later.notice_channels = vec![Channel::InSite, Channel::Email, Channel::Wechat];
    story.rulebook = Arc::new((*story.rulebook).clone().with(later));
    story.observe(&story.at_tier(Tier::T1));
    story.wait(Span::from_days(2));
    assert_eq!(story.observe(&story.observation()), vec![]);
}
