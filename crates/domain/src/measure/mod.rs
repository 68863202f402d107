//! Measures of rulebook 4.2 and 4.3: a flat, open set. The order of the ladder is policy and
//! lives in the edition alone.

mod decide;
mod draft;
mod event;
mod evolve;
mod kind;
mod observe;
mod propose;
mod state;
mod strength;
#[cfg(test)]
pub(crate) mod tests;

pub use decide::decide;
pub use draft::{Draft, Setting};
pub use event::{AppealOutcome, MeasureEvent, ProposedMeasure};
pub use kind::{
    Authority, Ending, MeasureId, MeasureKind, MeasureTerms, Parameters, Scope, ScopeLevel,
    parse_numbered,
};
pub(crate) use propose::{cure, ending_of};
pub use state::{
    Appeal, Approval, Measure, MeasureStatus, Measures, Notice, Owner, Rectification, Submission,
    SubmissionStatus, same_person,
};
pub use strength::supersedes;
