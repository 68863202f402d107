//! Backups and restores that are killed at a named step: what is there is whole, or is nothing. The
//! same kills without what guards them must be reported.

use std::path::Path;

use redress_store::backup::{self, BackupError};
use redress_store::lock::{LockError, StoreLock};
use redress_store::step::{Safeguard, Step};
use redress_tests::testing::evidence::{self, Size};
use tempfile::TempDir;

use super::controls::failure;
use super::process::{End, Run};
use super::reference::Reference;
use super::steps::position_left;
use crate::child::{self, role, run};
use crate::stand::{assert_same_log, commits, folder, log, open_with};

/// Acts of the story: enough for backups of many segments.
const ACTS: usize = 130;

/// Whether a backup makes this step.
pub fn is_of_backup(step: Step) -> bool {
    step.name().starts_with("backup_")
}

/// Whether a restore makes this step.
pub fn is_of_restore(step: Step) -> bool {
    step.name().starts_with("restore_")
}

/// After a kill a backup is the one that was finished last, or the one that was being made: whole,
/// and the beginning of the log.
#[track_caller]
pub fn assert_backup(backup: &Path, finished: u64, store: &Path, context: &str) {
    let (found, log) = match backup::verify(backup, |_, _| Ok(())) {
        Ok(report) => (report.last_position, position_left(store)),
        Err(BackupError::NoBackup { .. }) => (0, 0),
        Err(error) => panic!("{context}: {error}"),
    };
    assert!(
        finished <= found && found <= log,
        "{context}: a backup up to {found}, after one up to {finished}, of a log up to {log}"
    );
    let mut kept = Vec::new();
    if found > 0 {
        let beginning = commits(backup);
        kept.extend(beginning.into_iter().flat_map(|commit| commit.entries));
    }
    let whole = commits(store).into_iter().flat_map(|commit| commit.entries);
    let whole: Vec<Vec<u8>> = whole.take(usize::try_from(found).unwrap()).collect();
    assert!(
        kept.starts_with(&whole),
        "{context}: the backup is not of this log"
    );
}

/// A backup of many segments.
struct BackedUp {
    reference: Reference,
    backup: TempDir,
    /// Its last position.
    last_position: u64,
}

impl BackedUp {
    fn new() -> Self {
        let reference = Reference::of_seed(4, ACTS);
        let (store, backup) = (folder(), folder());
        let run = Run {
            backup: Some(backup.path()),
            ..Run::of(&reference, store.path(), End::Never)
        };
        let last_position = run.watch().backed_up;
        assert!(last_position > 0);
        Self {
            reference,
            backup,
            last_position,
        }
    }

    /// A restore that is killed when it reaches a step for the n-th time: whether it reached it, and
    /// what is wrong then.
    fn restored(&self, step: Step, nth: u64, without: Option<Safeguard>) -> (bool, Option<String>) {
        let place = folder();
        let target = place.path().join("restored");
        let mut restoring = self.restoring(&target);
        restoring.env("REDRESS_DIE_AT", format!("{}:{nth}", step.name()));
        if let Some(safeguard) = without {
            restoring.env("REDRESS_WITHOUT", safeguard.name());
        }
        let killed = run(&mut restoring).end == child::End::Signal;
        let wrong = failure(|| self.assert_all_or_no_store(&target));
        (killed, wrong)
    }

    fn restoring(&self, target: &Path) -> std::process::Command {
        let mut restoring = role("restore", target);
        restoring.env("REDRESS_ROLE_BACKUP", self.backup.path());
        restoring
    }

    /// What passes for a store has the whole log; what does not can be restored into again.
    fn assert_all_or_no_store(&self, target: &Path) {
        match StoreLock::acquire(target) {
            Ok(_) => {}
            Err(LockError::Restoring { .. }) => {
                let again = run(&mut self.restoring(target));
                assert_eq!(again.end, child::End::Code(0), "{again:?}");
                assert!(again.output.contains("whole"), "{again:?}");
            }
            Err(error) => panic!("{error}"),
        }
        let found = position_left(target);
        assert_eq!(
            found, self.last_position,
            "a part of the log passes for a store"
        );
        let engine = open_with(target, &self.reference.story.edition);
        let beginning = &self.reference.log[..usize::try_from(found).unwrap()];
        assert_same_log(&log(&engine), beginning, "restored");
    }
}

#[test]
fn a_restore_that_is_killed_at_any_step_leaves_no_store_or_all_of_it() {
    let backed_up = BackedUp::new();
    let (mut kills, mut steps) = (0, 0);
    for step in Step::ALL
        .iter()
        .copied()
        .filter(|step| is_of_restore(*step))
    {
        let mut reached = 0;
        for nth in [1, 2, 5] {
            let (killed, wrong) = backed_up.restored(step, nth, None);
            assert_eq!(wrong, None, "{}, time {nth}", step.name());
            reached += u64::from(killed);
        }
        assert!(reached > 0, "nothing reaches {}", step.name());
        kills += reached;
        steps += 1;
    }
    let counted = [("kills", kills), ("named steps", steps)];
    evidence::record("restore-kill-steps", Size::Fixed, &counted);
}

#[test]
fn a_restore_into_a_place_that_is_not_marked_is_reported() {
    let backed_up = BackedUp::new();
    let without = Some(Safeguard::RestoreMarked);
    let step = Step::RestoreSegmentCopied;
    let reported = [1, 2, 3].map(|nth| {
        let (killed, wrong) = backed_up.restored(step, nth, without);
        assert!(killed, "time {nth}");
        wrong.unwrap_or_else(|| panic!("time {nth} is not reported"))
    });
    // Where the log was whole already, its keys are missing.
    let is_part = |wrong: &&String| wrong.contains("passes for a store");
    let parts = reported.iter().filter(is_part).count();
    assert!(parts >= 2, "{reported:?}");
    let kills = reported.len() as u64;
    let counted = [("kills", kills), ("of them reported", kills)];
    evidence::record(Safeguard::RestoreMarked.name(), Size::Fixed, &counted);
}

#[test]
fn a_backup_that_names_what_is_not_there_yet_is_reported() {
    let reference = Reference::of_seed(4, ACTS);
    let killed = |nth: u64, without: Option<Safeguard>| {
        let (store, backup) = (folder(), folder());
        let run = Run {
            without,
            backup: Some(backup.path()),
            ..Run::of(
                &reference,
                store.path(),
                End::At(Step::BackupSegmentCopied, nth),
            )
        };
        let ended = run.watch();
        assert!(ended.killed);
        failure(|| {
            assert_backup(
                backup.path(),
                ended.backed_up,
                store.path(),
                "after the kill",
            );
        })
    };
    let times = [2, 3, 4, 6];
    let mut reported = 0;
    for nth in times {
        assert_eq!(killed(nth, None), None, "time {nth}");
        if let Some(wrong) = killed(nth, Some(Safeguard::ManifestLast)) {
            assert!(wrong.contains("after the kill"), "{wrong}");
            reported += 1;
        }
    }
    // Where the kill comes after the last segment of a run, everything that is named is there.
    assert!(reported > 0);
    let counted = [
        ("kills", times.len() as u64),
        ("of them reported", reported),
    ];
    evidence::record(Safeguard::ManifestLast.name(), Size::Fixed, &counted);
}
