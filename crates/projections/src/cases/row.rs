//! The row of a complaint.

use bincode::{Decode, Encode};
use redress_domain::clock::{Clock, Pause};
use redress_domain::complaint::{
    CloseReason, Complaint, ComplaintChannel, ComplaintState, DeterminationStatus, EvidenceStatus,
    FindingStatus, Problem, Round,
};
use redress_domain::instant::{Instant, Span};
use redress_domain::rulebook::PauseReason;

use crate::fault::Fault;
use crate::row::{CLOCKS, Place, code, named};

/// A complaint after its last event. Instants are milliseconds since the epoch; numbered names are
/// places in the sets of the domain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CaseRow {
    /// The source's id.
    pub complaint_id: String,
    /// Complained of.
    pub merchant_id: String,
    /// Complaining.
    pub user_ref: String,
    /// The agreement of the orders.
    pub agreement_id: Option<String>,
    /// The orders in dispute.
    pub order_ids: Vec<String>,
    /// Place in `Problem::ALL`.
    pub problem: u8,
    /// Place in `ComplaintChannel::ALL`.
    pub channel: u8,
    /// Whether it is an enquiry.
    pub enquiry: bool,
    /// When it was filed.
    pub filed_at_ms: i64,
    /// The position of its first event.
    pub filed_position: u64,
    /// Place in `ComplaintState::ALL`.
    pub state: u8,
    /// Rounds, the current one last.
    pub rounds: Vec<RoundRow>,
    /// Intervals in which clocks stand still.
    pub pauses: Vec<PauseRow>,
    /// Whether a person must look at it.
    pub under_review: bool,
    /// Findings neither determined nor dismissed.
    pub findings_open: u32,
    /// Pieces of evidence that nobody assessed.
    pub unassessed_evidence: u32,
    /// Determinations in order of appearance.
    pub determinations: Vec<DeterminationRow>,
    /// Whether somebody waits for it: not withdrawn, and a clock is open or evidence is not
    /// assessed.
    pub waiting: bool,
    /// The position of its last event.
    pub last_position: u64,
}

/// A round of a complaint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct RoundRow {
    /// From 1.
    pub number: u32,
    /// Whether the user continued after a close (guide repeat).
    pub repeat: bool,
    /// When it opened.
    pub opened_at_ms: i64,
    /// When it closed.
    pub closed_at_ms: Option<i64>,
    /// How, as a place in `CloseReason::ALL`.
    pub how: Option<u8>,
    /// Its clocks.
    pub clocks: Vec<ClockRow>,
}

/// A clock of a round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ClockRow {
    /// Place in `ClockKind::OF_ROUND`.
    pub kind: u8,
    /// When it started.
    pub started_at_ms: i64,
    /// How long it runs without pauses.
    pub runs_ms: i64,
    /// The share after which it is at risk (policy at-risk).
    pub at_risk_percent: u32,
    /// The first act that met it.
    pub met_at_ms: Option<i64>,
    /// When it stopped to matter.
    pub void_at_ms: Option<i64>,
}

/// An interval in which clocks stand still.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PauseRow {
    /// Place in `PauseReason::ALL`.
    pub reason: u8,
    /// From this instant on.
    pub from_ms: i64,
    /// Up to, but not including, this instant.
    pub until_ms: Option<i64>,
}

/// A determination of a complaint.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DeterminationRow {
    /// From 1, for `d1`.
    pub number: u32,
    /// Place in `DeterminationStatus::ALL`.
    pub status: u8,
}

impl CaseRow {
    /// What never changes after the filing; `update` gives it the rest.
    pub(super) fn filed(complaint: &Complaint, position: u64) -> Self {
        Self {
            complaint_id: complaint.complaint_id.as_str().to_owned(),
            merchant_id: complaint.merchant_id.as_str().to_owned(),
            user_ref: complaint.user_ref.as_str().to_owned(),
            agreement_id: complaint
                .agreement_id
                .as_ref()
                .map(|id| id.as_str().to_owned()),
            order_ids: complaint
                .orders
                .iter()
                .map(|order| order.order_id.as_str().to_owned())
                .collect(),
            problem: code(Problem::ALL, &complaint.problem),
            channel: code(ComplaintChannel::ALL, &complaint.channel),
            enquiry: complaint.enquiry,
            filed_at_ms: complaint.filed_at.unix_ms(),
            filed_position: position,
            state: 0,
            rounds: Vec::new(),
            pauses: Vec::new(),
            under_review: false,
            findings_open: 0,
            unassessed_evidence: 0,
            determinations: Vec::new(),
            waiting: false,
            last_position: position,
        }
    }

    /// Takes over what events may have changed. Buffers are kept: this runs for every event.
    pub(super) fn update(&mut self, complaint: &Complaint, position: u64) {
        self.state = code(ComplaintState::ALL, &complaint.state);
        self.rounds
            .resize_with(complaint.rounds.len(), RoundRow::default);
        for (row, round) in self.rounds.iter_mut().zip(&complaint.rounds) {
            row.update(round);
        }
        self.pauses.clear();
        self.pauses
            .extend(complaint.pauses.iter().map(PauseRow::of));
        self.under_review = complaint.under_review();
        self.findings_open = counted(
            complaint
                .findings
                .iter()
                .filter(|finding| finding.status == FindingStatus::Open),
        );
        self.unassessed_evidence = counted(
            complaint
                .evidence
                .iter()
                .filter(|piece| piece.status == EvidenceStatus::Submitted),
        );
        self.determinations.clear();
        self.determinations
            .extend(complaint.determinations.iter().map(|one| DeterminationRow {
                number: one.determination_id.0,
                status: code(DeterminationStatus::ALL, &one.status),
            }));
        let has_open_clock = complaint
            .rounds
            .iter()
            .any(|round| round.clocks.iter().any(Clock::is_open));
        self.waiting = complaint.state != ComplaintState::Withdrawn
            && (has_open_clock || self.unassessed_evidence > 0);
        self.last_position = position;
    }

    /// Its pauses as the clocks of the domain read them.
    pub(super) fn pauses(&self) -> Result<Vec<Pause>, Fault> {
        self.pauses
            .iter()
            .map(|row| {
                Ok(Pause {
                    reason: named(&PauseReason::ALL, row.reason, super::place(self))?,
                    from: Instant::from_unix_ms(row.from_ms),
                    until: row.until_ms.map(Instant::from_unix_ms),
                })
            })
            .collect()
    }
}

impl RoundRow {
    fn update(&mut self, round: &Round) {
        self.number = round.number;
        self.repeat = round.repeat;
        self.opened_at_ms = round.opened_at.unix_ms();
        self.closed_at_ms = round.closed.as_ref().map(|close| close.at.unix_ms());
        self.how = round
            .closed
            .as_ref()
            .map(|close| code(CloseReason::ALL, &close.how));
        self.clocks.clear();
        self.clocks.extend(round.clocks.iter().map(ClockRow::of));
    }
}

impl ClockRow {
    fn of(clock: &Clock) -> Self {
        Self {
            kind: code(&CLOCKS, &clock.kind),
            started_at_ms: clock.started_at.unix_ms(),
            runs_ms: clock.runs.ms(),
            at_risk_percent: clock.at_risk_percent,
            met_at_ms: clock.met_at.map(Instant::unix_ms),
            void_at_ms: clock.void_at.map(Instant::unix_ms),
        }
    }

    /// The clock of the domain, which alone knows how to read it.
    pub(super) fn clock(&self, place: Place<'_>) -> Result<Clock, Fault> {
        let mut clock = Clock::starting(
            named(&CLOCKS, self.kind, place)?,
            Instant::from_unix_ms(self.started_at_ms),
            Span::from_ms(self.runs_ms),
            self.at_risk_percent,
        );
        clock.met_at = self.met_at_ms.map(Instant::from_unix_ms);
        clock.void_at = self.void_at_ms.map(Instant::from_unix_ms);
        Ok(clock)
    }
}

impl PauseRow {
    fn of(pause: &Pause) -> Self {
        Self {
            reason: code(&PauseReason::ALL, &pause.reason),
            from_ms: pause.from.unix_ms(),
            until_ms: pause.until.map(Instant::unix_ms),
        }
    }
}

fn counted<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}
