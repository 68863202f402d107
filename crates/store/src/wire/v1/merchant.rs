//! Payloads of a merchant's events.

use redress_domain::merchant::{self, Event};

use crate::wire::bytes::{append, parse};
use crate::wire::payload::events;
use crate::wire::{WireError, records, restored, stored};

use super::measure;
use super::standing::StandingChange;

records! {
    Update<'a> of merchant::Update {
        industry: Option<&'a str>,
        name: Option<&'a str>,
        institution_id: Option<&'a str>,
        service_provider_id: Option<&'a str>,
        entity_id: Option<&'a str>,
    }
}

events! {
    Event {
        1 "MerchantRegistered" => MerchantRegistered<'a> {
            merchant_id: &'a str,
            kind: &'a str,
            industry: &'a str,
            name: &'a str,
            institution_id: Option<&'a str>,
            service_provider_id: Option<&'a str>,
            entity_id: &'a str,
        }
        1 "MerchantUpdated" => MerchantUpdated<'a> {
            update: Update<'a>,
        }
        1 "VolumeReported" => VolumeReported {
            day: i32,
            debits: u64,
            users: u64,
        }
        1 "StandingChanged" => StandingChanged<'a> {
            change: StandingChange<'a>,
        }
        1 "RulebookAccepted" => RulebookAccepted<'a> {
            edition: &'a str,
            by_use: bool,
        }
        1 "RulebookDeclined" => RulebookDeclined<'a> {
            edition: &'a str,
            written_notice: &'a str,
        }
    }
    and Measure from measure
}
