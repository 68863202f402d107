//! Tiers, the figures that they are entered on, and the reasons that are recorded.

use alloc::vec::Vec;

use crate::instant::Instant;
use crate::naming::named;

named! {
    /// A step of the escalating sanction state, lowest first (policy window).
    Tier {
        /// Nothing to say.
        None => "none",
        /// Watched.
        Watch => "watch",
        /// First tier with a measure.
        T1 => "t1",
        /// Second.
        T2 => "t2",
        /// Third.
        T3 => "t3",
        /// Fourth.
        T4 => "t4",
        /// Fifth.
        T5 => "t5",
        /// Last.
        T6 => "t6",
    }
    /// What a part of an entry line asks for.
    PartKind {
        /// Liable rounds, counted.
        LiableRounds => "liable_rounds",
        /// Liable users, counted.
        LiableUsers => "liable_users",
        /// Liable rounds per 10 000 debits.
        LiableBps => "liable_bps",
        /// Late rounds per 100 rounds.
        LatePercent => "late_percent",
        /// Repeat rounds per 100 closed rounds.
        RepeatPercent => "repeat_percent",
        /// A rectification is overdue.
        RectificationOverdue => "rectification_overdue",
        /// A tier held for a time.
        Held => "held",
        /// Merchants at t2 or above, and failures to coordinate (rulebook 4.3).
        MerchantsAtT2 => "merchants_at_t2",
        /// The same in percent of the portfolio (rulebook 4.3).
        PercentAtT2 => "percent_at_t2",
    }
}

/// Figures over the window `[now - window, now)`, by the instant the round opened. For an
/// intermediary only the last two are used.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Metrics {
    /// Rounds with at least one standing determination, at most so many per user as the edition
    /// counts (policy per-user-cap).
    pub liable_rounds: u64,
    /// Users with at least one liable round.
    pub liable_users: u64,
    /// Rounds opened.
    pub rounds: u64,
    /// Rounds with a finding of 4.1(1) that is open or determined.
    pub late_rounds: u64,
    /// Rounds opened by a user who continued after a close (guide repeat).
    pub repeat_rounds: u64,
    /// Rounds closed, but for withdrawals.
    pub closed_rounds: u64,
    /// Debits reported for the days in the window.
    pub debits: u64,
    /// Whether any volume is reported for the window.
    pub volume_reported: bool,
    /// Merchants of an intermediary (rulebook 4.3).
    pub merchants: u64,
    /// Merchants at t2 or above, and failures to coordinate (rulebook 4.3).
    pub merchants_at_t2: u64,
}

/// One part of an entry line: what there is and what is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it asks for.
    pub kind: PartKind,
    /// What there is: a count, the numerator of a ratio, 1 for a condition that holds, or
    /// milliseconds held.
    pub actual: u64,
    /// The denominator of a ratio; `None` for a count. 0 where no volume is reported.
    pub of: Option<u64>,
    /// What is asked: a count, basis points, percent, 1, or milliseconds.
    pub asked: u64,
}

/// Why a tier is entered: one of its entry lines, with its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The tier.
    pub tier: Tier,
    /// The line, from 0 in the edition's order.
    pub line: u32,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// Standing as it should be at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The instant it was evaluated at.
    pub at: Instant,
    /// The tier.
    pub tier: Tier,
    /// The figures.
    pub metrics: Metrics,
    /// The lines that hold, lowest tier first.
    pub reasons: Vec<Reason>,
    /// Whether the tier fell because history was corrected, not because time passed.
    pub corrected: bool,
}

/// A recorded change of standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingChange {
    /// The tier before.
    pub from: Tier,
    /// The tier now.
    pub to: Tier,
    /// The figures.
    pub metrics: Metrics,
    /// The lines that hold, lowest tier first.
    pub reasons: Vec<Reason>,
    /// The log position that it was computed at.
    pub computed_at_position: u64,
    /// Whether the tier fell because history was corrected, not because time passed.
    pub corrected: bool,
}
