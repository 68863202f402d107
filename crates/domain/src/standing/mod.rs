//! Standing: the escalating sanction state, computed from determinations, rounds and volumes in a
//! rolling window (policy window). The tiers and their entries are policy and live in the edition.

mod tier;

pub use tier::{Evaluation, Metrics, Part, PartKind, Reason, StandingChange, Tier};
