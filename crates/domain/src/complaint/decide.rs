//! Decides on commands to a complaint: one readable column of guards per command, in the order in
//! which refusals take precedence.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use uuid::Uuid;

use crate::refusal::{Code, Refusal};

use super::answers::{explain_billing, message, reconfirm_plan, respond, submit_evidence};
use super::closing::{complete, confirm, proceed, withdraw};
use super::filing::file;
use super::refunds::{
    approve_refund, is_full, record_billing_error, record_defective_rejection, record_refund,
    record_settlement, record_usage, reject_refund, request_refund,
};
use super::{Act, Command, Event, State, observe, review};

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

pub(super) fn above_paid(paid_fen: u64) -> Refusal {
    Refusal::new(
        Code::RefundAbovePaid,
        format!("at most {paid_fen} fen were paid on the complaint's orders"),
    )
}

pub(super) fn closed() -> Refusal {
    Refusal::new(Code::RoundClosed, "the current round is closed")
}

pub(super) fn withdrawn() -> Refusal {
    Refusal::new(Code::Withdrawn, "the user withdrew this complaint")
}
