//! Decides on commands to a complaint.

use alloc::vec::Vec;

use uuid::Uuid;

use crate::refusal::Refusal;

use super::{Command, Event, State};

/// Decides.
///
/// # Errors
/// A refusal.
pub fn decide(_state: &State, _command: &Command) -> Result<Vec<Event>, Refusal> {
    Ok(Vec::new())
}

/// The command that was answered first.
#[must_use]
pub fn first_answer(_state: &State, _command: &Command) -> Option<Uuid> {
    None
}
