//! Complaint: one user against one merchant about one or more orders; it lives in rounds
//! (rulebook 1.6, 2.2, 3(1), 4.1).

mod command;
mod decide;
mod event;
mod evolve;
mod late;
mod observe;
mod review;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Act, Command, EvidenceItem, Filing, Media, MerchantFacts, Order};
pub use decide::{decide, first_answer};
pub use event::{Determiner, Event, StartedClock};
pub use evolve::evolve;
pub use observe::{
    Deadline, DeadlineKind, next_deadline, next_settlement_refund, settlement_refund,
};
pub use state::{
    Approval, Cause, CloseReason, Complaint, ComplaintChannel, ComplaintState, Determination,
    DeterminationId, DeterminationStatus, Evidence, EvidenceId, EvidenceStatus, FactId, Finding,
    FindingId, FindingStatus, Ground, LateAct, LateFact, LateFactStatus, Link, LinkKind, Problem,
    Refund, Request, Round, RoundClose, State, Statement, UsageKind,
};
