//! What follows of time passing, and of what was recorded before: missed deadlines, superseded
//! misses, automatic findings and the determinations that the edition takes by itself
//! (rulebook 4.1).

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::circumstances::Stamp;
use crate::clock::ClockKind;
use crate::instant::Instant;
use crate::rulebook::Rulebook;
use crate::text::PersonalText;

use super::deadline::{Deadline, DeadlineKind, NEVER, next_deadline};
use super::review::{grounds_of, next_determination_id, next_finding_id};
use super::transition::retimed;
use super::{
    Cause, CloseReason, Command, Complaint, DeterminationStatus, Determiner, Event, EvidenceStatus,
    FindingStatus, Ground, Round, evolve,
};

/// Lets time pass up to an instant. At most one deadline is handled at a time, so that what
/// follows of it comes before the next one.
pub(super) fn observe(complaint: &Complaint, command: &Command, through: Instant) -> Vec<Event> {
    let mut progress = Progress {
        complaint: complaint.clone(),
        events: Vec::new(),
        stamp: command.circumstances.stamp(),
        rulebook: &command.circumstances.rulebook,
        liability_from: command.liability_from,
    };
    progress.retime(through);
    // A deadline that became due in the past is looked at as of then; what was missed since, and
    // told, is missed all the same.
    progress.supersede(through.max(command.circumstances.recorded_at));
    progress.find_from_rounds();
    if let Some(deadline) =
        next_deadline(&progress.complaint).filter(|deadline| deadline.fires_at <= through)
    {
        progress.pass(deadline);
    }
    progress.events
}

struct Progress<'a> {
    complaint: Complaint,
    events: Vec<Event>,
    stamp: Stamp,
    rulebook: &'a Rulebook,
    liability_from: Option<Instant>,
}

impl Progress<'_> {
    fn record(&mut self, event: Event) {
        if let Some(next) = evolve(Some(self.complaint.clone()), &self.stamp, &event) {
            self.complaint = next;
        }
        self.events.push(event);
    }

    /// rulebook 5: what a new edition does to clocks that run already.
    fn retime(&mut self, through: Instant) {
        let retimed: Vec<Event> = self
            .complaint
            .rounds
            .iter()
            .flat_map(|round| round.clocks.iter().map(move |clock| (round, clock)))
            .filter(|(_, clock)| clock.is_open())
            .filter_map(|(round, clock)| {
                let (runs, edition) =
                    retimed(&self.complaint, round, clock, self.rulebook, through)?;
                Some(Event::ClockRetimed {
                    round: round.number,
                    clock: clock.kind,
                    runs,
                    edition: edition.name.clone(),
                })
            })
            .collect();
        for event in retimed {
            self.record(event);
        }
    }

    /// A fact recorded late that meets a deadline already declared missed: nothing is edited, what
    /// followed of the miss falls.
    fn supersede(&mut self, known_at: Instant) {
        let superseded: Vec<Event> = self
            .complaint
            .rounds
            .iter()
            .flat_map(|round| round.clocks.iter().map(move |clock| (round, clock)))
            .filter(|(_, clock)| clock.missed_recorded)
            .filter_map(|(round, clock)| {
                let reading = clock.read(&self.complaint.pauses, known_at);
                (!reading.breached).then_some(Event::DeadlineMissSuperseded {
                    round: round.number,
                    clock: clock.kind,
                    due_at: reading.due_at,
                    met_at: reading.met_at,
                })
            })
            .collect();
        for event in superseded {
            let Event::DeadlineMissSuperseded { round, clock, .. } = &event else {
                continue;
            };
            let (round, clock) = (*round, *clock);
            self.record(event);
            self.withdraw_findings(round, Cause::Clock(clock));
        }
        for round in self.unrefused_rounds() {
            self.withdraw_findings(round, Cause::EvidenceRefused);
        }
    }

    /// Rounds found to be without valid evidence, of which a fact recorded late shows that they
    /// were not: evidence that was there then, or nothing left to prove (rulebook 4.1(3)).
    fn unrefused_rounds(&self) -> Vec<u32> {
        self.complaint
            .findings
            .iter()
            .filter(|finding| finding.cause == Cause::EvidenceRefused)
            .filter(|finding| {
                let other_evidence = self.complaint.evidence.iter().any(|piece| {
                    piece.round == finding.round
                        && piece.status != EvidenceStatus::Refused
                        && piece.submitted_at < finding.effective_at
                });
                let released = self
                    .complaint
                    .round(finding.round)
                    .and_then(|round| round.clock(ClockKind::Evidence)?.void_at)
                    .is_some_and(|void_at| void_at < finding.effective_at);
                other_evidence || released
            })
            .map(|finding| finding.round)
            .collect()
    }

    /// Withdraws findings, and overturns what the edition determined on them; a reviewer's
    /// determination is put under review.
    fn withdraw_findings(&mut self, round: u32, cause: Cause) {
        let fallen: Vec<_> = self
            .complaint
            .findings
            .iter()
            .filter(|finding| finding.round == round && finding.cause == cause)
            .filter(|finding| {
                matches!(
                    finding.status,
                    FindingStatus::Open | FindingStatus::Determined
                )
            })
            .map(|finding| finding.finding_id)
            .collect();
        for finding_id in fallen {
            self.record(Event::FindingWithdrawn { finding_id });
            let resting: Vec<_> = self
                .complaint
                .determinations
                .iter()
                .filter(|one| {
                    one.status == DeterminationStatus::Standing
                        && one.finding_ids.contains(&finding_id)
                })
                .map(|one| (one.determination_id, one.determined_by.clone()))
                .collect();
            for (determination_id, determined_by) in resting {
                self.record(match determined_by {
                    Determiner::Edition(_) => Event::DeterminationOverturned {
                        determination_id,
                        rationale: None,
                    },
                    Determiner::Person(_) => {
                        Event::DeterminationPutUnderReview { determination_id }
                    }
                });
            }
        }
    }

    /// Automatic findings that rest on how a round ended.
    fn find_from_rounds(&mut self) {
        let mut found = Vec::new();
        for round in &self.complaint.rounds {
            let Some(close) = &round.closed else {
                continue;
            };
            // rulebook 4.1(2)
            if close.duty_open {
                found.push((
                    Ground::NotExplained,
                    round.number,
                    Cause::DutyOpen,
                    close.at,
                    vec!["4.1(2)", "2.2"],
                    vec![round.opened_version, close.version],
                ));
            }
            // rulebook 4.1(5)
            if close.below_remedy {
                found.push((
                    Ground::NotHandledProperly,
                    round.number,
                    Cause::BelowRemedy,
                    close.at,
                    vec!["4.1(5)", "2.2"],
                    vec![round.opened_version, close.version],
                ));
            }
            // rulebook 4.1(5): a rejection is judged when its evidence is refused.
            if close.how == CloseReason::Rejected
                && let Some((at, versions)) = refused_rejection(&self.complaint, round)
            {
                found.push((
                    Ground::NotHandledProperly,
                    round.number,
                    Cause::BelowRemedy,
                    at,
                    vec!["4.1(5)", "2.2", "3(1).1.1"],
                    versions,
                ));
            }
            // rulebook 3(1).bad-3
            let next = self.complaint.round(round.number.saturating_add(1));
            if close.how == CloseReason::Completed
                && let Some(next) = next
            {
                found.push((
                    Ground::NotHandledProperly,
                    round.number,
                    Cause::ContinuedAfterComplete,
                    next.opened_at,
                    vec!["4.1(5)", "3(1).bad-3"],
                    vec![close.version, next.opened_version],
                ));
            }
        }
        for (ground, round, cause, effective_at, clauses, rests_on) in found {
            let known = self.complaint.findings.iter().any(|finding| {
                finding.ground == ground && finding.round == round && finding.cause == cause
            });
            if !known {
                self.find(ground, round, cause, effective_at, &clauses, rests_on);
            }
        }
    }

    fn pass(&mut self, deadline: Deadline) {
        let Deadline {
            round,
            clock,
            fires_at,
            what,
        } = deadline;
        let Some((due_at, opened_version)) = self.complaint.round(round).and_then(|one| {
            let clock = one.clock(clock)?;
            Some((
                clock.due_at(&self.complaint.pauses, NEVER),
                one.opened_version,
            ))
        }) else {
            return;
        };
        match what {
            DeadlineKind::Near => self.record(Event::DeadlineNear {
                round,
                clock,
                due_at,
            }),
            DeadlineKind::Missed => {
                let missed_version = self.complaint.next_version;
                self.record(Event::DeadlineMissed {
                    round,
                    clock,
                    due_at,
                });
                let cause = Cause::Clock(clock);
                // One finding a cause: only one that fell is made again.
                let found = self.complaint.findings.iter().any(|finding| {
                    finding.round == round
                        && finding.cause == cause
                        && finding.status != FindingStatus::Withdrawn
                });
                if let Some((ground, clauses)) = ground_of_miss(clock).filter(|_| !found) {
                    self.find(
                        ground,
                        round,
                        cause,
                        fires_at,
                        &clauses,
                        vec![opened_version, missed_version],
                    );
                }
            }
            DeadlineKind::EvidenceRefused => {
                let pieces: Vec<_> = self
                    .complaint
                    .evidence
                    .iter()
                    .filter(|piece| piece.round == round)
                    .collect();
                let last = pieces.iter().filter_map(|piece| piece.assessed_at).max();
                let versions = pieces.iter().map(|piece| piece.version).collect();
                self.find(
                    Ground::RepeatWithoutEvidence,
                    round,
                    Cause::EvidenceRefused,
                    last.map_or(fires_at, |at| at.max(fires_at)),
                    &["4.1(3)", "3(1).1.2"],
                    versions,
                );
            }
        }
    }

    /// Records a finding, and what the edition of its round makes of it at once: a determination
    /// where the ground is automatic; before the cutover of an import, a dismissal.
    fn find(
        &mut self,
        ground: Ground,
        round: u32,
        cause: Cause,
        effective_at: Instant,
        clauses: &[&str],
        rests_on: Vec<u64>,
    ) {
        let finding_id = next_finding_id(&self.complaint);
        self.record(Event::GroundFound {
            finding_id,
            ground,
            round,
            cause,
            effective_at,
            clauses: clauses.iter().map(|clause| Arc::from(*clause)).collect(),
            rests_on,
            rationale: None,
        });
        if self.liability_from.is_some_and(|from| effective_at < from) {
            self.record(Event::FindingDismissed {
                finding_ids: vec![finding_id],
                rationale: PersonalText::Open(String::from(
                    "before the cutover of the import: shown, without liability",
                )),
            });
            return;
        }
        let edition = self
            .complaint
            .round(round)
            .and_then(|one| self.rulebook.edition(one.edition.as_str()))
            .unwrap_or_else(|| self.rulebook.in_force(effective_at));
        // guide overdue, rulebook 4.1: only where the edition says so.
        if edition.automatic_grounds.contains(&ground) {
            let determined_by = Determiner::Edition(edition.name.clone());
            self.record(Event::LiabilityDetermined {
                determination_id: next_determination_id(&self.complaint),
                finding_ids: vec![finding_id],
                grounds: grounds_of(&self.complaint, &[finding_id]),
                determined_by,
                rationale: None,
            });
        }
    }
}

/// Which ground a missed clock is, and the rules behind it.
fn ground_of_miss(clock: ClockKind) -> Option<(Ground, Vec<&'static str>)> {
    match clock {
        // rulebook 3(1).1, 4.1(1), guide overdue
        ClockKind::FirstReply => Some((
            Ground::OutOfTime,
            vec!["4.1(1)", "guide first-reply", "guide overdue"],
        )),
        // rulebook 4.1(1), policy refund-decision-overdue
        ClockKind::RefundDecision => Some((
            Ground::OutOfTime,
            vec!["4.1(1)", "3(1).1.1", "policy refund-decision-overdue"],
        )),
        // rulebook 3(1).1, 4.1(1), guide overdue
        ClockKind::Resolution => Some((
            Ground::OutOfTime,
            vec!["4.1(1)", "guide resolution", "guide overdue"],
        )),
        // rulebook 4.1(3)
        ClockKind::Evidence => Some((Ground::RepeatWithoutEvidence, vec!["4.1(3)", "3(1).1.2"])),
        // rulebook 4.1(5)
        ClockKind::RefundPayment => Some((
            Ground::NotHandledProperly,
            vec!["4.1(5)", "policy refund-payment"],
        )),
        ClockKind::Rectification | ClockKind::AppealWindow | ClockKind::AppealDecision => None,
    }
}

/// When all evidence of a rejection has been refused and less is approved or refunded than owed:
/// since when, and the versions of the events that it rests on (rulebook 4.1(5)).
fn refused_rejection(complaint: &Complaint, round: &Round) -> Option<(Instant, Vec<u64>)> {
    let pieces: Vec<_> = complaint
        .evidence
        .iter()
        .filter(|piece| piece.round == round.number && piece.of_rejection)
        .collect();
    let all_refused = pieces
        .iter()
        .all(|piece| piece.status == EvidenceStatus::Refused);
    let granted_fen = complaint.approved_fen().max(complaint.refunded_fen());
    if pieces.is_empty() || !all_refused || granted_fen >= complaint.remedy().owed_fen {
        return None;
    }
    let at = pieces.iter().filter_map(|piece| piece.assessed_at).max()?;
    Some((at, pieces.iter().map(|piece| piece.version).collect()))
}
