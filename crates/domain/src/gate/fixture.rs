//! Merchants and their measures as the gate sees them, for tests of this crate.

use alloc::string::ToString;
use alloc::vec::Vec;

use crate::identity::MerchantId;
use crate::measure::{MeasureId, MeasureKind, Parameters, Scope};

use super::{GateMeasure, MerchantGate};

pub(crate) fn merchant(id: &str) -> MerchantId {
    MerchantId::new(id).expect("an id")
}

/// Merchant M1 under these measures.
pub(crate) fn gate(measures: impl Into<Vec<GateMeasure>>) -> MerchantGate {
    MerchantGate {
        merchant_id: merchant("M1"),
        declined: None,
        measures: measures.into(),
    }
}

/// A measure of M1 without limits of scope, numbers or end; `cure 3` lifts the third.
pub(crate) fn measure(number: u32, kind: MeasureKind) -> GateMeasure {
    GateMeasure {
        merchant_id: merchant("M1"),
        measure_id: MeasureId(number),
        kind,
        scope: Scope::default(),
        parameters: Parameters::default(),
        until: None,
        cure: "cure ".to_string() + &number.to_string(),
    }
}
