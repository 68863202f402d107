//! Acts that are recorded after the round they belong to has closed, and words of partners that
//! come too late to count by themselves (policy partner-grace).

use alloc::vec;
use alloc::vec::Vec;

use crate::instant::Instant;
use crate::refusal::Refusal;
use crate::text::PersonalText;

use super::clocks::{meet, move_void, round_at};
use super::decide::closed;
use super::money::count_money_earlier;
use super::{Command, Complaint, Event, FactId, LateAct, LateFact, LateFactStatus};

/// Where an act falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the current round as it stands: it has all its effects.
    Now,
    /// In a round that has closed since: it meets that round's clocks and nothing else.
    Late {
        /// That round.
        round: u32,
    },
    /// Nowhere as an act of the instant at which it was recorded: it waits for a reviewer, who may
    /// let it count for this round.
    Waiting {
        /// That round.
        round: u32,
    },
}

/// Where an act falls, by its counted instant. An act counts for the round that was open then.
pub(super) fn place(complaint: &Complaint, command: &Command) -> Place {
    place_at(complaint, command.circumstances.counted_at())
}

/// Where an act falls that only an open round takes.
///
/// # Errors
/// `round_closed`.
pub(super) fn place_in_open_round(
    complaint: &Complaint,
    command: &Command,
) -> Result<Place, Refusal> {
    match place(complaint, command) {
        Place::Now if !complaint.is_open() => waiting(complaint, command).ok_or_else(closed),
        place => Ok(place),
    }
}

/// A partner's word that came too late, and that nothing takes any more as an act of the instant
/// at which it was recorded. It waits for a reviewer all the same, if the round that it tells of
/// was open when it is said to have happened (policy partner-grace).
pub(super) fn waiting(complaint: &Complaint, command: &Command) -> Option<Place> {
    if !command.circumstances.awaits_review() {
        return None;
    }
    match place_at(complaint, command.circumstances.occurred_at) {
        Place::Late { round } => Some(Place::Waiting { round }),
        Place::Now | Place::Waiting { .. } => None,
    }
}

fn place_at(complaint: &Complaint, at: Instant) -> Place {
    let round = round_at(complaint, at);
    let closed_since = complaint
        .round(round)
        .is_some_and(|then| then.closed.as_ref().is_some_and(|close| at < close.at));
    let withdrawn_since = complaint.withdrawn_at.is_some_and(|then| at < then);
    if closed_since || withdrawn_since || round != complaint.round_number() {
        Place::Late { round }
    } else {
        Place::Now
    }
}

/// The events of an act: its own where it falls into the current round, else the late fact alone.
/// A partner's word that came too late counts as recorded, and waits for a reviewer besides.
pub(super) fn with_late_fact(
    complaint: &Complaint,
    command: &Command,
    place: Place,
    act: LateAct,
    text: Option<&PersonalText>,
    own: Vec<Event>,
) -> Vec<Event> {
    let number = u32::try_from(complaint.late_facts.len()).unwrap_or(u32::MAX);
    let fact_id = FactId(number.saturating_add(1));
    let circumstances = &command.circumstances;
    match place {
        Place::Late { round } => vec![Event::LateFactRecorded {
            fact_id,
            round,
            claimed_at: circumstances.counted_at(),
            act,
            awaits_review: false,
            text: text.cloned(),
        }],
        Place::Waiting { round } => vec![Event::LateFactRecorded {
            fact_id,
            round,
            claimed_at: circumstances.occurred_at,
            act,
            awaits_review: true,
            text: text.cloned(),
        }],
        Place::Now => {
            let mut events = own;
            if circumstances.awaits_review() {
                let claimed_at = circumstances.occurred_at;
                events.push(Event::LateFactRecorded {
                    fact_id,
                    round: round_at(complaint, claimed_at),
                    claimed_at,
                    act,
                    awaits_review: true,
                    text: None,
                });
            }
            events
        }
    }
}

/// Puts down what a reviewer decided on a fact, and gives the fact.
pub(super) fn decide_fact(
    complaint: &mut Complaint,
    id: FactId,
    status: LateFactStatus,
) -> Option<LateFact> {
    let fact = complaint
        .late_facts
        .iter_mut()
        .find(|fact| fact.fact_id == id)?;
    fact.status = status;
    Some(fact.clone())
}

/// A fact that a reviewer accepts counts as it happened: what it met or made void when it was
/// told, it met or made void then (policy partner-grace).
pub(super) fn count_earlier(complaint: &mut Complaint, fact: &LateFact) {
    meet(complaint, fact.round, fact.act, fact.claimed_at);
    move_void(complaint, fact.round, fact.told_at, fact.claimed_at);
    if fact.act == LateAct::RefundReceived {
        count_money_earlier(complaint, fact.command_id, fact.claimed_at);
    }
}
