//! What is refused, each with its exit code, and that nothing is touched by it.

use std::fs;
use std::path::Path;

use redress_store::lock::StoreLock;
use redress_tests::run_on;

use super::{Places, back_up, restore, verify};

#[test]
fn keys_never_lie_with_the_log_whatever_they_are_named_by() {
    let places = Places::with_store();
    places.back_up(&[]).ended(0);
    fs::create_dir(places.at("beside")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(places.backup(), places.at("beside/link")).unwrap();
    let inside = [
        places.backup(),
        places.backup().join("keys"),
        places.data().join("keys"),
        places.at("nowhere/../backup/keys"),
        places.at("beside/../data/vault"),
        #[cfg(unix)]
        places.at("beside/link/keys"),
        places.folder.path().to_path_buf(),
    ];
    for keys in inside {
        let ran = places.back_up(&["--keys", keys.to_str().unwrap()]).ended(2);
        assert!(ran.errors.contains("inside each other"), "{}", ran.errors);
    }
    assert!(!places.backup().join("keys").exists());
    back_up(&places.data(), &places.data().join("backup"), &[]).ended(2);
    restore(&places.backup().join("new"), &places.backup(), &[]).ended(2);
    places.verify(&[]).ended(0);
}

#[test]
fn a_place_with_something_in_it_is_not_restored_into() {
    let places = Places::with_store();
    places.back_up(&[]).ended(0);
    let ran = restore(&places.data(), &places.backup(), &[]).ended(1);
    assert!(ran.errors.contains("not empty"), "{}", ran.errors);
    fs::create_dir(places.restored()).unwrap();
    fs::write(places.restored().join("notes.txt"), "mine").unwrap();
    places.restore(&[]).ended(1);
    assert_eq!(names_in(&places.restored()), ["notes.txt"]);
    fs::remove_file(places.restored().join("notes.txt")).unwrap();
    places.restore(&[]).ended(0);
    places.restore(&[]).ended(1);
}

#[test]
fn a_backup_of_another_log_is_not_written_over() {
    let places = Places::with_store();
    let before = places.back_up(&[]).ended(0).json();
    let other = places.at("other");
    run_on(&other, ["demo"]).ended(0);
    let ran = back_up(&other, &places.backup(), &[]).ended(1);
    assert!(ran.errors.contains("another log"), "{}", ran.errors);
    let document = fs::read_to_string(other.join("first-edition.toml")).unwrap();
    fs::write(other.join("first-edition.toml"), document + "\n# another\n").unwrap();
    let ran = back_up(&other, &places.backup(), &[]).ended(1);
    assert!(
        ran.errors.contains("first edition differs"),
        "{}",
        ran.errors
    );
    assert_eq!(
        places.verify(&[]).ended(0).json()["position"],
        before["position"]
    );

    fs::create_dir(places.at("files")).unwrap();
    fs::write(places.at("files/notes.txt"), "mine").unwrap();
    back_up(&places.data(), &places.at("files"), &[]).ended(1);
    assert_eq!(names_in(&places.at("files")), ["notes.txt"]);
}

#[test]
fn where_there_is_nothing_that_is_said() {
    let places = Places::new();
    places.verify(&[]).ended(1);
    places.restore(&[]).ended(1);
    places.back_up(&[]).ended(1);
    for name in ["data", "backup", "restored"] {
        assert!(!places.at(name).exists(), "{name} was made");
    }
    run_on(&places.data(), ["backup"]).ended(2);
}

#[test]
fn a_backup_waits_for_no_lock_of_the_store_and_two_do_not_mix() {
    let places = Places::with_store();
    let _store = StoreLock::acquire(&places.data()).unwrap();
    places.back_up(&[]).ended(0);
    let _backup = StoreLock::acquire(&places.backup()).unwrap();
    places.back_up(&[]).ended(6);
    places.verify(&[]).ended(0);
    let _restored = StoreLock::acquire(&places.restored()).unwrap();
    places.restore(&[]).ended(6);
}

#[test]
fn keys_are_not_restored_without_the_key_that_wraps_them() {
    let places = Places::with_store();
    let keys = places.at("keys");
    let keys = keys.to_str().unwrap();
    places.back_up(&["--keys", keys]).ended(0);
    let ran = places.restore(&["--keys", keys]).ended(2);
    assert!(ran.errors.contains("--vault-key"), "{}", ran.errors);
    assert!(!places.restored().exists());
}

#[test]
fn an_end_that_the_backup_does_not_have_is_refused() {
    let places = Places::with_store();
    let last = places.back_up(&[]).ended(0).json()["position"]
        .as_u64()
        .unwrap();
    let beyond = (last + 1).to_string();
    for (to, words) in [
        ("0", "positions 1 to"),
        (beyond.as_str(), "positions 1 to"),
        ("2001-01-01T00:00:00Z", "nothing was recorded"),
    ] {
        let ran = places.restore(&["--to", to]).ended(1);
        assert!(ran.errors.contains(words), "{to}: {}", ran.errors);
        assert!(!places.restored().exists());
    }
    places.restore(&["--to", "yesterday"]).ended(2);
}

#[test]
fn a_damaged_store_is_told_with_its_place_and_its_backup_stays() {
    let places = Places::with_store();
    places.back_up(&[]).ended(0);
    run_on(&places.data(), ["erase", "U1", "--reason", "asked for"]).ended(0);
    let mut segments = names_in(&places.data().join("journal"));
    segments.retain(|name| name.ends_with(".segment"));
    let last = places.data().join("journal").join(segments.last().unwrap());
    let mut bytes = fs::read(&last).unwrap();
    bytes[150] ^= 16;
    fs::write(&last, bytes).unwrap();
    let ran = places.back_up(&[]).ended(5);
    assert!(
        ran.errors.contains(segments.last().unwrap()),
        "{}",
        ran.errors
    );
    assert!(ran.errors.contains("at position"), "{}", ran.errors);
    verify(&places.backup(), &[]).ended(0);
}

fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|found| found.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
