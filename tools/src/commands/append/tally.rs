//! What became of a feed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use redress_domain::refusal::Code;
use redress_engine::Answer;
use serde_json::{Map, Value, json};

use crate::failure::{REFUSED, VERSION_CONFLICT};
use crate::table::{Page, number, table};
use crate::terminal::Format;
use crate::wording::counted;

/// Answers, counted.
#[derive(Debug, Default)]
pub struct Tally {
    /// Accepted now.
    pub accepted: u64,
    /// Accepted before: the first answer again.
    pub replayed: u64,
    /// Lines that are not commands.
    pub malformed: u64,
    /// Refused, by code.
    pub refused: BTreeMap<Refused, Refusals>,
    /// The file that holds the lines that are not commands.
    pub rejects: Option<PathBuf>,
}

/// A code that something was refused with, those of the rules in their order before all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// By a rule.
    Rule(Code),
    /// By a service.
    Service(String),
}

impl Refused {
    /// The code of that name.
    pub fn named(name: &str) -> Self {
        let code = Code::ALL.iter().find(|code| code.as_str() == name);
        code.map_or_else(|| Self::Service(name.to_owned()), |code| Self::Rule(*code))
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Rule(code) => code.as_str(),
            Self::Service(name) => name,
        }
    }
}

/// Refusals of one code.
#[derive(Debug)]
pub struct Refusals {
    count: u64,
    first_line: u64,
    first_message: String,
    clause: Option<String>,
}

/// A tally and what it did to the store.
#[derive(Debug)]
pub struct Summary {
    /// The answers.
    pub tally: Tally,
    /// Events recorded, with everything that followed of the commands.
    pub events: u64,
    /// Whether nothing was written.
    pub dry_run: bool,
}

impl Tally {
    /// Counts an answer.
    pub fn count(&mut self, line: u64, answer: &Answer) {
        match answer {
            Answer::Accepted(accepted) if accepted.replayed => self.replayed += 1,
            Answer::Accepted(_) => self.accepted += 1,
            Answer::Refused(refused) => {
                let refusal = &refused.refusal;
                self.count_refused(
                    line,
                    Refused::Rule(refusal.code),
                    refusal.clause,
                    &refusal.message,
                );
            }
        }
    }

    /// Counts a refusal.
    pub fn count_refused(&mut self, line: u64, code: Refused, clause: Option<&str>, message: &str) {
        let of_this_code = self.refused.entry(code).or_insert_with(|| Refusals {
            count: 0,
            first_line: line,
            first_message: message.to_owned(),
            clause: clause.map(str::to_owned),
        });
        of_this_code.count += 1;
    }

    /// How many were refused.
    pub fn refusals(&self) -> u64 {
        self.refused.values().map(|one| one.count).sum()
    }

    /// How many lines were answered.
    pub fn lines(&self) -> u64 {
        self.accepted + self.replayed + self.malformed + self.refusals()
    }

    /// A feed of one command answers by its exit code; a longer one has run through, unless
    /// something in it is not a command.
    pub fn exit_code(&self) -> ExitCode {
        if self.malformed > 0 {
            return ExitCode::FAILURE;
        }
        if self.lines() != 1 {
            return ExitCode::SUCCESS;
        }
        match self.refused.keys().next() {
            Some(Refused::Rule(Code::VersionConflict)) => ExitCode::from(VERSION_CONFLICT),
            Some(_) => ExitCode::from(REFUSED),
            None => ExitCode::SUCCESS,
        }
    }
}

impl Summary {
    /// The summary as a text.
    pub fn shown(&self, format: Format) -> String {
        match format {
            Format::Table => self.page(),
            Format::Json => format!("{}\n", self.document()),
        }
    }

    fn document(&self) -> Value {
        let tally = &self.tally;
        let codes: Map<String, Value> = tally
            .refused
            .iter()
            .map(|(code, refusals)| (code.as_str().to_owned(), refusals.count.into()))
            .collect();
        json!({
            "lines": tally.lines(),
            "accepted": tally.accepted,
            "refused": tally.refusals(),
            "replayed": tally.replayed,
            "malformed": tally.malformed,
            "refused_by_code": codes,
            "events": self.events,
            "unchanged": self.events == 0,
            "dry_run": self.dry_run,
            "rejects": tally.rejects.as_ref().map(|path| path.display().to_string()),
        })
    }

    fn page(&self) -> String {
        let tally = &self.tally;
        let mut page = Page::default();
        let mut counts = table(&[
            "lines",
            "accepted",
            "refused",
            "replayed",
            "malformed",
            "events",
        ]);
        counts.add_row(
            [
                tally.lines(),
                tally.accepted,
                tally.refusals(),
                tally.replayed,
                tally.malformed,
                self.events,
            ]
            .map(number),
        );
        page.table(&counts);
        if !tally.refused.is_empty() {
            page.heading("refused");
            let mut refusals =
                table(&["code", "count", "first", "clause", "the first one's reason"]);
            for (code, of_this_code) in &tally.refused {
                refusals.add_row(vec![
                    code.as_str().into(),
                    number(of_this_code.count),
                    format!("line {}", of_this_code.first_line).into(),
                    of_this_code.clause.as_deref().unwrap_or_default().into(),
                    of_this_code.first_message.as_str().into(),
                ]);
            }
            page.table(&refusals);
        }
        if let Some(path) = &tally.rejects {
            page.line(format!(
                "{} not commands: {}",
                counted(tally.malformed, "line"),
                path.display()
            ));
        }
        if tally.replayed > 0 && tally.accepted == 0 && self.events == 0 {
            page.line("Every command that is not refused was known: nothing has changed.");
        }
        if self.dry_run {
            page.line("This was a dry run: nothing was written.");
        }
        page.finish().to_owned()
    }
}
