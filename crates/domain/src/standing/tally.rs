//! A running count over the window, moved along with time.

use alloc::collections::BTreeMap;

use crate::identity::UserRef;
use crate::instant::{Instant, Span};
use crate::rulebook::StandingTerms;

use super::{History, Metrics, RoundFact};

/// Counts over the rounds of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub liable_rounds: u64,
    pub liable_users: u64,
    pub rounds: u64,
    pub late_rounds: u64,
    pub repeat_rounds: u64,
    pub closed_rounds: u64,
}

/// Counts over `[now - window, now)`, with every known fact on record by `now`.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    window: Span,
    cap: u64,
    now: Instant,
    counts: Counts,
    liable_by_user: BTreeMap<UserRef, u64>,
}

impl Counts {
    /// Counts rounds one by one, seeing of each what was on record at `now`.
    pub fn of<'a>(rounds: impl Iterator<Item = &'a RoundFact>, cap: u64, now: Instant) -> Self {
        let mut counts = Self::default();
        let mut liable_by_user: BTreeMap<&UserRef, u64> = BTreeMap::new();
        for round in rounds {
            counts.add(round, now);
            if on_record(round.liable_from, now) {
                let liable = liable_by_user.entry(&round.user_ref).or_default();
                *liable = liable.saturating_add(1);
            }
        }
        for liable in liable_by_user.values() {
            counts.add_user(*liable, cap);
        }
        counts
    }

    /// Writes the counts into metrics.
    pub fn into_metrics(self) -> Metrics {
        Metrics {
            liable_rounds: self.liable_rounds,
            liable_users: self.liable_users,
            rounds: self.rounds,
            late_rounds: self.late_rounds,
            repeat_rounds: self.repeat_rounds,
            closed_rounds: self.closed_rounds,
            ..Metrics::default()
        }
    }

    fn add(&mut self, round: &RoundFact, now: Instant) {
        self.rounds = self.rounds.saturating_add(1);
        let [late, repeat, closed] = shares(round, now);
        self.late_rounds = self.late_rounds.saturating_add(late);
        self.repeat_rounds = self.repeat_rounds.saturating_add(repeat);
        self.closed_rounds = self.closed_rounds.saturating_add(closed);
    }

    fn subtract(&mut self, round: &RoundFact, now: Instant) {
        self.rounds = self.rounds.saturating_sub(1);
        let [late, repeat, closed] = shares(round, now);
        self.late_rounds = self.late_rounds.saturating_sub(late);
        self.repeat_rounds = self.repeat_rounds.saturating_sub(repeat);
        self.closed_rounds = self.closed_rounds.saturating_sub(closed);
    }

    /// policy per-user-cap
    fn add_user(&mut self, liable: u64, cap: u64) {
        self.liable_rounds = self.liable_rounds.saturating_add(liable.min(cap));
        self.liable_users = self.liable_users.saturating_add(u64::from(liable > 0));
    }

    fn subtract_user(&mut self, liable: u64, cap: u64) {
        self.liable_rounds = self.liable_rounds.saturating_sub(liable.min(cap));
        self.liable_users = self.liable_users.saturating_sub(u64::from(liable > 0));
    }
}

impl Tally {
    pub const fn empty(terms: &StandingTerms, now: Instant) -> Self {
        Self {
            window: terms.window,
            cap: terms.counted_rounds_per_user as u64,
            now,
            counts: Counts {
                liable_rounds: 0,
                liable_users: 0,
                rounds: 0,
                late_rounds: 0,
                repeat_rounds: 0,
                closed_rounds: 0,
            },
            liable_by_user: BTreeMap::new(),
        }
    }

    /// Whether it counts under these terms.
    pub fn is_under(&self, terms: &StandingTerms) -> bool {
        self.window == terms.window && self.cap == u64::from(terms.counted_rounds_per_user)
    }

    /// The first instant of the window.
    pub const fn from(&self) -> Instant {
        self.now.minus(self.window)
    }

    /// The instant from which it can say what counts.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Which rounds leave and which enter when the window moves on to `now`, each as a half-open
    /// interval of the instants at which they opened.
    pub fn moved_ranges(&self, now: Instant) -> ((Instant, Instant), (Instant, Instant)) {
        let from = now.minus(self.window);
        ((self.from(), from.min(self.now)), (self.now.max(from), now))
    }

    /// Moves the window; what leaves and enters is taken out before and put in after.
    pub const fn move_to(&mut self, now: Instant) {
        self.now = now;
    }

    /// Counts a round if it lies in the window.
    pub fn put_in(&mut self, round: &RoundFact) {
        if self.holds(round) {
            self.count(round, self.now);
        }
    }

    /// Takes a counted round back if it lies in the window.
    pub fn take_out(&mut self, round: &RoundFact) {
        if self.holds(round) {
            self.discount(round, self.now);
        }
    }

    /// Moves the window on over a history whose later facts are known already, so that a round is
    /// counted by what was on record at the instant; `changed` are the rounds of which something
    /// came on record then, each once. Nothing came on record between.
    pub fn live_on<'a>(
        &mut self,
        history: &'a History,
        now: Instant,
        changed: impl Iterator<Item = &'a RoundFact>,
    ) {
        let before = self.now;
        let (leaving, entering) = self.moved_ranges(now);
        for round in history.window(leaving.0, leaving.1) {
            self.discount(round, before);
        }
        for round in history.window(entering.0, entering.1) {
            self.count(round, before);
        }
        self.now = now;
        for round in changed {
            if self.holds(round) {
                self.discount(round, before);
                self.count(round, now);
            }
        }
    }

    /// Counts a round by what was on record at an instant.
    fn count(&mut self, round: &RoundFact, seen_at: Instant) {
        self.counts.add(round, seen_at);
        if on_record(round.liable_from, seen_at) {
            let liable = self
                .liable_by_user
                .entry(round.user_ref.clone())
                .or_default();
            self.counts.subtract_user(*liable, self.cap);
            *liable = liable.saturating_add(1);
            self.counts.add_user(*liable, self.cap);
        }
    }

    /// Takes back a round that was counted by what was on record at an instant.
    fn discount(&mut self, round: &RoundFact, seen_at: Instant) {
        self.counts.subtract(round, seen_at);
        if on_record(round.liable_from, seen_at)
            && let Some(liable) = self.liable_by_user.get_mut(&round.user_ref)
        {
            self.counts.subtract_user(*liable, self.cap);
            *liable = liable.saturating_sub(1);
            self.counts.add_user(*liable, self.cap);
            if *liable == 0 {
                self.liable_by_user.remove(&round.user_ref);
            }
        }
    }

    /// The counts at a later instant, when nothing but time has passed since.
    pub fn counts_at(&self, history: &History, now: Instant) -> Counts {
        if now == self.now {
            return self.counts;
        }
        let (leaving, entering) = self.moved_ranges(now);
        let mut counts = self.counts;
        let mut moved: BTreeMap<&UserRef, (u64, u64)> = BTreeMap::new();
        for round in history.window(leaving.0, leaving.1) {
            counts.subtract(round, now);
            if on_record(round.liable_from, now) {
                moved.entry(&round.user_ref).or_default().0 += 1;
            }
        }
        for round in history.window(entering.0, entering.1) {
            counts.add(round, now);
            if on_record(round.liable_from, now) {
                moved.entry(&round.user_ref).or_default().1 += 1;
            }
        }
        for (user_ref, (left, entered)) in moved {
            let before = self.liable_by_user.get(user_ref).copied().unwrap_or(0);
            counts.subtract_user(before, self.cap);
            counts.add_user(
                before.saturating_sub(left).saturating_add(entered),
                self.cap,
            );
        }
        counts
    }

    fn holds(&self, round: &RoundFact) -> bool {
        self.from() <= round.opened_at && round.opened_at < self.now
    }
}

/// Whether something was on record at an instant.
fn on_record(from: Option<Instant>, at: Instant) -> bool {
    from.is_some_and(|from| from <= at)
}

/// What a round adds to late, repeat and closed rounds.
fn shares(round: &RoundFact, now: Instant) -> [u64; 3] {
    [
        u64::from(on_record(round.late_from, now)),
        u64::from(round.repeat),
        u64::from(on_record(round.closed_at, now)),
    ]
}
