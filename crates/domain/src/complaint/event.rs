//! What happened to a complaint.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::clock::ClockKind;
use crate::identity::{
    ActorId, AgreementId, ComplaintId, EditionName, MerchantId, Reference, UserRef,
};
use crate::instant::{Instant, Span};
use crate::merchant::Industry;
use crate::rulebook::PauseReason;
use crate::text::PersonalText;

use super::{
    Cause, CloseReason, ComplaintChannel, DeterminationId, EvidenceId, EvidenceItem, FactId,
    FindingId, Ground, LateAct, LinkKind, Media, Order, Problem, UsageKind,
};

/// An event of a complaint. Together with its stamp it is all that `evolve` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The user raised it with the platform (rulebook 1.6).
    ComplaintFiled {
        /// The source's id.
        complaint_id: ComplaintId,
        /// Complained of.
        merchant_id: MerchantId,
        /// Complaining.
        user_ref: UserRef,
        /// What it is about.
        problem: Problem,
        /// Where it was raised.
        channel: ComplaintChannel,
        /// The orders in dispute.
        orders: Vec<Order>,
        /// The agreement under which they were debited.
        agreement_id: Option<AgreementId>,
        /// What the user asks back, if an amount was named.
        requested_refund_fen: Option<u64>,
        /// What was refunded on these orders before, in fen.
        refunded_before_fen: u64,
        /// The user's words.
        description: Option<PersonalText>,
        /// How to reach the user.
        contact: Option<PersonalText>,
        /// Whether it is an enquiry.
        enquiry: bool,
    },
    /// A round began; clocks start.
    RoundOpened {
        /// From 1.
        round: u32,
        /// Whether the user continues after a close (guide repeat).
        repeat: bool,
        /// The edition that this round is judged by.
        edition: EditionName,
        /// The merchant's industry when the round began (rulebook 3(1).1.3).
        industry: Industry,
        /// The clocks that start with the round.
        clocks: Vec<StartedClock>,
        /// What the user adds.
        text: Option<PersonalText>,
    },
    /// The user asked for money back, or for another amount.
    RefundRequested {
        /// What the user asks for now, in fen.
        amount_fen: u64,
        /// The clock that starts with the first request of the round.
        clock: Option<StartedClock>,
    },
    /// The merchant answered the user.
    MerchantResponded {
        /// The answer.
        text: PersonalText,
        /// Files along with it.
        media: Vec<Media>,
    },
    /// A message without effect on clocks.
    MessageRecorded {
        /// The message.
        text: PersonalText,
    },
    /// The merchant submitted evidence (rulebook 3(1).1.2).
    EvidenceSubmitted {
        /// One or more pieces, numbered in order of appearance.
        evidence: Vec<EvidenceItem>,
        /// A note to the reviewer.
        note: Option<PersonalText>,
    },
    /// A reviewer accepted a piece of evidence.
    EvidenceAccepted {
        /// Which.
        evidence_id: EvidenceId,
        /// Why.
        reason: PersonalText,
    },
    /// A reviewer refused a piece of evidence.
    EvidenceRefused {
        /// Which.
        evidence_id: EvidenceId,
        /// Why.
        reason: PersonalText,
    },
    /// The merchant explained the billing rule (rulebook 2.2(2)).
    BillingExplained {
        /// The explanation.
        text: PersonalText,
    },
    /// The merchant explained plan and service again (rulebook 2.2(1), 2.2(2)).
    PlanReconfirmed {
        /// What the user said.
        user_confirms: Option<bool>,
    },
    /// Somebody stated how far the service was used.
    UsageStated {
        /// How far.
        kind: UsageKind,
        /// What was consumed, in fen.
        consumed_fen: u64,
        /// The evidence for it.
        proof: Option<EvidenceId>,
    },
    /// Somebody stated a billing error (rulebook 2.2(2)).
    BillingErrorStated {
        /// By how much too much was charged, in fen.
        error_fen: u64,
        /// The evidence for it.
        proof: Option<EvidenceId>,
    },
    /// User and merchant agreed (rulebook 2.2).
    SettlementReached {
        /// On this amount, in fen.
        amount_fen: u64,
    },
    /// The merchant approved a refund (rulebook 3(1).1.1).
    RefundApproved {
        /// What will be refunded in all, in fen.
        amount_fen: u64,
        /// Working days promised.
        launch_days: u32,
        /// The clock until the money has come (policy refund-payment).
        clock: StartedClock,
    },
    /// The merchant rejected with reason and evidence (rulebook 3(1).1.1).
    RefundRejected {
        /// Why.
        reason: PersonalText,
        /// At least one piece.
        evidence: Vec<EvidenceItem>,
        /// Anything else.
        remark: Option<PersonalText>,
    },
    /// A rejection made elsewhere without reason or evidence: no clock stops.
    DefectiveRejectionRecorded {
        /// What was given as a reason.
        reason: Option<PersonalText>,
    },
    /// Money reached the user.
    RefundReceived {
        /// The refund's own id.
        refund_id: Reference,
        /// How much, in fen.
        amount_fen: u64,
        /// Whether the platform paid it out of the merchant's settlement (rulebook 4.2(2)).
        by_platform: bool,
        /// Whether with it everything approved, else requested, else paid has come back.
        full: bool,
    },
    /// A round ended.
    RoundClosed {
        /// Which.
        round: u32,
        /// How.
        how: CloseReason,
        /// How the complaint was resolved, where a text goes with it.
        resolution: Option<PersonalText>,
    },
    /// The user continued while the round is open.
    UserInsisted {
        /// What the user adds.
        text: Option<PersonalText>,
    },
    /// The user withdrew.
    ComplaintWithdrawn,
    /// An act that belongs to a round that has closed since, or that waits for a reviewer.
    LateFactRecorded {
        /// From `l1`.
        fact_id: FactId,
        /// The round that was open at `claimed_at`.
        round: u32,
        /// When it is said to have happened.
        claimed_at: Instant,
        /// What was done.
        act: LateAct,
        /// Whether a reviewer must say that it counts (policy partner-grace).
        awaits_review: bool,
        /// The text that came with it, where its own event does not carry it.
        text: Option<PersonalText>,
    },
    /// A reviewer let a late fact count.
    LateFactAccepted {
        /// Which.
        fact_id: FactId,
        /// Why.
        rationale: PersonalText,
    },
    /// A reviewer did not let a late fact count.
    LateFactRefused {
        /// Which.
        fact_id: FactId,
        /// Why.
        rationale: PersonalText,
    },
    /// This complaint belongs to an earlier one.
    ComplaintLinked {
        /// The earlier one.
        other: ComplaintId,
        /// How (guide repeat, policy related-window).
        kind: LinkKind,
    },
    /// A link was taken back.
    ComplaintUnlinked {
        /// The earlier one.
        other: ComplaintId,
        /// How it was said to belong.
        kind: LinkKind,
    },
    /// Clocks stand still from the counted instant on (policy pause).
    ClocksPaused {
        /// Why.
        reason: PauseReason,
    },
    /// Clocks go on from the counted instant on (policy pause).
    ClocksResumed {
        /// Which pause ended.
        reason: PauseReason,
    },
    /// A running clock took the duration of a new edition (rulebook 5).
    ClockRetimed {
        /// In which round.
        round: u32,
        /// Which clock.
        clock: ClockKind,
        /// How long it runs now, from the same start.
        runs: Span,
        /// The edition that says so.
        edition: EditionName,
    },
    /// A clock reached its at-risk share (policy at-risk).
    DeadlineNear {
        /// In which round.
        round: u32,
        /// Which clock.
        clock: ClockKind,
        /// When it is due.
        due_at: Instant,
    },
    /// A clock's due instant passed.
    DeadlineMissed {
        /// In which round.
        round: u32,
        /// Which clock.
        clock: ClockKind,
        /// When it was due; the breach is a fact one millisecond later.
        due_at: Instant,
    },
    /// A fact recorded late shows that a declared miss was none.
    DeadlineMissSuperseded {
        /// In which round.
        round: u32,
        /// Which clock.
        clock: ClockKind,
        /// When it was due.
        due_at: Instant,
        /// When it was met; `None` where a pause recorded late moved the due instant.
        met_at: Option<Instant>,
    },
    /// One of the six grounds of rulebook 4.1 is found.
    GroundFound {
        /// From `f1`.
        finding_id: FindingId,
        /// Which ground.
        ground: Ground,
        /// In which round.
        round: u32,
        /// What brought it about.
        cause: Cause,
        /// From when it holds.
        effective_at: Instant,
        /// The rules behind it: clauses, guides and policies.
        clauses: Vec<Arc<str>>,
        /// Versions of this stream's events that it rests on.
        rests_on: Vec<u64>,
        /// A reviewer's reasons.
        rationale: Option<PersonalText>,
    },
    /// What a finding rested on has fallen away.
    FindingWithdrawn {
        /// Which.
        finding_id: FindingId,
    },
    /// The platform judges the merchant liable (rulebook 4.1).
    LiabilityDetermined {
        /// From `d1`.
        determination_id: DeterminationId,
        /// The findings that it rests on.
        finding_ids: Vec<FindingId>,
        /// Their grounds, each once.
        grounds: Vec<Ground>,
        /// Who determined.
        determined_by: Determiner,
        /// A reviewer's reasons.
        rationale: Option<PersonalText>,
    },
    /// A reviewer found that findings do not hold.
    FindingDismissed {
        /// Which.
        finding_ids: Vec<FindingId>,
        /// Why.
        rationale: PersonalText,
    },
    /// A determination falls, and its findings with it.
    DeterminationOverturned {
        /// Which.
        determination_id: DeterminationId,
        /// A reviewer's reasons; none where a superseded miss took it along.
        rationale: Option<PersonalText>,
    },
    /// A finding under a reviewer's determination fell: a person must look again.
    DeterminationPutUnderReview {
        /// Which.
        determination_id: DeterminationId,
    },
    /// Something of the source that has no effect here.
    NoteKept {
        /// What the source calls it.
        raw_type: Reference,
        /// Why it was only kept.
        because: Reference,
        /// Its text.
        text: Option<PersonalText>,
    },
}

/// A clock as it starts: enough to know its due instant without the edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedClock {
    /// Which clock.
    pub kind: ClockKind,
    /// From when it runs.
    pub started_at: Instant,
    /// How long it runs without pauses.
    pub runs: Span,
    /// Its at-risk share in percent.
    pub at_risk_percent: u32,
}

/// Who determined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Determiner {
    /// A rule that the edition declares automatic.
    Edition(EditionName),
    /// A person.
    Person(ActorId),
}

impl Event {
    /// The personal texts in this event, in a fixed order, so that each can be sealed with its
    /// place as associated data.
    pub fn texts_mut(&mut self) -> Vec<&mut PersonalText> {
        match self {
            Self::ComplaintFiled {
                description,
                contact,
                ..
            } => description.iter_mut().chain(contact.iter_mut()).collect(),
            Self::RoundOpened { text, .. }
            | Self::UserInsisted { text }
            | Self::LateFactRecorded { text, .. }
            | Self::NoteKept { text, .. }
            | Self::DefectiveRejectionRecorded { reason: text }
            | Self::EvidenceSubmitted { note: text, .. }
            | Self::RoundClosed {
                resolution: text, ..
            }
            | Self::GroundFound {
                rationale: text, ..
            }
            | Self::LiabilityDetermined {
                rationale: text, ..
            }
            | Self::DeterminationOverturned {
                rationale: text, ..
            } => text.iter_mut().collect(),
            Self::MerchantResponded { text, .. }
            | Self::MessageRecorded { text }
            | Self::EvidenceAccepted { reason: text, .. }
            | Self::EvidenceRefused { reason: text, .. }
            | Self::BillingExplained { text }
            | Self::LateFactAccepted {
                rationale: text, ..
            }
            | Self::LateFactRefused {
                rationale: text, ..
            }
            | Self::FindingDismissed {
                rationale: text, ..
            } => Vec::from([text]),
            Self::RefundRejected { reason, remark, .. } => {
                core::iter::once(reason).chain(remark.iter_mut()).collect()
            }
            Self::RefundRequested { .. }
            | Self::PlanReconfirmed { .. }
            | Self::UsageStated { .. }
            | Self::BillingErrorStated { .. }
            | Self::SettlementReached { .. }
            | Self::RefundApproved { .. }
            | Self::RefundReceived { .. }
            | Self::ComplaintWithdrawn
            | Self::ComplaintLinked { .. }
            | Self::ComplaintUnlinked { .. }
            | Self::ClocksPaused { .. }
            | Self::ClocksResumed { .. }
            | Self::ClockRetimed { .. }
            | Self::DeadlineNear { .. }
            | Self::DeadlineMissed { .. }
            | Self::DeadlineMissSuperseded { .. }
            | Self::FindingWithdrawn { .. }
            | Self::DeterminationPutUnderReview { .. } => Vec::new(),
        }
    }
}
