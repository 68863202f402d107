//! Editions of the rulebook: which one a round is judged by, and what a new one does to clocks
//! that run already (rulebook 5).

use super::*;
use crate::rulebook::Transition;
use ClockKind::{Evidence, FirstReply, RefundDecision, Resolution};

fn shorter(hours: i64, transition: Transition) -> Edition {
    edition_from("shorter", h(10), |edition| {
        edition.transition = transition;
        for span in [
            &mut edition.clocks.first_reply,
            &mut edition.clocks.refund_decision,
            &mut edition.clocks.resolution,
            &mut edition.clocks.evidence,
        ] {
            *span = Span::from_hours(hours);
        }
    })
}

fn under(edition: Edition) -> Story {
    Story::under(Rulebook::new(default_edition()).with(edition))
}

fn edition_of(story: &Story, round: u32) -> &str {
    story.complaint().round(round).unwrap().edition.as_str()
}

#[test]
fn an_edition_of_48_h_from_10_h_on_leaves_the_running_round_at_72_h() {
    // rulebook 5
    let mut story = under(shorter(48, Transition::Keep));
    story.file(h(0), Problem::RefundRequest, None);
    story.pass(h(20));
    for kind in [RefundDecision, Resolution] {
        assert_eq!(story.reading(1, kind, h(20)).due_at, h(72));
    }
    assert_eq!(edition_of(&story, 1), "2026-02-18");
}

#[test]
fn a_round_opened_exactly_at_the_effective_instant_takes_the_new_edition() {
    // rulebook 5
    for (early_ms, name, hours) in [(0, "shorter", 48), (1, "2026-02-18", 72)] {
        let mut story = under(shorter(48, Transition::Keep));
        let at = h(10).minus(ms(early_ms));
        story.file(at, Problem::Other, None);
        assert_eq!(edition_of(&story, 1), name);
        assert_eq!(
            story.reading(1, Resolution, at).due_at,
            at.plus(Span::from_hours(hours))
        );
    }
}

#[test]
fn a_repeat_round_takes_the_edition_of_its_own_opening() {
    // rulebook 5
    let mut story = under(shorter(48, Transition::Keep));
    story.file(h(0), Problem::Other, None);
    let story = story.repeated(8, 30);
    assert_eq!(edition_of(&story, 2), "shorter");
    for kind in [FirstReply, Resolution, Evidence] {
        assert_eq!(story.reading(2, kind, h(30)).due_at, h(78));
    }
}

#[test]
fn a_clock_that_starts_within_a_round_takes_the_edition_of_its_own_start() {
    // rulebook 5, policy refund-request-later
    let mut story = under(shorter(48, Transition::Keep));
    story.file(h(0), Problem::Other, None);
    story.user(h(20), request(100));
    assert_eq!(story.reading(1, RefundDecision, h(20)).due_at, h(68));
}

#[test]
fn the_edition_of_the_round_says_what_is_determined_by_itself() {
    // rulebook 5, guide overdue
    let stricter = edition_from("by-hand", h(10), |edition| {
        edition.automatic_grounds.clear();
    });
    let mut story = under(stricter);
    story.file(h(0), Problem::Other, None);
    story.pass(h(80));
    assert_eq!(story.findings(), [("4.1(1)", 1, "determined"); 2]);
}

#[test]
fn extend_only_lengthens_running_clocks_and_never_shortens_them() {
    // rulebook 5
    for (hours, due_at) in [(48, h(72)), (96, h(96))] {
        let mut story = under(shorter(hours, Transition::ExtendOnly));
        story.file(h(0), Problem::Other, None);
        story.merchant(h(1), respond());
        story.observe(h(10), h(10));
        assert_eq!(story.reading(1, Resolution, h(10)).due_at, due_at);
        // guide first-reply: what was met before keeps its due instant.
        assert_eq!(story.reading(1, FirstReply, h(10)).due_at, h(24));
    }
}

#[test]
fn recompute_open_counts_running_clocks_anew_from_their_start() {
    // rulebook 5
    for (hours, due_at) in [(48, h(48)), (96, h(96))] {
        let mut story = under(shorter(hours, Transition::RecomputeOpen));
        story.file(h(0), Problem::Other, None);
        let events = story.observe(h(10), h(10));
        assert_eq!(names(&events), ["ClockRetimed", "ClockRetimed"]);
        assert_eq!(story.reading(1, Resolution, h(10)).due_at, due_at);
        // Once.
        assert!(story.observe(h(11), h(11)).is_empty());
    }
}

#[test]
fn nothing_is_retimed_before_the_edition_is_in_force() {
    // rulebook 5
    let mut story = under(shorter(48, Transition::RecomputeOpen));
    story.file(h(0), Problem::Other, None);
    assert!(
        story
            .observe(h(10).minus(ms(1)), h(10).minus(ms(1)))
            .is_empty()
    );
}

#[test]
fn nothing_is_late_under_an_edition_before_it_is_in_force() {
    // rulebook 5: 5 hours after the start lie 5 hours before the edition.
    let mut story = under(shorter(5, Transition::RecomputeOpen));
    story.file(h(0), Problem::Other, None);
    story.observe(h(10), h(10));
    assert_eq!(story.reading(1, Resolution, h(10)).due_at, h(10));
    assert_eq!(story.status(1, Resolution, h(10)), ClockStatus::AtRisk);
    story.pass(h(11));
    assert!(
        story
            .complaint()
            .findings
            .iter()
            .all(|finding| finding.effective_at == h(10).plus(ms(1)))
    );
    assert_eq!(story.findings().len(), 2);
}

#[test]
fn a_pause_before_the_new_edition_is_not_counted_against_anybody() {
    // rulebook 5, policy pause
    let with_pauses = edition_with_pauses();
    let mut story =
        Story::under(Rulebook::new(with_pauses).with(shorter(5, Transition::RecomputeOpen)));
    story.file(h(0), Problem::Other, None);
    story.reviewer(h(1), pause(PauseReason::LegalHold));
    story.reviewer(h(4), resume(PauseReason::LegalHold));
    story.observe(h(10), h(10));
    assert_eq!(story.reading(1, Resolution, h(10)).due_at, h(10));
}

#[test]
fn a_clock_that_was_late_already_stays_late() {
    // rulebook 5
    let longer = edition_from("longer", h(80), |edition| {
        edition.transition = Transition::ExtendOnly;
        edition.clocks.resolution = Span::from_hours(96);
    });
    let mut story = under(longer);
    story.file(h(0), Problem::Other, None);
    story.pass(h(80));
    story.observe(h(80), h(80));
    assert_eq!(story.reading(1, Resolution, h(80)).due_at, h(72));
    assert_eq!(story.status(1, Resolution, h(80)), ClockStatus::Breached);
}

#[test]
fn two_editions_that_both_retime_come_to_rest() {
    // rulebook 5
    let second = edition_from("longer", h(20), |edition| {
        edition.transition = Transition::RecomputeOpen;
        edition.clocks.resolution = Span::from_hours(96);
        edition.clocks.first_reply = Span::from_hours(96);
    });
    let first = shorter(48, Transition::RecomputeOpen);
    let rulebook = Rulebook::new(default_edition()).with(first).with(second);
    let mut step_by_step = Story::under(rulebook.clone());
    step_by_step.file(h(0), Problem::Other, None);
    step_by_step.observe(h(10), h(10));
    assert_eq!(step_by_step.reading(1, Resolution, h(10)).due_at, h(48));
    step_by_step.observe(h(20), h(20));
    assert!(step_by_step.observe(h(21), h(21)).is_empty());

    // Noticed late, both at once: the second reaches clocks that the first has lengthened.
    let mut at_once = Story::under(rulebook);
    at_once.file(h(0), Problem::Other, None);
    at_once.observe(h(21), h(21));
    for story in [step_by_step, at_once] {
        assert_eq!(story.reading(1, Resolution, h(21)).due_at, h(96));
    }
}

#[test]
fn an_edition_of_before_its_start_does_not_reach_a_clock() {
    // rulebook 5
    let latest = edition_from("latest", h(20), |_| {});
    let mut story = Story::under(
        Rulebook::new(default_edition())
            .with(shorter(48, Transition::RecomputeOpen))
            .with(latest),
    );
    story.file(h(30), Problem::Other, None);
    assert!(story.observe(h(31), h(31)).is_empty());
    assert_eq!(story.reading(1, Resolution, h(31)).due_at, h(102));
}
