//! What happened to a merchant.

use alloc::sync::Arc;

use crate::identity::{EditionName, EntityId, IntermediaryId, MerchantId};
use crate::instant::CivilDay;
use crate::measure::MeasureEvent;
use crate::standing::StandingChange;

use super::{Industry, MerchantKind, Update};

/// An event of a merchant. Together with its stamp it is all that `evolve` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "events are made once and then read by reference"
)]
pub enum Event {
    /// The merchant is known (rulebook 1.1).
    MerchantRegistered {
        /// The merchant number.
        merchant_id: MerchantId,
        /// rulebook 1.1
        kind: MerchantKind,
        /// rulebook 3(1).1.3
        industry: Industry,
        /// A business name.
        name: Arc<str>,
        /// rulebook 1.3
        institution_id: Option<IntermediaryId>,
        /// rulebook 1.4
        service_provider_id: Option<IntermediaryId>,
        /// The legal entity.
        entity_id: EntityId,
    },
    /// Something about the merchant changed.
    MerchantUpdated {
        /// What is there has changed.
        update: Update,
    },
    /// One day's denominators; a later report corrects.
    VolumeReported {
        /// The civil day.
        day: CivilDay,
        /// Debits of that day.
        debits: u64,
        /// Users debited that day.
        users: u64,
    },
    /// The merchant entered another tier (policy window, policy cure).
    StandingChanged {
        /// From where to where, and why.
        change: StandingChange,
    },
    /// Something happened to a measure (rulebook 4.2).
    Measure(MeasureEvent),
    /// The merchant agrees to an edition: said so, or used the service under it (rulebook 5).
    RulebookAccepted {
        /// Which.
        edition: EditionName,
        /// Whether by use alone.
        by_use: bool,
    },
    /// The merchant does not agree: the service agreement ends (rulebook 5).
    RulebookDeclined {
        /// Which.
        edition: EditionName,
        /// The notice in writing.
        written_notice: Arc<str>,
    },
}
