//! How long somebody has been behind the log: when its ends were seen, for as long as somebody lacks
//! what came before them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many ends of the log are remembered before some of them are forgotten.
const ENDS_MAX: usize = 2_400;
/// A lag may be told too short by this part of it: one that has gone on for hours need not be known
/// to the second.
const PART_UNKNOWN: u32 = 32;

/// The positions that the log was seen to end at, each with when it first was, the latest last.
#[derive(Debug, Default)]
pub struct LogEnds(VecDeque<(u64, Instant)>);

impl LogEnds {
    /// Notes where the log ends now, and forgets what nobody lacks: `slowest` is how far the one has
    /// come who is behind most.
    pub fn note(&mut self, position: u64, slowest: u64, now: Instant) {
        if self.0.back().is_none_or(|(last, _)| *last < position) {
            self.0.push_back((position, now));
        }
        while self.0.front().is_some_and(|(first, _)| *first <= slowest) {
            self.0.pop_front();
        }
        if self.0.len() > ENDS_MAX {
            self.thin(now);
        }
    }

    /// Forgets each end without which the lag is still known well enough.
    fn thin(&mut self, now: Instant) {
        let mut kept: VecDeque<(u64, Instant)> = VecDeque::new();
        let mut ends = std::mem::take(&mut self.0).into_iter().peekable();
        while let Some(end) = ends.next() {
            let is_needed = match (kept.back(), ends.peek()) {
                (Some((_, before)), Some((_, after))) => {
                    let age = now.saturating_duration_since(*after);
                    after.saturating_duration_since(*before) > age / PART_UNKNOWN
                }
                _ => true,
            };
            if is_needed {
                kept.push_back(end);
            }
        }
        self.0 = kept;
    }

    /// How long the log has gone on behind a position; nothing where it ends there, or was not seen
    /// to go on yet.
    #[must_use]
    pub fn lag(&self, position: u64, now: Instant) -> Duration {
        let next = self.0.partition_point(|(end, _)| *end <= position);
        self.0
            .get(next)
            .map_or(Duration::ZERO, |(_, at)| now.saturating_duration_since(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_is_as_late_as_the_first_event_that_it_lacks() {
        let begun = Instant::now();
        let mut ends = LogEnds::default();
        ends.note(10, 0, begun);
        ends.note(10, 0, begun + SECOND);
        ends.note(25, 0, begun + 2 * SECOND);
        let now = begun + 5 * SECOND;
        assert_eq!(ends.lag(0, now), 5 * SECOND);
        assert_eq!(ends.lag(9, now), 5 * SECOND);
        assert_eq!(ends.lag(10, now), 3 * SECOND);
        assert_eq!(ends.lag(25, now), Duration::ZERO);
        assert_eq!(ends.lag(30, now), Duration::ZERO);
        // What everybody has is forgotten.
        ends.note(25, 10, now);
        assert_eq!(ends.lag(0, now), 3 * SECOND);
        ends.note(25, 25, now);
        assert_eq!(ends.lag(0, now), Duration::ZERO);
    }

    #[test]
    fn a_lag_that_goes_on_for_days_is_known_from_its_beginning() {
        let begun = Instant::now();
        let mut ends = LogEnds::default();
        for second in 0..100_000_u32 {
            ends.note(u64::from(second) + 1, 0, begun + second * SECOND);
        }
        let now = begun + 100_000 * SECOND;
        assert!(ends.0.len() <= ENDS_MAX);
        assert_eq!(ends.lag(0, now), 100_000 * SECOND);
        for position in [1_000, 50_000, 90_000, 99_900, 99_999] {
            let expected = 100_000 - position;
            let told = ends.lag(position, now).as_secs();
            assert!(
                (expected * 30 / 32..=expected).contains(&told),
                "{position}: {told}"
            );
        }
        assert_eq!(ends.lag(100_000, now), Duration::ZERO);
    }
}
