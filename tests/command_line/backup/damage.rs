//! Damage in a backup: reported with its place, never passed over.

use std::fs;
use std::path::{Path, PathBuf};

use redress_engine::verify_backup;
use redress_tests::chance::Chance;
use redress_tests::testing::evidence::{self, Size};

use super::Places;

/// Every file of a backup and of the copy of the keys beside it.
fn files(places: &Places, keys: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in [&places.backup(), &places.backup().join("journal"), keys] {
        for found in fs::read_dir(folder).unwrap() {
            let path = found.unwrap().path();
            if path.is_file() && !path.ends_with("lock") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn two_hundred_flipped_bits_are_each_reported_with_their_file() {
    const FLIPS: usize = 200;
    let places = Places::with_store();
    let keys = places.at("keys");
    places.back_up(&["--keys", keys.to_str().unwrap()]).ended(0);
    let files = files(&places, &keys);
    assert!(files.len() > 15);
    let mut chance = Chance::new(0x5eed_0001);
    for round in 0..FLIPS {
        // Every file in its turn, so that small ones are not missed.
        let path = &files[round % files.len()];
        let whole = fs::read(path).unwrap();
        let at = chance.below(whole.len() as u64) as usize;
        let bit = chance.below(8);
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << bit;
        fs::write(path, bytes).unwrap();
        let place = format!("{}, byte {at}, bit {bit}", path.display());
        match verify_backup(&places.backup(), Some(&keys), |_| {}) {
            Ok(_) => panic!("nobody noticed: {place}"),
            Err(error) => {
                let told = error.to_string();
                let name = path.file_name().unwrap().to_str().unwrap();
                assert!(told.contains(name), "{place}: {told}");
                assert!(error.is_integrity_failure(), "{place}: {told}");
            }
        }
        fs::write(path, whole).unwrap();
    }
    verify_backup(&places.backup(), Some(&keys), |_| {}).unwrap();
    let counted = [
        ("flipped bits", FLIPS as u64),
        ("files", files.len() as u64),
        ("passed over", 0),
    ];
    evidence::record("backup-flips", Size::Fixed, &counted);
}

#[test]
fn damage_ends_with_exit_code_5_and_nothing_is_restored() {
    let places = Places::with_store();
    places.back_up(&[]).ended(0);
    let files = files(&places, &places.backup());
    let segment = files
        .iter()
        .find(|path| path.extension().is_some_and(|suffix| suffix == "segment"))
        .unwrap();
    let whole = fs::read(segment).unwrap();
    let mut bytes = whole.clone();
    bytes[2_000] ^= 1;
    fs::write(segment, bytes).unwrap();
    let told = places.verify(&[]).ended(5).json();
    assert_eq!(told["whole"], false);
    assert_eq!(told["segment"], segment.to_str().unwrap());
    let (position, byte) = (&told["position"], &told["byte"]);
    assert!(
        position.as_u64() > Some(0) && byte.as_u64() <= Some(2_000),
        "{told}"
    );
    let refused = places.restore(&[]).ended(5);
    assert!(
        refused.errors.contains("another backup"),
        "{}",
        refused.errors
    );
    assert!(!places.restored().exists());

    // The store is whole: the next run mends its backup.
    let mended = places.back_up(&[]).ended(0).json();
    assert_eq!(mended["mended"].as_array().unwrap().len(), 1);
    assert_eq!(fs::read(segment).unwrap(), whole);
    places.verify(&[]).ended(0);

    let manifest = places.backup().join("manifest");
    fs::write(&manifest, "nothing\n").unwrap();
    places.verify(&[]).ended(5);
    places.back_up(&[]).ended(5);
    places.restore(&[]).ended(5);
}
