//! Who may issue which command, and on whose matters.

#[cfg(test)]
mod tests;

use alloc::format;

use crate::command::Request;
use crate::complaint::{Act as ComplaintAct, Complaint, MerchantFacts};
use crate::identity::{Actor, IntermediaryId, MerchantId, Role, UserRef};
use crate::refusal::{Code, Refusal};

const USER: &[&str] = &[
    "complaint.file",
    "complaint.request_refund",
    "complaint.message",
    "complaint.continue",
    "complaint.confirm",
    "complaint.withdraw",
    "agreement.sign",
    "agreement.cancel",
];

const MERCHANT_ON_COMPLAINTS: &[&str] = &[
    "complaint.respond",
    "complaint.submit_evidence",
    "complaint.explain_billing",
    "complaint.reconfirm_plan",
    "complaint.record_usage",
    "complaint.record_billing_error",
    "complaint.record_settlement",
    "complaint.approve_refund",
    "complaint.reject_refund",
    "complaint.complete",
];

const MERCHANT: &[&str] = &[
    "merchant.submit_rectification",
    "merchant.appeal",
    "merchant.accept_rulebook",
    "merchant.decline_rulebook",
    "agreement.cancel",
    "agreement.change_plan",
];

const INTERMEDIARY: &[&str] = &[
    "merchant.submit_rectification",
    "merchant.appeal",
    "intermediary.submit_rectification",
    "intermediary.appeal",
];

const REVIEWER: &[&str] = &[
    "complaint.message",
    "complaint.assess_evidence",
    "complaint.find_ground",
    "complaint.determine",
    "complaint.dismiss",
    "complaint.overturn",
    "complaint.link",
    "complaint.unlink",
    "complaint.pause",
    "complaint.resume",
    "complaint.accept_late_fact",
    "complaint.refuse_late_fact",
];

const RISK: &[&str] = &[
    "merchant.propose_measure",
    "merchant.impose_measure",
    "merchant.approve_measure",
    "merchant.refuse_measure",
    "merchant.lift_measure",
    "merchant.record_notice",
    "merchant.accept_rectification",
    "merchant.refuse_rectification",
    "merchant.decide_appeal",
    "intermediary.propose_measure",
    "intermediary.impose_measure",
    "intermediary.approve_measure",
    "intermediary.refuse_measure",
    "intermediary.lift_measure",
    "intermediary.record_notice",
    "intermediary.accept_rectification",
    "intermediary.refuse_rectification",
    "intermediary.decide_appeal",
];

const SERVICE: &[&str] = &[
    "complaint.file",
    "complaint.request_refund",
    "complaint.record_usage",
    "complaint.record_billing_error",
    "complaint.record_settlement",
    "complaint.record_defective_rejection",
    "complaint.record_refund",
    "complaint.confirm",
    "complaint.keep_note",
    "merchant.register",
    "merchant.update",
    "merchant.report_volume",
    "merchant.record_notice",
    "intermediary.register",
    "intermediary.update",
    "intermediary.record_notice",
    "agreement.sign",
    "agreement.change_plan",
    "agreement.remind",
    "agreement.debit",
    "agreement.record_usage",
    "agreement.refund",
    "agreement.suspend",
    "agreement.resume",
    "agreement.cancel",
];

/// Personal texts are read by those who handle cases, and each reading is recorded (rulebook 1.2).
const READER: &[&str] = &["user.record_reading"];

const ADMIN: &[&str] = &["rulebook.announce", "user.erase"];

const ENGINE: &[&str] = &[
    "complaint.observe",
    "complaint.link",
    "merchant.observe",
    "intermediary.observe",
    "intermediary.record_coordination_failure",
    "agreement.cancel",
];

/// The commands that a role may issue at all, whoever the matter belongs to.
pub fn commands_of(role: Role) -> impl Iterator<Item = &'static str> {
    let lists: &[&[&'static str]] = match role {
        Role::User => &[USER],
        Role::Merchant => &[MERCHANT_ON_COMPLAINTS, MERCHANT],
        Role::Intermediary => &[MERCHANT_ON_COMPLAINTS, INTERMEDIARY],
        Role::Reviewer => &[REVIEWER, READER],
        Role::Risk => &[RISK, READER],
        Role::Service => &[SERVICE],
        Role::Auditor => &[],
        // Everything but acts of users, merchants and intermediaries.
        Role::Admin => &[REVIEWER, RISK, SERVICE, READER, ADMIN],
        Role::Engine => &[ENGINE],
    };
    lists.iter().flat_map(|list| list.iter().copied())
}

/// Whether a role may issue a command at all, whoever the matter belongs to.
#[must_use]
pub fn may_issue(role: Role, command: &str) -> bool {
    commands_of(role).any(|known| known == command)
}

/// Refuses a role that may not issue a command.
///
/// # Errors
/// `role_not_allowed`.
pub fn check_role(by: &Actor, request: &Request) -> Result<(), Refusal> {
    let command = request.name();
    if may_issue(by.role, command) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::RoleNotAllowed,
        format!("{} may not issue {command}", by.role.as_str()),
    ))
}

fn not_yours(by: &Actor) -> Refusal {
    Refusal::new(
        Code::NotYourCase,
        format!("this belongs to another {}", by.role.as_str()),
    )
}

/// A complaint belongs to its user, its merchant and the intermediaries of that merchant
/// (rulebook 1.1, 1.3, 1.4).
///
/// # Errors
/// `not_your_case`.
pub fn check_complaint(
    by: &Actor,
    complaint: Option<&Complaint>,
    merchant: Option<&MerchantFacts>,
    act: &ComplaintAct,
) -> Result<(), Refusal> {
    let user_ref: Option<&UserRef> = match (complaint, act) {
        (_, ComplaintAct::File(filing)) => Some(&filing.user_ref),
        (Some(known), _) => Some(&known.user_ref),
        (None, _) => None,
    };
    let own = match by.role {
        Role::User => user_ref.is_none_or(|user| user.as_str() == by.id.as_str()),
        Role::Merchant => {
            complaint.is_none_or(|known| known.merchant_id.as_str() == by.id.as_str())
        }
        Role::Intermediary => merchant.is_none_or(|facts| facts.is_of(by.id.as_str())),
        Role::Reviewer
        | Role::Risk
        | Role::Service
        | Role::Auditor
        | Role::Admin
        | Role::Engine => true,
    };
    if own { Ok(()) } else { Err(not_yours(by)) }
}

/// A merchant's matters belong to it and to its intermediaries (rulebook 4.3).
///
/// # Errors
/// `not_your_case`.
pub fn check_merchant(
    by: &Actor,
    merchant_id: &MerchantId,
    merchant: Option<&MerchantFacts>,
) -> Result<(), Refusal> {
    let own = match by.role {
        Role::Merchant => merchant_id.as_str() == by.id.as_str(),
        Role::Intermediary => merchant.is_none_or(|facts| facts.is_of(by.id.as_str())),
        Role::User
        | Role::Reviewer
        | Role::Risk
        | Role::Service
        | Role::Auditor
        | Role::Admin
        | Role::Engine => true,
    };
    if own { Ok(()) } else { Err(not_yours(by)) }
}

/// An agreement belongs to its user and its merchant (rulebook 1.5).
///
/// # Errors
/// `not_your_case`.
pub fn check_agreement(
    by: &Actor,
    user_ref: &UserRef,
    merchant_id: &MerchantId,
) -> Result<(), Refusal> {
    let own = match by.role {
        Role::User => user_ref.as_str() == by.id.as_str(),
        Role::Merchant => merchant_id.as_str() == by.id.as_str(),
        Role::Intermediary
        | Role::Reviewer
        | Role::Risk
        | Role::Service
        | Role::Auditor
        | Role::Admin
        | Role::Engine => true,
    };
    if own { Ok(()) } else { Err(not_yours(by)) }
}

/// An intermediary's own matters (rulebook 4.3).
///
/// # Errors
/// `not_your_case`.
pub fn check_intermediary(by: &Actor, intermediary_id: &IntermediaryId) -> Result<(), Refusal> {
    if by.role == Role::Intermediary && intermediary_id.as_str() != by.id.as_str() {
        return Err(not_yours(by));
    }
    Ok(())
}
