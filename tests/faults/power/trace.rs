//! What the layer over the disk wrote down, read again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::findings::{Acknowledged, acknowledgements};

/// A file or folder, by a number that is never given twice (the disk gives its numbers again).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileNumber(pub usize);

/// One thing that a program did.
#[derive(Clone, Debug)]
pub enum Step {
    /// A name for a new, empty file.
    Create(PathBuf, FileNumber),
    Folder(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    Write(FileNumber, u64, Arc<[u8]>),
    Resize(FileNumber, u64),
    /// What was done to a file before this is durable.
    SyncFile(FileNumber, PathBuf),
    /// The names inside a folder are durable.
    SyncFolder(PathBuf),
    /// Something was told to whoever waits.
    Acknowledge(Vec<Acknowledged>),
}

/// Reads a trace.
pub fn read(path: &Path) -> Vec<Step> {
    let bytes = std::fs::read(path).unwrap();
    let mut reader = Reader::default();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        rest = &rest[end + 1..];
        let words: Vec<&str> = line.split(' ').collect();
        let follows = match words[0] {
            "write" | "output" => words.last().unwrap().parse().unwrap(),
            _ => 0,
        };
        let (data, after) = rest.split_at(follows);
        rest = after;
        reader.take(&words, data);
    }
    reader.steps
}

/// What a number of the disk's stands for at the moment.
enum Known {
    File(FileNumber, PathBuf),
    Folder(PathBuf),
}

#[derive(Default)]
struct Reader {
    steps: Vec<Step>,
    known: std::collections::HashMap<u64, Known>,
    files: usize,
    /// Output that is not a whole line yet.
    output: Vec<u8>,
}

impl Reader {
    fn take(&mut self, words: &[&str], data: &[u8]) {
        match *words {
            ["create", inode, path] => {
                self.files += 1;
                let number = FileNumber(self.files);
                let path = PathBuf::from(path);
                let known = Known::File(number, path.clone());
                self.known.insert(inode.parse().unwrap(), known);
                self.steps.push(Step::Create(path, number));
            }
            ["folder", inode, path] => {
                let known = Known::Folder(PathBuf::from(path));
                let before = self.known.insert(inode.parse().unwrap(), known);
                if !matches!(before, Some(Known::Folder(before)) if before == Path::new(path)) {
                    self.steps.push(Step::Folder(PathBuf::from(path)));
                }
            }
            ["rename", from, to] => {
                for known in self.known.values_mut() {
                    if let Known::File(_, path) = known
                        && path == Path::new(from)
                    {
                        *path = PathBuf::from(to);
                    }
                }
                self.steps.push(Step::Rename(from.into(), to.into()));
            }
            ["remove", path] => self.steps.push(Step::Remove(path.into())),
            ["write", inode, offset, _] => {
                if let Some((file, _)) = self.file(inode) {
                    let offset = offset.parse().unwrap();
                    self.steps.push(Step::Write(file, offset, data.into()));
                }
            }
            ["resize", inode, bytes] => {
                if let Some((file, _)) = self.file(inode) {
                    self.steps.push(Step::Resize(file, bytes.parse().unwrap()));
                }
            }
            ["sync", inode] => match self.known.get(&inode.parse().unwrap()) {
                Some(Known::File(file, path)) => {
                    self.steps.push(Step::SyncFile(*file, path.clone()));
                }
                Some(Known::Folder(path)) => self.steps.push(Step::SyncFolder(path.clone())),
                None => panic!("{words:?}"),
            },
            ["output", _] => {
                self.output.extend_from_slice(data);
                let whole = self.output.iter().rposition(|byte| *byte == b'\n');
                let told: Vec<u8> = self.output.drain(..whole.map_or(0, |at| at + 1)).collect();
                let told = acknowledgements(&told);
                if !told.is_empty() {
                    self.steps.push(Step::Acknowledge(told));
                }
            }
            ["failed", ..] => {}
            _ => panic!("{words:?}"),
        }
    }

    fn file(&self, inode: &str) -> Option<(FileNumber, &Path)> {
        match self.known.get(&inode.parse().unwrap())? {
            Known::File(file, path) => Some((*file, path)),
            Known::Folder(_) => None,
        }
    }
}
