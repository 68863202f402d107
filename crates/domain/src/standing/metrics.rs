//! Figures over the rolling window (policy window).

use alloc::vec::Vec;

use crate::instant::Instant;
use crate::rulebook::{Edition, Rulebook};

use super::tally::{Counts, Tally};
use super::{History, Metrics, PartKind, Tier};

/// The figures over `[now - window, now)` by the edition in force at `now` (policy window). A
/// round lies in the window by the instant at which it opened, a day's volume by its civil
/// midnight; what was recorded later than `now` is not seen.
#[must_use]
pub fn metrics(history: &History, rulebook: &Rulebook, now: Instant) -> Metrics {
    metrics_by(history, history.tally(), rulebook.in_force(now), now)
}

/// The figures by an edition. A tally that fits spares a look at every round of the window.
pub(super) fn metrics_by(
    history: &History,
    tally: Option<&Tally>,
    edition: &Edition,
    now: Instant,
) -> Metrics {
    let terms = &edition.standing;
    let from = now.minus(terms.window);
    let counts = match tally {
        Some(tally) if tally.is_under(terms) && tally.now() <= now => tally.counts_at(history, now),
        Some(_) | None => Counts::of(
            history.window(from, now).iter(),
            u64::from(terms.counted_rounds_per_user),
            now,
        ),
    };
    let mut metrics = counts.into_metrics();
    let offset = edition.civil_offset;
    // The first day whose midnight lies at or after an instant.
    let first_day = |instant: Instant| {
        let day = offset.day_of(instant);
        if offset.midnight(day) < instant {
            day.plus(1)
        } else {
            day
        }
    };
    let debits = history.debits_between(first_day(from), first_day(now), now);
    metrics.volume_reported = debits.is_some();
    metrics.debits = debits.unwrap_or(0);
    metrics
}

/// What is missing for the tier above: for the first line of the next tier that the edition has,
/// the counts that are not reached yet and by how much. `None` at the top of the ladder.
#[must_use]
pub fn next_tier(
    metrics: &Metrics,
    edition: &Edition,
    tier: Tier,
) -> Option<(Tier, Vec<(PartKind, u64)>)> {
    let terms = edition.tiers.iter().find(|terms| terms.tier > tier)?;
    let missing = terms.enter.first().map_or_else(Vec::new, |line| {
        [
            (
                PartKind::LiableRounds,
                line.liable_rounds,
                metrics.liable_rounds,
            ),
            (
                PartKind::LiableUsers,
                line.liable_users,
                metrics.liable_users,
            ),
        ]
        .into_iter()
        .filter_map(|(kind, asked, actual)| Some((kind, asked?.checked_sub(actual)?)))
        .filter(|(_, missing)| *missing > 0)
        .collect()
    });
    Some((terms.tier, missing))
}
