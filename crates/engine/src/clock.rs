//! The one place of the program that reads a clock.

use redress_domain::instant::Instant;

/// Where `recorded_at` comes from when a command does not bring it.
pub trait Clock: Send + Sync {
    /// The instant now.
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let elapsed = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Instant::from_unix_ms(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }
}
