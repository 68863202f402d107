//! What tests counted when they were last asked to record it. Each record is a small file of
//! `tests/evidence`; it says what was done and what came of it, not when or where.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::workspace;

/// The variable that asks for records (`record`) or for the document (`write`).
pub const VARIABLE: &str = "REDRESS_EVIDENCE";

/// What decides how much a test does.
#[derive(Clone, Copy, Debug)]
pub enum Size<'a> {
    /// The test itself, always the same.
    Fixed,
    /// An environment variable of this name, where it is set.
    Asked(&'a str),
}

/// What one test did, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What was asked for, as `NAME=value`; `None` where the test did what it usually does.
    pub asked: Option<String>,
    /// What was counted and how often, in the order in which the test tells it.
    pub counted: Vec<(String, u64)>,
}

/// Whether `REDRESS_EVIDENCE` asks for this.
#[must_use]
pub fn is_asked_to(what: &str) -> bool {
    std::env::var(VARIABLE).is_ok_and(|asked| asked == what)
}

/// Keeps what a test counted, where `REDRESS_EVIDENCE=record` asks for it, and else does nothing.
/// Tests call it when everything they look at has held.
///
/// # Panics
/// When the file cannot be written.
pub fn record(name: &str, size: Size<'_>, counted: &[(&str, u64)]) {
    if !is_asked_to("record") {
        return;
    }
    let asked = match size {
        Size::Fixed => None,
        Size::Asked(variable) => std::env::var(variable)
            .ok()
            .map(|value| format!("{variable}={value}")),
    };
    let record = Record {
        asked,
        counted: counted
            .iter()
            .map(|(what, times)| ((*what).to_owned(), *times))
            .collect(),
    };
    let path = path_of(name);
    fs::write(&path, record.to_text())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// The folder of the records.
#[must_use]
pub fn folder() -> PathBuf {
    workspace().join("tests/evidence")
}

fn path_of(name: &str) -> PathBuf {
    folder().join(format!("{name}.toml"))
}

/// The names of all records, in order.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap_or_else(|error| panic!("tests/evidence: {error}"));
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let file = entry.ok()?.file_name();
            Some(Path::new(&file).file_stem()?.to_string_lossy().into_owned())
        })
        .collect();
    names.sort();
    names
}

/// The record of this name.
///
/// # Errors
/// When there is none, or it is not one; the text says which.
pub fn read(name: &str) -> Result<Record, String> {
    let path = path_of(name);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Record::of_text(&text).map_err(|error| format!("{}: {error}", path.display()))
}

impl Record {
    /// The record as its file holds it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        if let Some(asked) = &self.asked {
            text += &format!("asked = {}\n", Value::from(asked.as_str()));
        }
        text += "counted = [\n";
        for (what, times) in &self.counted {
            let what = Value::from(what.as_str());
            let _ = writeln!(text, "    {{ times = {times}, of = {what} }},");
        }
        text + "]\n"
    }

    /// What a file holds.
    ///
    /// # Errors
    /// When it is no record; the text says why.
    pub fn of_text(text: &str) -> Result<Self, String> {
        let table: Table = text
            .parse()
            .map_err(|error: toml::de::Error| error.to_string())?;
        let counted = table
            .get("counted")
            .and_then(Value::as_array)
            .ok_or("`counted` is missing")?;
        let counted: Option<Vec<(String, u64)>> = counted
            .iter()
            .map(|one| {
                let times = u64::try_from(one.get("times")?.as_integer()?).ok()?;
                Some((one.get("of")?.as_str()?.to_owned(), times))
            })
            .collect();
        Ok(Self {
            asked: table
                .get("asked")
                .and_then(Value::as_str)
                .map(str::to_owned),
            counted: counted.ok_or("`counted` holds more than `times` and `of`")?,
        })
    }
}
