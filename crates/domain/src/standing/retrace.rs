//! Standing as a corrected history gives it.
//!
//! A history is lived again from the last stop before what changed in it: tracing it whole for every
//! determination that falls would cost more the longer a merchant is known.

use alloc::vec::Vec;

use crate::instant::{Instant, Span};
use crate::rulebook::Rulebook;

use super::evaluate::{advance_with, reevaluate_with};
use super::tally::Tally;
use super::{Course, History, RoundFact};

/// How far stops are apart at the least.
const BETWEEN_STOPS: Span = Span::from_ms(12 * 60 * 60 * 1_000);

/// Courses along a trace, each with everything up to and including its instant behind it.
#[derive(Clone, Debug, Default)]
pub(super) struct Stops {
    courses: Vec<Course>,
    /// How many editions there were: one that is announced may govern what is behind a stop.
    editions: usize,
}

/// Lives the history again from its first fact, evaluating at every instant at which something
/// came on record and at every midnight, up to and including `to`: when a determination falls,
/// the tier is the one that history without it gives. A corrected volume is no reason to call
/// this: standing rises at once and falls only with time.
#[must_use]
pub fn retrace(history: &History, rulebook: &Rulebook, to: Instant) -> Course {
    trace(history, rulebook, to, &mut Stops::default())
}

impl History {
    /// [`retrace`], from where the history was traced before and has not changed since. Always
    /// traced by one rulebook, which only grows.
    pub fn retrace(&mut self, rulebook: &Rulebook, to: Instant) -> Course {
        let mut stops = core::mem::take(&mut self.stops);
        let course = trace(self, rulebook, to, &mut stops);
        self.stops = stops;
        course
    }
}

impl Stops {
    /// Forgets every stop at an instant or later: something else is on record there now.
    pub fn forget_from(&mut self, changed_at: Instant) {
        let kept = self
            .courses
            .partition_point(|course| course.evaluated_at < changed_at);
        self.courses.truncate(kept);
    }

    /// The last stop not later than an instant.
    fn last(&mut self, rulebook: &Rulebook, to: Instant) -> Option<Course> {
        let editions = rulebook.editions().count();
        if core::mem::replace(&mut self.editions, editions) != editions {
            self.courses.clear();
        }
        let kept = self
            .courses
            .partition_point(|course| course.evaluated_at <= to);
        self.courses.truncate(kept);
        self.courses.last().cloned()
    }

    fn note(&mut self, course: &Course) {
        let is_far = |last: &Course| last.evaluated_at.plus(BETWEEN_STOPS) <= course.evaluated_at;
        if self.courses.last().is_none_or(is_far) {
            self.courses.push(course.clone());
        }
    }
}

/// An instant at which something came on record, and the place of the round of which it did.
type Moment = (Instant, Option<usize>);

fn trace(history: &History, rulebook: &Rulebook, to: Instant, stops: &mut Stops) -> Course {
    let stop = stops.last(rulebook, to);
    let moments = moments(history, stop.as_ref().map(|course| course.evaluated_at), to);
    let mut course = match (stop, moments.first()) {
        (Some(course), _) => course,
        (None, Some((first, _))) => Course::starting(first.minus(Span::from_ms(1))),
        (None, None) => {
            let mut course = Course::starting(to);
            course.corrected = true;
            return course;
        }
    };
    let mut tally = tally_at(history, rulebook, course.evaluated_at, course.evaluated_at);
    for at_once in moments.chunk_by(|(one, _), (other, _)| one == other) {
        let Some((at, _)) = at_once.first() else {
            continue;
        };
        if !tally.is_under(&rulebook.in_force(*at).standing) {
            tally = tally_at(history, rulebook, *at, tally.now());
        }
        course = advance_with(&course, history, Some(&tally), rulebook, *at);
        let changed = at_once.iter().filter_map(|(_, place)| *place);
        let changed = changed.filter_map(|place| history.rounds().get(place));
        tally.live_on(history, *at, changed);
        course = reevaluate_with(&course, history, Some(&tally), rulebook, *at);
        stops.note(&course);
    }
    course = advance_with(&course, history, Some(&tally), rulebook, to);
    course = reevaluate_with(&course, history, Some(&tally), rulebook, to);
    course.corrected = true;
    course
}

/// A tally under the terms in force at an instant, of what was on record at another one.
fn tally_at(history: &History, rulebook: &Rulebook, in_force: Instant, now: Instant) -> Tally {
    let mut tally = Tally::empty(&rulebook.in_force(in_force).standing, now);
    for round in history.window(tally.from(), now) {
        tally.put_in(round);
    }
    tally
}

/// Everything that came on record behind an instant and up to another one, in order, each once.
fn moments(history: &History, behind: Option<Instant>, to: Instant) -> Vec<Moment> {
    let is_meant = |at: Instant| at <= to && behind.is_none_or(|behind| behind < at);
    let of_round = |round: &RoundFact| {
        let later = [round.closed_at, round.late_from, round.liable_from];
        core::iter::once(round.opened_at).chain(later.into_iter().flatten())
    };
    let of_rounds = (history.rounds().iter().enumerate())
        .flat_map(|(place, round)| of_round(round).map(move |at| (at, Some(place))));
    let of_volumes = history.volumes().values().flatten();
    let of_overdue = history.overdue().iter();
    let mut moments: Vec<Moment> = of_rounds
        .chain(of_volumes.map(|report| (report.reported_at, None)))
        .chain(of_overdue.flat_map(|interval| {
            let ends = core::iter::once(interval.from).chain(interval.until);
            ends.map(|at| (at, None))
        }))
        .filter(|(at, _)| is_meant(*at))
        .collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}
