//! policy window, policy per-user-cap

use alloc::vec;

use super::super::{History, PartKind, Tier, metrics, next_tier};
use super::*;
use crate::instant::CivilDay;
use crate::rulebook::Edition;

/// policy window: `[now - 28 d, now)` by the instant at which the round opened.
#[test]
fn a_round_counts_from_just_after_it_opened_to_28_days_later() {
    let history = history([round(1, 1, start())]);
    let rounds_at = |now| metrics(&history, &rulebook(), now).rounds;
    assert_eq!(rounds_at(start()), 0);
    assert_eq!(rounds_at(start().just_after()), 1);
    assert_eq!(rounds_at(start().plus(Span::from_days(28))), 1);
    assert_eq!(rounds_at(start().plus(Span::from_days(28)).just_after()), 0);
}

/// What was recorded later than the instant asked about is not seen.
#[test]
fn facts_count_from_the_instant_of_their_record() {
    let history = history([RoundFact {
        closed_at: Some(start().plus(hours(30))),
        ..liable(1, 1, start())
    }]);
    let missed = start().plus(hours(24)).just_after();
    let before = metrics(&history, &rulebook(), missed.minus(ms(1)));
    assert_eq!((before.late_rounds, before.liable_rounds), (0, 0));
    let after = metrics(&history, &rulebook(), missed);
    assert_eq!((after.late_rounds, after.liable_rounds), (1, 1));
    assert_eq!(after.closed_rounds, 0);
    let closed = metrics(&history, &rulebook(), start().plus(hours(30)));
    assert_eq!(closed.closed_rounds, 1);
}

/// policy per-user-cap: one user adds at most three rounds.
#[test]
fn one_user_adds_at_most_three_rounds() {
    let rounds = (0..5).map(|number| liable(number, 1, start()));
    let history = history(rounds.chain([liable(9, 2, start())]));
    let metrics = metrics(&history, &rulebook(), start().plus(hours(25)));
    assert_eq!(metrics.liable_rounds, 4);
    assert_eq!(metrics.liable_users, 2);
    assert_eq!(metrics.late_rounds, 6);
}

/// policy window: a reported day counts when its civil midnight lies in the window.
#[test]
fn a_day_counts_when_its_midnight_lies_in_the_window() {
    let day = CivilDay::from_ymd(2026, 3, 2).expect("a day");
    let midnight = civil(2026, 3, 2, 0, 0);
    let mut history = History::new();
    history.record_volume(day, volume(500, midnight));
    let debits_at = |now| metrics(&history, &rulebook(), now).debits;
    assert_eq!(debits_at(midnight), 0);
    assert_eq!(debits_at(midnight.just_after()), 500);
    let end = midnight.plus(Span::from_days(28));
    assert_eq!(debits_at(end), 500);
    assert_eq!(debits_at(end.just_after()), 0);
}

/// A day can be corrected by a later report; what was asked before keeps its answer.
#[test]
fn the_report_recorded_last_counts() {
    let day = CivilDay::from_ymd(2026, 3, 2).expect("a day");
    let mut history = History::new();
    history.record_volume(day, volume(500, start()));
    history.record_volume(day, volume(700, start().plus(hours(2))));
    let at = |now| metrics(&history, &rulebook(), now);
    assert!(!at(start().minus(ms(1))).volume_reported);
    assert_eq!(at(start()).debits, 500);
    assert_eq!(at(start().plus(hours(2))).debits, 700);
    // And back: what was asked before does not show.
    assert_eq!(at(start().plus(hours(1))).debits, 500);
}

/// A user who continued opens a repeat round; a withdrawn round was never closed.
#[test]
fn repeat_rounds_and_closed_rounds_are_counted_apart() {
    let history = history([
        RoundFact {
            closed_at: Some(start().plus(hours(1))),
            ..round(1, 1, start())
        },
        RoundFact {
            round: 2,
            repeat: true,
            ..round(1, 1, start().plus(hours(2)))
        },
    ]);
    let metrics = metrics(&history, &rulebook(), start().plus(hours(3)));
    assert_eq!(
        (metrics.rounds, metrics.repeat_rounds, metrics.closed_rounds),
        (2, 1, 1)
    );
}

/// A round that is recorded again replaces what was known of it, and says so when something that
/// had counted is taken back.
#[test]
fn taking_back_is_told() {
    let mut history = history(liable_rounds(1, start()));
    let known = liable(0, 0, start());
    assert!(!history.record_round(RoundFact {
        closed_at: Some(start().plus(hours(40))),
        ..known.clone()
    }));
    assert!(history.record_round(RoundFact {
        liable_from: None,
        ..known
    }));
    assert_eq!(history.rounds().len(), 1);
    let at = start().plus(hours(50));
    assert_eq!(metrics(&history, &rulebook(), at).liable_rounds, 0);

    assert!(!history.set_overdue(vec![overdue(at, None)]));
    assert!(!history.set_overdue(vec![overdue(at, Some(at.plus(hours(1))))]));
    assert!(history.set_overdue(vec![]));
}

/// A running tally says the same as counting anew, also when an edition changes the window.
#[test]
fn a_tally_follows_the_terms_of_the_edition() {
    let mut history = history(liable_rounds(12, start()));
    let now = start().plus(Span::from_days(12));
    history.keep_tally(&default_edition().standing);
    assert_eq!(metrics(&history, &rulebook(), now).liable_rounds, 12);
    let mut short = default_edition();
    short.standing.window = Span::from_days(10);
    assert_eq!(
        metrics(&history, &Rulebook::new(short.clone()), now).rounds,
        0
    );
    history.keep_tally(&short.standing);
    assert_eq!(metrics(&history, &Rulebook::new(short), now).rounds, 0);
    assert_eq!(metrics(&history, &rulebook(), now).liable_rounds, 12);
}

fn missing(
    rounds: u32,
    edition: &Edition,
    tier: Tier,
) -> Option<(Tier, alloc::vec::Vec<(PartKind, u64)>)> {
    let history = history(liable_rounds(rounds, start()));
    let metrics = metrics(&history, &rulebook(), start().plus(hours(25)));
    next_tier(&metrics, edition, tier)
}

/// What is missing of the counts of the next tier's first line, and only what is.
#[test]
fn the_next_tier_says_what_is_missing() {
    let edition = default_edition();
    assert_eq!(
        missing(3, &edition, Tier::T1),
        Some((
            Tier::T2,
            vec![(PartKind::LiableRounds, 7), (PartKind::LiableUsers, 2)]
        ))
    );
    assert_eq!(
        missing(5, &edition, Tier::T1),
        Some((Tier::T2, vec![(PartKind::LiableRounds, 5)]))
    );
    // The line of t6 asks for time held and 50 rounds.
    assert_eq!(
        missing(3, &edition, Tier::T5),
        Some((Tier::T6, vec![(PartKind::LiableRounds, 47)]))
    );
    assert_eq!(missing(3, &edition, Tier::T6), None);
}
