//! The one place of the program that reads a clock.

use redress_domain::instant::{Instant, Span};

/// Where `recorded_at` comes from when a command does not bring it.
pub trait Clock: Send + Sync {
    /// The instant now.
    fn now(&self) -> Instant;

    /// How long it has been since some instant that stays the same, as a stopwatch tells it that
    /// nobody sets: by it leaps of [`Clock::now`] are noticed, and not followed. `None` where there
    /// is no such thing: then every reading is believed.
    fn stopwatch(&self) -> Option<Span> {
        None
    }
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

    /// Since the machine was started, sleep included.
    #[cfg(target_os = "linux")]
    fn stopwatch(&self) -> Option<Span> {
        let since_start = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Some(Span::from_ms(
            since_start.tv_sec * 1_000 + since_start.tv_nsec / 1_000_000,
        ))
    }
}

#[cfg(test)]
mod tests {
    use redress_domain::instant::Span;

    use super::{Clock, SystemClock};

    #[test]
    #[cfg(target_os = "linux")]
    fn the_machine_has_a_stopwatch_that_goes_as_its_clock_does() {
        let read = || (SystemClock.now(), SystemClock.stopwatch().unwrap());
        let (clock, stopwatch) = read();
        std::thread::sleep(std::time::Duration::from_millis(20));
        let (clock_later, stopwatch_later) = read();
        let by_stopwatch = Span::from_ms(stopwatch_later.ms() - stopwatch.ms());
        assert!(by_stopwatch.ms() >= 20);
        assert!((clock_later.since(clock).ms() - by_stopwatch.ms()).abs() < 5_000);
    }
}
