//! Measures of rulebook 4.2 and 4.3: a flat, open set. The order of the ladder is policy and
//! lives in the edition alone.

mod event;
mod kind;

pub use event::{AppealOutcome, MeasureEvent, ProposedMeasure};
pub use kind::{
    Authority, Ending, MeasureId, MeasureKind, MeasureTerms, Parameters, Scope, ScopeLevel,
    parse_numbered,
};
