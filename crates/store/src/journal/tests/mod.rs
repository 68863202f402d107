//! Tests of the journal, by what happens to it.

mod beside;
mod damage;
mod frame;
mod ordinary;
mod torn;

use std::fs;
use std::path::{Path, PathBuf};

use super::{
    Commit, FileJournal, Journal, JournalError, JournalOptions, JournalReader, OpenReport,
};

const GENESIS: &[u8] = b"the genesis of a store under test";
/// Small, so that a few commits fill several segments.
const SEGMENT_BYTES: u64 = 2_000;

fn try_open(directory: &Path) -> Result<(FileJournal, OpenReport), JournalError> {
    let options = JournalOptions {
        segment_bytes: SEGMENT_BYTES,
    };
    FileJournal::open_with(directory, GENESIS, options)
}

fn open(directory: &Path) -> FileJournal {
    try_open(directory).unwrap().0
}

fn try_append(journal: &mut dyn Journal, group: &[Commit]) -> Result<(), JournalError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(journal.append(group))
}

fn append(journal: &mut dyn Journal, group: &[Commit]) {
    try_append(journal, group).unwrap();
}

/// A commit of `sizes.len()` entries whose bytes depend on their position.
fn commit(first_position: u64, sizes: &[usize]) -> Commit {
    let entry = |(position, size): (u64, &usize)| {
        let byte = |at| (position * 31 + at) as u8 | 1;
        (0..*size as u64).map(byte).collect()
    };
    Commit {
        first_position,
        entries: (first_position..).zip(sizes).map(entry).collect(),
    }
}

fn read_all(reader: JournalReader) -> Result<Vec<Commit>, JournalError> {
    reader.collect()
}

/// A journal of twenty appends in several segments, and its commits.
fn filled(directory: &Path) -> Vec<Commit> {
    let mut journal = open(directory);
    let mut commits = Vec::new();
    for round in 0..20 {
        let position = journal.last_position() + 1;
        let first = commit(position, &[40 + round * 13, 7, 100]);
        let second = commit(first.next_position(), &[3 * round]);
        append(&mut journal, &[first.clone(), second.clone()]);
        commits.extend([first, second]);
    }
    commits
}

/// The segment files in order.
fn segment_files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory.join("journal"))
        .unwrap()
        .map(|found| found.unwrap().path())
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "segment"))
        .collect();
    files.sort();
    files
}

fn last_segment(directory: &Path) -> PathBuf {
    segment_files(directory).pop().unwrap()
}

fn copy_journal(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("journal")).unwrap();
    for found in fs::read_dir(from.join("journal")).unwrap() {
        let found = found.unwrap();
        fs::copy(found.path(), to.join("journal").join(found.file_name())).unwrap();
    }
}
