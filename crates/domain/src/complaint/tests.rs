//! Given what happened to a complaint, when a command or when time passes, then events, clocks,
//! findings or a refusal.

mod acts;
mod clocks;
mod determinations;
mod editions;
mod evidence;
mod filing;
mod findings;
mod late_facts;
mod late_money;
mod links;
mod pauses;
mod payment;
mod properties;
mod refunds;
mod refusals;
mod refusals_of_reviewers;
mod rounds;
mod settlement;

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use uuid::Uuid;

use crate::circumstances::{Circumstances, Stamp};
use crate::clock::{ClockKind, ClockStatus, Reading};
use crate::identity::{Actor, ActorId, Role, Trust};
use crate::instant::{Instant, Span};
use crate::merchant::Industry;
use crate::refusal::{Code, Refusal};
use crate::rulebook::fixture::{civil, default_edition};
use crate::rulebook::{Edition, PauseReason, Rulebook};
use crate::text::PersonalText;

use acts::*;

use super::{
    Act, Command, Complaint, Event, EvidenceId, EvidenceItem, FactId, Filing, FindingId, LinkKind,
    Media, MerchantFacts, Problem, State, UsageKind, decide, evolve, next_deadline,
};

/// What the user of these stories paid, in fen.
const PAID_FEN: u64 = 9_900;

/// One complaint and everything that deciding on it takes. Like the engine, it lets every deadline
/// before an act happen, and looks at the complaint after it.
#[derive(Clone)]
struct Story {
    state: State,
    rulebook: Arc<Rulebook>,
    merchant: Option<MerchantFacts>,
    other_known: bool,
    of_history: bool,
    liability_from: Option<Instant>,
    reviewer: &'static str,
    commands: u128,
    /// What time and reactions brought about, besides the answers to commands.
    followed: Vec<Event>,
    /// Every event with its stamp, in order.
    log: Vec<(Stamp, Event)>,
}

impl Story {
    fn new() -> Self {
        Self::under(Rulebook::new(default_edition()))
    }

    fn under(rulebook: Rulebook) -> Self {
        Self {
            state: None,
            rulebook: Arc::new(rulebook),
            merchant: Some(MerchantFacts {
                industry: Industry::General,
                institution_id: None,
                service_provider_id: None,
            }),
            other_known: true,
            of_history: false,
            liability_from: None,
            reviewer: "R1",
            commands: 0,
            followed: Vec::new(),
            log: Vec::new(),
        }
    }

    /// A complaint filed at the start of the story.
    fn filed(problem: Problem, requested_refund_fen: Option<u64>) -> Self {
        let mut story = Self::new();
        story.file(h(0), problem, requested_refund_fen);
        story
    }

    /// A request for 9 700 of the 9 900 fen paid, filed at the start of the story.
    fn asking() -> Self {
        Self::filed(Problem::RefundRequest, Some(9_700))
    }

    /// Something else, filed at the start of the story, with no money asked for.
    fn other() -> Self {
        Self::filed(Problem::Other, None)
    }

    /// A story in which the merchant calls the first round complete at one hour, and the user
    /// continues at another.
    fn repeated(mut self, completed_at: i64, continued_at: i64) -> Self {
        self.merchant(h(completed_at), complete());
        self.user(h(continued_at), proceed());
        self
    }

    fn file(&mut self, at: Instant, problem: Problem, requested_refund_fen: Option<u64>) {
        self.user(at, Act::File(filing(problem, requested_refund_fen)));
    }

    fn command(
        &mut self,
        role: Role,
        trust: Option<Trust>,
        occurred_at: Instant,
        recorded_at: Instant,
        act: Act,
    ) -> Command {
        self.commands += 1;
        let id = match role {
            Role::User => "U1",
            Role::Merchant => "M1",
            Role::Reviewer => self.reviewer,
            Role::Intermediary
            | Role::Risk
            | Role::Service
            | Role::Auditor
            | Role::Admin
            | Role::Engine => "somebody",
        };
        let circumstances = Circumstances::new(
            Uuid::from_u128(self.commands),
            recorded_at,
            Some(occurred_at),
            Actor {
                role,
                id: ActorId::new(id).unwrap(),
            },
            trust,
            Arc::clone(&self.rulebook),
        )
        .unwrap();
        Command {
            circumstances,
            merchant: self.merchant.clone(),
            refunded_before_fen: 0,
            other_known: self.other_known,
            of_history: self.of_history,
            liability_from: self.liability_from,
            act,
        }
    }

    fn apply(&mut self, command: &Command, events: &[Event]) {
        let stamp = command.circumstances.stamp();
        for event in events {
            self.state = evolve(self.state.take(), &stamp, event);
            self.log.push((stamp.clone(), event.clone()));
        }
    }

    /// Looks once at what follows of an instant.
    fn observe(&mut self, through: Instant, now: Instant) -> Vec<Event> {
        let command = self.command(Role::Engine, None, now, now, Act::Observe { through });
        let events = decide(&self.state, &command).unwrap();
        self.apply(&command, &events);
        self.followed.extend(events.iter().cloned());
        events
    }

    /// Lets every deadline up to an instant happen, as it is reached.
    fn pass(&mut self, to: Instant) {
        while let Some(deadline) = self
            .state
            .as_ref()
            .and_then(next_deadline)
            .filter(|deadline| deadline.fires_at <= to)
        {
            let at = deadline.fires_at;
            assert!(!self.observe(at, at).is_empty(), "a deadline brings events");
        }
    }

    /// What a command is answered; its events are applied, and what follows of them.
    fn tell(
        &mut self,
        role: Role,
        trust: Option<Trust>,
        occurred_at: Instant,
        recorded_at: Instant,
        act: Act,
    ) -> Result<Vec<Event>, Refusal> {
        self.pass(recorded_at);
        let command = self.command(role, trust, occurred_at, recorded_at, act);
        let events = decide(&self.state, &command)?;
        self.apply(&command, &events);
        if self.state.is_some() {
            while !self.observe(recorded_at, recorded_at).is_empty() {}
        }
        Ok(events)
    }

    fn user(&mut self, at: Instant, act: Act) -> Vec<Event> {
        self.tell(Role::User, None, at, at, act).expect("accepted")
    }

    fn merchant(&mut self, at: Instant, act: Act) -> Vec<Event> {
        self.tell(Role::Merchant, None, at, at, act)
            .expect("accepted")
    }

    fn service(&mut self, at: Instant, act: Act) -> Vec<Event> {
        self.tell(Role::Service, None, at, at, act)
            .expect("accepted")
    }

    fn reviewer(&mut self, at: Instant, act: Act) -> Vec<Event> {
        self.tell(Role::Reviewer, None, at, at, act)
            .expect("accepted")
    }

    /// An act of the merchant that our own gateway saw, recorded later.
    fn seen(&mut self, occurred_at: Instant, recorded_at: Instant, act: Act) -> Vec<Event> {
        self.tell(
            Role::Merchant,
            Some(Trust::Platform),
            occurred_at,
            recorded_at,
            act,
        )
        .expect("accepted")
    }

    /// An act of the merchant that a partner tells of, recorded later.
    fn partner(&mut self, occurred_at: Instant, recorded_at: Instant, act: Act) -> Vec<Event> {
        self.tell(
            Role::Merchant,
            Some(Trust::Partner),
            occurred_at,
            recorded_at,
            act,
        )
        .expect("accepted")
    }

    /// The code of a refusal; nothing changes.
    fn refused(&mut self, role: Role, at: Instant, act: Act) -> Code {
        self.refused_late(role, None, at, at, act)
    }

    fn refused_late(
        &mut self,
        role: Role,
        trust: Option<Trust>,
        occurred_at: Instant,
        recorded_at: Instant,
        act: Act,
    ) -> Code {
        self.pass(recorded_at);
        let before = self.state.clone();
        let refusal = self
            .tell(role, trust, occurred_at, recorded_at, act)
            .expect_err("refused");
        assert_eq!(self.state, before, "a refusal writes nothing");
        refusal.code
    }

    fn complaint(&self) -> &Complaint {
        self.state.as_ref().expect("filed")
    }

    fn reading(&self, round: u32, kind: ClockKind, at: Instant) -> Reading {
        self.complaint()
            .round(round)
            .and_then(|one| one.clock(kind))
            .expect("the clock has started")
            .read(&self.complaint().pauses, at)
    }

    fn status(&self, round: u32, kind: ClockKind, at: Instant) -> ClockStatus {
        self.reading(round, kind, at).status
    }

    fn has_clock(&self, round: u32, kind: ClockKind) -> bool {
        self.complaint()
            .round(round)
            .is_some_and(|one| one.clock(kind).is_some())
    }

    /// Ground, round and status of every finding.
    fn findings(&self) -> Vec<(&'static str, u32, &'static str)> {
        self.complaint()
            .findings
            .iter()
            .map(|one| (one.ground.as_str(), one.round, one.status.as_str()))
            .collect()
    }

    /// Status of every determination.
    fn determinations(&self) -> Vec<&'static str> {
        self.complaint()
            .determinations
            .iter()
            .map(|one| one.status.as_str())
            .collect()
    }

    fn owed_fen(&self) -> u64 {
        self.complaint().remedy().owed_fen
    }
}

/// The start of every story: 2026-03-20T14:00:00+08:00, a Friday.
fn start() -> Instant {
    civil(2026, 3, 20, 14, 0)
}

/// So many hours after the start.
fn h(hours: i64) -> Instant {
    start().plus(Span::from_hours(hours))
}

const fn ms(milliseconds: i64) -> Span {
    Span::from_ms(milliseconds)
}

fn names(events: &[Event]) -> Vec<&'static str> {
    events
        .iter()
        .map(|event| crate::event::Event::Complaint(event.clone()).name())
        .collect()
}

/// The default edition, with every reason for a pause.
fn edition_with_pauses() -> Edition {
    let mut edition = default_edition();
    edition.clocks.pause_reasons = PauseReason::ALL.to_vec();
    edition
}

/// The default edition under another name, in force from an instant on.
fn edition_from(name: &str, effective_at: Instant, change: impl FnOnce(&mut Edition)) -> Edition {
    let mut edition = default_edition();
    edition.name = crate::identity::EditionName::new(name).unwrap();
    edition.announced_at = edition.effective_at;
    edition.effective_at = effective_at;
    change(&mut edition);
    edition
}
