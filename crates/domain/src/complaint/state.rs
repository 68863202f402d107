//! A complaint as its events have made it.

use alloc::vec::Vec;

use uuid::Uuid;

use crate::clock::{Clock, ClockKind, Pause};
use crate::identity::{AgreementId, ComplaintId, EditionName, MerchantId, Reference, UserRef};
use crate::instant::Instant;
use crate::merchant::Industry;
use crate::remedy::{self, Remedy};

use super::{
    CloseReason, ComplaintChannel, ComplaintState, DeterminationId, DeterminationStatus,
    Determiner, EvidenceId, EvidenceStatus, FactId, FindingId, FindingStatus, Ground, LateAct,
    LateFactStatus, LinkKind, Order, Problem, UsageKind,
};

/// `None` until the complaint is filed.
pub type State = Option<Complaint>;

/// What brought a finding about: one finding per ground, round and cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A clock that was missed.
    Clock(ClockKind),
    /// All evidence of a repeat round was refused (rulebook 4.1(3)).
    EvidenceRefused,
    /// A duty of rulebook 2.2 was left open at the close (rulebook 4.1(2)).
    DutyOpen,
    /// Less approved or refunded than owed at the close (rulebook 4.1(5)).
    BelowRemedy,
    /// The user had to complain again after the merchant called it complete
    /// (rulebook 3(1).bad-3).
    ContinuedAfterComplete,
    /// A reviewer found it; the number tells several of them apart.
    Reviewer(u32),
}

/// A complaint. Everything in it comes from events; nothing is a reading of a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
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
    /// Whether it is an enquiry.
    pub enquiry: bool,
    /// The orders in dispute.
    pub orders: Vec<Order>,
    /// The agreement under which they were debited.
    pub agreement_id: Option<AgreementId>,
    /// What was refunded on these orders before, in fen.
    pub refunded_before_fen: u64,
    /// When it was filed.
    pub filed_at: Instant,
    /// Where it stands.
    pub state: ComplaintState,
    /// When the user withdrew.
    pub withdrawn_at: Option<Instant>,
    /// Rounds, the current one last; never empty once the first has opened.
    pub rounds: Vec<Round>,
    /// How often the user continued.
    pub continues: u32,
    /// The explicit request for a refund.
    pub request: Option<Request>,
    /// The approval in force.
    pub approval: Option<Approval>,
    /// What both agreed on, in fen.
    pub settlement_fen: Option<u64>,
    /// What was said about use, in order.
    pub usage: Vec<Statement<UsageKind>>,
    /// What was said about billing errors, in order.
    pub billing_errors: Vec<Statement<()>>,
    /// Money that reached the user.
    pub refunds: Vec<Refund>,
    /// Evidence in order of appearance.
    pub evidence: Vec<Evidence>,
    /// Findings in order of appearance.
    pub findings: Vec<Finding>,
    /// Determinations in order of appearance.
    pub determinations: Vec<Determination>,
    /// Facts that came late.
    pub late_facts: Vec<LateFact>,
    /// Earlier complaints that this one belongs to.
    pub links: Vec<Link>,
    /// Intervals in which clocks stand still.
    pub pauses: Vec<Pause>,
    /// Events applied so far: the version of the next one.
    pub next_version: u64,
}

/// One round of a complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// From 1.
    pub number: u32,
    /// When it opened.
    pub opened_at: Instant,
    /// When and how it closed.
    pub closed: Option<RoundClose>,
    /// Whether the user continued after a close (guide repeat).
    pub repeat: bool,
    /// The edition that it is judged by.
    pub edition: EditionName,
    /// The merchant's industry when it opened.
    pub industry: Industry,
    /// Its clocks, in the order of `ClockKind`.
    pub clocks: Vec<Clock>,
    /// Whether the billing rule was explained in this round or before (rulebook 2.2(2)).
    pub billing_explained: bool,
    /// Whether plan and service were explained again in this round or before
    /// (rulebook 2.2(1), 2.2(2)).
    pub plan_reconfirmed: bool,
    /// Whether merchant or intermediary did anything at all in it (rulebook 4.3).
    pub merchant_acted: bool,
    /// The version of the event that opened it.
    pub opened_version: u64,
}

/// When and how a round closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundClose {
    /// When.
    pub at: Instant,
    /// How.
    pub how: CloseReason,
    /// The version of the event that closed it.
    pub version: u64,
    /// Whether less was approved or refunded than owed, where a finding rests on it
    /// (rulebook 4.1(5)).
    pub below_remedy: bool,
    /// Whether a duty of rulebook 2.2 was open then (rulebook 4.1(2)).
    pub duty_open: bool,
}

/// An explicit request for a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The amount named last, in fen; `None` asks for everything paid.
    pub amount_fen: Option<u64>,
}

/// An approval in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What will be refunded in all, in fen.
    pub amount_fen: u64,
    /// The round in which it was given.
    pub round: u32,
    /// When it was given.
    pub at: Instant,
}

/// Something said about use or a billing error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<Kind> {
    /// What is said.
    pub kind: Kind,
    /// Consumed, or charged too much, in fen.
    pub amount_fen: u64,
    /// The evidence for it.
    pub proof: Option<EvidenceId>,
}

/// Money that reached the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its own id.
    pub refund_id: Reference,
    /// How much, in fen.
    pub amount_fen: u64,
    /// Whether the platform paid it out of the merchant's settlement.
    pub by_platform: bool,
    /// When it came.
    pub at: Instant,
    /// The command that recorded it, for the first answer again.
    pub command_id: Uuid,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// `e1`, …
    pub evidence_id: EvidenceId,
    /// The round in which it was submitted.
    pub round: u32,
    /// What it is said to show.
    pub kind: Reference,
    /// The file.
    pub media_id: Reference,
    /// Where it stands.
    pub status: EvidenceStatus,
    /// When it was submitted.
    pub submitted_at: Instant,
    /// When it was assessed.
    pub assessed_at: Option<Instant>,
    /// Whether it came with a rejection.
    pub of_rejection: bool,
    /// The version of the event that last changed it.
    pub version: u64,
}

/// A finding under rulebook 4.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `f1`, …
    pub finding_id: FindingId,
    /// Which ground.
    pub ground: Ground,
    /// In which round.
    pub round: u32,
    /// What brought it about.
    pub cause: Cause,
    /// From when it holds.
    pub effective_at: Instant,
    /// The rules behind it.
    pub clauses: Vec<alloc::sync::Arc<str>>,
    /// Where it stands.
    pub status: FindingStatus,
    /// The version of the event that made it.
    pub version: u64,
}

/// A determination under rulebook 4.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Determination {
    /// `d1`, …
    pub determination_id: DeterminationId,
    /// The findings that it rests on.
    pub finding_ids: Vec<FindingId>,
    /// Their grounds, each once.
    pub grounds: Vec<Ground>,
    /// Who determined.
    pub determined_by: Determiner,
    /// Where it stands.
    pub status: DeterminationStatus,
    /// When it was recorded.
    pub determined_at: Instant,
    /// The version of the event that made it.
    pub version: u64,
}

/// A fact that came late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateFact {
    /// `l1`, …
    pub fact_id: FactId,
    /// The round that was open at `claimed_at`.
    pub round: u32,
    /// When it is said to have happened.
    pub claimed_at: Instant,
    /// What was done.
    pub act: LateAct,
    /// When it was told: the instant at which it counts until it is accepted.
    pub told_at: Instant,
    /// The command that told it.
    pub command_id: Uuid,
    /// Where it stands.
    pub status: LateFactStatus,
}

/// A link to an earlier complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The earlier one.
    pub to: ComplaintId,
    /// How they belong together.
    pub kind: LinkKind,
}

impl Complaint {
    /// What was paid on the complaint's orders, less what was refunded before, in fen.
    #[must_use]
    pub fn paid_fen(&self) -> u64 {
        self.orders
            .iter()
            .fold(0_u64, |sum, order| sum.saturating_add(order.amount_fen))
            .saturating_sub(self.refunded_before_fen)
    }

    /// What reached the user so far, in fen.
    #[must_use]
    pub fn refunded_fen(&self) -> u64 {
        self.refunds
            .iter()
            .fold(0, |sum, refund| sum.saturating_add(refund.amount_fen))
    }

    /// What the merchant itself refunded so far, in fen.
    #[must_use]
    pub fn refunded_by_merchant_fen(&self) -> u64 {
        self.refunds
            .iter()
            .filter(|refund| !refund.by_platform)
            .fold(0, |sum, refund| sum.saturating_add(refund.amount_fen))
    }

    /// What was approved, in fen; 0 without an approval.
    #[must_use]
    pub fn approved_fen(&self) -> u64 {
        self.approval
            .as_ref()
            .map_or(0, |approval| approval.amount_fen)
    }

    /// What was explicitly requested, in fen: the amount named, else everything paid.
    #[must_use]
    pub fn requested_fen(&self) -> Option<u64> {
        self.request
            .as_ref()
            .map(|request| request.amount_fen.unwrap_or_else(|| self.paid_fen()))
    }

    /// The current round; `None` only before the first has opened.
    #[must_use]
    pub fn current_round(&self) -> Option<&Round> {
        self.rounds.last()
    }

    /// A round by number.
    #[must_use]
    pub fn round(&self, number: u32) -> Option<&Round> {
        self.rounds.iter().find(|round| round.number == number)
    }

    /// The number of the current round; 0 before the first has opened.
    #[must_use]
    pub fn round_number(&self) -> u32 {
        self.current_round().map_or(0, |round| round.number)
    }

    /// Whether the current round is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.current_round()
            .is_some_and(|round| round.closed.is_none())
    }

    /// Whether the user withdrew.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        self.state == ComplaintState::Withdrawn
    }

    /// What is owed now (rulebook 2.2).
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        remedy::remedy(self)
    }

    /// A piece of evidence by id.
    #[must_use]
    pub fn evidence(&self, id: EvidenceId) -> Option<&Evidence> {
        self.evidence.iter().find(|piece| piece.evidence_id == id)
    }

    /// Whether a piece of evidence was accepted.
    #[must_use]
    pub fn is_accepted(&self, proof: Option<EvidenceId>) -> bool {
        proof
            .and_then(|id| self.evidence(id))
            .is_some_and(|piece| piece.status == EvidenceStatus::Accepted)
    }

    /// Whether a person must look at this complaint: a late fact waits, or a determination lost
    /// what it rested on.
    #[must_use]
    pub fn under_review(&self) -> bool {
        self.late_facts
            .iter()
            .any(|fact| fact.status == LateFactStatus::AwaitsReview)
            || self
                .determinations
                .iter()
                .any(|one| one.status == DeterminationStatus::UnderReview)
    }
}

impl Round {
    /// One of its clocks.
    #[must_use]
    pub fn clock(&self, kind: ClockKind) -> Option<&Clock> {
        self.clocks.iter().find(|clock| clock.kind == kind)
    }
}
