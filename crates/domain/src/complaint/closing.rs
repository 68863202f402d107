//! How rounds end and begin again (guide resolution, guide repeat).

use alloc::vec;
use alloc::vec::Vec;

use crate::clock::ClockKind;
use crate::merchant::Industry;
use crate::refusal::{Code, Refusal};
use crate::text::PersonalText;

use super::decide::withdrawn;
use super::filing::started;
use super::late::{Place, place, place_in_open_round, with_late_fact};
use super::{CloseReason, Command, Complaint, Event, LateAct};

pub(super) fn round_closed(
    complaint: &Complaint,
    how: CloseReason,
    resolution: Option<&PersonalText>,
) -> Event {
    Event::RoundClosed {
        round: complaint.round_number(),
        how,
        resolution: resolution.cloned(),
    }
}

/// guide resolution
pub(super) fn complete(
    complaint: &Complaint,
    command: &Command,
    resolution: &PersonalText,
) -> Result<Vec<Event>, Refusal> {
    let place = place_in_open_round(complaint, command)?;
    if resolution.is_blank() {
        return Err(Refusal::new(
            Code::ResolutionMissing,
            "completing says how the complaint was resolved",
        ));
    }
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::Completed,
        Some(resolution),
        vec![round_closed(
            complaint,
            CloseReason::Completed,
            Some(resolution),
        )],
    ))
}

pub(super) fn confirm(complaint: &Complaint, command: &Command) -> Result<Vec<Event>, Refusal> {
    let place = place_in_open_round(complaint, command)?;
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::Confirmed,
        None,
        vec![round_closed(complaint, CloseReason::Confirmed, None)],
    ))
}

/// guide repeat, rulebook 3(1).1.2: after a close a new round opens with its own clocks.
pub(super) fn proceed(
    complaint: &Complaint,
    command: &Command,
    text: Option<&PersonalText>,
) -> Result<Vec<Event>, Refusal> {
    let place = place(complaint, command);
    if place == Place::Now && complaint.is_withdrawn() {
        return Err(withdrawn());
    }
    if place != Place::Now || complaint.is_open() {
        return Ok(with_late_fact(
            complaint,
            command,
            place,
            LateAct::Continued,
            text,
            vec![Event::UserInsisted {
                text: text.cloned(),
            }],
        ));
    }
    let at = command.circumstances.counted_at();
    let edition = command.circumstances.rulebook.in_force(at);
    let industry = command.merchant.as_ref().map_or_else(
        || {
            complaint
                .current_round()
                .map_or(Industry::General, |round| round.industry)
        },
        |merchant| merchant.industry,
    );
    let mut kinds = vec![ClockKind::FirstReply];
    // rulebook 3(1).1.1: a request that is not fully received stands again.
    if complaint
        .requested_fen()
        .is_some_and(|asked| complaint.refunded_fen() < asked)
    {
        kinds.push(ClockKind::RefundDecision);
    }
    kinds.extend([ClockKind::Resolution, ClockKind::Evidence]);
    let opened = Event::RoundOpened {
        round: complaint.round_number().saturating_add(1),
        repeat: true,
        edition: edition.name.clone(),
        industry,
        clocks: started(&kinds, at, edition, industry),
        text: text.cloned(),
    };
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::Continued,
        text,
        vec![opened],
    ))
}

pub(super) fn withdraw(complaint: &Complaint, command: &Command) -> Result<Vec<Event>, Refusal> {
    if complaint.is_withdrawn() {
        return Err(withdrawn());
    }
    let mut events = vec![Event::ComplaintWithdrawn];
    if complaint.is_open() {
        events.push(round_closed(complaint, CloseReason::Withdrawn, None));
    }
    // A withdrawal ends the whole complaint: a close does not make it too late, but a user who
    // continued after it has taken it back.
    let place = match place(complaint, command) {
        Place::Late { round } if round != complaint.round_number() => Place::Late { round },
        Place::Late { .. } | Place::Waiting { .. } | Place::Now => Place::Now,
    };
    Ok(with_late_fact(
        complaint,
        command,
        place,
        LateAct::Withdrew,
        None,
        events,
    ))
}
