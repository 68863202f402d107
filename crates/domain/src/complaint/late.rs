//! Acts that are recorded after the round they belong to has closed, and words of partners that
//! come too late to count by themselves (policy partner-grace).

use alloc::vec;
use alloc::vec::Vec;

use crate::instant::Instant;
use crate::text::PersonalText;

use super::clocks::round_at;
use super::{Command, Complaint, Event, FactId, LateAct};

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
}

/// Where an act falls, by its counted instant. An act counts for the round that was open then.
pub(super) fn place(complaint: &Complaint, command: &Command) -> Place {
    place_at(complaint, command.circumstances.counted_at())
}

fn place_at(complaint: &Complaint, at: Instant) -> Place {
    let round = round_at(complaint, at);
    let closed_since = complaint
        .round(round)
        .is_some_and(|then| then.closed.as_ref().is_some_and(|close| at < close.at));
    if closed_since || round != complaint.round_number() {
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
    match place {
        Place::Late { round } => vec![Event::LateFactRecorded {
            fact_id,
            round,
            claimed_at: command.circumstances.counted_at(),
            act,
            awaits_review: false,
            text: text.cloned(),
        }],
        Place::Now => {
            let mut events = own;
            if command.circumstances.awaits_review() {
                let claimed_at = command.circumstances.occurred_at;
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
