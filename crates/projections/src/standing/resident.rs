//! A merchant's history and course in memory.

use redress_domain::instant::{Instant, Span};
use redress_domain::rulebook::{Edition, EntryLine, Rulebook};
use redress_domain::standing::{self, Course, History, RoundFact, Tier};

/// A merchant's history and course.
#[derive(Clone, Debug, Default)]
pub(super) struct Resident {
    pub history: History,
    /// `None` before the first fact.
    pub course: Option<Course>,
    /// When the last round opened that was a repeat, late or liable at some time.
    last_fault_opened_at: Option<Instant>,
}

impl Resident {
    /// Takes in a round, in place of what was known of it.
    pub fn record_round(&mut self, fact: RoundFact) {
        if fact.repeat || fact.late_from.is_some() || fact.liable_from.is_some() {
            self.last_fault_opened_at = self.last_fault_opened_at.max(Some(fact.opened_at));
        }
        self.history.record_round(fact);
    }

    /// The course with every midnight up to and including an instant evaluated.
    pub fn course_at(&self, rulebook: &Rulebook, at: Instant) -> Course {
        let Some(course) = &self.course else {
            return Course::starting(at);
        };
        // Nights in which nothing can bring a tier about are left out: the outcome is the same.
        if course.tier == Tier::None && self.is_faultless(rulebook, course.evaluated_at) {
            let mut course = course.clone();
            course.evaluated_at = course.evaluated_at.max(at);
            return course;
        }
        standing::advance(course, &self.history, rulebook, at)
    }

    /// Whether no tier can be entered from an instant on without another fact: nothing that counts
    /// against the merchant lies in a window, and no edition has an entry line that holds without.
    pub fn is_faultless(&self, rulebook: &Rulebook, at: Instant) -> bool {
        let window = rulebook
            .editions()
            .map(|edition| edition.standing.window)
            .max()
            .unwrap_or(Span::ZERO);
        self.last_fault_opened_at
            .is_none_or(|opened_at| opened_at.plus(window) < at)
            && self
                .history
                .overdue()
                .iter()
                .all(|interval| interval.until.is_some_and(|until| until <= at))
            && rulebook.editions().all(asks_for_faults)
    }
}

/// Whether every way into a tier asks for something that counts against the merchant.
fn asks_for_faults(edition: &Edition) -> bool {
    let is_asked = |part: Option<u64>| part.is_some_and(|asked| asked > 0);
    edition
        .tiers
        .iter()
        .flat_map(|terms| &terms.enter)
        .all(|line: &EntryLine| {
            is_asked(line.liable_rounds)
                || is_asked(line.liable_users)
                || is_asked(line.late_percent)
                || is_asked(line.repeat_percent)
                || line.rectification_overdue
                || line.held.is_some()
        })
}
