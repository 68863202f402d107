//! What is done with a user's personal texts (rulebook 1.2): their keys are destroyed on request,
//! and the log keeps a record of that alone; whoever reads one says what for, and is recorded.

#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::circumstances::{Circumstances, Stamp};
use crate::identity::{StreamId, UserRef};
use crate::refusal::{Code, Refusal};

/// How often a user's keys were destroyed, and texts read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct State {
    /// Erasures so far.
    pub erasures: u32,
    /// Readings so far.
    pub readings: u32,
}

/// A command about a user's personal data.
#[derive(Clone, Debug)]
pub struct Command {
    /// Who, when, under which rulebook.
    pub circumstances: Circumstances,
    /// What is asked.
    pub act: Act,
}

/// What is asked about a user's personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// `user.erase`
    Erase {
        /// Whose texts.
        user_ref: UserRef,
        /// Why.
        reason: Arc<str>,
        /// The keys that sealed them, as the engine knows them.
        key_numbers: Vec<u64>,
    },
    /// `user.record_reading`
    RecordReading {
        /// Whose texts.
        user_ref: UserRef,
        /// The stream of the event that has them.
        stream: StreamId,
        /// The version of that event.
        version: u64,
        /// What for.
        purpose: Arc<str>,
    },
}

/// What happened to a user's personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The keys of a user's texts are destroyed: nobody can read them again.
    PersonalDataErased {
        /// Whose texts.
        user_ref: UserRef,
        /// Why.
        reason: Arc<str>,
        /// The keys that are gone.
        key_numbers: Vec<u64>,
    },
    /// The texts of an event were given to whoever acted, to be read.
    PersonalDataRead {
        /// Whose texts.
        user_ref: UserRef,
        /// The stream of the event that has them.
        stream: StreamId,
        /// The version of that event.
        version: u64,
        /// What for.
        purpose: Arc<str>,
    },
}

/// Decides on an erasure or a reading. Neither is refused for lack of texts: the record is the
/// point.
///
/// # Errors
/// `reason_missing`.
pub fn decide(_state: &State, command: &Command) -> Result<Vec<Event>, Refusal> {
    match &command.act {
        Act::Erase {
            user_ref,
            reason,
            key_numbers,
        } => {
            if reason.trim().is_empty() {
                return Err(Refusal::new(
                    Code::ReasonMissing,
                    "an erasure says why it was asked for",
                ));
            }
            Ok(vec![Event::PersonalDataErased {
                user_ref: user_ref.clone(),
                reason: reason.clone(),
                key_numbers: key_numbers.clone(),
            }])
        }
        Act::RecordReading {
            user_ref,
            stream,
            version,
            purpose,
        } => {
            if purpose.trim().is_empty() {
                return Err(Refusal::new(
                    Code::ReasonMissing,
                    "whoever reads a personal text says what for",
                ));
            }
            Ok(vec![Event::PersonalDataRead {
                user_ref: user_ref.clone(),
                stream: stream.clone(),
                version: *version,
                purpose: purpose.clone(),
            }])
        }
    }
}

/// Applies an event.
#[must_use]
pub fn evolve(state: State, _stamp: &Stamp, event: &Event) -> State {
    match event {
        Event::PersonalDataErased { .. } => State {
            erasures: state.erasures.saturating_add(1),
            ..state
        },
        Event::PersonalDataRead { .. } => State {
            readings: state.readings.saturating_add(1),
            ..state
        },
    }
}
