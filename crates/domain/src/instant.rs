//! Instants and elapsed time in whole milliseconds, and the civil days they fall on.
//!
//! There is no clock here: every instant arrives as a value. Civil days use a fixed offset
//! (policy civil-offset), so that a replay needs no zone data from the host.

use chrono::{DateTime, Months, NaiveDate};

/// Milliseconds since 1970-01-01T00:00:00Z. Arithmetic saturates instead of failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Elapsed time in milliseconds. 72 h is always 72 elapsed hours, never working time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

/// A fixed distance of civil time from UTC, in seconds east.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CivilOffset(i32);

/// A civil day, counted from 1970-01-01 in the platform's own offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDay(i32);

/// Days of the week, in the order of ISO 8601.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

const DAY_MS: i64 = 86_400_000;

impl Instant {
    /// The instant that many milliseconds after the epoch.
    #[must_use]
    pub const fn from_unix_ms(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// This instant moved later by `span`.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// This instant moved earlier by `span`.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// Time elapsed from `earlier` to this instant; negative when it lies before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The first instant at which something that was due at this one is late.
    #[must_use]
    pub const fn just_after(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of whole milliseconds.
    #[must_use]
    pub const fn from_ms(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// A span of whole hours.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self(hours.saturating_mul(3_600_000))
    }

    /// A span of days of 24 hours each.
    #[must_use]
    pub const fn from_days(days: i64) -> Self {
        Self(days.saturating_mul(DAY_MS))
    }

    /// Milliseconds in this span.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Both spans one after the other.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl CivilOffset {
    /// An offset of whole seconds east of UTC.
    #[must_use]
    pub const fn from_seconds(seconds: i32) -> Self {
        Self(seconds)
    }

    /// Seconds east of UTC.
    #[must_use]
    pub const fn seconds(self) -> i32 {
        self.0
    }

    /// The civil day on which an instant falls.
    #[must_use]
    pub const fn day_of(self, instant: Instant) -> CivilDay {
        let local = instant.0.saturating_add(self.0 as i64 * 1000);
        CivilDay(local.div_euclid(DAY_MS) as i32)
    }

    /// The first instant of a civil day.
    #[must_use]
    pub const fn midnight(self, day: CivilDay) -> Instant {
        Instant(
            (day.0 as i64)
                .saturating_mul(DAY_MS)
                .saturating_sub(self.0 as i64 * 1000),
        )
    }

    /// The last millisecond of a civil day.
    #[must_use]
    pub const fn last_millisecond(self, day: CivilDay) -> Instant {
        Instant(self.midnight(day.plus(1)).0.saturating_sub(1))
    }

    /// `months` calendar months after an instant, at the same civil time, the day clamped to the
    /// month's end. An instant outside the calendar comes back unchanged.
    #[must_use]
    pub fn plus_months(self, instant: Instant, months: u32) -> Instant {
        let shift = i64::from(self.0) * 1000;
        DateTime::from_timestamp_millis(instant.0.saturating_add(shift))
            .and_then(|civil| civil.checked_add_months(Months::new(months)))
            .map_or(instant, |civil| {
                Instant(civil.timestamp_millis().saturating_sub(shift))
            })
    }
}

impl CivilDay {
    /// The day that many days after 1970-01-01.
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// A day of the Gregorian calendar; `None` if there is no such day.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        let date = NaiveDate::from_ymd_opt(year, month, day)?;
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
        i32::try_from(date.signed_duration_since(epoch).num_days())
            .ok()
            .map(Self)
    }

    /// The day `days` later (earlier when negative).
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The day of the week.
    #[must_use]
    pub const fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        match (self.0 as i64 + 3).rem_euclid(7) {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }
}
