//! What a new edition does to clocks that run already (rulebook 5).

use crate::clock::{Clock, in_time};
use crate::instant::{Instant, Span};
use crate::rulebook::{Edition, Rulebook, Transition};

use super::deadline::NEVER;
use super::{Complaint, Round};

/// How long a running clock runs under the editions that came into force since it started, where
/// they change it (rulebook 5). A clock that was late already stays late.
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
        let due_at = clock.due_at(&complaint.pauses, NEVER);
        if since <= clock.started_at || since > through || !in_time(since, due_at) {
            continue;
        }
        let Some(theirs) = edition.duration(clock.kind, round.industry) else {
            continue;
        };
        let next = match edition.transition {
            Transition::Keep => runs,
            Transition::ExtendOnly => runs.max(theirs),
            Transition::RecomputeOpen => theirs,
        };
        if next != runs {
            runs = next;
            by = Some(edition);
        }
    }
    by.map(|edition| (runs, edition))
}
