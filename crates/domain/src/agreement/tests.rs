//! Given what happened to an agreement, when a command, then events or a refusal.

mod debits;
mod life;
mod periods;
mod properties;
mod reminders;

use alloc::sync::Arc;
use alloc::vec::Vec;

use uuid::Uuid;

use crate::circumstances::Circumstances;
use crate::gate::MerchantGate;
use crate::gate::fixture::{gate, merchant};
use crate::identity::{Actor, ActorId, AgreementId, OrderId, Role, TemplateId, UserRef};
use crate::instant::{Instant, Span};
use crate::refusal::{Code, Refusal};
use crate::rulebook::Rulebook;
use crate::rulebook::fixture::{civil, default_edition};

use super::{
    Act, Agreement, AgreementKind, Command, Event, Period, Plan, Signing, State, decide, evolve,
    first_answer,
};

/// One agreement and everything that deciding on it takes. Commands are numbered from 1.
struct Story {
    state: State,
    gate: Option<MerchantGate>,
    live_agreement: Option<AgreementId>,
    rulebook: Arc<Rulebook>,
    role: Role,
    commands: u128,
}

impl Story {
    fn new() -> Self {
        Self {
            state: None,
            gate: Some(gate([])),
            live_agreement: None,
            rulebook: Arc::new(Rulebook::new(default_edition())),
            role: Role::Service,
            commands: 0,
        }
    }

    /// An agreement signed at an instant.
    fn signed(kind: AgreementKind, plan: Plan, at: Instant) -> Self {
        let mut story = Self::new();
        story.must(at, signing(kind, plan));
        story
    }

    fn command(&mut self, occurred_at: Instant, recorded_at: Instant, act: Act) -> Command {
        self.commands += 1;
        Command {
            circumstances: Circumstances {
                command_id: Uuid::from_u128(self.commands),
                recorded_at,
                occurred_at,
                adjusted: false,
                by: Actor {
                    role: self.role,
                    id: ActorId::new("somebody").expect("an id"),
                },
                trust: self.role.default_trust(),
                rulebook: self.rulebook.clone(),
            },
            gate: self.gate.clone(),
            live_agreement: self.live_agreement.clone(),
            act,
        }
    }

    /// What a command that happened at one instant and was recorded at another is answered; its
    /// events are applied.
    fn ask_late(
        &mut self,
        occurred_at: Instant,
        recorded_at: Instant,
        act: Act,
    ) -> Result<Vec<Event>, Refusal> {
        let command = self.command(occurred_at, recorded_at, act);
        let events = decide(&self.state, &command)?;
        let stamp = command.circumstances.stamp();
        for event in &events {
            self.state = evolve(self.state.take(), &stamp, event);
        }
        Ok(events)
    }

    fn ask(&mut self, at: Instant, act: Act) -> Result<Vec<Event>, Refusal> {
        self.ask_late(at, at, act)
    }

    /// The code of the refusal, if it is one.
    fn code(&mut self, at: Instant, act: Act) -> Option<Code> {
        self.ask(at, act).err().map(|refusal| refusal.code)
    }

    /// The one event of a command that must be accepted.
    fn must(&mut self, at: Instant, act: Act) -> Event {
        let mut events = self.ask(at, act).expect("accepted");
        assert_eq!(events.len(), 1);
        events.remove(0)
    }

    fn agreement(&self) -> &Agreement {
        self.state.as_ref().expect("a signed agreement")
    }
}

const fn ms(milliseconds: i64) -> Span {
    Span::from_ms(milliseconds)
}

const fn hours(hours: i64) -> Span {
    Span::from_hours(hours)
}

fn start() -> Instant {
    civil(2026, 6, 1, 10, 0)
}

fn order(number: u32) -> OrderId {
    OrderId::new(&alloc::format!("O{number}")).expect("an id")
}

const fn plan(amount_fen: u64, period: Option<Period>, debits_per_period: Option<u32>) -> Plan {
    Plan {
        amount_fen,
        period,
        debits_per_period,
    }
}

/// At most 3 000 fen, as often as the merchant likes.
const fn open_plan() -> Plan {
    plan(3_000, None, None)
}

fn signing(kind: AgreementKind, plan: Plan) -> Act {
    Act::Sign(Signing {
        agreement_id: AgreementId::new("A1").expect("an id"),
        merchant_id: merchant("M1"),
        user_ref: UserRef::new("U1").expect("an id"),
        template_id: TemplateId::new("T1").expect("an id"),
        kind,
        plan,
        disclosed: true,
    })
}

fn debit(number: u32, amount_fen: u64) -> Act {
    Act::Debit {
        order_id: order(number),
        amount_fen,
    }
}

const fn remind(debit_at: Instant, amount_fen: u64) -> Act {
    Act::Remind {
        debit_at,
        amount_fen,
    }
}

fn refund(number: u32, amount_fen: u64) -> Act {
    Act::Refund {
        order_id: order(number),
        amount_fen,
    }
}

const fn suspend() -> Act {
    Act::Suspend { reason: None }
}

const fn resume() -> Act {
    Act::Resume { reason: None }
}

const fn cancel() -> Act {
    Act::Cancel { reason: None }
}

const fn usage() -> Act {
    Act::RecordUsage {
        summary: None,
        order_id: None,
        consumed_fen: Some(10),
    }
}
