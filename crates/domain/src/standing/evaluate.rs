//! Tiers: up at once, down one step at a time (policy window, policy cure, policy hysteresis).

use alloc::vec::Vec;

use crate::instant::Instant;
use crate::rulebook::{Edition, EntryLine, Rulebook};

use super::metrics::metrics_by;
use super::tally::Tally;
use super::{Evaluation, History, Metrics, Part, PartKind, Reason, Tier};

/// Where a merchant's standing is on its way, as the last evaluation left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Up to and including this instant everything has been evaluated.
    pub evaluated_at: Instant,
    /// The tier.
    pub tier: Tier,
    /// When it was entered.
    pub since: Instant,
    /// The last evaluation that met an entry line of the tier, or came near enough to keep it
    /// (policy hysteresis).
    pub last_met_at: Instant,
    /// Per tier, in the order of `Tier::ALL`: since when the merchant has been at it or above
    /// without a break; `None` where it is below, and for `none`.
    pub at_or_above_since: [Option<Instant>; Tier::ALL.len()],
    /// Whether the tier comes from tracing a corrected history again, not from time.
    pub corrected: bool,
}

impl Course {
    /// At tier none, with everything before `at` behind it.
    #[must_use]
    pub const fn starting(at: Instant) -> Self {
        Self {
            evaluated_at: at,
            tier: Tier::None,
            since: at,
            last_met_at: at,
            at_or_above_since: [None; Tier::ALL.len()],
            corrected: false,
        }
    }

    /// Since when a tier has been held, or one above it, without a break.
    #[must_use]
    pub fn held_since(&self, tier: Tier) -> Option<Instant> {
        self.at_or_above_since.get(tier as usize).copied().flatten()
    }

    fn enter(&mut self, tier: Tier, now: Instant) {
        for (each, since) in Tier::ALL.iter().zip(&mut self.at_or_above_since) {
            if *each == Tier::None || *each > tier {
                *since = None;
            } else {
                since.get_or_insert(now);
            }
        }
        self.tier = tier;
        self.since = now;
        self.last_met_at = now;
        self.corrected = false;
    }
}

/// What an evaluation looks at.
struct View<'a> {
    edition: &'a Edition,
    metrics: Metrics,
    overdue: bool,
    now: Instant,
}

/// Evaluates standing at one instant, by the edition in force then: up at once to the highest
/// tier with an entry line that holds; else down one step when the tier has not been nearly met
/// for as long as the edition asks. The course must have been advanced to `now` before, so that
/// no midnight is left out.
#[must_use]
pub fn evaluate(
    course: &Course,
    history: &History,
    rulebook: &Rulebook,
    now: Instant,
) -> (Course, Evaluation) {
    let view = View::at(history, history.tally(), rulebook, now);
    let after = step(course, &view);
    let evaluation = Evaluation {
        at: now,
        tier: after.tier,
        reasons: view.reasons(course),
        metrics: view.metrics,
        corrected: after.corrected,
    };
    (after, evaluation)
}

/// The course that [`evaluate`] gives, without what an evaluation says besides.
#[must_use]
pub fn reevaluate(course: &Course, history: &History, rulebook: &Rulebook, now: Instant) -> Course {
    reevaluate_with(course, history, history.tally(), rulebook, now)
}

/// [`reevaluate`] with a tally that is not the history's own.
pub(super) fn reevaluate_with(
    course: &Course,
    history: &History,
    tally: Option<&Tally>,
    rulebook: &Rulebook,
    now: Instant,
) -> Course {
    step(course, &View::at(history, tally, rulebook, now))
}

/// Evaluates at every civil midnight in `(evaluated_at, to]` while anything is in the window or
/// the tier is above none (policy window).
#[must_use]
pub fn advance(course: &Course, history: &History, rulebook: &Rulebook, to: Instant) -> Course {
    advance_with(course, history, history.tally(), rulebook, to)
}

/// [`advance`] with a tally that is not the history's own.
pub(super) fn advance_with(
    course: &Course,
    history: &History,
    tally: Option<&Tally>,
    rulebook: &Rulebook,
    to: Instant,
) -> Course {
    let mut course = course.clone();
    while let Some(midnight) = next_midnight(&course, history, rulebook, to) {
        let view = View::at(history, tally, rulebook, midnight);
        course = step(&course, &view);
    }
    course.evaluated_at = course.evaluated_at.max(to);
    course
}

/// The next midnight to evaluate at; nights in which nothing can change are left out.
fn next_midnight(
    course: &Course,
    history: &History,
    rulebook: &Rulebook,
    to: Instant,
) -> Option<Instant> {
    if course.evaluated_at >= to {
        return None;
    }
    let midnight = midnight_after(rulebook, course.evaluated_at);
    if midnight <= course.evaluated_at {
        // Beyond the calendar there are no midnights.
        return None;
    }
    let from = midnight.minus(rulebook.in_force(midnight).standing.window);
    let evaluated_at = if course.tier > Tier::None
        || !history.window(from, midnight).is_empty()
        || history.is_overdue(midnight)
    {
        midnight
    } else {
        let opened = history.first_opened_from(midnight);
        let overdue = history.first_overdue_from(midnight);
        let next = match (opened, overdue) {
            // A round lies in the window from just after it opened, an overdue rectification
            // counts from its first instant.
            (Some(opened), Some(overdue)) => opened.min(overdue.minus(ONE_MILLISECOND)),
            (Some(opened), None) => opened,
            (None, Some(overdue)) => overdue.minus(ONE_MILLISECOND),
            (None, None) => return None,
        };
        midnight_after(rulebook, next)
    };
    (evaluated_at <= to).then_some(evaluated_at)
}

const ONE_MILLISECOND: crate::instant::Span = crate::instant::Span::from_ms(1);

/// The first civil midnight later than an instant (policy civil-offset).
fn midnight_after(rulebook: &Rulebook, instant: Instant) -> Instant {
    let offset = rulebook.in_force(instant).civil_offset;
    offset.midnight(offset.day_of(instant).plus(1))
}

fn step(course: &Course, view: &View<'_>) -> Course {
    let mut after = course.clone();
    after.evaluated_at = view.now.max(course.evaluated_at);
    let reached = view.highest_tier(course);
    if reached > course.tier {
        after.enter(reached, view.now);
        return after;
    }
    if course.tier == Tier::None {
        return after;
    }
    if reached == course.tier || view.nearly_meets(course.tier) {
        after.last_met_at = view.now;
        return after;
    }
    // policy cure: the later of entering the tier and the last evaluation that met it.
    let quiet_since = course.since.max(course.last_met_at);
    if view.now.since(quiet_since) >= view.edition.standing.step_down_after {
        after.enter(view.tier_below(course.tier), view.now);
    }
    after
}

impl<'a> View<'a> {
    fn at(history: &History, tally: Option<&Tally>, rulebook: &'a Rulebook, now: Instant) -> Self {
        let edition = rulebook.in_force(now);
        Self {
            edition,
            metrics: metrics_by(history, tally, edition, now),
            overdue: history.is_overdue(now),
            now,
        }
    }

    fn highest_tier(&self, course: &Course) -> Tier {
        self.edition
            .tiers
            .iter()
            .filter(|terms| terms.enter.iter().any(|line| self.holds(line, course)))
            .map(|terms| terms.tier)
            .max()
            .unwrap_or(Tier::None)
    }

    fn reasons(&self, course: &Course) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for terms in &self.edition.tiers {
            for (line, number) in terms.enter.iter().zip(0_u32..) {
                if self.holds(line, course) {
                    reasons.push(Reason {
                        tier: terms.tier,
                        line: number,
                        parts: self.parts(line, course).map(|(part, _)| part).collect(),
                    });
                }
            }
        }
        reasons
    }

    /// Whether every part of a line holds; a line without parts never does.
    fn holds(&self, line: &EntryLine, course: &Course) -> bool {
        let mut parts = self.parts(line, course).peekable();
        parts.peek().is_some() && parts.all(|(_, holds)| holds)
    }

    /// The parts of a line, and whether each holds. Shares are compared as exact integers.
    fn parts(
        &self,
        line: &EntryLine,
        course: &Course,
    ) -> impl Iterator<Item = (Part, bool)> + use<> {
        let metrics = &self.metrics;
        let reached_without_volume = self.edition.standing.rate_without_volume_reached;
        let bps_holds = |asked: u64| {
            if metrics.volume_reported {
                share_reaches(metrics.liable_rounds, metrics.debits, asked, 10_000)
            } else {
                // policy window: no reported volume must not shield a merchant.
                reached_without_volume
            }
        };
        // A share of nothing is undefined and reaches nothing.
        let percent_holds =
            |of: u64, actual: u64, asked: u64| of > 0 && share_reaches(actual, of, asked, 100);
        [
            line.liable_rounds.map(|asked| {
                let part = count(PartKind::LiableRounds, metrics.liable_rounds, asked);
                (part, metrics.liable_rounds >= asked)
            }),
            line.liable_users.map(|asked| {
                let part = count(PartKind::LiableUsers, metrics.liable_users, asked);
                (part, metrics.liable_users >= asked)
            }),
            line.liable_bps.map(|asked| {
                let part = ratio(
                    PartKind::LiableBps,
                    metrics.liable_rounds,
                    metrics.debits,
                    asked,
                );
                (part, bps_holds(asked))
            }),
            line.late_percent.map(|asked| {
                let (actual, of) = (metrics.late_rounds, metrics.rounds);
                let part = ratio(PartKind::LatePercent, actual, of, asked);
                (part, percent_holds(of, actual, asked))
            }),
            line.repeat_percent.map(|asked| {
                let (actual, of) = (metrics.repeat_rounds, metrics.closed_rounds);
                let part = ratio(PartKind::RepeatPercent, actual, of, asked);
                (part, percent_holds(of, actual, asked))
            }),
            line.rectification_overdue.then(|| {
                let actual = u64::from(self.overdue);
                (
                    count(PartKind::RectificationOverdue, actual, 1),
                    self.overdue,
                )
            }),
            line.held.map(|(tier, span)| {
                let held = course.held_since(tier).map(|since| self.now.since(since));
                let actual = held.map_or(0, |held| u64::try_from(held.ms()).unwrap_or(0));
                let asked = u64::try_from(span.ms()).unwrap_or(0);
                let part = count(PartKind::Held, actual, asked);
                (part, held.is_some_and(|held| held >= span))
            }),
        ]
        .into_iter()
        .flatten()
    }

    /// policy hysteresis: whether the counts of any entry line of the tier are reached to the
    /// share that keeps it, or a rectification is overdue where that is a line. A line that asks
    /// for shares alone is kept by that part of its shares; one that only asks for time held
    /// keeps nothing.
    fn nearly_meets(&self, tier: Tier) -> bool {
        self.edition
            .tier(tier)
            .is_some_and(|terms| terms.enter.iter().any(|line| self.nearly_holds(line)))
    }

    fn nearly_holds(&self, line: &EntryLine) -> bool {
        let metrics = &self.metrics;
        let percent = u64::from(self.edition.standing.step_down_percent);
        let near = |actual: u64, asked: u64| share_reaches(actual, asked, percent, 100);
        let counts = [
            line.liable_rounds
                .map(|asked| near(metrics.liable_rounds, asked)),
            line.liable_users
                .map(|asked| near(metrics.liable_users, asked)),
            line.rectification_overdue.then_some(self.overdue),
        ];
        let near_share = |actual: u64, of: u64, asked: u64| {
            of > 0 && share_reaches(actual, of, asked.saturating_mul(percent), 10_000)
        };
        let shares = [
            line.late_percent
                .map(|asked| near_share(metrics.late_rounds, metrics.rounds, asked)),
            line.repeat_percent
                .map(|asked| near_share(metrics.repeat_rounds, metrics.closed_rounds, asked)),
        ];
        let all_of = |parts: &[Option<bool>]| {
            let mut parts = parts.iter().flatten().peekable();
            parts.peek().is_some().then(|| parts.all(|holds| *holds))
        };
        all_of(&counts).or_else(|| all_of(&shares)).unwrap_or(false)
    }

    fn tier_below(&self, tier: Tier) -> Tier {
        self.edition
            .tiers
            .iter()
            .map(|terms| terms.tier)
            .filter(|below| *below < tier)
            .max()
            .unwrap_or(Tier::None)
    }
}

/// Whether `actual / of` reaches `asked / per`, without rounding.
fn share_reaches(actual: u64, of: u64, asked: u64, per: u64) -> bool {
    u128::from(actual) * u128::from(per) >= u128::from(asked) * u128::from(of)
}

const fn count(kind: PartKind, actual: u64, asked: u64) -> Part {
    Part {
        kind,
        actual,
        of: None,
        asked,
    }
}

const fn ratio(kind: PartKind, actual: u64, of: u64, asked: u64) -> Part {
    Part {
        kind,
        actual,
        of: Some(of),
        asked,
    }
}
