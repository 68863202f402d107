//! rulebook 5: editions, when each is in force, and their announcement.

mod announcement;
mod edition;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use announcement::{Announce, Command, EditionDraft, Event, State, decide, evolve};
pub use edition::{
    AgreementTerms, Calendar, Channel, Clocks, Edition, EntryLine, IntermediaryTerms, Overlay,
    PauseReason, RemedyTerms, Rounding, StandingTerms, TierTerms, Transition,
};

use alloc::vec::Vec;

use crate::instant::Instant;

/// Every edition announced so far, by the instant from which it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rulebook {
    first: Edition,
    later: Vec<Edition>,
}

impl Rulebook {
    /// A rulebook of one edition, which also governs everything before it.
    #[must_use]
    pub const fn new(first: Edition) -> Self {
        Self {
            first,
            later: Vec::new(),
        }
    }

    /// The same rulebook with one more edition.
    #[must_use]
    pub fn with(mut self, edition: Edition) -> Self {
        let place = self
            .later
            .partition_point(|known| known.effective_at <= edition.effective_at);
        self.later.insert(place, edition);
        self
    }

    /// The edition in force at an instant: on `[effective_at, next effective_at)` (rulebook 5).
    #[must_use]
    pub fn in_force(&self, at: Instant) -> &Edition {
        self.later
            .iter()
            .rev()
            .find(|edition| edition.effective_at <= at)
            .unwrap_or(&self.first)
    }

    /// An edition by name.
    #[must_use]
    pub fn edition(&self, name: &str) -> Option<&Edition> {
        self.editions()
            .find(|edition| edition.name.as_str() == name)
    }

    /// Every edition, in the order in which they come into force.
    pub fn editions(&self) -> impl Iterator<Item = &Edition> {
        core::iter::once(&self.first).chain(&self.later)
    }
}
