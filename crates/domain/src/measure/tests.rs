//! Given measures, when a person acts or time passes, then events or a refusal.

mod appeals;
mod approvals;
mod properties;
mod proposals;
mod rectification;
mod supersession;
mod time;

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use uuid::Uuid;

use crate::circumstances::Circumstances;
use crate::identity::{Actor, ActorId, Role};
use crate::instant::{Instant, Span};
use crate::merchant::{Facts, Industry, MeasureAct, Proposal};
use crate::refusal::{Code, Refusal};
use crate::rulebook::Rulebook;
use crate::rulebook::fixture::{civil, default_edition};

use super::{
    Draft, Ending, Measure, MeasureEvent, MeasureId, MeasureKind, MeasureStatus, Measures, Owner,
    Parameters, Scope, Setting, decide,
};

/// Measures of one owner as they come about, with what surrounds each command.
pub(crate) struct Story {
    pub(crate) measures: Measures,
    pub(crate) facts: Facts,
    pub(crate) rulebook: Arc<Rulebook>,
    pub(crate) now: Instant,
}

pub(crate) const M1: MeasureId = MeasureId(1);
pub(crate) const M2: MeasureId = MeasureId(2);

pub(crate) fn person(id: &str) -> Actor {
    Actor {
        role: Role::Risk,
        id: ActorId::new(id).expect("an id"),
    }
}

pub(crate) fn text(text: &str) -> Arc<str> {
    Arc::from(text)
}

pub(crate) fn circumstances(rulebook: &Arc<Rulebook>, now: Instant, by: Actor) -> Circumstances {
    Circumstances {
        command_id: Uuid::from_u128(1),
        recorded_at: now,
        occurred_at: now,
        adjusted: false,
        trust: by.role.default_trust(),
        by,
        rulebook: Arc::clone(rulebook),
    }
}

impl Story {
    fn of(owner: Owner) -> Self {
        Self {
            measures: Measures::of(owner),
            facts: Facts::default(),
            rulebook: Arc::new(Rulebook::new(default_edition())),
            now: civil(2026, 4, 1, 9, 0),
        }
    }

    /// Measures of a merchant, at 2026-04-01T09:00:00+08:00.
    fn new() -> Self {
        Self::of(Owner::Merchant)
    }

    fn wait(&mut self, span: Span) {
        self.now = self.now.plus(span);
    }

    fn act(&mut self, by: &str, act: &MeasureAct) -> Result<Vec<MeasureEvent>, Refusal> {
        let circumstances = circumstances(&self.rulebook, self.now, person(by));
        let setting = Setting {
            circumstances: &circumstances,
            facts: &self.facts,
            industry: Industry::General,
        };
        let events = decide(&self.measures, setting, act)?;
        for event in &events {
            self.measures.apply(&circumstances.stamp(), event);
        }
        Ok(events)
    }

    fn refused(&mut self, by: &str, act: &MeasureAct) -> Code {
        self.act(by, act).expect_err("a refusal").code
    }

    /// The engine looks, with what `look` does.
    fn observe(&mut self, look: impl FnOnce(&mut Draft<'_>)) -> Vec<MeasureEvent> {
        let circumstances = circumstances(&self.rulebook, self.now, Actor::engine());
        let setting = Setting {
            circumstances: &circumstances,
            facts: &self.facts,
            industry: Industry::General,
        };
        let mut draft = Draft::new(&self.measures, setting);
        look(&mut draft);
        let events = core::mem::take(&mut draft.events);
        let measures = draft.measures.into_owned();
        self.measures = measures;
        events
    }

    fn let_time_pass(&mut self) -> Vec<MeasureEvent> {
        let now = self.now;
        self.observe(|draft| draft.let_time_pass(now))
    }

    fn measure(&self, id: MeasureId) -> &Measure {
        self.measures.get(id).expect("a measure")
    }

    fn status(&self, id: MeasureId) -> MeasureStatus {
        self.measure(id).status
    }

    /// Imposes by hand, with the proposer and as many approvers as it takes.
    fn impose(&mut self, proposal: Proposal) -> MeasureId {
        let measure_id = self.measures.next_id();
        self.act("K1", &MeasureAct::Propose(proposal))
            .expect("a proposal");
        for by in ["K2", "K3"] {
            if self.status(measure_id) == MeasureStatus::Proposed {
                self.act(by, &approve(measure_id)).expect("an approval");
            }
        }
        assert_eq!(self.status(measure_id), MeasureStatus::InForce);
        measure_id
    }
}

/// A complete proposal of a kind.
pub(crate) fn proposal(kind: MeasureKind) -> Proposal {
    let mut proposal = Proposal {
        kind,
        scope: Scope::default(),
        parameters: Parameters::default(),
        ending: Ending::AtCure,
        authority: None,
        grounds: vec![text("C1/d1")],
        rationale: text("found on inspection"),
    };
    match kind {
        MeasureKind::SettlementCycle => proposal.parameters.days = Some(7),
        MeasureKind::Limits => proposal.parameters.debit_fen = Some(20_000),
        MeasureKind::Other => proposal.parameters.description = Some(text("training")),
        MeasureKind::SettlementRefund => {
            proposal.scope.complaint_id = Some(complaint("C1"));
        }
        MeasureKind::Rectification
        | MeasureKind::EndServiceOrders
        | MeasureKind::PreDebitReminder
        | MeasureKind::RiskWarning
        | MeasureKind::TemplateSigning
        | MeasureKind::DebitCapability
        | MeasureKind::ServiceSuspension
        | MeasureKind::ServiceTermination
        | MeasureKind::PaymentPermission
        | MeasureKind::Warning
        | MeasureKind::LimitOnboarding
        | MeasureKind::RestrictSubMerchants
        | MeasureKind::HoldServiceFee => {}
    }
    proposal
}

pub(crate) fn complaint(id: &str) -> crate::identity::ComplaintId {
    crate::identity::ComplaintId::new(id).expect("an id")
}

fn approve(measure_id: MeasureId) -> MeasureAct {
    MeasureAct::Approve {
        measure_id,
        seen_position: None,
    }
}

fn lift(measure_id: MeasureId, rationale: &str) -> MeasureAct {
    MeasureAct::Lift {
        measure_id,
        rationale: text(rationale),
    }
}

fn refuse(measure_id: MeasureId, rationale: &str) -> MeasureAct {
    MeasureAct::Refuse {
        measure_id,
        rationale: text(rationale),
    }
}
