//! A running tally counts what counting anew counts, and a history finds again what it was told.

use super::super::{History, metrics};
use super::*;
use crate::instant::CivilDay;

/// Whether the figures with a tally are those without it, at an instant.
#[track_caller]
fn assert_counts_alike(tallied: &History, rulebook: &Rulebook, now: Instant) {
    let mut anew = History::new();
    for round in tallied.rounds() {
        anew.record_round(round.clone());
    }
    assert_eq!(
        metrics(tallied, rulebook, now),
        metrics(&anew, rulebook, now)
    );
}

/// policy window: the tally moves on with what is recorded, whenever it was begun.
#[test]
fn a_tally_that_was_begun_on_the_way_sees_what_comes_on_record_later() {
    // The last of these opens after the others: they lie in the window that the tally begins with.
    let begun = (0..4).map(|number| round(number, number, start()));
    let mut history = history(begun.chain([round(9, 9, start().plus(hours(2)))]));
    history.keep_tally(&default_edition().standing);
    for number in 0..4 {
        history.record_round(liable(number, number, start()));
    }
    for number in 10..14 {
        history.record_round(liable(number, number, start().plus(Span::from_days(20))));
    }
    let mut at = start();
    for _ in 0..60 {
        at = at.plus(hours(24));
        assert_counts_alike(&history, &rulebook(), at);
    }
    let after = start().plus(Span::from_days(2));
    let counted = metrics(&history, &rulebook(), after);
    assert_eq!((counted.liable_rounds, counted.rounds), (4, 5));
    let later = start().plus(Span::from_days(30));
    assert_eq!(metrics(&history, &rulebook(), later).liable_rounds, 4);
}

/// policy window: a round lies in the window from just after it opened, also when it is the last
/// thing on record and was liable at once.
#[test]
fn a_round_that_is_the_last_thing_on_record_enters_a_millisecond_later() {
    let mut history = History::new();
    history.keep_tally(&default_edition().standing);
    for user in 1..=2 {
        history.record_round(RoundFact {
            liable_from: Some(start()),
            ..round(user, user, start())
        });
    }
    assert_eq!(metrics(&history, &rulebook(), start()).liable_rounds, 0);
    let counted = metrics(&history, &rulebook(), start().just_after());
    assert_eq!((counted.liable_rounds, counted.liable_users), (2, 2));
}

/// policy per-user-cap: an edition with another cap is counted by its own.
#[test]
fn a_tally_under_another_cap_is_not_asked() {
    let rounds = (0..3).map(|number| liable(number, 1, start()));
    let mut history = history(rounds);
    history.keep_tally(&default_edition().standing);
    let mut strict = default_edition();
    strict.standing.counted_rounds_per_user = 2;
    let now = start().plus(hours(25));
    assert_eq!(
        metrics(&history, &Rulebook::new(strict.clone()), now).liable_rounds,
        2
    );
    assert_eq!(metrics(&history, &rulebook(), now).liable_rounds, 3);
    history.keep_tally(&strict.standing);
    assert_eq!(metrics(&history, &rulebook(), now).liable_rounds, 3);
}

/// Something that held earlier than it holds now was taken back; something that holds from earlier
/// on was not.
#[test]
fn what_holds_from_later_on_was_taken_back() {
    let known = liable(1, 1, start());
    let moved = |by: i64| {
        let from = known.late_from.map(|from| from.plus(ms(by)));
        RoundFact {
            late_from: from,
            liable_from: from,
            ..known.clone()
        }
    };
    for (by, taken_back) in [(-1, false), (0, false), (1, true)] {
        let mut history = history([known.clone()]);
        assert_eq!(history.record_round(moved(by)), taken_back, "{by} ms");
    }
    let mut history = history([round(1, 1, start())]);
    assert!(!history.record_round(known));
}

#[test]
fn a_round_is_found_by_when_it_opened_its_complaint_and_its_number() {
    let second = RoundFact {
        round: 2,
        repeat: true,
        ..round(7, 1, start().plus(hours(3)))
    };
    let history = history([liable(7, 1, start()), second.clone(), round(8, 1, start())]);
    let found = |at, number| history.round(at, &second.complaint_id, number);
    assert_eq!(found(second.opened_at, 2), Some(&second));
    assert_eq!(found(start(), 1), Some(&liable(7, 1, start())));
    assert_eq!(found(start(), 2), None);
    assert_eq!(found(start().plus(hours(4)), 2), None);
}

/// Two histories are the same when their facts are, whatever was computed from them.
#[test]
fn histories_are_compared_by_their_facts() {
    let day = CivilDay::from_ymd(2026, 3, 2).expect("a day");
    let known = || history([liable(1, 1, start())]);
    let mut tallied = known();
    tallied.keep_tally(&default_edition().standing);
    assert_eq!(tallied, known());

    let mut other_rounds = known();
    other_rounds.record_round(round(2, 2, start()));
    let mut other_volumes = known();
    other_volumes.record_volume(day, volume(500, start()));
    let mut other_overdue = known();
    other_overdue.set_overdue(alloc::vec![overdue(start(), None)]);
    for other in [other_rounds, other_volumes, other_overdue] {
        assert_ne!(other, known());
    }
}
