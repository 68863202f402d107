//! Decides on commands to an agreement.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use uuid::Uuid;

use crate::gate::{Action, MerchantGate, may};
use crate::identity::{OrderId, Role};
use crate::refusal::{Code, Refusal};

use super::{Act, Agreement, AgreementState, CancelParty, Command, Event, Signing, State};

/// Decides.
///
/// # Errors
/// `agreement_exists`, `agreement_unknown`, `merchant_unknown`, `agreement_live`,
/// `agreement_not_active`, `amount_above_plan`, `debits_per_period_reached`, `order_unknown`,
/// `refund_above_paid`, and what the gate answers ([`may`]).
pub fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Refusal> {
    match &command.act {
        Act::Sign(signing) => sign(state, command, signing),
        Act::ChangePlan { plan, disclosed } => {
            live(state)?;
            Ok(vec![Event::PlanChanged {
                plan: plan.clone(),
                disclosed: *disclosed,
            }])
        }
        Act::Remind {
            debit_at,
            amount_fen,
        } => {
            live(state)?;
            Ok(vec![Event::ReminderRecorded {
                debit_at: *debit_at,
                amount_fen: *amount_fen,
            }])
        }
        Act::Debit {
            order_id,
            amount_fen,
        } => debit(known(state)?, command, order_id, *amount_fen),
        // What was used is a fact, also when the agreement has ended since.
        Act::RecordUsage {
            summary,
            order_id,
            consumed_fen,
        } => {
            known(state)?;
            Ok(vec![Event::UsageRecorded {
                summary: summary.clone(),
                order_id: order_id.clone(),
                consumed_fen: *consumed_fen,
            }])
        }
        Act::Refund {
            order_id,
            amount_fen,
        } => refund(known(state)?, order_id, *amount_fen),
        Act::Suspend { reason } => {
            stands(state, AgreementState::Active)?;
            Ok(vec![Event::AgreementSuspended {
                reason: reason.clone(),
            }])
        }
        Act::Resume { reason } => {
            stands(state, AgreementState::Suspended)?;
            Ok(vec![Event::AgreementResumed {
                reason: reason.clone(),
            }])
        }
        // A user's cancellation needs nobody's consent, not even an active agreement.
        Act::Cancel { reason } => {
            live(state)?;
            Ok(vec![Event::AgreementCancelled {
                party: party(command.circumstances.by.role),
                reason: reason.clone(),
            }])
        }
    }
}

/// The command that was answered first, where this one asks for the debit of the same order:
/// `decide` then has nothing to add.
#[must_use]
pub fn first_answer(state: &State, command: &Command) -> Option<Uuid> {
    match &command.act {
        Act::Debit { order_id, .. } => state
            .as_ref()?
            .debit(order_id)
            .map(|debit| debit.command_id),
        Act::Sign(_)
        | Act::ChangePlan { .. }
        | Act::Remind { .. }
        | Act::RecordUsage { .. }
        | Act::Refund { .. }
        | Act::Suspend { .. }
        | Act::Resume { .. }
        | Act::Cancel { .. } => None,
    }
}

/// rulebook 1.5: the user's authorisation, where the gate lets the merchant take new ones.
fn sign(state: &State, command: &Command, signing: &Signing) -> Result<Vec<Event>, Refusal> {
    if state.is_some() {
        return Err(Refusal::new(
            Code::AgreementExists,
            format!("the agreement id {} is taken", signing.agreement_id),
        ));
    }
    let action = Action::Sign {
        template_id: Some(signing.template_id.clone()),
        live_agreement: command.live_agreement.clone(),
    };
    permitted(registered(command)?, &action, command)?;
    Ok(vec![Event::AgreementSigned {
        agreement_id: signing.agreement_id.clone(),
        merchant_id: signing.merchant_id.clone(),
        user_ref: signing.user_ref.clone(),
        template_id: signing.template_id.clone(),
        kind: signing.kind,
        plan: signing.plan.clone(),
        disclosed: signing.disclosed,
    }])
}

/// A debit within what the user authorised (rulebook 1.5) and what the gate lets the merchant do.
fn debit(
    agreement: &Agreement,
    command: &Command,
    order_id: &OrderId,
    amount_fen: u64,
) -> Result<Vec<Event>, Refusal> {
    // The same order again is the same debit: its first answer stands, whatever came since.
    if agreement.debit(order_id).is_some() {
        return Ok(Vec::new());
    }
    let at = command.circumstances.counted_at();
    let edition = command.circumstances.rulebook.in_force(at);
    let facts = agreement.debit_facts(amount_fen, at, edition);
    let reminder = facts.reminder;
    let action = Action::Debit {
        amount_fen,
        agreement: Some(facts),
    };
    let reminder_required = permitted(registered(command)?, &action, command)?;
    Ok(vec![Event::Debited {
        order_id: order_id.clone(),
        amount_fen,
        // A debit that needs no reminder leaves it for one that does.
        reminder: reminder.filter(|_| reminder_required),
    }])
}

/// Asks the gate at the instant that counts; says whether a reminder is needed.
fn permitted(gate: &MerchantGate, action: &Action, command: &Command) -> Result<bool, Refusal> {
    let answer = may(gate, action, command.circumstances.counted_at());
    match answer.refusal {
        Some(refusal) => Err(refusal),
        None => Ok(answer.reminder_required),
    }
}

fn registered(command: &Command) -> Result<&MerchantGate, Refusal> {
    command
        .gate
        .as_ref()
        .ok_or_else(|| Refusal::new(Code::MerchantUnknown, "no such merchant"))
}

/// Money can go back at any time, but for each order no more than was debited.
fn refund(
    agreement: &Agreement,
    order_id: &OrderId,
    amount_fen: u64,
) -> Result<Vec<Event>, Refusal> {
    let debit = agreement.debit(order_id).ok_or_else(|| {
        Refusal::new(
            Code::OrderUnknown,
            format!("order {order_id} was not debited under this agreement"),
        )
    })?;
    if amount_fen > debit.remaining_fen() {
        return Err(Refusal::new(
            Code::RefundAbovePaid,
            format!(
                "of order {order_id} {} fen can still be refunded",
                debit.remaining_fen()
            ),
        ));
    }
    Ok(vec![Event::AgreementRefunded {
        order_id: order_id.clone(),
        amount_fen,
    }])
}

fn known(state: &State) -> Result<&Agreement, Refusal> {
    state
        .as_ref()
        .ok_or_else(|| Refusal::new(Code::AgreementUnknown, "no such agreement"))
}

fn live(state: &State) -> Result<(), Refusal> {
    if known(state)?.is_live() {
        Ok(())
    } else {
        Err(Refusal::new(
            Code::AgreementNotActive,
            "the agreement is cancelled",
        ))
    }
}

fn stands(state: &State, asked: AgreementState) -> Result<(), Refusal> {
    let now = known(state)?.state;
    if now == asked {
        Ok(())
    } else {
        Err(Refusal::new(
            Code::AgreementNotActive,
            format!("the agreement is {}, not {}", now.as_str(), asked.as_str()),
        ))
    }
}

/// The party that ends an agreement is the command's role; everybody of the platform is the
/// platform, and an intermediary acts for its merchant.
const fn party(role: Role) -> CancelParty {
    match role {
        Role::User => CancelParty::User,
        Role::Merchant | Role::Intermediary => CancelParty::Merchant,
        Role::Reviewer
        | Role::Risk
        | Role::Service
        | Role::Auditor
        | Role::Admin
        | Role::Engine => CancelParty::Platform,
    }
}
