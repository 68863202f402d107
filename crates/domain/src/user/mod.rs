//! What is done with a user's personal texts (rulebook 1.2): their keys are destroyed on request,
//! and the log keeps a record of that alone.

#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::circumstances::{Circumstances, Stamp};
use crate::identity::UserRef;
use crate::refusal::{Code, Refusal};

/// How often a user's keys were destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct State {
    /// Erasures so far.
    pub erasures: u32,
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
}

/// Decides on an erasure. It is never refused for lack of texts: the record is the point.
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
    }
}

/// Applies an event.
#[must_use]
pub fn evolve(state: State, _stamp: &Stamp, event: &Event) -> State {
    match event {
        Event::PersonalDataErased { .. } => State {
            erasures: state.erasures.saturating_add(1),
        },
    }
}
