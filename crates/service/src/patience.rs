//! When a delivery that failed is tried again, and when it is given up.

use std::time::Duration;

/// How much earlier or later than planned an attempt may be made, so that what failed together is
/// not tried again all at once.
const JITTER: f64 = 0.2;

/// How long to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The pause after the first attempt; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long after the first attempt it is given up.
    pub given_up_after: Duration,
}

impl Patience {
    /// The pause after that many attempts failed. `chance` is a number from 0 to 1.
    #[must_use]
    fn pause(self, attempts: u32, asked_for: Option<Duration>, chance: f64) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let planned = self
            .first_pause
            .saturating_mul(1 << doublings)
            .max(asked_for.unwrap_or_default())
            .min(self.longest_pause);
        planned.mul_f64(1.0 - JITTER + 2.0 * JITTER * chance)
    }

    /// When something is tried again that has failed for the `attempts`-th time just now, in
    /// milliseconds since 1970; `None` when it is given up, since it was first tried too long ago.
    #[must_use]
    pub fn next_attempt_ms(
        self,
        attempts: u32,
        asked_for: Option<Duration>,
        first_attempt_at_ms: i64,
        now_ms: i64,
    ) -> Option<i64> {
        let pause = self.pause(attempts, asked_for, fastrand::f64());
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let is_over = self.is_over(now_ms.saturating_sub(first_attempt_at_ms));
        (!is_over).then(|| now_ms.saturating_add(pause_ms))
    }

    /// Whether something is given up whose first attempt was made that long ago.
    #[must_use]
    fn is_over(self, since_first_ms: i64) -> bool {
        u128::try_from(since_first_ms).is_ok_and(|ms| ms >= self.given_up_after.as_millis())
    }
}

/// How long it is until an instant; both in milliseconds since 1970.
#[must_use]
pub fn until(due_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(due_ms.saturating_sub(now_ms)).unwrap_or(0))
}

/// Rests so long, or, where nothing is due, until something else happens.
pub async fn rest(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Patience, until};

    const PATIENCE: Patience = Patience {
        first_pause: Duration::from_secs(5),
        longest_pause: Duration::from_secs(3_600),
        given_up_after: Duration::from_secs(86_400),
    };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<u64> = (1..=12)
            .map(|attempts| PATIENCE.pause(attempts, None, 0.5).as_secs())
            .collect();
        let planned = [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600];
        assert_eq!(pauses, planned);
        assert_eq!(PATIENCE.pause(u32::MAX, None, 0.5).as_secs(), 3_600);
    }

    #[test]
    fn chance_moves_a_pause_by_a_fifth_and_the_receiver_can_ask_for_a_longer_one() {
        assert_eq!(PATIENCE.pause(1, None, 0.0), Duration::from_secs(4));
        assert_eq!(PATIENCE.pause(1, None, 1.0), Duration::from_secs(6));
        let asked = Some(Duration::from_secs(60));
        assert_eq!(PATIENCE.pause(1, asked, 0.5), Duration::from_secs(60));
        let too_long = Some(Duration::from_secs(999_999));
        assert_eq!(PATIENCE.pause(1, too_long, 0.5), Duration::from_secs(3_600));
    }

    #[test]
    fn a_day_after_the_first_attempt_it_is_over() {
        assert!(!PATIENCE.is_over(86_399_999));
        assert!(PATIENCE.is_over(86_400_000));
        assert!(!PATIENCE.is_over(-1));
        let next = |now_ms| PATIENCE.next_attempt_ms(1, None, 1_000, now_ms);
        let due_ms = next(2_000).unwrap();
        assert!((6_000..=8_000).contains(&due_ms), "{due_ms}");
        assert_eq!(next(86_401_000), None);
    }

    #[test]
    fn what_is_due_already_is_not_waited_for() {
        assert_eq!(until(1_500, 1_000), Duration::from_millis(500));
        assert_eq!(until(1_000, 1_500), Duration::ZERO);
    }
}
