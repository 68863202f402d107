//! The queue: what somebody must act on, the soonest due first.

use redress_domain::clock::{ClockKind, Phase, Reading};
use redress_domain::complaint::{ComplaintChannel, ComplaintState, Problem};
use redress_domain::identity::{ComplaintId, MerchantId, UserRef};
use redress_domain::instant::{Instant, Span};

use super::{CaseRow, Cases, complaint_id, place};
use crate::fault::Fault;
use crate::row::named;

/// Which complaints a queue shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueView {
    /// Every one with a running clock.
    All,
    /// Those with a running clock past its due instant.
    Breached,
    /// Those in a repeat round (guide repeat). Related complaints are counted apart.
    Repeats,
    /// Those whose user waits for the first answer (guide first-reply).
    FirstReply,
    /// Those with evidence that nobody assessed, whether or not a clock runs.
    Unassessed,
}

impl QueueView {
    /// Every view.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Breached,
        Self::Repeats,
        Self::FirstReply,
        Self::Unassessed,
    ];

    /// The name in queries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Breached => "breached",
            Self::Repeats => "repeats",
            Self::FirstReply => "first_reply",
            Self::Unassessed => "unassessed",
        }
    }

    /// The view of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// One complaint in a queue. What it says of clocks is read at the instant asked for, the rest
/// after the last event folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueItem {
    /// Which complaint.
    pub complaint_id: ComplaintId,
    /// Complained of.
    pub merchant_id: MerchantId,
    /// Complaining.
    pub user_ref: UserRef,
    /// What it is about.
    pub problem: Problem,
    /// Where it was raised.
    pub channel: ComplaintChannel,
    /// Where it stands.
    pub state: ComplaintState,
    /// The current round.
    pub round: u32,
    /// Whether that is a repeat round (guide repeat).
    pub repeat: bool,
    /// Whether a person must look at it.
    pub under_review: bool,
    /// Findings neither determined nor dismissed.
    pub findings_open: u32,
    /// Pieces of evidence that nobody assessed.
    pub unassessed_evidence: u32,
    /// Its clocks that run or are paused, the most urgent first; empty only in view `unassessed`.
    pub clocks: Vec<QueueClock>,
    /// The position of its last event.
    pub last_position: u64,
}

/// A clock that runs, or stands still for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueClock {
    /// In which round it started.
    pub round: u32,
    /// Which clock.
    pub kind: ClockKind,
    /// Where it stands.
    pub reading: Reading,
}

impl QueueItem {
    /// The clock that is due next.
    #[must_use]
    pub fn most_urgent(&self) -> Option<&QueueClock> {
        self.clocks.first()
    }

    fn due_at(&self) -> Option<Instant> {
        self.most_urgent().map(|clock| clock.reading.due_at)
    }
}

impl Cases {
    /// What is waited for at an instant, by the due instant of each complaint's most urgent clock
    /// and then by id; without a running clock, last. `due_within` keeps what is due at most so
    /// long after `at`, or was due before.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn queue(
        &self,
        at: Instant,
        due_within: Option<Span>,
        view: QueueView,
        merchant_id: Option<&MerchantId>,
    ) -> Result<Vec<QueueItem>, Fault> {
        let mut items = Vec::new();
        // What was met since may have run at an earlier instant: then every row is looked at.
        let only_waiting = self.covers(at)?;
        self.visit(merchant_id, only_waiting, |row| {
            if row.filed_at_ms <= at.unix_ms()
                && let Some(item) = queue_item(row, at, view)?
                && due_within
                    .is_none_or(|span| item.due_at().is_some_and(|due_at| due_at <= at.plus(span)))
            {
                items.push(item);
            }
            Ok(())
        })?;
        items.sort_by(|left, right| {
            let order = |item: &QueueItem| {
                item.due_at()
                    .map_or((true, Instant::from_unix_ms(0)), |due_at| (false, due_at))
            };
            order(left)
                .cmp(&order(right))
                .then_with(|| left.complaint_id.cmp(&right.complaint_id))
        });
        Ok(items)
    }
}

fn queue_item(row: &CaseRow, at: Instant, view: QueueView) -> Result<Option<QueueItem>, Fault> {
    let clocks = running_clocks(row, at)?;
    let round = row
        .rounds
        .iter()
        .rev()
        .find(|round| round.opened_at_ms <= at.unix_ms());
    let is_repeat = round.is_some_and(|round| round.repeat);
    let is_shown = match view {
        QueueView::All => !clocks.is_empty(),
        QueueView::Breached => clocks.iter().any(|clock| clock.reading.breached),
        QueueView::Repeats => !clocks.is_empty() && is_repeat,
        QueueView::FirstReply => clocks
            .iter()
            .any(|clock| clock.kind == ClockKind::FirstReply),
        QueueView::Unassessed => row.waiting && row.unassessed_evidence > 0,
    };
    if !is_shown {
        return Ok(None);
    }
    let place = place(row);
    Ok(Some(QueueItem {
        complaint_id: complaint_id(row)?,
        merchant_id: place.identifier(MerchantId::new, &row.merchant_id)?,
        user_ref: place.identifier(UserRef::new, &row.user_ref)?,
        problem: named(Problem::ALL, row.problem, place)?,
        channel: named(ComplaintChannel::ALL, row.channel, place)?,
        state: named(ComplaintState::ALL, row.state, place)?,
        round: round.map_or(0, |round| round.number),
        repeat: is_repeat,
        under_review: row.under_review,
        findings_open: row.findings_open,
        unassessed_evidence: row.unassessed_evidence,
        clocks,
        last_position: row.last_position,
    }))
}

/// The clocks that neither were met nor became void by `at`, by due instant, then by round and in
/// the order of `ClockKind`.
fn running_clocks(row: &CaseRow, at: Instant) -> Result<Vec<QueueClock>, Fault> {
    let pauses = row.pauses()?;
    let mut clocks = Vec::new();
    for round in &row.rounds {
        for clock in &round.clocks {
            let clock = clock.clock(place(row))?;
            let reading = clock.read(&pauses, at);
            if clock.started_at <= at && matches!(reading.phase, Phase::Running | Phase::Paused) {
                clocks.push(QueueClock {
                    round: round.number,
                    kind: clock.kind,
                    reading,
                });
            }
        }
    }
    clocks.sort_by_key(|clock| (clock.reading.due_at, clock.round, clock.kind));
    Ok(clocks)
}
