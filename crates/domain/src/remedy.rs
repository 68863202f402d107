//! What is owed (rulebook 2.2).

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use crate::complaint::{Complaint, Problem, UsageKind};
use crate::naming::named;

named! {
    /// Why an amount is owed: the first row of rulebook 2.2 that fits.
    Basis {
        /// Both agreed (rulebook 2.2).
        Settlement => "settlement",
        /// Agreement not recognised, unused (rulebook 2.2(1)).
        Full => "full",
        /// Agreement not recognised, used, and the proof accepted (rulebook 2.2(1)).
        ProRata => "pro_rata",
        /// A billing error (rulebook 2.2(2)).
        BillingError => "billing_error",
        /// A misunderstanding, explained on the first complaint (rulebook 2.2(2)).
        Explained => "explained",
        /// A refund request with accepted proof of use (rulebook 2.2(3)).
        ByUse => "by_use",
        /// What the user asks for (rulebook 2.2, 2.2(3)).
        Requested => "requested",
        /// Nothing was requested.
        None => "none",
    }
    /// What the merchant owes the user besides money (rulebook 2.2).
    Duty {
        /// rulebook 2.2(2)
        ExplainBilling => "explain_billing",
        /// rulebook 2.2(1), 2.2(2)
        ReconfirmPlan => "reconfirm_plan",
    }
}

/// What is owed on a complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Why.
    pub basis: Basis,
    /// How much, in fen; never more than was paid.
    pub owed_fen: u64,
    /// The duties of the current round, and whether each is done.
    pub duties: Vec<(Duty, bool)>,
}

/// What is owed now (rulebook 2.2). Statements of use or error without accepted proof count for
/// the user's side only: they can raise what is owed, never lower it.
#[must_use]
pub fn remedy(complaint: &Complaint) -> Remedy {
    let (basis, owed_fen) = owed(complaint);
    Remedy {
        basis,
        owed_fen: owed_fen.min(complaint.paid_fen()),
        duties: duties(complaint),
    }
}

fn owed(complaint: &Complaint) -> (Basis, u64) {
    let paid_fen = complaint.paid_fen();
    let requested_fen = complaint.requested_fen();
    let usage = usage(complaint);
    let error = billing_error(complaint);

    // rulebook 2.2: what both agreed on replaces everything else.
    if let Some(amount_fen) = complaint.settlement_fen {
        return (Basis::Settlement, amount_fen);
    }
    // rulebook 2.2(1)
    if complaint.problem == Problem::AgreementNotRecognised {
        match usage {
            Some(Usage::Unused) => return (Basis::Full, paid_fen),
            Some(Usage::Proven { consumed_fen }) => {
                return (Basis::ProRata, paid_fen.saturating_sub(consumed_fen));
            }
            None => {}
        }
    }
    // rulebook 2.2(2)
    if complaint.problem == Problem::AmountNotRecognised {
        match error {
            Some(error)
                if error.proven || requested_fen.is_none_or(|asked| error.amount_fen > asked) =>
            {
                return (Basis::BillingError, error.amount_fen);
            }
            None if requested_fen.is_none() && explained_at_first(complaint) => {
                return (Basis::Explained, 0);
            }
            Some(_) | None => {}
        }
    }
    // rulebook 2.2(3)
    if complaint.problem != Problem::AgreementNotRecognised
        && let (Some(asked), Some(Usage::Proven { consumed_fen })) = (requested_fen, usage)
    {
        return (
            Basis::ByUse,
            paid_fen.saturating_sub(consumed_fen).min(asked),
        );
    }
    // rulebook 2.2: without proof of the user's fault it is what the user asks for.
    match (requested_fen, complaint.problem) {
        (Some(asked), _) => (Basis::Requested, asked),
        (None, Problem::AgreementNotRecognised) => (Basis::Requested, paid_fen),
        (None, _) => (Basis::None, 0),
    }
}

/// How far the service was used, as far as it counts.
#[derive(Clone, Copy)]
enum Usage {
    /// Somebody says that it was not used.
    Unused,
    /// It was used, and that is proven.
    Proven { consumed_fen: u64 },
}

/// rulebook 2.2(1), 2.2(3): the statements of use in order. One with accepted proof counts as it
/// is; one without it only where it favours the user.
fn usage(complaint: &Complaint) -> Option<Usage> {
    let mut counted = None;
    for statement in &complaint.usage {
        let consumed_fen = statement.amount_fen;
        counted = match (statement.kind, counted) {
            (UsageKind::Unused, _) => Some(Usage::Unused),
            (UsageKind::Partly | UsageKind::Fully, _) if complaint.is_accepted(statement.proof) => {
                Some(Usage::Proven { consumed_fen })
            }
            (
                UsageKind::Partly | UsageKind::Fully,
                Some(Usage::Proven {
                    consumed_fen: proven,
                }),
            ) => Some(Usage::Proven {
                consumed_fen: proven.min(consumed_fen),
            }),
            (UsageKind::Partly | UsageKind::Fully, before) => before,
        };
    }
    counted
}

/// A billing error, as far as it counts.
#[derive(Clone, Copy)]
struct BillingError {
    amount_fen: u64,
    proven: bool,
}

/// rulebook 2.2(2): the statements of an error in order. One with accepted proof counts as it is;
/// one without it only where it favours the user.
fn billing_error(complaint: &Complaint) -> Option<BillingError> {
    let mut counted: Option<BillingError> = None;
    for statement in &complaint.billing_errors {
        let amount_fen = statement.amount_fen;
        let proven = complaint.is_accepted(statement.proof);
        counted = match counted {
            Some(before) if !proven => Some(BillingError {
                amount_fen: before.amount_fen.max(amount_fen),
                ..before
            }),
            Some(_) | None => Some(BillingError { amount_fen, proven }),
        };
    }
    counted
}

/// rulebook 2.2(2): a misunderstanding, explained and reconfirmed on the first complaint.
fn explained_at_first(complaint: &Complaint) -> bool {
    complaint
        .current_round()
        .is_some_and(|round| round.number == 1 && round.billing_explained && round.plan_reconfirmed)
}

/// The duties of the current round (rulebook 2.2(1), 2.2(2)).
#[must_use]
pub fn duties(complaint: &Complaint) -> Vec<(Duty, bool)> {
    let Some(round) = complaint.current_round() else {
        return Vec::new();
    };
    let explain = (Duty::ExplainBilling, round.billing_explained);
    let reconfirm = (Duty::ReconfirmPlan, round.plan_reconfirmed);
    match complaint.problem {
        Problem::AgreementNotRecognised => Vec::from([reconfirm]),
        Problem::AmountNotRecognised if round.number == 1 => Vec::from([explain, reconfirm]),
        Problem::AmountNotRecognised
        | Problem::RefundRequest
        | Problem::ServiceNotWorking
        | Problem::Other => Vec::new(),
    }
}
