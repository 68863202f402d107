//! What a journal does when nothing goes wrong, and what it refuses.

use std::fs::{self, File};

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, proptest};

use super::super::{
    Commit, FileJournal, Journal, JournalError, JournalReader, MAX_ENTRY_BYTES, MemoryJournal,
    stats, verify,
};
use super::{GENESIS, append, commit, filled, open, read_all, segment_files, try_append, try_open};

#[test]
fn an_empty_journal_has_nothing() {
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let (journal, report) = try_open(directory.path()).unwrap();
        assert_eq!((report.last_position, report.torn), (0, None));
        assert_eq!(read_all(journal.reader(1).unwrap()).unwrap(), []);
    }
    let report = verify(directory.path(), GENESIS, |_, _| Ok(())).unwrap();
    assert_eq!((report.segments, report.entries), (1, 0));
}

#[test]
fn a_reader_begins_with_the_commit_that_contains_the_position() {
    let directory = tempfile::tempdir().unwrap();
    let commits = filled(directory.path());
    let journal = open(directory.path());
    let mut memory = MemoryJournal::new();
    append(&mut memory, &commits);
    assert!(segment_files(directory.path()).len() > 3);
    for from in 0..=journal.last_position() + 2 {
        let expected: Vec<Commit> = commits
            .iter()
            .filter(|commit| commit.next_position() > from)
            .cloned()
            .collect();
        assert_eq!(read_all(journal.reader(from).unwrap()).unwrap(), expected);
        assert_eq!(read_all(memory.reader(from).unwrap()).unwrap(), expected);
        let offline = JournalReader::open(directory.path(), GENESIS, from).unwrap();
        assert_eq!(read_all(offline).unwrap(), expected);
    }
}

#[test]
fn a_reader_sees_what_was_durable_when_it_was_made() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path());
    append(&mut journal, &[commit(1, &[10])]);
    let reader = journal.reader(1).unwrap();
    append(&mut journal, &[commit(2, &[10])]);
    assert_eq!(read_all(reader).unwrap().len(), 1);
}

#[test]
fn verification_goes_through_every_entry() {
    let directory = tempfile::tempdir().unwrap();
    let commits = filled(directory.path());
    let mut seen = Vec::new();
    let report = verify(directory.path(), GENESIS, |position, entry| {
        seen.push((position, entry.to_vec()));
        Ok(())
    })
    .unwrap();
    let entries = commits.iter().flat_map(|commit| commit.entries.clone());
    assert_eq!(seen, (1..).zip(entries).collect::<Vec<_>>());
    assert_eq!(report.commits, 40);
    assert_eq!(report.entries, 80);
    let sizes = stats(directory.path(), GENESIS).unwrap();
    assert_eq!(sizes.last_position, 80);
    assert_eq!(
        (sizes.segments, sizes.bytes),
        (report.segments, report.bytes)
    );
}

#[test]
fn an_entry_that_is_not_accepted_is_reported_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let refused = verify(directory.path(), GENESIS, |position, _| match position {
        42 => Err("an event of unknown type".to_owned()),
        _ => Ok(()),
    });
    match refused.unwrap_err() {
        JournalError::Corrupt { position, what, .. } => {
            assert_eq!(
                (position, what.to_string()),
                (42, "an event of unknown type".into())
            );
        }
        other => panic!("{other}"),
    }
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_the_journal_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = open(directory.path());
    let mut memory = MemoryJournal::new();
    let journals: [&mut dyn Journal; 2] = [&mut file, &mut memory];
    for journal in journals {
        append(journal, &[commit(1, &[5, 5])]);
        let gap = try_append(journal, &[commit(3, &[5]), commit(5, &[5])]);
        assert!(matches!(
            gap,
            Err(JournalError::OutOfOrder {
                expected: 4,
                found: 5
            })
        ));
        let again = try_append(journal, &[commit(2, &[5])]);
        assert!(matches!(
            again,
            Err(JournalError::OutOfOrder {
                expected: 3,
                found: 2
            })
        ));
        let empty = try_append(journal, &[commit(3, &[])]);
        assert!(matches!(
            empty,
            Err(JournalError::EmptyCommit { position: 3 })
        ));
        let large = try_append(journal, &[commit(3, &[5, MAX_ENTRY_BYTES + 1])]);
        assert!(matches!(
            large,
            Err(JournalError::EntryTooLarge { position: 4, .. })
        ));
        let many = try_append(journal, &[commit(3, &vec![20_000; 500])]);
        assert!(matches!(
            many,
            Err(JournalError::CommitTooLarge { position: 3, .. })
        ));
        append(journal, &[]);
        append(journal, &[commit(3, &[MAX_ENTRY_BYTES])]);
        assert_eq!(journal.last_position(), 3);
    }
}

#[test]
fn a_large_group_becomes_several_frames() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = FileJournal::open(directory.path(), GENESIS).unwrap();
    let group: Vec<Commit> = (0..1_000)
        .map(|number| commit(number * 2 + 1, &[5_000, 6_000]))
        .collect();
    append(&mut journal, &group);
    assert_eq!(read_all(journal.reader(1).unwrap()).unwrap(), group);
}

#[test]
fn another_genesis_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let other = b"another store".as_slice();
    let refusals = [
        FileJournal::open(directory.path(), other).map(|_| ()),
        verify(directory.path(), other, |_, _| Ok(())).map(|_| ()),
        JournalReader::open(directory.path(), other, 1).map(|_| ()),
    ];
    for refused in refusals {
        assert!(matches!(refused, Err(JournalError::GenesisDiffers { .. })));
    }
}

#[test]
fn a_newer_format_is_told_apart_from_damage() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let path = super::last_segment(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    bytes[8] = 9;
    let checksum = crc32c::crc32c(&bytes[..12]);
    bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    assert!(matches!(
        try_open(directory.path()),
        Err(JournalError::NewerFormat { found: 9, .. })
    ));
}

#[test]
fn a_failed_write_poisons_the_journal_until_it_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path());
    append(&mut journal, &[commit(1, &[10])]);
    // A handle that can only read stands for a disk that does not take the write.
    journal.refuse_writes(File::open(super::last_segment(directory.path())).unwrap());
    assert!(!journal.is_poisoned());
    let failed = try_append(&mut journal, &[commit(2, &[10])]);
    assert!(matches!(failed, Err(JournalError::File(_))));
    let later = try_append(&mut journal, &[commit(2, &[10])]);
    assert!(matches!(later, Err(JournalError::Poisoned)));
    assert!(journal.is_poisoned());
    assert_eq!(journal.last_position(), 1);
    assert_eq!(read_all(journal.reader(1).unwrap()).unwrap().len(), 1);
    drop(journal);
    append(&mut open(directory.path()), &[commit(2, &[10])]);
}

#[test]
fn a_seal_that_was_interrupted_is_done_again() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path());
    let before = segment_files(directory.path());
    // As if the crash came after the digest was written and before the next segment was there.
    let (last, sealed) = (before.last().unwrap(), &before[before.len() - 2]);
    fs::remove_file(last).unwrap();
    assert!(sealed.with_extension("segment.sha256").exists());
    fs::write(directory.path().join("journal/leftover.segment.new"), b"x").unwrap();
    let mut journal = open(directory.path());
    let next = journal.last_position() + 1;
    append(&mut journal, &[commit(next, &[10])]);
    assert_eq!(segment_files(directory.path()), before);
    assert!(
        !directory
            .path()
            .join("journal/leftover.segment.new")
            .exists()
    );
    verify(directory.path(), GENESIS, |_, _| Ok(())).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Random groups with random reopening give the same as the journal in memory.
    #[test]
    fn the_file_journal_equals_the_journal_in_memory(
        groups in vec((vec(vec(0_usize..400, 1..4), 0..5), proptest::bool::ANY), 1..12),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let mut file = open(directory.path());
        let mut memory = MemoryJournal::new();
        for (sizes, reopens) in groups {
            let mut position = memory.last_position() + 1;
            let group: Vec<Commit> = sizes
                .iter()
                .map(|sizes| {
                    let commit = commit(position, sizes);
                    position = commit.next_position();
                    commit
                })
                .collect();
            append(&mut file, &group);
            append(&mut memory, &group);
            if reopens {
                drop(file);
                file = open(directory.path());
            }
        }
        assert_eq!(file.last_position(), memory.last_position());
        let from = memory.last_position() / 2;
        assert_eq!(
            read_all(file.reader(from).unwrap()).unwrap(),
            read_all(memory.reader(from).unwrap()).unwrap()
        );
        verify(directory.path(), GENESIS, |_, _| Ok(())).unwrap();
    }
}
