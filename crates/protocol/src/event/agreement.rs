//! Payloads of an agreement's events.

use redress_domain::agreement::{Event, Plan};
use serde_json::{Value, json};

use super::Writer;

/// The payload of one event.
pub(super) fn data(event: &Event, writer: &Writer<'_>) -> Value {
    match event {
        Event::AgreementSigned {
            agreement_id,
            merchant_id,
            user_ref,
            template_id,
            kind,
            plan,
            disclosed,
        } => json!({
            "agreement_id": agreement_id.as_str(),
            "merchant_id": merchant_id.as_str(),
            "user_ref": user_ref.as_str(),
            "template_id": template_id.as_str(),
            "kind": kind.as_str(),
            "plan": plan_json(plan),
            "disclosed": disclosed,
        }),
        Event::PlanChanged { plan, disclosed } => json!({
            "plan": plan_json(plan),
            "disclosed": disclosed,
        }),
        Event::ReminderRecorded {
            debit_at,
            amount_fen,
        } => json!({ "debit_at": writer.instant(*debit_at), "amount_fen": amount_fen }),
        Event::Debited {
            order_id,
            amount_fen,
            reminder,
        } => json!({
            "order_id": order_id.as_str(),
            "amount_fen": amount_fen,
            "reminder": reminder,
        }),
        Event::UsageRecorded {
            summary,
            order_id,
            consumed_fen,
        } => json!({
            "summary": summary.as_deref(),
            "order_id": order_id.as_ref().map(|id| id.as_str()),
            "consumed_fen": consumed_fen,
        }),
        Event::AgreementRefunded {
            order_id,
            amount_fen,
        } => json!({ "order_id": order_id.as_str(), "amount_fen": amount_fen }),
        Event::AgreementSuspended { reason } | Event::AgreementResumed { reason } => {
            json!({ "reason": reason.as_deref() })
        }
        Event::AgreementCancelled { party, reason } => json!({
            "party": party.as_str(),
            "reason": writer.optional_text(reason.as_ref()),
        }),
    }
}

/// A plan as commands write it.
pub(crate) fn plan_json(plan: &Plan) -> Value {
    json!({
        "amount_fen": plan.amount_fen,
        "period": plan.period.map(|period| period.as_str()),
        "debits_per_period": plan.debits_per_period,
    })
}
