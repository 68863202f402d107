//! Every event, with what is recorded about it.

use alloc::vec::Vec;

use uuid::Uuid;

use crate::circumstances::Stamp;
use crate::identity::{Actor, EditionName, StreamId};
use crate::instant::Instant;
use crate::measure::MeasureEvent;
use crate::text::PersonalText;
use crate::{agreement, complaint, intermediary, merchant, rulebook, user};

/// An event of any stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Of a complaint.
    Complaint(complaint::Event),
    /// Of a merchant.
    Merchant(merchant::Event),
    /// Of an agreement.
    Agreement(agreement::Event),
    /// Of an intermediary.
    Intermediary(intermediary::Event),
    /// About a user's personal data.
    User(user::Event),
    /// Of the rulebook.
    Rulebook(rulebook::Event),
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place and origin.
    pub header: Header,
    /// What happened.
    pub event: Event,
}

/// Place and origin of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Place in the whole log, from 1, without gaps.
    pub position: u64,
    /// The stream.
    pub stream: StreamId,
    /// Place in the stream, from 0, without gaps.
    pub version: u64,
    /// Derived from the command's id and the event's place among its events.
    pub event_id: Uuid,
    /// When it is said to have happened.
    pub occurred_at: Instant,
    /// The instant that counts for clocks.
    pub counted_at: Instant,
    /// When it was recorded; never decreasing along the log.
    pub recorded_at: Instant,
    /// Whether `occurred_at` was set back to `recorded_at` (policy skew).
    pub adjusted: bool,
    /// Who acted.
    pub by: Actor,
    /// Who submitted the command, where that is somebody else.
    pub submitted_by: Option<Actor>,
    /// The edition in force when it was recorded.
    pub edition: EditionName,
    /// The command that it answers.
    pub command_id: Uuid,
    /// Ties together what belongs to one outside request.
    pub correlation_id: Option<Uuid>,
    /// The event that brought the command about, for reactions.
    pub causation_id: Option<Uuid>,
}

impl Header {
    /// What `evolve` may read of it.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp {
            counted_at: self.counted_at,
            recorded_at: self.recorded_at,
            by: self.by.clone(),
            command_id: self.command_id,
        }
    }
}

impl Event {
    /// The event's name in the contract.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Complaint(event) => complaint_name(event),
            Self::Merchant(event) => merchant_name(event),
            Self::Agreement(event) => agreement_name(event),
            Self::Intermediary(event) => intermediary_name(event),
            Self::User(user::Event::PersonalDataErased { .. }) => "PersonalDataErased",
            Self::User(user::Event::PersonalDataRead { .. }) => "PersonalDataRead",
            Self::Rulebook(rulebook::Event::EditionAnnounced { .. }) => "EditionAnnounced",
        }
    }

    /// The personal texts in this event, in a fixed order, so that each can be sealed with its
    /// place as associated data.
    pub fn texts_mut(&mut self) -> Vec<&mut PersonalText> {
        match self {
            Self::Complaint(event) => event.texts_mut(),
            Self::Agreement(event) => event.texts_mut(),
            Self::Merchant(_) | Self::Intermediary(_) | Self::User(_) | Self::Rulebook(_) => {
                Vec::new()
            }
        }
    }
}

const fn complaint_name(event: &complaint::Event) -> &'static str {
    use complaint::Event;
    match event {
        Event::ComplaintFiled { .. } => "ComplaintFiled",
        Event::RoundOpened { .. } => "RoundOpened",
        Event::RefundRequested { .. } => "RefundRequested",
        Event::MerchantResponded { .. } => "MerchantResponded",
        Event::MessageRecorded { .. } => "MessageRecorded",
        Event::EvidenceSubmitted { .. } => "EvidenceSubmitted",
        Event::EvidenceAccepted { .. } => "EvidenceAccepted",
        Event::EvidenceRefused { .. } => "EvidenceRefused",
        Event::BillingExplained { .. } => "BillingExplained",
        Event::PlanReconfirmed { .. } => "PlanReconfirmed",
        Event::UsageStated { .. } => "UsageStated",
        Event::BillingErrorStated { .. } => "BillingErrorStated",
        Event::SettlementReached { .. } => "SettlementReached",
        Event::RefundApproved { .. } => "RefundApproved",
        Event::RefundRejected { .. } => "RefundRejected",
        Event::DefectiveRejectionRecorded { .. } => "DefectiveRejectionRecorded",
        Event::RefundReceived { .. } => "RefundReceived",
        Event::RoundClosed { .. } => "RoundClosed",
        Event::UserInsisted { .. } => "UserInsisted",
        Event::ComplaintWithdrawn => "ComplaintWithdrawn",
        Event::LateFactRecorded { .. } => "LateFactRecorded",
        Event::LateFactAccepted { .. } => "LateFactAccepted",
        Event::LateFactRefused { .. } => "LateFactRefused",
        Event::ComplaintLinked { .. } => "ComplaintLinked",
        Event::ComplaintUnlinked { .. } => "ComplaintUnlinked",
        Event::ClocksPaused { .. } => "ClocksPaused",
        Event::ClocksResumed { .. } => "ClocksResumed",
        Event::ClockRetimed { .. } => "ClockRetimed",
        Event::DeadlineNear { .. } => "DeadlineNear",
        Event::DeadlineMissed { .. } => "DeadlineMissed",
        Event::DeadlineMissSuperseded { .. } => "DeadlineMissSuperseded",
        Event::GroundFound { .. } => "GroundFound",
        Event::FindingWithdrawn { .. } => "FindingWithdrawn",
        Event::LiabilityDetermined { .. } => "LiabilityDetermined",
        Event::FindingDismissed { .. } => "FindingDismissed",
        Event::DeterminationOverturned { .. } => "DeterminationOverturned",
        Event::DeterminationPutUnderReview { .. } => "DeterminationPutUnderReview",
        Event::NoteKept { .. } => "NoteKept",
    }
}

const fn merchant_name(event: &merchant::Event) -> &'static str {
    use merchant::Event;
    match event {
        Event::MerchantRegistered { .. } => "MerchantRegistered",
        Event::MerchantUpdated { .. } => "MerchantUpdated",
        Event::VolumeReported { .. } => "VolumeReported",
        Event::StandingChanged { .. } => "StandingChanged",
        Event::Measure(event) => measure_name(event),
        Event::RulebookAccepted { .. } => "RulebookAccepted",
        Event::RulebookDeclined { .. } => "RulebookDeclined",
    }
}

const fn measure_name(event: &MeasureEvent) -> &'static str {
    match event {
        MeasureEvent::Proposed { .. } => "MeasureProposed",
        MeasureEvent::Approved { .. } => "MeasureApproved",
        MeasureEvent::Imposed { .. } => "MeasureImposed",
        MeasureEvent::Refused { .. } => "MeasureRefused",
        MeasureEvent::Withdrawn { .. } => "MeasureWithdrawn",
        MeasureEvent::Lapsed { .. } => "MeasureLapsed",
        MeasureEvent::Lifted { .. } => "MeasureLifted",
        MeasureEvent::LiftApproved { .. } => "MeasureLiftApproved",
        MeasureEvent::Superseded { .. } => "MeasureSuperseded",
        MeasureEvent::PutUnderReview { .. } => "MeasurePutUnderReview",
        MeasureEvent::NoticeIssued { .. } => "NoticeIssued",
        MeasureEvent::NoticeDelivered { .. } => "NoticeDelivered",
        MeasureEvent::RectificationSubmitted { .. } => "RectificationSubmitted",
        MeasureEvent::RectificationAccepted { .. } => "RectificationAccepted",
        MeasureEvent::RectificationRefused { .. } => "RectificationRefused",
        MeasureEvent::RectificationOverdue { .. } => "RectificationOverdue",
        MeasureEvent::AppealFiled { .. } => "AppealFiled",
        MeasureEvent::AppealDecided { .. } => "AppealDecided",
        MeasureEvent::DeadlineMissed { .. } => "MeasureDeadlineMissed",
        MeasureEvent::SettlementRefundOrdered { .. } => "SettlementRefundOrdered",
    }
}

const fn agreement_name(event: &agreement::Event) -> &'static str {
    use agreement::Event;
    match event {
        Event::AgreementSigned { .. } => "AgreementSigned",
        Event::PlanChanged { .. } => "PlanChanged",
        Event::ReminderRecorded { .. } => "ReminderRecorded",
        Event::Debited { .. } => "Debited",
        Event::UsageRecorded { .. } => "UsageRecorded",
        Event::AgreementRefunded { .. } => "AgreementRefunded",
        Event::AgreementSuspended { .. } => "AgreementSuspended",
        Event::AgreementResumed { .. } => "AgreementResumed",
        Event::AgreementCancelled { .. } => "AgreementCancelled",
    }
}

const fn intermediary_name(event: &intermediary::Event) -> &'static str {
    use intermediary::Event;
    match event {
        Event::IntermediaryRegistered { .. } => "IntermediaryRegistered",
        Event::IntermediaryUpdated { .. } => "IntermediaryUpdated",
        Event::CoordinationFailed { .. } => "CoordinationFailed",
        Event::StandingChanged { .. } => "StandingChanged",
        Event::Measure(event) => measure_name(event),
    }
}
