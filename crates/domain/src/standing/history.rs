//! What standing is computed from: rounds, volumes and overdue rectifications of one merchant, as
//! recorded facts with the instants from which they hold.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cell::Cell;

use crate::identity::{ComplaintId, UserRef};
use crate::instant::{CivilDay, Instant};
use crate::rulebook::StandingTerms;

use super::retrace::Stops;
use super::tally::Tally;

/// One round of a complaint, as far as standing looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundFact {
    /// Whose round.
    pub complaint_id: ComplaintId,
    /// Which, from 1.
    pub round: u32,
    /// Who complained (policy per-user-cap).
    pub user_ref: UserRef,
    /// When it opened: the instant by which it lies in the window (policy window).
    pub opened_at: Instant,
    /// When it closed; `None` while it is open and when it was withdrawn.
    pub closed_at: Option<Instant>,
    /// Whether the user continued after a close (guide repeat).
    pub repeat: bool,
    /// From when a finding of 4.1(1) was on record; `None` without one, or when it was dismissed
    /// or withdrawn.
    pub late_from: Option<Instant>,
    /// From when a determination was on record; `None` without one that stands.
    pub liable_from: Option<Instant>,
}

/// One report of one day's denominators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Debits of that day.
    pub debits: u64,
    /// Users debited that day.
    pub users: u64,
    /// When the report was recorded.
    pub reported_at: Instant,
}

/// Time during which a rectification was overdue and not under review (rulebook 4.2(1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OverdueInterval {
    /// From this instant on.
    pub from: Instant,
    /// Up to, but not including, this instant; `None` while it lasts.
    pub until: Option<Instant>,
}

/// Everything that the standing of one merchant is computed from.
#[derive(Clone, Debug, Default)]
pub struct History {
    rounds: Vec<RoundFact>,
    volumes: BTreeMap<CivilDay, Vec<Volume>>,
    overdue: Vec<OverdueInterval>,
    latest: Option<Instant>,
    tally: Option<Tally>,
    /// The last sum of debits that was asked for: the same days come again and again.
    debits: Cell<Option<Debits>>,
    /// Where the history can be traced again from, as far as nothing before has changed since.
    pub(super) stops: Stops,
}

/// The debits of a range of days.
#[derive(Clone, Copy, Debug)]
struct Debits {
    first: CivilDay,
    end: CivilDay,
    sum: Option<u64>,
    /// The same reports count from this instant on.
    from: Instant,
    /// Up to, but not including, this instant; `None` where there is no later report.
    until: Option<Instant>,
}

impl Debits {
    fn holds(&self, first: CivilDay, end: CivilDay, at: Instant) -> bool {
        (self.first, self.end) == (first, end)
            && self.from <= at
            && self.until.is_none_or(|until| at < until)
    }
}

impl RoundFact {
    /// The latest instant that this fact speaks of.
    #[must_use]
    pub fn latest(&self) -> Instant {
        [self.closed_at, self.late_from, self.liable_from]
            .into_iter()
            .flatten()
            .fold(self.opened_at, Instant::max)
    }

    /// The first instant of which this fact says something else than another one of the same round.
    fn first_difference(&self, other: &Self) -> Option<Instant> {
        let opened = (self.repeat != other.repeat || self.user_ref != other.user_ref)
            .then_some(self.opened_at);
        [
            (self.closed_at, other.closed_at),
            (self.late_from, other.late_from),
            (self.liable_from, other.liable_from),
        ]
        .into_iter()
        .filter(|(one, other)| one != other)
        .flat_map(|(one, other)| [one, other])
        .flatten()
        .chain(opened)
        .min()
    }

    /// The order of rounds in a history.
    fn order(&self) -> (Instant, &ComplaintId, u32) {
        (self.opened_at, &self.complaint_id, self.round)
    }
}

impl OverdueInterval {
    /// Whether an instant lies in it.
    #[must_use]
    pub fn contains(&self, at: Instant) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

impl History {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Rounds by the instant that they opened, then by complaint and number.
    #[must_use]
    pub fn rounds(&self) -> &[RoundFact] {
        &self.rounds
    }

    /// Reports by civil day, each day's in the order in which they were recorded.
    #[must_use]
    pub const fn volumes(&self) -> &BTreeMap<CivilDay, Vec<Volume>> {
        &self.volumes
    }

    /// Intervals of overdue rectifications.
    #[must_use]
    pub fn overdue(&self) -> &[OverdueInterval] {
        &self.overdue
    }

    /// Takes in a round, in place of what was known of it. A round keeps the instant at which it
    /// opened, so that is how it is found again. Says whether something was taken back that had
    /// counted before: then the course is to be traced again.
    pub fn record_round(&mut self, fact: RoundFact) -> bool {
        let latest = fact.latest();
        if self.latest.is_none_or(|known| known < latest) {
            self.latest = Some(latest);
            self.move_tally(latest);
        }
        let place = self.place(fact.order());
        if let Some(tally) = &mut self.tally {
            if let Ok(index) = place
                && let Some(known) = self.rounds.get(index)
            {
                tally.take_out(known);
            }
            tally.put_in(&fact);
        }
        match place {
            Ok(index) => {
                let known = core::mem::replace(&mut self.rounds[index], fact);
                let fact = &self.rounds[index];
                if let Some(changed_at) = fact.first_difference(&known) {
                    self.stops.forget_from(changed_at);
                }
                was_taken_back(known.liable_from, fact.liable_from)
                    || was_taken_back(known.late_from, fact.late_from)
            }
            Err(index) => {
                let first = [fact.closed_at, fact.late_from, fact.liable_from];
                let first = first
                    .into_iter()
                    .flatten()
                    .fold(fact.opened_at, Instant::min);
                self.stops.forget_from(first);
                self.rounds.insert(index, fact);
                false
            }
        }
    }

    /// Takes in a report of a day; of several the one recorded last counts. A correction takes
    /// nothing back: standing rises at once and falls only with time.
    pub fn record_volume(&mut self, day: CivilDay, volume: Volume) {
        let reports = self.volumes.entry(day).or_default();
        let place = reports.partition_point(|known| known.reported_at <= volume.reported_at);
        reports.insert(place, volume);
        self.debits.set(None);
        self.stops.forget_from(volume.reported_at);
    }

    /// Says anew when rectifications were overdue, in order. Says whether something was taken
    /// back that had counted before: then the course is to be traced again.
    pub fn set_overdue(&mut self, intervals: Vec<OverdueInterval>) -> bool {
        let taken_back = self
            .overdue
            .iter()
            .any(|known| !intervals.iter().any(|interval| interval.from == known.from));
        let is_other = |one: &&OverdueInterval, others: &[OverdueInterval]| !others.contains(one);
        let gone = self.overdue.iter().filter(|one| is_other(one, &intervals));
        let come = intervals.iter().filter(|one| is_other(one, &self.overdue));
        if let Some(changed_at) = gone.chain(come).map(|interval| interval.from).min() {
            self.stops.forget_from(changed_at);
        }
        self.overdue = intervals;
        taken_back
    }

    /// Keeps a running tally under these terms, so that computing metrics at or after the latest
    /// known fact costs what has changed since, not the whole window. What is computed is the
    /// same with and without it.
    pub fn keep_tally(&mut self, terms: &StandingTerms) {
        if self
            .tally
            .as_ref()
            .is_some_and(|tally| tally.is_under(terms))
        {
            return;
        }
        let now = self.latest.unwrap_or(Instant::from_unix_ms(i64::MIN));
        let mut tally = Tally::empty(terms, now);
        for round in self.window(tally.from(), now) {
            tally.put_in(round);
        }
        self.tally = Some(tally);
    }

    fn move_tally(&mut self, now: Instant) {
        let Some(mut tally) = self.tally.take() else {
            return;
        };
        let (leaving, entering) = tally.moved_ranges(now);
        for round in self.window(leaving.0, leaving.1) {
            tally.take_out(round);
        }
        tally.move_to(now);
        for round in self.window(entering.0, entering.1) {
            tally.put_in(round);
        }
        self.tally = Some(tally);
    }

    pub(super) const fn tally(&self) -> Option<&Tally> {
        self.tally.as_ref()
    }

    /// Rounds opened in `[from, until)`.
    pub(super) fn window(&self, from: Instant, until: Instant) -> &[RoundFact] {
        let (start, end) = (self.first_from(from), self.first_from(until));
        self.rounds.get(start..end).unwrap_or_default()
    }

    /// What is known of a round.
    #[must_use]
    pub fn round(
        &self,
        opened_at: Instant,
        complaint_id: &ComplaintId,
        number: u32,
    ) -> Option<&RoundFact> {
        let place = self.place((opened_at, complaint_id, number));
        self.rounds.get(place.ok()?)
    }

    /// Where a round is, or would be.
    fn place(&self, order: (Instant, &ComplaintId, u32)) -> Result<usize, usize> {
        let start = self.first_from(order.0);
        let rest = self.rounds.get(start..).unwrap_or_default();
        let found = rest.iter().position(|known| known.order() >= order);
        let place = found.map_or(self.rounds.len(), |offset| start + offset);
        match self.rounds.get(place) {
            Some(known) if known.order() == order => Ok(place),
            Some(_) | None => Err(place),
        }
    }

    /// The place of the first round opened at an instant or later. It is mostly near the end.
    fn first_from(&self, at: Instant) -> usize {
        let is_before = |round: &RoundFact| round.opened_at < at;
        let (mut end, mut width) = (self.rounds.len(), 1);
        loop {
            let start = end.saturating_sub(width);
            let before = start
                .checked_sub(1)
                .and_then(|place| self.rounds.get(place));
            if before.is_none_or(is_before) {
                let part = self.rounds.get(start..end).unwrap_or_default();
                return start + part.partition_point(is_before);
            }
            end = start;
            width *= 4;
        }
    }

    /// When the first round at or after an instant opened.
    pub(super) fn first_opened_from(&self, from: Instant) -> Option<Instant> {
        self.rounds
            .get(self.first_from(from))
            .map(|round| round.opened_at)
    }

    /// When the first rectification at or after an instant became overdue.
    pub(super) fn first_overdue_from(&self, from: Instant) -> Option<Instant> {
        self.overdue
            .iter()
            .map(|interval| interval.from)
            .filter(|overdue_from| *overdue_from >= from)
            .min()
    }

    /// Whether a rectification is overdue at an instant.
    pub(super) fn is_overdue(&self, at: Instant) -> bool {
        self.overdue.iter().any(|interval| interval.contains(at))
    }

    /// The debits of civil days from `first` on and before `end`, of each day by the report that
    /// counted at `at`; `None` where no day was reported.
    pub(super) fn debits_between(
        &self,
        first: CivilDay,
        end: CivilDay,
        at: Instant,
    ) -> Option<u64> {
        let end = end.max(first);
        if let Some(known) = self.debits.get()
            && known.holds(first, end, at)
        {
            return known.sum;
        }
        let debits = self.sum_debits(first, end, at);
        self.debits.set(Some(debits));
        debits.sum
    }

    fn sum_debits(&self, first: CivilDay, end: CivilDay, at: Instant) -> Debits {
        let mut debits = Debits {
            first,
            end,
            sum: None,
            from: Instant::from_unix_ms(i64::MIN),
            until: None,
        };
        for reports in self.volumes.range(first..end).map(|(_, reports)| reports) {
            let counted = reports.partition_point(|report| report.reported_at <= at);
            let last = counted.checked_sub(1).and_then(|last| reports.get(last));
            if let Some(report) = last {
                let sum = debits.sum.unwrap_or(0);
                debits.sum = Some(sum.saturating_add(report.debits));
                debits.from = debits.from.max(report.reported_at);
            }
            if let Some(later) = reports.get(counted) {
                let until = debits.until.unwrap_or(later.reported_at);
                debits.until = Some(until.min(later.reported_at));
            }
        }
        debits
    }
}

/// Two histories are the same when their facts are; a running tally and stops are no facts.
impl PartialEq for History {
    fn eq(&self, other: &Self) -> bool {
        self.rounds == other.rounds
            && self.volumes == other.volumes
            && self.overdue == other.overdue
    }
}

impl Eq for History {}

/// Whether something held from an instant that now holds from later on, or not at all.
fn was_taken_back(known: Option<Instant>, now: Option<Instant>) -> bool {
    known.is_some_and(|from| now.is_none_or(|later| from < later))
}
