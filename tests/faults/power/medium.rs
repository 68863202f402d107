//! A model of a disk: what a power cut leaves of what was written. Nothing lasts but what a sync
//! asked for; of the rest any part may be there, in sectors.
//!
//! More is lost here than real file systems lose: there the creation of a synced file is often
//! durable with it. Names of one folder become durable in the order in which they changed, as
//! file systems with a log of their own see to.

use std::collections::{BTreeMap, HashMap};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::trace::{FileNumber, Step};

/// The unit in which a write is there or not, in bytes.
pub const SECTOR_BYTES: usize = 512;

/// A piece of a file that is left out when it is zeros, in bytes.
const ZEROS_BYTES: usize = 16 * 1024;
static ZEROS: [u8; ZEROS_BYTES] = [0; ZEROS_BYTES];

/// A safeguard that is taken away to see what it is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    /// Every sync does what it says.
    Nothing,
    /// Syncs of the journal's files do nothing.
    JournalSyncs,
    /// Syncs of folders do nothing.
    FolderSyncs,
    /// Syncs of the vault's files do nothing.
    VaultSyncs,
}

/// Something that was done and is not durable.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Which step of the trace it is.
    pub step: usize,
    pub change: Change,
}

#[derive(Clone, Debug)]
pub enum Change {
    Name(Naming),
    Write(FileNumber, u64, Arc<[u8]>),
    Resize(FileNumber, u64),
}

#[derive(Clone, Debug)]
pub enum Naming {
    Create(PathBuf, FileNumber),
    Folder(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl Naming {
    pub fn folder(&self) -> &Path {
        let (Self::Create(path, _)
        | Self::Folder(path)
        | Self::Rename(path, _)
        | Self::Remove(path)) = self;
        path.parent().unwrap()
    }
}

/// What is at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    File(FileNumber),
    Folder,
}

/// What a disk holds for certain.
#[derive(Clone, Debug, Default)]
pub struct Durable {
    names: BTreeMap<PathBuf, Entry>,
    content: HashMap<FileNumber, Arc<Vec<u8>>>,
}

/// A disk while a program writes to it.
pub struct Medium {
    pub durable: Durable,
    pub pending: Vec<Pending>,
    without: Without,
}

impl Medium {
    pub fn new(root: &Path, without: Without) -> Self {
        let mut durable = Durable::default();
        durable.names.insert(root.to_owned(), Entry::Folder);
        Self {
            durable,
            pending: Vec::new(),
            without,
        }
    }

    pub fn take(&mut self, number: usize, step: &Step) {
        let change = match step {
            Step::Create(path, file) => Change::Name(Naming::Create(path.clone(), *file)),
            Step::Folder(path) if self.durable.names.contains_key(path) => return,
            Step::Folder(path) => Change::Name(Naming::Folder(path.clone())),
            Step::Rename(from, to) => Change::Name(Naming::Rename(from.clone(), to.clone())),
            Step::Remove(path) => Change::Name(Naming::Remove(path.clone())),
            Step::Write(file, offset, data) => Change::Write(*file, *offset, Arc::clone(data)),
            Step::Resize(file, bytes) => Change::Resize(*file, *bytes),
            Step::SyncFile(file, path) => return self.sync_file(*file, path),
            Step::SyncFolder(path) => return self.sync_folder(path),
            Step::Acknowledge(_) => return,
        };
        let step = number;
        self.pending.push(Pending { step, change });
    }

    fn sync_file(&mut self, synced: FileNumber, path: &Path) {
        let in_folder = |name: &str| path.components().any(|part| part.as_os_str() == name);
        let ignored = match self.without {
            Without::JournalSyncs => in_folder("journal"),
            Without::VaultSyncs => in_folder("vault"),
            Without::Nothing | Without::FolderSyncs => false,
        };
        if !ignored {
            self.settle(|change| match change {
                Change::Write(file, ..) | Change::Resize(file, _) => *file == synced,
                Change::Name(_) => false,
            });
        }
    }

    fn sync_folder(&mut self, synced: &Path) {
        if self.without != Without::FolderSyncs {
            self.settle(|change| match change {
                Change::Name(naming) => naming.folder() == synced,
                Change::Write(..) | Change::Resize(..) => false,
            });
        }
    }

    fn settle(&mut self, is_synced: impl Fn(&Change) -> bool) {
        for pending in std::mem::take(&mut self.pending) {
            if is_synced(&pending.change) {
                self.durable.apply(&pending.change);
            } else {
                self.pending.push(pending);
            }
        }
    }
}

impl Durable {
    /// Does a change for good.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Name(naming) => self.rename(naming),
            Change::Write(file, offset, data) => self.write(*file, *offset, data),
            Change::Resize(file, bytes) => {
                let content = Arc::make_mut(self.content.entry(*file).or_default());
                content.resize(usize::try_from(*bytes).unwrap(), 0);
            }
        }
    }

    fn rename(&mut self, naming: &Naming) {
        match naming {
            Naming::Create(path, file) => {
                self.names.insert(path.clone(), Entry::File(*file));
            }
            Naming::Folder(path) => {
                self.names.insert(path.clone(), Entry::Folder);
            }
            Naming::Rename(from, to) => {
                if let Some(entry) = self.names.remove(from) {
                    self.names.insert(to.clone(), entry);
                }
            }
            Naming::Remove(path) => {
                self.names.remove(path);
            }
        }
    }

    /// Writes the data, and zeros between what there was and where it begins.
    pub fn write(&mut self, file: FileNumber, offset: u64, data: &[u8]) {
        let content = Arc::make_mut(self.content.entry(file).or_default());
        let from = usize::try_from(offset).unwrap();
        let end = from + data.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[from..end].copy_from_slice(data);
    }

    /// Writes only some of the sectors that data falls into; the file is as long as if all were.
    pub fn write_sectors(
        &mut self,
        file: FileNumber,
        offset: u64,
        data: &[u8],
        mut is_kept: impl FnMut(usize) -> bool,
    ) {
        let from = usize::try_from(offset).unwrap();
        let content = Arc::make_mut(self.content.entry(file).or_default());
        if content.len() < from + data.len() {
            content.resize(from + data.len(), 0);
        }
        for sector in sectors(from, data.len()) {
            if is_kept(sector.start) {
                let place = from + sector.start..from + sector.end;
                content[place].copy_from_slice(&data[sector]);
            }
        }
    }

    /// Puts what is there below another folder in place of `root`. A name whose folder is not
    /// there is lost with it.
    pub fn materialise(&self, root: &Path, to: &Path) {
        for (path, entry) in &self.names {
            let target = to.join(path.strip_prefix(root).unwrap());
            let Some(parent) = target.parent().filter(|parent| parent.is_dir()) else {
                continue;
            };
            match entry {
                Entry::Folder if path == root => {}
                Entry::Folder => {
                    assert!(parent.is_dir());
                    std::fs::create_dir_all(&target).unwrap();
                }
                Entry::File(file) => {
                    let content = self.content.get(file).map_or(&[][..], |content| content);
                    write_sparse(&target, content);
                }
            }
        }
    }
}

/// Writes a file and leaves out what is zeros: sled's files are mostly that.
fn write_sparse(path: &Path, content: &[u8]) {
    let mut file = std::fs::File::create(path).unwrap();
    file.set_len(content.len() as u64).unwrap();
    for (piece, offset) in content.chunks(ZEROS_BYTES).zip((0..).step_by(ZEROS_BYTES)) {
        if piece != &ZEROS[..piece.len()] {
            file.seek(SeekFrom::Start(offset)).unwrap();
            file.write_all(piece).unwrap();
        }
    }
}

/// The pieces of a write that fall into one sector each, as ranges of its data.
pub fn sectors(offset: usize, length: usize) -> Vec<std::ops::Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < length {
        let to_boundary = SECTOR_BYTES - (offset + start) % SECTOR_BYTES;
        let end = length.min(start + to_boundary);
        pieces.push(start..end);
        start = end;
    }
    pieces
}
