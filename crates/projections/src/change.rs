//! What is folded.

use redress_domain::agreement::Agreement;
use redress_domain::complaint::Complaint;
use redress_domain::event::Recorded;
use redress_domain::identity::{StreamId, UserRef};
use redress_domain::instant::Instant;
use redress_domain::intermediary::Intermediary;
use redress_domain::merchant::Merchant;
use redress_domain::rulebook::Rulebook;

use crate::fault::Fault;

/// One event with what surrounds it.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// The event.
    pub recorded: &'a Recorded,
    /// Every edition announced before the event.
    pub rulebook: &'a Rulebook,
    /// On complaint streams: the complaint after the event.
    pub complaint: Option<&'a Complaint>,
    /// On agreement streams: the agreement after the event.
    pub agreement: Option<&'a Agreement>,
    /// On merchant streams: the merchant after the event.
    pub merchant: Option<&'a Merchant>,
    /// On intermediary streams: the intermediary after the event.
    pub intermediary: Option<&'a Intermediary>,
}

/// A stream as its last event left it: all that some projections look at. Whoever folds a long log
/// shows them each stream now and then instead of each event.
#[derive(Clone, Copy, Debug)]
pub struct Latest<'a> {
    /// The stream.
    pub stream: &'a StreamId,
    /// The position of the stream's first event, where it is known.
    pub first_position: Option<u64>,
    /// The position of its last event.
    pub position: u64,
    /// When that was recorded.
    pub recorded_at: Instant,
    /// Every edition announced before that event.
    pub rulebook: &'a Rulebook,
    /// On complaint streams: the complaint after the event.
    pub complaint: Option<&'a Complaint>,
    /// On merchant streams: the merchant after the event.
    pub merchant: Option<&'a Merchant>,
    /// On intermediary streams: the intermediary after the event.
    pub intermediary: Option<&'a Intermediary>,
}

impl<'a> Latest<'a> {
    /// The complaint after the event; `None` on other streams.
    pub(crate) fn complaint_after(&self) -> Result<Option<&'a Complaint>, Fault> {
        match (self.stream, self.complaint) {
            (StreamId::Complaint(_), None) => Err(self.state_missing()),
            (StreamId::Complaint(_), complaint) => Ok(complaint),
            (
                StreamId::Merchant(_)
                | StreamId::Agreement(_)
                | StreamId::Intermediary(_)
                | StreamId::User(_)
                | StreamId::Rulebook,
                _,
            ) => Ok(None),
        }
    }

    /// The fault that the state of a stream is needed and not there.
    pub(crate) const fn state_missing(&self) -> Fault {
        Fault::StateMissing {
            position: self.position,
        }
    }
}

impl<'a> Change<'a> {
    /// An event without the state of its stream.
    #[must_use]
    pub const fn new(recorded: &'a Recorded, rulebook: &'a Rulebook) -> Self {
        Self {
            recorded,
            rulebook,
            complaint: None,
            agreement: None,
            merchant: None,
            intermediary: None,
        }
    }

    /// The same with the complaint after the event.
    #[must_use]
    pub const fn with_complaint(mut self, complaint: &'a Complaint) -> Self {
        self.complaint = Some(complaint);
        self
    }

    /// The same with the agreement after the event.
    #[must_use]
    pub const fn with_agreement(mut self, agreement: &'a Agreement) -> Self {
        self.agreement = Some(agreement);
        self
    }

    /// The same with the merchant after the event.
    #[must_use]
    pub const fn with_merchant(mut self, merchant: &'a Merchant) -> Self {
        self.merchant = Some(merchant);
        self
    }

    /// The same with the intermediary after the event.
    #[must_use]
    pub const fn with_intermediary(mut self, intermediary: &'a Intermediary) -> Self {
        self.intermediary = Some(intermediary);
        self
    }

    /// The user with whose key the texts of this event are sealed.
    pub(crate) fn sealed_for(&self) -> Result<&'a UserRef, Fault> {
        let of_complaint = self.complaint.map(|complaint| &complaint.user_ref);
        let of_agreement = self.agreement.map(|agreement| &agreement.user_ref);
        of_complaint
            .or(of_agreement)
            .ok_or_else(|| self.state_missing())
    }

    /// The stream as this event left it.
    #[must_use]
    pub fn latest(&self) -> Latest<'a> {
        let header = &self.recorded.header;
        Latest {
            stream: &header.stream,
            first_position: None,
            position: header.position,
            recorded_at: header.recorded_at,
            rulebook: self.rulebook,
            complaint: self.complaint,
            merchant: self.merchant,
            intermediary: self.intermediary,
        }
    }

    /// The complaint after the event; `None` on other streams.
    pub(crate) fn complaint_after(&self) -> Result<Option<&'a Complaint>, Fault> {
        self.latest().complaint_after()
    }

    /// The fault that the state of a stream is needed and not there.
    pub(crate) const fn state_missing(&self) -> Fault {
        Fault::StateMissing {
            position: self.recorded.header.position,
        }
    }
}
