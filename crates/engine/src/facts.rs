//! What deciding on a command needs besides the stream's own state.

use std::sync::Arc;

use redress_domain::circumstances::Circumstances;
use redress_domain::identity::{AgreementId, ComplaintId, IntermediaryId, MerchantId, StreamId};
use redress_domain::instant::Instant;
use redress_domain::{agreement, complaint, intermediary, merchant};

use crate::error::EngineError;
use crate::session::Session;

/// Bytes that the determinations which a measure rests on may have, half of what an event may have.
/// There is no end to how many a merchant has in a window, and an event that is too large would stop
/// everything that comes after it.
const GROUNDS_BYTES_MAX: usize = 8 * 1024;

/// The latest of these, in their order, as far as they fit into an event.
fn as_many_as_fit(mut determinations: Vec<Arc<str>>) -> Vec<Arc<str>> {
    let mut bytes = 0;
    let fitting = determinations
        .iter()
        .rev()
        .take_while(|one| {
            // The length of each is written with it.
            bytes += one.len() + 4;
            bytes <= GROUNDS_BYTES_MAX
        })
        .count();
    determinations.drain(..determinations.len() - fitting);
    determinations
}

impl Session<'_> {
    pub fn complaint_command(
        &mut self,
        circumstances: &Circumstances,
        id: &ComplaintId,
        act: &complaint::Act,
    ) -> Result<complaint::Command, EngineError> {
        let merchant_id = match act {
            complaint::Act::File(filing) => Some(filing.merchant_id.clone()),
            _ => self.world.complaint(id)?.map(|one| one.merchant_id.clone()),
        };
        let merchant = match &merchant_id {
            Some(merchant_id) => self.world.merchant_facts(merchant_id)?,
            None => None,
        };
        let refunded_before_fen = match act {
            complaint::Act::File(filing) => self.refunded_before(filing)?,
            _ => 0,
        };
        let other_known = match act {
            complaint::Act::Link { other, .. } | complaint::Act::Unlink { other, .. } => {
                self.world.complaint(other)?.is_some()
            }
            _ => false,
        };
        Ok(complaint::Command {
            circumstances: circumstances.clone(),
            merchant,
            refunded_before_fen,
            other_known,
            of_history: self.manner.history.is_some(),
            liability_from: self
                .manner
                .history
                .and_then(|history| history.liability_from),
            act: act.clone(),
        })
    }

    /// What the agreement of a complaint refunded on its orders before it was filed (rulebook 2.2).
    fn refunded_before(&mut self, filing: &complaint::Filing) -> Result<u64, EngineError> {
        let Some(agreement_id) = &filing.agreement_id else {
            return Ok(0);
        };
        let Some(agreement) = self.world.agreement(agreement_id)? else {
            return Ok(0);
        };
        Ok(filing
            .orders
            .iter()
            .filter_map(|order| agreement.debit(&order.order_id))
            .fold(0, |sum: u64, debit| sum.saturating_add(debit.refunded_fen)))
    }

    pub fn merchant_command(
        &mut self,
        circumstances: &Circumstances,
        id: &MerchantId,
        act: &merchant::Act,
    ) -> Result<merchant::Command, EngineError> {
        let facts = match act {
            merchant::Act::Measure(measure_act) => {
                self.measure_facts(id, measure_act, circumstances.recorded_at)?
            }
            merchant::Act::Observe(observation) => {
                self.observation_facts(id, observation, circumstances.recorded_at)?
            }
            merchant::Act::Register(_)
            | merchant::Act::Update(_)
            | merchant::Act::ReportVolume { .. }
            | merchant::Act::AcceptRulebook { .. }
            | merchant::Act::DeclineRulebook { .. } => merchant::Facts::default(),
        };
        Ok(merchant::Command {
            circumstances: circumstances.clone(),
            facts,
            act: act.clone(),
        })
    }

    fn measure_facts(
        &mut self,
        id: &MerchantId,
        act: &merchant::MeasureAct,
        at: Instant,
    ) -> Result<merchant::Facts, EngineError> {
        let (approved, complaint_id) = match act {
            merchant::MeasureAct::Approve { measure_id, .. } => {
                let merchant = self.world.merchant(id)?;
                let measure = merchant.and_then(|one| one.measures.get(*measure_id));
                let complaint_id = measure.and_then(|one| one.scope.complaint_id.clone());
                (Some(*measure_id), complaint_id)
            }
            merchant::MeasureAct::Propose(proposal) | merchant::MeasureAct::Impose(proposal) => {
                (None, proposal.scope.complaint_id.clone())
            }
            _ => (None, None),
        };
        let rulebook = Arc::clone(&self.world.rulebook);
        let standing = &self.world.models.standing;
        let mut facts = merchant::Facts {
            basis_position: standing.basis_position(&StreamId::Merchant(id.clone()), approved)?,
            last_position: Some(self.world.last_position),
            metrics: Some(standing.metrics(id, &rulebook, at)?),
            ..merchant::Facts::default()
        };
        // rulebook 4.2(2): the amount is taken at imposition.
        if let Some(complaint_id) = complaint_id {
            let complaint = self.world.complaint(&complaint_id)?;
            let own = complaint.filter(|complaint| complaint.merchant_id == *id);
            facts.complaint_is_foreign = own.is_none();
            facts.outstanding_fen = own.map(|complaint| {
                complaint::settlement_refund(complaint, &rulebook, at).outstanding_fen
            });
        }
        Ok(facts)
    }

    /// What a proposal of the engine rests on. The determinations are gathered only where a tier
    /// is entered: there may be many of them, and then the latest are named.
    fn observation_facts(
        &mut self,
        id: &MerchantId,
        observation: &merchant::Observation,
        at: Instant,
    ) -> Result<merchant::Facts, EngineError> {
        let recorded = self
            .world
            .merchant(id)?
            .map(|merchant| merchant.standing.tier);
        let evaluated = observation.evaluation.as_ref();
        let rulebook = Arc::clone(&self.world.rulebook);
        let window_from = at.minus(rulebook.in_force(at).standing.window);
        let standing = &self.world.models.standing;
        Ok(merchant::Facts {
            standing_determinations: if evaluated.map(|one| one.tier) > recorded {
                as_many_as_fit(standing.standing_determinations(id, Some(window_from))?)
            } else {
                Vec::new()
            },
            metrics: evaluated.map(|one| one.metrics.clone()),
            ..merchant::Facts::default()
        })
    }

    pub fn agreement_command(
        &mut self,
        circumstances: &Circumstances,
        id: &AgreementId,
        act: &agreement::Act,
    ) -> Result<agreement::Command, EngineError> {
        let (merchant_id, live_agreement) = match act {
            agreement::Act::Sign(signing) => (
                Some(signing.merchant_id.clone()),
                self.world.models.agreements.live(
                    &signing.merchant_id,
                    &signing.template_id,
                    &signing.user_ref,
                )?,
            ),
            _ => (
                self.world.agreement(id)?.map(|one| one.merchant_id.clone()),
                None,
            ),
        };
        let gate = match merchant_id {
            Some(merchant_id) => self.world.gate(&merchant_id)?,
            None => None,
        };
        Ok(agreement::Command {
            circumstances: circumstances.clone(),
            gate,
            live_agreement,
            act: act.clone(),
        })
    }

    pub fn intermediary_command(
        &mut self,
        circumstances: &Circumstances,
        id: &IntermediaryId,
        act: &intermediary::Act,
    ) -> Result<intermediary::Command, EngineError> {
        let approved = match act {
            intermediary::Act::Measure(merchant::MeasureAct::Approve { measure_id, .. }) => {
                Some(*measure_id)
            }
            _ => None,
        };
        let basis_position = self
            .world
            .models
            .standing
            .basis_position(&StreamId::Intermediary(id.clone()), approved)?;
        Ok(intermediary::Command {
            circumstances: circumstances.clone(),
            facts: merchant::Facts {
                basis_position,
                last_position: Some(self.world.last_position),
                ..merchant::Facts::default()
            },
            act: act.clone(),
        })
    }
}
