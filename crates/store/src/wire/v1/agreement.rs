//! Payloads of an agreement's events.

use redress_domain::agreement::{self, Event};

use crate::wire::bytes::{append, parse};
use crate::wire::payload::events;
use crate::wire::{WireError, records, restored, stored};

use super::text::Sealed;

records! {
    Plan<'a> of agreement::Plan {
        amount_fen: u64,
        period: Option<&'a str>,
        debits_per_period: Option<u32>,
    }
}

events! {
    Event {
        1 "AgreementSigned" => AgreementSigned<'a> {
            agreement_id: &'a str,
            merchant_id: &'a str,
            user_ref: &'a str,
            template_id: &'a str,
            kind: &'a str,
            plan: Plan<'a>,
            disclosed: bool,
        }
        1 "PlanChanged" => PlanChanged<'a> {
            plan: Plan<'a>,
            disclosed: Option<bool>,
        }
        1 "ReminderRecorded" => ReminderRecorded {
            debit_at: i64,
            amount_fen: u64,
        }
        1 "Debited" => Debited<'a> {
            order_id: &'a str,
            amount_fen: u64,
            reminder: Option<u32>,
        }
        1 "UsageRecorded" => UsageRecorded<'a> {
            summary: Option<&'a str>,
            order_id: Option<&'a str>,
            consumed_fen: Option<u64>,
        }
        1 "AgreementRefunded" => AgreementRefunded<'a> {
            order_id: &'a str,
            amount_fen: u64,
        }
        1 "AgreementSuspended" => AgreementSuspended<'a> {
            reason: Option<&'a str>,
        }
        1 "AgreementResumed" => AgreementResumed<'a> {
            reason: Option<&'a str>,
        }
        1 "AgreementCancelled" => AgreementCancelled<'a> {
            party: &'a str,
            reason: Option<Sealed<'a>>,
        }
    }
}
