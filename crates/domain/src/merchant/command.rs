//! What can be asked of a merchant.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::circumstances::Circumstances;
use crate::identity::{ComplaintId, EntityId, IntermediaryId, MerchantId, Reference};
use crate::instant::{CivilDay, Instant};
use crate::measure::{AppealOutcome, Authority, Ending, MeasureId, MeasureKind, Parameters, Scope};
use crate::rulebook::Channel;
use crate::standing::{Evaluation, Metrics};

use super::{Industry, MerchantKind};

/// A command to a merchant, with everything that deciding on it needs.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who, when, under which rulebook.
    pub circumstances: Circumstances,
    /// What the engine knows besides the merchant's own stream.
    pub facts: Facts,
    /// What is asked.
    pub act: Act,
}

/// What the engine knows besides the merchant's own stream.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Facts {
    /// The last position at which findings, determinations, standing or measures of this merchant
    /// changed; an approval that has seen less is stale. 0 when nothing ever did.
    pub basis_position: u64,
    /// The log's last position; `None` where it is not looked at. Nobody has seen beyond it.
    pub last_position: Option<u64>,
    /// Determinations of this merchant's complaints that stand, as `C1/d1`, in order of position.
    pub standing_determinations: Vec<Arc<str>>,
    /// Metrics at `recorded_at`, for the snapshot in a proposal.
    pub metrics: Option<Metrics>,
    /// For a measure under rulebook 4.2(2): what is owed on its complaint less what was refunded,
    /// now, in fen; where it is not said, the amount proposed is taken.
    pub outstanding_fen: Option<u64>,
    /// Whether the complaint that a proposal names is unknown or another merchant's.
    pub complaint_is_foreign: bool,
}

/// What is asked of a merchant. Texts about a company are recorded as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `merchant.register` (rulebook 1.1)
    Register(Registration),
    /// `merchant.update`: only what is there changes.
    Update(Update),
    /// `merchant.report_volume`: one day's denominators; a later report corrects.
    ReportVolume {
        /// The civil day.
        day: CivilDay,
        /// Debits of that day.
        debits: u64,
        /// Users debited that day.
        users: u64,
    },
    /// A command about a measure.
    Measure(MeasureAct),
    /// `merchant.accept_rulebook` (rulebook 5)
    AcceptRulebook {
        /// Which edition.
        edition: Arc<str>,
    },
    /// `merchant.decline_rulebook` (rulebook 5): ends the service agreement.
    DeclineRulebook {
        /// Which edition.
        edition: Arc<str>,
        /// The notice in writing.
        written_notice: Arc<str>,
    },
    /// `merchant.observe`, by the engine: lets time pass up to an instant and records what follows
    /// for standing and measures.
    Observe(Observation),
}

/// A command about a measure; the same for merchants and intermediaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasureAct {
    /// `propose_measure` (rulebook 4.2, policy four-eyes)
    Propose(Proposal),
    /// `impose_measure`: propose and approve in one, where one person suffices.
    Impose(Proposal),
    /// `approve_measure`
    Approve {
        /// Which.
        measure_id: MeasureId,
        /// The log position that the approver had seen.
        seen_position: Option<u64>,
    },
    /// `refuse_measure`
    Refuse {
        /// Which.
        measure_id: MeasureId,
        /// Why.
        rationale: Arc<str>,
    },
    /// `lift_measure`
    Lift {
        /// Which.
        measure_id: MeasureId,
        /// Why.
        rationale: Arc<str>,
    },
    /// `record_notice` (rulebook 4.2)
    RecordNotice {
        /// Which.
        measure_id: MeasureId,
        /// How.
        channel: Channel,
        /// The delivery's own reference.
        delivery_ref: Reference,
    },
    /// `submit_rectification` (rulebook 4.2(1))
    SubmitRectification {
        /// Which.
        measure_id: MeasureId,
        /// What was done.
        summary: Arc<str>,
    },
    /// `accept_rectification` (rulebook 4.2(1))
    AcceptRectification {
        /// Which.
        measure_id: MeasureId,
        /// Why.
        rationale: Arc<str>,
    },
    /// `refuse_rectification` (rulebook 4.2(1))
    RefuseRectification {
        /// Which.
        measure_id: MeasureId,
        /// Why.
        rationale: Arc<str>,
    },
    /// `appeal` (policy appeal)
    Appeal {
        /// Which.
        measure_id: MeasureId,
        /// The merchant's words.
        statement: Arc<str>,
    },
    /// `decide_appeal` (policy appeal)
    DecideAppeal {
        /// Which.
        measure_id: MeasureId,
        /// How.
        outcome: AppealOutcome,
        /// Why.
        rationale: Arc<str>,
        /// The new end, where it is varied.
        until: Option<Instant>,
    },
}

/// `merchant.register`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The merchant number.
    pub merchant_id: MerchantId,
    /// rulebook 1.1
    pub kind: MerchantKind,
    /// rulebook 3(1).1.3
    pub industry: Industry,
    /// A business name.
    pub name: Arc<str>,
    /// rulebook 1.3; a sub-merchant has one.
    pub institution_id: Option<IntermediaryId>,
    /// rulebook 1.4
    pub service_provider_id: Option<IntermediaryId>,
    /// The legal entity; by default the merchant's own id.
    pub entity_id: Option<EntityId>,
}

/// `merchant.update`
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Update {
    /// A new industry.
    pub industry: Option<Industry>,
    /// A new name.
    pub name: Option<Arc<str>>,
    /// A new institution.
    pub institution_id: Option<IntermediaryId>,
    /// A new service provider.
    pub service_provider_id: Option<IntermediaryId>,
    /// Another entity.
    pub entity_id: Option<EntityId>,
}

/// A measure as proposed by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What it is.
    pub kind: MeasureKind,
    /// What it is limited to.
    pub scope: Scope,
    /// Its numbers.
    pub parameters: Parameters,
    /// How it ends.
    pub ending: Ending,
    /// A stricter authority than the edition's; it can be raised, never lowered.
    pub authority: Option<Authority>,
    /// Determinations (`C1/d1`) or other references.
    pub grounds: Vec<Arc<str>>,
    /// Why.
    pub rationale: Arc<str>,
}

/// What the engine has seen, for `merchant.observe` and `intermediary.observe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Up to and including this instant.
    pub through: Instant,
    /// Standing as it should be now; `None` where only measures are looked at.
    pub evaluation: Option<Evaluation>,
    /// The log position that the evaluation reflects.
    pub computed_at_position: u64,
    /// Determinations (`C1/d1`) that were overturned or withdrawn.
    pub fallen_determinations: Vec<Arc<str>>,
    /// Complaints whose refund is overdue under rulebook 4.2(2), and those settled since.
    pub settlement_refunds: Vec<SettlementRefundFacts>,
    /// When the merchant used the service under an edition: recorded as consent (rulebook 5).
    pub used_service_at: Option<Instant>,
    /// Whether measures may come into force and notices go out; an import of history keeps both
    /// back.
    pub enact: bool,
}

/// One complaint under rulebook 4.2(2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementRefundFacts {
    /// Which complaint.
    pub complaint_id: ComplaintId,
    /// What is owed less what was refunded, in fen; 0 when nothing is.
    pub outstanding_fen: u64,
    /// Whether the waiting time is over, the clock still unmet and a determination stands.
    pub due: bool,
    /// The determinations that stand, as `C1/d1`.
    pub determinations: Vec<Arc<str>>,
}
