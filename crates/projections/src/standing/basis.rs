//! What an approval rests on (policy four-eyes): the positions at which it changed last.

use bincode::{Decode, Encode};
use redress_domain::event::Event;
use redress_domain::identity::StreamId;
use redress_domain::measure::{MeasureEvent, MeasureId};
use redress_domain::{intermediary, merchant};

use crate::change::Change;
use crate::fault::Fault;

use super::Standings;
use super::judgement::judgement;

/// Positions of the last changes, of one merchant or intermediary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct BasisRow {
    /// Of findings, determinations, standing and failures to coordinate.
    judged: u64,
    /// Of each measure, by its number; `m1` comes first.
    measures: Vec<u64>,
}

impl BasisRow {
    /// The last change, that of the measure `approved` left aside.
    pub fn position(&self, approved: Option<MeasureId>) -> u64 {
        self.measures
            .iter()
            .zip(1_u32..)
            .filter(|(_, number)| approved.is_none_or(|measure_id| measure_id.0 != *number))
            .map(|(position, _)| *position)
            .fold(self.judged, u64::max)
    }

    fn measure_changed(&mut self, measure_id: MeasureId, position: u64) {
        let number = usize::try_from(measure_id.0).unwrap_or(usize::MAX);
        let Some(place) = number.checked_sub(1) else {
            return;
        };
        while self.measures.len() <= place {
            self.measures.push(0);
        }
        if let Some(known) = self.measures.get_mut(place) {
            *known = position;
        }
    }
}

/// What of a basis an event changes.
enum Changed {
    Judged,
    Measure(MeasureId),
}

impl Standings {
    pub(super) fn fold_basis(&mut self, change: &Change<'_>) -> Result<(), Fault> {
        let header = &change.recorded.header;
        let (stream, changed) = match &change.recorded.event {
            Event::Complaint(event) if judgement(event).is_some() => {
                let Some(complaint) = change.complaint_after()? else {
                    return Ok(());
                };
                let stream = StreamId::Merchant(complaint.merchant_id.clone());
                (stream, Changed::Judged)
            }
            Event::Merchant(merchant::Event::StandingChanged { .. })
            | Event::Intermediary(
                intermediary::Event::StandingChanged { .. }
                | intermediary::Event::CoordinationFailed { .. },
            ) => (header.stream.clone(), Changed::Judged),
            Event::Merchant(merchant::Event::Measure(event))
            | Event::Intermediary(intermediary::Event::Measure(event)) => {
                let Some(measure_id) = measure_changed(event) else {
                    return Ok(());
                };
                (header.stream.clone(), Changed::Measure(measure_id))
            }
            Event::Complaint(_)
            | Event::Merchant(
                merchant::Event::MerchantRegistered { .. }
                | merchant::Event::MerchantUpdated { .. }
                | merchant::Event::VolumeReported { .. }
                | merchant::Event::RulebookAccepted { .. }
                | merchant::Event::RulebookDeclined { .. },
            )
            | Event::Intermediary(
                intermediary::Event::IntermediaryRegistered { .. }
                | intermediary::Event::IntermediaryUpdated { .. },
            )
            | Event::Agreement(_)
            | Event::User(_)
            | Event::Rulebook(_) => return Ok(()),
        };
        self.bases.change(stream.to_string().as_bytes(), |slot| {
            let row = slot.get_or_insert_default();
            match changed {
                Changed::Judged => row.judged = header.position,
                Changed::Measure(measure_id) => {
                    row.measure_changed(measure_id, header.position);
                }
            }
        })
    }
}

/// The measure that an event changes; a notice tells of one and changes nothing about it.
const fn measure_changed(event: &MeasureEvent) -> Option<MeasureId> {
    match event {
        MeasureEvent::Proposed { measure } => Some(measure.measure_id),
        MeasureEvent::Approved { measure_id, .. }
        | MeasureEvent::Imposed { measure_id, .. }
        | MeasureEvent::Refused { measure_id, .. }
        | MeasureEvent::Withdrawn { measure_id }
        | MeasureEvent::Lapsed { measure_id, .. }
        | MeasureEvent::Lifted { measure_id, .. }
        | MeasureEvent::LiftApproved { measure_id, .. }
        | MeasureEvent::Superseded { measure_id, .. }
        | MeasureEvent::PutUnderReview { measure_id, .. }
        | MeasureEvent::RectificationSubmitted { measure_id, .. }
        | MeasureEvent::RectificationAccepted { measure_id, .. }
        | MeasureEvent::RectificationRefused { measure_id, .. }
        | MeasureEvent::RectificationOverdue { measure_id, .. }
        | MeasureEvent::AppealFiled { measure_id, .. }
        | MeasureEvent::AppealDecided { measure_id, .. }
        | MeasureEvent::DeadlineMissed { measure_id, .. }
        | MeasureEvent::SettlementRefundOrdered { measure_id, .. } => Some(*measure_id),
        MeasureEvent::NoticeIssued { .. } | MeasureEvent::NoticeDelivered { .. } => None,
    }
}
