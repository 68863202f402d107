//! The one place that decides whether something is in time.
//!
//! A clock belongs to one complaint and round (or to one measure). It runs for elapsed time from
//! its start, moved by pauses, and is in time up to and including its due instant.

#[cfg(test)]
mod tests;

use crate::instant::{CivilDay, Instant, Span};
use crate::rulebook::{Edition, PauseReason};

/// The clocks of the rulebook, in the order in which deadlines at one instant are observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockKind {
    /// guide first-reply
    FirstReply,
    /// rulebook 3(1).1.1
    RefundDecision,
    /// guide resolution
    Resolution,
    /// rulebook 3(1).1.2, policy repeat-evidence
    Evidence,
    /// policy refund-payment
    RefundPayment,
    /// rulebook 4.2(1), policy rectification
    Rectification,
    /// policy appeal
    AppealWindow,
    /// policy appeal
    AppealDecision,
}

impl ClockKind {
    /// The clocks that belong to a round of a complaint.
    pub const OF_ROUND: [Self; 5] = [
        Self::FirstReply,
        Self::RefundDecision,
        Self::Resolution,
        Self::Evidence,
        Self::RefundPayment,
    ];

    /// The name in views and editions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstReply => "first_reply",
            Self::RefundDecision => "refund_decision",
            Self::Resolution => "resolution",
            Self::Evidence => "evidence",
            Self::RefundPayment => "refund_payment",
            Self::Rectification => "rectification",
            Self::AppealWindow => "appeal_window",
            Self::AppealDecision => "appeal_decision",
        }
    }

    /// The clause, guide or policy that asks for it.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::FirstReply => "guide first-reply",
            Self::RefundDecision => "rulebook 3(1).1.1",
            Self::Resolution => "guide resolution",
            Self::Evidence => "rulebook 3(1).1.2",
            Self::RefundPayment => "policy refund-payment",
            Self::Rectification => "rulebook 4.2(1)",
            Self::AppealWindow | Self::AppealDecision => "policy appeal",
        }
    }
}

/// Whether an act meets a deadline: exactly at the due instant is in time, one millisecond later
/// is late (policy deadline-inclusive). Nothing else in the program compares an act with a due
/// instant.
#[must_use]
pub fn in_time(act_at: Instant, due_at: Instant) -> bool {
    act_at <= due_at
}

/// A half-open interval in which a complaint's clocks stand still (policy pause).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Why.
    pub reason: PauseReason,
    /// From this instant on.
    pub from: Instant,
    /// Up to, but not including, this instant; `None` while it lasts.
    pub until: Option<Instant>,
}

/// When a clock is due that starts at `started_at` and runs for `runs`, moved by the paused time
/// inside `[start, due]`. Overlapping pauses count once; a pause that begins after the due instant
/// changes nothing. A pause without an end is taken to last until `at`.
///
/// `runs` is the time left to run from `started_at`, whatever it was measured in.
#[must_use]
pub fn due_at(started_at: Instant, runs: Span, pauses: &[Pause], at: Instant) -> Instant {
    let mut due = started_at.plus(runs);
    let mut counted_until = started_at;
    // Each pass takes the earliest pause that still reaches past what has been counted; a pause
    // can only come into reach because an earlier one moved the due instant.
    while let Some((from, until)) = next_pause(pauses, counted_until, at) {
        if !in_time(from, due) {
            break;
        }
        due = due.plus(until.since(from));
        counted_until = until;
    }
    due
}

fn next_pause(pauses: &[Pause], after: Instant, at: Instant) -> Option<(Instant, Instant)> {
    pauses
        .iter()
        .map(|pause| (pause.from.max(after), pause.until.unwrap_or(at)))
        .filter(|(from, until)| until > from)
        .min()
}

/// When an approved refund must have arrived (policy refund-payment): the last millisecond of the
/// civil day that lies `working_days` working days after the approval's civil day; with 0, of that
/// day itself, or of the next working day if it is none.
#[must_use]
pub fn refund_payment_due_at(
    approved_at: Instant,
    working_days: u32,
    edition: &Edition,
) -> Instant {
    let mut day = edition.civil_offset.day_of(approved_at);
    for _ in 0..working_days {
        day = next_working_day(day.plus(1), edition);
    }
    edition
        .civil_offset
        .last_millisecond(next_working_day(day, edition))
}

/// A calendar without a working day in a year is taken to have no days off at all.
fn next_working_day(from: CivilDay, edition: &Edition) -> CivilDay {
    (0..366)
        .map(|days| from.plus(days))
        .find(|day| edition.calendar.is_working_day(*day))
        .unwrap_or(from)
}

/// A clock's facts: nothing here changes as time passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Which clock.
    pub kind: ClockKind,
    /// When it started.
    pub started_at: Instant,
    /// How long it runs without pauses.
    pub runs: Span,
    /// The share of `runs`, in percent, after which it is at risk (policy at-risk).
    pub at_risk_percent: u32,
    /// The first act that met it.
    pub met_at: Option<Instant>,
    /// When it stopped to matter.
    pub void_at: Option<Instant>,
    /// Whether `DeadlineNear` has been recorded.
    pub near_recorded: bool,
    /// Whether `DeadlineMissed` has been recorded and not been superseded.
    pub missed_recorded: bool,
    /// Whether a recorded miss has been superseded.
    pub superseded: bool,
}

/// Where a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Time counts.
    Running,
    /// Time stands still.
    Paused,
    /// What it asked for was done.
    Met,
    /// It stopped to matter.
    Void,
}

/// Phase and breach as one word for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClockStatus {
    /// Running, with time left.
    OnTrack,
    /// Running, with little time left (policy at-risk).
    AtRisk,
    /// Running past its due instant.
    Breached,
    /// Done in time.
    Met,
    /// Done late.
    MetLate,
    /// Standing still.
    Paused,
    /// No longer owed.
    Void,
}

impl ClockStatus {
    /// The name in views.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnTrack => "on_track",
            Self::AtRisk => "at_risk",
            Self::Breached => "breached",
            Self::Met => "met",
            Self::MetLate => "met_late",
            Self::Paused => "paused",
            Self::Void => "void",
        }
    }
}

impl Phase {
    /// The name in views.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Met => "met",
            Self::Void => "void",
        }
    }
}

/// A clock as read at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Where it stands.
    pub phase: Phase,
    /// Whether its due instant passed before it was met or void.
    pub breached: bool,
    /// Both in one word.
    pub status: ClockStatus,
    /// Its due instant.
    pub due_at: Instant,
    /// When it was met.
    pub met_at: Option<Instant>,
    /// Milliseconds past its due instant; stops growing when it is met or void.
    pub overdue_ms: u64,
}

impl Clock {
    /// A clock that starts to run.
    #[must_use]
    pub const fn starting(
        kind: ClockKind,
        started_at: Instant,
        runs: Span,
        at_risk_percent: u32,
    ) -> Self {
        Self {
            kind,
            started_at,
            runs,
            at_risk_percent,
            met_at: None,
            void_at: None,
            near_recorded: false,
            missed_recorded: false,
            superseded: false,
        }
    }

    /// Whether it neither was met nor became void.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.met_at.is_none() && self.void_at.is_none()
    }

    /// Meets the clock: the first act counts, whenever it is recorded, unless it lies after the
    /// instant from which the clock no longer matters. What was done before the clock started
    /// meets it as it starts.
    pub(crate) fn meet(&mut self, at: Instant) {
        let at = at.max(self.started_at);
        if self.void_at.is_some_and(|void| void <= at) {
            return;
        }
        self.met_at = Some(self.met_at.map_or(at, |met| met.min(at)));
    }

    /// Its due instant as far as pauses known at `at` move it.
    #[must_use]
    pub fn due_at(&self, pauses: &[Pause], at: Instant) -> Instant {
        due_at(self.started_at, self.runs, pauses, at)
    }

    /// When it is at risk: its at-risk share of the running time, moved by pauses (policy at-risk).
    #[must_use]
    pub fn near_at(&self, pauses: &[Pause], at: Instant) -> Instant {
        let share = i128::from(self.runs.ms()) * i128::from(self.at_risk_percent);
        // Rounded up, so that the share is reached at that millisecond and not before.
        let milliseconds = (share + 99).div_euclid(100);
        let span = Span::from_ms(i64::try_from(milliseconds).unwrap_or(i64::MAX));
        due_at(self.started_at, span, pauses, at)
    }

    /// Reads the clock at an instant. What was done later than `at` is not seen.
    #[must_use]
    pub fn read(&self, pauses: &[Pause], at: Instant) -> Reading {
        let due_at = self.due_at(pauses, at);
        let met_at = self.met_at.filter(|met| *met <= at);
        let void_at = self.void_at.filter(|void| *void <= at);
        let until = met_at.or(void_at).unwrap_or(at);
        let breached = !in_time(until, due_at);
        let phase = if met_at.is_some() {
            Phase::Met
        } else if void_at.is_some() {
            Phase::Void
        } else if !breached && paused_at(pauses, at) {
            Phase::Paused
        } else {
            Phase::Running
        };
        let status = match (phase, breached) {
            (Phase::Met, false) => ClockStatus::Met,
            (Phase::Met, true) => ClockStatus::MetLate,
            (Phase::Void, _) => ClockStatus::Void,
            (Phase::Paused, _) => ClockStatus::Paused,
            (Phase::Running, true) => ClockStatus::Breached,
            (Phase::Running, false) if at >= self.near_at(pauses, at) => ClockStatus::AtRisk,
            (Phase::Running, false) => ClockStatus::OnTrack,
        };
        let overdue_ms = if breached {
            u64::try_from(until.since(due_at).ms()).unwrap_or(0)
        } else {
            0
        };
        Reading {
            phase,
            breached,
            status,
            due_at,
            met_at,
            overdue_ms,
        }
    }
}

/// Whether clocks stand still at an instant.
#[must_use]
pub fn paused_at(pauses: &[Pause], at: Instant) -> bool {
    pauses
        .iter()
        .any(|pause| pause.from <= at && pause.until.is_none_or(|until| at < until))
}
