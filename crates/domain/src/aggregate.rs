//! The state of any stream, and the one `evolve` that serves them all.

use crate::circumstances::Stamp;
use crate::event::Event;
use crate::identity::StreamId;
use crate::rulebook::Rulebook;
use crate::{agreement, complaint, intermediary, merchant, rulebook, user};

/// The state of a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Aggregate {
    /// A complaint.
    Complaint(complaint::State),
    /// A merchant.
    Merchant(merchant::State),
    /// An agreement.
    Agreement(agreement::State),
    /// An intermediary.
    Intermediary(intermediary::State),
    /// A user's personal data.
    User(user::State),
    /// The rulebook.
    Rulebook(Rulebook),
}

impl Aggregate {
    /// A stream before its first event; `first` is the rulebook that a log begins with.
    #[must_use]
    pub fn before_first(stream: &StreamId, first: &Rulebook) -> Self {
        match stream {
            StreamId::Complaint(_) => Self::Complaint(None),
            StreamId::Merchant(_) => Self::Merchant(None),
            StreamId::Agreement(_) => Self::Agreement(None),
            StreamId::Intermediary(_) => Self::Intermediary(None),
            StreamId::User(_) => Self::User(user::State::default()),
            StreamId::Rulebook => Self::Rulebook(first.clone()),
        }
    }

    /// Applies an event; one that is not of this stream's kind changes nothing.
    #[must_use]
    pub fn evolve(self, stamp: &Stamp, event: &Event) -> Self {
        match (self, event) {
            (Self::Complaint(state), Event::Complaint(event)) => {
                Self::Complaint(complaint::evolve(state, stamp, event))
            }
            (Self::Merchant(state), Event::Merchant(event)) => {
                Self::Merchant(merchant::evolve(state, stamp, event))
            }
            (Self::Agreement(state), Event::Agreement(event)) => {
                Self::Agreement(agreement::evolve(state, stamp, event))
            }
            (Self::Intermediary(state), Event::Intermediary(event)) => {
                Self::Intermediary(intermediary::evolve(state, stamp, event))
            }
            (Self::User(state), Event::User(event)) => {
                Self::User(user::evolve(state, stamp, event))
            }
            (Self::Rulebook(state), Event::Rulebook(event)) => {
                Self::Rulebook(rulebook::evolve(state, stamp, event))
            }
            (state, _) => state,
        }
    }
}
