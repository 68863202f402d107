//! Repeat complaints: three counts kept apart (domain.md section 4).

use std::collections::BTreeSet;

use super::case::Case;
use super::judgement::RELATED_WINDOW;
use super::{Link, Model};

/// The counts of one user against one merchant, or of a merchant alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub repeat_rounds: u64,
    pub related: u64,
    pub concurrent: u64,
    pub closed_rounds: u64,
    pub complaints: u64,
}

impl Model {
    /// The links that a new complaint brings with it.
    pub fn links_of_filing(&self, new: &Case) -> Vec<Link> {
        let mut links = Vec::new();
        for earlier in self.cases.values() {
            let same_matter = earlier
                .order_ids
                .iter()
                .any(|order| new.order_ids.contains(order))
                || (earlier.agreement_id.is_some() && earlier.agreement_id == new.agreement_id);
            if earlier.user_ref != new.user_ref
                || earlier.merchant_id != new.merchant_id
                || !same_matter
            {
                continue;
            }
            let kind = match earlier.round().closed {
                None => "concurrent",
                Some((closed, _)) if new.filed <= closed + RELATED_WINDOW => "related",
                Some(_) => continue,
            };
            links.push(Link {
                complaint_id: new.complaint_id.clone(),
                other: earlier.complaint_id.clone(),
                kind: kind.to_owned(),
            });
        }
        links
    }

    /// The counts of a merchant, of one user alone where one is named.
    pub fn counts(&self, merchant_id: &str, user_ref: Option<&str>) -> Counts {
        let mut counts = Counts::default();
        for case in self.cases.values() {
            if case.merchant_id != merchant_id || user_ref.is_some_and(|user| user != case.user_ref)
            {
                continue;
            }
            counts.complaints += 1;
            for round in &case.rounds {
                counts.repeat_rounds += u64::from(round.repeat);
                let closed = round.closed.is_some_and(|(_, how)| how != "withdrawn");
                counts.closed_rounds += u64::from(closed);
            }
            let kinds: BTreeSet<&str> = self
                .links
                .iter()
                .filter(|link| link.complaint_id == case.complaint_id)
                .map(|link| link.kind.as_str())
                .collect();
            if kinds.contains("concurrent") {
                counts.concurrent += 1;
            } else if kinds.contains("related") {
                counts.related += 1;
            }
        }
        counts
    }
}
