//! Payloads of a measure's events, for merchants and intermediaries.

use redress_domain::instant::{Instant, Span};
use redress_domain::measure::{self, MeasureEvent};

use crate::wire::bytes::{append, parse};
use crate::wire::payload::events;
use crate::wire::{Field, Misfit, WireError, records, restored, stored};

use super::standing::Metrics;

records! {
    Scope<'a> of measure::Scope {
        template_id: Option<&'a str>,
        capabilities: Vec<&'a str>,
        permissions: Vec<&'a str>,
        complaint_id: Option<&'a str>,
        level: Option<&'a str>,
    }
    Parameters<'a> of measure::Parameters {
        days: Option<u32>,
        debit_fen: Option<u64>,
        day_fen: Option<u64>,
        debits_per_day: Option<u32>,
        amount_fen: Option<u64>,
        description: Option<&'a str>,
    }
    MeasureTerms<'a> of measure::MeasureTerms {
        kind: &'a str,
        scope: Scope<'a>,
        parameters: Parameters<'a>,
        ending: Ending,
    }
    ProposedMeasure<'a> of measure::ProposedMeasure {
        measure_id: u32,
        kind: &'a str,
        scope: Scope<'a>,
        parameters: Parameters<'a>,
        ending: Ending,
        tier: Option<&'a str>,
        grounds: Vec<&'a str>,
        rationale: &'a str,
        authority: &'a str,
        metrics: Option<Metrics>,
        cure: &'a str,
    }
}

/// How a measure ends. Stored as the number of the case: cases are added at the end and never
/// moved.
#[derive(bincode::Encode, bincode::BorrowDecode)]
pub enum Ending {
    AtCure,
    After(i64),
    At(i64),
    Permanent,
}

impl<'a> Field<'a, Ending> for measure::Ending {
    fn store(&'a self) -> Result<Ending, Misfit> {
        Ok(match self {
            Self::AtCure => Ending::AtCure,
            Self::After(span) => Ending::After(span.store()?),
            Self::At(instant) => Ending::At(instant.store()?),
            Self::Permanent => Ending::Permanent,
        })
    }

    fn restore(stored: Ending) -> Result<Self, Misfit> {
        Ok(match stored {
            Ending::AtCure => Self::AtCure,
            Ending::After(span) => Self::After(Span::restore(span)?),
            Ending::At(instant) => Self::At(Instant::restore(instant)?),
            Ending::Permanent => Self::Permanent,
        })
    }
}

events! {
    MeasureEvent {
        1 "MeasureProposed" => Proposed<'a> {
            measure: ProposedMeasure<'a>,
        }
        1 "MeasureApproved" => Approved {
            measure_id: u32,
            seen_position: Option<u64>,
        }
        1 "MeasureImposed" => Imposed {
            measure_id: u32,
            until: Option<i64>,
            rectification_due_at: Option<i64>,
            appeal_until: i64,
        }
        1 "MeasureRefused" => Refused<'a> {
            measure_id: u32,
            rationale: &'a str,
        }
        1 "MeasureWithdrawn" => Withdrawn {
            measure_id: u32,
        }
        1 "MeasureLapsed" => Lapsed<'a> {
            measure_id: u32,
            because: &'a str,
        }
        1 "MeasureLifted" => Lifted<'a> {
            measure_id: u32,
            rationale: &'a str,
        }
        1 "MeasureLiftApproved" => LiftApproved<'a> {
            measure_id: u32,
            rationale: &'a str,
        }
        1 "MeasureSuperseded" => Superseded {
            measure_id: u32,
            by_measure_id: u32,
        }
        1 "MeasurePutUnderReview" => PutUnderReview<'a> {
            measure_id: u32,
            fallen: Vec<&'a str>,
        }
        1 "NoticeIssued" => NoticeIssued<'a> {
            measure_id: u32,
            channel: &'a str,
        }
        1 "NoticeDelivered" => NoticeDelivered<'a> {
            measure_id: u32,
            channel: &'a str,
            delivery_ref: &'a str,
        }
        1 "RectificationSubmitted" => RectificationSubmitted<'a> {
            measure_id: u32,
            summary: &'a str,
        }
        1 "RectificationAccepted" => RectificationAccepted<'a> {
            measure_id: u32,
            rationale: &'a str,
        }
        1 "RectificationRefused" => RectificationRefused<'a> {
            measure_id: u32,
            rationale: &'a str,
        }
        1 "RectificationOverdue" => RectificationOverdue {
            measure_id: u32,
            due_at: i64,
        }
        1 "AppealFiled" => AppealFiled<'a> {
            measure_id: u32,
            statement: &'a str,
            decision_due_at: i64,
        }
        1 "AppealDecided" => AppealDecided<'a> {
            measure_id: u32,
            outcome: &'a str,
            rationale: &'a str,
            until: Option<i64>,
        }
        1 "MeasureDeadlineMissed" => DeadlineMissed<'a> {
            measure_id: u32,
            clock: &'a str,
            due_at: i64,
        }
        1 "SettlementRefundOrdered" => SettlementRefundOrdered<'a> {
            measure_id: u32,
            complaint_id: &'a str,
            amount_fen: u64,
        }
    }
}
