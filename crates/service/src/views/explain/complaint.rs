//! Why a complaint's clocks are where they are, and why it was judged as it was.

use redress_domain::clock::{Clock, ClockKind};
use redress_domain::complaint::{self, Cause, Complaint, Determiner, Round};
use redress_domain::event::{Event, Recorded};
use redress_domain::identity::{ComplaintId, StreamId};
use redress_domain::instant::Instant;
use redress_domain::rulebook::Rulebook;
use redress_engine::{Engine, EngineError, Look};
use redress_protocol::instant::format_instant;
use redress_protocol::view::{Moment, complaint_view};
use serde_json::{Value, json};

use super::clocks::{ClockCourse, Course, follow};
use super::events;
use crate::views::{Viewed, moment};

/// What an explanation is made of.
struct Case<'a> {
    complaint: &'a Complaint,
    /// The same as a view.
    view: Value,
    events: &'a [Recorded],
    course: Course,
    rulebook: &'a Rulebook,
    moment: &'a Moment,
}

/// Why the clocks of a complaint are where they are, of one kind or of all, and why it was judged
/// as it was.
///
/// # Errors
/// When what is stored cannot be read.
pub fn explain_complaint(
    engine: &Engine,
    complaint_id: &ComplaintId,
    clock: Option<ClockKind>,
    look: Look,
) -> Result<Viewed, EngineError> {
    let seen = engine.complaint(complaint_id, look)?;
    let moment = moment(&seen);
    let Some(complaint) = seen.value else {
        return Ok(Viewed {
            document: None,
            moment,
        });
    };
    let stream = StreamId::Complaint(complaint_id.clone());
    let events = events::of_stream(engine, &stream, seen.as_of_position)?;
    let case = Case {
        view: complaint_view(&complaint, &moment),
        course: follow(&events, &seen.rulebook),
        complaint: &complaint,
        events: &events,
        rulebook: &seen.rulebook,
        moment: &moment,
    };
    let document = json!({
        "complaint_id": complaint.complaint_id.as_str(),
        "merchant_id": complaint.merchant_id.as_str(),
        "state": complaint.state.as_str(),
        "round": complaint.round_number(),
        "rounds": case.rounds(),
        "clocks": case.clocks(clock),
        "findings": case.findings(clock),
        "determinations": case.determinations(clock),
        "at": case.instant(moment.at),
        "as_of_position": moment.as_of_position,
    });
    Ok(Viewed {
        document: Some(document),
        moment,
    })
}

impl Case<'_> {
    fn instant(&self, instant: Instant) -> Value {
        format_instant(instant, self.moment.offset).into()
    }

    fn event(&self, place: usize) -> Value {
        self.events.get(place).map_or(Value::Null, |recorded| {
            events::reference(recorded, self.moment.offset)
        })
    }

    fn optional_event(&self, place: Option<usize>) -> Value {
        place.map_or(Value::Null, |place| self.event(place))
    }

    /// An event by its version in the stream.
    fn version(&self, version: u64) -> Value {
        self.events
            .iter()
            .find(|recorded| recorded.header.version == version)
            .map_or(Value::Null, |recorded| {
                events::reference(recorded, self.moment.offset)
            })
    }

    fn rounds(&self) -> Value {
        let by = |changes: &[(usize, usize)], round: usize| {
            let change = changes.iter().find(|(_, index)| *index == round);
            self.optional_event(change.map(|(place, _)| *place))
        };
        self.complaint
            .rounds
            .iter()
            .enumerate()
            .map(|(index, round)| {
                json!({
                    "number": round.number,
                    "repeat": round.repeat,
                    "opened_by": by(&self.course.opened, index),
                    "closed_by": by(&self.course.closed, index),
                    "how": round.closed.as_ref().map(|close| close.how.as_str()),
                })
            })
            .collect()
    }

    fn clocks(&self, only: Option<ClockKind>) -> Value {
        self.course
            .clocks
            .iter()
            .filter(|course| only.is_none_or(|kind| kind == course.kind))
            .filter_map(|course| {
                let rounds = &self.complaint.rounds;
                let round = rounds.iter().find(|round| round.number == course.round)?;
                let clock = round.clocks.iter().find(|one| one.kind == course.kind)?;
                Some(self.clock(course, round, clock))
            })
            .collect()
    }

    fn clock(&self, course: &ClockCourse, round: &Round, clock: &Clock) -> Value {
        let reading = clock.read(&self.complaint.pauses, self.moment.at);
        let retimed: Vec<Value> = course
            .retimed
            .iter()
            .map(|place| self.retiming(*place))
            .collect();
        json!({
            "clock": clock.kind.as_str(),
            "round": round.number,
            "status": reading.status.as_str(),
            "phase": reading.phase.as_str(),
            "breached": reading.breached,
            "asked_by": clock.kind.source(),
            "started_at": self.instant(clock.started_at),
            "started_by": self.event(course.started),
            "runs_ms": clock.runs.ms(),
            "duration": self.duration(round, clock),
            "retimed": retimed,
            "pauses": self.pauses(clock, reading.due_at),
            "due_at": self.instant(reading.due_at),
            "near_by": self.optional_event(course.near),
            "missed_by": self.optional_event(course.missed),
            "superseded_by": self.optional_event(course.superseded),
            "met_at": reading.met_at.map(|met| self.instant(met)),
            "met_by": self.optional_event(course.met),
            "void_by": self.optional_event(course.void),
            "overdue_ms": reading.overdue_ms,
        })
    }

    /// Which edition and industry give a clock its duration.
    fn duration(&self, round: &Round, clock: &Clock) -> Value {
        let Some(edition) = self.rulebook.edition(round.edition.as_str()) else {
            return Value::Null;
        };
        let overlay = edition.industries.get(&round.industry);
        let stricter = overlay.and_then(|overlay| overlay.durations.get(&clock.kind));
        json!({
            "edition": round.edition.as_str(),
            "industry": round.industry.as_str(),
            "overlay_ms": stricter.map(|span| span.ms()),
            "edition_says_ms": edition.duration(clock.kind, round.industry).map(|span| span.ms()),
            "working_days_max": (clock.kind == ClockKind::RefundPayment)
                .then(|| edition.refund_payment_working_days_max(round.industry)),
        })
    }

    fn retiming(&self, place: usize) -> Value {
        let mut event = self.event(place);
        if let Some(Event::Complaint(complaint::Event::ClockRetimed { edition, .. })) =
            self.events.get(place).map(|recorded| &recorded.event)
            && let Some(map) = event.as_object_mut()
        {
            map.insert("edition".to_owned(), edition.as_str().into());
        }
        event
    }

    /// The pauses that touch a clock between its start and its due instant.
    fn pauses(&self, clock: &Clock, due_at: Instant) -> Value {
        self.complaint
            .pauses
            .iter()
            .enumerate()
            .filter(|(_, pause)| {
                pause.from <= due_at && pause.until.is_none_or(|until| until > clock.started_at)
            })
            .map(|(index, pause)| {
                let changes = self.course.pauses.iter().filter(|(_, of)| *of == index);
                let by: Vec<Value> = changes.map(|(place, _)| self.event(*place)).collect();
                json!({
                    "reason": pause.reason.as_str(),
                    "from": self.instant(pause.from),
                    "until": pause.until.map(|until| self.instant(until)),
                    "by": by,
                })
            })
            .collect()
    }

    /// Findings as the view shows them, with the events that they rest on and what became of them.
    fn findings(&self, only: Option<ClockKind>) -> Value {
        let shown = self.view.get("findings").and_then(Value::as_array);
        shown
            .into_iter()
            .flatten()
            .enumerate()
            .filter(|(_, finding)| {
                only.is_none_or(|kind| finding.get("clock") == Some(&kind.as_str().into()))
            })
            .map(|(index, finding)| {
                let mut finding = finding.clone();
                let changes = self
                    .course
                    .findings
                    .iter()
                    .filter(|(_, of, _)| *of == index);
                let changes: Vec<Value> = changes
                    .map(|(place, _, status)| {
                        json!({ "status": status.as_str(), "event": self.event(*place) })
                    })
                    .collect();
                if let Some(map) = finding.as_object_mut() {
                    map.insert("rests_on".to_owned(), self.rests_on(index));
                    map.insert("changes".to_owned(), changes.into());
                }
                finding
            })
            .collect()
    }

    fn rests_on(&self, finding: usize) -> Value {
        let finding = self.complaint.findings.get(finding);
        let made = finding.and_then(|finding| {
            let mut events = self.events.iter();
            events.find(|recorded| recorded.header.version == finding.version)
        });
        if let Some(Event::Complaint(complaint::Event::GroundFound { rests_on, .. })) =
            made.map(|recorded| &recorded.event)
        {
            return rests_on
                .iter()
                .map(|version| self.version(*version))
                .collect();
        }
        Value::Array(Vec::new())
    }

    /// Determinations as the view shows them, with who took them and what became of them.
    fn determinations(&self, only: Option<ClockKind>) -> Value {
        let shown = self.view.get("determinations").and_then(Value::as_array);
        shown
            .into_iter()
            .flatten()
            .zip(&self.complaint.determinations)
            .enumerate()
            .filter(|(_, (_, one))| {
                only.is_none_or(|kind| {
                    self.complaint.findings.iter().any(|finding| {
                        finding.cause == Cause::Clock(kind)
                            && one.finding_ids.contains(&finding.finding_id)
                    })
                })
            })
            .map(|(index, (shown, one))| {
                let mut shown = shown.clone();
                let changes = self.course.determinations.iter();
                let changes: Vec<Value> = changes
                    .filter(|(_, of, _)| *of == index)
                    .map(|(place, _, status)| {
                        json!({ "status": status.as_str(), "event": self.event(*place) })
                    })
                    .collect();
                if let Some(map) = shown.as_object_mut() {
                    let edition = match &one.determined_by {
                        Determiner::Edition(name) => Some(name.as_str()),
                        Determiner::Person(_) => None,
                    };
                    map.insert("edition".to_owned(), edition.into());
                    map.insert("changes".to_owned(), changes.into());
                }
                shown
            })
            .collect()
    }
}
