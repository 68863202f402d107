//! What follows of time passing.

use crate::instant::Instant;

use super::Complaint;

/// The next instant at which something follows of time alone.
#[must_use]
pub fn next_deadline(_complaint: &Complaint) -> Option<Instant> {
    None
}
