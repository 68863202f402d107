//! What time, a new standing and money still owed bring about for a merchant.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::instant::Instant;
use crate::measure::{
    Authority, Draft, Ending, MeasureEvent, MeasureId, MeasureKind, MeasureStatus, MeasureTerms,
    Parameters, ProposedMeasure, Scope, Setting, cure, ending_of,
};
use crate::rulebook::{Edition, TierTerms};
use crate::standing::{Evaluation, StandingChange, Tier};

use super::{Command, Event, Facts, Merchant, Observation, SettlementRefundFacts};

/// Records what follows from an observation and is not recorded yet. Observing again without
/// anything new brings nothing.
pub(super) fn observe(
    merchant: &Merchant,
    command: &Command,
    observation: &Observation,
) -> Vec<Event> {
    let setting = Setting {
        circumstances: &command.circumstances,
        facts: &command.facts,
        industry: merchant.industry,
    };
    let mut events = Vec::new();
    let mut draft = Draft::new(&merchant.measures, setting);
    draft.let_time_pass(observation.through);
    draft.let_fall(&observation.fallen_determinations);
    take(&mut draft, &mut events);
    if let Some(evaluation) = &observation.evaluation
        && let Some(change) = standing_change(
            merchant.standing.tier,
            evaluation,
            observation.computed_at_position,
        )
    {
        let (from, to) = (change.from, change.to);
        events.push(Event::StandingChanged { change });
        if to > from {
            propose_tiers(&mut draft, from, evaluation, observation.enact);
        } else {
            draft.let_standing_fall(to);
        }
    }
    for facts in &observation.settlement_refunds {
        reconcile_settlement_refund(&mut draft, facts, observation.enact);
    }
    if observation.enact {
        draft.issue_notices();
    }
    take(&mut draft, &mut events);
    events.extend(consent_by_use(merchant, command, observation));
    events
}

/// The earliest instant after `after` at which time alone brings something about for this
/// merchant's measures; standing has its own midnights.
#[must_use]
pub fn next_deadline(merchant: &Merchant, after: Instant) -> Option<Instant> {
    merchant.measures.next_deadline(after)
}

/// The change of standing that an evaluation asks for, if it is one.
pub(crate) fn standing_change(
    recorded: Tier,
    evaluation: &Evaluation,
    computed_at_position: u64,
) -> Option<StandingChange> {
    (evaluation.tier != recorded).then(|| StandingChange {
        from: recorded,
        to: evaluation.tier,
        metrics: evaluation.metrics.clone(),
        reasons: evaluation.reasons.clone(),
        computed_at_position,
        corrected: evaluation.corrected && evaluation.tier < recorded,
    })
}

fn take(draft: &mut Draft<'_>, events: &mut Vec<Event>) {
    events.extend(draft.events.drain(..).map(Event::Measure));
}

/// policy four-eyes: on entering a tier the measures of every tier passed on the way up are
/// proposed, each with its tier's authority; only what the edition calls automatic comes into
/// force by itself.
fn propose_tiers(draft: &mut Draft<'_>, from: Tier, evaluation: &Evaluation, enact: bool) {
    let circumstances = draft.setting.circumstances;
    let edition = circumstances.rulebook.in_force(evaluation.at);
    let passed = edition
        .tiers
        .iter()
        .filter(|terms| from < terms.tier && terms.tier <= evaluation.tier);
    for terms in passed {
        for measure in &terms.measures {
            if is_open_already(draft, measure) {
                continue;
            }
            let proposed = of_tier(terms, measure, evaluation, draft.setting.facts);
            let measure_id = draft.propose(proposed);
            impose_automatic(draft, measure_id, terms.authority, enact);
        }
    }
}

fn is_open_already(draft: &Draft<'_>, terms: &MeasureTerms) -> bool {
    draft.measures.open().any(|known| {
        known.kind == terms.kind
            && known.scope == terms.scope
            && known.parameters == terms.parameters
    })
}

fn of_tier(
    tier: &TierTerms,
    terms: &MeasureTerms,
    evaluation: &Evaluation,
    facts: &Facts,
) -> ProposedMeasure {
    let ending = ending_of(terms.kind, terms.ending);
    let grounds = if facts.standing_determinations.is_empty() {
        Vec::from([Arc::from("policy window")])
    } else {
        facts.standing_determinations.clone()
    };
    ProposedMeasure {
        measure_id: MeasureId(0),
        kind: terms.kind,
        scope: terms.scope.clone(),
        parameters: terms.parameters.clone(),
        ending,
        tier: Some(tier.tier),
        grounds,
        rationale: sentence(format!(
            "the edition proposes it on entering {} (policy four-eyes)",
            tier.tier.as_str()
        )),
        authority: tier.authority,
        metrics: Some(evaluation.metrics.clone()),
        cure: cure(terms.kind, ending, Some(tier.tier)),
    }
}

fn impose_automatic(
    draft: &mut Draft<'_>,
    measure_id: MeasureId,
    authority: Authority,
    enact: bool,
) {
    if authority == Authority::Automatic && enact {
        draft.impose(measure_id, None);
    }
}

/// rulebook 4.2(2), policy settlement-refund: at most one open per complaint; proposed when the
/// refund is overdue, ended when nothing is outstanding.
fn reconcile_settlement_refund(draft: &mut Draft<'_>, facts: &SettlementRefundFacts, enact: bool) {
    let of_complaint = |kind: MeasureKind, scope: &Scope| {
        kind == MeasureKind::SettlementRefund
            && scope.complaint_id.as_ref() == Some(&facts.complaint_id)
    };
    let open = draft
        .measures
        .open()
        .find(|known| of_complaint(known.kind, &known.scope))
        .map(|known| (known.measure_id, known.status));
    match open {
        Some((measure_id, status)) if facts.outstanding_fen == 0 => {
            draft.push(if status == MeasureStatus::Proposed {
                MeasureEvent::Withdrawn { measure_id }
            } else {
                MeasureEvent::Lapsed {
                    measure_id,
                    because: Arc::from("it was paid, or nothing is owed any more"),
                }
            });
        }
        None if facts.due && facts.outstanding_fen > 0 => {
            // What a person turned down on these determinations is not proposed again on them.
            let turned_down = draft.measures.iter().any(|known| {
                of_complaint(known.kind, &known.scope)
                    && matches!(
                        known.status,
                        MeasureStatus::Refused | MeasureStatus::Lifted | MeasureStatus::Revoked
                    )
                    && facts
                        .determinations
                        .iter()
                        .all(|determination| known.grounds.contains(determination))
            });
            if !turned_down {
                propose_settlement_refund(draft, facts, enact);
            }
        }
        Some(_) | None => {}
    }
}

fn propose_settlement_refund(draft: &mut Draft<'_>, facts: &SettlementRefundFacts, enact: bool) {
    let authority = settlement_refund_authority(draft.setting.edition(), facts.outstanding_fen);
    let kind = MeasureKind::SettlementRefund;
    let measure_id = draft.propose(ProposedMeasure {
        measure_id: MeasureId(0),
        kind,
        scope: Scope {
            complaint_id: Some(facts.complaint_id.clone()),
            ..Scope::default()
        },
        parameters: Parameters {
            amount_fen: Some(facts.outstanding_fen),
            ..Parameters::default()
        },
        ending: Ending::AtCure,
        tier: None,
        grounds: facts.determinations.clone(),
        rationale: sentence(
            "the refund is overdue beyond the time that the edition allows (policy settlement-refund)"
                .into(),
        ),
        authority,
        metrics: draft.setting.facts.metrics.clone(),
        cure: cure(kind, Ending::AtCure, None),
    });
    impose_automatic(draft, measure_id, authority, enact);
}

/// policy settlement-refund: up to an amount no person is asked, above it one.
const fn settlement_refund_authority(edition: &Edition, outstanding_fen: u64) -> Authority {
    if outstanding_fen <= edition.remedy.settlement_refund_automatic_fen {
        Authority::Automatic
    } else {
        Authority::One
    }
}

/// rulebook 5: going on to use the service under an edition is consent, recorded once, unless the
/// merchant has agreed to a later one. A merchant that declined has ended the service: what it
/// still does about complaints is no consent.
fn consent_by_use(
    merchant: &Merchant,
    command: &Command,
    observation: &Observation,
) -> Option<Event> {
    let used_at = observation.used_service_at?;
    let rulebook = &command.circumstances.rulebook;
    let used = rulebook.in_force(used_at);
    let agreed = merchant
        .acceptances
        .iter()
        .filter_map(|one| rulebook.edition(one.edition.as_str()))
        .any(|known| known.effective_at >= used.effective_at);
    (!agreed && merchant.declined.is_none()).then(|| Event::RulebookAccepted {
        edition: used.name.clone(),
        by_use: true,
    })
}

fn sentence(text: String) -> Arc<str> {
    Arc::from(text)
}
