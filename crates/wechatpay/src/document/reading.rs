//! Reading documents from files and folders.
//!
//! A file holds one detail, a list answer, or `{ "complaint": …, "history": … }`, alone or one a
//! line, plain or gzipped. What cannot be read is reported with its place and stops nothing else.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use super::{ComplaintDocument, HistoryAnswer};

/// Bytes of one line, or of one document over several lines, at the most: a list answer of fifty
/// complaints with full histories has a tenth of that.
const DOCUMENT_LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// What was read, and what could not be.
#[derive(Debug, Default)]
pub struct Reading {
    /// In order of file name and place in the file.
    pub documents: Vec<ComplaintDocument>,
    /// What could not be read, in the same order.
    pub problems: Vec<Problem>,
}

/// Why a path gives nothing to read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is not there, or not for us.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file's name does not say that it holds documents.
    #[error("{}: not a .json, .ndjson, .json.gz or .ndjson.gz file", path.display())]
    NotADocumentFile {
        /// Which.
        path: PathBuf,
    },
    /// A folder without a file that could hold documents.
    #[error("{}: no .json, .ndjson, .json.gz or .ndjson.gz file in this folder", path.display())]
    EmptyFolder {
        /// Which.
        path: PathBuf,
    },
}

/// Something that could not be read, with its place.
#[derive(Debug)]
pub struct Problem {
    /// In which file.
    pub file: PathBuf,
    /// On which line, from 1; `None` where the problem is not on one line.
    pub line: Option<u64>,
    /// Why.
    pub reason: Reason,
}

/// Why something could not be read.
#[derive(Debug, Error)]
pub enum Reason {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// The compressed file ends before its end; what came before was read.
    #[error("the gzip file is truncated: it ends before its end")]
    TruncatedGzip,
    /// The compressed file is not one, or is damaged; what came before was read.
    #[error("the gzip file is damaged: {0}")]
    DamagedGzip(io::Error),
    /// The bytes are not text.
    #[error("invalid UTF-8 after byte {valid_up_to} of the line")]
    InvalidUtf8 {
        /// Bytes of the line before the first that is wrong.
        valid_up_to: usize,
    },
    /// A line, or a document over several lines, has no end within the limit.
    #[error("longer than {DOCUMENT_LIMIT_BYTES} bytes")]
    TooLong,
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    NotJson(serde_json::Error),
    /// The JSON is not a detail, a list answer, or a detail with its history.
    #[error("not a complaint document: {place}{message}")]
    NotADocument {
        /// Where in the document, as `data[3].complaint_time: `; empty for the whole.
        place: String,
        /// What is wrong there.
        message: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(formatter, ", line {line}")?;
        }
        write!(formatter, ": {}", self.reason)
    }
}

/// How a file holds documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Format {
    one_a_line: bool,
    gzipped: bool,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let (name, gzipped) = match name.strip_suffix(".gz") {
            Some(inner) => (inner, true),
            None => (name.as_str(), false),
        };
        let one_a_line = name.ends_with(".ndjson");
        (one_a_line || name.ends_with(".json")).then_some(Self {
            one_a_line,
            gzipped,
        })
    }
}

/// Reads a file, or the files of a folder in order of their names.
///
/// # Errors
/// When the path gives nothing to read at all; everything else is a [`Problem`].
pub fn read(path: &Path) -> Result<Reading, ReadError> {
    let unreadable = |source| ReadError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut reading = Reading::default();
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        let format = Format::of(path).ok_or_else(|| ReadError::NotADocumentFile {
            path: path.to_owned(),
        })?;
        let file = File::open(path).map_err(unreadable)?;
        reading.take(path, format, file);
        return Ok(reading);
    }
    let mut files: Vec<(PathBuf, Format)> = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let inside = entry.map_err(unreadable)?.path();
        if let Some(format) = Format::of(&inside)
            && !inside.is_dir()
        {
            files.push((inside, format));
        }
    }
    if files.is_empty() {
        return Err(ReadError::EmptyFolder {
            path: path.to_owned(),
        });
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    for (file, format) in files {
        match File::open(&file) {
            Ok(opened) => reading.take(&file, format, opened),
            Err(error) => reading.report(&file, None, Reason::Unreadable(error)),
        }
    }
    Ok(reading)
}

/// Reads bytes as the file of that name would be read.
///
/// # Errors
/// When the name does not say that the file holds documents.
pub fn read_from(name: &Path, bytes: impl Read) -> Result<Reading, ReadError> {
    let format = Format::of(name).ok_or_else(|| ReadError::NotADocumentFile {
        path: name.to_owned(),
    })?;
    let mut reading = Reading::default();
    reading.take(name, format, bytes);
    Ok(reading)
}

impl Reading {
    fn report(&mut self, file: &Path, line: Option<u64>, reason: Reason) {
        self.problems.push(Problem {
            file: file.to_owned(),
            line,
            reason,
        });
    }

    /// Takes a file. One that cannot be read to its end contributes nothing: half of a story told
    /// first and the rest later is another story, since time has moved on in between.
    fn take(&mut self, file: &Path, format: Format, bytes: impl Read) {
        let documents = self.documents.len();
        let problems = self.problems.len();
        self.take_all(file, format, bytes);
        let breaks_off = self.problems[problems..].iter().any(|problem| {
            matches!(
                problem.reason,
                Reason::TruncatedGzip | Reason::DamagedGzip(_) | Reason::Unreadable(_)
            )
        });
        if breaks_off {
            self.documents.truncate(documents);
        }
    }

    fn take_all(&mut self, file: &Path, format: Format, bytes: impl Read) {
        if format.gzipped {
            self.take_plain(file, format, BufReader::new(MultiGzDecoder::new(bytes)));
        } else {
            self.take_plain(file, format, BufReader::new(bytes));
        }
    }

    fn take_plain(&mut self, file: &Path, format: Format, mut bytes: impl BufRead) {
        if format.one_a_line {
            self.take_lines(file, format, bytes);
            return;
        }
        let mut whole = Vec::new();
        match bytes
            .by_ref()
            .take(DOCUMENT_LIMIT_BYTES + 1)
            .read_to_end(&mut whole)
        {
            Err(error) => self.report(file, None, why_unreadable(error, format)),
            Ok(_) if whole.len() as u64 > DOCUMENT_LIMIT_BYTES => {
                self.report(file, None, Reason::TooLong);
            }
            Ok(_) => self.take_whole(file, format, &whole),
        }
    }

    /// Takes a `.json` file: one document over any number of lines, else one a line.
    fn take_whole(&mut self, file: &Path, format: Format, bytes: &[u8]) {
        let text = match std::str::from_utf8(without_mark(bytes)) {
            Ok(text) => text,
            Err(_) if bytes.split(|byte| *byte == b'\n').any(is_object) => {
                return self.take_lines(file, format, bytes);
            }
            Err(error) => {
                let valid = without_mark(bytes)
                    .get(..error.valid_up_to())
                    .unwrap_or(&[]);
                let line_start = valid.iter().rposition(|byte| *byte == b'\n');
                let line = valid.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
                let valid_up_to = valid.len() - line_start.map_or(0, |place| place + 1);
                return self.report(file, Some(line), Reason::InvalidUtf8 { valid_up_to });
            }
        };
        match serde_json::from_str::<Value>(text) {
            Ok(value) => self.take_value(file, None, value),
            Err(_) if text.lines().map(str::as_bytes).any(is_object) => {
                self.take_lines(file, format, bytes)
            }
            Err(error) => {
                let line = u64::try_from(error.line()).ok();
                self.report(file, line, Reason::NotJson(error));
            }
        }
    }

    fn take_lines(&mut self, file: &Path, format: Format, mut bytes: impl BufRead) {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            match bytes
                .by_ref()
                .take(DOCUMENT_LIMIT_BYTES + 1)
                .read_until(b'\n', &mut line)
            {
                Ok(0) => return,
                Ok(_) if line.len() as u64 > DOCUMENT_LIMIT_BYTES => {
                    return self.report(file, Some(number), Reason::TooLong);
                }
                Ok(_) => {
                    let content = if number == 1 {
                        without_mark(&line)
                    } else {
                        &line
                    };
                    self.take_line(file, number, content);
                }
                // What was decoded of this line is not the whole line.
                Err(error) => {
                    return self.report(file, Some(number), why_unreadable(error, format));
                }
            }
        }
    }

    fn take_line(&mut self, file: &Path, number: u64, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Err(error) => {
                let valid_up_to = error.valid_up_to();
                self.report(file, Some(number), Reason::InvalidUtf8 { valid_up_to });
            }
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => match serde_json::from_str::<Value>(text) {
                Ok(value) => self.take_value(file, Some(number), value),
                Err(error) => self.report(file, Some(number), Reason::NotJson(error)),
            },
        }
    }

    /// Takes a detail, a list answer, or a detail with its history. Of a list answer, a complaint
    /// that cannot be read stops no other.
    fn take_value(&mut self, file: &Path, line: Option<u64>, mut value: Value) {
        let has = |key: &str| value.get(key).is_some();
        if has("complaint") {
            match typed::<ComplaintDocument>(value, "") {
                Ok(document) => self.documents.push(document),
                Err(reason) => self.report(file, line, reason),
            }
        } else if has("complaint_id") || !(has("data") || has("total_count")) {
            self.take_detail(file, line, value, "");
        } else {
            match value.get_mut("data").map(Value::take) {
                Some(Value::Array(details)) => {
                    for (index, detail) in details.into_iter().enumerate() {
                        self.take_detail(file, line, detail, &format!("data[{index}]"));
                    }
                }
                None | Some(Value::Null) => {}
                Some(_) => self.report(
                    file,
                    line,
                    Reason::NotADocument {
                        place: "data: ".to_owned(),
                        message: "not an array".to_owned(),
                    },
                ),
            }
        }
    }

    fn take_detail(&mut self, file: &Path, line: Option<u64>, value: Value, place: &str) {
        match typed(value, place) {
            Ok(complaint) => self.documents.push(ComplaintDocument {
                complaint,
                history: HistoryAnswer::default(),
            }),
            Err(reason) => self.report(file, line, reason),
        }
    }
}

/// Reads a typed document out of JSON; an error names the place below `prefix`.
fn typed<T: DeserializeOwned>(value: Value, prefix: &str) -> Result<T, Reason> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let place = match (prefix, path.as_str()) {
            ("", ".") => String::new(),
            ("", path) => format!("{path}: "),
            (prefix, ".") => format!("{prefix}: "),
            (prefix, path) => format!("{prefix}.{path}: "),
        };
        Reason::NotADocument {
            place,
            message: error.into_inner().to_string(),
        }
    })
}

fn is_object(line: &[u8]) -> bool {
    serde_json::from_slice::<Value>(line).is_ok_and(|value| value.is_object())
}

/// Some programs begin a file with a byte order mark.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn why_unreadable(error: io::Error, format: Format) -> Reason {
    match error.kind() {
        io::ErrorKind::UnexpectedEof if format.gzipped => Reason::TruncatedGzip,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if format.gzipped => {
            Reason::DamagedGzip(error)
        }
        _ => Reason::Unreadable(error),
    }
}
