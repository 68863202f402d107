//! What happens to a measure; the same for merchants and intermediaries.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::clock::ClockKind;
use crate::identity::{ComplaintId, Reference};
use crate::instant::Instant;
use crate::naming::named;
use crate::rulebook::Channel;
use crate::standing::{Metrics, Tier};

use super::{Authority, Ending, MeasureId, MeasureKind, Parameters, Scope};

named! {
    /// How an appeal is decided (policy appeal).
    AppealOutcome {
        /// The measure stays.
        Uphold => "uphold",
        /// The measure stays with another end.
        Vary => "vary",
        /// The measure falls.
        Revoke => "revoke",
    }
}

/// A measure as proposed, with everything that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedMeasure {
    /// `m1`, …
    pub measure_id: MeasureId,
    /// What it is.
    pub kind: MeasureKind,
    /// What it is limited to.
    pub scope: Scope,
    /// Its numbers.
    pub parameters: Parameters,
    /// How it ends.
    pub ending: Ending,
    /// The tier that brought it; `None` when proposed by hand or for one complaint.
    pub tier: Option<Tier>,
    /// Determinations (`C1/d1`) or other references; never empty.
    pub grounds: Vec<Arc<str>>,
    /// Why, in the proposer's words, or the rule of the edition.
    pub rationale: Arc<str>,
    /// Who must approve (policy four-eyes).
    pub authority: Authority,
    /// The metrics that it was proposed on.
    pub metrics: Option<Metrics>,
    /// What lifts it, as a sentence.
    pub cure: Arc<str>,
}

/// An event of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "events are made once and then read by reference"
)]
pub enum MeasureEvent {
    /// `MeasureProposed`
    Proposed {
        /// The measure.
        measure: ProposedMeasure,
    },
    /// `MeasureApproved`: one person approved.
    Approved {
        /// Which.
        measure_id: MeasureId,
        /// The log position that the approver had seen.
        seen_position: Option<u64>,
    },
    /// `MeasureImposed`: the last approval it needs is given.
    Imposed {
        /// Which.
        measure_id: MeasureId,
        /// Until this instant (exclusive), where the end is known.
        until: Option<Instant>,
        /// For a rectification: when it is due (rulebook 4.2(1)).
        rectification_due_at: Option<Instant>,
        /// Up to this instant an appeal is heard (policy appeal).
        appeal_until: Instant,
    },
    /// `MeasureRefused`: a person did not approve.
    Refused {
        /// Which.
        measure_id: MeasureId,
        /// Why.
        rationale: Arc<str>,
    },
    /// `MeasureWithdrawn`: what the proposal rested on fell away.
    Withdrawn {
        /// Which.
        measure_id: MeasureId,
    },
    /// `MeasureLapsed`: its end or its cure has come.
    Lapsed {
        /// Which.
        measure_id: MeasureId,
        /// The end or the cure.
        because: Arc<str>,
    },
    /// `MeasureLifted`: by the people that imposing it would take.
    Lifted {
        /// Which.
        measure_id: MeasureId,
        /// Why.
        rationale: Arc<str>,
    },
    /// `MeasureLiftApproved`: one of two people wants it lifted.
    LiftApproved {
        /// Which.
        measure_id: MeasureId,
        /// Why.
        rationale: Arc<str>,
    },
    /// `MeasureSuperseded`: by a wider or stronger one of its kind.
    Superseded {
        /// Which.
        measure_id: MeasureId,
        /// By which.
        by_measure_id: MeasureId,
    },
    /// `MeasurePutUnderReview`: a determination that it rests on fell; it stays in force until a
    /// person decides.
    PutUnderReview {
        /// Which.
        measure_id: MeasureId,
        /// The determinations that fell.
        fallen: Vec<Arc<str>>,
    },
    /// `NoticeIssued`: the measure is told on a channel (rulebook 4.2).
    NoticeIssued {
        /// Which.
        measure_id: MeasureId,
        /// How.
        channel: Channel,
    },
    /// `NoticeDelivered`: a delivery was recorded (rulebook 4.2).
    NoticeDelivered {
        /// Which.
        measure_id: MeasureId,
        /// How.
        channel: Channel,
        /// The delivery's own reference.
        delivery_ref: Reference,
    },
    /// `RectificationSubmitted` (rulebook 4.2(1))
    RectificationSubmitted {
        /// Which.
        measure_id: MeasureId,
        /// What was done.
        summary: Arc<str>,
    },
    /// `RectificationAccepted` (rulebook 4.2(1))
    RectificationAccepted {
        /// Which.
        measure_id: MeasureId,
        /// Why.
        rationale: Arc<str>,
    },
    /// `RectificationRefused` (rulebook 4.2(1))
    RectificationRefused {
        /// Which.
        measure_id: MeasureId,
        /// Why.
        rationale: Arc<str>,
    },
    /// `RectificationOverdue` (rulebook 4.2(1))
    RectificationOverdue {
        /// Which.
        measure_id: MeasureId,
        /// When it was due.
        due_at: Instant,
    },
    /// `AppealFiled` (policy appeal)
    AppealFiled {
        /// Which.
        measure_id: MeasureId,
        /// The merchant's words.
        statement: Arc<str>,
        /// When it must be decided.
        decision_due_at: Instant,
    },
    /// `AppealDecided` (policy appeal)
    AppealDecided {
        /// Which.
        measure_id: MeasureId,
        /// How.
        outcome: AppealOutcome,
        /// Why.
        rationale: Arc<str>,
        /// The new end, where it is varied.
        until: Option<Instant>,
    },
    /// `MeasureDeadlineMissed`: an appeal was not decided in time (policy appeal).
    DeadlineMissed {
        /// Which.
        measure_id: MeasureId,
        /// Which clock.
        clock: ClockKind,
        /// When it was due.
        due_at: Instant,
    },
    /// `SettlementRefundOrdered`: pay out of the pending settlement (rulebook 4.2(2)).
    SettlementRefundOrdered {
        /// Which.
        measure_id: MeasureId,
        /// Whose orders.
        complaint_id: ComplaintId,
        /// How much, in fen.
        amount_fen: u64,
    },
}
