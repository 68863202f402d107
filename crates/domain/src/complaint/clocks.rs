//! What acts do to the clocks of a round: which ones they meet, and which become void.

use crate::clock::{Clock, ClockKind};
use crate::instant::Instant;

use super::{Complaint, LateAct, Round, StartedClock};

/// The clocks that an act of the merchant meets.
const fn met_by(act: LateAct) -> &'static [ClockKind] {
    match act {
        LateAct::Responded | LateAct::BillingExplained | LateAct::PlanReconfirmed => {
            &[ClockKind::FirstReply]
        }
        LateAct::RespondedWithEvidence => &[ClockKind::FirstReply, ClockKind::Evidence],
        LateAct::SettlementReached | LateAct::RefundApproved => {
            &[ClockKind::FirstReply, ClockKind::RefundDecision]
        }
        LateAct::RefundRejected => &[
            ClockKind::FirstReply,
            ClockKind::RefundDecision,
            ClockKind::Resolution,
            ClockKind::Evidence,
        ],
        LateAct::Completed => &[ClockKind::FirstReply, ClockKind::Resolution],
        LateAct::EvidenceSubmitted => &[ClockKind::Evidence],
        LateAct::RefundReceived
        | LateAct::RefundRequested
        | LateAct::Continued
        | LateAct::Confirmed
        | LateAct::Withdrew
        | LateAct::DefectivelyRejected => &[],
    }
}

pub(super) fn meet(complaint: &mut Complaint, number: u32, act: LateAct, at: Instant) {
    for kind in met_by(act) {
        with_clock(complaint, number, *kind, |clock| clock.meet(at));
    }
}

pub(super) fn meet_current(complaint: &mut Complaint, act: LateAct, at: Instant) {
    let number = complaint.round_number();
    meet(complaint, number, act, at);
}

/// Moves what became void at one instant, in one round, to another instant.
pub(super) fn move_void(complaint: &mut Complaint, number: u32, from: Instant, to: Instant) {
    let clocks = complaint
        .rounds
        .iter_mut()
        .filter(|round| round.number == number)
        .flat_map(|round| &mut round.clocks);
    for clock in clocks {
        if clock.void_at == Some(from) {
            clock.void_at = Some(to.max(clock.started_at));
        }
    }
}

pub(super) fn void_everything(complaint: &mut Complaint, at: Instant) {
    for round in &mut complaint.rounds {
        round.void(at, |_| true);
    }
}

pub(super) fn with_clock(
    complaint: &mut Complaint,
    number: u32,
    kind: ClockKind,
    change: impl FnOnce(&mut Clock),
) {
    if let Some(clock) = complaint
        .rounds
        .iter_mut()
        .find(|round| round.number == number)
        .and_then(|round| round.clock_mut(kind))
    {
        change(clock);
    }
}

/// The round that was the current one at an instant; the first where none had opened.
pub(super) fn round_at(complaint: &Complaint, at: Instant) -> u32 {
    complaint
        .rounds
        .iter()
        .rev()
        .find(|round| round.opened_at <= at)
        .or_else(|| complaint.rounds.first())
        .map_or(0, |round| round.number)
}

impl Round {
    pub(super) fn start(&mut self, started: &StartedClock) {
        self.clocks.push(Clock::starting(
            started.kind,
            started.started_at,
            started.runs,
            started.at_risk_percent,
        ));
        self.clocks.sort_by_key(|clock| clock.kind);
    }

    pub(super) fn clock_mut(&mut self, kind: ClockKind) -> Option<&mut Clock> {
        self.clocks.iter_mut().find(|clock| clock.kind == kind)
    }

    pub(super) fn void(&mut self, at: Instant, which: impl Fn(ClockKind) -> bool) {
        for clock in &mut self.clocks {
            if clock.is_open() && which(clock.kind) {
                clock.void_at = Some(at.max(clock.started_at));
            }
        }
    }
}
