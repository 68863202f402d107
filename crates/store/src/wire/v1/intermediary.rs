//! Payloads of an intermediary's events.

use redress_domain::intermediary::Event;

use crate::wire::bytes::{append, parse};
use crate::wire::payload::events;
use crate::wire::{WireError, restored, stored};

use super::measure;
use super::standing::StandingChange;

events! {
    Event {
        1 "IntermediaryRegistered" => IntermediaryRegistered<'a> {
            intermediary_id: &'a str,
            kind: &'a str,
            name: &'a str,
        }
        1 "IntermediaryUpdated" => IntermediaryUpdated<'a> {
            name: &'a str,
        }
        1 "CoordinationFailed" => CoordinationFailed<'a> {
            complaint_id: &'a str,
            round: u32,
        }
        1 "StandingChanged" => StandingChanged<'a> {
            change: StandingChange<'a>,
        }
    }
    and Measure from measure
}
