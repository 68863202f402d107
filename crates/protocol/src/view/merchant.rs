//! `merchant/<id>`

use redress_domain::gate::{Capabilities, MerchantGate, Source, capabilities};
use redress_domain::merchant::Merchant;
use redress_domain::rulebook::Rulebook;
use redress_domain::standing::{Metrics, PartKind, Tier, next_tier};
use serde_json::{Map, Value, json};

use super::{Moment, last_version, measure};
use crate::standing::{metrics_json, reasons_json};

/// A merchant with what is computed for the moment's instant.
#[derive(Clone, Copy, Debug)]
pub struct MerchantBundle<'a> {
    /// The merchant; its tier and its measures are the recorded ones.
    pub merchant: &'a Merchant,
    /// The figures of the window that ends at the instant (policy window).
    pub metrics: &'a Metrics,
    /// What the gate looks at: its own measures and those of its entity.
    pub gate: &'a MerchantGate,
    /// Every edition known; the one in force at the instant says what the next tier takes.
    pub rulebook: &'a Rulebook,
}

/// A merchant, its figures and capabilities as of the moment's instant.
#[must_use]
pub fn merchant_view(bundle: &MerchantBundle<'_>, moment: &Moment) -> Value {
    let merchant = bundle.merchant;
    let standing = &merchant.standing;
    let reasons = standing
        .change
        .as_ref()
        .map_or(&[][..], |change| &change.reasons);
    let edition = bundle.rulebook.in_force(moment.at);
    let next = next_tier(bundle.metrics, edition, standing.tier);
    json!({
        "merchant_id": merchant.merchant_id.as_str(),
        "kind": merchant.kind.as_str(),
        "name": &*merchant.name,
        "entity_id": merchant.entity_id.as_str(),
        "industry": merchant.industry.as_str(),
        "institution_id": merchant.institution_id.as_ref().map(|id| id.as_str()),
        "service_provider_id": merchant.service_provider_id.as_ref().map(|id| id.as_str()),
        "standing": {
            "tier": standing.tier.as_str(),
            "since": moment.optional_instant(standing.since),
            "metrics": metrics_json(bundle.metrics),
            "reasons": reasons_json(reasons),
            "next_tier": next.as_ref().map(next_tier_json),
        },
        "measures": measure::measures(&merchant.measures, moment),
        "capabilities": capabilities_json(&capabilities(bundle.gate, moment.at)),
        "rulebook": {
            "accepted": merchant.accepted().map(|name| name.as_str()),
            "declined": merchant.declined.as_ref().map(|name| name.as_str()),
        },
        "version": last_version(merchant.next_version),
        "as_of_position": moment.as_of_position,
    })
}

fn next_tier_json((tier, missing): &(Tier, Vec<(PartKind, u64)>)) -> Value {
    let missing: Map<String, Value> = missing
        .iter()
        .map(|(kind, count)| (kind.as_str().to_owned(), (*count).into()))
        .collect();
    json!({ "tier": tier.as_str(), "missing": missing })
}

fn capabilities_json(capabilities: &Capabilities) -> Value {
    let limits = capabilities.limits.map(|limits| {
        json!({
            "debit_fen": limits.debit_fen,
            "day_fen": limits.day_fen,
            "debits_per_day": limits.debits_per_day,
        })
    });
    json!({
        "sign": capabilities.sign,
        "template_create": capabilities.template_create,
        "debit": capabilities.debit,
        "multi_account_sign": capabilities.multi_account_sign,
        "pay_score_complete": capabilities.pay_score_complete,
        "payment": capabilities.payment,
        "reminder_required": capabilities.reminder_required,
        "settlement_days": capabilities.settlement_days,
        "limits": limits,
        "sources": capabilities.sources.iter().map(source).collect::<Vec<_>>(),
    })
}

fn source(source: &Source) -> Value {
    json!({
        "capability": source.capability.as_str(),
        "template_id": source.template_id.as_ref().map(|id| id.as_str()),
        "merchant_id": source.merchant_id.as_str(),
        "measure_id": source.measure_id.map(|id| id.to_string()),
        "clause": source.clause,
        "cure": &source.cure,
    })
}
