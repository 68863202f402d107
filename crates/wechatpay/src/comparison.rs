//! Where a document and the complaint that we made of it disagree. Differences are listed and
//! nothing is overwritten: they come of a missed notification, or of a rejection that the platform
//! counts and the rulebook does not.

use redress_domain::complaint::{self, Complaint};
use redress_domain::identity::ComplaintId;

use crate::document::{ComplaintDocument, ComplaintState};

/// A field on which the platform and we disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of which complaint.
    pub complaint_id: ComplaintId,
    /// The field's name on the wire.
    pub field: &'static str,
    /// What the document says.
    pub theirs: String,
    /// What we say, in the wire's words where it has them.
    pub ours: String,
}

/// Compares a document with our complaint; a field that the document leaves out is not compared.
#[must_use]
pub fn compare(document: &ComplaintDocument, ours: &Complaint) -> Vec<Difference> {
    let theirs = &document.complaint;
    let mut differences = Vec::new();
    let mut differ = |field, theirs: String, ours: String| {
        differences.push(Difference {
            complaint_id: document.complaint.complaint_id.clone(),
            field,
            theirs,
            ours,
        });
    };

    let times = u64::from(ours.continues).saturating_add(1);
    if let Some(said) = theirs.user_complaint_times
        && said != times
    {
        differ("user_complaint_times", said.to_string(), times.to_string());
    }

    if theirs.complaint_state != public_state(ours.state) {
        differ(
            "complaint_state",
            theirs.complaint_state.as_str().to_owned(),
            match ours.state {
                complaint::ComplaintState::Withdrawn => ours.state.as_str().to_owned(),
                complaint::ComplaintState::Pending
                | complaint::ComplaintState::Processing
                | complaint::ComplaintState::Processed => {
                    public_state(ours.state).as_str().to_owned()
                }
            },
        );
    }

    let full = !ours.orders.is_empty() && ours.refunded_fen() >= ours.paid_fen();
    if let Some(said) = theirs.complaint_full_refunded
        && said != full
    {
        differ(
            "complaint_full_refunded",
            said.to_string(),
            full.to_string(),
        );
    }
    differences
}

/// The wire's name of a state. It has none for a complaint that the user withdrew and calls that
/// processed, too.
const fn public_state(state: complaint::ComplaintState) -> ComplaintState {
    match state {
        complaint::ComplaintState::Pending => ComplaintState::Pending,
        complaint::ComplaintState::Processing => ComplaintState::Processing,
        complaint::ComplaintState::Processed | complaint::ComplaintState::Withdrawn => {
            ComplaintState::Processed
        }
    }
}

#[cfg(test)]
mod tests;
