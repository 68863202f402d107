//! Payloads of events about a user's personal data.

use redress_domain::user::Event;

use crate::wire::bytes::{append, parse};
use crate::wire::payload::events;
use crate::wire::{WireError, restored, stored};

events! {
    Event {
        1 "PersonalDataErased" => PersonalDataErased<'a> {
            user_ref: &'a str,
            reason: &'a str,
            key_numbers: Vec<u64>,
        }
        1 "PersonalDataRead" => PersonalDataRead<'a> {
            user_ref: &'a str,
            stream: String,
            version: u64,
            purpose: &'a str,
        }
    }
}
