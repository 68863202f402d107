//! What is owed: the table of domain.md section 5, first row that fits.

use super::case::Evidence;

/// What was said and done about the money of a complaint.
#[derive(Clone, Debug, Default)]
pub struct Matter {
    pub problem: String,
    pub paid_fen: u64,
    pub refunded_before_fen: u64,
    pub requested_fen: Option<u64>,
    pub settled_fen: Option<u64>,
    /// What was said of use, in order: how far, what was consumed, and the proof.
    pub used: Vec<(String, u64, Option<usize>)>,
    /// What was said of a billing error, in order: how much, and the proof.
    pub errors: Vec<(u64, Option<usize>)>,
    pub explained: bool,
    pub reconfirmed: bool,
}

/// The basis, and the amount in fen.
pub fn owed(matter: &Matter, round: u64, evidence: &[Evidence]) -> (&'static str, u64) {
    let (basis, amount) = row(matter, round, evidence);
    let most = matter.paid_fen.saturating_sub(matter.refunded_before_fen);
    (basis, amount.min(most))
}

fn proven(proof: Option<usize>, evidence: &[Evidence]) -> bool {
    let piece = proof.and_then(|number| evidence.get(number.checked_sub(1)?));
    piece.is_some_and(|piece| piece.accepted == Some(true))
}

/// What is consumed by what was said; nothing consumed where it is unused. What is not proven can
/// raise what is owed, never lower it.
fn consumed(matter: &Matter, evidence: &[Evidence]) -> Option<(bool, u64)> {
    let mut believed: Option<(bool, u64)> = None;
    for (how, consumed, proof) in &matter.used {
        if how == "unused" {
            believed = Some((true, 0));
        } else if proven(*proof, evidence) {
            believed = Some((false, *consumed));
        } else if let Some((false, before)) = believed {
            believed = Some((false, before.min(*consumed)));
        }
    }
    believed
}

/// The error that was said, and whether it is proven.
fn error(matter: &Matter, evidence: &[Evidence]) -> Option<(u64, bool)> {
    let mut believed: Option<(u64, bool)> = None;
    for (said, proof) in &matter.errors {
        believed = match believed {
            Some((before, was_proven)) if !proven(*proof, evidence) => {
                Some((before.max(*said), was_proven))
            }
            _ => Some((*said, proven(*proof, evidence))),
        };
    }
    believed
}

fn row(matter: &Matter, round: u64, evidence: &[Evidence]) -> (&'static str, u64) {
    let agreement = matter.problem == "agreement_not_recognised";
    let amount = matter.problem == "amount_not_recognised";
    if let Some(settled) = matter.settled_fen {
        return ("settlement", settled);
    }
    let consumed = consumed(matter, evidence);
    match consumed {
        Some((true, _)) if agreement => return ("full", matter.paid_fen),
        Some((false, consumed)) if agreement => {
            return ("pro_rata", matter.paid_fen.saturating_sub(consumed));
        }
        _ => {}
    }
    if let (true, Some((error, proven))) = (amount, error(matter, evidence))
        && (proven || matter.requested_fen.is_none_or(|asked| error > asked))
    {
        return ("billing_error", error);
    }
    let silent = matter.errors.is_empty() && matter.requested_fen.is_none();
    if amount && silent && round == 1 && matter.explained && matter.reconfirmed {
        return ("explained", 0);
    }
    if let (false, Some(asked), Some((false, consumed))) =
        (agreement, matter.requested_fen, consumed)
    {
        let left = matter.paid_fen.saturating_sub(consumed);
        return ("by_use", left.min(asked));
    }
    match matter.requested_fen {
        Some(asked) => ("requested", asked),
        None if agreement => ("requested", matter.paid_fen),
        None => ("none", 0),
    }
}
