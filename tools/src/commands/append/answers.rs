//! Where the answers to a feed are written, one a line.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;

/// A file, or standard output.
pub struct Answers {
    output: BufWriter<Box<dyn Write>>,
    /// The file's name; `None` for standard output.
    file: Option<String>,
}

impl Answers {
    pub fn to_standard_output() -> Self {
        Self {
            output: BufWriter::new(Box::new(io::stdout().lock())),
            file: None,
        }
    }

    pub fn to_file(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let file = File::create(path).map_err(Failure::file(name.clone()))?;
        Ok(Self {
            output: BufWriter::new(Box::new(file)),
            file: Some(name),
        })
    }

    /// Writes one answer.
    pub fn write(&mut self, answer: &Value) -> Result<(), Failure> {
        let written = writeln!(self.output, "{answer}");
        self.checked(written)
    }

    /// Hands over everything written so far.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let flushed = self.output.flush();
        self.checked(flushed)
    }

    fn checked(&self, result: io::Result<()>) -> Result<(), Failure> {
        match &self.file {
            Some(name) => result.map_err(Failure::file(name.clone())),
            None => result.map_err(Failure::output),
        }
    }
}
