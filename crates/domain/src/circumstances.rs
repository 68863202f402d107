//! What surrounds a command: who, when, on whose word, under which rulebook.

#[cfg(test)]
mod tests;

use alloc::sync::Arc;

use uuid::Uuid;

use crate::identity::{Actor, Trust};
use crate::instant::Instant;
use crate::refusal::{Code, Refusal};
use crate::rulebook::Rulebook;

/// Everything about a command but what it asks for. Time, actor, trust and rulebook arrive here
/// as values, so that the same decision can be taken again at any time.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The command's id.
    pub command_id: Uuid,
    /// When the engine wrote it down.
    pub recorded_at: Instant,
    /// When it is said to have happened, never later than `recorded_at`.
    pub occurred_at: Instant,
    /// Whether `occurred_at` was set back to `recorded_at` (policy skew).
    pub adjusted: bool,
    /// Who acted.
    pub by: Actor,
    /// Who vouches for `occurred_at`.
    pub trust: Trust,
    /// Every edition announced so far.
    pub rulebook: Arc<Rulebook>,
}

impl Circumstances {
    /// Puts the two instants of a command in order (policy skew).
    ///
    /// # Errors
    /// `occurred_in_future` when the act is said to lie further ahead than clocks may differ.
    pub fn new(
        command_id: Uuid,
        recorded_at: Instant,
        occurred_at: Option<Instant>,
        by: Actor,
        trust: Option<Trust>,
        rulebook: Arc<Rulebook>,
    ) -> Result<Self, Refusal> {
        let claimed = occurred_at.unwrap_or(recorded_at);
        let skew = rulebook.in_force(recorded_at).clocks.future_skew;
        // policy skew
        if claimed > recorded_at.plus(skew) {
            return Err(Refusal::new(
                Code::OccurredInFuture,
                "the act is said to have happened later than now",
            ));
        }
        Ok(Self {
            command_id,
            recorded_at,
            occurred_at: claimed.min(recorded_at),
            adjusted: claimed > recorded_at,
            trust: trust.unwrap_or_else(|| by.role.default_trust()),
            by,
            rulebook,
        })
    }

    /// Whether a partner's late word waits for a reviewer (policy partner-grace).
    #[must_use]
    pub fn awaits_review(&self) -> bool {
        let grace = self
            .rulebook
            .in_force(self.recorded_at)
            .clocks
            .partner_grace;
        self.trust == Trust::Partner && self.recorded_at.since(self.occurred_at) > grace
    }

    /// The instant that starts and meets clocks: as given when the platform saw it, or a partner
    /// said so in time; else when it was recorded.
    #[must_use]
    pub fn counted_at(&self) -> Instant {
        match self.trust {
            Trust::Platform => self.occurred_at,
            Trust::Partner if !self.awaits_review() => self.occurred_at,
            Trust::Partner | Trust::OwnClaim => self.recorded_at,
        }
    }

    /// What `evolve` may read of these circumstances.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp {
            counted_at: self.counted_at(),
            recorded_at: self.recorded_at,
            by: self.by.clone(),
            command_id: self.command_id,
        }
    }
}

/// What `evolve` may read of an event besides what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The instant that counts for clocks.
    pub counted_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who acted.
    pub by: Actor,
    /// The command that it answers.
    pub command_id: Uuid,
}
