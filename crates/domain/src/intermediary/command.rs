//! What can be asked of an intermediary (rulebook 1.3, 1.4, 4.3).

use alloc::sync::Arc;

use crate::circumstances::Circumstances;
use crate::identity::{ComplaintId, IntermediaryId};
use crate::merchant::{Facts, MeasureAct, Observation};

use super::IntermediaryKind;

/// A command to an intermediary, with everything that deciding on it needs.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who, when, under which rulebook.
    pub circumstances: Circumstances,
    /// What the engine knows besides the intermediary's own stream.
    pub facts: Facts,
    /// What is asked.
    pub act: Act,
}

/// What is asked of an intermediary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `intermediary.register`
    Register {
        /// Its id.
        intermediary_id: IntermediaryId,
        /// Institution or service provider.
        kind: IntermediaryKind,
        /// A business name.
        name: Arc<str>,
    },
    /// `intermediary.update`
    Update {
        /// A new name.
        name: Arc<str>,
    },
    /// A command about a measure.
    Measure(MeasureAct),
    /// `intermediary.record_coordination_failure`, by the engine: a complaint of a sub-merchant
    /// breached `resolution` without any act by merchant or intermediary (rulebook 4.3).
    RecordCoordinationFailure {
        /// Which complaint.
        complaint_id: ComplaintId,
        /// In which round.
        round: u32,
    },
    /// `intermediary.observe`, by the engine.
    Observe(Observation),
}
