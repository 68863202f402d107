//! Instants, spans, civil days and offsets as text.
//!
//! Input is RFC 3339 with an offset; what is shown is the same instant in the platform's own
//! offset (policy civil-offset), always with milliseconds.

mod span;
#[cfg(test)]
mod tests;

pub use span::{SpanError, format_span, parse_span};

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use redress_domain::instant::{CivilDay, CivilOffset, Instant, Weekday};

/// Why a text is not an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// Date and time are there, the offset is not.
    #[error("the timestamp has no offset; write it like 2026-03-20T14:00:00+08:00")]
    WithoutOffset,
    /// Not RFC 3339, or a day or time that does not exist; second 60 is one of them.
    #[error("not an RFC 3339 timestamp like 2026-03-20T14:00:00+08:00")]
    Malformed,
}

const MINUTE_MS: i64 = 60_000;

/// Reads an RFC 3339 timestamp of the years 1 to 9999. Fractions finer than a millisecond are cut
/// off towards the past; second 60 is refused.
///
/// # Errors
/// `WithoutOffset` when nothing but the offset is missing, `Malformed` for everything else.
pub fn parse_instant(text: &str) -> Result<Instant, InstantError> {
    let mut reader = Reader(text.as_bytes());
    let day = reader.date().ok_or(InstantError::Malformed)?;
    let of_day_ms = reader.time_of_day().ok_or(InstantError::Malformed)?;
    if reader.0.is_empty() {
        return Err(InstantError::WithoutOffset);
    }
    let offset_ms = reader.offset().ok_or(InstantError::Malformed)?;
    if !reader.0.is_empty() {
        return Err(InstantError::Malformed);
    }
    let midnight = CivilOffset::from_seconds(0).midnight(day).unix_ms();
    Ok(Instant::from_unix_ms(midnight + of_day_ms - offset_ms))
}

/// Reads a civil day, `YYYY-MM-DD`.
#[must_use]
pub fn parse_day(text: &str) -> Option<CivilDay> {
    let mut reader = Reader(text.as_bytes());
    let day = reader.date()?;
    reader.0.is_empty().then_some(day)
}

/// Reads an offset from UTC: `Z`, `+HH:MM` or `-HH:MM`.
#[must_use]
pub fn parse_offset(text: &str) -> Option<CivilOffset> {
    let mut reader = Reader(text.as_bytes());
    let offset_ms = reader.offset()?;
    let seconds = i32::try_from(offset_ms / 1000).ok()?;
    reader
        .0
        .is_empty()
        .then(|| CivilOffset::from_seconds(seconds))
}

/// Writes an instant in an offset, always with milliseconds: `2026-03-20T14:00:00.000+08:00`.
/// What lies outside the years 1 to 9999 is written as the nearest instant inside.
#[must_use]
pub fn format_instant(instant: Instant, offset: CivilOffset) -> String {
    const FIRST_MS: i64 = -62_135_596_800_000;
    const LAST_MS: i64 = 253_402_300_799_999;
    let civil_ms = instant
        .unix_ms()
        .saturating_add(i64::from(offset.seconds()) * 1000)
        .clamp(FIRST_MS, LAST_MS);
    let civil = DateTime::from_timestamp_millis(civil_ms).unwrap_or_default();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second(),
        civil.timestamp_subsec_millis(),
        format_offset(offset)
    )
}

/// Writes a civil day, `YYYY-MM-DD`.
#[must_use]
pub fn format_day(day: CivilDay) -> String {
    let date = NaiveDate::from_num_days_from_ce_opt(day.days().saturating_add(EPOCH_FROM_CE))
        .unwrap_or_default();
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// Days from the first of January of the year 1 to the epoch, counting both.
const EPOCH_FROM_CE: i32 = 719_163;

/// Writes an offset from UTC, `+HH:MM`.
#[must_use]
pub fn format_offset(offset: CivilOffset) -> String {
    let minutes = offset.seconds().unsigned_abs() / 60;
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Days of the week with their names in editions.
pub(crate) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// What is left to read.
struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    fn number(&mut self, digits: usize) -> Option<u32> {
        let (front, rest) = self.0.split_at_checked(digits)?;
        let mut number = 0;
        for byte in front {
            let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
            number = number * 10 + digit;
        }
        self.0 = rest;
        Some(number)
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !bytes.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    fn date(&mut self) -> Option<CivilDay> {
        let year = self.number(4)?;
        self.one_of(b"-")?;
        let month = self.number(2)?;
        self.one_of(b"-")?;
        let day = self.number(2)?;
        if year == 0 {
            return None;
        }
        CivilDay::from_ymd(i32::try_from(year).ok()?, month, day)
    }

    fn time_of_day(&mut self) -> Option<i64> {
        self.one_of(b"Tt")?;
        let hour = self.number(2)?;
        self.one_of(b":")?;
        let minute = self.number(2)?;
        self.one_of(b":")?;
        let second = self.number(2)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let milliseconds = match self.one_of(b".") {
            Some(_) => self.milliseconds()?,
            None => 0,
        };
        let minutes = i64::from(hour) * 60 + i64::from(minute);
        Some(minutes * MINUTE_MS + i64::from(second) * 1000 + milliseconds)
    }

    /// A fraction of a second always points away from the past, before the epoch too, so that
    /// leaving digits out cuts off towards the past.
    fn milliseconds(&mut self) -> Option<i64> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        let (fraction, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        if fraction.is_empty() {
            return None;
        }
        let digit = |place: usize| fraction.get(place).map_or(0, |byte| i64::from(byte - b'0'));
        Some(digit(0) * 100 + digit(1) * 10 + digit(2))
    }

    /// Milliseconds east of UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.number(2)?;
        self.one_of(b":")?;
        let minutes = self.number(2)?;
        if hours > 23 || minutes > 59 {
            return None;
        }
        Some(sign * (i64::from(hours) * 60 + i64::from(minutes)) * MINUTE_MS)
    }
}
