//! Tracing a history again from where it was traced before gives what living all of it gives.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::super::{Course, History, OverdueInterval, advance, evaluate, retrace};
use super::*;
use crate::instant::CivilDay;

/// What happens to a history between two traces.
#[derive(Clone, Debug)]
enum Change {
    Opened {
        hour: i64,
        user: u32,
        repeat: bool,
    },
    /// What is on record of a round opened before: hours after it opened.
    OnRecord {
        which: prop::sample::Index,
        closed: Option<i64>,
        late: Option<i64>,
        liable: Option<i64>,
    },
    Volume {
        day: i32,
        debits: u64,
        reported_hour: i64,
    },
    Overdue {
        from_hour: i64,
        lasts: Option<i64>,
    },
    /// Hours that pass before the history is traced.
    Traced(i64),
}

fn change() -> impl Strategy<Value = Change> {
    let after = || proptest::option::weighted(0.7, 0_i64..300);
    prop_oneof![
        4 => (0_i64..1500, 0_u32..9, any::<bool>())
            .prop_map(|(hour, user, repeat)| Change::Opened { hour, user, repeat }),
        5 => (any::<prop::sample::Index>(), after(), after(), after())
            .prop_map(|(which, closed, late, liable)| Change::OnRecord { which, closed, late, liable }),
        1 => (0_i32..60, 0_u64..20_000, 0_i64..1500)
            .prop_map(|(day, debits, reported_hour)| Change::Volume { day, debits, reported_hour }),
        1 => (0_i64..1500, after())
            .prop_map(|(from_hour, lasts)| Change::Overdue { from_hour, lasts }),
        3 => (-200_i64..300).prop_map(Change::Traced),
    ]
}

fn apply(change: &Change, history: &mut History, number: u32) {
    let at = |hour: i64| start().plus(hours(hour));
    match change {
        Change::Opened { hour, user, repeat } => {
            history.record_round(RoundFact {
                repeat: *repeat,
                ..round(number, *user, at(*hour))
            });
        }
        Change::OnRecord {
            which,
            closed,
            late,
            liable,
        } => {
            if history.rounds().is_empty() {
                return;
            }
            let known = which.get(history.rounds()).clone();
            let after = |hours_after: &Option<i64>| {
                hours_after.map(|hours_after| known.opened_at.plus(hours(hours_after)))
            };
            history.record_round(RoundFact {
                closed_at: after(closed),
                late_from: after(late),
                liable_from: after(liable),
                ..known.clone()
            });
        }
        Change::Volume {
            day,
            debits,
            reported_hour,
        } => {
            let day = CivilDay::from_ymd(2026, 3, 1).expect("a day").plus(*day);
            history.record_volume(day, volume(*debits, at(*reported_hour)));
        }
        Change::Overdue { from_hour, lasts } => {
            let mut intervals = history.overdue().to_vec();
            intervals.truncate(2);
            intervals.push(OverdueInterval {
                from: at(*from_hour),
                until: lasts.map(|lasts| at(from_hour + lasts)),
            });
            intervals.sort_unstable();
            history.set_overdue(intervals);
        }
        Change::Traced(_) => {}
    }
}

/// Lives all of a history: every fact is taken in when it comes on record, and nothing is known
/// before.
fn lived(history: &History, to: Instant) -> Course {
    let rounds = history.rounds().iter().flat_map(|round| {
        let later = [round.closed_at, round.late_from, round.liable_from];
        let moments = core::iter::once(round.opened_at).chain(later.into_iter().flatten());
        moments.map(move |at| (at, Some(round)))
    });
    let volumes = history.volumes().values().flatten();
    let overdue = history.overdue().iter();
    let overdue = overdue.flat_map(|one| core::iter::once(one.from).chain(one.until));
    let mut moments: Vec<(Instant, Option<&RoundFact>)> = rounds
        .chain(volumes.map(|report| (report.reported_at, None)))
        .chain(overdue.map(|at| (at, None)))
        .filter(|(at, _)| *at <= to)
        .collect();
    moments.sort_by_key(|(at, _)| *at);
    let mut lived = History::new();
    lived.set_overdue(history.overdue().to_vec());
    for (day, reports) in history.volumes() {
        for report in reports {
            lived.record_volume(*day, *report);
        }
    }
    let first = moments
        .first()
        .map(|(first, _)| first.minus(Span::from_ms(1)));
    let Some(first) = first else {
        let mut course = Course::starting(to);
        course.corrected = true;
        return course;
    };
    let mut course = Course::starting(first);
    for at_once in moments.chunk_by(|(one, _), (other, _)| one == other) {
        let at = at_once[0].0;
        course = advance(&course, &lived, &rulebook(), at);
        for round in at_once.iter().filter_map(|(_, round)| *round) {
            let known = |from: Option<Instant>| from.filter(|from| *from <= at);
            lived.record_round(RoundFact {
                closed_at: known(round.closed_at),
                late_from: known(round.late_from),
                liable_from: known(round.liable_from),
                ..round.clone()
            });
        }
        course = evaluate(&course, &lived, &rulebook(), at).0;
    }
    course = advance(&course, &lived, &rulebook(), to);
    course = evaluate(&course, &lived, &rulebook(), to).0;
    course.corrected = true;
    course
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// However a history changes between two traces, also far behind the last one.
    #[test]
    fn a_trace_that_is_taken_up_is_a_whole_one(
        changes in proptest::collection::vec(change(), 0..120),
    ) {
        let mut history = History::new();
        let mut now = start().plus(hours(1_000));
        for (change, number) in changes.iter().zip(0_u32..) {
            apply(change, &mut history, number);
            if let Change::Traced(passed) = change {
                now = now.plus(hours(*passed));
                let expected = lived(&history, now);
                prop_assert_eq!(&history.retrace(&rulebook(), now), &expected);
                prop_assert_eq!(&retrace(&history, &rulebook(), now), &expected);
            }
        }
        let end = start().plus(hours(4_000));
        prop_assert_eq!(history.retrace(&rulebook(), end), lived(&history, end));
    }
}
