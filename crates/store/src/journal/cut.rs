//! The operator's way out of a damaged journal when there is no backup: cut it at the damage.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::error::{Damage, JournalError};
use super::segment::{JOURNAL_FOLDER, Segment, list_segments};
use super::verify::verify;
use crate::file::{FileError, remove_if_present, sync_directory};

/// What was cut off a journal, and where it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutReport {
    /// The first position that was cut; the journal now ends before it.
    pub position: u64,
    /// The segment that was cut.
    pub segment: PathBuf,
    /// Where in that segment, in bytes; 0 when the whole file went.
    pub offset: u64,
    /// How many bytes were moved, of that segment and all later ones.
    pub bytes: u64,
    /// The file that holds them now, in their order.
    pub bytes_file: PathBuf,
    /// The file that says in words what was cut from where.
    pub record_file: PathBuf,
}

/// Cuts a damaged journal at its first damage: that frame and everything behind it goes to
/// `journal/cut-<position>.bytes`, with a record of what it was beside it, and the journal ends
/// before it. **Acknowledged events can be lost by this**, so the operator names the position that
/// the damage was reported at; another one is refused with [`JournalError::NothingToCut`].
///
/// Nothing is removed before the copy is durable; an interrupted cut can be asked for again.
/// The caller holds the lock of the data directory.
pub fn cut(
    data_directory: &Path,
    genesis: &[u8],
    position: u64,
) -> Result<CutReport, JournalError> {
    let (segment, offset) = match verify(data_directory, genesis, |_, _| Ok(())) {
        // What is damaged is not the journal: cutting would lose whole segments.
        Err(
            beside @ JournalError::Corrupt {
                what: Damage::DigestFile,
                ..
            },
        ) => return Err(beside),
        Err(JournalError::Corrupt {
            segment,
            offset,
            position: damaged,
            ..
        }) if damaged == position => (segment, offset),
        Err(JournalError::Corrupt {
            position: damaged, ..
        }) => {
            return Err(JournalError::NothingToCut {
                asked: position,
                damaged: Some(damaged),
            });
        }
        Err(other) => return Err(other),
        Ok(_) => {
            return Err(JournalError::NothingToCut {
                asked: position,
                damaged: None,
            });
        }
    };
    let folder = data_directory.join(JOURNAL_FOLDER);
    // The damaged segment's name is not below its position; segments with a later name go whole.
    let pieces: Vec<Piece> = list_segments(&folder)?
        .into_iter()
        .filter(|listed| listed.path >= segment)
        .map(|listed| Piece {
            offset: if listed.path == segment { offset } else { 0 },
            segment: listed,
        })
        .collect();
    let (bytes_file, mut copy) = create_side_file(&folder, position)?;
    let (bytes, words) = copy_pieces(&pieces, &mut copy, &bytes_file)?;
    copy.sync_all()
        .map_err(FileError::when("sync", &bytes_file))?;
    let record_file = bytes_file.with_extension("txt");
    crate::file::replace(&record_file, words.as_bytes(), false)?;
    // From the end, so that an interruption leaves the same first damage to be found again.
    for piece in pieces.iter().rev() {
        piece.remove()?;
    }
    sync_directory(&folder)?;
    tracing::warn!(position, bytes, copy = %bytes_file.display(), "cut the journal");
    Ok(CutReport {
        position,
        segment,
        offset,
        bytes,
        bytes_file,
        record_file,
    })
}

/// What is cut of one segment: everything from an offset on.
struct Piece {
    segment: Segment,
    offset: u64,
}

impl Piece {
    fn remove(&self) -> Result<(), FileError> {
        let path = &self.segment.path;
        remove_if_present(&self.segment.digest_path())?;
        if self.offset == 0 {
            return remove_if_present(path);
        }
        OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|file| file.set_len(self.offset).and_then(|()| file.sync_all()))
            .map_err(FileError::when("cut", path))
    }
}

/// Copies the pieces one behind another and describes them, a line each.
fn copy_pieces(
    pieces: &[Piece],
    copy: &mut File,
    copy_path: &Path,
) -> Result<(u64, String), FileError> {
    let mut total = 0;
    let mut words = String::from("Cut from the journal by the operator:\n");
    for piece in pieces {
        let path = &piece.segment.path;
        let mut source = File::open(path).map_err(FileError::when("open", path))?;
        source
            .seek(SeekFrom::Start(piece.offset))
            .map_err(FileError::when("read", path))?;
        let copied = io::copy(&mut source, copy).map_err(FileError::when("write", copy_path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        words.push_str(&format!(
            "{copied} bytes of {name} from byte {}, here from byte {total}\n",
            piece.offset
        ));
        total += copied;
    }
    Ok((total, words))
}

/// A new file for what is cut at a position; an earlier cut's file is never written over.
fn create_side_file(folder: &Path, position: u64) -> Result<(PathBuf, File), FileError> {
    let mut attempt = 1_u32;
    loop {
        let name = match attempt {
            1 => format!("cut-{position}.bytes"),
            again => format!("cut-{position}-{again}.bytes"),
        };
        let path = folder.join(name);
        match fs::File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => attempt += 1,
            created => {
                return created
                    .map(|file| (path.clone(), file))
                    .map_err(FileError::when("create", &path));
            }
        }
    }
}
