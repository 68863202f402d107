//! Decides on commands to a complaint: one readable column of guards per command, in the order in
//! which refusals take precedence.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use uuid::Uuid;

use crate::clock::{ClockKind, refund_payment_due_at};
use crate::instant::{Instant, Span};
use crate::merchant::Industry;
use crate::refusal::{Code, Refusal};
use crate::rulebook::Edition;
use crate::text::PersonalText;

use super::late::{Place, place, with_late_fact};
use super::{
    Act, CloseReason, Command, Complaint, Event, EvidenceId, EvidenceItem, Filing, LateAct, Media,
    Problem, StartedClock, State, UsageKind, observe, review,
};

/// A text that answers the user has at most so many characters (the platform's own limit).
const RESPONSE_CHARACTERS_MAX: usize = 500;
/// An answer carries at most so many files (the platform's own limit).
const RESPONSE_MEDIA_MAX: usize = 4;

/// Decides which events a command brings about. No events and no refusal: the command repeats what
/// was answered before, see [`first_answer`].
///
/// # Errors
/// The first guard that fails, with its code and clause.
pub fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Refusal> {
    if let Act::File(filing) = &command.act {
        return file(state, command, filing);
    }
    let Some(complaint) = state else {
        return Err(Refusal::new(
            Code::ComplaintUnknown,
            "there is no complaint of that id",
        ));
    };
    match &command.act {
        Act::File(filing) => file(state, command, filing),
        Act::RequestRefund { amount_fen } => request_refund(complaint, command, *amount_fen),
        Act::Respond { text, media } => respond(complaint, command, text, media),
        Act::Message { text } => message(complaint, text),
        Act::SubmitEvidence { evidence, note } => {
            submit_evidence(complaint, command, evidence, note.as_ref())
        }
        Act::ExplainBilling { text } => explain_billing(complaint, command, text),
        Act::ReconfirmPlan { user_confirms } => reconfirm_plan(complaint, command, *user_confirms),
        Act::RecordUsage {
            kind,
            consumed_fen,
            proof,
        } => record_usage(complaint, *kind, *consumed_fen, *proof),
        Act::RecordBillingError { error_fen, proof } => {
            record_billing_error(complaint, *error_fen, *proof)
        }
        Act::RecordSettlement {
            amount_fen,
            user_agreed,
        } => record_settlement(complaint, command, *amount_fen, *user_agreed),
        Act::ApproveRefund {
            amount_fen,
            launch_days,
        } => approve_refund(complaint, command, *amount_fen, *launch_days),
        Act::RejectRefund {
            reason,
            evidence,
            remark,
        } => reject_refund(complaint, command, reason, evidence, remark.as_ref()),
        Act::RecordDefectiveRejection { reason } => {
            record_defective_rejection(complaint, command, reason.as_ref())
        }
        Act::RecordRefund {
            refund_id,
            amount_fen,
            by_platform,
        } => {
            if complaint
                .refunds
                .iter()
                .any(|refund| &refund.refund_id == refund_id)
            {
                return Ok(Vec::new());
            }
            let event = Event::RefundReceived {
                refund_id: refund_id.clone(),
                amount_fen: *amount_fen,
                by_platform: *by_platform,
                full: is_full(complaint, *amount_fen),
            };
            record_refund(complaint, command, *amount_fen, *by_platform, event)
        }
        Act::Complete { resolution } => complete(complaint, command, resolution),
        Act::Confirm => confirm(complaint, command),
        Act::Continue { text } => proceed(complaint, command, text.as_ref()),
        Act::Withdraw => withdraw(complaint, command),
        Act::Observe { through } => Ok(observe::observe(complaint, command, *through)),
        Act::KeepNote {
            raw_type,
            because,
            text,
        } => Ok(vec![Event::NoteKept {
            raw_type: raw_type.clone(),
            because: because.clone(),
            text: text.clone(),
        }]),
        Act::AssessEvidence { .. }
        | Act::AcceptLateFact { .. }
        | Act::RefuseLateFact { .. }
        | Act::Link { .. }
        | Act::Unlink { .. }
        | Act::Pause { .. }
        | Act::Resume { .. }
        | Act::FindGround { .. }
        | Act::Determine { .. }
        | Act::Dismiss { .. }
        | Act::Overturn { .. } => review::decide(complaint, command),
    }
}

/// The command that was answered first, where this one repeats it under another id: the same
/// refund recorded twice.
#[must_use]
pub fn first_answer(state: &State, command: &Command) -> Option<Uuid> {
    let Act::RecordRefund { refund_id, .. } = &command.act else {
        return None;
    };
    state
        .as_ref()?
        .refunds
        .iter()
        .find(|refund| &refund.refund_id == refund_id)
        .map(|refund| refund.command_id)
}

/// rulebook 1.6, 2.2, 3(1).1.1
fn file(state: &State, command: &Command, filing: &Filing) -> Result<Vec<Event>, Refusal> {
    let Some(merchant) = &command.merchant else {
        return Err(Refusal::new(
            Code::MerchantUnknown,
            format!("there is no merchant {}", filing.merchant_id),
        ));
    };
    if state.is_some() {
        return Err(Refusal::new(
            Code::ComplaintExists,
            format!("complaint {} was filed before", filing.complaint_id),
        ));
    }
    if filing.orders.is_empty() && !filing.enquiry {
        return Err(
            Refusal::new(Code::OrdersMissing, "a dispute names the orders in dispute")
                .citing("1.6"),
        );
    }
    let paid_fen = filing
        .orders
        .iter()
        .fold(0_u64, |sum, order| sum.saturating_add(order.amount_fen))
        .saturating_sub(command.refunded_before_fen);
    if filing
        .requested_refund_fen
        .is_some_and(|asked| asked > paid_fen)
    {
        return Err(above_paid(paid_fen));
    }
    let at = command.circumstances.counted_at();
    let edition = command.circumstances.rulebook.in_force(at);
    let asks = filing.problem == Problem::RefundRequest || filing.requested_refund_fen.is_some();
    let mut kinds = vec![ClockKind::FirstReply];
    if asks {
        // rulebook 3(1).1.1: the request stands from the complaint on.
        kinds.push(ClockKind::RefundDecision);
    }
    kinds.push(ClockKind::Resolution);
    Ok(vec![
        Event::ComplaintFiled {
            complaint_id: filing.complaint_id.clone(),
            merchant_id: filing.merchant_id.clone(),
            user_ref: filing.user_ref.clone(),
            problem: filing.problem,
            channel: filing.channel,
            orders: filing.orders.clone(),
            agreement_id: filing.agreement_id.clone(),
            requested_refund_fen: filing.requested_refund_fen,
            refunded_before_fen: command.refunded_before_fen,
            description: filing.description.clone(),
            contact: filing.contact.clone(),
            enquiry: filing.enquiry,
        },
        Event::RoundOpened {
            round: 1,
            repeat: false,
            edition: edition.name.clone(),
            industry: merchant.industry,
            clocks: started(&kinds, at, edition, merchant.industry),
            text: None,
        },
    ])
}

/// guide first-reply, guide resolution, rulebook 3(1).1.1, rulebook 3(1).1.2: clocks that start
/// now, with the durations of the edition in force and of the merchant's industry.
fn started(
    kinds: &[ClockKind],
    at: Instant,
    edition: &Edition,
    industry: Industry,
) -> Vec<StartedClock> {
    kinds
        .iter()
        .filter_map(|kind| {
            Some(StartedClock {
                kind: *kind,
                started_at: at,
                runs: edition.duration(*kind, industry)?,
                at_risk_percent: edition.at_risk_percent(industry),
            })
        })
        .collect()
}

fn above_paid(paid_fen: u64) -> Refusal {
    Refusal::new(
        Code::RefundAbovePaid,
        format!("at most {paid_fen} fen were paid on the complaint's orders"),
    )
}

fn closed() -> Refusal {
    Refusal::new(Code::RoundClosed, "the current round is closed")
}

fn withdrawn() -> Refusal {
    Refusal::new(Code::Withdrawn, "the user withdrew this complaint")
}

/// rulebook 3(1).1.1, policy refund-request-later
fn request_refund(
    complaint: &Complaint,
    command: &Command,
    amount_fen: u64,
) -> Result<Vec<Event>, Refusal> {
    let place = place(complaint, command);
    if place == Place::Now && !complaint.is_open() {
        return Err(closed());
    }
    if amount_fen > complaint.paid_fen() {
        return Err(above_paid(complaint.paid_fen()));
    }
    let at = command.circumstances.counted_at();
    let clock = complaint
        .current_round()
        .filter(|round| round.clock(ClockKind::RefundDecision).is_none())
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

/// guide first-reply
fn respond(
    complaint: &Complaint,
    command: &Command,
    text: &PersonalText,
    media: &[Media],
) -> Result<Vec<Event>, Refusal> {
    if text.is_blank() && !command.of_history {
        return Err(Refusal::new(
            Code::TextMissing,
            "an answer to the user has a text",
        ));
    }
    if text.characters() > RESPONSE_CHARACTERS_MAX && !command.of_history {
        return Err(Refusal::new(
            Code::TextTooLong,
            format!("an answer has at most {RESPONSE_CHARACTERS_MAX} characters"),
        ));
    }
    if media.len() > RESPONSE_MEDIA_MAX && !command.of_history {
        return Err(Refusal::new(
            Code::TooManyMedia,
            format!("an answer carries at most {RESPONSE_MEDIA_MAX} files"),
        ));
    }
    for file in media {
        check_digest(file.sha256.as_deref())?;
    }
    let place = place(complaint, command);
    let act = if media.is_empty() {
        LateAct::Responded
    } else {
        LateAct::RespondedWithEvidence
    };
    Ok(with_late_fact(
        complaint,
        command,
        place,
        act,
        Some(text),
        vec![Event::MerchantResponded {
            text: text.clone(),
            media: media.to_vec(),
        }],
    ))
}

fn message(complaint: &Complaint, text: &PersonalText) -> Result<Vec<Event>, Refusal> {
    if complaint.is_withdrawn() {
        return Err(withdrawn());
    }
    if text.is_blank() {
        return Err(Refusal::new(Code::TextMissing, "a message has a text"));
    }
    Ok(vec![Event::MessageRecorded { text: text.clone() }])
}

/// rulebook 3(1).1.2
fn submit_evidence(
    complaint: &Complaint,
    command: &Command,
    evidence: &[EvidenceItem],
    note: Option<&PersonalText>,
) -> Result<Vec<Event>, Refusal> {
    check_evidence(evidence, "3(1).1.2")?;
    Ok(with_late_fact(
        complaint,
        command,
        place(complaint, command),
        LateAct::EvidenceSubmitted,
        note,
        vec![Event::EvidenceSubmitted {
            evidence: evidence.to_vec(),
            note: note.cloned(),
        }],
    ))
}

fn check_evidence(evidence: &[EvidenceItem], clause: &'static str) -> Result<(), Refusal> {
    if evidence.is_empty() {
        return Err(Refusal::new(
            Code::EvidenceMissing,
            "at least one piece of evidence is needed",
        )
        .citing(clause));
    }
    evidence
        .iter()
        .try_for_each(|item| check_digest(item.sha256.as_deref()))
}

fn check_digest(digest: Option<&str>) -> Result<(), Refusal> {
    match digest {
        Some(text) if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Err(Refusal::new(
                Code::DigestMalformed,
                "a SHA-256 digest is written as 64 hexadecimal characters",
            ))
        }
        Some(_) | None => Ok(()),
    }
}

/// rulebook 2.2(2)
fn explain_billing(
    complaint: &Complaint,
    command: &Command,
    text: &PersonalText,
) -> Result<Vec<Event>, Refusal> {
    let place = place(complaint, command);
    if place == Place::Now && !complaint.is_open() {
        return Err(closed());
    }
    if text.is_blank() {
        return Err(Refusal::new(
            Code::TextMissing,
            "an explanation of the billing rule has a text",
        )
        .citing("2.2(2)"));
    }
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::BillingExplained,
        Some(text),
        vec![Event::BillingExplained { text: text.clone() }],
    ))
}

/// rulebook 2.2(1), 2.2(2)
fn reconfirm_plan(
    complaint: &Complaint,
    command: &Command,
    user_confirms: Option<bool>,
) -> Result<Vec<Event>, Refusal> {
    let place = place(complaint, command);
    if place == Place::Now && !complaint.is_open() {
        return Err(closed());
    }
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::PlanReconfirmed,
        None,
        vec![Event::PlanReconfirmed { user_confirms }],
    ))
}

/// rulebook 2.2(1), 2.2(3)
fn record_usage(
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
fn record_billing_error(
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

fn check_proof(complaint: &Complaint, proof: Option<EvidenceId>) -> Result<(), Refusal> {
    match proof {
        Some(id) if complaint.evidence(id).is_none() => Err(Refusal::new(
            Code::EvidenceUnknown,
            format!("this complaint has no evidence {id}"),
        )),
        Some(_) | None => Ok(()),
    }
}

/// rulebook 2.2
fn record_settlement(
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
fn approve_refund(
    complaint: &Complaint,
    command: &Command,
    amount_fen: u64,
    launch_days: u32,
) -> Result<Vec<Event>, Refusal> {
    if amount_fen > complaint.paid_fen() {
        return Err(above_paid(complaint.paid_fen()));
    }
    if amount_fen < complaint.approved_fen() {
        return Err(Refusal::new(
            Code::RefundBelowApproved,
            format!(
                "{} fen have been approved already",
                complaint.approved_fen()
            ),
        ));
    }
    if complaint.is_withdrawn() {
        return Err(withdrawn());
    }
    let at = command.circumstances.counted_at();
    let place = place(complaint, command);
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

/// policy refund-payment: as promised, at most so many working days as the edition allows; a later
/// approval keeps the sooner due instant.
fn payment_clock(
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
    let (started_at, runs) = match running {
        Some(clock) => (
            clock.started_at,
            clock.runs.min(due_at.since(clock.started_at)),
        ),
        None => (at, due_at.since(at)),
    };
    StartedClock {
        kind: ClockKind::RefundPayment,
        started_at,
        runs: runs.max(Span::ZERO),
        at_risk_percent: edition.at_risk_percent(industry),
    }
}

/// rulebook 3(1).1.1: a rejection gives full reasons and evidence, or it is none.
fn reject_refund(
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
    let place = place(complaint, command);
    if place == Place::Now && !complaint.is_open() {
        return Err(closed());
    }
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
fn record_defective_rejection(
    complaint: &Complaint,
    command: &Command,
    reason: Option<&PersonalText>,
) -> Result<Vec<Event>, Refusal> {
    let place = place(complaint, command);
    if place == Place::Now && !complaint.is_open() {
        return Err(closed());
    }
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

fn is_full(complaint: &Complaint, amount_fen: u64) -> bool {
    let asked_fen = match (&complaint.approval, complaint.requested_fen()) {
        (Some(approval), _) => approval.amount_fen,
        (None, Some(asked)) => asked,
        (None, None) => complaint.paid_fen(),
    };
    complaint.refunded_fen().saturating_add(amount_fen) >= asked_fen
}

/// Money is always counted, whatever has become of the round.
fn record_refund(
    complaint: &Complaint,
    command: &Command,
    amount_fen: u64,
    by_platform: bool,
    received: Event,
) -> Result<Vec<Event>, Refusal> {
    let refunded_fen = complaint.refunded_fen().saturating_add(amount_fen);
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
    let approved = complaint
        .approval
        .as_ref()
        .is_some_and(|approval| refunded_fen >= approval.amount_fen);
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

fn round_closed(
    complaint: &Complaint,
    how: CloseReason,
    resolution: Option<&PersonalText>,
) -> Event {
    Event::RoundClosed {
        round: complaint.round_number(),
        how,
        resolution: resolution.cloned(),
    }
}

/// guide resolution
fn complete(
    complaint: &Complaint,
    command: &Command,
    resolution: &PersonalText,
) -> Result<Vec<Event>, Refusal> {
    let place = place(complaint, command);
    if place == Place::Now && !complaint.is_open() {
        return Err(closed());
    }
    if resolution.is_blank() {
        return Err(Refusal::new(
            Code::ResolutionMissing,
            "completing says how the complaint was resolved",
        ));
    }
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::Completed,
        Some(resolution),
        vec![round_closed(
            complaint,
            CloseReason::Completed,
            Some(resolution),
        )],
    ))
}

fn confirm(complaint: &Complaint, command: &Command) -> Result<Vec<Event>, Refusal> {
    let place = place(complaint, command);
    if place == Place::Now && !complaint.is_open() {
        return Err(closed());
    }
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::Confirmed,
        None,
        vec![round_closed(complaint, CloseReason::Confirmed, None)],
    ))
}

/// guide repeat, rulebook 3(1).1.2: after a close a new round opens with its own clocks.
fn proceed(
    complaint: &Complaint,
    command: &Command,
    text: Option<&PersonalText>,
) -> Result<Vec<Event>, Refusal> {
    if complaint.is_withdrawn() {
        return Err(withdrawn());
    }
    let place = place(complaint, command);
    if place != Place::Now || complaint.is_open() {
        return Ok(with_late_fact(
            complaint,
            command,
            place,
            LateAct::Continued,
            text,
            vec![Event::UserInsisted {
                text: text.cloned(),
            }],
        ));
    }
    let at = command.circumstances.counted_at();
    let edition = command.circumstances.rulebook.in_force(at);
    let industry = command.merchant.as_ref().map_or_else(
        || {
            complaint
                .current_round()
                .map_or(Industry::General, |round| round.industry)
        },
        |merchant| merchant.industry,
    );
    let mut kinds = vec![ClockKind::FirstReply];
    // rulebook 3(1).1.1: a request that is not fully received stands again.
    if complaint
        .requested_fen()
        .is_some_and(|asked| complaint.refunded_fen() < asked)
    {
        kinds.push(ClockKind::RefundDecision);
    }
    kinds.extend([ClockKind::Resolution, ClockKind::Evidence]);
    Ok(vec![Event::RoundOpened {
        round: complaint.round_number().saturating_add(1),
        repeat: true,
        edition: edition.name.clone(),
        industry,
        clocks: started(&kinds, at, edition, industry),
        text: text.cloned(),
    }])
}

fn withdraw(complaint: &Complaint, command: &Command) -> Result<Vec<Event>, Refusal> {
    if complaint.is_withdrawn() {
        return Err(withdrawn());
    }
    let mut events = vec![Event::ComplaintWithdrawn];
    if complaint.is_open() {
        events.push(round_closed(complaint, CloseReason::Withdrawn, None));
    }
    // A withdrawal ends the whole complaint, not a round: it is never too late for one.
    Ok(with_late_fact(
        complaint,
        command,
        Place::Now,
        LateAct::Withdrew,
        None,
        events,
    ))
}
