//! Pauses of a complaint's clocks (policy pause).

use super::*;
use ClockKind::{FirstReply, Resolution};
use PauseReason::{LegalHold, PlatformOutage};

fn pausable() -> Story {
    let mut story = Story::under(Rulebook::new(edition_with_pauses()));
    story.file(h(0), Problem::Other, None);
    story.merchant(h(1), respond());
    story
}

/// A pause or a resume that happened at one instant and was recorded at another.
fn tell(story: &mut Story, at: Instant, recorded_at: Instant, act: Act) {
    story
        .tell(Role::Reviewer, None, at, recorded_at, act)
        .unwrap();
}

fn due(story: &Story, at: Instant) -> Instant {
    story.reading(1, Resolution, at).due_at
}

#[test]
fn the_default_edition_names_no_reason_and_refuses_every_pause() {
    // policy pause
    let mut story = Story::other();
    for reason in PauseReason::ALL {
        for act in [pause(reason), resume(reason)] {
            let code = story.refused(Role::Reviewer, h(1), act);
            assert_eq!(code, Code::PauseReasonNotInEdition);
        }
    }
    let mut pausable = pausable();
    let code = pausable.refused(Role::Reviewer, h(2), Act::Pause { reason: None });
    assert_eq!(code, Code::PauseReasonNotInEdition);
}

#[test]
fn paused_from_midnight_to_six_on_the_21st_it_is_due_at_20_on_the_23rd() {
    // policy pause
    let mut story = pausable();
    assert_eq!(
        names(&story.reviewer(h(10), pause(PlatformOutage))),
        ["ClocksPaused"]
    );
    assert_eq!(story.status(1, Resolution, h(12)), ClockStatus::Paused);
    assert_eq!(
        names(&story.reviewer(h(16), resume(PlatformOutage))),
        ["ClocksResumed"]
    );
    assert_eq!(due(&story, h(16)), civil(2026, 3, 23, 20, 0));
    assert_eq!(story.status(1, Resolution, h(16)), ClockStatus::OnTrack);
}

#[test]
fn overlapping_pauses_count_once() {
    // policy pause: 00-06 and 04-08 move the due instant by 8 h.
    let mut story = pausable();
    story.reviewer(h(10), pause(PlatformOutage));
    story.reviewer(h(14), pause(LegalHold));
    story.reviewer(h(16), resume(PlatformOutage));
    assert_eq!(story.status(1, Resolution, h(17)), ClockStatus::Paused);
    story.reviewer(h(18), resume(LegalHold));
    assert_eq!(due(&story, h(18)), h(80));
}

#[test]
fn a_pause_that_begins_after_the_due_instant_moves_nothing_and_undoes_no_breach() {
    // policy pause
    let mut story = pausable();
    story.pass(h(73));
    story.reviewer(h(73), pause(PlatformOutage));
    assert_eq!(due(&story, h(100)), h(72));
    assert_eq!(story.status(1, Resolution, h(100)), ClockStatus::Breached);
    story.reviewer(h(101), resume(PlatformOutage));
    let reading = story.reading(1, Resolution, h(102));
    assert_eq!(
        (reading.due_at, reading.overdue_ms),
        (h(72), 30 * 3_600_000)
    );
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined")]);
}

#[test]
fn while_a_pause_has_no_end_nothing_becomes_due() {
    // policy pause
    let mut story = pausable();
    story.reviewer(h(10), pause(PlatformOutage));
    story.pass(h(10_000));
    assert!(story.followed.is_empty());
    assert_eq!(story.status(1, Resolution, h(10_000)), ClockStatus::Paused);
    story.reviewer(h(10_000), resume(PlatformOutage));
    assert_eq!(due(&story, h(10_000)), h(10_062));
}

#[test]
fn a_pause_recorded_late_supersedes_a_miss_and_its_late_end_brings_it_back() {
    // policy pause, rulebook 4.1(1)
    let mut story = pausable();
    story.pass(h(73));
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined")]);
    tell(&mut story, h(60), h(74), pause(PlatformOutage));
    assert_eq!(story.findings(), [("4.1(1)", 1, "withdrawn")]);
    assert_eq!(story.determinations(), ["overturned"]);
    // It turns out to have ended an hour after it began.
    tell(&mut story, h(61), h(75), resume(PlatformOutage));
    assert_eq!(due(&story, h(75)), h(73));
    assert_eq!(
        story.findings(),
        [("4.1(1)", 1, "withdrawn"), ("4.1(1)", 1, "determined")]
    );
    assert_eq!(
        story.complaint().findings[1].effective_at,
        h(73).plus(ms(1))
    );
}

#[test]
fn an_act_in_a_pause_is_late_after_all_where_the_pause_had_ended_before() {
    // policy pause, rulebook 4.1(1)
    let mut story = pausable();
    story.reviewer(h(70), pause(PlatformOutage));
    story.merchant(h(80), complete());
    assert_eq!(story.status(1, Resolution, h(80)), ClockStatus::Met);
    tell(&mut story, h(71), h(81), resume(PlatformOutage));
    let reading = story.reading(1, Resolution, h(81));
    assert_eq!(
        (reading.status, reading.due_at, reading.overdue_ms),
        (ClockStatus::MetLate, h(73), 7 * 3_600_000)
    );
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined")]);
}

#[test]
fn a_resume_ends_only_pauses_of_its_reason_that_began_before_it() {
    // policy pause
    let mut story = pausable();
    story.reviewer(h(10), pause(PlatformOutage));
    story.reviewer(h(12), pause(LegalHold));
    story.reviewer(h(30), pause(PlatformOutage));
    tell(&mut story, h(20), h(40), resume(PlatformOutage));
    let ends: Vec<_> = story
        .complaint()
        .pauses
        .iter()
        .map(|pause| pause.until)
        .collect();
    assert_eq!(ends, [Some(h(20)), None, None]);
}

#[test]
fn a_pause_reaches_every_running_clock_of_the_complaint() {
    // policy pause
    let mut story = Story::under(Rulebook::new(edition_with_pauses()));
    story.file(h(0), Problem::RefundRequest, None);
    story.reviewer(h(1), pause(PlatformOutage));
    story.reviewer(h(3), resume(PlatformOutage));
    assert_eq!(story.reading(1, FirstReply, h(3)).due_at, h(26));
    for kind in [ClockKind::RefundDecision, Resolution] {
        assert_eq!(story.reading(1, kind, h(3)).due_at, h(74));
    }
}

#[test]
fn the_edition_of_the_round_names_the_reasons() {
    // policy pause
    let later = edition_from("with-pauses", h(10), |edition| {
        edition.clocks.pause_reasons = PauseReason::ALL.to_vec();
    });
    let mut story = Story::under(Rulebook::new(default_edition()).with(later));
    story.file(h(0), Problem::Other, None);
    let code = story.refused(Role::Reviewer, h(11), pause(LegalHold));
    assert_eq!(code, Code::PauseReasonNotInEdition);
    let mut story = story.repeated(12, 13);
    story.reviewer(h(14), pause(LegalHold));
}
