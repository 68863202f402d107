//! What time alone will bring about on a complaint.

use crate::clock::{Clock, ClockKind, in_time};
use crate::instant::Instant;

use super::{Cause, Complaint, EvidenceStatus, FindingStatus, Round};

/// An instant that no pause without an end lets a clock reach.
pub(super) const NEVER: Instant = Instant::from_unix_ms(i64::MAX);

/// Something that time alone brings about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// When it is a fact: for a miss one millisecond after the due instant.
    pub fires_at: Instant,
    /// In which round.
    pub round: u32,
    /// Which clock.
    pub clock: ClockKind,
    /// What happens then.
    pub what: DeadlineKind,
}

/// What time alone brings about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeadlineKind {
    /// The at-risk share is reached (policy at-risk).
    Near,
    /// The due instant has passed.
    Missed,
    /// The due instant of clock `evidence` has passed, and all evidence was refused
    /// (rulebook 4.1(3)).
    EvidenceRefused,
}

/// The next thing that time alone brings about on a complaint.
#[must_use]
pub fn next_deadline(complaint: &Complaint) -> Option<Deadline> {
    complaint
        .rounds
        .iter()
        .flat_map(|round| {
            round
                .clocks
                .iter()
                .flat_map(move |clock| deadlines_of(complaint, round, clock))
        })
        .min()
}

fn deadlines_of(
    complaint: &Complaint,
    round: &Round,
    clock: &Clock,
) -> impl Iterator<Item = Deadline> {
    let deadline = |fires_at, what| Deadline {
        fires_at,
        round: round.number,
        clock: clock.kind,
        what,
    };
    let due_at = clock.due_at(&complaint.pauses, NEVER);
    let near = (clock.is_open() && !clock.near_recorded && !clock.missed_recorded)
        .then(|| deadline(clock.near_at(&complaint.pauses, NEVER), DeadlineKind::Near));
    // Also where the clock has ended meanwhile: noticing late never moves a breach.
    let ended_late = clock
        .met_at
        .or(clock.void_at)
        .is_none_or(|ended_at| !in_time(ended_at, due_at));
    let missed = (ended_late && !clock.missed_recorded)
        .then(|| deadline(due_at.just_after(), DeadlineKind::Missed));
    let refused = (clock.kind == ClockKind::Evidence
        && clock.void_at.is_none()
        && lacks_valid_evidence(complaint, round))
    .then(|| deadline(due_at.just_after(), DeadlineKind::EvidenceRefused));
    near.into_iter().chain(missed).chain(refused)
}

/// Everything submitted in a repeat round has been refused, and nothing was found for it yet
/// (rulebook 4.1(3)).
fn lacks_valid_evidence(complaint: &Complaint, round: &Round) -> bool {
    let mut pieces = complaint
        .evidence
        .iter()
        .filter(|piece| piece.round == round.number);
    let Some(last_version) = pieces.clone().map(|piece| piece.version).max() else {
        return false;
    };
    // Nothing was submitted until the due instant: found for that.
    let missed = round
        .clock(ClockKind::Evidence)
        .is_some_and(|clock| clock.missed_recorded);
    // A finding that fell is made again only for evidence that was assessed after it.
    let found = complaint.findings.iter().any(|finding| {
        finding.round == round.number
            && finding.cause == Cause::EvidenceRefused
            && (finding.status != FindingStatus::Withdrawn || finding.version > last_version)
    });
    round.repeat && !missed && !found && pieces.all(|piece| piece.status == EvidenceStatus::Refused)
}
