//! Queries beside the writer: as things are, at any instant, and as they were known at any point of
//! the log. One code answers all of them; a look back folds the log up to that point first.

use std::sync::Arc;

use redress_domain::agreement::Agreement;
use redress_domain::complaint::Complaint;
use redress_domain::event::Recorded;
use redress_domain::gate::{self, Action, Capability, MerchantGate};
use redress_domain::identity::{
    AgreementId, ComplaintId, IntermediaryId, MerchantId, StreamId, TemplateId, UserRef,
};
use redress_domain::instant::{Instant, Span};
use redress_domain::intermediary::Intermediary;
use redress_domain::merchant::Merchant;
use redress_domain::rulebook::Rulebook;
use redress_domain::standing::Metrics;
use redress_projections::Projection;
use redress_projections::agreements::{AgreementFilter, Agreements};
use redress_projections::cases::{CaseFilter, Cases, QueueItem, QueueView, SlaQuery, SlaReport};
use redress_projections::merchants::{Merchants, Portfolio};
use redress_projections::repeats::{Repeats, RepeatsQuery, RepeatsReport};
use redress_projections::standing::Standings;
use redress_store::entry;
use redress_store::vault::Unsealed;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::looking::RestsOn;
use crate::session::associated_data;
use crate::world::World;

/// Up to where the log is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// This position and everything before it.
    Position(u64),
    /// Everything recorded at this instant or before.
    Recorded(Instant),
}

/// How a query looks: at what instant, and at how much of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The instant to judge clocks by: by default that of `as_of`, else the program's clock.
    pub at: Option<Instant>,
    /// What was known then; by default everything.
    pub as_of: Option<AsOf>,
}

/// An answer and what it reflects.
#[derive(Clone, Debug)]
pub struct Seen<T> {
    /// The answer.
    pub value: T,
    /// The instant that clocks were judged by.
    pub at: Instant,
    /// The last position that it reflects.
    pub as_of_position: u64,
    /// Every edition known then.
    pub rulebook: Arc<Rulebook>,
}

/// A merchant with what is computed for it.
#[derive(Clone, Debug)]
pub struct MerchantSeen {
    /// Its state.
    pub merchant: Merchant,
    /// Its figures at the instant of the look.
    pub metrics: Metrics,
    /// What the gate looks at.
    pub gate: MerchantGate,
    /// The determinations that stand, as `C1/d1`, on rounds opened in the window that ends at the
    /// instant of the look (policy window).
    pub determinations: Vec<Arc<str>>,
}

/// An intermediary with what is computed for it.
#[derive(Clone, Debug)]
pub struct IntermediarySeen {
    /// Its state.
    pub intermediary: Intermediary,
    /// Its merchants and failures.
    pub portfolio: Portfolio,
}

/// What another service asks before it signs or debits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateQuestion {
    /// Whose permission.
    pub merchant_id: MerchantId,
    /// What for.
    pub action: Capability,
    /// Under which template.
    pub template_id: Option<TemplateId>,
    /// Under which agreement.
    pub agreement_id: Option<AgreementId>,
    /// For which user, for sign-ups.
    pub user_ref: Option<UserRef>,
    /// How much, in fen.
    pub amount_fen: Option<u64>,
}

/// Which events are read.
#[derive(Clone, Debug, Default)]
pub struct EventRange {
    /// Only this stream.
    pub stream: Option<StreamId>,
    /// From this position on.
    pub from: Option<u64>,
    /// Up to and including this position.
    pub to: Option<u64>,
    /// Up to and including what was recorded at this instant.
    pub recorded_until: Option<Instant>,
}

impl Engine {
    /// The last position that is durable.
    #[must_use]
    pub fn last_position(&self) -> u64 {
        self.shared.durable()
    }

    /// The rulebook as announced so far.
    #[must_use]
    pub fn rulebook(&self) -> Arc<Rulebook> {
        Arc::clone(&self.shared.world().rulebook)
    }

    /// When the last event was recorded; `None` for an empty log.
    #[must_use]
    pub fn last_recorded_at(&self) -> Option<Instant> {
        let world = self.shared.world();
        (world.last_position > 0).then_some(world.last_recorded_at)
    }

    /// One complaint; `None` when it is not known.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn complaint(
        &self,
        id: &ComplaintId,
        look: Look,
    ) -> Result<Seen<Option<Complaint>>, EngineError> {
        self.look(RestsOn::ItsStreams, look, |world, _| {
            Ok(world.complaint(id)?.cloned())
        })
    }

    /// One merchant; `None` when it is not registered.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn merchant(
        &self,
        id: &MerchantId,
        look: Look,
    ) -> Result<Seen<Option<MerchantSeen>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, at| {
            world.expect(&[Standings::NAME, Merchants::NAME])?;
            let Some(merchant) = world.merchant(id)?.cloned() else {
                return Ok(None);
            };
            let Some(gate) = world.gate(id)? else {
                return Ok(None);
            };
            let rulebook = Arc::clone(&world.rulebook);
            let standing = &world.models.standing;
            let metrics = standing.metrics(id, &rulebook, at)?;
            let window_from = at.minus(rulebook.in_force(at).standing.window);
            let determinations = standing.standing_determinations(id, Some(window_from))?;
            Ok(Some(MerchantSeen {
                merchant,
                metrics,
                gate,
                determinations,
            }))
        })
    }

    /// One agreement; `None` when it was never signed.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn agreement(
        &self,
        id: &AgreementId,
        look: Look,
    ) -> Result<Seen<Option<Agreement>>, EngineError> {
        self.look(RestsOn::ItsStreams, look, |world, _| {
            Ok(world.agreement(id)?.cloned())
        })
    }

    /// One intermediary; `None` when it is not registered.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn intermediary(
        &self,
        id: &IntermediaryId,
        look: Look,
    ) -> Result<Seen<Option<IntermediarySeen>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, at| {
            world.expect(&[Merchants::NAME])?;
            let Some(intermediary) = world.intermediary(id)?.cloned() else {
                return Ok(None);
            };
            let window = world.rulebook.in_force(at).standing.window;
            let portfolio = world.models.merchants.portfolio(id, at.minus(window))?;
            Ok(Some(IntermediarySeen {
                intermediary,
                portfolio,
            }))
        })
    }

    /// What waits for somebody, most urgent first.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn queue(
        &self,
        due_within: Option<Span>,
        view: QueueView,
        merchant_id: Option<&MerchantId>,
        look: Look,
    ) -> Result<Seen<Vec<QueueItem>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, at| {
            world.expect(&[Cases::NAME])?;
            Ok(world
                .models
                .cases
                .queue(at, due_within, view, merchant_id)?)
        })
    }

    /// How clocks were kept; the query's own instant is replaced by that of the look.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn sla(&self, query: SlaQuery, look: Look) -> Result<Seen<SlaReport>, EngineError> {
        self.look(RestsOn::Everything, look, |world, at| {
            world.expect(&[Cases::NAME])?;
            Ok(world.models.cases.sla(&SlaQuery {
                at,
                ..query.clone()
            })?)
        })
    }

    /// The three repeat counts.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn repeats(
        &self,
        query: &RepeatsQuery,
        look: Look,
    ) -> Result<Seen<RepeatsReport>, EngineError> {
        self.look(RestsOn::Everything, look, |world, _| {
            world.expect(&[Repeats::NAME])?;
            Ok(world.models.repeats.report(query)?)
        })
    }

    /// The gate's answer; `None` when there is no such merchant, or no such agreement of it.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn gate(
        &self,
        question: &GateQuestion,
        look: Look,
    ) -> Result<Seen<Option<gate::Answer>>, EngineError> {
        self.look(RestsOn::ItsStreams, look, |world, at| {
            world.expect(&[Merchants::NAME, Agreements::NAME])?;
            let Some(gate) = world.gate(&question.merchant_id)? else {
                return Ok(None);
            };
            let Some(action) = action(world, question, at)? else {
                return Ok(None);
            };
            Ok(Some(gate::may(&gate, &action, at)))
        })
    }

    /// The ids of complaints that a filter selects, in order.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn complaints(
        &self,
        filter: &CaseFilter,
        look: Look,
    ) -> Result<Seen<Vec<ComplaintId>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, _| {
            world.expect(&[Cases::NAME])?;
            Ok(world.models.cases.list(filter)?)
        })
    }

    /// The ids of merchants, in order.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn merchants(&self, look: Look) -> Result<Seen<Vec<MerchantId>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, _| {
            world.expect(&[Merchants::NAME])?;
            let items = world.models.merchants.list()?;
            Ok(items.into_iter().map(|item| item.merchant_id).collect())
        })
    }

    /// The ids of agreements that a filter selects, in order.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn agreements(
        &self,
        filter: &AgreementFilter,
        look: Look,
    ) -> Result<Seen<Vec<AgreementId>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, _| {
            world.expect(&[Agreements::NAME])?;
            Ok(world.models.agreements.list(filter)?)
        })
    }

    /// The ids of intermediaries, in order.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn intermediaries(&self, look: Look) -> Result<Seen<Vec<IntermediaryId>>, EngineError> {
        self.look(RestsOn::Everything, look, |world, _| {
            world.expect(&[Merchants::NAME])?;
            let items = world.models.merchants.intermediaries()?;
            Ok(items.into_iter().map(|item| item.intermediary_id).collect())
        })
    }

    /// Shows events in order of position, each as it is recorded. `see` says whether to go on.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn events(
        &self,
        range: &EventRange,
        mut see: impl FnMut(Recorded) -> bool,
    ) -> Result<(), EngineError> {
        let last = range.to.unwrap_or(u64::MAX).min(self.last_position());
        let from = range.from.unwrap_or(1).max(1);
        let admitted = |recorded: &Recorded| {
            recorded.header.position >= from
                && recorded.header.position <= last
                && range
                    .recorded_until
                    .is_none_or(|until| recorded.header.recorded_at <= until)
        };
        if let Some(stream) = &range.stream {
            let entries = self.shared.world().shelf.stream(&stream.to_string())?;
            for recorded in entries {
                if admitted(&recorded) && !see(recorded) {
                    break;
                }
            }
            return Ok(());
        }
        let mut reader = self.source.reader(from)?;
        while let Some(commit) = reader.next_commit()? {
            if commit.first_position > last {
                break;
            }
            for bytes in commit.entries() {
                let recorded = entry::decode(bytes)?.recorded;
                if recorded.header.position > last {
                    return Ok(());
                }
                if admitted(&recorded) && !see(recorded) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Opens a sealed text: `field` is its place among the event's texts.
    ///
    /// # Errors
    /// When the text was tampered with or its key cannot be read.
    pub fn unseal(
        &self,
        stream: &StreamId,
        version: u64,
        field: usize,
        sealed: &[u8],
    ) -> Result<Unsealed, EngineError> {
        let associated = associated_data(stream, version, field);
        Ok(self.shared.vault.unseal(associated.as_bytes(), sealed)?)
    }
}

fn action(
    world: &mut World,
    question: &GateQuestion,
    at: Instant,
) -> Result<Option<Action>, EngineError> {
    Ok(Some(match question.action {
        Capability::Sign => Action::Sign {
            template_id: question.template_id.clone(),
            live_agreement: match (&question.template_id, &question.user_ref) {
                (Some(template_id), Some(user_ref)) => {
                    // That there is none rests on every agreement.
                    world.rests_on = world.last_position;
                    world
                        .models
                        .agreements
                        .live(&question.merchant_id, template_id, user_ref)?
                }
                _ => None,
            },
        },
        Capability::Debit => {
            let amount_fen = question.amount_fen.unwrap_or(0);
            let edition = world.rulebook.in_force(at).clone();
            let facts = match &question.agreement_id {
                Some(id) => match world.agreement(id)? {
                    Some(agreement) if agreement.merchant_id == question.merchant_id => {
                        Some(agreement.debit_facts(amount_fen, at, &edition))
                    }
                    Some(_) | None => return Ok(None),
                },
                None => None,
            };
            Action::Debit {
                amount_fen,
                agreement: facts,
            }
        }
        Capability::PayScoreComplete => Action::PayScoreComplete,
        Capability::MultiAccountSign => Action::MultiAccountSign,
        Capability::TemplateCreate => Action::TemplateCreate,
        // These are answers, not things that one asks to do.
        Capability::Payment
        | Capability::Limits
        | Capability::ReminderRequired
        | Capability::SettlementDays => return Ok(None),
    }))
}
