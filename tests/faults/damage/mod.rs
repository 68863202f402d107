//! Damage to any file of a store: it is reported with its place or healed; never passed over, never
//! a hang, never a wrong answer.
//!
//! `REDRESS_FLIPS` sets how many bits are flipped, one in each copy of the store.

mod another;
mod cuts;
mod flips;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use redress_store::journal::{Commit, FileJournal, Journal, JournalOptions, JournalReader};
use tempfile::TempDir;

pub use self::cuts::role_of_cutting;
use crate::child::{End, binary, role, run};
use crate::findings::Findings;
use crate::stand::folder;

/// Bytes of a segment here, so that there are several, and digests of those that are sealed.
const SEGMENT_BYTES: u64 = 64 * 1024;

/// A store that was closed, and what is found in it.
struct Store {
    folder: TempDir,
    reference: Findings,
}

impl Store {
    /// The store that the binary makes of these lines, its journal in several segments.
    fn of(lines: &[String]) -> Self {
        let folder = folder();
        let data = folder.path().join("data");
        append(&data, lines);
        divide(&data);
        let reference = Findings::of(&run(&mut role("examine", &data))).unwrap();
        assert!(
            reference.whole && reference.rebuilt.is_none(),
            "{reference:?}"
        );
        Self { folder, reference }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

/// Feeds lines to a store.
fn append(data: &Path, lines: &[String]) {
    let feed = data.with_extension("feed");
    let mut file = fs::File::create(&feed).unwrap();
    for line in lines {
        writeln!(file, "{line}").unwrap();
    }
    let ran = run(binary(data).arg("append").arg(&feed));
    assert_eq!(ran.end, End::Code(0), "{ran:?}");
}

/// Writes the journal again, into smaller segments.
fn divide(data: &Path) {
    let genesis = fs::read(data.join("first-edition.toml")).unwrap();
    let mut reader = JournalReader::open(data, &genesis, 1).unwrap();
    let mut commits: Vec<Commit> = Vec::new();
    while let Some(commit) = reader.next_commit().unwrap() {
        commits.push(commit.to_commit());
    }
    fs::remove_dir_all(data.join("journal")).unwrap();
    let options = JournalOptions {
        segment_bytes: SEGMENT_BYTES,
    };
    let (mut journal, _) = FileJournal::open_with(data, &genesis, options).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for group in commits.chunks(7) {
        runtime.block_on(journal.append(group)).unwrap();
    }
}
