//! The same kills without one safeguard each: then the comparison must report what is lost, left
//! out or done twice. A harness that reported nothing here would prove nothing elsewhere.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redress_store::step::{Safeguard, Step};
use redress_tests::testing::evidence::{self, Size};

use super::child::Told;
use super::process::{End, Run};
use super::reference::{ERASING, Reference, assert_erased};
use crate::stand::folder;

/// A random story.
const RANDOM: &str = "1:220";
/// How long answers that come too early have to be seen.
const LATER_MS: u64 = 30;

/// What the comparison says of a store, if it finds anything wrong. Where a child has played on, the
/// vault is looked at before anything is opened.
fn report(reference: &Reference, store: &Path, told: &[Told], plays_on: bool) -> Option<String> {
    let compare = || {
        if plays_on {
            assert_erased(store);
        }
        reference.assert_ends_the_same(store, told, "after the kill");
    };
    failure(compare)
}

/// What a check says that fails.
pub fn failure(check: impl FnOnce()) -> Option<String> {
    let found = catch_unwind(AssertUnwindSafe(check)).err()?;
    Some(match found.downcast::<String>() {
        Ok(text) => *text,
        Err(_) => "a failure without words".to_owned(),
    })
}

/// A safeguard, and the kills that show what it is for.
struct Control {
    story: &'static str,
    safeguard: Safeguard,
    step: Step,
    /// Which times the step is reached at.
    times: &'static [u64],
    /// Whether another child, which lacks the safeguard too, opens what is left and plays on; else
    /// the comparison opens it, with every safeguard.
    plays_on: bool,
    frame_bytes: usize,
}

impl Control {
    /// What is reported of each kill without the safeguard. With it, the same kills must give no
    /// report.
    fn reports(&self) -> Vec<String> {
        let reference = Reference::of(self.story);
        let mut reports = Vec::new();
        for nth in self.times {
            let report = self.kill(&reference, *nth, Some(self.safeguard));
            reports.extend(report.map(|report| format!("time {nth}: {report}")));
            let with_it = self.kill(&reference, *nth, None);
            assert_eq!(with_it, None, "{} is there", self.safeguard.name());
        }
        let [found, kills] = [reports.len(), self.times.len()];
        println!(
            "without {}: {found} of {kills} kills reported",
            self.safeguard.name()
        );
        for report in &reports {
            println!("  {}", report.lines().next().unwrap_or_default());
        }
        if found > 0 {
            let counted = [("kills", kills as u64), ("of them reported", found as u64)];
            evidence::record(self.safeguard.name(), Size::Fixed, &counted);
        }
        reports
    }

    fn kill(&self, reference: &Reference, nth: u64, without: Option<Safeguard>) -> Option<String> {
        let store = folder();
        let run = Run {
            without,
            frame_bytes: self.frame_bytes,
            later_ms: LATER_MS,
            ..Run::of(reference, store.path(), End::At(self.step, nth))
        };
        let ended = run.watch();
        let mut told = ended.told;
        if ended.killed && self.plays_on {
            let run = Run {
                without,
                from: told.last().map_or(0, |one| one.index),
                frame_bytes: self.frame_bytes,
                ..Run::of(reference, store.path(), End::Never)
            };
            told.extend(run.watch().told);
        }
        report(reference, store.path(), &told, self.plays_on)
    }
}

/// Bytes of a frame that one command fills.
const ONE_COMMAND: usize = 1;
/// Bytes of a frame that a whole group fits into.
const WHOLE_GROUP: usize = 4 * 1024 * 1024;

#[track_caller]
fn assert_all_say(reports: &[String], words: &str) {
    assert!(!reports.is_empty(), "nothing was reported");
    for report in reports {
        assert!(report.contains(words), "{words:?} in {report}");
    }
}

#[test]
fn an_answer_before_the_append_is_reported_as_lost() {
    let control = Control {
        story: ERASING,
        safeguard: Safeguard::AppendBeforeAcknowledge,
        step: Step::BeforeAppend,
        times: &[3, 10, 30],
        plays_on: false,
        frame_bytes: ONE_COMMAND,
    };
    let reports = control.reports();
    assert_eq!(reports.len(), 3);
    assert_all_say(&reports, "was acknowledged at position");
}

#[test]
fn consequences_that_nobody_finishes_are_reported_as_missing() {
    let control = Control {
        story: RANDOM,
        safeguard: Safeguard::Resume,
        step: Step::AfterSync,
        times: &[40, 60, 80],
        plays_on: true,
        frame_bytes: ONE_COMMAND,
    };
    assert_all_say(&control.reports(), "the logs part");
}

#[test]
fn commands_that_are_decided_again_are_reported() {
    let control = Control {
        story: ERASING,
        safeguard: Safeguard::CommandsKnown,
        step: Step::AfterSync,
        times: &[10, 30, 50],
        plays_on: true,
        frame_bytes: ONE_COMMAND,
    };
    assert_all_say(&control.reports(), "the logs part");
}

#[test]
fn a_key_that_outlives_its_erasure_is_reported() {
    let control = Control {
        story: ERASING,
        safeguard: Safeguard::KeysReconciled,
        step: Step::BeforeVaultRename,
        times: &[4, 5, 6],
        plays_on: true,
        frame_bytes: WHOLE_GROUP,
    };
    assert_all_say(&control.reports(), "outlives its erasure");
}

#[test]
fn a_checkpoint_beside_its_rows_is_reported() {
    let control = Control {
        story: RANDOM,
        safeguard: Safeguard::CheckpointInBatch,
        step: Step::BeforeCheckpoint,
        times: &[1, 2, 3],
        plays_on: false,
        frame_bytes: WHOLE_GROUP,
    };
    assert!(!control.reports().is_empty());
}

#[test]
fn a_file_of_the_vault_that_is_written_in_place_is_reported_as_lost() {
    let control = Control {
        story: ERASING,
        safeguard: Safeguard::ReplaceByRename,
        step: Step::BeforeVaultWrite,
        times: &[4, 5, 6],
        plays_on: false,
        frame_bytes: WHOLE_GROUP,
    };
    let reports = control.reports();
    assert_eq!(reports.len(), 3);
    assert_all_say(&reports, "Vault");
}
