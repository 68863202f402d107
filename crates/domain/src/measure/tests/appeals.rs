//! policy appeal: within its window, decided by somebody else.

use super::*;
use crate::clock::ClockKind;
use crate::measure::AppealOutcome;

fn in_force() -> Story {
    let mut story = Story::new();
    story.impose(proposal(MeasureKind::PreDebitReminder));
    story
}

fn appeal(measure_id: MeasureId, statement: &str) -> MeasureAct {
    MeasureAct::Appeal {
        measure_id,
        statement: text(statement),
    }
}

fn decision(outcome: AppealOutcome, until: Option<Instant>) -> MeasureAct {
    MeasureAct::DecideAppeal {
        measure_id: M1,
        outcome,
        rationale: text("read again"),
        until,
    }
}

fn appealed() -> Story {
    let mut story = in_force();
    story.act("M1", &appeal(M1, "not ours")).expect("an appeal");
    story
}

/// Exactly seven days after the measure is in time, a millisecond later is not.
#[test]
fn an_appeal_is_heard_up_to_the_last_instant() {
    let mut story = in_force();
    story.wait(Span::from_days(7));
    let due = story.now.plus(Span::from_days(15));
    assert_eq!(
        story.act("M1", &appeal(M1, "not ours")).expect("an appeal"),
        vec![MeasureEvent::AppealFiled {
            measure_id: M1,
            statement: text("not ours"),
            decision_due_at: due,
        }]
    );
    let mut story = in_force();
    story.wait(Span::from_days(7).plus(Span::from_ms(1)));
    assert_eq!(
        story.refused("M1", &appeal(M1, "not ours")),
        Code::AppealWindowOver
    );
}

/// An unknown measure answers first, then the missing statement, then the measure's state.
#[test]
fn appeals_are_refused_in_order() {
    let mut story = in_force();
    assert_eq!(story.refused("M1", &appeal(M2, "")), Code::MeasureUnknown);
    assert_eq!(
        story.refused("M1", &appeal(M1, " ")),
        Code::StatementMissing
    );
    story.act("M1", &appeal(M1, "not ours")).expect("an appeal");
    assert_eq!(
        story.refused("M1", &appeal(M1, "again")),
        Code::AlreadyDecided
    );
    story
        .act("K9", &decision(AppealOutcome::Uphold, None))
        .expect("a decision");
    assert_eq!(
        story.refused("M1", &appeal(M1, "again")),
        Code::AlreadyDecided
    );
    story.act("K1", &lift(M1, "cured")).expect("a lift");
    assert_eq!(
        story.refused("M1", &appeal(M1, "again")),
        Code::MeasureNotInForce
    );
}

/// A proposal binds nobody: there is nothing to appeal against.
#[test]
fn a_proposal_is_not_appealed() {
    let mut story = Story::new();
    story
        .act(
            "K1",
            &MeasureAct::Propose(proposal(MeasureKind::PreDebitReminder)),
        )
        .expect("a proposal");
    assert_eq!(
        story.refused("M1", &appeal(M1, "not ours")),
        Code::MeasureNotInForce
    );
}

/// Whoever proposed or approved the measure does not decide.
#[test]
fn somebody_else_decides() {
    let mut story = appealed();
    let revoke = decision(AppealOutcome::Revoke, None);
    assert_eq!(story.refused("K1", &revoke), Code::OwnDecision);
    assert_eq!(story.refused("K2", &revoke), Code::OwnDecision);
    story.act("K9", &revoke).expect("a decision");
    assert_eq!(story.status(M1), MeasureStatus::Revoked);
    assert_eq!(story.refused("K9", &revoke), Code::MeasureNotInForce);
}

/// A decision says why, and there is something to decide.
#[test]
fn decisions_are_refused_in_order() {
    let mut story = in_force();
    let uphold = decision(AppealOutcome::Uphold, None);
    assert_eq!(story.refused("K9", &uphold), Code::AlreadyDecided);
    story.act("M1", &appeal(M1, "not ours")).expect("an appeal");
    let silent = MeasureAct::DecideAppeal {
        measure_id: M1,
        outcome: AppealOutcome::Uphold,
        rationale: text(""),
        until: None,
    };
    assert_eq!(story.refused("K1", &silent), Code::OwnDecision);
    assert_eq!(story.refused("K9", &silent), Code::RationaleMissing);
    story.act("K9", &uphold).expect("a decision");
    assert_eq!(story.status(M1), MeasureStatus::InForce);
    assert_eq!(story.refused("K9", &uphold), Code::AlreadyDecided);
}

/// Varying gives another end, which lies ahead; the other outcomes give none.
#[test]
fn varying_needs_an_end() {
    let mut story = appealed();
    let until = story.now.plus(Span::from_days(3));
    let vary = |until| decision(AppealOutcome::Vary, until);
    assert_eq!(story.refused("K9", &vary(None)), Code::FieldMissing);
    assert_eq!(
        story.refused("K9", &vary(Some(story.now))),
        Code::FieldInvalid
    );
    let uphold = decision(AppealOutcome::Uphold, Some(until));
    assert_eq!(story.refused("K9", &uphold), Code::FieldInvalid);
    story.act("K9", &vary(Some(until))).expect("a decision");
    assert_eq!(story.measure(M1).ends_at(), Some(until));
    story.now = until;
    assert!(matches!(
        story.let_time_pass()[..],
        [MeasureEvent::Lapsed { .. }]
    ));
}

/// policy appeal: what was for good and was varied is so no longer, and says so.
#[test]
fn varying_ends_what_was_for_good() {
    let mut story = Story::new();
    story.impose(Proposal {
        ending: Ending::Permanent,
        ..proposal(MeasureKind::TemplateSigning)
    });
    story.act("M1", &appeal(M1, "not ours")).expect("an appeal");
    let until = story.now.plus(Span::from_days(3));
    story
        .act("K9", &decision(AppealOutcome::Vary, Some(until)))
        .expect("a decision");
    assert_eq!(story.measure(M1).ending, Ending::At(until));
    assert_eq!(&*story.measure(M1).cure, "its end");
}

/// An appeal that nobody decides in time is recorded once, a millisecond after the due instant.
#[test]
fn a_decision_that_does_not_come_is_missed_once() {
    let mut story = appealed();
    let due_at = story.now.plus(Span::from_days(15));
    assert_eq!(
        story.measures.next_deadline(story.now),
        Some(due_at.just_after())
    );
    story.now = due_at;
    assert_eq!(story.let_time_pass(), vec![]);
    story.now = due_at.just_after();
    assert_eq!(
        story.let_time_pass(),
        vec![MeasureEvent::DeadlineMissed {
            measure_id: M1,
            clock: ClockKind::AppealDecision,
            due_at,
        }]
    );
    assert_eq!(story.let_time_pass(), vec![]);
    assert_eq!(story.measures.next_deadline(story.now), None);
    story
        .act("K9", &decision(AppealOutcome::Uphold, None))
        .expect("a late decision");
}
