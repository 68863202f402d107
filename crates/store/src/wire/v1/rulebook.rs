//! Payloads of the rulebook's events.

use redress_domain::rulebook::Event;

use crate::wire::bytes::{append, parse};
use crate::wire::payload::events;
use crate::wire::{WireError, restored, stored};

use super::edition::Edition;

events! {
    Event {
        1 "EditionAnnounced" => EditionAnnounced<'a> {
            edition: Edition<'a>,
        }
    }
}
