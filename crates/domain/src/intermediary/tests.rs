//! Given an intermediary and its portfolio, when something happens, then events or a refusal
//! (rulebook 1.3, 1.4, 4.3).

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::identity::{Actor, IntermediaryId};
use crate::instant::{Instant, Span};
use crate::measure::tests::{M1, circumstances, complaint, person, proposal, text};
use crate::measure::{MeasureKind, MeasureStatus};
use crate::merchant::{Facts, MeasureAct, Observation};
use crate::refusal::{Code, Refusal};
use crate::rulebook::Rulebook;
use crate::rulebook::fixture::{civil, default_edition};
use crate::standing::{Evaluation, PartKind, Tier};

use super::{
    Act, Command, Event, Intermediary, IntermediaryKind, State, decide, evolve, next_deadline,
    standing_of_portfolio,
};

struct Story {
    state: State,
    rulebook: Arc<Rulebook>,
    now: Instant,
    events: u64,
}

impl Story {
    fn new() -> Self {
        Self {
            state: None,
            rulebook: Arc::new(Rulebook::new(default_edition())),
            now: civil(2026, 4, 1, 9, 0),
            events: 0,
        }
    }

    fn registered() -> Self {
        let mut story = Self::new();
        story
            .act(person("onboarding"), register("First Bank"))
            .expect("a registration");
        story
    }

    fn act(&mut self, by: Actor, act: Act) -> Result<Vec<Event>, Refusal> {
        let command = Command {
            circumstances: circumstances(&self.rulebook, self.now, by),
            facts: Facts::default(),
            act,
        };
        let events = decide(&self.state, &command)?;
        for event in &events {
            self.events += 1;
            let stamp = command.circumstances.stamp();
            self.state = evolve(self.state.take(), &stamp, event);
        }
        if let Some(intermediary) = &self.state {
            assert_eq!(intermediary.next_version, self.events);
        }
        Ok(events)
    }

    fn refused(&mut self, act: Act) -> Code {
        self.act(person("K1"), act).expect_err("a refusal").code
    }

    fn observe(&mut self, evaluation: Option<Evaluation>) -> Vec<Event> {
        let observation = Observation {
            through: self.now,
            evaluation,
            computed_at_position: 12,
            fallen_determinations: vec![],
            settlement_refunds: vec![],
            used_service_at: None,
            enact: true,
        };
        let events = self.act(Actor::engine(), Act::Observe(observation.clone()));
        let again = self.act(Actor::engine(), Act::Observe(observation));
        assert_eq!(again, Ok(vec![]), "once is enough");
        events.expect("an observation")
    }

    fn intermediary(&self) -> &Intermediary {
        self.state.as_ref().expect("an intermediary")
    }
}

fn register(name: &str) -> Act {
    Act::Register {
        intermediary_id: IntermediaryId::new("I1").expect("an id"),
        kind: IntermediaryKind::Institution,
        name: text(name),
    }
}

fn failure(id: &str, round: u32) -> Act {
    Act::RecordCoordinationFailure {
        complaint_id: complaint(id),
        round,
    }
}

#[test]
fn an_intermediary_is_registered_once_and_has_a_name() {
    let mut story = Story::new();
    assert_eq!(story.refused(register(" ")), Code::NameMissing);
    story
        .act(person("onboarding"), register("First Bank"))
        .expect("a registration");
    assert_eq!(story.refused(register(" ")), Code::IntermediaryExists);
    let rename = |name| Act::Update { name: text(name) };
    assert_eq!(story.refused(rename("")), Code::NameMissing);
    story
        .act(person("onboarding"), rename("Second Bank"))
        .expect("an update");
    assert_eq!(&*story.intermediary().name, "Second Bank");
}

#[test]
fn an_unknown_intermediary_answers_nothing() {
    let mut story = Story::new();
    let act = Act::Measure(MeasureAct::Propose(proposal(MeasureKind::Warning)));
    assert_eq!(story.refused(act), Code::IntermediaryUnknown);
    assert_eq!(story.refused(failure("C1", 1)), Code::IntermediaryUnknown);
    let act = Act::Update { name: text("") };
    assert_eq!(story.refused(act), Code::IntermediaryUnknown);
}

/// rulebook 4.3: the same life as a merchant's, with kinds of its own.
#[test]
fn an_intermediary_has_measures_of_its_own() {
    let mut story = Story::registered();
    let foreign = Act::Measure(MeasureAct::Propose(proposal(MeasureKind::SettlementCycle)));
    assert_eq!(story.refused(foreign), Code::FieldInvalid);
    let rectify = Act::Measure(MeasureAct::Impose(proposal(MeasureKind::Rectification)));
    story.act(person("K1"), rectify).expect("a measure");
    let measure = story.intermediary().measures.get(M1).expect("a measure");
    assert_eq!(
        (measure.status, measure.clause),
        (MeasureStatus::InForce, "4.3")
    );
    assert_eq!(story.observe(None).len(), 2, "a notice on each channel");
    let due_at = story.now.plus(Span::from_days(7));
    let deadline = next_deadline(story.intermediary(), story.now);
    assert_eq!(deadline, Some(due_at.just_after()));
    story.now = due_at.just_after();
    assert_eq!(story.observe(None).len(), 1, "the rectification is overdue");
}

/// rulebook 4.3: a failure is recorded once a complaint and round.
#[test]
fn a_failure_is_recorded_once() {
    let mut story = Story::registered();
    for (act, recorded) in [
        (failure("C1", 1), 1),
        (failure("C1", 1), 0),
        (failure("C1", 2), 1),
        (failure("C2", 1), 1),
    ] {
        let events = story.act(Actor::engine(), act).expect("a record");
        assert_eq!(events.len(), recorded);
    }
}

fn tier(merchants: u64, merchants_at_t2: u64) -> Tier {
    let at = civil(2026, 4, 1, 9, 0);
    standing_of_portfolio(&default_edition(), at, merchants, merchants_at_t2).tier
}

/// rulebook 4.3: two merchants at t2 are watch, three are t1; or 5 percent of at least 20.
#[test]
fn a_portfolio_gives_the_standing() {
    assert_eq!(tier(0, 0), Tier::None);
    assert_eq!(tier(3, 1), Tier::None);
    assert_eq!(tier(3, 2), Tier::Watch);
    assert_eq!(tier(3, 3), Tier::T1);
    assert_eq!(tier(19, 1), Tier::None);
    assert_eq!(tier(20, 1), Tier::T1);
    assert_eq!(tier(21, 1), Tier::None);
    assert_eq!(tier(40, 2), Tier::T1);
    assert_eq!(tier(u64::MAX, u64::MAX), Tier::T1);
}

/// The reasons name what there is and what is asked.
#[test]
fn a_share_is_its_own_line() {
    let at = civil(2026, 4, 1, 9, 0);
    let evaluation = standing_of_portfolio(&default_edition(), at, 20, 1);
    let reason = &evaluation.reasons[0];
    assert_eq!((reason.tier, reason.line), (Tier::T1, 1));
    assert_eq!(reason.parts[0].kind, PartKind::PercentAtT2);
    assert_eq!(reason.parts[0].of, Some(20));
}

/// Standing follows the portfolio up and down; it proposes nothing by itself.
#[test]
fn standing_follows_the_portfolio() {
    let mut story = Story::registered();
    let now = story.now;
    let evaluated = |at_t2| Some(standing_of_portfolio(&default_edition(), now, 9, at_t2));
    assert_eq!(story.observe(evaluated(0)), vec![]);
    for (at_t2, tier) in [(3, Tier::T1), (2, Tier::Watch), (1, Tier::None)] {
        let events = story.observe(evaluated(at_t2));
        assert!(matches!(&events[..], [Event::StandingChanged { change }] if change.to == tier));
        assert_eq!(story.intermediary().standing.tier, tier);
    }
    assert!(story.intermediary().measures.is_empty());
}
