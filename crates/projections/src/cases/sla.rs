//! How clocks were kept: in time, late, running, void, and how long it took.

use redress_domain::clock::{Clock, ClockKind, Pause, Phase};
use redress_domain::identity::MerchantId;
use redress_domain::instant::{Instant, Span};

use super::{Cases, place};
use crate::fault::Fault;
use crate::row::CLOCKS;

/// Which clocks are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlaQuery {
    /// Of this merchant's complaints; of all of them without one.
    pub merchant_id: Option<MerchantId>,
    /// In rounds opened at this instant or later.
    pub from: Option<Instant>,
    /// In rounds opened before this instant.
    pub to: Option<Instant>,
    /// Clocks are read at this instant; rounds opened later are not seen.
    pub at: Instant,
}

/// How clocks were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlaReport {
    /// One entry per kind of clock, in the order of `ClockKind::OF_ROUND`.
    pub clocks: Vec<ClockSla>,
    /// Rounds counted.
    pub rounds: u64,
}

/// How the clocks of one kind were kept. The first four counts add up to all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockSla {
    /// Which kind.
    pub kind: ClockKind,
    /// Met by the due instant.
    pub in_time: u64,
    /// Past the due instant before they were met or void, done since or not.
    pub late: u64,
    /// Neither met nor void, and not past the due instant.
    pub running: u64,
    /// Void before the due instant passed.
    pub void: u64,
    /// Of the late ones: neither met nor void.
    pub late_running: u64,
    /// Median of the time to meet the clock, in milliseconds, by nearest rank: of an even number
    /// the lower of the two in the middle. Paused time does not count. `None` when none was met.
    pub median_ms: Option<u64>,
    /// The 95th percentile of the same, by nearest rank.
    pub p95_ms: Option<u64>,
}

#[derive(Default)]
struct Tally {
    in_time: u64,
    late: u64,
    running: u64,
    void: u64,
    late_running: u64,
    elapsed_ms: Vec<u64>,
}

impl Cases {
    /// How clocks were kept in rounds opened in `[from, to)`, as read at one instant.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn sla(&self, query: &SlaQuery) -> Result<SlaReport, Fault> {
        let mut tallies = CLOCKS.map(|kind| (kind, Tally::default()));
        let mut rounds = 0;
        self.visit(query.merchant_id.as_ref(), false, |row| {
            let pauses = row.pauses()?;
            for round in &row.rounds {
                let opened_at = Instant::from_unix_ms(round.opened_at_ms);
                if query.from.is_some_and(|from| opened_at < from)
                    || query.to.is_some_and(|to| opened_at >= to)
                    || opened_at > query.at
                {
                    continue;
                }
                rounds += 1;
                for clock in &round.clocks {
                    let clock = clock.clock(place(row))?;
                    let tally = tallies.iter_mut().find(|(kind, _)| *kind == clock.kind);
                    if let Some((_, tally)) = tally.filter(|_| clock.started_at <= query.at) {
                        tally.count(&clock, &pauses, query.at);
                    }
                }
            }
            Ok(())
        })?;
        Ok(SlaReport {
            clocks: tallies
                .into_iter()
                .map(|(kind, tally)| tally.report(kind))
                .collect(),
            rounds,
        })
    }
}

impl Tally {
    fn count(&mut self, clock: &Clock, pauses: &[Pause], at: Instant) {
        let reading = clock.read(pauses, at);
        if let Some(met_at) = reading.met_at {
            let elapsed = elapsed(clock.started_at, met_at, pauses);
            self.elapsed_ms
                .push(u64::try_from(elapsed.ms()).unwrap_or(0));
        }
        match (reading.phase, reading.breached) {
            (Phase::Running | Phase::Paused, true) => {
                self.late += 1;
                self.late_running += 1;
            }
            (Phase::Met | Phase::Void, true) => self.late += 1,
            (Phase::Met, false) => self.in_time += 1,
            (Phase::Running | Phase::Paused, false) => self.running += 1,
            (Phase::Void, false) => self.void += 1,
        }
    }

    fn report(mut self, kind: ClockKind) -> ClockSla {
        self.elapsed_ms.sort_unstable();
        ClockSla {
            kind,
            in_time: self.in_time,
            late: self.late,
            running: self.running,
            void: self.void,
            late_running: self.late_running,
            median_ms: nearest_rank(&self.elapsed_ms, 50),
            p95_ms: nearest_rank(&self.elapsed_ms, 95),
        }
    }
}

/// The smallest value such that at least `percent` of all values are not above it.
pub(super) fn nearest_rank(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// The time from `start` to `end` in which clocks did not stand still; overlapping pauses count
/// once.
fn elapsed(start: Instant, end: Instant, pauses: &[Pause]) -> Span {
    let mut inside: Vec<(Instant, Instant)> = pauses
        .iter()
        .map(|pause| (pause.from.max(start), pause.until.unwrap_or(end).min(end)))
        .filter(|(from, until)| from < until)
        .collect();
    inside.sort_unstable();
    let mut counted_until = start;
    let mut paused = Span::ZERO;
    for (from, until) in inside {
        let from = from.max(counted_until);
        if from < until {
            paused = paused.plus(until.since(from));
            counted_until = until;
        }
    }
    Span::from_ms(end.since(start).ms().saturating_sub(paused.ms()))
}
