//! What a merchant may do now, and the one question that other services ask before they sign or
//! debit.

use alloc::string::String;
use alloc::vec::Vec;

use crate::identity::{EditionName, MerchantId};
use crate::instant::Instant;
use crate::measure::{MeasureId, MeasureKind, Parameters, Scope};

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
    /// in order of imposition.
    pub measures: Vec<GateMeasure>,
}
