//! Acts as these stories tell them, with what does not matter filled in.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::complaint::{
    Act, ComplaintChannel, DeterminationId, EvidenceId, EvidenceItem, FactId, Filing, FindingId,
    LinkKind, Media, Order, Problem, UsageKind,
};
use crate::identity::{ComplaintId, MerchantId, OrderId, Reference, UserRef};
use crate::rulebook::PauseReason;
use crate::text::PersonalText;

use super::PAID_FEN;

pub(super) fn text(content: &str) -> PersonalText {
    PersonalText::Open(content.to_string())
}

pub(super) fn reference(content: &str) -> Reference {
    Reference::new(content).unwrap()
}

pub(super) fn order(number: u32, amount_fen: u64) -> Order {
    let id = alloc::format!("O{number}");
    Order {
        order_id: OrderId::new(&id).unwrap(),
        amount_fen,
    }
}

pub(super) fn filing(problem: Problem, requested_refund_fen: Option<u64>) -> Filing {
    Filing {
        complaint_id: ComplaintId::new("C1").unwrap(),
        merchant_id: MerchantId::new("M1").unwrap(),
        user_ref: UserRef::new("U1").unwrap(),
        problem,
        channel: ComplaintChannel::SelfService,
        orders: vec![order(1, PAID_FEN)],
        agreement_id: None,
        requested_refund_fen,
        description: None,
        contact: None,
        enquiry: false,
    }
}

pub(super) fn respond() -> Act {
    Act::Respond {
        text: text("we are looking into it"),
        media: Vec::new(),
    }
}

pub(super) fn respond_with_media(number: usize) -> Act {
    Act::Respond {
        text: text("see the files"),
        media: (0..number)
            .map(|one| Media {
                media_id: reference(&alloc::format!("media-{one}")),
                sha256: None,
            })
            .collect(),
    }
}

pub(super) fn explain() -> Act {
    Act::ExplainBilling {
        text: text("billed by the hour"),
    }
}

pub(super) fn reconfirm() -> Act {
    Act::ReconfirmPlan {
        user_confirms: Some(true),
    }
}

pub(super) fn settle(amount_fen: u64) -> Act {
    Act::RecordSettlement {
        amount_fen,
        user_agreed: true,
    }
}

pub(super) fn approve(amount_fen: u64) -> Act {
    approve_within(amount_fen, 0)
}

pub(super) fn approve_within(amount_fen: u64, launch_days: u32) -> Act {
    Act::ApproveRefund {
        amount_fen,
        launch_days,
    }
}

pub(super) fn item() -> EvidenceItem {
    EvidenceItem {
        kind: reference("usage"),
        media_id: reference("log"),
        sha256: None,
    }
}

pub(super) fn reject() -> Act {
    Act::RejectRefund {
        reason: text("the service was used"),
        evidence: vec![item()],
        remark: None,
    }
}

pub(super) fn reject_without_evidence() -> Act {
    Act::RejectRefund {
        reason: text("the service was used"),
        evidence: Vec::new(),
        remark: None,
    }
}

pub(super) fn defective() -> Act {
    Act::RecordDefectiveRejection { reason: None }
}

pub(super) fn evidence(pieces: usize) -> Act {
    Act::SubmitEvidence {
        evidence: vec![item(); pieces],
        note: None,
    }
}

pub(super) fn assess(number: u32, accepted: bool) -> Act {
    Act::AssessEvidence {
        evidence_id: EvidenceId(number),
        accepted,
        reason: text("compared with the log"),
    }
}

pub(super) fn use_of(kind: UsageKind, consumed_fen: u64, proof: Option<u32>) -> Act {
    Act::RecordUsage {
        kind,
        consumed_fen,
        proof: proof.map(EvidenceId),
    }
}

pub(super) fn billing_error(error_fen: u64, proof: Option<u32>) -> Act {
    Act::RecordBillingError {
        error_fen,
        proof: proof.map(EvidenceId),
    }
}

pub(super) fn request(amount_fen: u64) -> Act {
    Act::RequestRefund { amount_fen }
}

pub(super) fn refund(number: u32, amount_fen: u64) -> Act {
    Act::RecordRefund {
        refund_id: reference(&alloc::format!("RF{number}")),
        amount_fen,
        by_platform: false,
    }
}

pub(super) fn platform_refund(number: u32, amount_fen: u64) -> Act {
    Act::RecordRefund {
        refund_id: reference(&alloc::format!("RF{number}")),
        amount_fen,
        by_platform: true,
    }
}

pub(super) fn complete() -> Act {
    Act::Complete {
        resolution: text("explained by phone"),
    }
}

pub(super) const fn proceed() -> Act {
    Act::Continue { text: None }
}

pub(super) fn message() -> Act {
    Act::Message {
        text: text("any news?"),
    }
}

pub(super) fn accept_fact(number: u32) -> Act {
    Act::AcceptLateFact {
        fact_id: FactId(number),
        rationale: text("read in the partner's log"),
    }
}

pub(super) fn refuse_fact(number: u32) -> Act {
    Act::RefuseLateFact {
        fact_id: FactId(number),
        rationale: text("not in the partner's log"),
    }
}

pub(super) fn determine(numbers: &[u32]) -> Act {
    Act::Determine {
        finding_ids: numbers.iter().copied().map(FindingId).collect(),
        rationale: text("the merchant never answered"),
    }
}

pub(super) fn dismiss(numbers: &[u32]) -> Act {
    Act::Dismiss {
        finding_ids: numbers.iter().copied().map(FindingId).collect(),
        rationale: text("the platform lost the answer"),
    }
}

pub(super) fn overturn(number: u32) -> Act {
    Act::Overturn {
        determination_id: DeterminationId(number),
        rationale: text("the platform lost the answer"),
    }
}

pub(super) fn find_ground(ground: &str) -> Act {
    Act::FindGround {
        ground: Arc::from(ground),
        clauses: vec![Arc::from("3(1).bad-1")],
        rationale: text("the same three sentences every time"),
    }
}

pub(super) fn link(other: &str, kind: LinkKind) -> Act {
    Act::Link {
        other: ComplaintId::new(other).unwrap(),
        kind,
    }
}

pub(super) fn unlink(other: &str, kind: LinkKind) -> Act {
    Act::Unlink {
        other: ComplaintId::new(other).unwrap(),
        kind,
    }
}

pub(super) const fn pause(reason: PauseReason) -> Act {
    Act::Pause {
        reason: Some(reason),
    }
}

pub(super) const fn resume(reason: PauseReason) -> Act {
    Act::Resume {
        reason: Some(reason),
    }
}

/// A text of so many characters, none of them one byte long.
pub(super) fn characters(number: usize) -> PersonalText {
    PersonalText::Open(core::iter::repeat_n('退', number).collect::<String>())
}
