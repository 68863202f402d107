//! Complaint: one user against one merchant about one or more orders; it lives in rounds
//! (rulebook 1.6, 2.2, 3(1), 4.1).

mod answers;
mod clocks;
mod closing;
mod command;
mod deadline;
mod decide;
mod event;
mod evidence;
mod evolve;
mod filing;
mod late;
mod money;
mod names;
mod observe;
mod refunds;
mod review;
mod settlement;
mod state;
#[cfg(test)]
mod tests;
mod transition;

pub use command::{Act, Command, EvidenceItem, Filing, Media, MerchantFacts, Order};
pub use deadline::{Deadline, DeadlineKind, next_deadline};
pub use decide::{decide, first_answer};
pub use event::{Determiner, Event, StartedClock};
pub use evolve::evolve;
pub use names::{
    CloseReason, ComplaintChannel, ComplaintState, DeterminationId, DeterminationStatus,
    EvidenceId, EvidenceStatus, FactId, FindingId, FindingStatus, Ground, LateAct, LateFactStatus,
    LinkKind, Problem, UsageKind,
};
pub use settlement::{next_settlement_refund, settlement_refund};
pub use state::{
    Approval, Cause, Complaint, Determination, Evidence, Finding, LateFact, Link, Refund, Request,
    Round, RoundClose, State, Statement,
};
