//! Payloads of a complaint's events.

use redress_domain::complaint::{
    Cause, Determiner, Event, EvidenceItem, Ground, Media, Order, StartedClock,
};
use serde_json::{Value, json};

use super::{Writer, listed};
use crate::measure::texts_json;

/// The payload of one event.
pub(super) fn data(event: &Event, writer: &Writer<'_>) -> Value {
    match event {
        Event::ComplaintFiled {
            complaint_id,
            merchant_id,
            user_ref,
            problem,
            channel,
            orders,
            agreement_id,
            requested_refund_fen,
            refunded_before_fen,
            description,
            contact,
            enquiry,
        } => json!({
            "complaint_id": complaint_id.as_str(),
            "merchant_id": merchant_id.as_str(),
            "user_ref": user_ref.as_str(),
            "problem": problem.as_str(),
            "channel": channel.as_str(),
            "orders": orders.iter().map(order).collect::<Vec<_>>(),
            "agreement_id": agreement_id.as_ref().map(|id| id.as_str()),
            "requested_refund_fen": requested_refund_fen,
            "refunded_before_fen": refunded_before_fen,
            "description": writer.optional_text(description.as_ref()),
            "contact": writer.optional_text(contact.as_ref()),
            "enquiry": enquiry,
        }),
        Event::RoundOpened {
            round,
            repeat,
            edition,
            industry,
            clocks,
            text,
        } => json!({
            "round": round,
            "repeat": repeat,
            "edition": edition.as_str(),
            "industry": industry.as_str(),
            "clocks": clocks.iter().map(|clock| started(clock, writer)).collect::<Vec<_>>(),
            "text": writer.optional_text(text.as_ref()),
        }),
        Event::RefundRequested { amount_fen, clock } => json!({
            "amount_fen": amount_fen,
            "clock": clock.as_ref().map(|clock| started(clock, writer)),
        }),
        Event::MerchantResponded { text, media } => json!({
            "text": writer.text(text),
            "media": media.iter().map(file).collect::<Vec<_>>(),
        }),
        Event::MessageRecorded { text } | Event::BillingExplained { text } => {
            json!({ "text": writer.text(text) })
        }
        Event::EvidenceSubmitted { evidence, note } => json!({
            "evidence": evidence.iter().map(piece).collect::<Vec<_>>(),
            "note": writer.optional_text(note.as_ref()),
        }),
        Event::EvidenceAccepted {
            evidence_id,
            reason,
        }
        | Event::EvidenceRefused {
            evidence_id,
            reason,
        } => json!({
            "evidence_id": evidence_id.to_string(),
            "reason": writer.text(reason),
        }),
        Event::PlanReconfirmed { user_confirms } => json!({ "user_confirms": user_confirms }),
        Event::UsageStated {
            kind,
            consumed_fen,
            proof,
        } => json!({
            "kind": kind.as_str(),
            "consumed_fen": consumed_fen,
            "proof": proof.map(|id| id.to_string()),
        }),
        Event::BillingErrorStated { error_fen, proof } => json!({
            "error_fen": error_fen,
            "proof": proof.map(|id| id.to_string()),
        }),
        Event::SettlementReached { amount_fen } => json!({ "amount_fen": amount_fen }),
        Event::RefundApproved {
            amount_fen,
            launch_days,
            clock,
        } => json!({
            "amount_fen": amount_fen,
            "launch_days": launch_days,
            "clock": started(clock, writer),
        }),
        Event::RefundRejected {
            reason,
            evidence,
            remark,
        } => json!({
            "reason": writer.text(reason),
            "evidence": evidence.iter().map(piece).collect::<Vec<_>>(),
            "remark": writer.optional_text(remark.as_ref()),
        }),
        Event::DefectiveRejectionRecorded { reason } => {
            json!({ "reason": writer.optional_text(reason.as_ref()) })
        }
        Event::RefundReceived {
            refund_id,
            amount_fen,
            by_platform,
            full,
        } => json!({
            "refund_id": refund_id.as_str(),
            "amount_fen": amount_fen,
            "by_platform": by_platform,
            "full": full,
        }),
        Event::RoundClosed {
            round,
            how,
            resolution,
        } => json!({
            "round": round,
            "how": how.as_str(),
            "resolution": writer.optional_text(resolution.as_ref()),
        }),
        Event::UserInsisted { text } => json!({ "text": writer.optional_text(text.as_ref()) }),
        Event::ComplaintWithdrawn => json!({}),
        Event::LateFactRecorded {
            fact_id,
            round,
            claimed_at,
            act,
            awaits_review,
            text,
        } => json!({
            "fact_id": fact_id.to_string(),
            "round": round,
            "claimed_at": writer.instant(*claimed_at),
            "act": act.as_str(),
            "awaits_review": awaits_review,
            "text": writer.optional_text(text.as_ref()),
        }),
        Event::LateFactAccepted { fact_id, rationale }
        | Event::LateFactRefused { fact_id, rationale } => json!({
            "fact_id": fact_id.to_string(),
            "rationale": writer.text(rationale),
        }),
        Event::ComplaintLinked { other, kind } | Event::ComplaintUnlinked { other, kind } => {
            json!({ "other": other.as_str(), "kind": kind.as_str() })
        }
        Event::ClocksPaused { reason } | Event::ClocksResumed { reason } => {
            json!({ "reason": reason.as_str() })
        }
        Event::ClockRetimed {
            round,
            clock,
            runs,
            edition,
        } => json!({
            "round": round,
            "clock": clock.as_str(),
            "runs_ms": runs.ms(),
            "edition": edition.as_str(),
        }),
        Event::DeadlineNear {
            round,
            clock,
            due_at,
        }
        | Event::DeadlineMissed {
            round,
            clock,
            due_at,
        } => json!({
            "round": round,
            "clock": clock.as_str(),
            "due_at": writer.instant(*due_at),
        }),
        Event::DeadlineMissSuperseded {
            round,
            clock,
            due_at,
            met_at,
        } => json!({
            "round": round,
            "clock": clock.as_str(),
            "due_at": writer.instant(*due_at),
            "met_at": writer.optional_instant(*met_at),
        }),
        Event::GroundFound {
            finding_id,
            ground,
            round,
            cause,
            effective_at,
            clauses,
            rests_on,
            rationale,
        } => json!({
            "finding_id": finding_id.to_string(),
            "ground": ground.as_str(),
            "round": round,
            "cause": cause_name(*cause),
            "clock": cause_clock(*cause),
            "effective_at": writer.instant(*effective_at),
            "clauses": texts_json(clauses),
            "rests_on": rests_on,
            "rationale": writer.optional_text(rationale.as_ref()),
        }),
        Event::FindingWithdrawn { finding_id } => {
            json!({ "finding_id": finding_id.to_string() })
        }
        Event::LiabilityDetermined {
            determination_id,
            finding_ids,
            grounds,
            determined_by,
            rationale,
        } => json!({
            "determination_id": determination_id.to_string(),
            "finding_ids": listed(finding_ids),
            "grounds": grounds.iter().copied().map(Ground::as_str).collect::<Vec<_>>(),
            "determined_by": determiner(determined_by),
            "rationale": writer.optional_text(rationale.as_ref()),
        }),
        Event::FindingDismissed {
            finding_ids,
            rationale,
        } => json!({
            "finding_ids": listed(finding_ids),
            "rationale": writer.text(rationale),
        }),
        Event::DeterminationOverturned {
            determination_id,
            rationale,
        } => json!({
            "determination_id": determination_id.to_string(),
            "rationale": writer.optional_text(rationale.as_ref()),
        }),
        Event::DeterminationPutUnderReview { determination_id } => {
            json!({ "determination_id": determination_id.to_string() })
        }
        Event::NoteKept {
            raw_type,
            because,
            text,
        } => json!({
            "raw_type": raw_type.as_str(),
            "because": because.as_str(),
            "text": writer.optional_text(text.as_ref()),
        }),
    }
}

fn order(order: &Order) -> Value {
    json!({ "order_id": order.order_id.as_str(), "amount_fen": order.amount_fen })
}

fn file(media: &Media) -> Value {
    json!({ "media_id": media.media_id.as_str(), "sha256": media.sha256.as_deref() })
}

fn piece(item: &EvidenceItem) -> Value {
    json!({
        "kind": item.kind.as_str(),
        "media_id": item.media_id.as_str(),
        "sha256": item.sha256.as_deref(),
    })
}

fn started(clock: &StartedClock, writer: &Writer<'_>) -> Value {
    json!({
        "kind": clock.kind.as_str(),
        "started_at": writer.instant(clock.started_at),
        "runs_ms": clock.runs.ms(),
        "due_at": writer.instant(clock.started_at.plus(clock.runs)),
        "at_risk_percent": clock.at_risk_percent,
    })
}

fn determiner(determiner: &Determiner) -> Value {
    match determiner {
        Determiner::Edition(name) => json!({ "edition": name.as_str() }),
        Determiner::Person(id) => json!({ "person": id.as_str() }),
    }
}

/// What brought a finding about, by name.
pub(crate) const fn cause_name(cause: Cause) -> &'static str {
    match cause {
        Cause::Clock(_) => "clock_missed",
        Cause::EvidenceRefused => "evidence_refused",
        Cause::DutyOpen => "duty_open",
        Cause::BelowRemedy => "below_remedy",
        Cause::ContinuedAfterComplete => "continued_after_complete",
        Cause::Reviewer(_) => "reviewer",
    }
}

/// The clock whose miss brought a finding about.
pub(crate) const fn cause_clock(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::Clock(kind) => Some(kind.as_str()),
        Cause::EvidenceRefused
        | Cause::DutyOpen
        | Cause::BelowRemedy
        | Cause::ContinuedAfterComplete
        | Cause::Reviewer(_) => None,
    }
}
