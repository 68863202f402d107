//! Standing: the escalating sanction state, computed from determinations, rounds and volumes in a
//! rolling window (policy window). The tiers and their entries are policy and live in the edition.

mod evaluate;
mod history;
mod metrics;
mod retrace;
mod tally;
#[cfg(test)]
mod tests;
mod tier;

pub use evaluate::{Course, advance, evaluate, reevaluate};
pub use history::{History, OverdueInterval, RoundFact, Volume};
pub use metrics::{metrics, next_tier};
pub use retrace::retrace;
pub use tier::{Evaluation, Metrics, Part, PartKind, Reason, StandingChange, Tier};
