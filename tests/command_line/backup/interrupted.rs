//! A backup or a restore that is killed: what is there is whole, or is nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use redress_tests::chance::Chance;
use redress_tests::files::copy_folder;
use redress_tests::testing::evidence::{self, Size};
use redress_tests::{redress, run_on};

use super::{Places, back_up, position, restore, verify};

const ROUNDS: u32 = 20;

/// Runs the program and kills it at a random instant within `span`, unless it has ended before;
/// whether it was killed.
fn kill_within(span: Duration, chance: &mut Chance, arguments: &[&str], data: &Path) -> bool {
    let mut process = Command::new(redress())
        .arg("--data")
        .arg(data)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let micros = chance.below(span.as_micros() as u64);
    std::thread::sleep(Duration::from_micros(micros));
    let _ = process.kill();
    !process.wait().unwrap().success()
}

/// How long something takes.
fn measured(run: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    run();
    begun.elapsed()
}

#[test]
fn a_backup_that_is_killed_is_the_one_before_or_the_new_one() {
    let places = Places::with_store();
    let earlier = places.at("earlier");
    copy_folder(&places.data(), &earlier);
    let mut segments: Vec<_> = fs::read_dir(earlier.join("journal"))
        .unwrap()
        .map(|found| found.unwrap().path())
        .collect();
    segments.sort();
    for later in &segments[segments.len() / 3..] {
        fs::remove_file(later).unwrap();
    }
    let previous = places.at("previous");
    let before = position(&back_up(&earlier, &previous, &[]).ended(0));
    copy_folder(&previous, &places.backup());
    let usual = measured(|| {
        places.back_up(&[]).ended(0);
    });
    let whole = position(&places.verify(&[]).ended(0));
    assert!(0 < before && before < whole);
    let mut chance = Chance::new(0xbac0_0001);
    let mut killed = 0;
    for round in 0..ROUNDS {
        let backup = places.at(&format!("backup-{round}"));
        copy_folder(&previous, &backup);
        let arguments = ["backup", backup.to_str().unwrap()];
        killed += u32::from(kill_within(usual, &mut chance, &arguments, &places.data()));
        let found = position(&verify(&backup, &[]).ended(0));
        assert!([before, whole].contains(&found), "round {round}: {found}");
        assert_eq!(
            position(&back_up(&places.data(), &backup, &[]).ended(0)),
            whole
        );
        let verified = verify(&backup, &[]).ended(0).json();
        assert_eq!(verified["position"], whole);
        assert_eq!(verified["left_over_bytes"], 0);
    }
    assert!(killed >= ROUNDS / 4, "killed {killed} of {ROUNDS}");
    let counted = [("rounds", ROUNDS.into()), ("kills that hit", killed.into())];
    evidence::record("backup-again-killed", Size::Fixed, &counted);
}

#[test]
fn a_first_backup_that_is_killed_is_none_or_whole() {
    let places = Places::with_store();
    let usual = measured(|| {
        back_up(&places.data(), &places.at("whole"), &[]).ended(0);
    });
    let whole = position(&verify(&places.at("whole"), &[]).ended(0));
    let mut chance = Chance::new(0xbac0_0002);
    let mut killed = 0;
    for round in 0..ROUNDS {
        let backup = places.at(&format!("backup-{round}"));
        let arguments = ["backup", backup.to_str().unwrap()];
        killed += u64::from(kill_within(usual, &mut chance, &arguments, &places.data()));
        let found = verify(&backup, &[]);
        match found.code {
            0 => assert_eq!(position(&found), whole),
            code => assert_eq!(code, 1, "{}", found.errors),
        }
        assert_eq!(
            position(&back_up(&places.data(), &backup, &[]).ended(0)),
            whole
        );
        verify(&backup, &[]).ended(0);
    }
    let counted = [("rounds", ROUNDS.into()), ("kills that hit", killed)];
    evidence::record("backup-first-killed", Size::Fixed, &counted);
}

#[test]
fn a_restore_that_is_killed_leaves_no_store_or_all_of_it() {
    let places = Places::with_store();
    let whole = position(&places.back_up(&[]).ended(0));
    let restored = places.restore(&[]).ended(0).json();
    // While files are copied, and a little longer.
    let copying_ms = restored["copying_ms"].as_u64().unwrap();
    let usual = Duration::from_millis(copying_ms * 3 / 2 + 10);
    let mut chance = Chance::new(0xbac0_0003);
    let mut unfinished = 0;
    for round in 0..ROUNDS {
        let target = places.at(&format!("restored-{round}"));
        let backup = places.backup();
        let arguments = ["restore", backup.to_str().unwrap()];
        kill_within(usual, &mut chance, &arguments, &target);
        let is_begun = target.join("restoring").exists();
        if is_begun {
            unfinished += 1;
            let refused = run_on(&target, ["append", "/dev/null"]);
            assert_eq!(refused.code, 1, "round {round}: {}", refused.errors);
            assert!(
                refused.errors.contains("has not finished"),
                "{}",
                refused.errors
            );
        }
        // Where it is a store, it is all of it; else it can be run again.
        if target.join("first-edition.toml").exists() && !is_begun {
            let verified = run_on(&target, ["log", "verify", "--format", "json"]).ended(0);
            assert_eq!(verified.json()["events"], whole);
            restore(&target, &backup, &[]).ended(1);
        } else {
            let again = restore(&target, &backup, &[]).ended(0);
            assert_eq!(position(&again), whole);
        }
    }
    assert!(
        unfinished > 0,
        "no round was killed while files were copied"
    );
    let counted = [
        ("rounds", ROUNDS.into()),
        ("kills while files were copied", unfinished),
    ];
    evidence::record("restore-killed", Size::Fixed, &counted);
}
