//! Making and opening a store: what it begins with is made once, and what is missing or damaged is
//! named.

use std::fs;
use std::process::{Command, Stdio};

use redress_tests::{Ran, redress};

fn append(data: &std::path::Path) -> Command {
    let mut command = Command::new(redress());
    command.arg("--data").arg(data).args(["append", "-"]);
    command
}

fn append_nothing(data: &std::path::Path) -> Ran {
    Ran::of(append(data).stdin(Stdio::null()))
}

#[test]
fn of_processes_that_start_at_once_only_one_makes_the_key() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("deep").join("data");
        let started: Vec<_> = (0..4)
            .map(|_| {
                append(&data)
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let mut opened = 0;
        for mut process in started {
            match process.wait().unwrap().code() {
                Some(0) => opened += 1,
                code => assert_eq!(code, Some(6), "the others are told that it is in use"),
            }
        }
        assert!(opened > 0);
        append_nothing(&data).ended(0);
    }
}

#[test]
fn a_key_that_is_gone_is_not_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    append_nothing(&data).ended(0);
    let key = data.join("key-encryption-key");
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let ran = append_nothing(&data).ended(2);
    assert!(ran.errors.contains("--vault-key"), "{}", ran.errors);
    assert!(!key.exists());
    fs::write(&key, kept).unwrap();
    append_nothing(&data).ended(0);
}

#[test]
fn a_first_edition_that_is_cut_short_or_no_text_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    append_nothing(&data).ended(0);
    let edition = data.join("first-edition.toml");
    let whole = fs::read(&edition).unwrap();
    for damaged in [
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
        b"\xff",
    ] {
        fs::write(&edition, damaged).unwrap();
        append_nothing(&data).ended(5);
    }
    fs::write(&edition, whole).unwrap();
    append_nothing(&data).ended(0);
}

#[test]
fn another_vault_key_is_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    append_nothing(&data).ended(0);
    let other = folder.path().join("other.key");
    fs::write(&other, [9; 32]).unwrap();
    let ran = Ran::of(
        append(&data)
            .arg("--vault-key")
            .arg(&other)
            .stdin(Stdio::null()),
    );
    ran.ended(1);
    append_nothing(&data).ended(0);
}
