//! What an examination of a store printed, read again, and compared with what must be there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::child::{End, Ran};

/// What a child found in a store.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Where the log ended when the store was opened, if it was opened.
    pub opened: Option<u64>,
    /// Why the read store was built anew.
    pub rebuilt: Option<String>,
    /// What it refused to do, and why.
    pub refused: Option<String>,
    /// The command and the digest of every event, in order of position.
    pub events: Vec<Event>,
    /// The digest of every text, or `erased`, by position and place.
    pub texts: BTreeMap<(u64, usize), String>,
    /// Views, streams and the rows of read models.
    pub views: Vec<String>,
    /// Rows that are not what the log says.
    pub differing: u64,
    /// Whether it came to the end, and the log is whole.
    pub whole: bool,
}

/// An event as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub command_id: String,
    pub digest: String,
}

/// What was acknowledged: a command, and where its last event is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Acknowledged {
    pub command_id: String,
    pub position: u64,
}

impl Findings {
    /// Reads what a child printed. One that hung, was ended by a signal, panicked or went on after
    /// damage without a word is an error.
    pub fn of(ran: &Ran) -> Result<Self, String> {
        if ran.end != End::Code(0) || ran.errors.contains("panicked at") {
            return Err(format!(
                "ended by {:?}: {}{}",
                ran.end, ran.output, ran.errors
            ));
        }
        let mut findings = Self::default();
        for line in ran.output.lines() {
            findings.take(line);
        }
        match (findings.whole, &findings.refused) {
            (true, None) | (false, Some(_)) => Ok(findings),
            _ => Err(format!(
                "neither whole nor refused: {}{}",
                ran.output, ran.errors
            )),
        }
    }

    fn take(&mut self, line: &str) {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut words = rest.split(' ');
        let mut next = || words.next().unwrap_or_default();
        match kind {
            "opened" => self.opened = rest.parse().ok(),
            "rebuilt" => self.rebuilt = Some(rest.to_owned()),
            "refused" => self.refused = Some(rest.to_owned()),
            "event" => {
                assert_eq!(next(), (self.events.len() + 1).to_string(), "{line}");
                self.events.push(Event {
                    command_id: next().to_owned(),
                    digest: next().to_owned(),
                });
            }
            "text" => {
                let place = (next().parse().unwrap(), next().parse().unwrap());
                self.texts.insert(place, next().to_owned());
            }
            "view" | "rows" => self.views.push(line.to_owned()),
            "differing" => self.differing = rest.parse().unwrap(),
            "whole" => self.whole = true,
            _ => {}
        }
    }

    /// Whether every answer is the same as another store's.
    pub fn answers_like(&self, other: &Self) -> Result<(), String> {
        let same = [
            ("events", self.events == other.events),
            ("texts", self.texts == other.texts),
            ("views", self.views == other.views),
            ("rows", self.differing == 0),
        ];
        match same.iter().find(|(_, same)| !same) {
            None => Ok(()),
            Some((what, _)) => Err(format!("other {what}")),
        }
    }
}

/// The acknowledgements in what a program printed.
pub fn acknowledgements(output: &[u8]) -> Vec<Acknowledged> {
    output
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"{"))
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        // Where everything was done already, the answer names what another command did.
        .filter(|answer| answer["replayed"] != true && answer["events"] != json!([]))
        .filter_map(|answer| {
            Some(Acknowledged {
                command_id: answer.get("id")?.as_str()?.to_owned(),
                position: answer.get("position")?.as_u64()?,
            })
        })
        .collect()
}

/// The first of these that is not in the log.
pub fn lost<'a>(acknowledged: &'a [Acknowledged], events: &[Event]) -> Option<&'a Acknowledged> {
    acknowledged.iter().find(|one| {
        let index = usize::try_from(one.position).unwrap() - 1;
        events
            .get(index)
            .is_none_or(|event| event.command_id != one.command_id)
    })
}
