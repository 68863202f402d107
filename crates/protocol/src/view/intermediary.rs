//! `intermediary/<id>` (rulebook 4.3)

use redress_domain::intermediary::{CoordinationFailure, Intermediary};
use serde_json::{Value, json};

use super::{Moment, last_version, measure};
use crate::standing::reasons_json;

/// An intermediary with what is computed for the moment's instant.
#[derive(Clone, Copy, Debug)]
pub struct IntermediaryBundle<'a> {
    /// The intermediary; its tier and its measures are the recorded ones.
    pub intermediary: &'a Intermediary,
    /// Its merchants.
    pub merchants: u64,
    /// Those at t2 or above.
    pub merchants_at_t2: u64,
    /// Failures to coordinate that count at the instant; each counts as a merchant at t2.
    pub coordination_failures: u64,
}

/// An intermediary, its portfolio as of the moment's instant.
#[must_use]
pub fn intermediary_view(bundle: &IntermediaryBundle<'_>, moment: &Moment) -> Value {
    let intermediary = bundle.intermediary;
    let standing = &intermediary.standing;
    let reasons = standing
        .change
        .as_ref()
        .map_or(&[][..], |change| &change.reasons);
    json!({
        "intermediary_id": intermediary.intermediary_id.as_str(),
        "kind": intermediary.kind.as_str(),
        "name": &*intermediary.name,
        "standing": {
            "tier": standing.tier.as_str(),
            "since": moment.optional_instant(standing.since),
            "metrics": {
                "merchants": bundle.merchants,
                "merchants_at_t2": bundle.merchants_at_t2,
                "coordination_failures": bundle.coordination_failures,
            },
            "reasons": reasons_json(reasons),
        },
        "measures": measure::measures(&intermediary.measures, moment),
        "coordination_failures": intermediary
            .failures
            .iter()
            .map(|one| failure(one, moment))
            .collect::<Vec<_>>(),
        "version": last_version(intermediary.next_version),
        "as_of_position": moment.as_of_position,
    })
}

fn failure(failure: &CoordinationFailure, moment: &Moment) -> Value {
    json!({
        "complaint_id": failure.complaint_id.as_str(),
        "round": failure.round,
        "at": moment.instant(failure.at),
    })
}
