//! What promises of money and money received do to a complaint.

use alloc::vec::Vec;

use crate::clock::ClockKind;
use crate::instant::Instant;

use super::clocks::{meet_current, round_at, with_clock};
use super::evolve::take_up;
use super::{Approval, CloseReason, Complaint, LateAct, StartedClock};

/// rulebook 3(1).1.1, policy refund-payment
pub(super) fn approve(
    complaint: &mut Complaint,
    amount_fen: u64,
    started: &StartedClock,
    at: Instant,
) {
    take_up(complaint);
    let number = complaint.round_number();
    let paid = complaint.refunded_fen() >= amount_fen;
    // What was paid on an approval before, in time or late, stays as it was.
    let settled_before = paid
        && complaint
            .current_round()
            .and_then(|round| round.clock(ClockKind::RefundPayment))
            .is_some_and(|clock| !clock.is_open());
    if !settled_before {
        replace_payment_clock(complaint, number, started, at);
    }
    complaint.approval = Some(Approval {
        amount_fen,
        round: number,
        at,
    });
    meet_current(complaint, LateAct::RefundApproved, at);
    release_evidence_if_granted(complaint, at);
    // policy refund-payment: it is paid when both the promise and the money are there.
    if let Some(paid_at) = approved_received_at(complaint) {
        with_clock(complaint, number, ClockKind::RefundPayment, |clock| {
            if clock.is_open() {
                clock.meet(paid_at);
            }
        });
    }
}

/// A later approval replaces an earlier one and keeps the sooner payment clock: what was recorded
/// of that clock goes along with it, into the round of the approval.
fn replace_payment_clock(
    complaint: &mut Complaint,
    number: u32,
    started: &StartedClock,
    at: Instant,
) {
    let mut carried = None;
    for round in &mut complaint.rounds {
        if let Some(clock) = round.clock_mut(ClockKind::RefundPayment)
            && clock.is_open()
        {
            carried = Some((clock.near_recorded, clock.missed_recorded));
            if round.number != number {
                round.void(at, |kind| kind == ClockKind::RefundPayment);
            }
        }
    }
    if let Some(round) = complaint.rounds.last_mut() {
        round
            .clocks
            .retain(|clock| clock.kind != ClockKind::RefundPayment);
        round.start(started);
        if let (Some((near, missed)), Some(clock)) =
            (carried, round.clock_mut(ClockKind::RefundPayment))
        {
            clock.near_recorded = near;
            clock.missed_recorded = missed;
        }
    }
}

/// policy repeat-evidence: whoever grants the whole remedy owed in a repeat round need not prove
/// anything any more.
pub(super) fn release_evidence_if_granted(complaint: &mut Complaint, at: Instant) {
    let granted = complaint.approval.as_ref().is_some_and(|approval| {
        approval.round == complaint.round_number()
            && approval.amount_fen >= complaint.remedy().owed_fen
    });
    if granted {
        release_evidence(complaint, at);
    }
}

/// Clock `evidence` of the current round stops to matter, also where evidence was submitted: it
/// need not hold any more.
pub(super) fn release_evidence(complaint: &mut Complaint, at: Instant) {
    let number = complaint.round_number();
    with_clock(complaint, number, ClockKind::Evidence, |clock| {
        if clock.void_at.is_none() {
            clock.void_at = Some(at.max(clock.started_at));
        }
    });
}

/// Money always counts; what the merchant paid meets clocks, what the platform paid does not
/// (rulebook 4.2(2)): once nothing more is owed, it voids what runs in the round that it belongs
/// to, and what waits for money in any round.
pub(super) fn receive(complaint: &mut Complaint, by_platform: bool, at: Instant) {
    if !by_platform {
        meet_by_money(complaint);
        return;
    }
    if complaint.remedy().owed_fen <= complaint.refunded_fen() {
        let last = round_at(complaint, at);
        for round in &mut complaint.rounds {
            let earlier = round.number <= last;
            round.void(at, |kind| {
                earlier || matches!(kind, ClockKind::RefundDecision | ClockKind::RefundPayment)
            });
        }
    }
}

/// rulebook 3(1).1.1, policy refund-payment: the clocks that money meets, at the instant at which
/// what was received reached what they ask for.
fn meet_by_money(complaint: &mut Complaint) {
    if let Some(reached) = complaint
        .requested_fen()
        .and_then(|asked| reached_at(complaint, asked))
    {
        for round in &mut complaint.rounds {
            if let Some(clock) = round.clock_mut(ClockKind::RefundDecision) {
                clock.meet(reached);
            }
        }
    }
    if let Some(approval) = complaint.approval.clone()
        && let Some(reached) = reached_at(complaint, approval.amount_fen)
    {
        with_clock(
            complaint,
            approval.round,
            ClockKind::RefundPayment,
            |clock| clock.meet(reached),
        );
    }
}

/// A request for an amount that was received already is fulfilled as it is made.
pub(super) fn meet_request_received(complaint: &mut Complaint, at: Instant) {
    let received = complaint
        .requested_fen()
        .is_some_and(|asked| asked > 0 && complaint.refunded_fen() >= asked);
    if received {
        let number = complaint.round_number();
        with_clock(complaint, number, ClockKind::RefundDecision, |clock| {
            if clock.is_open() {
                clock.meet(at);
            }
        });
    }
}

/// When a partner's late word about money is accepted, the money counts from when it came: also
/// for the close of the round that it brought about (policy partner-grace).
pub(super) fn count_money_earlier(complaint: &mut Complaint, command_id: uuid::Uuid, at: Instant) {
    let mut by_platform = false;
    for refund in &mut complaint.refunds {
        if refund.command_id == command_id {
            refund.at = refund.at.min(at);
            by_platform = refund.by_platform;
        }
    }
    if by_platform {
        return;
    }
    meet_by_money(complaint);
    let number = round_at(complaint, at);
    let closed_by_it = complaint
        .round(number)
        .and_then(|round| round.closed.as_ref())
        .is_some_and(|close| close.how == CloseReason::Refunded);
    if closed_by_it && let Some(full_at) = approved_received_at(complaint) {
        with_clock(complaint, number, ClockKind::Resolution, |clock| {
            clock.meet(full_at);
        });
    }
}

/// When the approved refund was fully received: both the approval and the money were there.
pub(super) fn approved_received_at(complaint: &Complaint) -> Option<Instant> {
    let approval = complaint.approval.as_ref()?;
    reached_at(complaint, approval.amount_fen).map(|reached| reached.max(approval.at))
}

/// When the money received reached an amount, by the instants that count, in whatever order it was
/// recorded.
fn reached_at(complaint: &Complaint, amount_fen: u64) -> Option<Instant> {
    let mut refunds: Vec<_> = complaint
        .refunds
        .iter()
        .map(|refund| (refund.at, refund.amount_fen))
        .collect();
    refunds.sort_unstable();
    let mut sum_fen = 0_u64;
    refunds.into_iter().find_map(|(at, received_fen)| {
        sum_fen = sum_fen.saturating_add(received_fen);
        (sum_fen >= amount_fen).then_some(at)
    })
}
