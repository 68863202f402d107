//! Applies events to an intermediary.

use alloc::vec::Vec;

use crate::circumstances::Stamp;
use crate::measure::{Measures, Owner};
use crate::merchant::Standing;

use super::{CoordinationFailure, Event, Intermediary, State};

/// Applies an event. Before the registration only the registration does anything.
#[must_use]
pub fn evolve(state: State, stamp: &Stamp, event: &Event) -> State {
    let mut intermediary = match (state, event) {
        (
            None,
            Event::IntermediaryRegistered {
                intermediary_id,
                kind,
                name,
            },
        ) => {
            return Some(Intermediary {
                intermediary_id: intermediary_id.clone(),
                kind: *kind,
                name: name.clone(),
                standing: Standing::new(),
                measures: Measures::of(Owner::Intermediary),
                failures: Vec::new(),
                next_version: 1,
            });
        }
        (None, _) => return None,
        (Some(intermediary), _) => intermediary,
    };
    intermediary.next_version = intermediary.next_version.saturating_add(1);
    let at = stamp.counted_at;
    match event {
        Event::IntermediaryRegistered { .. } => {}
        Event::IntermediaryUpdated { name } => intermediary.name = name.clone(),
        Event::CoordinationFailed {
            complaint_id,
            round,
        } => intermediary.failures.push(CoordinationFailure {
            complaint_id: complaint_id.clone(),
            round: *round,
            at,
        }),
        Event::StandingChanged { change } => {
            intermediary.standing = Standing::changed(change, at);
        }
        Event::Measure(event) => {
            intermediary.measures.apply(stamp, event);
        }
    }
    Some(intermediary)
}
