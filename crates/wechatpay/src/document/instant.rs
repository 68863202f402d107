//! Instants as the wire writes them: RFC 3339 with an offset.

use chrono::{DateTime, NaiveDateTime};
use redress_domain::instant::Instant;
use thiserror::Error;

/// Why a text is not an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InstantError {
    /// It is not a date and time of RFC 3339.
    #[error("not a date and time of RFC 3339")]
    Malformed,
    /// It does not say how far the clock that it was read from is from UTC.
    #[error("a date and time without an offset from UTC")]
    WithoutOffset,
    /// Second 60 has no instant.
    #[error("second 60 is no instant")]
    LeapSecond,
}

/// Reads RFC 3339 with an offset; what is finer than a millisecond is cut off towards the past.
///
/// # Errors
/// Says which of the conditions does not hold.
pub fn parse_instant(text: &str) -> Result<Instant, InstantError> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(civil) if civil.timestamp_subsec_nanos() >= 1_000_000_000 => {
            Err(InstantError::LeapSecond)
        }
        Ok(civil) => Ok(Instant::from_unix_ms(civil.timestamp_millis())),
        Err(_) if text.parse::<NaiveDateTime>().is_ok() => Err(InstantError::WithoutOffset),
        Err(_) => Err(InstantError::Malformed),
    }
}
