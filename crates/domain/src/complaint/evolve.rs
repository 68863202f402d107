//! Applies events to a complaint: what each one changes, and which clocks it starts, meets or
//! voids. Total: an event that does not fit changes nothing but the version.

use alloc::vec::Vec;

use crate::circumstances::Stamp;
use crate::clock::{Clock, ClockKind, Pause};
use crate::identity::Role;
use crate::instant::Instant;

use super::clocks::{meet, meet_current, void_everything, with_clock};
use super::evidence::{add_evidence, assess, evidence_of_response};
use super::late::{count_earlier, decide_fact};
use super::money::{
    approve, approved_received_at, meet_request_received, receive, release_evidence,
    release_evidence_if_granted,
};
use super::{
    CloseReason, Complaint, ComplaintState, Determination, DeterminationId, DeterminationStatus,
    Event, EvidenceStatus, Finding, FindingId, FindingStatus, LateAct, LateFact, LateFactStatus,
    Link, Problem, Refund, Request, Round, RoundClose, State, Statement,
};

/// Applies an event.
#[must_use]
pub fn evolve(state: State, stamp: &Stamp, event: &Event) -> State {
    match (state, event) {
        (None, Event::ComplaintFiled { .. }) => filed(stamp, event),
        (None, _) => None,
        (Some(mut complaint), _) => {
            apply(&mut complaint, stamp, event);
            if matches!(stamp.by.role, Role::Merchant | Role::Intermediary) {
                mark_acted(&mut complaint, event);
            }
            complaint.next_version = complaint.next_version.saturating_add(1);
            Some(complaint)
        }
    }
}

/// rulebook 4.3: remembers that merchant or intermediary did something in the round of the act.
fn mark_acted(complaint: &mut Complaint, event: &Event) {
    let number = if let Event::LateFactRecorded {
        round,
        awaits_review: false,
        ..
    } = event
    {
        *round
    } else {
        complaint.round_number()
    };
    for round in &mut complaint.rounds {
        if round.number == number {
            round.merchant_acted = true;
        }
    }
}

fn filed(stamp: &Stamp, event: &Event) -> State {
    let Event::ComplaintFiled {
        complaint_id,
        merchant_id,
        user_ref,
        problem,
        channel,
        orders,
        agreement_id,
        requested_refund_fen,
        refunded_before_fen,
        enquiry,
        ..
    } = event
    else {
        return None;
    };
    let asks = *problem == Problem::RefundRequest || requested_refund_fen.is_some();
    Some(Complaint {
        complaint_id: complaint_id.clone(),
        merchant_id: merchant_id.clone(),
        user_ref: user_ref.clone(),
        problem: *problem,
        channel: *channel,
        enquiry: *enquiry,
        orders: orders.clone(),
        agreement_id: agreement_id.clone(),
        refunded_before_fen: *refunded_before_fen,
        filed_at: stamp.counted_at,
        state: ComplaintState::Pending,
        withdrawn_at: None,
        rounds: Vec::new(),
        continues: 0,
        request: asks.then_some(Request {
            amount_fen: *requested_refund_fen,
        }),
        approval: None,
        settlement_fen: None,
        usage: Vec::new(),
        billing_errors: Vec::new(),
        refunds: Vec::new(),
        evidence: Vec::new(),
        findings: Vec::new(),
        determinations: Vec::new(),
        late_facts: Vec::new(),
        links: Vec::new(),
        pauses: Vec::new(),
        next_version: 1,
    })
}

fn apply(complaint: &mut Complaint, stamp: &Stamp, event: &Event) {
    let at = stamp.counted_at;
    match event {
        Event::ComplaintFiled { .. } | Event::MessageRecorded { .. } | Event::NoteKept { .. } => {}
        Event::RoundOpened { .. } => open_round(complaint, at, event),
        Event::RefundRequested { amount_fen, clock } => {
            complaint.request = Some(Request {
                amount_fen: Some(*amount_fen),
            });
            if let (Some(started), Some(round)) = (clock, complaint.rounds.last_mut()) {
                round.start(started);
            }
            meet_request_received(complaint, at);
            release_evidence_if_granted(complaint, at);
        }
        Event::MerchantResponded { media, .. } => {
            take_up(complaint);
            let evidence = evidence_of_response(complaint, media);
            let act = if evidence.is_empty() {
                LateAct::Responded
            } else {
                LateAct::RespondedWithEvidence
            };
            // guide first-reply: on a closed round it is recorded and stops nothing.
            if complaint.is_open() {
                meet_current(complaint, act, at);
            }
            add_evidence(complaint, &evidence, at, false);
        }
        Event::EvidenceSubmitted { evidence, .. } => {
            meet_current(complaint, LateAct::EvidenceSubmitted, at);
            add_evidence(complaint, evidence, at, false);
        }
        Event::EvidenceAccepted { evidence_id, .. } => {
            assess(complaint, *evidence_id, EvidenceStatus::Accepted, at);
            release_evidence_if_granted(complaint, at);
        }
        Event::EvidenceRefused { evidence_id, .. } => {
            assess(complaint, *evidence_id, EvidenceStatus::Refused, at);
        }
        Event::BillingExplained { .. } => {
            if let Some(round) = complaint.rounds.last_mut() {
                round.billing_explained = true;
            }
            meet_current(complaint, LateAct::BillingExplained, at);
        }
        Event::PlanReconfirmed { .. } => {
            if let Some(round) = complaint.rounds.last_mut() {
                round.plan_reconfirmed = true;
            }
            meet_current(complaint, LateAct::PlanReconfirmed, at);
        }
        Event::UsageStated {
            kind,
            consumed_fen,
            proof,
        } => {
            complaint.usage.push(Statement {
                kind: *kind,
                amount_fen: *consumed_fen,
                proof: *proof,
            });
            release_evidence_if_granted(complaint, at);
        }
        Event::BillingErrorStated { error_fen, proof } => {
            complaint.billing_errors.push(Statement {
                kind: (),
                amount_fen: *error_fen,
                proof: *proof,
            });
            release_evidence_if_granted(complaint, at);
        }
        Event::SettlementReached { amount_fen } => {
            complaint.settlement_fen = Some(*amount_fen);
            meet_current(complaint, LateAct::SettlementReached, at);
            release_evidence(complaint, at);
        }
        Event::RefundApproved {
            amount_fen, clock, ..
        } => approve(complaint, *amount_fen, clock, at),
        Event::RefundRejected { evidence, .. } => {
            take_up(complaint);
            meet_current(complaint, LateAct::RefundRejected, at);
            add_evidence(complaint, evidence, at, true);
        }
        Event::DefectiveRejectionRecorded { .. } => take_up(complaint),
        Event::RefundReceived {
            refund_id,
            amount_fen,
            by_platform,
            ..
        } => {
            complaint.refunds.push(Refund {
                refund_id: refund_id.clone(),
                amount_fen: *amount_fen,
                by_platform: *by_platform,
                at,
                command_id: stamp.command_id,
            });
            receive(complaint, *by_platform, at);
        }
        Event::RoundClosed { round, how, .. } => {
            let by_platform = complaint
                .refunds
                .last()
                .is_some_and(|refund| refund.by_platform && refund.command_id == stamp.command_id);
            close_round(complaint, *round, *how, by_platform, at);
        }
        Event::UserInsisted { .. } => {
            complaint.continues = complaint.continues.saturating_add(1);
        }
        Event::ComplaintWithdrawn => {
            complaint.state = ComplaintState::Withdrawn;
            complaint.withdrawn_at = Some(at);
            void_everything(complaint, at);
        }
        Event::LateFactRecorded {
            fact_id,
            round,
            claimed_at,
            act,
            awaits_review,
            ..
        } => {
            let status = if *awaits_review {
                LateFactStatus::AwaitsReview
            } else {
                meet(complaint, *round, *act, *claimed_at);
                // Every word of a user who continues is counted, whatever has become of the round.
                if *act == LateAct::Continued {
                    complaint.continues = complaint.continues.saturating_add(1);
                }
                LateFactStatus::Counted
            };
            complaint.late_facts.push(LateFact {
                fact_id: *fact_id,
                round: *round,
                claimed_at: *claimed_at,
                act: *act,
                told_at: at,
                command_id: stamp.command_id,
                status,
            });
        }
        Event::LateFactAccepted { fact_id, .. } => {
            if let Some(fact) = decide_fact(complaint, *fact_id, LateFactStatus::Counted) {
                count_earlier(complaint, &fact);
            }
        }
        Event::LateFactRefused { fact_id, .. } => {
            decide_fact(complaint, *fact_id, LateFactStatus::Refused);
        }
        Event::ComplaintLinked { other, kind } => complaint.links.push(Link {
            to: other.clone(),
            kind: *kind,
        }),
        Event::ComplaintUnlinked { other, kind } => complaint
            .links
            .retain(|link| &link.to != other || link.kind != *kind),
        Event::ClocksPaused { reason } => complaint.pauses.push(Pause {
            reason: *reason,
            from: at,
            until: None,
        }),
        Event::ClocksResumed { reason } => {
            for pause in &mut complaint.pauses {
                if pause.reason == *reason && pause.until.is_none() && pause.from <= at {
                    pause.until = Some(at);
                }
            }
        }
        Event::ClockRetimed {
            round, clock, runs, ..
        } => with_clock(complaint, *round, *clock, |clock| clock.runs = *runs),
        Event::DeadlineNear { round, clock, .. } => {
            with_clock(complaint, *round, *clock, |clock| {
                clock.near_recorded = true;
            });
        }
        Event::DeadlineMissed { round, clock, .. } => {
            with_clock(complaint, *round, *clock, |clock| {
                clock.missed_recorded = true;
            });
        }
        Event::DeadlineMissSuperseded { round, clock, .. } => {
            with_clock(complaint, *round, *clock, |clock| {
                clock.missed_recorded = false;
                clock.superseded = true;
            });
        }
        Event::GroundFound {
            finding_id,
            ground,
            round,
            cause,
            effective_at,
            clauses,
            ..
        } => complaint.findings.push(Finding {
            finding_id: *finding_id,
            ground: *ground,
            round: *round,
            cause: *cause,
            effective_at: *effective_at,
            clauses: clauses.clone(),
            status: FindingStatus::Open,
            version: complaint.next_version,
        }),
        Event::FindingWithdrawn { finding_id } => {
            mark_findings(complaint, &[*finding_id], FindingStatus::Withdrawn);
        }
        Event::LiabilityDetermined {
            determination_id,
            finding_ids,
            grounds,
            determined_by,
            ..
        } => {
            mark_findings(complaint, finding_ids, FindingStatus::Determined);
            complaint.determinations.push(Determination {
                determination_id: *determination_id,
                finding_ids: finding_ids.clone(),
                grounds: grounds.clone(),
                determined_by: determined_by.clone(),
                status: DeterminationStatus::Standing,
                determined_at: stamp.recorded_at,
                version: complaint.next_version,
            });
        }
        Event::FindingDismissed { finding_ids, .. } => {
            mark_findings(complaint, finding_ids, FindingStatus::Dismissed);
        }
        Event::DeterminationOverturned {
            determination_id, ..
        } => {
            let fallen = mark_determination(
                complaint,
                *determination_id,
                DeterminationStatus::Overturned,
            );
            mark_findings(complaint, &fallen, FindingStatus::Withdrawn);
        }
        Event::DeterminationPutUnderReview { determination_id } => {
            mark_determination(
                complaint,
                *determination_id,
                DeterminationStatus::UnderReview,
            );
        }
    }
}

fn open_round(complaint: &mut Complaint, at: Instant, event: &Event) {
    let Event::RoundOpened {
        round,
        repeat,
        edition,
        industry,
        clocks,
        ..
    } = event
    else {
        return;
    };
    if *repeat {
        complaint.continues = complaint.continues.saturating_add(1);
        // What still runs from the round before is void; only the payment runs on until the money
        // has come.
        for earlier in &mut complaint.rounds {
            earlier.void(at, |kind| kind != ClockKind::RefundPayment);
        }
    }
    complaint.state = ComplaintState::Pending;
    let before = complaint.rounds.last();
    let mut opened = Round {
        number: *round,
        opened_at: at,
        closed: None,
        repeat: *repeat,
        edition: edition.clone(),
        industry: *industry,
        clocks: Vec::new(),
        billing_explained: before.is_some_and(|earlier| earlier.billing_explained),
        plan_reconfirmed: before.is_some_and(|earlier| earlier.plan_reconfirmed),
        merchant_acted: false,
        opened_version: complaint.next_version,
    };
    for started in clocks {
        opened.start(started);
    }
    complaint.rounds.push(opened);
}

/// The merchant's first answer, approval or rejection moves pending to processing.
pub(super) fn take_up(complaint: &mut Complaint) {
    if complaint.state == ComplaintState::Pending {
        complaint.state = ComplaintState::Processing;
    }
}

fn close_round(
    complaint: &mut Complaint,
    number: u32,
    how: CloseReason,
    by_platform: bool,
    at: Instant,
) {
    let remedy = complaint.remedy();
    let granted_fen = complaint.approved_fen().max(complaint.refunded_fen());
    let undecided = complaint
        .current_round()
        .and_then(|round| round.clock(ClockKind::RefundDecision))
        .is_some_and(Clock::is_open);
    let judged = match how {
        // An explicit request still undecided is judged by its clock (rulebook 4.1(5)).
        CloseReason::Completed => !undecided,
        CloseReason::Refunded => true,
        // A rejection is judged when its evidence is refused.
        CloseReason::Rejected | CloseReason::Confirmed | CloseReason::Withdrawn => false,
    };
    // No round closes before it opened, nor as refunded before both the approval and the money
    // were there.
    let opened_at = complaint.round(number).map_or(at, |round| round.opened_at);
    let refunded_at = approved_received_at(complaint)
        .filter(|_| how == CloseReason::Refunded && !by_platform)
        .unwrap_or(at);
    let at = at.max(opened_at).max(refunded_at);
    let version = complaint.next_version;
    if let Some(round) = complaint
        .rounds
        .iter_mut()
        .find(|round| round.number == number)
    {
        round.closed = Some(RoundClose {
            at,
            how,
            version,
            below_remedy: judged && granted_fen < remedy.owed_fen,
            duty_open: how != CloseReason::Withdrawn && remedy.duties.iter().any(|(_, done)| !done),
        });
    }
    if complaint.state != ComplaintState::Withdrawn {
        complaint.state = ComplaintState::Processed;
    }
    match how {
        CloseReason::Completed => meet(complaint, number, LateAct::Completed, at),
        CloseReason::Rejected => meet(complaint, number, LateAct::RefundRejected, at),
        CloseReason::Refunded if !by_platform => {
            with_clock(complaint, number, ClockKind::Resolution, |clock| {
                clock.meet(at);
            });
        }
        CloseReason::Refunded | CloseReason::Confirmed | CloseReason::Withdrawn => {
            void_everything(complaint, at);
        }
    }
}

fn mark_findings(complaint: &mut Complaint, ids: &[FindingId], status: FindingStatus) {
    for finding in &mut complaint.findings {
        if ids.contains(&finding.finding_id) {
            finding.status = status;
        }
    }
}

fn mark_determination(
    complaint: &mut Complaint,
    id: DeterminationId,
    status: DeterminationStatus,
) -> Vec<FindingId> {
    complaint
        .determinations
        .iter_mut()
        .find(|one| one.determination_id == id)
        .map(|one| {
            one.status = status;
            one.finding_ids.clone()
        })
        .unwrap_or_default()
}
