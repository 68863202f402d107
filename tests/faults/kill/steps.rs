//! A kill at every named step: the first time it is reached, and later ones.

use std::path::Path;

use redress_store::journal;
use redress_store::step::Step;
use redress_tests::testing::evidence::{self, Size};

use super::copying::{assert_backup, is_of_backup, is_of_restore};
use super::process::{End, Run};
use super::reference::Reference;
use crate::stand::{GENESIS, copied, folder};

/// Acts of the story: enough for a few segments, batches, erasures and rebuilds.
const ACTS: usize = 220;
/// Which times a step is reached at.
const TIMES: [u64; 4] = [1, 2, 7, 40];

#[test]
fn a_kill_at_any_named_step_loses_nothing_and_does_nothing_twice() {
    let reference = Reference::of_seed(1, ACTS);
    let (mut kills, mut steps, mut cut_off) = (0, 0, 0);
    for step in Step::ALL.iter().copied() {
        if step == Step::BeforeCheckpoint || is_of_restore(step) {
            continue;
        }
        let mut reached = 0;
        for nth in TIMES {
            for frame_bytes in [1, 4 * 1024 * 1024] {
                let (store, backup) = (folder(), folder());
                let run = Run {
                    frame_bytes,
                    rebuild_every: Some(50),
                    backup: is_of_backup(step).then_some(backup.path()),
                    ..Run::of(&reference, store.path(), End::At(step, nth))
                };
                let ended = run.watch();
                if ended.killed {
                    reached += 1;
                    let context = format!("{}, time {nth}, frames of {frame_bytes}", step.name());
                    if is_of_backup(step) {
                        assert_backup(backup.path(), ended.backed_up, store.path(), &context);
                    }
                    let left = position_left(store.path());
                    let engine = reference.assert_holds(store.path(), &ended.told, &context);
                    cut_off += u64::from(engine.last_position() > left);
                    drop(engine);
                    reference.assert_ends_the_same(store.path(), &ended.told, &context);
                }
            }
        }
        assert!(reached > 1, "{} was reached {reached} times", step.name());
        println!("{}: {reached} kills", step.name());
        kills += reached;
        steps += 1;
    }
    println!("{kills} kills at named steps, {cut_off} of them cut consequences off");
    assert!(cut_off > 0);
    let counted = [
        ("kills", kills),
        ("named steps", steps),
        ("kills that cut consequences off", cut_off),
    ];
    evidence::record("kill-steps", Size::Fixed, &counted);
}

/// Where the log ends as a kill left it; 0 where there is none yet.
pub fn position_left(store: &Path) -> u64 {
    if !store.join("journal").exists() {
        return 0;
    }
    journal::stats(store, GENESIS).unwrap().last_position
}

#[test]
fn a_kill_while_a_kill_is_recovered_from_changes_nothing_either() {
    let reference = Reference::of_seed(2, ACTS);
    let mut kills = 0;
    for (first, nth) in [
        (Step::AfterSync, 40),
        (Step::BeforeSync, 90),
        (Step::BetweenSegmentSeal, 2),
        (Step::BeforeVaultRename, 3),
        (Step::AfterSledFlush, 4),
    ] {
        let store = folder();
        let ended = Run::of(&reference, store.path(), End::At(first, nth)).watch();
        assert!(ended.killed, "{first:?}");
        let told = ended.told;
        for second in [
            Step::BeforeSync,
            Step::AfterSync,
            Step::BeforeSledBatch,
            Step::AfterSledBatch,
            Step::BeforeSegmentSeal,
            Step::AfterSegmentSeal,
            Step::BeforeVaultRename,
        ] {
            let image = copied(store.path());
            let run = Run {
                from: told.last().map_or(0, |one| one.index),
                ..Run::of(&reference, image.path(), End::At(second, 1))
            };
            let again = run.watch();
            kills += u64::from(again.killed);
            let told = [told.clone(), again.told].concat();
            let context = format!("{}, then {}", first.name(), second.name());
            reference.assert_ends_the_same(image.path(), &told, &context);
        }
    }
    println!("{kills} kills on stores that were killed before");
    assert!(kills > 20, "{kills}");
    evidence::record("kill-recovery", Size::Fixed, &[("kills", kills)]);
}

#[test]
fn every_step_is_on_the_way_of_something() {
    let mut files = Vec::new();
    for folder in ["crates/store/src", "crates/engine/src", "tools/src"] {
        sources(&redress_tests::workspace().join(folder), &mut files);
    }
    let texts: Vec<String> = files
        .iter()
        .filter(|path| !path.ends_with("store/src/step.rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for step in Step::ALL {
        let name = format!("Step::{step:?}");
        let calls = texts.iter().filter(|text| text.contains(&name)).count();
        assert!(calls > 0, "nothing reaches {name}: take the step away");
    }
}

fn sources(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else {
            files.push(path);
        }
    }
}
