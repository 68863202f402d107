//! Up at once, down one step at a time (policy window, policy cure, policy hysteresis).

use alloc::vec;
use alloc::vec::Vec;

use super::super::{Course, Evaluation, History, Part, PartKind, Tier, advance, evaluate, retrace};
use super::*;
use crate::instant::CivilDay;
use crate::rulebook::{Edition, EntryLine};

/// Lives through to `now` as the engine does: midnights, then the instant itself.
fn at(
    course: &Course,
    history: &History,
    rulebook: &Rulebook,
    now: Instant,
) -> (Course, Evaluation) {
    let course = advance(course, history, rulebook, now);
    evaluate(&course, history, rulebook, now)
}

fn first_tier(history: &History, rulebook: &Rulebook, now: Instant) -> Tier {
    at(&Course::starting(start()), history, rulebook, now)
        .0
        .tier
}

fn day_after(days: i64) -> Instant {
    start().plus(Span::from_days(days))
}

/// policy window: up at once, to the highest tier with a line that holds.
#[test]
fn standing_rises_to_the_highest_tier_reached() {
    let missed = start().plus(hours(24)).just_after();
    for (count, tier) in [
        (0, Tier::None),
        (1, Tier::Watch),
        (2, Tier::Watch),
        (3, Tier::T1),
        (9, Tier::T1),
        (10, Tier::T2),
        (20, Tier::T3),
        (50, Tier::T4),
        (100, Tier::T5),
    ] {
        let history = history(liable_rounds(count, start()));
        assert_eq!(first_tier(&history, &rulebook(), missed), tier, "{count}");
        let before = missed.minus(ms(1));
        assert_eq!(first_tier(&history, &rulebook(), before), Tier::None);
    }
}

/// All parts of a line must hold: ten rounds of four users are not t2.
#[test]
fn count_and_users_must_both_be_reached() {
    let rounds = (0..12).map(|number| liable(number, number % 4, start()));
    let history = history(rounds);
    assert_eq!(first_tier(&history, &rulebook(), day_after(2)), Tier::T1);
}

fn with_debits(count: u32, debits: u64) -> History {
    let mut history = history(liable_rounds(count, start()));
    let day = CivilDay::from_ymd(2026, 3, 2).expect("a day");
    // Reported at noon, but only days whose midnight lies in the window count.
    history.record_volume(day.plus(1), volume(debits, start()));
    history
}

/// Ratios are exact: 3 of 30 000 debits is one in ten thousand, 3 of 30 001 is less.
#[test]
fn a_rate_is_compared_without_rounding() {
    let tier = |debits| first_tier(&with_debits(3, debits), &rulebook(), day_after(2));
    assert_eq!(tier(30_000), Tier::T1);
    assert_eq!(tier(30_001), Tier::Watch);
    assert_eq!(tier(u64::MAX), Tier::Watch);
}

/// policy window: no reported volume must not shield a merchant, unless the edition says so.
#[test]
fn the_edition_says_what_a_rate_without_volume_is() {
    let history = history(liable_rounds(3, start()));
    assert_eq!(first_tier(&history, &rulebook(), day_after(2)), Tier::T1);
    let mut edition = default_edition();
    edition.standing.rate_without_volume_reached = false;
    let strict = Rulebook::new(edition);
    assert_eq!(first_tier(&history, &strict, day_after(2)), Tier::Watch);
}

/// The reasons are the lines that hold, lowest tier first, with what there is and what is asked.
#[test]
fn reasons_carry_their_parts() {
    let history = with_debits(3, 12_000);
    let (_, evaluation) = at(
        &Course::starting(start()),
        &history,
        &rulebook(),
        day_after(2),
    );
    let lines: Vec<(Tier, u32)> = evaluation
        .reasons
        .iter()
        .map(|reason| (reason.tier, reason.line))
        .collect();
    assert_eq!(lines, vec![(Tier::Watch, 0), (Tier::T1, 0)]);
    let part = |kind, actual, of, asked| Part {
        kind,
        actual,
        of,
        asked,
    };
    assert_eq!(
        evaluation.reasons[1].parts,
        vec![
            part(PartKind::LiableRounds, 3, None, 3),
            part(PartKind::LiableUsers, 3, None, 2),
            part(PartKind::LiableBps, 3, Some(12_000), 1),
        ]
    );
}

/// rulebook 4.2(1): an overdue rectification is an entry of t2 from its first instant on.
#[test]
fn an_overdue_rectification_is_t2() {
    let mut history = History::new();
    let from = day_after(7);
    history.set_overdue(vec![overdue(from, Some(from.plus(hours(1))))]);
    assert_eq!(first_tier(&history, &rulebook(), from), Tier::T2);
    assert_eq!(
        first_tier(&history, &rulebook(), from.minus(ms(1))),
        Tier::None
    );
    assert_eq!(
        first_tier(&history, &rulebook(), from.plus(hours(1))),
        Tier::None
    );
}

fn with_lines(tier: Tier, lines: Vec<EntryLine>) -> Rulebook {
    let mut edition: Edition = default_edition();
    for terms in &mut edition.tiers {
        if terms.tier == tier {
            terms.enter.clone_from(&lines);
        } else {
            terms.enter.clear();
        }
    }
    Rulebook::new(edition)
}

/// Shares are of rounds and of closed rounds; a share of nothing is undefined and reaches nothing.
#[test]
fn shares_of_late_and_repeat_rounds() {
    let late = with_lines(
        Tier::T1,
        vec![EntryLine {
            late_percent: Some(50),
            ..EntryLine::default()
        }],
    );
    let rounds = |late_rounds: u32, others: u32| {
        let others = (0..others).map(|number| round(100 + number, 100 + number, start()));
        history(liable_rounds(late_rounds, start()).chain(others))
    };
    assert_eq!(first_tier(&rounds(1, 1), &late, day_after(2)), Tier::T1);
    assert_eq!(first_tier(&rounds(49, 50), &late, day_after(2)), Tier::None);
    assert_eq!(first_tier(&rounds(0, 0), &late, day_after(2)), Tier::None);

    let repeat = with_lines(
        Tier::T1,
        vec![EntryLine {
            repeat_percent: Some(100),
            ..EntryLine::default()
        }],
    );
    let again = RoundFact {
        round: 2,
        repeat: true,
        ..round(1, 1, start().plus(hours(2)))
    };
    let closed = RoundFact {
        closed_at: Some(start().plus(hours(1))),
        ..round(1, 1, start())
    };
    let both = history([closed, again.clone()]);
    assert_eq!(first_tier(&both, &repeat, day_after(1)), Tier::T1);
    let alone = history([again]);
    assert_eq!(first_tier(&alone, &repeat, day_after(1)), Tier::None);
}

/// A tier held for 14 days is an entry: the first midnight after the very millisecond sees it.
#[test]
fn a_tier_held_long_enough_is_a_reason_to_climb() {
    let history = history((0..60).map(|number| {
        // Two new rounds a day keep more than ten in the window, and less than twenty users.
        let opened_at = start().plus(hours(i64::from(number) * 12));
        liable(number, number % 9, opened_at)
    }));
    let course = at(&Course::starting(start()), &history, &rulebook(), start()).0;
    let mut course = course;
    let mut entered = None;
    let mut now = start();
    while course.tier < Tier::T3 {
        now = now.plus(hours(1));
        course = at(&course, &history, &rulebook(), now).0;
        if course.tier == Tier::T2 && entered.is_none() {
            entered = Some(now);
        }
        assert!(now < day_after(60), "t3 is never entered");
    }
    let entered = entered.expect("t2 comes before t3");
    assert_eq!(course.since, entered.plus(Span::from_days(14)));
    assert_eq!(course.held_since(Tier::T2), Some(entered));
}

/// The default ladder, without lines that ask for time held.
fn without_held_lines() -> Rulebook {
    let mut edition = default_edition();
    for terms in &mut edition.tiers {
        terms.enter.retain(|line| line.held.is_none());
    }
    Rulebook::new(edition)
}

/// policy cure: one tier at a time, each after 28 days of its own. The last midnight that saw a
/// round opened on 03-02 at 10:00 is that of 03-30.
#[test]
fn standing_falls_step_by_step() {
    let history = history(liable_rounds(10, start()));
    let rulebook = without_held_lines();
    let tier = |now| first_tier(&history, &rulebook, now);
    let first = civil(2026, 4, 27, 0, 0);
    assert_eq!(tier(first.minus(ms(1))), Tier::T2);
    assert_eq!(tier(first), Tier::T1);
    let second = civil(2026, 5, 25, 0, 0);
    assert_eq!(tier(second.minus(ms(1))), Tier::T1);
    assert_eq!(tier(second), Tier::Watch);
    let third = civil(2026, 6, 22, 0, 0);
    assert_eq!(tier(third.minus(ms(1))), Tier::Watch);
    assert_eq!(tier(third), Tier::None);
}

/// policy hysteresis: eight rounds of four users are 80 percent of t2's ten and five, seven are
/// less. The rate is not asked for.
#[test]
fn eighty_percent_of_the_counts_keep_a_tier() {
    let rulebook = without_held_lines();
    for (rounds, users, kept) in [(8, 4, true), (7, 7, false), (8, 3, false)] {
        let old = liable_rounds(10, start());
        let later = day_after(20);
        let recent = (0..rounds).map(|number| liable(100 + number, 100 + number % users, later));
        let mut history = history(old.chain(recent));
        let day = CivilDay::from_ymd(2026, 4, 1).expect("a day");
        history.record_volume(day, volume(u64::MAX, day_after(29)));
        // The ten are out of the window; 28 days on, the recent ones still are in it or not.
        let course = advance(
            &Course::starting(start()),
            &history,
            &rulebook,
            day_after(46),
        );
        let last_met = if kept {
            civil(2026, 4, 17, 0, 0)
        } else {
            civil(2026, 3, 30, 0, 0)
        };
        assert_eq!(course.tier, Tier::T2, "{rounds} of {users}");
        assert_eq!(course.last_met_at, last_met, "{rounds} of {users}");
        let after = advance(&course, &history, &rulebook, civil(2026, 4, 27, 0, 0));
        assert_eq!(after.tier == Tier::T2, kept, "{rounds} of {users}");
    }
}

/// rulebook 4.2(1): while a rectification is overdue, t2 is kept.
#[test]
fn an_overdue_rectification_keeps_t2() {
    let mut history = History::new();
    let accepted = day_after(80);
    history.set_overdue(vec![overdue(day_after(7), Some(accepted))]);
    let course = advance(&Course::starting(start()), &history, &rulebook(), accepted);
    assert_eq!(course.tier, Tier::T2);
    let last_seen = civil(2026, 5, 21, 0, 0);
    assert_eq!(course.last_met_at, last_seen);
    let fallen = last_seen.plus(Span::from_days(28));
    let course = advance(&course, &history, &rulebook(), fallen.minus(ms(1)));
    assert_eq!(course.tier, Tier::T2);
    assert_eq!(
        advance(&course, &history, &rulebook(), fallen).tier,
        Tier::T1
    );
}

/// A tier that shares alone lead to is kept by 80 percent of the share, and left.
#[test]
fn a_tier_of_shares_is_left_as_well() {
    let rulebook = with_lines(
        Tier::T1,
        vec![EntryLine {
            late_percent: Some(50),
            ..EntryLine::default()
        }],
    );
    let history = history(liable_rounds(1, start()));
    let course = advance(
        &Course::starting(start()),
        &history,
        &rulebook,
        day_after(10),
    );
    assert_eq!(course.tier, Tier::T1);
    let course = advance(&course, &history, &rulebook, day_after(90));
    assert_eq!(course.tier, Tier::None);
}

/// policy hysteresis: a share of late rounds keeps a tier from 80 percent of the share asked for on,
/// compared exactly, and less does not. Shares of nothing keep nothing.
#[test]
fn eighty_percent_of_a_share_keep_a_tier() {
    let rulebook = with_lines(
        Tier::T1,
        vec![EntryLine {
            late_percent: Some(50),
            ..EntryLine::default()
        }],
    );
    let midnight = |month, day| civil(2026, month, day, 0, 0);
    // The first round is late and lies in the window until 03-30, the others until 04-17. Two of
    // five are 40 percent; 399 of 999 are less, and one more of a thousand is not.
    for (late, others, last_met) in [
        (2, 3, midnight(4, 17)),
        (399, 600, midnight(3, 30)),
        (0, 5, midnight(3, 22)),
        (0, 0, midnight(3, 30)),
    ] {
        let later = day_after(20);
        let recent = (0..late).map(|number| liable(100 + number, number, later));
        let others = (0..others).map(|number| round(5_000 + number, number, later));
        let history = history(liable_rounds(1, start()).chain(recent).chain(others));
        let course = Course::starting(start());
        let course = advance(&course, &history, &rulebook, day_after(10));
        assert_eq!(course.tier, Tier::T1);
        let after = advance(&course, &history, &rulebook, midnight(4, 17));
        assert_eq!(after.last_met_at, last_met, "{late} late rounds");
    }
}

/// rulebook 4.2(1): a history that is lived again has its overdue rectifications.
#[test]
fn an_overdue_rectification_is_lived_again() {
    let mut history = history(liable_rounds(1, start()));
    history.set_overdue(vec![overdue(day_after(7), None)]);
    let again = retrace(&history, &rulebook(), day_after(8));
    assert_eq!((again.tier, again.since), (Tier::T2, day_after(7)));
}

/// A fallen determination takes its round with it: the tier is the one that history without it
/// gives, and the evaluation says that it was corrected.
#[test]
fn a_corrected_history_is_lived_again() {
    let mut history = history(liable_rounds(3, start()));
    let now = day_after(2);
    let (course, _) = at(&Course::starting(start()), &history, &rulebook(), now);
    assert_eq!(course.tier, Tier::T1);
    assert!(history.record_round(round(0, 0, start())));
    // Time alone keeps the tier …
    assert_eq!(at(&course, &history, &rulebook(), now).0.tier, Tier::T1);
    // … the history without it never reached it.
    let again = retrace(&history, &rulebook(), now);
    assert_eq!(again.tier, Tier::Watch);
    assert_eq!(again.since, start().plus(hours(24)).just_after());
    let (after, evaluation) = evaluate(&again, &history, &rulebook(), now);
    assert!(evaluation.corrected);
    assert_eq!(evaluation.tier, Tier::Watch);
    // A later fall is one by time.
    let later = advance(&after, &history, &rulebook(), day_after(90));
    assert_eq!((later.tier, later.corrected), (Tier::None, false));
}

/// With nothing left, there is nothing.
#[test]
fn an_empty_history_is_none() {
    let course = retrace(&History::new(), &rulebook(), start());
    assert_eq!(course.tier, Tier::None);
    assert!(course.corrected);
}

/// An edition that comes into force governs from its first instant.
#[test]
fn the_edition_in_force_at_the_evaluation_decides() {
    let mut lenient = default_edition();
    lenient.effective_at = day_after(3);
    for terms in &mut lenient.tiers {
        terms.enter.retain(|_| terms.tier == Tier::Watch);
    }
    let rulebook = rulebook().with(lenient);
    let history = history(liable_rounds(20, start()));
    let tier = |now| first_tier(&history, &rulebook, now);
    assert_eq!(tier(day_after(3).minus(ms(1))), Tier::T3);
    let fresh = evaluate(
        &Course::starting(start()),
        &history,
        &rulebook,
        day_after(3),
    );
    assert_eq!(fresh.0.tier, Tier::Watch);
}
