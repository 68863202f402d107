//! `agreement/<id>`

use redress_domain::agreement::{Agreement, Debit, Reminder};
use serde_json::{Value, json};

use super::{Moment, last_version};
use crate::event::plan_json;

/// An agreement with its debits and reminders, in order of recording.
#[must_use]
pub fn agreement_view(agreement: &Agreement, moment: &Moment) -> Value {
    let refunded_fen = agreement
        .debits
        .iter()
        .fold(0_u64, |sum, debit| sum.saturating_add(debit.refunded_fen));
    json!({
        "agreement_id": agreement.agreement_id.as_str(),
        "merchant_id": agreement.merchant_id.as_str(),
        "user_ref": agreement.user_ref.as_str(),
        "template_id": agreement.template_id.as_str(),
        "kind": agreement.kind.as_str(),
        "state": agreement.state.as_str(),
        "signed_at": moment.instant(agreement.signed_at),
        "plan": plan_json(&agreement.plan),
        "paid_fen": agreement.paid_fen,
        "refunded_fen": refunded_fen,
        "debits": agreement.debits.iter().map(|one| debit(one, moment)).collect::<Vec<_>>(),
        "reminders": agreement
            .reminders
            .iter()
            .map(|one| reminder(one, moment))
            .collect::<Vec<_>>(),
        "version": last_version(agreement.next_version),
        "as_of_position": moment.as_of_position,
    })
}

fn debit(debit: &Debit, moment: &Moment) -> Value {
    json!({
        "order_id": debit.order_id.as_str(),
        "amount_fen": debit.amount_fen,
        "at": moment.instant(debit.at),
        "refunded_fen": debit.refunded_fen,
    })
}

fn reminder(reminder: &Reminder, moment: &Moment) -> Value {
    json!({
        "debit_at": moment.instant(reminder.debit_at),
        "amount_fen": reminder.amount_fen,
        "recorded_at": moment.instant(reminder.recorded_at),
        "used": reminder.used,
    })
}
