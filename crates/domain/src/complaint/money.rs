//! What promises of money and money received do to a complaint.

use crate::clock::ClockKind;
use crate::instant::Instant;

use super::clocks::{meet_current, round_at, void_current, void_everything, with_clock};
use super::evolve::take_up;
use super::{Approval, Complaint, LateAct, StartedClock};

pub(super) fn approve(
    complaint: &mut Complaint,
    amount_fen: u64,
    started: &StartedClock,
    at: Instant,
) {
    take_up(complaint);
    let number = complaint.round_number();
    // A later approval replaces an earlier one and keeps the sooner payment clock: what was
    // recorded of that clock goes along with it.
    let mut carried = None;
    for round in &mut complaint.rounds {
        if let Some(clock) = round.clock_mut(ClockKind::RefundPayment)
            && clock.is_open()
        {
            carried = Some((clock.near_recorded, clock.missed_recorded));
            if round.number != number {
                round.void(at, |kind| kind == ClockKind::RefundPayment);
            }
        }
    }
    if let Some(round) = complaint.rounds.last_mut() {
        round
            .clocks
            .retain(|clock| clock.kind != ClockKind::RefundPayment);
        round.start(started);
        if let (Some((near, missed)), Some(clock)) =
            (carried, round.clock_mut(ClockKind::RefundPayment))
        {
            clock.near_recorded = near;
            clock.missed_recorded = missed;
        }
    }
    complaint.approval = Some(Approval {
        amount_fen,
        round: number,
    });
    meet_current(complaint, LateAct::RefundApproved, at);
    if complaint.remedy().owed_fen <= amount_fen {
        void_current(complaint, ClockKind::Evidence, at);
    }
    if complaint.refunded_fen() >= amount_fen {
        with_clock(complaint, number, ClockKind::RefundPayment, |clock| {
            clock.meet(at);
        });
    }
}

/// Money always counts; what the merchant paid meets clocks, what the platform paid does not
/// (rulebook 4.2(2)).
pub(super) fn receive(complaint: &mut Complaint, by_platform: bool, at: Instant) {
    let refunded_fen = complaint.refunded_fen();
    if by_platform {
        if complaint.remedy().owed_fen <= refunded_fen {
            void_everything(complaint, at);
        }
        return;
    }
    if complaint
        .requested_fen()
        .is_some_and(|asked| refunded_fen >= asked)
    {
        let number = round_at(complaint, at);
        with_clock(complaint, number, ClockKind::RefundDecision, |clock| {
            clock.meet(at);
        });
    }
    if let Some(approval) = complaint.approval.clone()
        && refunded_fen >= approval.amount_fen
    {
        with_clock(
            complaint,
            approval.round,
            ClockKind::RefundPayment,
            |clock| clock.meet(at),
        );
    }
}
