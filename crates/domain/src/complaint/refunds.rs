//! Money: asking for it, promising it, refusing it, paying it (rulebook 2.2, 3(1).1.1).

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use crate::clock::{Clock, ClockKind, refund_payment_due_at};
use crate::instant::{Instant, Span};
use crate::merchant::Industry;
use crate::refusal::{Code, Refusal};
use crate::text::PersonalText;

use super::answers::check_evidence;
use super::clocks::round_at;
use super::closing::round_closed;
use super::deadline::NEVER;
use super::decide::{above_paid, withdrawn};
use super::filing::started;
use super::late::{Place, place, place_in_open_round, waiting, with_late_fact};
use super::{
    CloseReason, Command, Complaint, Event, EvidenceId, EvidenceItem, LateAct, StartedClock,
    UsageKind,
};

/// rulebook 3(1).1.1, policy refund-request-later
pub(super) fn request_refund(
    complaint: &Complaint,
    command: &Command,
    amount_fen: u64,
) -> Result<Vec<Event>, Refusal> {
    let place = place_in_open_round(complaint, command)?;
    if amount_fen > complaint.paid_fen() {
        return Err(above_paid(complaint.paid_fen()));
    }
    let at = command.circumstances.counted_at();
    let clock = complaint
        .current_round()
        .filter(|round| round.clock(ClockKind::RefundDecision).is_none())
        // As on a repeat round: what has been received in full leaves nothing to decide.
        .filter(|_| complaint.refunded_fen() < amount_fen)
        .and_then(|round| {
            let edition = command.circumstances.rulebook.in_force(at);
            started(&[ClockKind::RefundDecision], at, edition, round.industry).pop()
        });
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::RefundRequested,
        None,
        vec![Event::RefundRequested { amount_fen, clock }],
    ))
}

/// rulebook 2.2(1), 2.2(3)
pub(super) fn record_usage(
    complaint: &Complaint,
    kind: UsageKind,
    consumed_fen: u64,
    proof: Option<EvidenceId>,
) -> Result<Vec<Event>, Refusal> {
    if consumed_fen > complaint.paid_fen() {
        return Err(Refusal::new(
            Code::ConsumedAbovePaid,
            "no more can be consumed than was paid",
        ));
    }
    check_proof(complaint, proof)?;
    Ok(vec![Event::UsageStated {
        kind,
        consumed_fen,
        proof,
    }])
}

/// rulebook 2.2(2)
pub(super) fn record_billing_error(
    complaint: &Complaint,
    error_fen: u64,
    proof: Option<EvidenceId>,
) -> Result<Vec<Event>, Refusal> {
    if error_fen > complaint.paid_fen() {
        return Err(Refusal::new(
            Code::ErrorAbovePaid,
            "no more can be charged in error than was paid",
        ));
    }
    check_proof(complaint, proof)?;
    Ok(vec![Event::BillingErrorStated { error_fen, proof }])
}

pub(super) fn check_proof(complaint: &Complaint, proof: Option<EvidenceId>) -> Result<(), Refusal> {
    match proof {
        Some(id) if complaint.evidence(id).is_none() => Err(Refusal::new(
            Code::EvidenceUnknown,
            format!("this complaint has no evidence {id}"),
        )),
        Some(_) | None => Ok(()),
    }
}

/// rulebook 2.2
pub(super) fn record_settlement(
    complaint: &Complaint,
    command: &Command,
    amount_fen: u64,
    user_agreed: bool,
) -> Result<Vec<Event>, Refusal> {
    if !user_agreed {
        return Err(Refusal::new(
            Code::UserAgreementMissing,
            "a settlement needs the user's agreement",
        )
        .citing("2.2"));
    }
    if amount_fen > complaint.paid_fen() {
        return Err(above_paid(complaint.paid_fen()));
    }
    Ok(with_late_fact(
        complaint,
        command,
        place(complaint, command),
        LateAct::SettlementReached,
        None,
        vec![Event::SettlementReached { amount_fen }],
    ))
}

/// rulebook 3(1).1.1, policy refund-payment
pub(super) fn approve_refund(
    complaint: &Complaint,
    command: &Command,
    amount_fen: u64,
    launch_days: u32,
) -> Result<Vec<Event>, Refusal> {
    if amount_fen > complaint.paid_fen() {
        return Err(above_paid(complaint.paid_fen()));
    }
    let at = command.circumstances.counted_at();
    let mut place = place(complaint, command);
    if place == Place::Now && amount_fen < complaint.approved_fen() {
        place = before_approval(complaint, command).ok_or_else(|| {
            Refusal::new(
                Code::RefundBelowApproved,
                format!(
                    "{} fen have been approved already",
                    complaint.approved_fen()
                ),
            )
        })?;
    }
    if place == Place::Now && complaint.is_withdrawn() {
        place = waiting(complaint, command).ok_or_else(withdrawn)?;
    }
    let mut events = vec![Event::RefundApproved {
        amount_fen,
        launch_days,
        clock: payment_clock(complaint, command, at, launch_days),
    }];
    if complaint.is_open() && complaint.refunded_fen() >= amount_fen {
        events.push(round_closed(complaint, CloseReason::Refunded, None));
    }
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::RefundApproved,
        None,
        events,
    ))
}

/// An approval of less than another one that was recorded before it and came after it: it meets
/// clocks, and replaces nothing.
fn before_approval(complaint: &Complaint, command: &Command) -> Option<Place> {
    let replaced_at = complaint.approval.as_ref()?.at;
    let circumstances = &command.circumstances;
    let happened_before = circumstances.occurred_at < replaced_at;
    let round = round_at(complaint, circumstances.occurred_at);
    match (happened_before, circumstances.awaits_review()) {
        (true, true) => Some(Place::Waiting { round }),
        (true, false) if circumstances.counted_at() < replaced_at => Some(Place::Late { round }),
        (true | false, _) => None,
    }
}

/// policy refund-payment: as promised, at most so many working days as the edition allows; a later
/// approval keeps the sooner due instant.
pub(super) fn payment_clock(
    complaint: &Complaint,
    command: &Command,
    at: Instant,
    launch_days: u32,
) -> StartedClock {
    let edition = command.circumstances.rulebook.in_force(at);
    let industry = complaint
        .current_round()
        .map_or(Industry::General, |round| round.industry);
    let working_days = launch_days.min(edition.refund_payment_working_days_max(industry));
    let due_at = refund_payment_due_at(at, working_days, edition);
    let running = complaint
        .rounds
        .iter()
        .rev()
        .filter_map(|round| round.clock(ClockKind::RefundPayment))
        .find(|clock| clock.is_open());
    let started = Clock::starting(
        ClockKind::RefundPayment,
        at,
        due_at.since(at).max(Span::ZERO),
        edition.at_risk_percent(industry),
    );
    let moved = |clock: &Clock| clock.due_at(&complaint.pauses, NEVER);
    let sooner = running
        .filter(|clock| moved(clock) <= moved(&started))
        .unwrap_or(&started);
    StartedClock {
        kind: sooner.kind,
        started_at: sooner.started_at,
        runs: sooner.runs,
        at_risk_percent: sooner.at_risk_percent,
    }
}

/// rulebook 3(1).1.1: a rejection gives full reasons and evidence, or it is none.
pub(super) fn reject_refund(
    complaint: &Complaint,
    command: &Command,
    reason: &PersonalText,
    evidence: &[EvidenceItem],
    remark: Option<&PersonalText>,
) -> Result<Vec<Event>, Refusal> {
    if reason.is_blank() {
        return Err(
            Refusal::new(Code::ReasonMissing, "a rejection gives its reason").citing("3(1).1.1"),
        );
    }
    check_evidence(evidence, "3(1).1.1")?;
    let place = place_in_open_round(complaint, command)?;
    if complaint.request.is_none() {
        return Err(Refusal::new(
            Code::NoRefundRequested,
            "the user has not asked for a refund",
        ));
    }
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::RefundRejected,
        Some(reason),
        vec![
            Event::RefundRejected {
                reason: reason.clone(),
                evidence: evidence.to_vec(),
                remark: remark.cloned(),
            },
            round_closed(complaint, CloseReason::Rejected, None),
        ],
    ))
}

/// rulebook 3(1).1.1: without reason or evidence no clock stops.
pub(super) fn record_defective_rejection(
    complaint: &Complaint,
    command: &Command,
    reason: Option<&PersonalText>,
) -> Result<Vec<Event>, Refusal> {
    let place = place_in_open_round(complaint, command)?;
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::DefectivelyRejected,
        reason,
        vec![Event::DefectiveRejectionRecorded {
            reason: reason.cloned(),
        }],
    ))
}

pub(super) fn is_full(complaint: &Complaint, amount_fen: u64) -> bool {
    let asked_fen = match (&complaint.approval, complaint.requested_fen()) {
        (Some(approval), _) => approval.amount_fen,
        (None, Some(asked)) => asked,
        (None, None) => complaint.paid_fen(),
    };
    complaint.refunded_fen().saturating_add(amount_fen) >= asked_fen
}

/// Money is always counted, whatever has become of the round.
pub(super) fn record_refund(
    complaint: &Complaint,
    command: &Command,
    amount_fen: u64,
    by_platform: bool,
    received: Event,
) -> Result<Vec<Event>, Refusal> {
    let before_fen = complaint.refunded_fen();
    let refunded_fen = before_fen.saturating_add(amount_fen);
    if refunded_fen > complaint.paid_fen() {
        return Err(above_paid(complaint.paid_fen()));
    }
    let mut events = vec![received];
    let place = place(complaint, command);
    if let Place::Late { .. } = place {
        events.extend(with_late_fact(
            complaint,
            command,
            place,
            LateAct::RefundReceived,
            None,
            Vec::new(),
        ));
        return Ok(events);
    }
    // Money beyond an approval that was received in full before is money without an approval.
    let approved = complaint.approval.as_ref().is_some_and(|approval| {
        before_fen < approval.amount_fen && refunded_fen >= approval.amount_fen
    });
    // rulebook 4.2(2): the platform's own refund closes once nothing more is owed.
    let settled = by_platform && complaint.remedy().owed_fen <= refunded_fen;
    let closes = if by_platform { settled } else { approved };
    if complaint.is_open() && closes {
        events.push(round_closed(complaint, CloseReason::Refunded, None));
    }
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::RefundReceived,
        None,
        events,
    ))
}
