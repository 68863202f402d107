//! A clock that does not follow the leaps of the one it reads.
//!
//! A machine's clock can be set: by hand, by a time service that lost its way, by a virtual machine
//! that is moved. While the program runs, a stopwatch tells how long it really was. Where clock and
//! stopwatch part, the program goes on by the stopwatch, notes the leap and says so: a deadline that
//! was missed by a wrong clock is in the log for ever, one that is noticed late is not moved by
//! that. The machine's clock counts again once both agree, or when the program starts anew.
//!
//! Across a start nobody has held a stopwatch: there the machine's clock is believed, unless it is
//! behind the log. Time in the log then stands until the clock has come there.

use std::sync::Arc;

use parking_lot::Mutex;
use redress_domain::instant::{Instant, Span};
use redress_store::leaps::{Leap, LeapKind, LeapRecord};
use redress_store::step::{self, Safeguard};

use crate::clock::Clock;

/// What clock and stopwatch may part by between two readings, and what a clock may be behind the
/// log by: less is a clock being set right.
const APART_MAX: Span = Span::from_ms(60_000);

/// A clock, its last readings, and where its leaps are noted.
pub(crate) struct SteadyClock {
    clock: Arc<dyn Clock>,
    /// `None` for a store in memory: its leaps are only told.
    record: Option<LeapRecord>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last reading at which clock and stopwatch agreed.
    agreed: Option<Reading>,
    /// By how much they part, once that is noted.
    noted_apart: Option<Span>,
    /// Whether it is noted that the clock is behind the log.
    noted_behind: bool,
}

#[derive(Clone, Copy)]
struct Reading {
    at: Instant,
    stopwatch: Span,
}

impl SteadyClock {
    pub fn new(clock: Arc<dyn Clock>, record: Option<LeapRecord>) -> Self {
        let steady = Self {
            clock,
            record,
            state: Mutex::default(),
        };
        // The first reading is what later ones are compared with.
        steady.now();
        steady
    }

    /// The instant to record a command at, in a log whose last instant is given.
    pub fn for_recording(&self, last_recorded_at: Instant) -> Instant {
        let now = self.now();
        let mut state = self.state.lock();
        if last_recorded_at.since(now) <= APART_MAX {
            state.noted_behind = false;
        } else if !state.noted_behind {
            state.noted_behind = self.note(LeapKind::BehindTheLog, last_recorded_at, now);
        }
        now
    }

    /// Notes a leap; says whether that worked.
    fn note(&self, kind: LeapKind, expected: Instant, found: Instant) -> bool {
        let leap = Leap {
            kind,
            expected_unix_ms: expected.unix_ms(),
            found_unix_ms: found.unix_ms(),
        };
        tracing::warn!(
            kind = kind.as_str(),
            expected_unix_ms = leap.expected_unix_ms,
            found_unix_ms = leap.found_unix_ms,
            "the machine's clock has leapt: the program goes on from the instant that was expected"
        );
        let noted = self.record.as_ref().map(|record| record.note(&leap));
        match noted {
            Some(Err(error)) => {
                tracing::error!(%error, "a leap of the machine's clock could not be noted");
                false
            }
            Some(Ok(())) | None => true,
        }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Instant {
        // Under the lock, so that two readings are compared in the order in which they were taken.
        let mut state = self.state.lock();
        let at = self.clock.now();
        let Some(stopwatch) = self.clock.stopwatch() else {
            return at;
        };
        let reading = Reading { at, stopwatch };
        let agreed = *state.agreed.get_or_insert(reading);
        let passed = Span::from_ms(stopwatch.ms() - agreed.stopwatch.ms());
        let expected = agreed.at.plus(passed);
        let apart = at.since(expected);
        if is_small(apart) {
            if state.noted_apart.take().is_some() {
                self.note(LeapKind::SetRight, expected, at);
            }
            state.agreed = Some(reading);
            return at;
        }
        let is_noted = state
            .noted_apart
            .is_some_and(|noted| is_small(Span::from_ms(apart.ms() - noted.ms())));
        if !is_noted {
            let kind = match apart.ms() > 0 {
                true => LeapKind::Forward,
                false => LeapKind::Back,
            };
            state.noted_apart = self.note(kind, expected, at).then_some(apart);
        }
        if step::is_without(Safeguard::SteadyClock) {
            return at;
        }
        expected
    }
}

fn is_small(apart: Span) -> bool {
    apart.ms().abs() <= APART_MAX.ms()
}
