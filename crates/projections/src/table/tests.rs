use std::ops::ControlFlow;
use std::sync::Arc;

use bincode::{Decode, Encode};

use super::{BATCH_ROWS, Backing, BackingError, EncodedRow, RowChange, Table};
use crate::fault::Fault;
use crate::fixture::Shelf;
use crate::projection::RowTable;

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Count {
    of: String,
    number: u64,
}

fn count(of: &str, number: u64) -> Count {
    Count {
        of: of.to_owned(),
        number,
    }
}

fn number(table: &Table<Count>, key: &[u8]) -> Option<u64> {
    table.get(key).unwrap().map(|row| row.number)
}

fn scanned(table: &Table<Count>, prefix: &[u8]) -> Vec<u64> {
    let rows = table.scan(prefix).unwrap();
    rows.into_iter().map(|row| row.number).collect()
}

#[test]
fn rows_are_found_again_and_changes_are_taken_once_in_key_order() {
    let mut table = Table::new("counts", None);
    table.put(b"b", count("b", 1));
    table.put(b"a", count("a", 1));
    table
        .change(b"b", |slot| {
            if let Some(row) = slot {
                row.number += 1;
            }
        })
        .unwrap();
    assert_eq!(number(&table, b"b"), Some(2));

    let changes = table.take_changes().unwrap();
    let keys: Vec<&[u8]> = changes.iter().map(|change| change.key.as_slice()).collect();
    assert_eq!(keys, [b"a".as_slice(), b"b".as_slice()]);
    assert!(table.take_changes().unwrap().is_empty());
    assert_eq!(scanned(&table, b""), [1, 2]);
}

#[test]
fn memory_hides_the_backing_and_scans_merge_both_in_key_order() {
    let shelf = Arc::new(Shelf::default());
    let mut before = Table::new("counts", None);
    for (key, of) in [(b"p1", 1), (b"p2", 2), (b"p4", 4)] {
        before.put(key, count("x", of));
    }
    before.put(b"q1", count("x", 9));
    shelf.apply(before.take_changes().unwrap());

    let mut table = Table::<Count>::new("counts", Some(shelf));
    table.put(b"p3", count("x", 3));
    table.put(b"p5", count("x", 5));
    table.put(b"p2", count("x", 20));
    table.remove(b"p1");
    assert_eq!(scanned(&table, b"p"), [20, 3, 4, 5]);
    assert_eq!(number(&table, b"p1"), None);
    assert_eq!(number(&table, b"p4"), Some(4));
    assert_eq!(table.rows_for_comparison().unwrap().len(), 5);
}

#[test]
fn a_removed_row_is_handed_on_as_removed_and_stays_away() {
    let shelf = Arc::new(Shelf::default());
    let mut table = Table::new("counts", Some(shelf.clone() as Arc<dyn Backing>));
    table.put(b"a", count("a", 1));
    shelf.apply(table.take_changes().unwrap());
    table.remove(b"a");
    let changes = table.take_changes().unwrap();
    assert_eq!(
        changes,
        [RowChange {
            table: "counts",
            key: b"a".to_vec(),
            value: None
        }]
    );
    // Not applied yet: what the backing still has must not come back.
    assert_eq!(number(&table, b"a"), None);
    shelf.apply(changes);
    table.release(2);
    assert_eq!(table.rows_in_memory(), 0);
    assert_eq!(number(&table, b"a"), None);
}

#[test]
fn only_rows_that_the_backing_has_are_released() {
    let shelf = Arc::new(Shelf::default());
    let mut table = Table::new("counts", Some(shelf.clone() as Arc<dyn Backing>));
    table.put(b"old", count("old", 1));
    shelf.apply(table.take_changes().unwrap());
    table.put(b"taken", count("taken", 2));
    let taken = table.take_changes().unwrap();
    table.put(b"dirty", count("dirty", 3));

    table.release(1);
    assert_eq!(table.rows_in_memory(), 2);
    assert_eq!(number(&table, b"old"), Some(1));
    assert_eq!(number(&table, b"taken"), Some(2));
    shelf.apply(taken);
    table.release(2);
    assert_eq!(table.rows_in_memory(), 1);
    assert_eq!(scanned(&table, b""), [3, 1, 2]);
}

#[test]
fn looking_for_a_row_makes_none() {
    let mut table = Table::<Count>::new("counts", None);
    table.change(b"a", |_| {}).unwrap();
    assert!(table.load(b"a").unwrap().is_none());
    table.remove(b"a");
    assert!(table.take_changes().unwrap().is_empty());
}

#[test]
fn a_loaded_row_stays_in_memory_and_is_no_change() {
    let shelf = Arc::new(Shelf::default());
    let mut before = Table::new("counts", None);
    before.put(b"a", count("a", 1));
    shelf.apply(before.take_changes().unwrap());
    let mut table = Table::<Count>::new("counts", Some(shelf));
    assert_eq!(table.load(b"a").unwrap(), Some(&count("a", 1)));
    assert_eq!(table.rows_in_memory(), 1);
    assert!(table.take_changes().unwrap().is_empty());
}

#[test]
fn a_row_that_is_not_readable_is_named() {
    let shelf = Arc::new(Shelf::default());
    shelf.put("counts", b"short", &[250]);
    let mut longer = bincode::encode_to_vec(count("a", 1), bincode::config::standard()).unwrap();
    longer.push(0);
    shelf.put("counts", b"longer", &longer);
    let table = Table::<Count>::new("counts", Some(shelf));
    for place in [b"short".as_slice(), b"longer".as_slice()] {
        let fault = table.get(place).unwrap_err();
        assert!(
            matches!(&fault, Fault::Undecodable { table: "counts", key, .. } if key == place),
            "{fault}"
        );
    }
    assert!(table.scan(b"").is_err());
}

/// The numbers of the rows behind a key, at most so many.
fn behind(table: &Table<Count>, prefix: &[u8], after: &[u8], limit: usize) -> Vec<u64> {
    let mut found = Vec::new();
    table
        .visit_after(prefix, after, |_, row| {
            found.push(row.number);
            Ok(match found.len() < limit {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        })
        .unwrap();
    found
}

#[test]
fn rows_are_read_on_from_behind_any_key_in_batches_of_both_places() {
    let shelf = Arc::new(Shelf::default());
    let mut before = Table::new("counts", None);
    // More than two batches of the backing, and another prefix on either side.
    let rows = 2 * BATCH_ROWS as u64 + 10;
    for number in 0..rows {
        let key = format!("p{number:05}");
        before.put(key.as_bytes(), count("x", number));
    }
    before.put(b"o", count("x", 77_777));
    before.put(b"q", count("x", 88_888));
    shelf.apply(before.take_changes().unwrap());
    let mut table = Table::<Count>::new("counts", Some(shelf));
    let key = |number: u64| format!("p{number:05}").into_bytes();
    let last_of_batch = BATCH_ROWS as u64 - 1;
    table.remove(&key(0));
    table.remove(&key(last_of_batch));
    table.put(&key(5), count("y", 5_000));
    table.put(b"p00005-between", count("y", 5_001));
    table.put(b"p99999", count("y", 99_999));
    let mut expected: Vec<u64> = (0..rows)
        .filter(|one| ![0, last_of_batch].contains(one))
        .collect();
    let fifth = expected.iter().position(|one| *one == 5).unwrap();
    expected.splice(fifth..=fifth, [5_000, 5_001]);
    expected.push(99_999);
    assert_eq!(behind(&table, b"p", b"", usize::MAX), expected);
    assert_eq!(behind(&table, b"p", b"p00003", 4), [4, 5_000, 5_001, 6]);
    assert_eq!(behind(&table, b"p", b"p99999", 4), Vec::<u64>::new());
    // Page by page the same comes out.
    for limit in [1, 7, BATCH_ROWS, 1_000] {
        let (mut paged, mut after) = (Vec::new(), Vec::new());
        loop {
            let mut page = Vec::new();
            table
                .visit_after(b"p", &after.clone(), |key, row| {
                    if page.len() == limit {
                        return Ok(ControlFlow::Break(()));
                    }
                    after = key.to_vec();
                    page.push(row.number);
                    Ok(ControlFlow::Continue(()))
                })
                .unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, expected, "{limit}");
    }
}

struct Broken;

impl Backing for Broken {
    fn row(&self, _: &str, _: &[u8]) -> Result<Option<Vec<u8>>, BackingError> {
        Err(BackingError("out of reach".into()))
    }

    fn rows(&self, _: &str, _: &[u8]) -> Result<Vec<EncodedRow>, BackingError> {
        Err(BackingError("out of reach".into()))
    }

    fn rows_after(
        &self,
        _: &str,
        _: &[u8],
        _: &[u8],
        _: usize,
    ) -> Result<Vec<EncodedRow>, BackingError> {
        Err(BackingError("out of reach".into()))
    }
}

#[test]
fn a_backing_that_fails_is_a_fault_with_its_place() {
    let mut table = Table::<Count>::new("counts", Some(Arc::new(Broken)));
    let fault = table.change(b"a", |_| {}).unwrap_err();
    assert!(matches!(&fault, Fault::Backing { table: "counts", key, .. } if key == b"a"));
    assert_eq!(
        fault.to_string(),
        "table counts, key a: the rows behind it could not be read"
    );
    assert!(table.scan(b"").is_err());
    // What is in memory needs no backing.
    table.put(b"b", count("b", 1));
    assert_eq!(number(&table, b"b"), Some(1));
}
