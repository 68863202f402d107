//! `redress backup` and `redress restore`: round trips, what they refuse, and what is left when they
//! are interrupted.

mod damage;
mod interrupted;
mod keys;
mod live;
mod point_in_time;
mod refusals;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use redress_store::journal::{Commit, FileJournal, Journal, JournalOptions, JournalReader};
use redress_tests::files::copy_folder;
use redress_tests::{Ran, redress, run_on};
use serde_json::Value;
use tempfile::TempDir;

/// The places of one test.
struct Places {
    folder: TempDir,
}

impl Places {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    /// Places with the store of [`grown_store`] in `data`.
    fn with_store() -> Self {
        let places = Self::new();
        copy_folder(grown_store(), &places.data());
        places
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.at("data")
    }

    fn backup(&self) -> PathBuf {
        self.at("backup")
    }

    fn restored(&self) -> PathBuf {
        self.at("restored")
    }

    /// Runs `backup` of the store in `data`.
    fn back_up(&self, more: &[&str]) -> Ran {
        back_up(&self.data(), &self.backup(), more)
    }

    /// Runs `restore` into `restored`.
    fn restore(&self, more: &[&str]) -> Ran {
        restore(&self.restored(), &self.backup(), more)
    }

    /// Runs `backup verify`.
    fn verify(&self, more: &[&str]) -> Ran {
        verify(&self.backup(), more)
    }
}

fn with<'a>(first: &[&'a str], directory: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = first.to_vec();
    arguments.push(directory.to_str().unwrap());
    arguments.extend(["--format", "json"]);
    arguments.extend(more);
    arguments
}

fn back_up(data: &Path, backup: &Path, more: &[&str]) -> Ran {
    run_on(data, with(&["backup"], backup, more))
}

fn verify(backup: &Path, more: &[&str]) -> Ran {
    Ran::of(Command::new(redress()).args(with(&["backup", "verify"], backup, more)))
}

fn restore(target: &Path, backup: &Path, more: &[&str]) -> Ran {
    run_on(target, with(&["restore"], backup, more))
}

/// The events of a store, a line each.
fn history(data: &Path) -> Vec<String> {
    let ran = run_on(data, ["history", "--all", "--format", "json"]).ended(0);
    ran.output.lines().map(str::to_owned).collect()
}

/// Name, rows and digest of every projection.
fn digests(data: &Path) -> Vec<(Value, Value, Value)> {
    let listed = run_on(data, ["projection", "list", "--format", "json"]).ended(0);
    of_projections(&listed.json())
}

fn of_projections(document: &Value) -> Vec<(Value, Value, Value)> {
    let projections = document["projections"].as_array().unwrap();
    projections
        .iter()
        .map(|one| {
            (
                one["name"].clone(),
                one["rows"].clone(),
                one["digest"].clone(),
            )
        })
        .collect()
}

fn position(ran: &Ran) -> u64 {
    ran.json()["position"].as_u64().unwrap()
}

/// A store of some thousand events in many small segments; nobody changes it.
fn grown_store() -> &'static Path {
    static STORE: OnceLock<TempDir> = OnceLock::new();
    STORE
        .get_or_init(|| {
            // What is static is never dropped, so it lies where builds are.
            let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
            let feed = folder.path().join("feed.ndjson");
            fs::write(&feed, generated(70, 5)).unwrap();
            let whole = folder.path().join("whole");
            run_on(&whole, ["append", feed.to_str().unwrap()]).ended(0);
            in_small_segments(&whole, &folder.path().join("data"));
            folder
        })
        .path()
        .join("data")
        .leak()
}

/// A synthetic feed.
fn generated(complaints: u32, seed: u32) -> String {
    let (complaints, seed) = (complaints.to_string(), seed.to_string());
    let mut command = Command::new(redress());
    command.args(["generate", "--complaints", &complaints, "--seed", &seed]);
    Ran::of(command.args(["--merchants", "5"])).ended(0).output
}

/// The same store with a journal of small segments.
fn in_small_segments(from: &Path, to: &Path) {
    let genesis = fs::read(from.join("first-edition.toml")).unwrap();
    fs::create_dir(to).unwrap();
    for name in ["first-edition.toml", "key-encryption-key"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    copy_folder(&from.join("vault"), &to.join("vault"));
    let options = JournalOptions {
        segment_bytes: 24 * 1024,
    };
    let (mut journal, _) = FileJournal::open_with(to, &genesis, options).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let commits: Vec<Commit> = JournalReader::open(from, &genesis, 1)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for group in commits.chunks(5) {
        runtime.block_on(journal.append(group)).unwrap();
    }
}

#[test]
fn a_stopped_store_comes_back_as_it_was() {
    let places = Places::with_store();
    let copied = places.back_up(&[]).ended(0).json();
    let segments = copied["segments"].as_u64().unwrap();
    assert!(segments > 10, "{copied}");
    assert_eq!(copied["segments_copied"], segments);
    assert!(copied["keys"].is_null());
    for absent in ["vault", "read", "key-encryption-key"] {
        assert!(!places.backup().join(absent).exists(), "{absent}");
    }
    let verified = places.verify(&[]).ended(0).json();
    assert_eq!(verified["position"], copied["position"]);
    assert_eq!(verified["left_over_bytes"], 0);

    let restored = places.restore(&[]).ended(0).json();
    assert_eq!(restored["position"], copied["position"]);
    assert_eq!(restored["log_digest"], copied["log_digest"]);
    assert_eq!(restored["proved"], true);
    assert_eq!(restored["events_added_by_opening"], 0);
    assert_eq!(restored["events_checked"], copied["position"]);
    assert_eq!(history(&places.restored()), history(&places.data()));
    assert_eq!(digests(&places.restored()), digests(&places.data()));
    assert_eq!(of_projections(&restored), digests(&places.data()));
    run_on(&places.restored(), ["log", "verify"]).ended(0);
}

#[test]
fn a_second_run_copies_what_is_new_and_nothing_else() {
    let places = Places::with_store();
    let first = places.back_up(&[]).ended(0).json();
    let again = places.back_up(&[]).ended(0).json();
    assert_eq!(again["bytes_copied"], 0);
    assert_eq!(again["bytes_kept"], first["bytes_copied"]);
    run_on(
        &places.data(),
        ["erase", "U1", "--reason", "asked for by letter"],
    )
    .ended(0);
    let grown = places.back_up(&[]).ended(0).json();
    assert_eq!(
        grown["position"].as_u64().unwrap(),
        first["position"].as_u64().unwrap() + 1
    );
    assert_eq!(grown["segments_copied"], 1);
    assert!(grown["bytes_copied"].as_u64() < Some(48 * 1024));
    places.verify(&[]).ended(0);
}

#[test]
fn people_are_told_what_was_done() {
    let places = Places::with_store();
    let (data, backup) = (places.data(), places.backup());
    let told = run_on(&data, ["backup", backup.to_str().unwrap()]).ended(0);
    assert!(told.output.contains("positions 1 to"), "{}", told.output);
    let mut verifying = Command::new(redress());
    let told = Ran::of(verifying.args(["backup", "verify"]).arg(&backup)).ended(0);
    assert!(told.output.contains("is whole"), "{}", told.output);
    let told = run_on(&places.restored(), ["restore", backup.to_str().unwrap()]).ended(0);
    assert!(
        told.output
            .contains("every read model equals one folded anew"),
        "{}",
        told.output
    );
    let manifest = fs::read_to_string(backup.join("manifest")).unwrap();
    assert!(manifest.contains("  first-edition.toml\n"), "{manifest}");
}
