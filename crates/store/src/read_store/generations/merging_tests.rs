//! Rows that become files, and files that are merged, while they are read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::{Batch, ReadStore, ReadStoreOptions, RowChange, RowSource};

const TABLE: &str = "cases.rows";

fn open(directory: &Path) -> ReadStore {
    ReadStore::open(directory, &ReadStoreOptions::default()).unwrap()
}

fn key(number: u32) -> Vec<u8> {
    format!("{number:06}").into_bytes()
}

/// Rows of these numbers, as a batch of some round has them; every seventh is removed by it.
fn batch(numbers: impl Iterator<Item = u32>, round: u32) -> Batch {
    let rows = numbers.map(|number| RowChange {
        table: TABLE.into(),
        key: key(number),
        value: (!(number + round).is_multiple_of(7)).then(|| format!("{round}").into_bytes()),
    });
    Batch {
        rows: rows.collect(),
        ..Batch::default()
    }
}

fn merge_all(store: &ReadStore) -> usize {
    let mut merged = 0;
    while store.merge(|| false).unwrap() {
        merged += 1;
    }
    merged
}

fn files(directory: &Path) -> usize {
    let folders = std::fs::read_dir(directory.join("read/rows")).unwrap();
    let count = |folder: std::fs::DirEntry| std::fs::read_dir(folder.path()).unwrap().count();
    folders.map(|folder| count(folder.unwrap())).sum()
}

#[test]
fn rows_are_the_same_wherever_they_lie() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(directory.path());
    store.declare("cases", 1).unwrap();
    let mut expected = BTreeMap::new();
    // Small batches stay in sled until they are too many, large ones become files at once.
    let sizes = [
        3, 700, 40, 500, 90, 1_500, 511, 2, 600, 800, 900, 1_000, 5, 2_000, 700, 30,
    ];
    let mut merged = 0;
    for (round, size) in (0_u32..).zip(sizes) {
        let numbers = || (0..size).map(|number| (number * 7 + round * 131) % 2_500);
        let changes = batch(numbers(), round);
        for row in &changes.rows {
            expected.insert(row.key.clone(), row.value.clone());
        }
        store.apply(changes).unwrap();
        if round % 4 == 3 {
            merged += merge_all(&store);
        }
        if round % 5 == 4 {
            drop(store);
            store = open(directory.path());
        }
        let rows = store.rows(TABLE, b"").unwrap();
        let present = expected.clone().into_iter();
        let present: Vec<_> = present
            .filter_map(|(key, value)| Some((key, value?)))
            .collect();
        assert!(
            rows == present,
            "round {round}: {} of {}",
            rows.len(),
            present.len()
        );
        for number in (0..2_500).step_by(17) {
            let expected = expected.get(&key(number)).cloned().flatten();
            assert_eq!(store.row(TABLE, &key(number)).unwrap(), expected);
        }
    }
    assert!(merged > 0);
    assert!(files(directory.path()) < 6);
    let in_sled = store.tree.scan_prefix(super::keys::ROWS).count();
    assert!(in_sled < 600, "{in_sled} rows in sled");
}

#[test]
fn files_that_no_record_names_are_removed_when_the_store_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.declare("cases", 1).unwrap();
    store.apply(batch(0..2_000, 0)).unwrap();
    let known = store.projections().0.get("cases").unwrap().clone();
    let folder = super::generation_folder(&store.folder, "cases", known.live.number);
    drop((store, known));
    let left = folder.join("0007.rows");
    std::fs::write(&left, b"left by somebody who was interrupted").unwrap();
    let store = open(directory.path());
    assert_eq!(store.lost("cases"), None);
    assert!(!left.exists());
    assert_eq!(store.rows(TABLE, b"").unwrap().len(), 2_000 - 286);
}

#[test]
fn an_unwanted_merge_leaves_everything_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.declare("cases", 1).unwrap();
    for round in 0..6 {
        store.apply(batch(0..1_000, round)).unwrap();
    }
    let before = (files(directory.path()), store.rows(TABLE, b"").unwrap());
    assert!(!store.merge(|| true).unwrap());
    let after = (files(directory.path()), store.rows(TABLE, b"").unwrap());
    assert_eq!(before, after);
    assert!(store.merge(|| false).unwrap());
    assert_eq!(store.rows(TABLE, b"").unwrap(), before.1);
}

#[test]
fn who_reads_while_rows_move_misses_none() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.declare("cases", 1).unwrap();
    let rows = |round: u32| Batch {
        rows: (0..400)
            .map(|number| RowChange {
                table: TABLE.into(),
                key: key(number),
                value: Some(round.to_be_bytes().to_vec()),
            })
            .collect(),
        ..Batch::default()
    };
    store.apply(rows(0)).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                assert_eq!(store.scan_rows(TABLE, b"").count(), 400);
                assert!(store.row(TABLE, &key(looks % 400)).unwrap().is_some());
                looks += 1;
            }
            looks
        });
        let merger = scope.spawn(|| {
            let mut merged = 0;
            while !done.load(Ordering::Relaxed) {
                merged += merge_all(&store);
            }
            merged
        });
        for round in 1..200 {
            store.apply(rows(round)).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
        assert!(merger.join().unwrap() > 0);
    });
    assert_eq!(
        store.row(TABLE, &key(7)).unwrap(),
        Some(199_u32.to_be_bytes().to_vec())
    );
}
