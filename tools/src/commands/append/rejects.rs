//! The file of lines that are not commands. It is made when the first one comes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::failure::Failure;

/// Where such lines go, if anywhere.
pub struct Rejects {
    path: Option<PathBuf>,
    file: Option<BufWriter<File>>,
}

impl Rejects {
    /// Nothing is written without a path.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path, file: None }
    }

    /// A whole line.
    pub fn line(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.part(bytes)?;
        self.end()
    }

    /// A part of a line.
    pub fn part(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let place = || path.display().to_string();
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::new(
                File::create(path).map_err(Failure::file(place()))?,
            )),
        };
        file.write_all(bytes).map_err(Failure::file(place()))
    }

    /// The end of a line: what was written so far is in the file.
    pub fn end(&mut self) -> Result<(), Failure> {
        let (Some(path), Some(file)) = (&self.path, &mut self.file) else {
            return Ok(());
        };
        file.write_all(b"\n")
            .and_then(|()| file.flush())
            .map_err(Failure::file(path.display().to_string()))
    }

    /// The file, where it was made.
    pub fn written(&self) -> Option<PathBuf> {
        self.path.clone().filter(|_| self.file.is_some())
    }
}
