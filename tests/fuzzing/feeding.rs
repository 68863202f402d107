//! Feeds each target its corpus and mutations of it, and watches time and memory.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use redress_tests::workspace;

use crate::mutation::Mutator;
use crate::targets;

/// One input must not take longer, whatever it says.
const SLOWEST: Duration = Duration::from_secs(5);
/// All targets together must not need more at any moment.
const MEMORY_MOST_KIB: u64 = 1024 * 1024;
/// Inputs are not made longer than this, in bytes.
const LONGEST: usize = 64 * 1024;

fn number_of(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The files of a target, in the order of their names.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = workspace().join("tests/corpora").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 5, "{} has too few files", folder.display());
    files
        .into_iter()
        .map(|file| (file.clone(), fs::read(file).unwrap()))
        .collect()
}

/// Puts what broke where it can be taken into the corpus from.
fn kept(target: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("redress-fuzz-{target}-{}", bytes.len()));
    fs::write(&path, bytes).unwrap();
    path
}

fn feed(target: &str, body: fn(&[u8]), bytes: &[u8]) {
    let began = Instant::now();
    if catch_unwind(AssertUnwindSafe(|| body(bytes))).is_err() {
        panic!("{target} breaks on {}", kept(target, bytes).display());
    }
    let took = began.elapsed();
    assert!(
        took < SLOWEST,
        "{target} takes {took:?} for {}",
        kept(target, bytes).display()
    );
}

/// The most memory that this process ever held, where the system tells.
fn memory_peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn run(target: &str, body: fn(&[u8])) {
    let files = corpus(target);
    for (_, bytes) in &files {
        feed(target, body, bytes);
    }
    let inputs: Vec<Vec<u8>> = files.into_iter().map(|(_, bytes)| bytes).collect();
    let duration = Duration::from_millis(number_of("REDRESS_FUZZ_MS").unwrap_or(2_000));
    let seed = number_of("REDRESS_FUZZ_SEED").unwrap_or(1);
    let began = Instant::now();
    let mut fed = 0_u64;
    while began.elapsed() < duration {
        let mut bytes = Mutator::new(seed.wrapping_mul(1_000_003) + fed).mutate(&inputs);
        bytes.truncate(LONGEST);
        feed(target, body, &bytes);
        fed += 1;
    }
    println!("{target}: {} files, {fed} mutations", inputs.len());
    assert!(fed > 20, "{target} is too slow to be fuzzed: {fed}");
    if let Some(peak_kib) = memory_peak_kib() {
        assert!(peak_kib < MEMORY_MOST_KIB, "{target} took {peak_kib} KiB");
    }
}

#[test]
fn frames_hold() {
    run("frame", targets::frame);
}

#[test]
fn stored_entries_hold() {
    run("wire", targets::wire);
}

#[test]
fn commands_hold() {
    run("command", targets::command);
}

#[test]
fn feeds_hold() {
    run("feed", targets::feed);
}

#[test]
fn editions_hold() {
    run("edition", targets::edition);
}

#[test]
fn scenarios_hold() {
    run("scenario", targets::scenario);
}

#[test]
fn complaints_documents_hold() {
    run("complaints", targets::complaints);
}
