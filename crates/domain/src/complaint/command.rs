//! What can be asked of a complaint.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::circumstances::Circumstances;
use crate::identity::{
    AgreementId, ComplaintId, IntermediaryId, MerchantId, OrderId, Reference, UserRef,
};
use crate::instant::Instant;
use crate::merchant::Industry;
use crate::rulebook::PauseReason;
use crate::text::PersonalText;

use super::{
    ComplaintChannel, DeterminationId, EvidenceId, FactId, FindingId, LinkKind, Problem, UsageKind,
};

/// A command to a complaint, with everything that deciding on it needs.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who, when, under which rulebook.
    pub circumstances: Circumstances,
    /// The merchant complained of, as the engine knows it; `None` when it is not registered.
    pub merchant: Option<MerchantFacts>,
    /// For `complaint.file`: what was refunded on the orders' agreement before, in fen.
    pub refunded_before_fen: u64,
    /// For `complaint.link` and `unlink`: whether the other complaint exists.
    pub other_known: bool,
    /// Whether this tells of the past out of another system: limits of length and number do not
    /// apply.
    pub of_history: bool,
    /// For `complaint.observe` in an import: what happened before this instant is shown and
    /// carries no liability.
    pub liability_from: Option<Instant>,
    /// What is asked.
    pub act: Act,
}

/// What a complaint needs to know of its merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantFacts {
    /// Selects the overlay of rulebook 3(1).1.3.
    pub industry: Industry,
    /// rulebook 1.3
    pub institution_id: Option<IntermediaryId>,
    /// rulebook 1.4
    pub service_provider_id: Option<IntermediaryId>,
}

impl MerchantFacts {
    /// Whether an intermediary manages or serves this merchant (rulebook 1.3, 1.4).
    #[must_use]
    pub fn is_of(&self, intermediary: &str) -> bool {
        [&self.institution_id, &self.service_provider_id]
            .into_iter()
            .flatten()
            .any(|id| id.as_str() == intermediary)
    }
}

/// An order of a complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The payment order.
    pub order_id: OrderId,
    /// What was paid for it, in fen.
    pub amount_fen: u64,
}

/// A file shown by the merchant along with a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// The file.
    pub media_id: Reference,
    /// SHA-256 of its bytes, 64 hexadecimal characters; absent in imports.
    pub sha256: Option<Arc<str>>,
}

/// A piece of evidence as submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceItem {
    /// What it is said to show: `usage`, `billing`, … as the submitter calls it.
    pub kind: Reference,
    /// The file.
    pub media_id: Reference,
    /// SHA-256 of its bytes, 64 hexadecimal characters; absent in imports.
    pub sha256: Option<Arc<str>>,
}

/// What is asked of a complaint. Amounts are whole fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `complaint.file` (rulebook 1.6)
    File(Filing),
    /// `complaint.request_refund` (rulebook 3(1).1.1)
    RequestRefund {
        /// What the user asks for.
        amount_fen: u64,
    },
    /// `complaint.respond`
    Respond {
        /// The answer to the user.
        text: PersonalText,
        /// Files along with it.
        media: Vec<Media>,
    },
    /// `complaint.message`
    Message {
        /// The message.
        text: PersonalText,
    },
    /// `complaint.submit_evidence` (rulebook 3(1).1.2)
    SubmitEvidence {
        /// At least one piece.
        evidence: Vec<EvidenceItem>,
        /// A note to the reviewer.
        note: Option<PersonalText>,
    },
    /// `complaint.assess_evidence`
    AssessEvidence {
        /// Which piece.
        evidence_id: EvidenceId,
        /// Accepted or refused.
        accepted: bool,
        /// Why.
        reason: PersonalText,
    },
    /// `complaint.explain_billing` (rulebook 2.2(2))
    ExplainBilling {
        /// The explanation.
        text: PersonalText,
    },
    /// `complaint.reconfirm_plan` (rulebook 2.2(1), 2.2(2))
    ReconfirmPlan {
        /// What the user said.
        user_confirms: Option<bool>,
    },
    /// `complaint.record_usage`
    RecordUsage {
        /// How far the service was used.
        kind: UsageKind,
        /// What was consumed.
        consumed_fen: u64,
        /// The evidence for it.
        proof: Option<EvidenceId>,
    },
    /// `complaint.record_billing_error` (rulebook 2.2(2))
    RecordBillingError {
        /// By how much too much was charged.
        error_fen: u64,
        /// The evidence for it.
        proof: Option<EvidenceId>,
    },
    /// `complaint.record_settlement` (rulebook 2.2)
    RecordSettlement {
        /// What both agreed on.
        amount_fen: u64,
        /// Whether the user agreed.
        user_agreed: bool,
    },
    /// `complaint.approve_refund` (rulebook 3(1).1.1)
    ApproveRefund {
        /// What will be refunded in all.
        amount_fen: u64,
        /// Working days until it is paid.
        launch_days: u32,
    },
    /// `complaint.reject_refund` (rulebook 3(1).1.1)
    RejectRefund {
        /// Why.
        reason: PersonalText,
        /// At least one piece.
        evidence: Vec<EvidenceItem>,
        /// Anything else.
        remark: Option<PersonalText>,
    },
    /// `complaint.record_defective_rejection` (rulebook 3(1).1.1)
    RecordDefectiveRejection {
        /// What was given as a reason.
        reason: Option<PersonalText>,
    },
    /// `complaint.record_refund`
    RecordRefund {
        /// The refund's own id: the same one again is the same refund.
        refund_id: Reference,
        /// What arrived.
        amount_fen: u64,
        /// Whether the platform paid it out of the merchant's settlement (rulebook 4.2(2)).
        by_platform: bool,
    },
    /// `complaint.complete`
    Complete {
        /// How the complaint was resolved.
        resolution: PersonalText,
    },
    /// `complaint.confirm`
    Confirm,
    /// `complaint.continue` (guide repeat)
    Continue {
        /// What the user adds.
        text: Option<PersonalText>,
    },
    /// `complaint.withdraw`
    Withdraw,
    /// `complaint.accept_late_fact`
    AcceptLateFact {
        /// Which one.
        fact_id: FactId,
        /// Why.
        rationale: PersonalText,
    },
    /// `complaint.refuse_late_fact`
    RefuseLateFact {
        /// Which one.
        fact_id: FactId,
        /// Why.
        rationale: PersonalText,
    },
    /// `complaint.link`
    Link {
        /// The earlier complaint.
        other: ComplaintId,
        /// How they belong together.
        kind: LinkKind,
    },
    /// `complaint.unlink`
    Unlink {
        /// The earlier complaint.
        other: ComplaintId,
        /// How they were said to belong together.
        kind: LinkKind,
    },
    /// `complaint.pause` (policy pause)
    Pause {
        /// Why; a name that no edition can know is `None`.
        reason: Option<PauseReason>,
    },
    /// `complaint.resume` (policy pause)
    Resume {
        /// Which pause ends.
        reason: Option<PauseReason>,
    },
    /// `complaint.observe`: let time pass up to an instant, and record what follows of it and of
    /// all that was recorded before.
    Observe {
        /// Up to and including this instant.
        through: Instant,
    },
    /// `complaint.find_ground` (rulebook 4.1)
    FindGround {
        /// One of `4.1(1)` … `4.1(6)`, as written.
        ground: Arc<str>,
        /// The rules that are named besides: rulebook 3(1).bad-1, 3(1).bad-2, or any other.
        clauses: Vec<Arc<str>>,
        /// Why.
        rationale: PersonalText,
    },
    /// `complaint.determine` (rulebook 4.1)
    Determine {
        /// The findings it rests on.
        finding_ids: Vec<FindingId>,
        /// Why.
        rationale: PersonalText,
    },
    /// `complaint.dismiss`
    Dismiss {
        /// The findings that do not hold.
        finding_ids: Vec<FindingId>,
        /// Why.
        rationale: PersonalText,
    },
    /// `complaint.overturn`
    Overturn {
        /// The determination that falls.
        determination_id: DeterminationId,
        /// Why.
        rationale: PersonalText,
    },
    /// `complaint.keep_note`: something of the source that has no effect here.
    KeepNote {
        /// What the source calls it.
        raw_type: Reference,
        /// Why it was only kept: a refusal's code, or what the mapping says.
        because: Reference,
        /// Its text.
        text: Option<PersonalText>,
    },
}

/// `complaint.file`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    /// The source's id.
    pub complaint_id: ComplaintId,
    /// Complained of.
    pub merchant_id: MerchantId,
    /// Complaining.
    pub user_ref: UserRef,
    /// What it is about.
    pub problem: Problem,
    /// Where it was raised.
    pub channel: ComplaintChannel,
    /// The orders in dispute.
    pub orders: Vec<Order>,
    /// The agreement under which they were debited.
    pub agreement_id: Option<AgreementId>,
    /// What the user asks back.
    pub requested_refund_fen: Option<u64>,
    /// The user's words.
    pub description: Option<PersonalText>,
    /// How to reach the user.
    pub contact: Option<PersonalText>,
    /// Whether it is an enquiry, which needs no orders (rulebook 1.6).
    pub enquiry: bool,
}
