//! Where an intermediary stands (rulebook 4.3). Everything in here comes from events.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::identity::{ComplaintId, IntermediaryId};
use crate::instant::Instant;
use crate::measure::Measures;
use crate::merchant::Standing;

use super::IntermediaryKind;

/// An intermediary's stream: nothing before it is registered.
pub type State = Option<Intermediary>;

/// An institution or a service provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intermediary {
    /// Its id.
    pub intermediary_id: IntermediaryId,
    /// Institution or service provider.
    pub kind: IntermediaryKind,
    /// A business name.
    pub name: Arc<str>,
    /// Its standing as recorded.
    pub standing: Standing,
    /// Its measures, in order of appearance.
    pub measures: Measures,
    /// Failures to coordinate, in order (rulebook 4.3).
    pub failures: Vec<CoordinationFailure>,
    /// Events applied so far: the version of the next one.
    pub next_version: u64,
}

/// A complaint of a sub-merchant on which nobody acted before `resolution` ran out
/// (rulebook 4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoordinationFailure {
    /// Which complaint.
    pub complaint_id: ComplaintId,
    /// In which round.
    pub round: u32,
    /// When it failed.
    pub at: Instant,
}
