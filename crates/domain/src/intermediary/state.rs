//! Where an intermediary stands (rulebook 4.3). Everything in here comes from events.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::identity::{ComplaintId, IntermediaryId};
use crate::instant::Instant;
use crate::measure::Measures;
use crate::merchant::Standing;
use crate::rulebook::StandingTerms;

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

impl Intermediary {
    /// Failures to coordinate that count at `now`: those of `[now - window, now]`, the same span
    /// that a merchant's standing looks back over (policy window). One that happens at `now`
    /// counts at once, as an overdue rectification does.
    #[must_use]
    pub fn failures_within(&self, terms: &StandingTerms, now: Instant) -> u64 {
        let from = now.minus(terms.window);
        let counted = self
            .failures
            .iter()
            .filter(|failure| from <= failure.at && failure.at <= now)
            .count();
        u64::try_from(counted).unwrap_or(u64::MAX)
    }
}
