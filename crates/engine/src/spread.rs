//! How values spread over sizes: what a histogram shows.

use crate::engine::Engine;

/// How often values up to each bound came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    bounds: &'static [u64],
    /// One more than there are bounds: the last is for what lies above all.
    counts: Vec<u64>,
    sum: u64,
}

impl Spread {
    /// Nothing yet.
    #[must_use]
    pub fn new(bounds: &'static [u64]) -> Self {
        Self {
            bounds,
            counts: vec![0; bounds.len() + 1],
            sum: 0,
        }
    }

    /// Takes up a value.
    pub fn note(&mut self, value: u64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
        self.sum = self.sum.saturating_add(value);
    }

    /// Each bound with how many values lie at it or below and above the bound before; `None` is
    /// above all bounds.
    pub fn counted(&self) -> impl Iterator<Item = (Option<u64>, u64)> + '_ {
        let bounds = self.bounds.iter().copied().map(Some).chain([None]);
        bounds.zip(self.counts.iter().copied())
    }

    /// How many values came.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All values together.
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.sum
    }
}

/// What the engine spreads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spreads {
    /// Commits that one sync made durable.
    pub group_commits: Spread,
    /// How long the journal took to write and sync a group, in microseconds.
    pub sync_us: Spread,
    /// How long after its instant a deadline was observed by the program's clock, in milliseconds.
    pub deadline_late_ms: Spread,
}

pub(crate) const GROUP_COMMITS: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 4_096];
pub(crate) const SYNC_US: &[u64] = &[
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
];
pub(crate) const DEADLINE_LATE_MS: &[u64] = &[
    10, 50, 100, 250, 500, 1_000, 5_000, 60_000, 3_600_000, 86_400_000,
];

impl Engine {
    /// How large groups were, how long their syncs took, and how late deadlines were observed, since
    /// the store was opened.
    #[must_use]
    pub fn spreads(&self) -> Spreads {
        let groups = self.shared.counters.groups.lock().clone();
        Spreads {
            group_commits: groups.commits,
            sync_us: groups.sync_us,
            deadline_late_ms: self.shared.world().deadline_late_ms.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn a_value_counts_at_the_first_bound_that_holds_it() {
        let mut spread = Spread::new(&[1, 10]);
        for value in [0, 1, 2, 10, 11, 500] {
            spread.note(value);
        }
        let counted: Vec<_> = spread.counted().collect();
        assert_eq!(counted, [(Some(1), 2), (Some(10), 2), (None, 2)]);
        assert_eq!((spread.count(), spread.sum()), (6, 524));
    }
}
