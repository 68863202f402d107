//! One complaint's documents brought together: its items in order, each once.

use std::collections::{BTreeMap, BTreeSet};

use redress_domain::identity::ComplaintId;

use crate::document::{ComplaintDocument, HistoryItem};

/// Everything that a set of documents says of one complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// The detail read last, and all items in order, each once.
    pub document: ComplaintDocument,
    /// Whether the answers speak of more items than they hold.
    pub incomplete: bool,
    /// Whether any of its details tells of the return of a power bank.
    pub power_bank: bool,
}

/// Puts items in order of (`operate_time`, `log_id`); duplicates by `log_id` are one. An answer's
/// own order says nothing.
#[must_use]
pub fn ordered(mut items: Vec<HistoryItem>) -> Vec<HistoryItem> {
    items.sort_by(|one, other| {
        (one.operate_time, &one.log_id).cmp(&(other.operate_time, &other.log_id))
    });
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert(item.log_id.clone()));
    items
}

/// Brings together what several documents say of the same complaint, by complaint id. Of the
/// details the one read last holds; the user comes from any that names one, because the list call
/// leaves it out.
#[must_use]
pub fn gather(documents: Vec<ComplaintDocument>) -> Vec<Gathered> {
    let mut complaints: BTreeMap<ComplaintId, Gathered> = BTreeMap::new();
    for document in documents {
        let power_bank = document.complaint.tells_of_power_bank();
        match complaints.get_mut(&document.complaint.complaint_id) {
            None => {
                complaints.insert(
                    document.complaint.complaint_id.clone(),
                    Gathered {
                        document,
                        incomplete: false,
                        power_bank,
                    },
                );
            }
            Some(known) => {
                known.power_bank |= power_bank;
                join(&mut known.document, document);
            }
        }
    }
    complaints
        .into_values()
        .map(|mut one| {
            let history = &mut one.document.history;
            let held = u64::try_from(history.data.len()).unwrap_or(u64::MAX);
            one.incomplete = history.total_count.is_some_and(|total| total > held);
            history.data = ordered(std::mem::take(&mut history.data));
            one
        })
        .collect()
}

fn join(known: &mut ComplaintDocument, later: ComplaintDocument) {
    let user = known.complaint.payer_openid.take();
    known.complaint = later.complaint;
    known.complaint.payer_openid = known.complaint.payer_openid.take().or(user);
    known.history.data.extend(later.history.data);
    known.history.total_count = known.history.total_count.max(later.history.total_count);
}

#[cfg(test)]
mod tests;
