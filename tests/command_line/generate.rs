//! `redress generate`: a synthetic feed runs through, and what it makes holds.

use std::io::Read;
use std::process::{Command, Stdio};

use redress_tests::{redress, run_on};
use serde_json::Value;

fn generate(seed: &str) -> Command {
    let mut command = Command::new(redress());
    command
        .args(["generate", "--complaints", "400", "--merchants", "12"])
        .args(["--seed", seed, "--days", "60"]);
    command
}

#[test]
fn a_synthetic_feed_runs_through_with_few_refusals_and_the_read_models_hold() {
    let folder = tempfile::tempdir().unwrap();
    let mut generating = generate("5").stdout(Stdio::piped()).spawn().unwrap();
    let feed = generating.stdout.take().unwrap();
    let output = Command::new(redress())
        .arg("--data")
        .arg(folder.path())
        .args(["append", "-", "--format", "json"])
        .stdin(feed)
        .output()
        .unwrap();
    assert!(generating.wait().unwrap().success());
    assert!(output.status.success());
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |key: &str| summary[key].as_u64().unwrap();
    assert!(number("accepted") > 2_500, "{summary}");
    assert!(number("refused") * 100 < number("lines"), "{summary}");
    assert!(number("refused") > 0, "{summary}");
    assert_eq!(number("malformed"), 0, "{summary}");
    run_on(folder.path(), ["log", "verify"]).ended(0);
    run_on(folder.path(), ["projection", "verify"]).ended(0);
}

#[test]
fn a_seed_gives_one_feed() {
    let bytes = |seed: &str| generate(seed).output().unwrap().stdout;
    assert_eq!(bytes("1"), bytes("1"));
    assert_ne!(bytes("1"), bytes("2"));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut generating = generate("1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut beginning = [0; 100];
    let mut output = generating.stdout.take().unwrap();
    output.read_exact(&mut beginning).unwrap();
    drop(output);
    let ended = generating.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}
