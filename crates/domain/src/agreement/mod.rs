//! Agreement: a user's authorisation of debits to one merchant (rulebook 1.5).

mod command;
mod decide;
mod event;
mod evolve;
mod periods;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Act, Command, Signing};
pub use decide::{decide, first_answer};
pub use event::{CancelParty, Event};
pub use evolve::evolve;
pub use state::{Agreement, AgreementState, Debit, Reminder, State};

use crate::naming::named;

named! {
    /// What sort of debits an agreement allows.
    AgreementKind {
        /// At regular intervals.
        Periodic => "periodic",
        /// After use.
        Postpaid => "postpaid",
        /// On dates agreed.
        Scheduled => "scheduled",
        /// Through pay-score.
        PayScore => "pay_score",
    }
    /// The civil period that a plan counts debits by, running from the signing instant.
    Period {
        /// Seven days.
        Week => "P1W",
        /// A calendar month, the day clamped to the month's end.
        Month => "P1M",
        /// A calendar year, the day clamped to the month's end.
        Year => "P1Y",
    }
}

/// How much and how often a merchant may debit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// At most this much in one debit, in fen.
    pub amount_fen: u64,
    /// The period; `None` counts nothing.
    pub period: Option<Period>,
    /// At most so many debits in one period.
    pub debits_per_period: Option<u32>,
}
