//! Given a merchant, when something is asked of it or time passes, then events or a refusal.

mod observing;
mod registering;
mod settlement;

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::identity::{Actor, MerchantId};
use crate::instant::{Instant, Span};
use crate::measure::tests::{circumstances, person, text};
use crate::measure::{MeasureEvent, MeasureId, MeasureKind, MeasureStatus};
use crate::refusal::{Code, Refusal};
use crate::rulebook::Rulebook;
use crate::rulebook::fixture::{civil, default_edition};
use crate::standing::{Evaluation, Metrics, Tier};

use super::{
    Act, Command, Event, Facts, Industry, Merchant, MerchantKind, Observation, Registration, State,
    decide, evolve,
};

/// One merchant's stream as it comes about.
struct Story {
    state: State,
    facts: Facts,
    rulebook: Arc<Rulebook>,
    now: Instant,
    events: u64,
}

impl Story {
    /// Before anything happened, at 2026-04-01T09:00:00+08:00.
    fn new() -> Self {
        Self {
            state: None,
            facts: Facts::default(),
            rulebook: Arc::new(Rulebook::new(default_edition())),
            now: civil(2026, 4, 1, 9, 0),
            events: 0,
        }
    }

    /// With M1 registered, and determinations C1/d1 and C2/d1 standing.
    fn registered() -> Self {
        let mut story = Self::new();
        story.facts.standing_determinations = vec![text("C1/d1"), text("C2/d1")];
        story
            .act(person("onboarding"), Act::Register(registration()))
            .expect("a registration");
        story
    }

    fn act(&mut self, by: Actor, act: Act) -> Result<Vec<Event>, Refusal> {
        let command = Command {
            circumstances: circumstances(&self.rulebook, self.now, by),
            facts: self.facts.clone(),
            act,
        };
        let events = decide(&self.state, &command)?;
        let stamp = command.circumstances.stamp();
        for event in &events {
            self.events += 1;
            self.state = evolve(self.state.take(), &stamp, event);
        }
        if let Some(merchant) = &self.state {
            assert_eq!(merchant.next_version, self.events);
        }
        Ok(events)
    }

    fn refused(&mut self, act: Act) -> Code {
        self.act(person("K1"), act).expect_err("a refusal").code
    }

    /// The engine looks, and looking again brings nothing.
    fn observe(&mut self, observation: &Observation) -> Vec<Event> {
        let look = |story: &mut Self| {
            story
                .act(Actor::engine(), Act::Observe(observation.clone()))
                .expect("an observation")
        };
        let events = look(self);
        assert_eq!(look(self), vec![], "once is enough");
        events
    }

    fn observation(&self) -> Observation {
        Observation {
            through: self.now,
            evaluation: None,
            computed_at_position: 40,
            fallen_determinations: vec![],
            settlement_refunds: vec![],
            used_service_at: None,
            enact: true,
        }
    }

    fn at_tier(&self, tier: Tier) -> Observation {
        Observation {
            evaluation: Some(self.evaluation(tier)),
            ..self.observation()
        }
    }

    fn evaluation(&self, tier: Tier) -> Evaluation {
        Evaluation {
            at: self.now,
            tier,
            metrics: Metrics {
                liable_rounds: 3,
                ..Metrics::default()
            },
            reasons: vec![],
            corrected: false,
        }
    }

    fn merchant(&self) -> &Merchant {
        self.state.as_ref().expect("a merchant")
    }

    /// Kinds and statuses of all measures, in order of appearance.
    fn measures(&self) -> Vec<(MeasureKind, MeasureStatus)> {
        self.merchant()
            .measures
            .iter()
            .map(|measure| (measure.kind, measure.status))
            .collect()
    }

    fn wait(&mut self, span: Span) {
        self.now = self.now.plus(span);
    }
}

fn registration() -> Registration {
    Registration {
        merchant_id: MerchantId::new("M1").expect("an id"),
        kind: MerchantKind::Direct,
        industry: Industry::General,
        name: text("Example"),
        institution_id: None,
        service_provider_id: None,
        entity_id: None,
    }
}
