//! What lies on a disk: frames of the journal, and the entries inside them.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use redress_store::entry;
use redress_store::journal::{self, Commit, FileJournal, Journal, JournalReader};
use tempfile::TempDir;

const GENESIS: &[u8] = b"fuzzing";
/// Bytes of a frame's header, and the places of what is in it.
const FRAME_HEADER_BYTES: usize = 32;
const PAYLOAD_BYTES_AT: usize = 4;
const PAYLOAD_CHECKSUM_AT: usize = 24;
const HEADER_CHECKSUM_AT: usize = 28;

/// An empty journal in a folder of its own, to which frames are put.
struct Bench {
    folder: TempDir,
    segment: PathBuf,
    /// The segment without any frame.
    header: Vec<u8>,
}

impl Bench {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = tempfile::tempdir_in(memory)
            .or_else(|_| tempfile::tempdir())
            .unwrap();
        drop(FileJournal::open(folder.path(), GENESIS).unwrap());
        let segment = fs::read_dir(folder.path().join("journal"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .find(|path| path.extension().is_some_and(|suffix| suffix == "segment"))
            .unwrap();
        let header = fs::read(&segment).unwrap();
        Self {
            folder,
            segment,
            header,
        }
    }

    /// Puts bytes behind the segment's header and reads them in every way there is.
    fn read(&self, frames: &[u8]) {
        let mut bytes = self.header.clone();
        bytes.extend_from_slice(frames);
        fs::write(&self.segment, &bytes).unwrap();
        let directory = self.folder.path();
        let read = read_all(directory);
        let stats = journal::stats(directory, GENESIS);
        let verified = journal::verify(directory, GENESIS, |_, _| Ok(()));
        if let (Ok(read), Ok(_)) = (&read, &verified) {
            let last = read.last().map_or(0, |commit| commit.next_position() - 1);
            assert_eq!(stats.unwrap().last_position, last);
        }
        // What opening takes away was never acknowledged; what it leaves can be read and goes on.
        let before = read.ok();
        let Ok((mut opened, _)) = FileJournal::open(directory, GENESIS) else {
            assert_eq!(
                fs::read(&self.segment).unwrap(),
                bytes,
                "refused, and changed"
            );
            return;
        };
        let next = Commit {
            first_position: opened.last_position() + 1,
            entries: vec![b"next".to_vec()],
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime
            .block_on(opened.append(std::slice::from_ref(&next)))
            .unwrap();
        drop(opened);
        let mut after = read_all(directory).unwrap();
        assert_eq!(after.pop(), Some(next));
        if let Some(before) = before {
            assert_eq!(after, before);
        }
    }
}

fn read_all(directory: &Path) -> Result<Vec<Commit>, journal::JournalError> {
    let mut reader = JournalReader::open(directory, GENESIS, 1)?;
    let mut commits: Vec<Commit> = Vec::new();
    while let Some(commit) = reader.next_commit()? {
        let commit = commit.to_commit();
        let expected = commits.last().map_or(1, Commit::next_position);
        assert_eq!(commit.first_position, expected);
        commits.push(commit);
    }
    Ok(commits)
}

/// Frames of the journal, as they are and with checksums that hold: damage that a checksum finds
/// never reaches what is behind it.
pub fn frame(bytes: &[u8]) {
    thread_local! {
        static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
    }
    BENCH.with_borrow_mut(|bench| {
        let bench = bench.get_or_insert_with(Bench::new);
        bench.read(bytes);
        bench.read(&mended(bytes));
    });
}

/// The first frame's lengths and checksums made to fit its bytes.
fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut frame = bytes.to_vec();
    if frame.len() <= FRAME_HEADER_BYTES {
        return frame;
    }
    let payload_bytes = u32::try_from(frame.len() - FRAME_HEADER_BYTES).unwrap_or(u32::MAX);
    let payload_checksum = crc32c::crc32c(&frame[FRAME_HEADER_BYTES..]);
    let mut put = |at: usize, value: u32| {
        frame[at..at + 4].copy_from_slice(&value.to_le_bytes());
    };
    put(PAYLOAD_BYTES_AT, payload_bytes);
    put(PAYLOAD_CHECKSUM_AT, payload_checksum);
    let header_checksum = crc32c::crc32c(&frame[..HEADER_CHECKSUM_AT]);
    frame[HEADER_CHECKSUM_AT..FRAME_HEADER_BYTES].copy_from_slice(&header_checksum.to_le_bytes());
    frame
}

/// One stored entry: what can be read can be written, and says the same when it is read again.
pub fn wire(bytes: &[u8]) {
    let head = entry::peek(bytes).map(|head| head.position);
    let Ok(read) = entry::decode(bytes) else {
        return;
    };
    assert_eq!(head.unwrap(), read.recorded.header.position);
    let written = entry::encode(&read.recorded, &read.previous_digest, read.command_digest);
    let again = entry::decode(&written.unwrap()).unwrap();
    assert_eq!(again, read);
}
