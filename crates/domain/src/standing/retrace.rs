//! Standing as a corrected history gives it.

use alloc::vec::Vec;

use crate::instant::Instant;
use crate::rulebook::Rulebook;

use super::{Course, History, RoundFact, advance, evaluate};

/// Lives the history again from its first fact, evaluating at every instant at which something
/// came on record and at every midnight, up to and including `to`: when a determination falls,
/// the tier is the one that history without it gives. A corrected volume is no reason to call
/// this: standing rises at once and falls only with time.
#[must_use]
pub fn retrace(history: &History, rulebook: &Rulebook, to: Instant) -> Course {
    let moments = moments(history, to);
    let Some(first) = moments.first() else {
        let mut course = Course::starting(to);
        course.corrected = true;
        return course;
    };
    let mut course = Course::starting(first.at.minus(crate::instant::Span::from_ms(1)));
    let mut lived = History::new();
    lived.set_overdue(history.overdue().to_vec());
    for (day, reports) in history.volumes() {
        for report in reports {
            lived.record_volume(*day, *report);
        }
    }
    let mut index = 0;
    while let Some(moment) = moments.get(index) {
        let at = moment.at;
        lived.keep_tally(&rulebook.in_force(at).standing);
        course = advance(&course, &lived, rulebook, at);
        while let Some(moment) = moments.get(index)
            && moment.at == at
        {
            if let Some(round) = moment.round {
                lived.record_round(as_of(round, at));
            }
            index += 1;
        }
        course = evaluate(&course, &lived, rulebook, at).0;
    }
    course = advance(&course, &lived, rulebook, to);
    course = evaluate(&course, &lived, rulebook, to).0;
    course.corrected = true;
    course
}

/// An instant at which something came on record.
struct Moment<'a> {
    at: Instant,
    round: Option<&'a RoundFact>,
}

fn moments(history: &History, to: Instant) -> Vec<Moment<'_>> {
    let of_rounds = history.rounds().iter().flat_map(|round| {
        [
            Some(round.opened_at),
            round.closed_at,
            round.late_from,
            round.liable_from,
        ]
        .into_iter()
        .flatten()
        .map(move |at| Moment {
            at,
            round: Some(round),
        })
    });
    let of_volumes = history.volumes().values().flatten().map(|report| Moment {
        at: report.reported_at,
        round: None,
    });
    let of_overdue = history
        .overdue()
        .iter()
        .flat_map(|interval| [Some(interval.from), interval.until])
        .flatten()
        .map(|at| Moment { at, round: None });
    let mut moments: Vec<Moment<'_>> = of_rounds
        .chain(of_volumes)
        .chain(of_overdue)
        .filter(|moment| moment.at <= to)
        .collect();
    moments.sort_by_key(|moment| moment.at);
    moments
}

/// A round as it was on record at an instant.
fn as_of(round: &RoundFact, at: Instant) -> RoundFact {
    let known = |from: Option<Instant>| from.filter(|from| *from <= at);
    RoundFact {
        closed_at: known(round.closed_at),
        late_from: known(round.late_from),
        liable_from: known(round.liable_from),
        ..round.clone()
    }
}
