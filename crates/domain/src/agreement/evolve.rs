//! Applies events to an agreement.

use alloc::vec::Vec;

use crate::circumstances::Stamp;

use super::{Agreement, AgreementState, Debit, Event, Reminder, State};

/// Applies an event. Total: an event that makes no sense here changes nothing but the version.
#[must_use]
pub fn evolve(state: State, stamp: &Stamp, event: &Event) -> State {
    let mut agreement = match state {
        Some(agreement) => agreement,
        None => return signed(stamp, event),
    };
    apply(&mut agreement, stamp, event);
    agreement.next_version = agreement.next_version.saturating_add(1);
    Some(agreement)
}

/// An agreement begins with its signing (rulebook 1.5).
fn signed(stamp: &Stamp, event: &Event) -> State {
    match event {
        Event::AgreementSigned {
            agreement_id,
            merchant_id,
            user_ref,
            template_id,
            kind,
            plan,
            disclosed: _,
        } => Some(Agreement {
            agreement_id: agreement_id.clone(),
            merchant_id: merchant_id.clone(),
            user_ref: user_ref.clone(),
            template_id: template_id.clone(),
            kind: *kind,
            plan: plan.clone(),
            state: AgreementState::Active,
            signed_at: stamp.counted_at,
            debits: Vec::new(),
            reminders: Vec::new(),
            paid_fen: 0,
            next_version: 1,
        }),
        Event::PlanChanged { .. }
        | Event::ReminderRecorded { .. }
        | Event::Debited { .. }
        | Event::UsageRecorded { .. }
        | Event::AgreementRefunded { .. }
        | Event::AgreementSuspended { .. }
        | Event::AgreementResumed { .. }
        | Event::AgreementCancelled { .. } => None,
    }
}

fn apply(agreement: &mut Agreement, stamp: &Stamp, event: &Event) {
    match event {
        Event::AgreementSigned { .. } | Event::UsageRecorded { .. } => {}
        Event::PlanChanged { plan, disclosed: _ } => agreement.plan = plan.clone(),
        Event::ReminderRecorded {
            debit_at,
            amount_fen,
        } => agreement.reminders.push(Reminder {
            debit_at: *debit_at,
            amount_fen: *amount_fen,
            recorded_at: stamp.recorded_at,
            used: false,
        }),
        Event::Debited {
            order_id,
            amount_fen,
            reminder,
        } => {
            agreement.paid_fen = agreement.paid_fen.saturating_add(*amount_fen);
            agreement.debits.push(Debit {
                order_id: order_id.clone(),
                amount_fen: *amount_fen,
                at: stamp.counted_at,
                command_id: stamp.command_id,
                refunded_fen: 0,
            });
            // policy reminder: one reminder serves one debit.
            let used = reminder
                .and_then(|number| usize::try_from(number).ok())
                .and_then(|number| agreement.reminders.get_mut(number));
            if let Some(reminder) = used {
                reminder.used = true;
            }
        }
        Event::AgreementRefunded {
            order_id,
            amount_fen,
        } => {
            let debit = agreement
                .debits
                .iter_mut()
                .find(|debit| debit.order_id == *order_id);
            if let Some(debit) = debit {
                debit.refunded_fen = debit.refunded_fen.saturating_add(*amount_fen);
            }
        }
        Event::AgreementSuspended { .. } => agreement.state = AgreementState::Suspended,
        Event::AgreementResumed { .. } => agreement.state = AgreementState::Active,
        Event::AgreementCancelled { .. } => agreement.state = AgreementState::Cancelled,
    }
}
