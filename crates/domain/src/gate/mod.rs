//! What a merchant may do now, and the one question that other services ask before they sign or
//! debit.

mod answer;
mod capabilities;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use answer::{Action, Answer, DebitFacts, may};
pub use capabilities::{Capabilities, Capability, Limits, Source, capabilities};

use alloc::string::String;
use alloc::vec::Vec;

use crate::identity::{EditionName, MerchantId};
use crate::instant::Instant;
use crate::measure::{MeasureId, MeasureKind, Parameters, Scope, ScopeLevel};

/// A measure in force, as far as the gate needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateMeasure {
    /// The merchant whose measure it is: the one asked about, or another of its entity.
    pub merchant_id: MerchantId,
    /// Which.
    pub measure_id: MeasureId,
    /// What it is.
    pub kind: MeasureKind,
    /// What it is limited to.
    pub scope: Scope,
    /// Its numbers.
    pub parameters: Parameters,
    /// Until this instant (exclusive), where the end is known.
    pub until: Option<Instant>,
    /// What lifts it.
    pub cure: String,
}

/// Everything about a merchant that the gate looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantGate {
    /// The merchant asked about.
    pub merchant_id: MerchantId,
    /// The edition that it declined in writing (rulebook 5).
    pub declined: Option<EditionName>,
    /// Measures in force on it, and those of its entity that reach it (rulebook 4.2(5), 4.2(9)),
    /// by merchant number, each one's in order of imposition.
    pub measures: Vec<GateMeasure>,
}

impl MerchantGate {
    /// The measures that bear on this merchant at an instant, in their order. A measure's end no
    /// longer belongs to it, and one of another merchant that does not reach this one is passed
    /// over.
    fn in_force(&self, at: Instant) -> impl Iterator<Item = &GateMeasure> {
        self.measures.iter().filter(move |measure| {
            let own = measure.merchant_id == self.merchant_id;
            measure.until.is_none_or(|until| at < until)
                && reaches(measure.kind, &measure.scope, own)
        })
    }
}

/// Whether a measure bears on a merchant number: its own (`own`) always does, one of another
/// merchant of the same entity only where the clause speaks of the entity.
#[must_use]
pub fn reaches(kind: MeasureKind, scope: &Scope, own: bool) -> bool {
    if own {
        return true;
    }
    match kind {
        // rulebook 4.2(5): any debit sub-capability of the merchant entity, unless it is limited
        // to the merchant number.
        MeasureKind::DebitCapability => scope.level != Some(ScopeLevel::Merchant),
        // rulebook 4.2(9): of the entity, or of one merchant number.
        MeasureKind::PaymentPermission => scope.level == Some(ScopeLevel::Entity),
        MeasureKind::Rectification
        | MeasureKind::SettlementRefund
        | MeasureKind::EndServiceOrders
        | MeasureKind::PreDebitReminder
        | MeasureKind::RiskWarning
        | MeasureKind::TemplateSigning
        | MeasureKind::Limits
        | MeasureKind::SettlementCycle
        | MeasureKind::ServiceSuspension
        | MeasureKind::ServiceTermination
        | MeasureKind::Other
        | MeasureKind::Warning
        | MeasureKind::LimitOnboarding
        | MeasureKind::RestrictSubMerchants
        | MeasureKind::HoldServiceFee => false,
    }
}
