//! When the platform may refund out of the merchant's settlement (rulebook 4.2(2)).

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::clock::ClockKind;
use crate::instant::Instant;
use crate::merchant::SettlementRefundFacts;
use crate::rulebook::Rulebook;

use super::deadline::NEVER;
use super::{Complaint, DeterminationStatus};

/// What rulebook 4.2(2) needs to know of a complaint at an instant (policy settlement-refund).
#[must_use]
pub fn settlement_refund(
    complaint: &Complaint,
    rulebook: &Rulebook,
    at: Instant,
) -> SettlementRefundFacts {
    let outstanding_fen = complaint
        .remedy()
        .owed_fen
        .saturating_sub(complaint.refunded_fen());
    let determinations: Vec<Arc<str>> = complaint
        .determinations
        .iter()
        .filter(|one| one.status == DeterminationStatus::Standing)
        .map(|one| {
            Arc::from(alloc::format!(
                "{}/{}",
                complaint.complaint_id,
                one.determination_id
            ))
        })
        .collect();
    let due = outstanding_fen > 0
        && !determinations.is_empty()
        && waiting_times(complaint, rulebook).any(|over_at| over_at <= at);
    SettlementRefundFacts {
        complaint_id: complaint.complaint_id.clone(),
        outstanding_fen,
        due,
        determinations,
    }
}

/// The next instant after `after` at which rulebook 4.2(2) may apply to a complaint.
#[must_use]
pub fn next_settlement_refund(
    complaint: &Complaint,
    rulebook: &Rulebook,
    after: Instant,
) -> Option<Instant> {
    waiting_times(complaint, rulebook)
        .filter(|over_at| *over_at > after)
        .min()
}

/// policy settlement-refund: when the waiting time after each unmet refund clock is over.
fn waiting_times<'a>(
    complaint: &'a Complaint,
    rulebook: &'a Rulebook,
) -> impl Iterator<Item = Instant> + 'a {
    complaint.rounds.iter().flat_map(move |round| {
        let edition = rulebook
            .edition(round.edition.as_str())
            .unwrap_or_else(|| rulebook.in_force(round.opened_at));
        [ClockKind::RefundDecision, ClockKind::RefundPayment]
            .into_iter()
            .filter_map(|kind| round.clock(kind))
            .filter(|clock| clock.is_open())
            .map(move |clock| {
                clock
                    .due_at(&complaint.pauses, NEVER)
                    .plus(edition.remedy.settlement_refund_after)
                    .just_after()
            })
    })
}
