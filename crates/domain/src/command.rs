//! Every command, by its name in the contract.

use crate::identity::{AgreementId, ComplaintId, IntermediaryId, MerchantId, StreamId, UserRef};
use crate::{agreement, complaint, intermediary, merchant, rulebook, user};

/// What somebody asks for, before the engine adds what deciding needs.
#[derive(Clone, Debug)]
pub enum Request {
    /// Of a complaint.
    Complaint(ComplaintId, complaint::Act),
    /// Of a merchant.
    Merchant(MerchantId, merchant::Act),
    /// Of an agreement.
    Agreement(AgreementId, agreement::Act),
    /// Of an intermediary.
    Intermediary(IntermediaryId, intermediary::Act),
    /// About a user's personal data.
    User(UserRef, user::Act),
    /// Of the rulebook.
    Rulebook(rulebook::Announce),
}

impl Request {
    /// The stream that it is decided on.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        match self {
            Self::Complaint(id, _) => StreamId::Complaint(id.clone()),
            Self::Merchant(id, _) => StreamId::Merchant(id.clone()),
            Self::Agreement(id, _) => StreamId::Agreement(id.clone()),
            Self::Intermediary(id, _) => StreamId::Intermediary(id.clone()),
            Self::User(id, _) => StreamId::User(id.clone()),
            Self::Rulebook(_) => StreamId::Rulebook,
        }
    }

    /// The command's name in the contract.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Complaint(_, act) => complaint_name(act),
            Self::Merchant(_, act) => merchant_name(act),
            Self::Agreement(_, act) => agreement_name(act),
            Self::Intermediary(_, act) => intermediary_name(act),
            Self::User(_, user::Act::Erase { .. }) => "user.erase",
            Self::User(_, user::Act::RecordReading { .. }) => "user.record_reading",
            Self::Rulebook(_) => "rulebook.announce",
        }
    }
}

const fn complaint_name(act: &complaint::Act) -> &'static str {
    use complaint::Act;
    match act {
        Act::File(_) => "complaint.file",
        Act::RequestRefund { .. } => "complaint.request_refund",
        Act::Respond { .. } => "complaint.respond",
        Act::Message { .. } => "complaint.message",
        Act::SubmitEvidence { .. } => "complaint.submit_evidence",
        Act::AssessEvidence { .. } => "complaint.assess_evidence",
        Act::ExplainBilling { .. } => "complaint.explain_billing",
        Act::ReconfirmPlan { .. } => "complaint.reconfirm_plan",
        Act::RecordUsage { .. } => "complaint.record_usage",
        Act::RecordBillingError { .. } => "complaint.record_billing_error",
        Act::RecordSettlement { .. } => "complaint.record_settlement",
        Act::ApproveRefund { .. } => "complaint.approve_refund",
        Act::RejectRefund { .. } => "complaint.reject_refund",
        Act::RecordDefectiveRejection { .. } => "complaint.record_defective_rejection",
        Act::RecordRefund { .. } => "complaint.record_refund",
        Act::Complete { .. } => "complaint.complete",
        Act::Confirm => "complaint.confirm",
        Act::Continue { .. } => "complaint.continue",
        Act::Withdraw => "complaint.withdraw",
        Act::AcceptLateFact { .. } => "complaint.accept_late_fact",
        Act::RefuseLateFact { .. } => "complaint.refuse_late_fact",
        Act::Link { .. } => "complaint.link",
        Act::Unlink { .. } => "complaint.unlink",
        Act::Pause { .. } => "complaint.pause",
        Act::Resume { .. } => "complaint.resume",
        Act::Observe { .. } => "complaint.observe",
        Act::FindGround { .. } => "complaint.find_ground",
        Act::Determine { .. } => "complaint.determine",
        Act::Dismiss { .. } => "complaint.dismiss",
        Act::Overturn { .. } => "complaint.overturn",
        Act::KeepNote { .. } => "complaint.keep_note",
    }
}

const fn merchant_name(act: &merchant::Act) -> &'static str {
    use merchant::{Act, MeasureAct};
    match act {
        Act::Register(_) => "merchant.register",
        Act::Update(_) => "merchant.update",
        Act::ReportVolume { .. } => "merchant.report_volume",
        Act::AcceptRulebook { .. } => "merchant.accept_rulebook",
        Act::DeclineRulebook { .. } => "merchant.decline_rulebook",
        Act::Observe(_) => "merchant.observe",
        Act::Measure(act) => match act {
            MeasureAct::Propose(_) => "merchant.propose_measure",
            MeasureAct::Impose(_) => "merchant.impose_measure",
            MeasureAct::Approve { .. } => "merchant.approve_measure",
            MeasureAct::Refuse { .. } => "merchant.refuse_measure",
            MeasureAct::Lift { .. } => "merchant.lift_measure",
            MeasureAct::RecordNotice { .. } => "merchant.record_notice",
            MeasureAct::SubmitRectification { .. } => "merchant.submit_rectification",
            MeasureAct::AcceptRectification { .. } => "merchant.accept_rectification",
            MeasureAct::RefuseRectification { .. } => "merchant.refuse_rectification",
            MeasureAct::Appeal { .. } => "merchant.appeal",
            MeasureAct::DecideAppeal { .. } => "merchant.decide_appeal",
        },
    }
}

const fn agreement_name(act: &agreement::Act) -> &'static str {
    use agreement::Act;
    match act {
        Act::Sign(_) => "agreement.sign",
        Act::ChangePlan { .. } => "agreement.change_plan",
        Act::Remind { .. } => "agreement.remind",
        Act::Debit { .. } => "agreement.debit",
        Act::RecordUsage { .. } => "agreement.record_usage",
        Act::Refund { .. } => "agreement.refund",
        Act::Suspend { .. } => "agreement.suspend",
        Act::Resume { .. } => "agreement.resume",
        Act::Cancel { .. } => "agreement.cancel",
    }
}

const fn intermediary_name(act: &intermediary::Act) -> &'static str {
    use intermediary::Act;
    use merchant::MeasureAct;
    match act {
        Act::Register { .. } => "intermediary.register",
        Act::Update { .. } => "intermediary.update",
        Act::RecordCoordinationFailure { .. } => "intermediary.record_coordination_failure",
        Act::Observe(_) => "intermediary.observe",
        Act::Measure(act) => match act {
            MeasureAct::Propose(_) => "intermediary.propose_measure",
            MeasureAct::Impose(_) => "intermediary.impose_measure",
            MeasureAct::Approve { .. } => "intermediary.approve_measure",
            MeasureAct::Refuse { .. } => "intermediary.refuse_measure",
            MeasureAct::Lift { .. } => "intermediary.lift_measure",
            MeasureAct::RecordNotice { .. } => "intermediary.record_notice",
            MeasureAct::SubmitRectification { .. } => "intermediary.submit_rectification",
            MeasureAct::AcceptRectification { .. } => "intermediary.accept_rectification",
            MeasureAct::RefuseRectification { .. } => "intermediary.refuse_rectification",
            MeasureAct::Appeal { .. } => "intermediary.appeal",
            MeasureAct::DecideAppeal { .. } => "intermediary.decide_appeal",
        },
    }
}
