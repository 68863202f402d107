//! Following a log that another process may be writing: the journal's files are read beside it,
//! without the lock of the store, again and again.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use redress_protocol::event::Display;
use redress_store::entry;
use redress_store::journal::{JournalError, JournalReader};

use super::{Arguments, shown};
use crate::failure::Failure;
use crate::store::StoreArguments;
use crate::terminal::Lines;

/// Time between two looks at the files.
const PAUSE: Duration = Duration::from_millis(200);
/// Looks that may find the end of the journal damaged before it counts as damage: a reader can see
/// a write that is half done.
const DAMAGED_LOOKS_MAX: u32 = 10;

/// What tells that a journal has grown: how many files, and the newest one's size and time.
type Growth = (usize, u64, Option<SystemTime>);

/// Shows what there is and then what comes, until it is stopped or nobody reads any more.
pub fn follow(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    store.expect_store()?;
    let journal = store.data.join("journal");
    let (genesis, edition) = store.first_edition()?;
    let display = Display::sealed(edition.civil_offset);
    let stream = arguments.stream.as_ref();
    let mut next = arguments.from.unwrap_or(1).max(1);
    let mut seen: Option<Growth> = None;
    let mut damaged_looks = 0;
    loop {
        let growth = growth(&journal)?;
        if seen == Some(growth) {
            std::thread::sleep(PAUSE);
            continue;
        }
        let read = read_from(&store.data, &genesis, &mut next, |bytes| {
            let recorded = entry::decode(bytes)
                .map_err(|error| Failure::Integrity(error.to_string()))?
                .recorded;
            if recorded.header.position >= arguments.from.unwrap_or(1)
                && stream.is_none_or(|stream| *stream == recorded.header.stream)
            {
                let mut lines = Lines::begin();
                lines.line(&shown(arguments, &recorded, &display))?;
                lines.flush()?;
            }
            Ok(())
        });
        match read {
            Ok(()) => {
                seen = Some(growth);
                damaged_looks = 0;
            }
            Err(Looked::Failed(failure)) => return Err(failure),
            Err(Looked::Journal(error)) => {
                damaged_looks += 1;
                if damaged_looks > DAMAGED_LOOKS_MAX {
                    return Err(Failure::Engine(error.into()));
                }
            }
        }
        std::thread::sleep(PAUSE);
    }
}

/// Why a look at the files ended early.
enum Looked {
    Journal(JournalError),
    Failed(Failure),
}

/// Shows every entry from `next` on, and moves `next` behind each.
fn read_from(
    data: &Path,
    genesis: &[u8],
    next: &mut u64,
    mut see: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<(), Looked> {
    let mut reader = JournalReader::open(data, genesis, *next).map_err(Looked::Journal)?;
    while let Some(commit) = reader.next_commit().map_err(Looked::Journal)? {
        for (position, bytes) in (commit.first_position..).zip(commit.entries()) {
            if position >= *next {
                see(bytes).map_err(Looked::Failed)?;
                *next = position + 1;
            }
        }
    }
    Ok(())
}

fn growth(journal: &Path) -> Result<Growth, Failure> {
    let failed = || Failure::file(journal.display().to_string());
    let mut files = 0;
    let mut newest: Option<(std::ffi::OsString, u64, Option<SystemTime>)> = None;
    for file in fs::read_dir(journal).map_err(failed())? {
        let file = file.map_err(failed())?;
        let facts = file.metadata().map_err(failed())?;
        files += 1;
        let name = file.file_name();
        if newest.as_ref().is_none_or(|(known, ..)| *known < name) {
            newest = Some((name, facts.len(), facts.modified().ok()));
        }
    }
    let (bytes, modified) = newest.map_or((0, None), |(_, bytes, modified)| (bytes, modified));
    Ok((files, bytes, modified))
}
