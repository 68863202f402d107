//! What happened to each clock: the complaint is folded event by event, and whatever changes about
//! a clock from one state to the next is put down to the event between them.

use redress_domain::aggregate::Aggregate;
use redress_domain::clock::{Clock, ClockKind};
use redress_domain::complaint::{Complaint, DeterminationStatus, FindingStatus};
use redress_domain::event::Recorded;
use redress_domain::rulebook::Rulebook;

/// What happened to a complaint, by the event that did it. Events are named by their place in the
/// stream.
#[derive(Debug, Default)]
pub struct Course {
    /// Every clock, in the order in which they started.
    pub clocks: Vec<ClockCourse>,
    /// Every change of a finding's status: its place among the findings, and the new status.
    pub findings: Vec<(usize, usize, FindingStatus)>,
    /// Every change of a determination's status.
    pub determinations: Vec<(usize, usize, DeterminationStatus)>,
    /// Events that began or ended a pause: its place among the pauses.
    pub pauses: Vec<(usize, usize)>,
    /// Events that opened a round, by the round's place.
    pub opened: Vec<(usize, usize)>,
    /// Events that closed one.
    pub closed: Vec<(usize, usize)>,
}

/// What happened to one clock.
#[derive(Debug)]
pub struct ClockCourse {
    /// In which round it started.
    pub round: u32,
    /// Which clock.
    pub kind: ClockKind,
    /// The event that started it.
    pub started: usize,
    /// Events that changed how long it runs or from when.
    pub retimed: Vec<usize>,
    /// The event that said that it was nearly due.
    pub near: Option<usize>,
    /// The event that said that it was missed.
    pub missed: Option<usize>,
    /// The event that took that back.
    pub superseded: Option<usize>,
    /// The event that met it.
    pub met: Option<usize>,
    /// The event from which it no longer mattered.
    pub void: Option<usize>,
}

/// Follows a complaint through its events.
pub fn follow(events: &[Recorded], rulebook: &Rulebook) -> Course {
    let mut course = Course::default();
    let Some(first) = events.first() else {
        return course;
    };
    let mut state = Aggregate::before_first(&first.header.stream, rulebook);
    let mut before: Option<Complaint> = None;
    for (place, recorded) in events.iter().enumerate() {
        state = state.evolve(&recorded.header.stamp(), &recorded.event);
        let Aggregate::Complaint(Some(after)) = &state else {
            continue;
        };
        course.clocks(place, before.as_ref(), after);
        course.judgements(place, before.as_ref(), after);
        course.rounds(place, before.as_ref(), after);
        before = Some(after.clone());
    }
    course
}

impl Course {
    fn clocks(&mut self, place: usize, before: Option<&Complaint>, after: &Complaint) {
        for round in &after.rounds {
            for clock in &round.clocks {
                let known = before.and_then(|complaint| {
                    let round = complaint
                        .rounds
                        .iter()
                        .find(|known| known.number == round.number)?;
                    round.clocks.iter().find(|known| known.kind == clock.kind)
                });
                match known {
                    None => self.clocks.push(ClockCourse {
                        round: round.number,
                        kind: clock.kind,
                        started: place,
                        retimed: Vec::new(),
                        near: None,
                        missed: None,
                        superseded: None,
                        met: clock.met_at.map(|_| place),
                        void: clock.void_at.map(|_| place),
                    }),
                    Some(known) if known != clock => {
                        let course = self
                            .clocks
                            .iter_mut()
                            .find(|one| one.round == round.number && one.kind == clock.kind);
                        if let Some(course) = course {
                            course.changed(place, known, clock);
                        }
                    }
                    Some(_) => {}
                }
            }
        }
    }

    fn judgements(&mut self, place: usize, before: Option<&Complaint>, after: &Complaint) {
        for (index, finding) in after.findings.iter().enumerate() {
            let known = before.and_then(|complaint| complaint.findings.get(index));
            if known.map(|known| known.status) != Some(finding.status) {
                self.findings.push((place, index, finding.status));
            }
        }
        for (index, one) in after.determinations.iter().enumerate() {
            let known = before.and_then(|complaint| complaint.determinations.get(index));
            if known.map(|known| known.status) != Some(one.status) {
                self.determinations.push((place, index, one.status));
            }
        }
        for (index, pause) in after.pauses.iter().enumerate() {
            let known = before.and_then(|complaint| complaint.pauses.get(index));
            if known != Some(pause) {
                self.pauses.push((place, index));
            }
        }
    }

    fn rounds(&mut self, place: usize, before: Option<&Complaint>, after: &Complaint) {
        for (index, round) in after.rounds.iter().enumerate() {
            let known = before.and_then(|complaint| complaint.rounds.get(index));
            if known.is_none() {
                self.opened.push((place, index));
            }
            if round.closed.is_some() && known.is_none_or(|known| known.closed.is_none()) {
                self.closed.push((place, index));
            }
        }
    }
}

impl ClockCourse {
    fn changed(&mut self, place: usize, before: &Clock, after: &Clock) {
        if (before.started_at, before.runs) != (after.started_at, after.runs) {
            self.retimed.push(place);
        }
        if after.near_recorded && !before.near_recorded {
            self.near = Some(place);
        }
        if after.missed_recorded && !before.missed_recorded {
            self.missed = Some(place);
        }
        if after.superseded && !before.superseded {
            self.superseded = Some(place);
        }
        if after.met_at != before.met_at {
            self.met = after.met_at.map(|_| place);
        }
        if after.void_at != before.void_at {
            self.void = after.void_at.map(|_| place);
        }
    }
}
