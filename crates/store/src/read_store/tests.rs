use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{
    Batch, ReadStore, ReadStoreError, ReadStoreOptions, RowChange, RowSource, StoredEntry,
};

fn open(directory: &Path) -> ReadStore {
    ReadStore::open(directory, &ReadStoreOptions::default()).unwrap()
}

fn entry_bytes(position: u64) -> Vec<u8> {
    let length = 40 + usize::try_from(position * 7 % 300).unwrap();
    position
        .to_le_bytes()
        .iter()
        .copied()
        .cycle()
        .take(length)
        .collect()
}

fn command_id(number: u64) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

/// Entries of many streams; every command has two entries, the odd and the even position.
fn entry(position: u64, streams: u64) -> StoredEntry {
    StoredEntry {
        position,
        stream: format!("complaint-{}", position % streams).into(),
        command_id: command_id(position.div_ceil(2)),
        bytes: entry_bytes(position).into(),
    }
}

fn batch(from: u64, to: u64, streams: u64) -> Batch {
    Batch {
        entries: (from..=to)
            .map(|position| entry(position, streams))
            .collect(),
        applied: to,
        ..Batch::default()
    }
}

fn row(table: &'static str, key: &str, value: Option<&str>) -> RowChange {
    RowChange {
        table: table.into(),
        key: key.as_bytes().to_vec(),
        value: value.map(|value| value.as_bytes().to_vec()),
    }
}

/// Every answer of the store against what was put in.
fn check_all(store: &ReadStore, last: u64, streams: u64) {
    assert_eq!(store.applied(), last);
    let all: Vec<_> = store.entries(1, u64::MAX).map(Result::unwrap).collect();
    let expected: Vec<_> = (1..=last).map(|at| (at, entry_bytes(at))).collect();
    assert!(
        all == expected,
        "the entries differ, {} of {last}",
        all.len()
    );
    let mut by_stream: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for position in 1..=last {
        by_stream
            .entry(position % streams)
            .or_default()
            .push(position);
    }
    for (stream, positions) in by_stream.iter().take(300) {
        let name = format!("complaint-{stream}");
        assert_eq!(store.stream_positions(&name).unwrap(), *positions, "{name}");
    }
    for position in (1..=last).step_by(97) {
        assert_eq!(store.entry(position).unwrap(), Some(entry_bytes(position)));
        let command = position.div_ceil(2);
        let found = store.command_position(&command_id(command)).unwrap();
        assert_eq!(found, Some(command * 2 - 1), "command {command}");
    }
    assert_eq!(store.entry(last + 1).unwrap(), None);
    let unknown = command_id(last + 1_000);
    assert_eq!(store.command_position(&unknown).unwrap(), None);
    assert!(store.stream_positions("complaint-none").unwrap().is_empty());
    assert_eq!(store.stats().unwrap().blob_files, 0);
}

#[test]
fn every_size_of_batch_gives_the_same_answers_and_survives_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let mut last = 0;
    for size in [
        1, 1, 1, 2, 5, 1, 31, 32, 33, 127, 128, 129, 1, 3, 1000, 4096, 1, 1, 64, 63, 2,
    ] {
        let store = open(directory.path());
        store.apply(batch(last + 1, last + size, 37)).unwrap();
        last += size;
        check_all(&store, last, 37);
    }
    check_all(&open(directory.path()), last, 37);
}

#[test]
fn single_entries_leave_few_blocks() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for position in 1..=1000 {
        store.apply(batch(position, position, 10)).unwrap();
    }
    check_all(&store, 1000, 10);
    let values = store.tree.len();
    assert!(values < 60, "{values} values for 1000 entries");
}

#[test]
fn sealed_indexes_answer_like_recent_ones() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let (mut last, size) = (0, 9_000);
    while last < 150_000 {
        store.apply(batch(last + 1, last + size, 40_000)).unwrap();
        last += size;
    }
    let stats = store.stats().unwrap();
    assert!(stats.filter_bytes > 0 && stats.recent_records < 2 * 65_536);
    check_all(&store, last, 40_000);
    drop(store);
    check_all(&open(directory.path()), last, 40_000);
}

#[test]
fn one_stream_can_be_longer_than_any_value() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for from in (1..=80_000).step_by(10_000) {
        store.apply(batch(from, from + 9_999, 1)).unwrap();
    }
    check_all(&store, 80_000, 1);
    let entries = store.stream_entries("complaint-0").unwrap();
    assert_eq!(entries.len(), 80_000);
    assert!(entries.iter().all(|(at, bytes)| *bytes == entry_bytes(*at)));
}

#[test]
fn ranges_of_entries_include_both_ends() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.apply(batch(1, 400, 3)).unwrap();
    for (from, to) in [
        (0, 1),
        (1, 1),
        (127, 130),
        (200, 100),
        (399, 500),
        (401, 500),
    ] {
        let found: Vec<u64> = store
            .entries(from, to)
            .map(|found| found.unwrap().0)
            .collect();
        let expected: Vec<u64> = (from.max(1)..=to.min(400)).collect();
        assert_eq!(found, expected, "{from} to {to}");
    }
}

#[test]
fn rows_are_kept_in_order_and_per_table() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let rows = vec![
        row("queue", "b", Some("2")),
        row("queue", "a", Some("1")),
        row("queue", "ab", Some("3")),
        row("queues", "a", Some("other table")),
        row("queue", "gone", Some("4")),
        row("queue", "gone", None),
    ];
    let changes = Batch {
        rows,
        ..Batch::default()
    };
    store.apply(changes).unwrap();
    let texts = |prefix: &str| -> Vec<(String, String)> {
        let rows = store.rows("queue", prefix.as_bytes()).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        rows.into_iter()
            .map(|(key, value)| (text(key), text(value)))
            .collect()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(texts(""), [pair("a", "1"), pair("ab", "3"), pair("b", "2")]);
    assert_eq!(texts("a"), [pair("a", "1"), pair("ab", "3")]);
    assert_eq!(store.row("queue", b"gone").unwrap(), None);
    assert!(store.row("queues", b"a").unwrap().is_some());
}

#[test]
fn a_refused_batch_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.apply(batch(1, 10, 3)).unwrap();
    let gap = batch(12, 20, 3);
    let expected_gap = store.apply(gap).unwrap_err();
    assert!(matches!(
        expected_gap,
        ReadStoreError::OutOfOrder {
            expected: 11,
            found: 12
        }
    ));
    let mut too_far = batch(11, 20, 3);
    too_far.applied = 21;
    assert!(matches!(
        store.apply(too_far).unwrap_err(),
        ReadStoreError::OutOfOrder {
            expected: 21,
            found: 22
        }
    ));
    let mut large_row = batch(11, 20, 3);
    large_row.rows = vec![
        row("queue", "first", Some("1")),
        row("queue", "large", None),
    ];
    large_row.rows[1].value = Some(vec![1; 96 * 1024]);
    assert!(matches!(
        store.apply(large_row).unwrap_err(),
        ReadStoreError::RowTooLarge { .. }
    ));
    assert_eq!(store.row("queue", b"first").unwrap(), None);
    check_all(&store, 10, 3);
}

#[test]
fn the_largest_values_stay_in_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let mut noise = 1_u64;
    let mut random = |length: usize| -> Vec<u8> {
        let mut next = || {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (noise >> 33) as u8
        };
        (0..length).map(|_| next()).collect()
    };
    for round in 0..20_u64 {
        let entries = (1..=40)
            .map(|at| StoredEntry {
                bytes: random(24 * 1024).into(),
                ..entry(round * 40 + at, 5)
            })
            .collect();
        let rows = (0..40_u64)
            .map(|number| RowChange {
                table: "large".into(),
                key: number.to_be_bytes().to_vec(),
                value: Some(random(96 * 1024 - 8)),
            })
            .collect();
        let changes = Batch {
            entries,
            rows,
            applied: (round + 1) * 40,
            ..Batch::default()
        };
        store.apply(changes).unwrap();
    }
    store.flush().unwrap();
    assert_eq!(store.stats().unwrap().blob_files, 0);
    assert_eq!(store.entries(1, 900).count(), 800);
}

#[test]
fn a_wiped_store_opens_empty() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.apply(batch(1, 500, 3)).unwrap();
    drop(store);
    ReadStore::wipe(directory.path()).unwrap();
    ReadStore::wipe(directory.path()).unwrap();
    let store = open(directory.path());
    assert_eq!(store.applied(), 0);
    store.apply(batch(1, 500, 3)).unwrap();
    check_all(&store, 500, 3);
}

#[test]
fn an_unfinished_snapshot_does_not_block_opening() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    fs::write(
        directory.path().join("read/snap.0000.generating"),
        b"partly",
    )
    .unwrap();
    open(directory.path());
}

#[test]
fn another_format_asks_for_a_rebuild() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store
        .tree
        .insert(super::keys::FORMAT, &7_u64.to_be_bytes())
        .unwrap();
    drop(store);
    let refused = ReadStore::open(directory.path(), &ReadStoreOptions::default()).unwrap_err();
    assert!(refused.needs_rebuild(), "{refused}");
}

#[test]
fn damage_met_while_reading_is_reported_and_asks_for_a_rebuild_at_the_next_opening() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.apply(batch(1, 400, 7)).unwrap();
    // Opening looks at the last blocks only.
    store
        .tree
        .insert(super::keys::block(1), b"no block")
        .unwrap();
    let found = store.entry(1).unwrap_err();
    assert!(found.needs_rebuild(), "{found}");
    assert!(store.stream_entries("complaint-1").is_err());
    drop(store);
    let refused = ReadStore::open(directory.path(), &ReadStoreOptions::default()).unwrap_err();
    assert!(refused.needs_rebuild(), "{refused}");
    assert!(
        refused.to_string().contains("a block of entries"),
        "{refused}"
    );
    ReadStore::wipe(directory.path()).unwrap();
    let store = open(directory.path());
    store.apply(batch(1, 400, 7)).unwrap();
    check_all(&store, 400, 7);
}

#[test]
fn reading_goes_on_while_batches_are_applied() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            loop {
                let applied = store.applied();
                let entries = store.entries(1, applied).map(|found| found.unwrap().0);
                assert!(entries.eq(1..=applied));
                let positions = store.stream_positions("complaint-1").unwrap();
                assert!(
                    positions
                        .iter()
                        .copied()
                        .eq((0..).map(|at| at * 7 + 1).take(positions.len()))
                );
                assert!(positions.len() as u64 >= applied.div_ceil(7));
                if applied == 4_000 {
                    break;
                }
            }
        });
        for first in (1..=4_000).step_by(5) {
            store.apply(batch(first, first + 4, 7)).unwrap();
        }
        reading.join().unwrap();
    });
}

#[test]
fn files_that_sled_cannot_read_ask_for_a_rebuild_that_works() {
    for (name, content) in [
        ("conf", "garbage"),
        ("conf", ""),
        ("db", "short"),
        ("db", ""),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path());
        store.apply(batch(1, 3_000, 20)).unwrap();
        drop(store);
        let path = directory.path().join("read").join(name);
        fs::write(&path, content).unwrap();
        match ReadStore::open(directory.path(), &ReadStoreOptions::default()) {
            Ok(store) => check_all(&store, store.applied(), 20),
            Err(error) => assert!(error.needs_rebuild(), "{name} {content:?}: {error:?}"),
        }
        ReadStore::wipe(directory.path()).unwrap();
        let store = open(directory.path());
        store.apply(batch(1, 3_000, 20)).unwrap();
        check_all(&store, 3_000, 20);
    }
}

/// Whatever a flipped bit does to sled's files, the store either asks for a rebuild or is at an
/// earlier position from which the journal goes on; it does not take the process down.
#[test]
fn flipped_bits_ask_for_a_rebuild_or_leave_an_earlier_store() {
    let origin = tempfile::tempdir().unwrap();
    let store = open(origin.path());
    for from in (1..=3_000).step_by(100) {
        store.apply(batch(from, from + 99, 20)).unwrap();
    }
    drop(store);
    let content = fs::read(origin.path().join("read/db")).unwrap();
    let used = content.iter().rposition(|byte| *byte != 0).unwrap();
    for trial in 0..40 {
        let directory = tempfile::tempdir().unwrap();
        copy_folder(&origin.path().join("read"), &directory.path().join("read"));
        let mut damaged = content.clone();
        damaged[used * trial / 40] ^= 1 << (trial % 8);
        fs::write(directory.path().join("read/db"), damaged).unwrap();
        match ReadStore::open(directory.path(), &ReadStoreOptions::default()) {
            Err(error) => assert!(error.needs_rebuild(), "{error}"),
            Ok(store) => {
                let applied = store.applied();
                let entries: Result<Vec<_>, _> = store.entries(1, applied).collect();
                match entries {
                    Err(error) => assert!(error.needs_rebuild(), "{error}"),
                    Ok(entries) => assert!(
                        entries.iter().all(|(at, bytes)| *bytes == entry_bytes(*at)),
                        "an entry was changed in silence"
                    ),
                }
            }
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for found in fs::read_dir(from).unwrap() {
        let found = found.unwrap();
        let target = to.join(found.file_name());
        if found.file_type().unwrap().is_dir() {
            copy_folder(&found.path(), &target);
        } else {
            fs::copy(found.path(), target).unwrap();
        }
    }
}
