//! Which events of a complaint standing looks at.

use redress_domain::complaint::{DeterminationId, Event, FindingId};

/// What an event says of findings and determinations (rulebook 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement<'a> {
    /// Something about findings alone.
    Finding,
    /// A determination was taken on these findings.
    Determined(DeterminationId, &'a [FindingId]),
    /// A determination does not stand any more.
    Fell(DeterminationId),
}

/// What an event says of findings and determinations; `None` when it says nothing.
pub(super) fn judgement(event: &Event) -> Option<Judgement<'_>> {
    match event {
        Event::GroundFound { .. }
        | Event::FindingWithdrawn { .. }
        | Event::FindingDismissed { .. } => Some(Judgement::Finding),
        Event::LiabilityDetermined {
            determination_id,
            finding_ids,
            ..
        } => Some(Judgement::Determined(*determination_id, finding_ids)),
        Event::DeterminationOverturned {
            determination_id, ..
        }
        | Event::DeterminationPutUnderReview { determination_id } => {
            Some(Judgement::Fell(*determination_id))
        }
        Event::ComplaintFiled { .. }
        | Event::RoundOpened { .. }
        | Event::RefundRequested { .. }
        | Event::MerchantResponded { .. }
        | Event::MessageRecorded { .. }
        | Event::EvidenceSubmitted { .. }
        | Event::EvidenceAccepted { .. }
        | Event::EvidenceRefused { .. }
        | Event::BillingExplained { .. }
        | Event::PlanReconfirmed { .. }
        | Event::UsageStated { .. }
        | Event::BillingErrorStated { .. }
        | Event::SettlementReached { .. }
        | Event::RefundApproved { .. }
        | Event::RefundRejected { .. }
        | Event::DefectiveRejectionRecorded { .. }
        | Event::RefundReceived { .. }
        | Event::RoundClosed { .. }
        | Event::UserInsisted { .. }
        | Event::ComplaintWithdrawn
        | Event::LateFactRecorded { .. }
        | Event::LateFactAccepted { .. }
        | Event::LateFactRefused { .. }
        | Event::ComplaintLinked { .. }
        | Event::ComplaintUnlinked { .. }
        | Event::ClocksPaused { .. }
        | Event::ClocksResumed { .. }
        | Event::ClockRetimed { .. }
        | Event::DeadlineNear { .. }
        | Event::DeadlineMissed { .. }
        | Event::DeadlineMissSuperseded { .. }
        | Event::NoteKept { .. } => None,
    }
}

/// Whether an event opens or closes a round.
pub(super) const fn changes_rounds(event: &Event) -> bool {
    match event {
        Event::RoundOpened { .. } | Event::RoundClosed { .. } | Event::ComplaintWithdrawn => true,
        Event::ComplaintFiled { .. }
        | Event::RefundRequested { .. }
        | Event::MerchantResponded { .. }
        | Event::MessageRecorded { .. }
        | Event::EvidenceSubmitted { .. }
        | Event::EvidenceAccepted { .. }
        | Event::EvidenceRefused { .. }
        | Event::BillingExplained { .. }
        | Event::PlanReconfirmed { .. }
        | Event::UsageStated { .. }
        | Event::BillingErrorStated { .. }
        | Event::SettlementReached { .. }
        | Event::RefundApproved { .. }
        | Event::RefundRejected { .. }
        | Event::DefectiveRejectionRecorded { .. }
        | Event::RefundReceived { .. }
        | Event::UserInsisted { .. }
        | Event::LateFactRecorded { .. }
        | Event::LateFactAccepted { .. }
        | Event::LateFactRefused { .. }
        | Event::ComplaintLinked { .. }
        | Event::ComplaintUnlinked { .. }
        | Event::ClocksPaused { .. }
        | Event::ClocksResumed { .. }
        | Event::ClockRetimed { .. }
        | Event::DeadlineNear { .. }
        | Event::DeadlineMissed { .. }
        | Event::DeadlineMissSuperseded { .. }
        | Event::GroundFound { .. }
        | Event::FindingWithdrawn { .. }
        | Event::LiabilityDetermined { .. }
        | Event::FindingDismissed { .. }
        | Event::DeterminationOverturned { .. }
        | Event::DeterminationPutUnderReview { .. }
        | Event::NoteKept { .. } => false,
    }
}
