//! Backups of a small journal in several segments.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use super::{BackupError, BackupReport, Until, begin_restore, keep_apart, run, verify};
use crate::journal::{
    self, Commit, Damage, FileJournal, Journal, JournalError, JournalOptions, JournalReader,
};
use crate::lock::{LockError, StoreLock};

const GENESIS: &[u8] = b"the first edition of a store under test";

struct Places {
    /// Removes everything at the end.
    _folder: tempfile::TempDir,
    data: PathBuf,
    backup: PathBuf,
    restored: PathBuf,
}

impl Places {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name| folder.path().join(name);
        Self {
            data: at("data"),
            backup: at("backup"),
            restored: at("restored"),
            _folder: folder,
        }
    }

    fn back_up(&self) -> Result<BackupReport, BackupError> {
        run(&self.data, GENESIS, &self.backup, None, |_, _| {})
    }

    fn restore(&self, until: Until) -> Result<super::RestoreReport, BackupError> {
        begin_restore(&self.backup, until, |_, _| Ok(()))?.into_directory(&self.restored, None, 0)
    }

    fn segments(&self, directory: &Path) -> Vec<PathBuf> {
        let mut paths: Vec<_> = fs::read_dir(directory.join("journal"))
            .unwrap()
            .map(|found| found.unwrap().path())
            .filter(|path| path.extension().is_some_and(|suffix| suffix == "segment"))
            .collect();
        paths.sort();
        paths
    }
}

fn open(directory: &Path) -> FileJournal {
    let options = JournalOptions {
        segment_bytes: 2_000,
    };
    let (journal, _) = FileJournal::open_with(directory, GENESIS, options).unwrap();
    journal
}

/// Appends groups of two commits, of two events and of one.
fn append(journal: &mut FileJournal, groups: usize, seed: u8) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for _ in 0..groups {
        let first = Commit {
            first_position: journal.last_position() + 1,
            entries: vec![vec![seed; 90], vec![seed ^ 1; 120]],
        };
        let second = Commit {
            first_position: first.next_position(),
            entries: vec![vec![seed ^ 2; 60]],
        };
        runtime.block_on(journal.append(&[first, second])).unwrap();
    }
}

fn filled(places: &Places, groups: usize) -> FileJournal {
    let mut journal = open(&places.data);
    append(&mut journal, groups, 7);
    journal
}

fn commits(directory: &Path) -> Vec<Commit> {
    let reader = JournalReader::open(directory, GENESIS, 1).unwrap();
    reader.map(Result::unwrap).collect()
}

fn flip(path: &Path, at: usize, bit: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1 << bit;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_second_run_copies_only_what_is_new() {
    let places = Places::new();
    let mut journal = filled(&places, 30);
    let first = places.back_up().unwrap();
    assert_eq!(first.last_position, 90);
    assert!(first.segments > 3);
    assert_eq!(first.segments_copied, first.segments);
    assert_eq!(first.bytes_kept, 0);

    let again = places.back_up().unwrap();
    assert_eq!((again.segments_copied, again.bytes_copied), (0, 0));
    assert_eq!(again.bytes_kept, first.bytes_copied);
    assert_eq!(again.log_digest, first.log_digest);

    append(&mut journal, 1, 9);
    let grown = places.back_up().unwrap();
    assert_eq!((grown.previous_position, grown.last_position), (90, 93));
    assert!(
        grown.segments_copied <= 2,
        "the segment that grew, and perhaps the one that was begun"
    );
    assert!(grown.bytes_kept > grown.bytes_copied);
    assert_eq!(verify(&places.backup, |_, _| Ok(())).unwrap().commits, 62);
    places.restore(Until::End).unwrap();
    assert_eq!(commits(&places.restored), commits(&places.data));
    journal::verify(&places.restored, GENESIS, |_, _| Ok(())).unwrap();
}

#[test]
fn what_is_restored_can_be_appended_to_and_backed_up_to_the_same_place() {
    let places = Places::new();
    drop(filled(&places, 25));
    places.back_up().unwrap();
    places.restore(Until::End).unwrap();
    // For the operator's own tools too: every sealed segment has its digest beside it.
    let digests = |directory: &Path| -> Vec<Vec<u8>> {
        let segments = places.segments(directory).into_iter();
        let beside = segments.map(|path| fs::read(path.with_extension("segment.sha256")));
        beside.filter_map(Result::ok).collect()
    };
    assert!(digests(&places.data).len() > 1);
    assert_eq!(digests(&places.restored), digests(&places.data));
    append(&mut open(&places.restored), 5, 11);
    let grown = run(&places.restored, GENESIS, &places.backup, None, |_, _| {}).unwrap();
    assert_eq!((grown.previous_position, grown.last_position), (75, 90));
    // The store that it came from is another one from here on.
    append(&mut open(&places.data), 5, 12);
    let refused = places.back_up().unwrap_err();
    assert!(
        matches!(refused, BackupError::Diverged { .. }),
        "{refused:?}"
    );
    assert_eq!(
        verify(&places.backup, |_, _| Ok(())).unwrap().last_position,
        90
    );
}

#[test]
fn a_log_that_is_shorter_or_another_one_is_refused() {
    let places = Places::new();
    drop(filled(&places, 25));
    places.back_up().unwrap();
    fs::remove_dir_all(&places.data).unwrap();
    drop(filled(&places, 3));
    let refused = places.back_up().unwrap_err();
    assert!(matches!(
        refused,
        BackupError::Diverged { .. } | BackupError::StoreEndsBefore { .. }
    ));
    // Of the same length, with other events in the last segment only.
    fs::remove_dir_all(&places.data).unwrap();
    let mut journal = filled(&places, 24);
    append(&mut journal, 3, 99);
    let refused = places.back_up().unwrap_err();
    assert!(matches!(refused, BackupError::Diverged { .. }));
    let other = run(&places.data, b"another", &places.backup, None, |_, _| {});
    assert!(matches!(other, Err(BackupError::AnotherLog { .. })));
    assert_eq!(
        verify(&places.backup, |_, _| Ok(())).unwrap().last_position,
        75
    );
}

#[test]
fn damage_in_the_store_is_told_with_its_place_and_the_backup_stays() {
    let places = Places::new();
    let mut journal = filled(&places, 12);
    places.back_up().unwrap();
    append(&mut journal, 20, 8);
    // One segment that the backup has not yet, in the middle, and the last one.
    let segments = places.segments(&places.data);
    for (segment, begins_inside) in [
        (&segments[segments.len() - 2], true),
        (&segments[segments.len() - 1], false),
    ] {
        let whole = fs::read(segment).unwrap();
        flip(segment, whole.len() / 2, 3);
        match places.back_up().unwrap_err() {
            BackupError::Journal(JournalError::Corrupt {
                segment: told,
                offset,
                position,
                ..
            }) => {
                assert_eq!(told, *segment);
                assert!(offset > 0 || !begins_inside);
                assert!(position > 36);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(
            verify(&places.backup, |_, _| Ok(())).unwrap().last_position,
            36
        );
        fs::write(segment, whole).unwrap();
    }
    assert_eq!(places.back_up().unwrap().last_position, 96);
}

/// Puts frames of another log into a segment: every checksum in it holds.
fn exchange(segment: &Path) {
    let other = Places::new();
    append(&mut open(&other.data), 30, 40);
    let theirs = other
        .data
        .join("journal")
        .join(segment.file_name().unwrap());
    let header_bytes = 92;
    let mut bytes = fs::read(segment).unwrap();
    let frames = fs::read(theirs).unwrap();
    let length = bytes.len();
    bytes[header_bytes..].copy_from_slice(&frames[header_bytes..length]);
    fs::write(segment, bytes).unwrap();
}

fn is_wrong_digest(error: &BackupError) -> bool {
    matches!(
        error,
        BackupError::Journal(JournalError::Corrupt {
            what: Damage::SegmentDigest,
            ..
        })
    )
}

#[test]
fn a_sealed_segment_that_was_exchanged_is_not_taken() {
    let places = Places::new();
    drop(filled(&places, 30));
    exchange(&places.segments(&places.data)[1]);
    let refused = places.back_up().unwrap_err();
    assert!(is_wrong_digest(&refused), "{refused:?}");
}

#[test]
fn a_segment_that_was_exchanged_in_the_backup_is_reported() {
    let places = Places::new();
    drop(filled(&places, 30));
    places.back_up().unwrap();
    let segments = places.segments(&places.backup);
    for segment in [&segments[1], &segments[segments.len() - 1]] {
        let whole = fs::read(segment).unwrap();
        exchange(segment);
        let found = verify(&places.backup, |_, _| Ok(())).unwrap_err();
        assert!(is_wrong_digest(&found), "{found:?}");
        let refused = places.restore(Until::End).unwrap_err();
        assert!(is_wrong_digest(&refused), "{refused:?}");
        fs::write(segment, whole).unwrap();
    }
}

#[test]
fn a_segment_that_is_damaged_in_the_backup_is_copied_again() {
    let places = Places::new();
    let _journal = filled(&places, 25);
    places.back_up().unwrap();
    let segments = places.segments(&places.backup);
    flip(&segments[1], 300, 0);
    flip(segments.last().unwrap(), 200, 5);
    verify(&places.backup, |_, _| Ok(())).unwrap_err();
    let mended = places.back_up().unwrap();
    assert_eq!(mended.mended.len(), 2);
    verify(&places.backup, |_, _| Ok(())).unwrap();
}

#[test]
fn what_an_interrupted_run_has_copied_belongs_to_no_backup() {
    let places = Places::new();
    let mut journal = filled(&places, 12);
    places.back_up().unwrap();
    let manifest = fs::read(places.backup.join("manifest")).unwrap();
    append(&mut journal, 20, 8);
    let grown = places.back_up().unwrap();
    // As if the run had ended before the manifest.
    let next = fs::read(places.backup.join("manifest")).unwrap();
    fs::write(places.backup.join("manifest"), manifest).unwrap();
    fs::write(
        places
            .backup
            .join("journal/00000000000000000001.segment.new"),
        b"cut sh",
    )
    .unwrap();
    let verified = verify(&places.backup, |_, _| Ok(())).unwrap();
    assert_eq!(verified.last_position, 36);
    assert!(verified.left_over_bytes > 0);
    assert_eq!(places.restore(Until::End).unwrap().last_position, 36);
    assert_eq!(commits(&places.restored)[..], commits(&places.data)[..24]);
    assert_eq!(places.back_up().unwrap().log_digest, grown.log_digest);
    assert_eq!(fs::read(places.backup.join("manifest")).unwrap(), next);
    let verified = verify(&places.backup, |_, _| Ok(())).unwrap();
    assert_eq!((verified.last_position, verified.left_over_bytes), (96, 0));
}

#[test]
fn every_flipped_bit_of_every_file_is_reported() {
    let places = Places::new();
    drop(filled(&places, 12));
    places.back_up().unwrap();
    let mut files = places.segments(&places.backup);
    files.push(places.backup.join("manifest"));
    files.push(places.backup.join("first-edition.toml"));
    let mut flips = 0;
    for path in files {
        let bytes = fs::metadata(&path).unwrap().len() as usize;
        for at in (0..bytes).step_by(7) {
            let bit = (at % 8) as u8;
            flip(&path, at, bit);
            let found = verify(&places.backup, |_, _| Ok(()));
            assert!(found.is_err(), "{}, byte {at}, bit {bit}", path.display());
            flip(&path, at, bit);
            flips += 1;
        }
    }
    assert!(flips > 600);
    verify(&places.backup, |_, _| Ok(())).unwrap();
}

#[test]
fn a_file_that_is_cut_short_missing_or_out_of_place_is_reported() {
    let places = Places::new();
    drop(filled(&places, 12));
    places.back_up().unwrap();
    let segments = places.segments(&places.backup);
    for segment in &segments {
        let whole = fs::read(segment).unwrap();
        for left in [0, 60, 124, whole.len() / 2, whole.len() - 1] {
            fs::write(segment, &whole[..left]).unwrap();
            verify(&places.backup, |_, _| Ok(())).unwrap_err();
        }
        fs::remove_file(segment).unwrap();
        verify(&places.backup, |_, _| Ok(())).unwrap_err();
        fs::write(segment, whole).unwrap();
    }
    let swapped = fs::read(&segments[0]).unwrap();
    fs::write(&segments[1], swapped).unwrap();
    verify(&places.backup, |_, _| Ok(())).unwrap_err();
}

#[test]
fn a_restore_ends_with_whole_commands_wherever_the_frames_end() {
    let places = Places::new();
    drop(filled(&places, 12));
    places.back_up().unwrap();
    let all = commits(&places.data);
    for position in 1..=36 {
        let restored = places.restore(Until::Position(position));
        // Groups are of two commits: positions 1 and 2, then 3.
        if position % 3 == 1 {
            match restored.unwrap_err() {
                BackupError::InsideCommand { asked, first, last } => {
                    assert_eq!((asked, first, last), (position, position, position + 1));
                }
                other => panic!("{other:?}"),
            }
            assert!(!places.restored.exists(), "nothing is touched");
            continue;
        }
        assert_eq!(restored.unwrap().last_position, position);
        let kept: Vec<_> = all
            .iter()
            .filter(|commit| commit.next_position() <= position + 1)
            .cloned()
            .collect();
        assert_eq!(commits(&places.restored), kept);
        journal::verify(&places.restored, GENESIS, |_, _| Ok(())).unwrap();
        append(&mut open(&places.restored), 1, 77);
        journal::verify(&places.restored, GENESIS, |_, _| Ok(())).unwrap();
        fs::remove_dir_all(&places.restored).unwrap();
    }
    for asked in [0, 37] {
        let refused = places.restore(Until::Position(asked)).unwrap_err();
        assert!(matches!(
            refused,
            BackupError::PositionUnknown { last: 36, .. }
        ));
    }
}

#[test]
fn damage_behind_the_end_of_a_restore_does_not_stand_in_its_way() {
    let places = Places::new();
    drop(filled(&places, 12));
    places.back_up().unwrap();
    flip(places.segments(&places.backup).last().unwrap(), 300, 1);
    places.restore(Until::End).unwrap_err();
    assert!(!places.restored.exists());
    places.restore(Until::Position(9)).unwrap();
    assert_eq!(commits(&places.restored).len(), 6);
}

#[test]
fn a_place_with_anything_in_it_is_refused_and_stays_as_it_is() {
    let places = Places::new();
    drop(filled(&places, 3));
    places.back_up().unwrap();
    for name in ["journal", "read", "notes.txt", "first-edition.toml"] {
        fs::create_dir_all(places.restored.join(name)).unwrap();
        let refused = places.restore(Until::End).unwrap_err();
        assert!(matches!(refused, BackupError::NotEmpty { .. }), "{name}");
        assert_eq!(fs::read_dir(&places.restored).unwrap().count(), 1);
        fs::remove_dir(places.restored.join(name)).unwrap();
    }
    places.restore(Until::End).unwrap();
}

#[test]
fn a_restore_that_ends_early_leaves_no_store_and_can_be_run_again() {
    let places = Places::new();
    drop(filled(&places, 30));
    places.back_up().unwrap();
    places.restore(Until::End).unwrap();
    // As if it had ended while the second segment was copied.
    fs::write(places.restored.join("restoring"), b"").unwrap();
    let segments = places.segments(&places.restored);
    fs::write(&segments[1], b"cut sh").unwrap();
    fs::remove_file(&segments[2]).unwrap();
    assert!(matches!(
        StoreLock::acquire(&places.restored),
        Err(LockError::Restoring { .. })
    ));
    let from_there = run(
        &places.restored,
        GENESIS,
        &places.data.join("../b2"),
        None,
        |_, _| {},
    );
    assert!(matches!(
        from_there,
        Err(BackupError::Lock(LockError::Restoring { .. }))
    ));
    places.restore(Until::End).unwrap();
    StoreLock::acquire(&places.restored).unwrap();
    assert_eq!(commits(&places.restored), commits(&places.data));
}

#[test]
fn a_directory_with_something_else_in_it_is_no_place_for_a_backup() {
    let places = Places::new();
    drop(filled(&places, 3));
    fs::create_dir(&places.backup).unwrap();
    fs::write(places.backup.join("notes.txt"), b"mine").unwrap();
    let refused = places.back_up().unwrap_err();
    assert!(matches!(refused, BackupError::NotABackup { .. }));
    let refused = verify(&places.backup, |_, _| Ok(())).unwrap_err();
    assert!(matches!(refused, BackupError::NoBackup { .. }));
    fs::remove_file(places.backup.join("notes.txt")).unwrap();
    places.back_up().unwrap();
}

#[test]
fn places_inside_each_other_are_found_through_links_and_dots() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    fs::create_dir_all(a.join("deep")).unwrap();
    fs::create_dir_all(&b).unwrap();
    keep_apart(&a, &b).unwrap();
    keep_apart(&a.join("deep"), &folder.path().join("a2")).unwrap();
    for inside in [
        a.clone(),
        a.join("new"),
        b.join("../a/new/newer"),
        folder.path().to_path_buf(),
    ] {
        assert!(keep_apart(&a, &inside).is_err(), "{}", inside.display());
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(a.join("deep"), b.join("link")).unwrap();
        assert!(keep_apart(&a, &b.join("link").join("new")).is_err());
        assert!(keep_apart(&a, &b.join("link/../new")).is_err());
    }
}

#[test]
fn a_write_that_is_under_way_is_left_out() {
    let places = Places::new();
    drop(filled(&places, 9));
    let whole = fs::read(places.segments(&places.data).last().unwrap()).unwrap();
    drop(filled(&places, 1));
    let last = places.segments(&places.data).pop().unwrap();
    let longer = fs::read(&last).unwrap();
    assert!(
        longer.starts_with(&whole),
        "the same segment, one frame longer"
    );
    for length in whole.len()..longer.len() {
        fs::write(&last, &longer[..length]).unwrap();
        assert_eq!(places.back_up().unwrap().last_position, 27);
    }
    fs::write(&last, &longer).unwrap();
    assert_eq!(places.back_up().unwrap().last_position, 30);
    verify(&places.backup, |_, _| Ok(())).unwrap();
}

#[test]
fn backups_of_a_journal_in_use_are_whole_and_only_grow() {
    let places = Places::new();
    let mut journal = filled(&places, 1);
    let finished = AtomicBool::new(false);
    let runs = AtomicU32::new(0);
    thread::scope(|scope| {
        let backing_up = scope.spawn(|| {
            let mut last_position = 0;
            while !finished.load(Ordering::SeqCst) {
                let report = places.back_up().unwrap();
                assert!(report.last_position >= last_position);
                last_position = report.last_position;
                let verified = verify(&places.backup, |_, _| Ok(())).unwrap();
                assert_eq!(verified.last_position, last_position);
                runs.fetch_add(1, Ordering::SeqCst);
            }
        });
        // However the two threads are scheduled, several backups are made meanwhile.
        let mut appended = 0;
        while appended < 600 || (runs.load(Ordering::SeqCst) < 4 && !backing_up.is_finished()) {
            let acknowledged = journal.last_position();
            append(&mut journal, 1, (acknowledged % 251) as u8);
            appended += 1;
        }
        finished.store(true, Ordering::SeqCst);
        backing_up.join().unwrap();
    });
    assert!(runs.into_inner() > 3);
    let acknowledged = journal.last_position();
    assert_eq!(places.back_up().unwrap().last_position, acknowledged);
    places.restore(Until::End).unwrap();
    assert_eq!(commits(&places.restored), commits(&places.data));
}
