//! `redress demo`: the story comes to its end, and what it recommends to look at next works.

use std::path::Path;
use std::process::Command;

use redress_tests::{Ran, redress, run_on};

#[test]
fn the_story_is_told_and_its_store_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let told = run_on(folder.path(), ["demo"]).ended(0);

    // Then every act is there, and nothing is wider than a page.
    for seen in [
        "1. Complaints arrive",
        "evidence_missing (3(1).1.1)",
        "from watch to t1",
        "already_approved_by_you",
        "signing_suspended",
        "DeadlineMissSuperseded",
        "DeterminationOverturned",
        "AppealDecided",
        "erased: the key is gone",
        "the same, byte for byte",
    ] {
        assert!(told.output.contains(seen), "{seen} in\n{}", told.output);
    }
    // Then tables fit a page; commands to copy are never broken.
    for line in told
        .output
        .lines()
        .filter(|line| !line.contains("redress "))
    {
        assert!(line.chars().count() <= 100, "{line}");
    }

    // Then every command that it recommends works.
    let recommended: Vec<&str> = told
        .output
        .lines()
        .filter_map(|line| line.strip_prefix("  redress "))
        .collect();
    assert!(recommended.len() > 5, "{}", told.output);
    for line in recommended {
        let ran = Ran::of(Command::new(redress()).args(line.split(' ')));
        assert_eq!(ran.code, 0, "{line}\n{}\n{}", ran.output, ran.errors);
        assert!(!ran.output.is_empty(), "{line}");
    }
}

#[test]
fn the_story_is_the_same_each_time() {
    let tell = || {
        let folder = tempfile::tempdir().unwrap();
        let told = run_on(folder.path(), ["demo"]).ended(0);
        told.output
            .replace(&folder.path().display().to_string(), "DIR")
    };
    assert_eq!(tell(), tell());
}

#[test]
fn a_directory_that_is_in_use_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine"), "kept").unwrap();
    let refused = run_on(folder.path(), ["demo"]).ended(2);
    assert!(refused.errors.contains("not empty"), "{}", refused.errors);
    assert_eq!(entries(folder.path()), 1);
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn without_a_directory_it_takes_a_new_one_and_says_where() {
    let temporary = tempfile::tempdir().unwrap();
    let tell = || {
        Ran::of(
            Command::new(redress())
                .arg("demo")
                .env("TMPDIR", temporary.path())
                .env_remove("REDRESS_DATA"),
        )
        .ended(0)
    };
    let first = temporary.path().join("redress-demo");
    let second = temporary.path().join("redress-demo-2");
    for directory in [&first, &second] {
        let said = format!("The store stays in {}.", directory.display());
        assert!(tell().output.contains(&said));
        assert!(directory.is_dir());
    }
}

#[test]
fn with_pauses_a_closed_input_goes_on_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let told = Ran::of(
        Command::new(redress())
            .arg("--data")
            .arg(folder.path())
            .args(["demo", "--pause"])
            .stdin(std::process::Stdio::null()),
    )
    .ended(0);
    assert!(told.output.contains("10. Everything still verifies"));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let mut telling = Command::new(redress())
        .arg("--data")
        .arg(folder.path())
        .arg("demo")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(telling.stdout.take());
    let ended = telling.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(
        !errors.contains("panicked") && !errors.contains("output"),
        "{errors}"
    );
}
