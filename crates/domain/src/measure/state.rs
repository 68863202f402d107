//! Where measures stand. Everything in here comes from events; nothing is a reading of a clock.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::clock::in_time;
use crate::identity::Actor;
use crate::instant::Instant;
use crate::naming::named;
use crate::rulebook::Channel;
use crate::standing::{Metrics, OverdueInterval, Tier};

use super::{AppealOutcome, Authority, Ending, MeasureId, MeasureKind, Parameters, Scope};

named! {
    /// Where a measure stands.
    MeasureStatus {
        /// Approvals are missing.
        Proposed => "proposed",
        /// It binds.
        InForce => "in_force",
        /// Its end or its cure has come.
        Lapsed => "lapsed",
        /// By people.
        Lifted => "lifted",
        /// By an appeal.
        Revoked => "revoked",
        /// By a stronger or wider one of its kind.
        Superseded => "superseded",
        /// A person did not approve.
        Refused => "refused",
        /// What the proposal rested on fell away.
        Withdrawn => "withdrawn",
    }
    /// Whose measures these are; it says which kinds there are and which clause allows them.
    Owner {
        /// A merchant's (rulebook 4.2).
        Merchant => "merchant",
        /// An institution's or a service provider's (rulebook 4.3).
        Intermediary => "intermediary",
    }
    /// Where a submission under rulebook 4.2(1) stands.
    SubmissionStatus {
        /// Nobody has looked at it yet.
        Waiting => "waiting",
        /// It rectifies.
        Accepted => "accepted",
        /// It does not.
        Refused => "refused",
    }
}

impl Owner {
    /// The clause that allows a measure of this kind.
    #[must_use]
    pub const fn clause(self, kind: MeasureKind) -> &'static str {
        match self {
            Self::Merchant => kind.clause(),
            // rulebook 4.3
            Self::Intermediary => "4.3",
        }
    }

    /// Whether a measure of this kind can be taken at all.
    #[must_use]
    pub const fn has(self, kind: MeasureKind) -> bool {
        match kind {
            // rulebook 4.2(1), 4.3
            MeasureKind::Rectification => true,
            // rulebook 4.2
            MeasureKind::SettlementRefund
            | MeasureKind::EndServiceOrders
            | MeasureKind::PreDebitReminder
            | MeasureKind::RiskWarning
            | MeasureKind::TemplateSigning
            | MeasureKind::DebitCapability
            | MeasureKind::Limits
            | MeasureKind::SettlementCycle
            | MeasureKind::ServiceSuspension
            | MeasureKind::ServiceTermination
            | MeasureKind::PaymentPermission
            | MeasureKind::Other => matches!(self, Self::Merchant),
            // rulebook 4.3
            MeasureKind::Warning
            | MeasureKind::LimitOnboarding
            | MeasureKind::RestrictSubMerchants
            | MeasureKind::HoldServiceFee => matches!(self, Self::Intermediary),
        }
    }
}

/// One person's word on a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Instant,
    /// The log position that the person had seen, where it was said.
    pub seen_position: Option<u64>,
}

/// What the owner says it did about a rectification (rulebook 4.2(1)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// When it was made.
    pub at: Instant,
    /// Where it stands.
    pub status: SubmissionStatus,
}

/// The time limit of rulebook 4.2(1) and what was done within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rectification {
    /// The last instant at which a submission is in time; while the measure is under review it
    /// stands still, and it moves when the review ends.
    pub due_at: Instant,
    /// Submissions in order.
    pub submissions: Vec<Submission>,
    /// Whether it is overdue; it stays so until it is accepted or the measure ends.
    pub overdue: bool,
    /// When it was overdue and not under review, in order; the last one is open while it is.
    pub overdue_intervals: Vec<OverdueInterval>,
}

/// The right to be heard again (policy appeal).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appeal {
    /// The last instant at which an appeal is heard.
    pub window_until: Instant,
    /// When it was filed.
    pub filed_at: Option<Instant>,
    /// The last instant at which deciding is in time.
    pub decision_due_at: Option<Instant>,
    /// Whether it was recorded that deciding is late.
    pub decision_missed: bool,
    /// How and when it was decided.
    pub decided: Option<(AppealOutcome, Instant)>,
}

/// A notice on one channel (rulebook 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How.
    pub channel: Channel,
    /// When it was issued; `None` where a delivery was recorded on a channel without one.
    pub issued_at: Option<Instant>,
    /// When its delivery was recorded.
    pub delivered_at: Option<Instant>,
}

/// One measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// `m1`, …
    pub measure_id: MeasureId,
    /// What it is.
    pub kind: MeasureKind,
    /// The clause that allows it.
    pub clause: &'static str,
    /// What it is limited to.
    pub scope: Scope,
    /// Its numbers.
    pub parameters: Parameters,
    /// How it ends, as proposed or as an appeal varied it.
    pub ending: Ending,
    /// The tier that brought it; `None` when proposed by hand or for one complaint.
    pub tier: Option<Tier>,
    /// Determinations (`C1/d1`) or other references.
    pub grounds: Vec<Arc<str>>,
    /// Why.
    pub rationale: Arc<str>,
    /// Who must approve.
    pub authority: Authority,
    /// The metrics that it was proposed on.
    pub metrics: Option<Metrics>,
    /// What lifts it, as a sentence.
    pub cure: Arc<str>,
    /// Where it stands.
    pub status: MeasureStatus,
    /// Who proposed it.
    pub proposed_by: Actor,
    /// When.
    pub proposed_at: Instant,
    /// Who approved it so far, in order.
    pub approvals: Vec<Approval>,
    /// When it came into force.
    pub imposed_at: Option<Instant>,
    /// Until this instant (exclusive), where the end is known.
    pub until: Option<Instant>,
    /// When it stopped to bind, or to be proposed.
    pub ended_at: Option<Instant>,
    /// Of a rectification in force, or of one that was.
    pub rectification: Option<Rectification>,
    /// Once it is in force.
    pub appeal: Option<Appeal>,
    /// Since when a person has to look again because a determination that it rests on fell; it
    /// stays when the measure ends without an appeal that upholds it.
    pub under_review_since: Option<Instant>,
    /// The determinations among its grounds that fell.
    pub fallen_grounds: Vec<Arc<str>>,
    /// Notices, in order.
    pub notices: Vec<Notice>,
    /// Who wants it lifted so far, in order.
    pub lift_approvals: Vec<Approval>,
}

/// All measures of one owner, in order of appearance. Cloning shares the measures themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measures {
    /// Whose.
    pub owner: Owner,
    list: Vec<Arc<Measure>>,
    /// Those proposed or in force: few of many, and all that time can do something to.
    open: Vec<MeasureId>,
}

impl Measures {
    /// No measures yet.
    #[must_use]
    pub const fn of(owner: Owner) -> Self {
        Self {
            owner,
            list: Vec::new(),
            open: Vec::new(),
        }
    }

    /// All of them, in order of appearance.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Measure> {
        self.list.iter().map(|measure| &**measure)
    }

    /// Those proposed or in force, in order of appearance.
    pub fn open(&self) -> impl Iterator<Item = &Measure> {
        self.open
            .iter()
            .filter_map(|measure_id| self.get(*measure_id))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// One by id.
    #[must_use]
    pub fn get(&self, measure_id: MeasureId) -> Option<&Measure> {
        self.list.get(place(measure_id)?).map(|measure| &**measure)
    }

    /// Adds the next one.
    pub(super) fn add(&mut self, measure: Measure) {
        self.open.push(measure.measure_id);
        self.list.push(Arc::new(measure));
    }

    /// Changes one; one that is not there stays so.
    pub(super) fn change(&mut self, measure_id: MeasureId, change: impl FnOnce(&mut Measure)) {
        if let Some(measure) = place(measure_id).and_then(|place| self.list.get_mut(place)) {
            let measure = Arc::make_mut(measure);
            change(measure);
            if !measure.is_open() {
                self.open.retain(|open| *open != measure_id);
            }
        }
    }

    /// The id of the next one.
    #[must_use]
    pub fn next_id(&self) -> MeasureId {
        let known = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        MeasureId(known.saturating_add(1))
    }

    /// Those that bind, in order of appearance.
    pub fn in_force(&self) -> impl Iterator<Item = &Measure> {
        self.open().filter(|measure| measure.is_in_force())
    }

    /// When rectifications of this owner were overdue (rulebook 4.2(1)), in order. What was
    /// overdue under a measure that went under review does not count, not even for the time
    /// before, until an appeal upholds the measure.
    #[must_use]
    pub fn overdue_intervals(&self) -> Vec<OverdueInterval> {
        let mut intervals: Vec<OverdueInterval> = self
            .iter()
            .filter(|measure| measure.under_review_since.is_none())
            .filter_map(|measure| measure.rectification.as_ref())
            .flat_map(|rectification| rectification.overdue_intervals.iter().copied())
            .collect();
        intervals.sort_unstable();
        intervals
    }
}

impl Measure {
    /// Whether it binds.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        self.status == MeasureStatus::InForce
    }

    /// Whether it is proposed or binds.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self.status,
            MeasureStatus::Proposed | MeasureStatus::InForce
        )
    }

    /// Whether it binds and a person has to look again because a determination that it rests on
    /// fell.
    #[must_use]
    pub fn under_review(&self) -> bool {
        self.is_in_force() && self.under_review_since.is_some()
    }

    /// Whether it is a rectification that is overdue (rulebook 4.2(1)), under review or not.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.rectification
            .as_ref()
            .is_some_and(|rectification| rectification.overdue)
    }

    /// Its end for people: the instant at which it lapses, or a rectification's due instant.
    #[must_use]
    pub fn ends_at(&self) -> Option<Instant> {
        self.until
            .or_else(|| self.rectification.as_ref().map(|one| one.due_at))
    }

    /// How many people bring it into force while it is proposed. What the edition would impose by
    /// itself still takes one when an import of history kept it back (policy four-eyes).
    #[must_use]
    pub const fn people_to_impose(&self) -> usize {
        match self.authority {
            Authority::Automatic | Authority::One => 1,
            Authority::Two => 2,
        }
    }

    /// How many people lift it: as many as imposing it takes, one where none is (policy
    /// four-eyes).
    #[must_use]
    pub const fn people_to_lift(&self) -> usize {
        self.people_to_impose()
    }

    /// Whether this person proposed or approved it.
    #[must_use]
    pub fn was_brought_by(&self, person: &Actor) -> bool {
        same_person(&self.proposed_by, person) || self.was_approved_by(person)
    }

    /// Whether this person approved it.
    #[must_use]
    pub fn was_approved_by(&self, person: &Actor) -> bool {
        self.approvals
            .iter()
            .any(|approval| same_person(&approval.by, person))
    }
}

impl Rectification {
    /// Whether nothing submitted by its due instant is waiting or accepted.
    #[must_use]
    pub fn is_unmet(&self) -> bool {
        !self.submissions.iter().any(|submission| {
            in_time(submission.at, self.due_at) && submission.status != SubmissionStatus::Refused
        })
    }

    /// Whether a submission waits for a decision.
    #[must_use]
    pub fn has_waiting_submission(&self) -> bool {
        self.submissions
            .iter()
            .any(|submission| submission.status == SubmissionStatus::Waiting)
    }
}

impl Appeal {
    /// Whether an appeal waits for a decision.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.filed_at.is_some() && self.decided.is_none()
    }
}

/// Whether two actors are one person. Somebody who acts as `risk` and as `admin` is still one
/// person, so only the ids count (policy four-eyes).
#[must_use]
pub fn same_person(one: &Actor, other: &Actor) -> bool {
    one.id == other.id
}

/// Ids count up from 1 in order of appearance, so the place follows from the id.
fn place(measure_id: MeasureId) -> Option<usize> {
    usize::try_from(measure_id.0).ok()?.checked_sub(1)
}
