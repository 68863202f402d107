//! Payloads of a complaint's events.

use redress_domain::clock::ClockKind;
use redress_domain::complaint::{self, Event};
use redress_domain::identity::{ActorId, EditionName};

use crate::wire::bytes::{append, parse};
use crate::wire::payload::events;
use crate::wire::{Field, Misfit, WireError, records, restored, stored, upcast};

use super::text::Sealed;

records! {
    Order<'a> of complaint::Order {
        order_id: &'a str,
        amount_fen: u64,
    }
    Media<'a> of complaint::Media {
        media_id: &'a str,
        sha256: Option<&'a str>,
    }
    EvidenceItem<'a> of complaint::EvidenceItem {
        kind: &'a str,
        media_id: &'a str,
        sha256: Option<&'a str>,
    }
    StartedClock<'a> of complaint::StartedClock {
        kind: &'a str,
        started_at: i64,
        runs: i64,
        at_risk_percent: u32,
    }
}

/// What brought a finding about. Stored as the number of the case: cases are added at the end
/// and never moved.
#[derive(bincode::Encode, bincode::BorrowDecode)]
pub enum Cause<'a> {
    Clock(&'a str),
    EvidenceRefused,
    DutyOpen,
    BelowRemedy,
    ContinuedAfterComplete,
    Reviewer(u32),
}

impl<'a> Field<'a, Cause<'a>> for complaint::Cause {
    fn store(&'a self) -> Result<Cause<'a>, Misfit> {
        Ok(match self {
            Self::Clock(kind) => Cause::Clock(kind.store()?),
            Self::EvidenceRefused => Cause::EvidenceRefused,
            Self::DutyOpen => Cause::DutyOpen,
            Self::BelowRemedy => Cause::BelowRemedy,
            Self::ContinuedAfterComplete => Cause::ContinuedAfterComplete,
            Self::Reviewer(number) => Cause::Reviewer(*number),
        })
    }

    fn restore(stored: Cause<'a>) -> Result<Self, Misfit> {
        Ok(match stored {
            Cause::Clock(kind) => Self::Clock(ClockKind::restore(kind)?),
            Cause::EvidenceRefused => Self::EvidenceRefused,
            Cause::DutyOpen => Self::DutyOpen,
            Cause::BelowRemedy => Self::BelowRemedy,
            Cause::ContinuedAfterComplete => Self::ContinuedAfterComplete,
            Cause::Reviewer(number) => Self::Reviewer(number),
        })
    }
}

/// Who determined. Stored as the number of the case: cases are added at the end and never moved.
#[derive(bincode::Encode, bincode::BorrowDecode)]
pub enum Determiner<'a> {
    Edition(&'a str),
    Person(&'a str),
}

impl<'a> Field<'a, Determiner<'a>> for complaint::Determiner {
    fn store(&'a self) -> Result<Determiner<'a>, Misfit> {
        Ok(match self {
            Self::Edition(edition) => Determiner::Edition(edition.store()?),
            Self::Person(person) => Determiner::Person(person.store()?),
        })
    }

    fn restore(stored: Determiner<'a>) -> Result<Self, Misfit> {
        Ok(match stored {
            Determiner::Edition(edition) => Self::Edition(EditionName::restore(edition)?),
            Determiner::Person(person) => Self::Person(ActorId::restore(person)?),
        })
    }
}

/// `RefundReceived` before the platform paid refunds out of a merchant's settlement.
#[derive(bincode::Encode, bincode::BorrowDecode)]
pub struct RefundReceivedSchema1<'a> {
    pub refund_id: &'a str,
    pub amount_fen: u64,
    pub full: bool,
}

events! {
    Event {
        1 "ComplaintFiled" => ComplaintFiled<'a> {
            complaint_id: &'a str,
            merchant_id: &'a str,
            user_ref: &'a str,
            problem: &'a str,
            channel: &'a str,
            orders: Vec<Order<'a>>,
            agreement_id: Option<&'a str>,
            requested_refund_fen: Option<u64>,
            refunded_before_fen: u64,
            description: Option<Sealed<'a>>,
            contact: Option<Sealed<'a>>,
            enquiry: bool,
        }
        1 "RoundOpened" => RoundOpened<'a> {
            round: u32,
            repeat: bool,
            edition: &'a str,
            industry: &'a str,
            clocks: Vec<StartedClock<'a>>,
            text: Option<Sealed<'a>>,
        }
        1 "RefundRequested" => RefundRequested<'a> {
            amount_fen: u64,
            clock: Option<StartedClock<'a>>,
        }
        1 "MerchantResponded" => MerchantResponded<'a> {
            text: Sealed<'a>,
            media: Vec<Media<'a>>,
        }
        1 "MessageRecorded" => MessageRecorded<'a> {
            text: Sealed<'a>,
        }
        1 "EvidenceSubmitted" => EvidenceSubmitted<'a> {
            evidence: Vec<EvidenceItem<'a>>,
            note: Option<Sealed<'a>>,
        }
        1 "EvidenceAccepted" => EvidenceAccepted<'a> {
            evidence_id: u32,
            reason: Sealed<'a>,
        }
        1 "EvidenceRefused" => EvidenceRefused<'a> {
            evidence_id: u32,
            reason: Sealed<'a>,
        }
        1 "BillingExplained" => BillingExplained<'a> {
            text: Sealed<'a>,
        }
        1 "PlanReconfirmed" => PlanReconfirmed {
            user_confirms: Option<bool>,
        }
        1 "UsageStated" => UsageStated<'a> {
            kind: &'a str,
            consumed_fen: u64,
            proof: Option<u32>,
        }
        1 "BillingErrorStated" => BillingErrorStated {
            error_fen: u64,
            proof: Option<u32>,
        }
        1 "SettlementReached" => SettlementReached {
            amount_fen: u64,
        }
        1 "RefundApproved" => RefundApproved<'a> {
            amount_fen: u64,
            launch_days: u32,
            clock: StartedClock<'a>,
        }
        1 "RefundRejected" => RefundRejected<'a> {
            reason: Sealed<'a>,
            evidence: Vec<EvidenceItem<'a>>,
            remark: Option<Sealed<'a>>,
        }
        1 "DefectiveRejectionRecorded" => DefectiveRejectionRecorded<'a> {
            reason: Option<Sealed<'a>>,
        }
        2 "RefundReceived" => RefundReceived<'a> {
            refund_id: &'a str,
            amount_fen: u64,
            by_platform: bool,
            full: bool,
        }
        before {
            1 => upcast::refund_received_1,
        }
        1 "RoundClosed" => RoundClosed<'a> {
            round: u32,
            how: &'a str,
            resolution: Option<Sealed<'a>>,
        }
        1 "UserInsisted" => UserInsisted<'a> {
            text: Option<Sealed<'a>>,
        }
        1 "ComplaintWithdrawn" => ComplaintWithdrawn {}
        1 "LateFactRecorded" => LateFactRecorded<'a> {
            fact_id: u32,
            round: u32,
            claimed_at: i64,
            act: &'a str,
            awaits_review: bool,
            text: Option<Sealed<'a>>,
        }
        1 "LateFactAccepted" => LateFactAccepted<'a> {
            fact_id: u32,
            rationale: Sealed<'a>,
        }
        1 "LateFactRefused" => LateFactRefused<'a> {
            fact_id: u32,
            rationale: Sealed<'a>,
        }
        1 "ComplaintLinked" => ComplaintLinked<'a> {
            other: &'a str,
            kind: &'a str,
        }
        1 "ComplaintUnlinked" => ComplaintUnlinked<'a> {
            other: &'a str,
            kind: &'a str,
        }
        1 "ClocksPaused" => ClocksPaused<'a> {
            reason: &'a str,
        }
        1 "ClocksResumed" => ClocksResumed<'a> {
            reason: &'a str,
        }
        1 "ClockRetimed" => ClockRetimed<'a> {
            round: u32,
            clock: &'a str,
            runs: i64,
            edition: &'a str,
        }
        1 "DeadlineNear" => DeadlineNear<'a> {
            round: u32,
            clock: &'a str,
            due_at: i64,
        }
        1 "DeadlineMissed" => DeadlineMissed<'a> {
            round: u32,
            clock: &'a str,
            due_at: i64,
        }
        1 "DeadlineMissSuperseded" => DeadlineMissSuperseded<'a> {
            round: u32,
            clock: &'a str,
            due_at: i64,
            met_at: Option<i64>,
        }
        1 "GroundFound" => GroundFound<'a> {
            finding_id: u32,
            ground: &'a str,
            round: u32,
            cause: Cause<'a>,
            effective_at: i64,
            clauses: Vec<&'a str>,
            rests_on: Vec<u64>,
            rationale: Option<Sealed<'a>>,
        }
        1 "FindingWithdrawn" => FindingWithdrawn {
            finding_id: u32,
        }
        1 "LiabilityDetermined" => LiabilityDetermined<'a> {
            determination_id: u32,
            finding_ids: Vec<u32>,
            grounds: Vec<&'a str>,
            determined_by: Determiner<'a>,
            rationale: Option<Sealed<'a>>,
        }
        1 "FindingDismissed" => FindingDismissed<'a> {
            finding_ids: Vec<u32>,
            rationale: Sealed<'a>,
        }
        1 "DeterminationOverturned" => DeterminationOverturned<'a> {
            determination_id: u32,
            rationale: Option<Sealed<'a>>,
        }
        1 "DeterminationPutUnderReview" => DeterminationPutUnderReview {
            determination_id: u32,
        }
        1 "NoteKept" => NoteKept<'a> {
            raw_type: &'a str,
            because: &'a str,
            text: Option<Sealed<'a>>,
        }
    }
}
