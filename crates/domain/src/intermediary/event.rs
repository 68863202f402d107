//! What happened to an intermediary (rulebook 4.3).

use alloc::sync::Arc;

use crate::identity::{ComplaintId, IntermediaryId};
use crate::measure::MeasureEvent;
use crate::standing::StandingChange;

use super::IntermediaryKind;

/// An event of an intermediary. Together with its stamp it is all that `evolve` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "events are made once and then read by reference"
)]
pub enum Event {
    /// The intermediary is known (rulebook 1.3, 1.4).
    IntermediaryRegistered {
        /// Its id.
        intermediary_id: IntermediaryId,
        /// Institution or service provider.
        kind: IntermediaryKind,
        /// A business name.
        name: Arc<str>,
    },
    /// Its name changed.
    IntermediaryUpdated {
        /// The new one.
        name: Arc<str>,
    },
    /// It did not get a merchant to handle a complaint (rulebook 4.3).
    CoordinationFailed {
        /// Which complaint.
        complaint_id: ComplaintId,
        /// In which round.
        round: u32,
    },
    /// It entered another tier (rulebook 4.3).
    StandingChanged {
        /// From where to where, and why.
        change: StandingChange,
    },
    /// Something happened to a measure (rulebook 4.3).
    Measure(MeasureEvent),
}
