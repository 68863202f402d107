//! What holds for any history.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::super::{Course, History, Metrics, Tier, advance, evaluate, metrics, retrace};
use super::*;
use crate::instant::CivilDay;

#[derive(Clone, Debug)]
struct Fact {
    hour: i64,
    user: u32,
    repeat: bool,
    closed_after: Option<i64>,
    liable_after: Option<i64>,
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let fact = (
        0_i64..1500,
        0_u32..9,
        any::<bool>(),
        proptest::option::of(0_i64..200),
        proptest::option::weighted(0.8, 0_i64..100),
    )
        .prop_map(|(hour, user, repeat, closed_after, liable_after)| Fact {
            hour,
            user,
            repeat,
            closed_after,
            liable_after,
        });
    proptest::collection::vec(fact, 0..60)
}

fn rounds(facts: &[Fact]) -> Vec<RoundFact> {
    facts
        .iter()
        .zip(0_u32..)
        .map(|(fact, number)| {
            let opened_at = start().plus(hours(fact.hour));
            let liable_from = fact.liable_after.map(|after| opened_at.plus(hours(after)));
            RoundFact {
                closed_at: fact.closed_after.map(|after| opened_at.plus(hours(after))),
                repeat: fact.repeat,
                late_from: liable_from,
                liable_from,
                ..round(number, fact.user, opened_at)
            }
        })
        .collect()
}

fn with_volumes(facts: &[Fact], volumes: &[(i32, u64)]) -> History {
    let mut history = history(rounds(facts));
    let first = CivilDay::from_ymd(2026, 3, 1).expect("a day");
    for (day, debits) in volumes {
        let day = first.plus(*day);
        let reported_at = default_edition().civil_offset.midnight(day.plus(1));
        history.record_volume(day, volume(*debits, reported_at));
    }
    history
}

fn volumes() -> impl Strategy<Value = Vec<(i32, u64)>> {
    proptest::collection::vec((0_i32..60, 0_u64..50_000), 0..20)
}

/// Counts the slow way, straight from the words of policy window and policy per-user-cap.
fn naive(rounds: &[RoundFact], now: Instant) -> Metrics {
    let from = now.minus(Span::from_days(28));
    let in_window: Vec<&RoundFact> = rounds
        .iter()
        .filter(|round| from <= round.opened_at && round.opened_at < now)
        .collect();
    let seen = |at: Option<Instant>| at.is_some_and(|at| at <= now);
    let count = |holds: &dyn Fn(&RoundFact) -> bool| {
        in_window.iter().filter(|round| holds(round)).count() as u64
    };
    let per_user: Vec<u64> = (0..9)
        .map(|user| UserRef::new(&format!("U{user}")).expect("a reference"))
        .map(|user| count(&|round| round.user_ref == user && seen(round.liable_from)))
        .collect();
    Metrics {
        liable_rounds: per_user.iter().map(|liable| (*liable).min(3)).sum(),
        liable_users: per_user.iter().filter(|liable| **liable > 0).count() as u64,
        rounds: count(&|_| true),
        late_rounds: count(&|round| seen(round.late_from)),
        repeat_rounds: count(&|round| round.repeat),
        closed_rounds: count(&|round| seen(round.closed_at)),
        ..Metrics::default()
    }
}

proptest! {
    /// Counting with a tally, without one, and the slow way give the same.
    #[test]
    fn metrics_are_what_the_words_say(facts in facts(), hour in 0_i64..2500) {
        let rounds = rounds(&facts);
        let now = start().plus(hours(hour));
        let expected = naive(&rounds, now);
        prop_assert_eq!(&metrics(&history(rounds.clone()), &rulebook(), now), &expected);

        let mut tallied = History::new();
        tallied.keep_tally(&default_edition().standing);
        for round in &rounds {
            tallied.record_round(RoundFact { liable_from: None, ..round.clone() });
        }
        for round in rounds {
            tallied.record_round(round);
        }
        prop_assert_eq!(&metrics(&tallied, &rulebook(), now), &expected);
    }

    /// A tier that rises has a line that holds, and it is the highest such tier.
    #[test]
    fn a_rise_has_its_reason(facts in facts(), volumes in volumes(), hour in 0_i64..2500) {
        let history = with_volumes(&facts, &volumes);
        let now = start().plus(hours(hour));
        let before = advance(&Course::starting(start()), &history, &rulebook(), now);
        let (after, evaluation) = evaluate(&before, &history, &rulebook(), now);
        let highest = evaluation
            .reasons
            .iter()
            .map(|reason| reason.tier)
            .max()
            .unwrap_or(Tier::None);
        prop_assert!(after.tier >= highest);
        if after.tier > before.tier {
            prop_assert_eq!(after.tier, highest);
        }
        prop_assert!((after.tier as usize) + 1 >= before.tier as usize);
        // Evaluating twice at one instant changes nothing.
        let (again, _) = evaluate(&after, &history, &rulebook(), now);
        prop_assert_eq!(again.tier, after.tier);
    }

    /// Time may be let pass in any steps.
    #[test]
    fn steps_make_no_difference(facts in facts(), cuts in proptest::collection::vec(0_i64..4000, 0..8)) {
        let history = history(rounds(&facts));
        let end = start().plus(hours(4000));
        let at_once = advance(&Course::starting(start()), &history, &rulebook(), end);
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut stepwise = Course::starting(start());
        for cut in cuts {
            stepwise = advance(&stepwise, &history, &rulebook(), start().plus(hours(cut)));
        }
        stepwise = advance(&stepwise, &history, &rulebook(), end);
        prop_assert_eq!(stepwise, at_once);
    }

    /// Living a history again gives what living it gave, where nothing was taken back.
    #[test]
    fn living_again_gives_the_same(facts in facts(), volumes in volumes(), hour in 0_i64..2500) {
        let history = with_volumes(&facts, &volumes);
        let now = start().plus(hours(hour));
        let mut moments: Vec<Instant> = history
            .rounds()
            .iter()
            .flat_map(|round| [Some(round.opened_at), round.closed_at, round.liable_from])
            .flatten()
            .chain(history.volumes().values().flatten().map(|report| report.reported_at))
            .filter(|moment| *moment <= now)
            .collect();
        moments.sort_unstable();
        let mut course = Course::starting(start().minus(hours(48)));
        for moment in moments {
            course = advance(&course, &history, &rulebook(), moment);
            course = evaluate(&course, &history, &rulebook(), moment).0;
        }
        course = advance(&course, &history, &rulebook(), now);
        course = evaluate(&course, &history, &rulebook(), now).0;
        let again = retrace(&history, &rulebook(), now);
        prop_assert_eq!(again.tier, course.tier);
        if course.tier > Tier::None {
            prop_assert_eq!(again.since, course.since);
            prop_assert_eq!(again.last_met_at, course.last_met_at);
            prop_assert_eq!(again.at_or_above_since, course.at_or_above_since);
        }
    }

    /// Whatever the instants are, evaluating answers.
    #[test]
    fn evaluating_never_fails(opened in any::<i64>(), liable in any::<i64>(), now in any::<i64>()) {
        let instant = Instant::from_unix_ms;
        let mut history = History::new();
        history.keep_tally(&default_edition().standing);
        history.record_round(RoundFact {
            late_from: Some(instant(liable)),
            liable_from: Some(instant(liable)),
            ..round(1, 1, instant(opened))
        });
        let (_, evaluation) = evaluate(&Course::starting(instant(now)), &history, &rulebook(), instant(now));
        prop_assert!(evaluation.tier <= Tier::Watch);
    }
}
