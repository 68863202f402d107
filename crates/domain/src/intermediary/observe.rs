//! What time and its portfolio bring about for an intermediary (rulebook 4.3).

use alloc::vec::Vec;

use crate::instant::Instant;
use crate::measure::{Draft, Setting};
use crate::merchant::{Industry, Observation, standing_change};
use crate::rulebook::Edition;
use crate::standing::{Evaluation, Metrics, Part, PartKind, Reason, Tier};

use super::{Command, Event, Intermediary};

/// Records what follows from an observation and is not recorded yet. Standing alone brings no
/// measure here: the edition names none for intermediaries, so people propose them.
pub(super) fn observe(
    intermediary: &Intermediary,
    command: &Command,
    observation: &Observation,
) -> Vec<Event> {
    let setting = Setting {
        circumstances: &command.circumstances,
        facts: &command.facts,
        industry: Industry::General,
    };
    let mut draft = Draft::new(&intermediary.measures, setting);
    draft.let_time_pass(observation.through);
    draft.let_fall(&observation.fallen_determinations);
    let mut events: Vec<Event> = draft.events.drain(..).map(Event::Measure).collect();
    let change = observation.evaluation.as_ref().and_then(|evaluation| {
        standing_change(
            intermediary.standing.tier,
            evaluation,
            observation.computed_at_position,
        )
    });
    events.extend(change.map(|change| Event::StandingChanged { change }));
    if observation.enact {
        draft.issue_notices();
    }
    events.extend(draft.events.into_iter().map(Event::Measure));
    events
}

/// The earliest instant after `after` at which time alone brings something about for its
/// measures.
#[must_use]
pub fn next_deadline(intermediary: &Intermediary, after: Instant) -> Option<Instant> {
    intermediary.measures.next_deadline(after)
}

/// Standing as the portfolio gives it now (rulebook 4.3): nothing is kept from before, so it
/// falls as soon as the portfolio is better. `merchants` is how many merchants it has, and
/// `merchants_at_t2` those at t2 or above together with the failures to coordinate of the span
/// that a merchant's standing looks back over (policy window), each of which counts as one.
#[must_use]
pub fn standing_of_portfolio(
    edition: &Edition,
    at: Instant,
    merchants: u64,
    merchants_at_t2: u64,
) -> Evaluation {
    let terms = &edition.intermediary;
    let by_count = |tier: Tier, asked: u64| {
        (merchants_at_t2 >= asked).then(|| Reason {
            tier,
            line: 0,
            parts: Vec::from([Part {
                kind: PartKind::MerchantsAtT2,
                actual: merchants_at_t2,
                of: None,
                asked,
            }]),
        })
    };
    let share_holds = merchants >= terms.t1_percent_minimum_base
        && merchants > 0
        && u128::from(merchants_at_t2) * 100
            >= u128::from(terms.t1_percent_at_t2) * u128::from(merchants);
    let by_share = share_holds.then(|| Reason {
        tier: Tier::T1,
        line: 1,
        parts: Vec::from([Part {
            kind: PartKind::PercentAtT2,
            actual: merchants_at_t2,
            of: Some(merchants),
            asked: terms.t1_percent_at_t2,
        }]),
    });
    let reasons: Vec<Reason> = [
        by_count(Tier::Watch, terms.watch_merchants_at_t2),
        by_count(Tier::T1, terms.t1_merchants_at_t2),
        by_share,
    ]
    .into_iter()
    .flatten()
    .collect();
    Evaluation {
        at,
        tier: reasons
            .iter()
            .map(|reason| reason.tier)
            .max()
            .unwrap_or(Tier::None),
        metrics: Metrics {
            merchants,
            merchants_at_t2,
            ..Metrics::default()
        },
        reasons,
        corrected: false,
    }
}
