//! rulebook 4.2(1), policy rectification

use super::*;
use crate::measure::AppealOutcome;

fn in_force() -> Story {
    let mut story = Story::new();
    story.impose(proposal(MeasureKind::Rectification));
    story
}

fn due(story: &Story) -> Instant {
    story
        .measure(M1)
        .rectification
        .as_ref()
        .expect("a rectification")
        .due_at
}

fn submit() -> MeasureAct {
    MeasureAct::SubmitRectification {
        measure_id: M1,
        summary: text("two more agents on duty"),
    }
}

fn accept() -> MeasureAct {
    MeasureAct::AcceptRectification {
        measure_id: M1,
        rationale: text("seen on site"),
    }
}

fn turn_down() -> MeasureAct {
    MeasureAct::RefuseRectification {
        measure_id: M1,
        rationale: text("no dates given"),
    }
}

fn overdue(story: &mut Story) -> bool {
    let events = story.let_time_pass();
    assert_eq!(story.let_time_pass(), vec![], "once is enough");
    events
        .iter()
        .any(|event| matches!(event, MeasureEvent::RectificationOverdue { .. }))
}

/// Seven days from the imposition; the view's end is the due instant and the measure has none.
#[test]
fn the_edition_says_by_when_to_rectify() {
    let story = in_force();
    assert_eq!(due(&story), story.now.plus(Span::from_days(7)));
    assert_eq!(story.measure(M1).until, None);
    assert_eq!(story.measure(M1).ends_at(), Some(due(&story)));
}

/// An end given by hand is the time limit: a rectification does not lapse by doing nothing.
#[test]
fn an_end_by_hand_is_the_limit() {
    let mut story = Story::new();
    story.impose(Proposal {
        ending: Ending::After(Span::from_days(2)),
        ..proposal(MeasureKind::Rectification)
    });
    assert_eq!(due(&story), story.now.plus(Span::from_days(2)));
    story.now = due(&story).just_after();
    assert!(overdue(&mut story));
    assert_eq!(story.status(M1), MeasureStatus::InForce);
}

/// Nothing submitted: overdue a millisecond after the due instant, and not before.
#[test]
fn nothing_submitted_is_overdue_just_after_the_due_instant() {
    let mut story = in_force();
    assert_eq!(
        story.measures.next_deadline(story.now),
        Some(due(&story).just_after())
    );
    story.now = due(&story);
    assert!(!overdue(&mut story));
    story.now = due(&story).just_after();
    assert!(overdue(&mut story));
    assert!(story.measure(M1).is_overdue());
    let intervals = story.measures.overdue_intervals();
    assert_eq!((intervals[0].from, intervals[0].until), (story.now, None));
}

/// A submission at the last instant that waits is enough; accepted later, it meets the limit.
#[test]
fn a_submission_in_time_may_be_accepted_later() {
    let mut story = in_force();
    story.now = due(&story);
    story.act("M1", &submit()).expect("a submission");
    assert_eq!(story.measures.next_deadline(story.now), None);
    story.wait(Span::from_days(3));
    assert!(!overdue(&mut story));
    let events = story.act("K1", &accept()).expect("an acceptance");
    assert!(matches!(
        events[..],
        [
            MeasureEvent::RectificationAccepted { .. },
            MeasureEvent::Lapsed { .. }
        ]
    ));
    assert_eq!(story.status(M1), MeasureStatus::Lapsed);
    assert!(story.measures.overdue_intervals().is_empty());
}

/// A millisecond late is late: it stays overdue until it is accepted.
#[test]
fn a_late_submission_does_not_end_being_overdue() {
    let mut story = in_force();
    story.now = due(&story).just_after();
    assert!(overdue(&mut story));
    story.act("M1", &submit()).expect("a submission");
    assert!(story.measure(M1).is_overdue());
    story.wait(Span::from_days(1));
    story.act("K1", &accept()).expect("an acceptance");
    assert!(!story.measure(M1).is_overdue());
    assert_eq!(story.measures.overdue_intervals()[0].until, Some(story.now));
}

/// Refused before the due instant with nothing after it: overdue with the due instant. Refused
/// after it: overdue with the refusal.
#[test]
fn a_refused_submission_meets_nothing() {
    let mut story = in_force();
    story.act("M1", &submit()).expect("a submission");
    story.act("K1", &turn_down()).expect("a refusal");
    story.now = due(&story).just_after();
    assert!(overdue(&mut story));

    let mut story = in_force();
    story.act("M1", &submit()).expect("a submission");
    story.now = due(&story).plus(Span::from_days(1));
    assert!(!overdue(&mut story));
    story.act("K1", &turn_down()).expect("a refusal");
    assert!(overdue(&mut story));
    assert_eq!(story.measures.overdue_intervals()[0].from, story.now);
}

/// A submission made in time and recorded late meets what was declared overdue.
#[test]
fn a_submission_recorded_late_counts_from_when_it_was_made() {
    let mut story = in_force();
    let due = due(&story);
    story.now = due.just_after();
    assert!(overdue(&mut story));
    story.now = due;
    story.act("M1", &submit()).expect("a submission");
    assert!(!story.measure(M1).is_overdue());
    assert!(story.measures.overdue_intervals().is_empty());
}

/// What is there must be decided on, once, and on a rectification.
#[test]
fn rectifications_are_refused_in_order() {
    let mut story = in_force();
    let unknown = MeasureAct::SubmitRectification {
        measure_id: M2,
        summary: text(""),
    };
    assert_eq!(story.refused("M1", &unknown), Code::MeasureUnknown);
    let silent = MeasureAct::SubmitRectification {
        measure_id: M1,
        summary: text(" "),
    };
    assert_eq!(story.refused("M1", &silent), Code::SummaryMissing);
    assert_eq!(story.refused("K1", &accept()), Code::AlreadyDecided);
    story.act("M1", &submit()).expect("a submission");
    let silent = MeasureAct::AcceptRectification {
        measure_id: M1,
        rationale: text(""),
    };
    assert_eq!(story.refused("K1", &silent), Code::RationaleMissing);
    let silent = MeasureAct::RefuseRectification {
        measure_id: M1,
        rationale: text(""),
    };
    assert_eq!(story.refused("K1", &silent), Code::RationaleMissing);
    story.act("K1", &turn_down()).expect("a refusal");
    assert_eq!(story.refused("K1", &turn_down()), Code::AlreadyDecided);
    story.act("K1", &lift(M1, "cured")).expect("a lift");
    assert_eq!(story.refused("M1", &submit()), Code::MeasureNotInForce);

    let mut story = Story::new();
    story.impose(proposal(MeasureKind::PreDebitReminder));
    assert_eq!(story.refused("M1", &submit()), Code::FieldInvalid);
}

/// rulebook 4.1: what rests on a fallen determination is reviewed; its clock stands still and runs
/// on by what was left when an appeal upholds it.
#[test]
fn the_clock_stands_still_under_review() {
    let mut story = in_force();
    let due_before = due(&story);
    story.wait(Span::from_days(5));
    story.observe(|draft| draft.let_fall(&[text("C1/d1")]));
    assert!(story.measure(M1).under_review());
    assert_eq!(story.measures.next_deadline(story.now), None);
    story.act("M1", &appeal()).expect("an appeal");
    story.wait(Span::from_days(10));
    assert!(!overdue(&mut story));
    story.act("K9", &uphold()).expect("a decision");
    assert!(!story.measure(M1).under_review());
    assert_eq!(due(&story), due_before.plus(Span::from_days(10)));
    story.now = due(&story).just_after();
    assert!(overdue(&mut story));
}

/// Under review it does not count as overdue, not even for the time before; upheld, it does again.
#[test]
fn what_is_under_review_does_not_count_as_overdue() {
    let mut story = in_force();
    story.act("M1", &appeal()).expect("an appeal");
    let due_before = due(&story);
    story.now = due_before.just_after();
    assert!(overdue(&mut story));
    let from = story.now;
    story.wait(Span::from_days(1));
    let reviewed_from = story.now;
    story.observe(|draft| draft.let_fall(&[text("C1/d1")]));
    assert!(story.measures.overdue_intervals().is_empty());
    story.wait(Span::from_days(1));
    story.act("K9", &uphold()).expect("a decision");
    let intervals = story.measures.overdue_intervals();
    assert_eq!(intervals.len(), 2);
    assert_eq!(
        (intervals[0].from, intervals[0].until),
        (from, Some(reviewed_from))
    );
    assert_eq!((intervals[1].from, intervals[1].until), (story.now, None));
    // A review that began after the due instant moves nothing.
    assert_eq!(due(&story), due_before);
}

fn appeal() -> MeasureAct {
    MeasureAct::Appeal {
        measure_id: M1,
        statement: text("not ours"),
    }
}

fn uphold() -> MeasureAct {
    MeasureAct::DecideAppeal {
        measure_id: M1,
        outcome: AppealOutcome::Uphold,
        rationale: text("the rest is enough"),
        until: None,
    }
}
