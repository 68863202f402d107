//! Payloads of a measure's events.

use redress_domain::measure::{Ending, MeasureEvent, ProposedMeasure};
use serde_json::{Value, json};

use super::Writer;
use crate::instant::format_span;
use crate::measure::{parameters_json, scope_json, texts_json};
use crate::standing::metrics_json;

/// The payload of one event.
pub(super) fn data(event: &MeasureEvent, writer: &Writer<'_>) -> Value {
    match event {
        MeasureEvent::Proposed { measure } => proposed(measure, writer),
        MeasureEvent::Approved {
            measure_id,
            seen_position,
        } => json!({ "measure_id": measure_id.to_string(), "seen_position": seen_position }),
        MeasureEvent::Imposed {
            measure_id,
            until,
            rectification_due_at,
            appeal_until,
        } => json!({
            "measure_id": measure_id.to_string(),
            "until": writer.optional_instant(*until),
            "rectification_due_at": writer.optional_instant(*rectification_due_at),
            "appeal_until": writer.instant(*appeal_until),
        }),
        MeasureEvent::Refused {
            measure_id,
            rationale,
        }
        | MeasureEvent::Lifted {
            measure_id,
            rationale,
        }
        | MeasureEvent::LiftApproved {
            measure_id,
            rationale,
        }
        | MeasureEvent::RectificationAccepted {
            measure_id,
            rationale,
        }
        | MeasureEvent::RectificationRefused {
            measure_id,
            rationale,
        } => json!({ "measure_id": measure_id.to_string(), "rationale": &**rationale }),
        MeasureEvent::Withdrawn { measure_id } => json!({ "measure_id": measure_id.to_string() }),
        MeasureEvent::Lapsed {
            measure_id,
            because,
        } => json!({ "measure_id": measure_id.to_string(), "because": &**because }),
        MeasureEvent::Superseded {
            measure_id,
            by_measure_id,
        } => json!({
            "measure_id": measure_id.to_string(),
            "by_measure_id": by_measure_id.to_string(),
        }),
        MeasureEvent::PutUnderReview { measure_id, fallen } => json!({
            "measure_id": measure_id.to_string(),
            "fallen": texts_json(fallen),
        }),
        MeasureEvent::NoticeIssued {
            measure_id,
            channel,
        } => json!({ "measure_id": measure_id.to_string(), "channel": channel.as_str() }),
        MeasureEvent::NoticeDelivered {
            measure_id,
            channel,
            delivery_ref,
        } => json!({
            "measure_id": measure_id.to_string(),
            "channel": channel.as_str(),
            "delivery_ref": delivery_ref.as_str(),
        }),
        MeasureEvent::RectificationSubmitted {
            measure_id,
            summary,
        } => json!({ "measure_id": measure_id.to_string(), "summary": &**summary }),
        MeasureEvent::RectificationOverdue { measure_id, due_at } => json!({
            "measure_id": measure_id.to_string(),
            "due_at": writer.instant(*due_at),
        }),
        MeasureEvent::AppealFiled {
            measure_id,
            statement,
            decision_due_at,
        } => json!({
            "measure_id": measure_id.to_string(),
            "statement": &**statement,
            "decision_due_at": writer.instant(*decision_due_at),
        }),
        MeasureEvent::AppealDecided {
            measure_id,
            outcome,
            rationale,
            until,
        } => json!({
            "measure_id": measure_id.to_string(),
            "outcome": outcome.as_str(),
            "rationale": &**rationale,
            "until": writer.optional_instant(*until),
        }),
        MeasureEvent::DeadlineMissed {
            measure_id,
            clock,
            due_at,
        } => json!({
            "measure_id": measure_id.to_string(),
            "clock": clock.as_str(),
            "due_at": writer.instant(*due_at),
        }),
        MeasureEvent::SettlementRefundOrdered {
            measure_id,
            complaint_id,
            amount_fen,
        } => json!({
            "measure_id": measure_id.to_string(),
            "complaint_id": complaint_id.as_str(),
            "amount_fen": amount_fen,
        }),
    }
}

fn proposed(measure: &ProposedMeasure, writer: &Writer<'_>) -> Value {
    json!({
        "measure_id": measure.measure_id.to_string(),
        "kind": measure.kind.as_str(),
        "clause": measure.kind.clause(),
        "scope": scope_json(&measure.scope),
        "parameters": parameters_json(&measure.parameters),
        "ending": ending(measure.ending, writer),
        "tier": measure.tier.map(|tier| tier.as_str()),
        "grounds": texts_json(&measure.grounds),
        "rationale": &*measure.rationale,
        "authority": measure.authority.as_str(),
        "metrics": measure.metrics.as_ref().map(metrics_json),
        "cure": &*measure.cure,
    })
}

fn ending(ending: Ending, writer: &Writer<'_>) -> Value {
    match ending {
        Ending::AtCure => json!({ "at_cure": true }),
        Ending::After(span) => json!({ "for": format_span(span) }),
        Ending::At(instant) => json!({ "until": writer.instant(instant) }),
        Ending::Permanent => json!({ "permanent": true }),
    }
}
