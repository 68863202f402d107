//! `redress rulebook clauses`: clause → code → tests, as they were when the program was built.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use crate::failure::Failure;
use crate::table::Page;
use crate::terminal::{self, Format};

/// Written by the build from `clauses.toml` and the sources: every clause with its places.
const TABLE: &str = include_str!(concat!(env!("OUT_DIR"), "/clauses.json"));

/// Which clauses to show.
#[derive(Args)]
pub struct Arguments {
    /// Only these, as they are cited: `4.1(3)`, `guide overdue`, `policy window`, or the name
    /// alone; `4.2` also shows what is below it.
    #[arg(value_name = "CLAUSE")]
    clauses: Vec<String>,
    /// How to show them.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Shows them in the order of the rulebook.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let table: Value = serde_json::from_str(TABLE)
        .map_err(|error| Failure::Failed(format!("the table of clauses: {error}")))?;
    let asked: Vec<&Value> = table
        .as_array()
        .into_iter()
        .flatten()
        .filter(|clause| is_asked(clause, &arguments.clauses))
        .collect();
    if asked.is_empty() {
        return Err(Failure::Failed(format!(
            "there is no clause `{}`",
            arguments.clauses.join("`, `")
        )));
    }
    match arguments.format {
        Format::Json => terminal::write_json(&Value::from_iter(asked.into_iter().cloned()))?,
        Format::Table => {
            let mut page = Page::default();
            for clause in asked {
                page.heading(text(clause, "citation"));
                page.fact("asks", text(clause, "asks"));
                page.fact("no behaviour", text(clause, "without_behaviour"));
                page.fact("code", places(clause, "code"));
                page.fact("tests", places(clause, "tests"));
            }
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn is_asked(clause: &Value, asked: &[String]) -> bool {
    let (citation, name) = (text(clause, "citation"), text(clause, "name"));
    let is_below = |one: &str| {
        name.strip_prefix(one)
            .is_some_and(|rest| rest.starts_with(['(', '.']))
    };
    asked.is_empty()
        || asked
            .iter()
            .any(|one| one == citation || one == name || is_below(one))
}

fn text<'a>(clause: &'a Value, key: &str) -> &'a str {
    clause.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Places with the lines of one file together: `crates/domain/src/clock.rs:16,40`.
fn places(clause: &Value, key: &str) -> String {
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let places = clause.get(key).and_then(Value::as_array);
    for place in places.into_iter().flatten().filter_map(Value::as_str) {
        if let Some((file, line)) = place.rsplit_once(':') {
            files.entry(file).or_default().push(line);
        }
    }
    let files: Vec<String> = files
        .into_iter()
        .map(|(file, lines)| format!("{file}:{}", lines.join(",")))
        .collect();
    files.join(" ")
}
