//! The personal texts inside events, read only.

use redress_domain::event::Event;
use redress_domain::text::PersonalText;
use redress_domain::{agreement, complaint};

/// Shows every personal text of an event, in the order in which the domain lists them.
pub(crate) fn visit_texts(event: &Event, mut see: impl FnMut(&PersonalText)) {
    match event {
        Event::Complaint(event) => {
            let (first, second) = complaint_texts(event);
            first.into_iter().chain(second).for_each(see);
        }
        Event::Agreement(event) => {
            if let Some(text) = agreement_text(event) {
                see(text);
            }
        }
        Event::Merchant(_) | Event::Intermediary(_) | Event::User(_) | Event::Rulebook(_) => {}
    }
}

fn complaint_texts(event: &complaint::Event) -> (Option<&PersonalText>, Option<&PersonalText>) {
    use complaint::Event;
    match event {
        Event::ComplaintFiled {
            description,
            contact,
            ..
        } => (description.as_ref(), contact.as_ref()),
        Event::RefundRejected { reason, remark, .. } => (Some(reason), remark.as_ref()),
        Event::RoundOpened { text, .. }
        | Event::UserInsisted { text }
        | Event::LateFactRecorded { text, .. }
        | Event::NoteKept { text, .. }
        | Event::DefectiveRejectionRecorded { reason: text }
        | Event::EvidenceSubmitted { note: text, .. }
        | Event::RoundClosed {
            resolution: text, ..
        }
        | Event::GroundFound {
            rationale: text, ..
        }
        | Event::LiabilityDetermined {
            rationale: text, ..
        }
        | Event::DeterminationOverturned {
            rationale: text, ..
        } => (text.as_ref(), None),
        Event::MerchantResponded { text, .. }
        | Event::MessageRecorded { text }
        | Event::EvidenceAccepted { reason: text, .. }
        | Event::EvidenceRefused { reason: text, .. }
        | Event::BillingExplained { text }
        | Event::LateFactAccepted {
            rationale: text, ..
        }
        | Event::LateFactRefused {
            rationale: text, ..
        }
        | Event::FindingDismissed {
            rationale: text, ..
        } => (Some(text), None),
        Event::RefundRequested { .. }
        | Event::PlanReconfirmed { .. }
        | Event::UsageStated { .. }
        | Event::BillingErrorStated { .. }
        | Event::SettlementReached { .. }
        | Event::RefundApproved { .. }
        | Event::RefundReceived { .. }
        | Event::ComplaintWithdrawn
        | Event::ComplaintLinked { .. }
        | Event::ComplaintUnlinked { .. }
        | Event::ClocksPaused { .. }
        | Event::ClocksResumed { .. }
        | Event::ClockRetimed { .. }
        | Event::DeadlineNear { .. }
        | Event::DeadlineMissed { .. }
        | Event::DeadlineMissSuperseded { .. }
        | Event::FindingWithdrawn { .. }
        | Event::DeterminationPutUnderReview { .. } => (None, None),
    }
}

fn agreement_text(event: &agreement::Event) -> Option<&PersonalText> {
    use agreement::Event;
    match event {
        Event::AgreementCancelled { reason, .. } => reason.as_ref(),
        Event::AgreementSigned { .. }
        | Event::PlanChanged { .. }
        | Event::ReminderRecorded { .. }
        | Event::Debited { .. }
        | Event::UsageRecorded { .. }
        | Event::AgreementRefunded { .. }
        | Event::AgreementSuspended { .. }
        | Event::AgreementResumed { .. } => None,
    }
}
