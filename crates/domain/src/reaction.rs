//! Reactions: from an event to what must be looked at because of it.
//!
//! Pure functions. The engine runs each reaction after the event, under a command id that is
//! derived from the event's id and the reaction's name, so that a crash and a rerun change nothing.

#[cfg(test)]
mod tests;

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::clock::ClockKind;
use crate::complaint::{self, Complaint};
use crate::event::{Event, Recorded};
use crate::identity::{ComplaintId, IntermediaryId, MerchantId, Role};
use crate::instant::Instant;
use crate::measure::MeasureEvent;
use crate::{agreement, intermediary, merchant};

/// What must be looked at because of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// A complaint was filed: link it to earlier ones (policy related-window).
    LinkComplaint(ComplaintId),
    /// Something may follow on the complaint itself: findings, superseded misses (rulebook 4.1).
    ObserveComplaint(ComplaintId),
    /// Something may follow for the merchant: standing, measures, notices, consent
    /// (rulebook 4.2, 5).
    ObserveMerchant(MerchantConcern),
    /// Something may follow for an intermediary (rulebook 4.3).
    ObserveIntermediary(IntermediaryId),
    /// Nobody handled a complaint of a sub-merchant (rulebook 4.3).
    RecordCoordinationFailure {
        /// Of this merchant's intermediaries.
        merchant_id: MerchantId,
        /// Which complaint.
        complaint_id: ComplaintId,
        /// In which round.
        round: u32,
    },
    /// A termination came into force: live agreements end (rulebook 4.2(8)).
    CancelAgreements(MerchantId),
}

/// Why a merchant is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantConcern {
    /// Which merchant.
    pub merchant_id: MerchantId,
    /// The complaint that brought it about.
    pub complaint_id: Option<ComplaintId>,
    /// A determination that fell, as `C1/d1`.
    pub fallen: Option<Arc<str>>,
    /// When the merchant used the service (rulebook 5).
    pub used_service_at: Option<Instant>,
}

impl Reaction {
    /// The name that goes into the derived command id.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::LinkComplaint(_) => String::from("link-complaint"),
            Self::ObserveComplaint(_) => String::from("observe-complaint"),
            Self::ObserveMerchant(concern) => format!("observe-merchant-{}", concern.merchant_id),
            Self::ObserveIntermediary(id) => format!("observe-intermediary-{id}"),
            Self::RecordCoordinationFailure { .. } => String::from("coordination-failure"),
            Self::CancelAgreements(_) => String::from("cancel-agreements"),
        }
    }
}

/// The stream's state after the event, as far as reactions look at it.
#[derive(Clone, Copy, Debug)]
pub enum After<'a> {
    /// A complaint.
    Complaint(&'a Complaint),
    /// A merchant: its intermediaries, and whether the measure of the event ends the service.
    Merchant {
        /// Those whose portfolio it is in, and after an update those that it left
        /// (rulebook 1.3, 1.4, 4.3).
        intermediaries: &'a [IntermediaryId],
        /// rulebook 4.2(8)
        ends_service: bool,
    },
    /// An agreement of this merchant.
    Agreement(&'a MerchantId),
    /// Any other stream.
    Other,
}

/// What must be looked at because of an event, in order.
#[must_use]
pub fn reactions(recorded: &Recorded, after: After<'_>) -> Vec<Reaction> {
    match (&recorded.event, after) {
        (Event::Complaint(event), After::Complaint(complaint)) => {
            of_complaint(recorded, event, complaint)
        }
        (
            Event::Merchant(event),
            After::Merchant {
                intermediaries,
                ends_service,
            },
        ) => of_merchant(recorded, event, intermediaries, ends_service),
        (Event::Agreement(event), After::Agreement(merchant_id)) => {
            of_agreement(recorded, event, merchant_id)
        }
        (Event::Intermediary(event), _) => of_intermediary(recorded, event),
        (
            Event::Complaint(_)
            | Event::Merchant(_)
            | Event::Agreement(_)
            | Event::User(_)
            | Event::Rulebook(_),
            _,
        ) => Vec::new(),
    }
}

fn of_complaint(
    recorded: &Recorded,
    event: &complaint::Event,
    complaint: &Complaint,
) -> Vec<Reaction> {
    use complaint::Event;
    let id = &complaint.complaint_id;
    let observe = || Reaction::ObserveComplaint(id.clone());
    let concern = MerchantConcern {
        merchant_id: complaint.merchant_id.clone(),
        complaint_id: Some(id.clone()),
        fallen: None,
        used_service_at: own_act_at(recorded),
    };
    let merchant = || Reaction::ObserveMerchant(concern.clone());
    match event {
        Event::ComplaintFiled { .. } => Vec::from([Reaction::LinkComplaint(id.clone())]),
        Event::RoundOpened { .. }
        | Event::RoundClosed { .. }
        | Event::SettlementReached { .. }
        | Event::RefundApproved { .. }
        | Event::RefundRejected { .. }
        | Event::RefundReceived { .. }
        | Event::ComplaintWithdrawn
        | Event::EvidenceRefused { .. } => Vec::from([observe(), merchant()]),
        Event::MerchantResponded { .. }
        | Event::EvidenceSubmitted { .. }
        | Event::BillingExplained { .. }
        | Event::PlanReconfirmed { .. }
        | Event::LateFactRecorded { .. }
        | Event::LateFactAccepted { .. }
        | Event::ClocksPaused { .. }
        | Event::ClocksResumed { .. } => {
            let mut reactions = Vec::from([observe()]);
            // rulebook 5
            if concern.used_service_at.is_some() {
                reactions.push(merchant());
            }
            reactions
        }
        // rulebook 4.1(5), 4.2(2): what is owed may have changed.
        Event::RefundRequested { .. }
        | Event::EvidenceAccepted { .. }
        | Event::UsageStated { .. }
        | Event::BillingErrorStated { .. } => Vec::from([observe(), merchant()]),
        Event::GroundFound { .. }
        | Event::FindingWithdrawn { .. }
        | Event::LiabilityDetermined { .. }
        | Event::FindingDismissed { .. } => Vec::from([merchant()]),
        Event::DeterminationOverturned {
            determination_id, ..
        }
        | Event::DeterminationPutUnderReview { determination_id } => {
            Vec::from([Reaction::ObserveMerchant(MerchantConcern {
                fallen: Some(Arc::from(format!("{id}/{determination_id}"))),
                ..concern
            })])
        }
        // rulebook 4.3
        Event::DeadlineMissed {
            round,
            clock: ClockKind::Resolution,
            ..
        } if complaint
            .round(*round)
            .is_some_and(|one| !one.merchant_acted) =>
        {
            Vec::from([Reaction::RecordCoordinationFailure {
                merchant_id: complaint.merchant_id.clone(),
                complaint_id: id.clone(),
                round: *round,
            }])
        }
        Event::MessageRecorded { .. }
        | Event::DefectiveRejectionRecorded { .. }
        | Event::UserInsisted { .. }
        | Event::LateFactRefused { .. }
        | Event::ComplaintLinked { .. }
        | Event::ComplaintUnlinked { .. }
        | Event::ClockRetimed { .. }
        | Event::DeadlineNear { .. }
        | Event::DeadlineMissed { .. }
        | Event::DeadlineMissSuperseded { .. }
        | Event::NoteKept { .. } => Vec::new(),
    }
}

fn of_merchant(
    recorded: &Recorded,
    event: &merchant::Event,
    intermediaries: &[IntermediaryId],
    ends_service: bool,
) -> Vec<Reaction> {
    use merchant::Event;
    let crate::identity::StreamId::Merchant(merchant_id) = &recorded.header.stream else {
        return Vec::new();
    };
    let observe = Reaction::ObserveMerchant(MerchantConcern {
        merchant_id: merchant_id.clone(),
        complaint_id: None,
        fallen: None,
        used_service_at: own_act_at(recorded),
    });
    let portfolios = || {
        intermediaries
            .iter()
            .cloned()
            .map(Reaction::ObserveIntermediary)
    };
    match event {
        Event::RulebookAccepted { .. } | Event::RulebookDeclined { .. } => Vec::new(),
        // rulebook 4.3
        Event::MerchantRegistered { .. } | Event::MerchantUpdated { .. } => portfolios().collect(),
        Event::VolumeReported { .. } => Vec::from([observe]),
        Event::StandingChanged { .. } => core::iter::once(observe).chain(portfolios()).collect(),
        // rulebook 4.2(8)
        Event::Measure(MeasureEvent::Imposed { .. }) if ends_service => {
            Vec::from([Reaction::CancelAgreements(merchant_id.clone()), observe])
        }
        Event::Measure(_) => Vec::from([observe]),
    }
}

fn of_agreement(
    recorded: &Recorded,
    event: &agreement::Event,
    merchant_id: &MerchantId,
) -> Vec<Reaction> {
    use agreement::Event;
    let used_service_at = match event {
        // rulebook 5: a sign-up or a debit is use of the service.
        Event::AgreementSigned { .. } | Event::Debited { .. } => Some(recorded.header.counted_at),
        Event::PlanChanged { .. }
        | Event::ReminderRecorded { .. }
        | Event::UsageRecorded { .. }
        | Event::AgreementRefunded { .. }
        | Event::AgreementSuspended { .. }
        | Event::AgreementResumed { .. }
        | Event::AgreementCancelled { .. } => own_act_at(recorded),
    };
    used_service_at
        .map(|at| {
            Reaction::ObserveMerchant(MerchantConcern {
                merchant_id: merchant_id.clone(),
                complaint_id: None,
                fallen: None,
                used_service_at: Some(at),
            })
        })
        .into_iter()
        .collect()
}

fn of_intermediary(recorded: &Recorded, event: &intermediary::Event) -> Vec<Reaction> {
    use intermediary::Event;
    let crate::identity::StreamId::Intermediary(id) = &recorded.header.stream else {
        return Vec::new();
    };
    match event {
        Event::IntermediaryUpdated { .. } => Vec::new(),
        // rulebook 4.3: merchants may have named it before it was registered.
        Event::IntermediaryRegistered { .. }
        | Event::CoordinationFailed { .. }
        | Event::StandingChanged { .. }
        | Event::Measure(_) => Vec::from([Reaction::ObserveIntermediary(id.clone())]),
    }
}

/// When a merchant itself acted: use of the service under the edition in force (rulebook 5).
fn own_act_at(recorded: &Recorded) -> Option<Instant> {
    (recorded.header.by.role == Role::Merchant).then_some(recorded.header.counted_at)
}
