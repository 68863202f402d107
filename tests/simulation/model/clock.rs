//! A clock as domain.md section 3 tells of it: it starts, runs, stands still in pauses, is met or
//! void, and is breached when an act comes after the due instant or not at all.

/// One clock of one round.
#[derive(Clone, Debug)]
pub struct Clock {
    pub kind: &'static str,
    pub started: i64,
    pub runs: i64,
    pub met: Option<i64>,
    pub void: Option<i64>,
    /// Whether its miss was declared.
    pub missed: bool,
    /// Whether that was while it stood for an earlier approval.
    pub missed_before: bool,
    /// Whether a payment clock that it replaced in its round was missed.
    pub found: bool,
    /// Whether a fact that was recorded late took the miss back.
    pub superseded: bool,
}

/// An interval in which the clocks of a complaint stand still: from an instant up to, but not
/// including, another one.
#[derive(Clone, Debug)]
pub struct Pause {
    pub reason: String,
    pub from: i64,
    pub until: Option<i64>,
}

/// The order of the clocks in which deadlines of one instant happen.
pub const KINDS: [&str; 5] = [
    "first_reply",
    "refund_decision",
    "resolution",
    "evidence",
    "refund_payment",
];

impl Clock {
    pub fn new(kind: &'static str, started: i64, runs: i64) -> Self {
        Self {
            kind,
            started,
            runs,
            met: None,
            void: None,
            missed: false,
            missed_before: false,
            found: false,
            superseded: false,
        }
    }

    /// When it is due; `None` while a pause that began in time goes on.
    pub fn due(&self, pauses: &[Pause]) -> Option<i64> {
        let mut pauses = pauses.to_vec();
        pauses.sort_by_key(|pause| pause.from);
        let mut due = self.started + self.runs;
        // Up to here paused time was counted: overlapping pauses count once.
        let mut counted_to = self.started;
        for pause in pauses {
            let from = pause.from.max(counted_to);
            // One that begins at the due instant begins in time, as an act at it is in time.
            if from > due {
                continue;
            }
            let until = pause.until?;
            if until > from {
                due += until - from;
                counted_to = until;
            }
        }
        Some(due)
    }

    pub fn is_open(&self) -> bool {
        self.met.is_none() && self.void.is_none()
    }

    /// The first act that meets it counts, whenever it is told.
    pub fn meet(&mut self, at: i64, pauses: &[Pause]) {
        // What is said to have happened before it started, met it as it started.
        let at = at.max(self.started);
        if self.void.is_some_and(|void| void <= at) {
            return;
        }
        let first = self.met.map_or(at, |met| met.min(at));
        self.met = Some(first);
        if self.missed && self.due(pauses).is_some_and(|due| first <= due) {
            self.superseded = true;
        }
    }

    /// It is void from an instant on; told late, that takes back a miss that came after it.
    pub fn stop_mattering(&mut self, at: i64, pauses: &[Pause]) {
        if !self.is_open() {
            return;
        }
        self.void = Some(at);
        if self.missed && self.due(pauses).is_some_and(|due| at <= due) {
            self.superseded = true;
        }
    }

    /// Whether it is breached at an instant.
    pub fn breached(&self, pauses: &[Pause], at: i64) -> bool {
        let ended = self.met.or(self.void).unwrap_or(at);
        self.due(pauses).is_some_and(|due| ended > due)
    }

    pub fn phase(&self, pauses: &[Pause]) -> &'static str {
        if self.met.is_some() {
            "met"
        } else if self.void.is_some() {
            "void"
        } else if self.due(pauses).is_none() {
            "paused"
        } else {
            "running"
        }
    }
}
