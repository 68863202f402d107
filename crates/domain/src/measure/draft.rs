//! Events of measures as they are being decided, with the state that they lead to.

use alloc::borrow::Cow;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::circumstances::{Circumstances, Stamp};
use crate::clock::ClockKind;
use crate::instant::Instant;
use crate::merchant::{Facts, Industry};
use crate::rulebook::Edition;

use super::{
    Ending, Measure, MeasureEvent, MeasureId, MeasureKind, Measures, ProposedMeasure, supersedes,
};

/// What a decision on measures looks at besides the measures.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Who, when, under which rulebook.
    pub circumstances: &'a Circumstances,
    /// What the engine knows besides the owner's own stream.
    pub facts: &'a Facts,
    /// The owner's industry; `general` for an intermediary (rulebook 3(1).1.3).
    pub industry: Industry,
}

impl Setting<'_> {
    /// The instant that counts.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.circumstances.counted_at()
    }

    /// The edition in force at the instant that counts.
    #[must_use]
    pub fn edition(&self) -> &Edition {
        self.circumstances.rulebook.in_force(self.at())
    }

    /// When a clock of measures that starts now is due. Every such clock has a duration.
    pub(super) fn due_at(&self, kind: ClockKind) -> Instant {
        let duration = self.edition().duration(kind, self.industry);
        duration.map_or(self.at(), |duration| self.at().plus(duration))
    }
}

/// Events decided so far, and the measures with all of them applied: what follows is decided on
/// that.
#[derive(Debug)]
pub struct Draft<'a> {
    /// What is looked at besides.
    pub setting: Setting<'a>,
    /// The measures as the events leave them; copied only when there is an event.
    pub measures: Cow<'a, Measures>,
    /// The events, in order.
    pub events: Vec<MeasureEvent>,
    stamp: Stamp,
}

impl<'a> Draft<'a> {
    /// Nothing decided yet.
    #[must_use]
    pub fn new(measures: &'a Measures, setting: Setting<'a>) -> Self {
        Self {
            stamp: setting.circumstances.stamp(),
            setting,
            measures: Cow::Borrowed(measures),
            events: Vec::new(),
        }
    }

    /// Adds an event.
    pub fn push(&mut self, event: MeasureEvent) {
        self.measures.to_mut().apply(&self.stamp, &event);
        self.events.push(event);
    }

    /// Adds a proposal; says under which id.
    pub fn propose(&mut self, mut measure: ProposedMeasure) -> MeasureId {
        let measure_id = self.measures.next_id();
        measure.measure_id = measure_id;
        self.push(MeasureEvent::Proposed { measure });
        measure_id
    }

    /// Brings a proposed measure into force, with what follows for weaker ones of its kind and
    /// for the money of rulebook 4.2(2): `outstanding_fen`, or the amount proposed where it is
    /// not said.
    pub fn impose(&mut self, measure_id: MeasureId, outstanding_fen: Option<u64>) {
        let Some(measure) = self.measures.get(measure_id).cloned() else {
            return;
        };
        self.push(MeasureEvent::Imposed {
            measure_id,
            until: self.until(&measure),
            rectification_due_at: self.rectification_due_at(&measure),
            // policy appeal
            appeal_until: self.setting.due_at(ClockKind::AppealWindow),
        });
        let weaker: Vec<MeasureId> = self
            .measures
            .in_force()
            .filter(|old| old.measure_id != measure_id && supersedes(&measure, old))
            .map(|old| old.measure_id)
            .collect();
        for old in weaker {
            self.push(MeasureEvent::Superseded {
                measure_id: old,
                by_measure_id: measure_id,
            });
        }
        self.order_settlement_refund(&measure, outstanding_fen);
    }

    /// rulebook 4.2(2): the amount is what is outstanding when the measure comes into force; with
    /// nothing outstanding its cure has come already.
    fn order_settlement_refund(&mut self, measure: &Measure, outstanding_fen: Option<u64>) {
        if measure.kind != MeasureKind::SettlementRefund {
            return;
        }
        let amount_fen = outstanding_fen
            .or(measure.parameters.amount_fen)
            .unwrap_or(0);
        if let Some(complaint_id) = &measure.scope.complaint_id
            && amount_fen > 0
        {
            self.push(MeasureEvent::SettlementRefundOrdered {
                measure_id: measure.measure_id,
                complaint_id: complaint_id.clone(),
                amount_fen,
            });
        }
        if outstanding_fen == Some(0) {
            self.push(MeasureEvent::Lapsed {
                measure_id: measure.measure_id,
                because: Arc::from("it was paid, or nothing is owed any more"),
            });
        }
    }

    fn until(&self, measure: &Measure) -> Option<Instant> {
        if measure.kind == MeasureKind::Rectification {
            return None;
        }
        self.end_of(measure.ending)
    }

    /// rulebook 4.2(1): the limit that the proposer set, else the edition's (policy
    /// rectification).
    fn rectification_due_at(&self, measure: &Measure) -> Option<Instant> {
        (measure.kind == MeasureKind::Rectification).then(|| {
            self.end_of(measure.ending)
                .unwrap_or_else(|| self.setting.due_at(ClockKind::Rectification))
        })
    }

    fn end_of(&self, ending: Ending) -> Option<Instant> {
        match ending {
            Ending::After(span) => Some(self.setting.at().plus(span)),
            Ending::At(until) => Some(until),
            Ending::AtCure | Ending::Permanent => None,
        }
    }
}
