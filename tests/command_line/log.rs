//! `redress log`: whole logs, sizes, damage told with its place, and the cut.

use std::fs;
use std::path::{Path, PathBuf};

use redress_tests::run_on;

/// A store with the story of the demo in it.
fn store() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run_on(folder.path(), ["demo"]).ended(0);
    folder
}

/// The one segment of a small log.
fn segment(data: &Path) -> PathBuf {
    let mut files: Vec<PathBuf> = fs::read_dir(data.join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|kind| kind != "bytes" && kind != "txt")
        })
        .collect();
    files.sort();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

/// Changes one byte in the middle of a file.
fn flip_in_the_middle(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_whole_log_is_told_with_its_sizes() {
    let store = store();
    let verified = run_on(store.path(), ["log", "verify", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(verified["whole"], true);
    let events = verified["events"].as_u64().unwrap();
    assert!(events > 100);
    assert!(verified["streams"].as_u64().unwrap() > 10);
    let told = run_on(store.path(), ["log", "verify"]).ended(0);
    assert!(
        told.output.contains(&format!("{events} events")),
        "{}",
        told.output
    );

    let stats = run_on(store.path(), ["log", "stats", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(stats["events"], events);
    assert_eq!(stats["bytes"], verified["bytes"]);
    let types = stats["types"].as_object().unwrap();
    let sum = |key: &str| -> u64 { types.values().map(|one| one[key].as_u64().unwrap()).sum() };
    assert_eq!(sum("events"), events);
    assert_eq!(sum("bytes"), stats["entry_bytes"].as_u64().unwrap());
    assert_eq!(types["PersonalDataErased"]["events"], 1);
    assert!(stats["read_store"]["rows"].as_u64().unwrap() > 0);
    let told = run_on(store.path(), ["log", "stats"]).ended(0);
    assert!(
        told.output.contains("LiabilityDetermined"),
        "{}",
        told.output
    );
}

#[test]
fn verifying_needs_no_read_store_and_changes_nothing() {
    let store = store();
    fs::remove_dir_all(store.path().join("read")).unwrap();
    let before = fs::read(segment(store.path())).unwrap();
    run_on(store.path(), ["log", "verify"]).ended(0);
    assert!(!store.path().join("read").exists());
    assert_eq!(fs::read(segment(store.path())).unwrap(), before);
}

#[test]
fn damage_is_told_with_its_place_and_can_be_cut_away() {
    let store = store();
    let path = segment(store.path());
    let whole = fs::read(&path).unwrap();
    flip_in_the_middle(&path);

    // Then the place is named, for people and for programs.
    let told = run_on(store.path(), ["log", "verify"]).ended(5);
    let damage = run_on(store.path(), ["log", "verify", "--format", "json"])
        .ended(5)
        .json();
    assert_eq!(damage["whole"], false);
    let position = damage["position"].as_u64().unwrap().to_string();
    for part in [
        path.display().to_string(),
        format!("position {position}"),
        format!("redress log cut --at {position}"),
    ] {
        assert!(told.errors.contains(&part), "{part} in {}", told.errors);
    }

    // Then nothing else opens the store, so that nothing is written behind the damage.
    run_on(store.path(), ["projection", "list"]).ended(5);

    // Then a cut asks for a clear word and the right place.
    let cut =
        |position: &str, word: &str| run_on(store.path(), ["log", "cut", "--at", position, word]);
    run_on(store.path(), ["log", "cut", "--at", &position]).ended(2);
    assert_ne!(cut("1", "--yes").code, 0);
    cut(&position, "--yes").ended(0);

    // Then the log ends before it, everything is built anew, and what was cut is still there.
    let verified = run_on(store.path(), ["log", "verify", "--format", "json"])
        .ended(0)
        .json();
    let events = verified["events"].as_u64().unwrap();
    assert_eq!((events + 1).to_string(), position);
    run_on(store.path(), ["projection", "verify"]).ended(0);
    let kept = fs::read(
        store
            .path()
            .join("journal")
            .join(format!("cut-{position}.bytes")),
    )
    .unwrap();
    let left = verified["bytes"].as_u64().unwrap();
    assert_eq!(kept.len() as u64 + left, whole.len() as u64);
}

#[test]
fn where_there_is_no_store_none_is_made() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        ["log", "verify"],
        ["log", "stats"],
        ["projection", "verify"],
    ] {
        let refused = run_on(folder.path(), command).ended(1);
        assert!(refused.errors.contains("no store"), "{}", refused.errors);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_store_in_use_is_told_with_its_user() {
    let store = store();
    let _held = redress_store::lock::StoreLock::acquire(store.path()).unwrap();
    let refused = run_on(store.path(), ["log", "verify"]).ended(6);
    let process = format!("process {}", std::process::id());
    assert!(refused.errors.contains(&process), "{}", refused.errors);
}
