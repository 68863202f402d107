//! What a new edition does to clocks that run already (rulebook 5).

use alloc::vec::Vec;

use crate::clock::{Clock, Pause, due_at, in_time};
use crate::instant::{Instant, Span};
use crate::rulebook::{Edition, Rulebook, Transition};

use super::deadline::NEVER;
use super::{Complaint, Round};

/// How long a running clock runs under the editions that came into force since it started, where
/// they change it (rulebook 5). A clock that was late already stays late, and nothing is late
/// under an edition before that edition is in force.
pub(super) fn retimed<'a>(
    complaint: &Complaint,
    round: &Round,
    clock: &Clock,
    rulebook: &'a Rulebook,
    through: Instant,
) -> Option<(Span, &'a Edition)> {
    let mut runs = clock.runs;
    let mut by = None;
    for edition in rulebook.editions() {
        let since = edition.effective_at;
        let due = due_at(clock.started_at, runs, &complaint.pauses, NEVER);
        if since <= clock.started_at || since > through || !in_time(since, due) {
            continue;
        }
        let Some(theirs) = edition.duration(clock.kind, round.industry) else {
            continue;
        };
        let next = match edition.transition {
            Transition::Keep => runs,
            Transition::ExtendOnly => runs.max(theirs),
            Transition::RecomputeOpen => {
                theirs.max(elapsed(clock.started_at, &complaint.pauses, since))
            }
        };
        if next != runs {
            runs = next;
            by = Some(edition);
        }
    }
    // Editions that were taken up before give the same again.
    by.filter(|_| runs != clock.runs)
        .map(|edition| (runs, edition))
}

/// The time that counted between two instants: all of it but the pauses.
fn elapsed(from: Instant, pauses: &[Pause], to: Instant) -> Span {
    let until_then: Vec<Pause> = pauses
        .iter()
        .filter(|pause| pause.from < to)
        .map(|pause| Pause {
            until: Some(pause.until.map_or(to, |until| until.min(to))),
            ..*pause
        })
        .collect();
    let whole = to.since(from);
    let paused = due_at(from, whole, &until_then, to).since(to);
    Span::from_ms(whole.ms().saturating_sub(paused.ms()))
}
