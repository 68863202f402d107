//! The periods that a plan counts debits by.

use crate::instant::{CivilOffset, Instant, Span};

use super::Period;

/// A half-open stretch of time: `from` belongs to it, `until` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: Instant,
    pub(super) until: Instant,
}

impl Stretch {
    pub(super) fn contains(self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }
}

const WEEK_MS: i64 = 7 * 86_400_000;
/// No month is longer, so that so many of them never reach beyond the period looked for.
const LONGEST_MONTH_MS: i64 = 31 * 86_400_000;

/// The period around an instant. Periods run from the signing instant in civil time (rulebook 1.5,
/// policy civil-offset); each month's day is taken from the signing day and clamped to the month's
/// end, so that a short month does not drag the later ones along. Everything before the signing
/// instant is one stretch of its own, and so is everything from the calendar's last period on.
pub(super) fn period_around(
    at: Instant,
    signed_at: Instant,
    period: Period,
    offset: CivilOffset,
) -> Stretch {
    if at < signed_at {
        return Stretch {
            from: Instant::from_unix_ms(i64::MIN),
            until: signed_at,
        };
    }
    match period {
        Period::Week => {
            // The offset is fixed, so that a civil week is always seven times 24 hours.
            let passed = at.since(signed_at).ms().div_euclid(WEEK_MS);
            let from = signed_at.plus(Span::from_ms(passed.saturating_mul(WEEK_MS)));
            Stretch {
                from,
                until: from.plus(Span::from_ms(WEEK_MS)),
            }
        }
        Period::Month => months_around(at, signed_at, 1, offset),
        Period::Year => months_around(at, signed_at, 12, offset),
    }
}

fn months_around(at: Instant, signed_at: Instant, months: u32, offset: CivilOffset) -> Stretch {
    let longest_ms = i64::from(months).saturating_mul(LONGEST_MONTH_MS);
    let whole = at.since(signed_at).ms().div_euclid(longest_ms);
    let mut number = u32::try_from(whole).unwrap_or(u32::MAX);
    loop {
        let start = |number: u32| offset.plus_months(signed_at, number.saturating_mul(months));
        let (from, until) = (start(number), start(number.saturating_add(1)));
        if at < until {
            return Stretch { from, until };
        }
        // Outside the calendar there is no later start.
        if until <= from {
            return Stretch {
                from,
                until: Instant::from_unix_ms(i64::MAX),
            };
        }
        number = number.saturating_add(1);
    }
}
