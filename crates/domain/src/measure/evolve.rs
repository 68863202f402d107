//! Applies events to measures.

use alloc::vec::Vec;

use crate::circumstances::Stamp;
use crate::clock::{ClockKind, in_time};
use crate::instant::Instant;
use crate::rulebook::Channel;
use crate::standing::OverdueInterval;

use super::{
    Appeal, AppealOutcome, Approval, Ending, Measure, MeasureEvent, MeasureId, MeasureStatus,
    Measures, Notice, ProposedMeasure, Rectification, Submission, SubmissionStatus, cure,
};

impl Measures {
    /// Applies an event. One that names a measure that is not there changes nothing.
    pub fn apply(&mut self, stamp: &Stamp, event: &MeasureEvent) {
        let at = stamp.counted_at;
        match event {
            MeasureEvent::Proposed { measure } => {
                let clause = self.owner.clause(measure.kind);
                self.add(proposed(measure, clause, stamp));
            }
            MeasureEvent::Approved {
                measure_id,
                seen_position,
            } => self.change(*measure_id, |measure| {
                measure.approvals.push(Approval {
                    by: stamp.by.clone(),
                    at,
                    seen_position: *seen_position,
                });
            }),
            MeasureEvent::Imposed {
                measure_id,
                until,
                rectification_due_at,
                appeal_until,
            } => self.change(*measure_id, |measure| {
                measure.impose(at, *until, *rectification_due_at, *appeal_until);
            }),
            MeasureEvent::Refused { measure_id, .. } => {
                self.end(*measure_id, MeasureStatus::Refused, at);
            }
            MeasureEvent::Withdrawn { measure_id } => {
                self.end(*measure_id, MeasureStatus::Withdrawn, at);
            }
            MeasureEvent::Lapsed { measure_id, .. } => {
                self.end(*measure_id, MeasureStatus::Lapsed, at);
            }
            MeasureEvent::Lifted { measure_id, .. } => {
                self.change(*measure_id, |measure| measure.want_lifted(stamp));
                self.end(*measure_id, MeasureStatus::Lifted, at);
            }
            MeasureEvent::LiftApproved { measure_id, .. } => {
                self.change(*measure_id, |measure| measure.want_lifted(stamp));
            }
            MeasureEvent::Superseded { measure_id, .. } => {
                self.end(*measure_id, MeasureStatus::Superseded, at);
            }
            MeasureEvent::PutUnderReview { measure_id, fallen } => {
                self.change(*measure_id, |measure| {
                    measure.fallen_grounds.extend(fallen.iter().cloned());
                    measure.begin_review(at);
                });
            }
            MeasureEvent::NoticeIssued {
                measure_id,
                channel,
            } => self.change(*measure_id, |measure| {
                measure.notice(*channel).issued_at.get_or_insert(at);
            }),
            MeasureEvent::NoticeDelivered {
                measure_id,
                channel,
                ..
            } => self.change(*measure_id, |measure| {
                measure.notice(*channel).delivered_at.get_or_insert(at);
            }),
            MeasureEvent::RectificationSubmitted { measure_id, .. } => {
                self.change(*measure_id, |measure| measure.submit(at));
            }
            MeasureEvent::RectificationAccepted { measure_id, .. } => {
                self.change(*measure_id, |measure| {
                    measure.assess(SubmissionStatus::Accepted);
                });
            }
            MeasureEvent::RectificationRefused { measure_id, .. } => {
                self.change(*measure_id, |measure| {
                    measure.assess(SubmissionStatus::Refused);
                });
            }
            MeasureEvent::RectificationOverdue { measure_id, .. } => {
                self.change(*measure_id, |measure| measure.set_overdue(at));
            }
            MeasureEvent::AppealFiled {
                measure_id,
                decision_due_at,
                ..
            } => self.change(*measure_id, |measure| {
                if let Some(appeal) = &mut measure.appeal {
                    appeal.filed_at = Some(at);
                    appeal.decision_due_at = Some(*decision_due_at);
                }
            }),
            MeasureEvent::AppealDecided {
                measure_id,
                outcome,
                until,
                ..
            } => self.decide_appeal(*measure_id, *outcome, *until, at),
            MeasureEvent::DeadlineMissed {
                measure_id, clock, ..
            } => self.change(*measure_id, |measure| {
                if let Some(appeal) = &mut measure.appeal {
                    appeal.decision_missed |= *clock == ClockKind::AppealDecision;
                }
            }),
            MeasureEvent::SettlementRefundOrdered {
                measure_id,
                amount_fen,
                ..
            } => self.change(*measure_id, |measure| {
                // rulebook 4.2(2): the amount is taken when the measure comes into force.
                measure.parameters.amount_fen = Some(*amount_fen);
            }),
        }
    }

    fn end(&mut self, measure_id: MeasureId, status: MeasureStatus, at: Instant) {
        self.change(measure_id, |measure| {
            measure.status = status;
            measure.ended_at = Some(at);
            if let Some(rectification) = &mut measure.rectification {
                rectification.overdue = false;
                rectification.close_overdue_interval(at);
            }
        });
    }

    fn decide_appeal(
        &mut self,
        measure_id: MeasureId,
        outcome: AppealOutcome,
        until: Option<Instant>,
        at: Instant,
    ) {
        self.change(measure_id, |measure| {
            if let Some(appeal) = &mut measure.appeal {
                appeal.decided = Some((outcome, at));
            }
        });
        match outcome {
            AppealOutcome::Revoke => self.end(measure_id, MeasureStatus::Revoked, at),
            AppealOutcome::Uphold => self.change(measure_id, |measure| measure.end_review(at)),
            AppealOutcome::Vary => self.change(measure_id, |measure| {
                measure.end_review(at);
                // A rectification's end is the instant by which to rectify.
                match (&mut measure.rectification, until) {
                    (Some(rectification), Some(due_at)) => rectification.due_at = due_at,
                    (None, Some(until)) => measure.end_at(until),
                    (_, None) => {}
                }
            }),
        }
    }
}

fn proposed(measure: &ProposedMeasure, clause: &'static str, stamp: &Stamp) -> Measure {
    Measure {
        measure_id: measure.measure_id,
        kind: measure.kind,
        clause,
        scope: measure.scope.clone(),
        parameters: measure.parameters.clone(),
        ending: measure.ending,
        tier: measure.tier,
        grounds: measure.grounds.clone(),
        rationale: measure.rationale.clone(),
        authority: measure.authority,
        metrics: measure.metrics.clone(),
        cure: measure.cure.clone(),
        status: MeasureStatus::Proposed,
        proposed_by: stamp.by.clone(),
        proposed_at: stamp.counted_at,
        approvals: Vec::new(),
        imposed_at: None,
        until: None,
        ended_at: None,
        rectification: None,
        appeal: None,
        under_review_since: None,
        fallen_grounds: Vec::new(),
        notices: Vec::new(),
        lift_approvals: Vec::new(),
    }
}

impl Measure {
    fn impose(
        &mut self,
        at: Instant,
        until: Option<Instant>,
        rectification_due_at: Option<Instant>,
        appeal_until: Instant,
    ) {
        self.status = MeasureStatus::InForce;
        self.imposed_at = Some(at);
        self.until = until;
        self.rectification = rectification_due_at.map(|due_at| Rectification {
            due_at,
            submissions: Vec::new(),
            overdue: false,
            overdue_intervals: Vec::new(),
        });
        self.appeal = Some(Appeal {
            window_until: appeal_until,
            filed_at: None,
            decision_due_at: None,
            decision_missed: false,
            decided: None,
        });
    }

    /// policy appeal: a varied measure has an end, also one that was for good. One that a lower
    /// standing lifts keeps that cure besides: an appeal makes nothing worse.
    fn end_at(&mut self, until: Instant) {
        self.until = Some(until);
        if self.ending != Ending::AtCure || self.tier.is_none() {
            self.ending = Ending::At(until);
            self.cure = cure(self.kind, self.ending, self.tier);
        }
    }

    fn want_lifted(&mut self, stamp: &Stamp) {
        self.lift_approvals.push(Approval {
            by: stamp.by.clone(),
            at: stamp.counted_at,
            seen_position: None,
        });
    }

    fn notice(&mut self, channel: Channel) -> &mut Notice {
        let place = match self.notices.iter().position(|one| one.channel == channel) {
            Some(place) => place,
            None => {
                self.notices.push(Notice {
                    channel,
                    issued_at: None,
                    delivered_at: None,
                });
                self.notices.len() - 1
            }
        };
        &mut self.notices[place]
    }

    /// rulebook 4.2(1): a submission made in time and recorded late meets what was declared
    /// overdue, as long as nobody has refused it.
    fn submit(&mut self, at: Instant) {
        if let Some(rectification) = &mut self.rectification {
            rectification.submissions.push(Submission {
                at,
                status: SubmissionStatus::Waiting,
            });
            if rectification.overdue && in_time(at, rectification.due_at) {
                rectification.overdue = false;
                rectification.overdue_intervals.pop();
            }
        }
    }

    fn assess(&mut self, status: SubmissionStatus) {
        if let Some(rectification) = &mut self.rectification {
            for submission in &mut rectification.submissions {
                if submission.status == SubmissionStatus::Waiting {
                    submission.status = status;
                }
            }
        }
    }

    fn set_overdue(&mut self, at: Instant) {
        let under_review = self.under_review();
        if let Some(rectification) = &mut self.rectification {
            rectification.overdue = true;
            if !under_review {
                rectification.open_overdue_interval(at);
            }
        }
    }

    /// One that is under review does not count as overdue (rulebook 4.2(1)).
    fn begin_review(&mut self, at: Instant) {
        self.under_review_since.get_or_insert(at);
        if let Some(rectification) = &mut self.rectification {
            rectification.close_overdue_interval(at);
        }
    }

    /// The clock of a rectification stood still: its due instant moves by the time of the review,
    /// unless it had passed before (policy rectification).
    fn end_review(&mut self, at: Instant) {
        let Some(since) = self.under_review_since.take() else {
            return;
        };
        if let Some(rectification) = &mut self.rectification {
            if rectification.overdue {
                rectification.open_overdue_interval(at);
            } else if in_time(since, rectification.due_at) {
                rectification.due_at = rectification.due_at.plus(at.since(since));
            }
        }
    }
}

impl Rectification {
    fn open_overdue_interval(&mut self, at: Instant) {
        self.overdue_intervals.push(OverdueInterval {
            from: at,
            until: None,
        });
    }

    fn close_overdue_interval(&mut self, at: Instant) {
        if let Some(interval) = self.overdue_intervals.last_mut() {
            interval.until.get_or_insert(at);
        }
    }
}
