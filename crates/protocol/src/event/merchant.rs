//! Payloads of a merchant's events.

use redress_domain::merchant::{Event, Update};
use serde_json::{Map, Value, json};

use super::{Writer, measure};
use crate::instant::format_day;
use crate::standing::change_json;

/// The payload of one event.
pub(super) fn data(event: &Event, writer: &Writer<'_>) -> Value {
    match event {
        Event::MerchantRegistered {
            merchant_id,
            kind,
            industry,
            name,
            institution_id,
            service_provider_id,
            entity_id,
        } => json!({
            "merchant_id": merchant_id.as_str(),
            "kind": kind.as_str(),
            "industry": industry.as_str(),
            "name": &**name,
            "institution_id": institution_id.as_ref().map(|id| id.as_str()),
            "service_provider_id": service_provider_id.as_ref().map(|id| id.as_str()),
            "entity_id": entity_id.as_str(),
        }),
        Event::MerchantUpdated { update } => updated(update),
        Event::VolumeReported { day, debits, users } => json!({
            "day": format_day(*day),
            "debits": debits,
            "users": users,
        }),
        Event::StandingChanged { change } => change_json(change),
        Event::Measure(event) => measure::data(event, writer),
        Event::RulebookAccepted { edition, by_use } => {
            json!({ "edition": edition.as_str(), "by_use": by_use })
        }
        Event::RulebookDeclined {
            edition,
            written_notice,
        } => json!({ "edition": edition.as_str(), "written_notice": &**written_notice }),
    }
}

/// Only what changed is there.
fn updated(update: &Update) -> Value {
    let mut map = Map::new();
    for (key, value) in [
        (
            "industry",
            update.industry.map(|industry| industry.as_str()),
        ),
        ("name", update.name.as_deref()),
        (
            "institution_id",
            update.institution_id.as_ref().map(|id| id.as_str()),
        ),
        (
            "service_provider_id",
            update.service_provider_id.as_ref().map(|id| id.as_str()),
        ),
        ("entity_id", update.entity_id.as_ref().map(|id| id.as_str())),
    ] {
        if let Some(value) = value {
            map.insert(key.to_owned(), value.into());
        }
    }
    Value::Object(map)
}
