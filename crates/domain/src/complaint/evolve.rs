//! Applies events to a complaint.

use crate::circumstances::Stamp;

use super::{Event, State};

/// Applies an event.
#[must_use]
pub fn evolve(state: State, _stamp: &Stamp, _event: &Event) -> State {
    state
}
