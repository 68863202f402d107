//! Where a merchant stands. Everything in here comes from events.

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::gate::{GateMeasure, MerchantGate};
use crate::identity::{EditionName, EntityId, IntermediaryId, MerchantId};
use crate::instant::Instant;
use crate::measure::{Measure, Measures};
use crate::standing::{OverdueInterval, StandingChange, Tier};

use super::{Industry, MerchantKind};

/// A merchant's stream: nothing before it is registered.
pub type State = Option<Merchant>;

/// A merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merchant {
    /// The merchant number.
    pub merchant_id: MerchantId,
    /// rulebook 1.1
    pub kind: MerchantKind,
    /// rulebook 3(1).1.3
    pub industry: Industry,
    /// A business name.
    pub name: Arc<str>,
    /// rulebook 1.3; a sub-merchant has one.
    pub institution_id: Option<IntermediaryId>,
    /// rulebook 1.4
    pub service_provider_id: Option<IntermediaryId>,
    /// Institutions and service providers that it left, in order: their portfolios lost it
    /// (rulebook 4.3).
    pub left_intermediaries: Vec<IntermediaryId>,
    /// The legal entity.
    pub entity_id: EntityId,
    /// Its standing as recorded.
    pub standing: Standing,
    /// Its measures, in order of appearance.
    pub measures: Measures,
    /// The editions that it agreed to, in order (rulebook 5).
    pub acceptances: Vec<Acceptance>,
    /// The edition that it declined in writing (rulebook 5).
    pub declined: Option<EditionName>,
    /// Events applied so far: the version of the next one.
    pub next_version: u64,
}

/// Standing as recorded, of a merchant or an intermediary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The tier.
    pub tier: Tier,
    /// When it was entered; `None` before the first change.
    pub since: Option<Instant>,
    /// The change that led here.
    pub change: Option<StandingChange>,
}

/// An edition that a merchant agreed to (rulebook 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Which.
    pub edition: EditionName,
    /// Whether by use alone.
    pub by_use: bool,
    /// When.
    pub at: Instant,
}

impl Standing {
    /// Before anything happened.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            tier: Tier::None,
            since: None,
            change: None,
        }
    }

    /// After a recorded change.
    #[must_use]
    pub fn changed(change: &StandingChange, at: Instant) -> Self {
        Self {
            tier: change.to,
            since: Some(at),
            change: Some(change.clone()),
        }
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self::new()
    }
}

impl Merchant {
    /// Its institution and its service provider (rulebook 1.3, 1.4), once where they are the same.
    #[must_use]
    pub fn intermediaries(&self) -> Vec<IntermediaryId> {
        let mut ids: Vec<IntermediaryId> = [&self.institution_id, &self.service_provider_id]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        ids.dedup();
        ids
    }

    /// The edition that it agreed to last (rulebook 5).
    #[must_use]
    pub fn accepted(&self) -> Option<&EditionName> {
        self.acceptances.last().map(|one| &one.edition)
    }

    /// When a rectification of this merchant was overdue and counted, for
    /// [`crate::standing::History::set_overdue`] (rulebook 4.2(1)).
    #[must_use]
    pub fn overdue_intervals(&self) -> Vec<OverdueInterval> {
        self.measures.overdue_intervals()
    }

    /// Its own measures in force, as the gate looks at them, in order of imposition.
    #[must_use]
    pub fn gate_measures(&self) -> Vec<GateMeasure> {
        let mut in_force: Vec<&Measure> = self.measures.in_force().collect();
        in_force.sort_by_key(|measure| measure.imposed_at);
        in_force
            .into_iter()
            .map(|measure| GateMeasure {
                merchant_id: self.merchant_id.clone(),
                measure_id: measure.measure_id,
                kind: measure.kind,
                scope: measure.scope.clone(),
                parameters: measure.parameters.clone(),
                until: measure.until,
                cure: measure.cure.to_string(),
            })
            .collect()
    }

    /// What the gate looks at, without what other merchants of the entity add.
    #[must_use]
    pub fn gate(&self) -> MerchantGate {
        MerchantGate {
            merchant_id: self.merchant_id.clone(),
            declined: self.declined.clone(),
            measures: self.gate_measures(),
        }
    }
}
