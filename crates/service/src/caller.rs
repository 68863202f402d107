//! Who calls, whom they may act for, and what they may look at.

use std::sync::Arc;

use redress_domain::identity::{Actor, ActorId, Role, Trust};
use redress_engine::Submitter;

/// Whoever sent a request, as its credential says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// As whom they act.
    pub actor: Actor,
    /// For whom else.
    pub acts_for: ActsFor,
}

/// Whose acts somebody may submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActsFor {
    /// Only their own.
    Itself,
    /// Those of others, too: a gateway or a partner.
    Others {
        /// The one trust that they may claim for others.
        trust: Trust,
        /// The roles that they may speak for.
        roles: Arc<[Role]>,
    },
    /// Anybody's: the development admin, while no identity is configured.
    Anybody,
}

impl Caller {
    /// Whoever calls while no identity is configured.
    #[must_use]
    pub fn development_admin() -> Option<Self> {
        Some(Self {
            actor: Actor {
                role: Role::Admin,
                id: ActorId::new("development").ok()?,
            },
            acts_for: ActsFor::Anybody,
        })
    }

    /// Whether they may hand in an act of somebody.
    #[must_use]
    pub fn may_act_as(&self, by: &Actor) -> bool {
        // Nobody speaks for the engine.
        let is_possible = by.role != Role::Engine;
        match &self.acts_for {
            ActsFor::Itself => *by == self.actor,
            ActsFor::Others { roles, .. } => {
                *by == self.actor || (is_possible && roles.contains(&by.role))
            }
            ActsFor::Anybody => is_possible,
        }
    }

    /// The same for the engine, which keeps in each event who handed it in.
    #[must_use]
    pub fn submitter(&self) -> Submitter {
        Submitter::Identity {
            actor: self.actor.clone(),
            may_claim: match &self.acts_for {
                ActsFor::Itself => Vec::new(),
                ActsFor::Others { trust, .. } => vec![*trust],
                ActsFor::Anybody => vec![Trust::Platform, Trust::Partner],
            },
        }
    }
}
