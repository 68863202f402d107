//! A read store that was lost: everything of it comes back out of the journal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

use redress_projections::cases::QueueView;
use redress_store::read_store::{Batch, ReadStore, ReadStoreOptions, StoredEntry};

use super::{accepted, configuration, expect_no_difference, file, hour, open, register};
use crate::opening::LogSource;
use crate::{Engine, Look, OpenReport, ProjectionCondition, StoreConfiguration};

const COMPLAINTS: usize = 900;
/// What a log must have more of, so that it is not folded event by event.
const MANY_EVENTS: u64 = 8_192;

/// A store with a long log.
fn filled() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    accepted(&engine, register(0, "M1"));
    for number in 0..COMPLAINTS {
        let user = format!("U{}", number % 7);
        accepted(&engine, file(1, &format!("C{number}"), "M1", &user));
    }
    engine.advance(hour(96), None).wait().unwrap();
    assert!(engine.last_position() > MANY_EVENTS);
    directory
}

/// Every table's rows and digest, by projection.
fn rows(engine: &Engine) -> Vec<String> {
    let comparisons = engine.verify_projections().unwrap();
    comparisons
        .iter()
        .map(|one| {
            assert_eq!(one.differing, 0, "{:?}", one.differences);
            format!("{} {} {}", one.name, one.rows, one.digest)
        })
        .collect()
}

fn expect_whole(engine: &Engine, report: &OpenReport, rows_before: &[String]) {
    assert!(report.rebuilt_because.is_some());
    assert!(report.rebuilding.is_empty());
    for state in engine.projections().unwrap() {
        assert_eq!(state.condition, ProjectionCondition::Live, "{}", state.name);
        assert_eq!(state.position, engine.last_position());
        // Rows were packed by a rebuild, and none is kept for going back.
        assert_eq!(state.kept, None);
    }
    assert_eq!(rows(engine), rows_before);
    let store = engine.store.as_ref().unwrap();
    assert!(store.stats().unwrap().packed_bytes > 0);
}

#[test]
fn everything_comes_back_when_the_folder_was_removed() {
    let directory = filled();
    let engine = open(directory.path());
    let rows_before = rows(&engine);
    let last = engine.last_position();
    let store = engine.store.as_ref().unwrap();
    let entry_before = store.entry(last / 2).unwrap();
    let stream_before = store.stream_entries("complaint-C7").unwrap();
    drop(engine);
    std::fs::remove_dir_all(directory.path().join("read")).unwrap();

    let most = Arc::new(AtomicU64::new(0));
    let (told, progress) = mpsc::channel();
    let configuration = StoreConfiguration {
        progress: Some(Box::new({
            let most = Arc::clone(&most);
            move |done, of| {
                // Entries and then rows: it never goes back.
                assert!(most.fetch_max(done, Ordering::SeqCst) <= done);
                told.send((done, of)).unwrap();
            }
        })),
        ..configuration(directory.path())
    };
    let (engine, report) = Engine::open(configuration).unwrap();
    assert_eq!(report.caught_up, last);
    expect_whole(&engine, &report, &rows_before);
    let progress: Vec<(u64, u64)> = progress.try_iter().collect();
    assert_eq!(progress.last(), Some(&(2 * last, 2 * last)));
    let store = engine.store.as_ref().unwrap();
    assert_eq!(store.entry(last / 2).unwrap(), entry_before);
    assert_eq!(store.stream_entries("complaint-C7").unwrap(), stream_before);

    // It goes on like any other, also after the next opening.
    accepted(&engine, file(97, "X1", "M1", "U1"));
    let queued = |engine: &Engine| {
        let seen = engine.queue(None, QueueView::All, None, Look::default());
        seen.unwrap().value.len()
    };
    let before = queued(&engine);
    drop(engine);
    let (engine, report) = Engine::open(super::configuration(directory.path())).unwrap();
    assert_eq!(report.rebuilt_because, None);
    assert_eq!(queued(&engine), before);
    expect_no_difference(&engine);
}

#[test]
fn a_refill_that_was_interrupted_goes_on_and_so_does_one_after_damage() {
    let directory = filled();
    let engine = open(directory.path());
    let rows_before = rows(&engine);
    let last = engine.last_position();
    drop(engine);
    for interrupted_at in [1_000, last] {
        ReadStore::wipe(directory.path()).unwrap();
        let store = ReadStore::open(directory.path(), &ReadStoreOptions::default()).unwrap();
        let source = LogSource::Directory {
            directory: directory.path().to_path_buf(),
            genesis: configuration(directory.path()).genesis,
        };
        crate::refilling::refill(&source, &store, interrupted_at, |_| {}).unwrap();
        assert_eq!(store.applied(), interrupted_at);
        drop(store);
        let (engine, report) = Engine::open(configuration(directory.path())).unwrap();
        assert_eq!(report.caught_up, last - interrupted_at);
        expect_whole(&engine, &report, &rows_before);
    }

    let database = directory.path().join("read").join("db");
    std::fs::write(&database, [0xff; 4_096]).unwrap();
    let (engine, report) = Engine::open(configuration(directory.path())).unwrap();
    expect_whole(&engine, &report, &rows_before);
    drop(engine);

    ReadStore::wipe(directory.path()).unwrap();
    let store = ReadStore::open(directory.path(), &ReadStoreOptions::default()).unwrap();
    let other = StoredEntry {
        position: 1,
        stream: "complaint-C1".into(),
        command_id: [1; 16],
        bytes: Arc::from(*b"of another log"),
    };
    let batch = Batch {
        entries: vec![other],
        applied: 1,
        ..Batch::default()
    };
    store.apply(batch).unwrap();
    drop(store);
    let (engine, report) = Engine::open(configuration(directory.path())).unwrap();
    expect_whole(&engine, &report, &rows_before);
}
