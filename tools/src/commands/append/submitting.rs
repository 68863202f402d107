//! Handing in: many commands wait for their answers at a time, and the answers are taken in the
//! order of the feed.

use std::collections::VecDeque;
use std::io::Write;

use indicatif::ProgressBar;
use redress_domain::refusal::Code;
use redress_engine::{Answer, Engine, Pending};
use redress_protocol::answer;
use redress_protocol::command;
use redress_protocol::feed::Ordinals;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::answers::Answers;
use super::tally::Tally;
use crate::failure::Failure;
use crate::handing_in::submission;

/// Commands that wait for their answers at a time: enough that one group is decided while the one
/// before it is made durable.
const PENDING_MAX: usize = 2_048;
/// Lines that are not commands, told one by one; the others are only counted.
pub const MALFORMED_TOLD: u64 = 10;

/// A line whose answer has not been taken.
enum Waiting {
    Command {
        line: u64,
        id: Uuid,
        answer: Pending<Answer>,
    },
    Malformed {
        line: u64,
        what: NotACommand,
    },
}

/// Commands on their way.
pub struct Submitting<'a> {
    engine: &'a Engine,
    answers: Option<Answers>,
    bar: &'a ProgressBar,
    ordinals: Ordinals,
    waiting: VecDeque<Waiting>,
    tally: Tally,
}

impl<'a> Submitting<'a> {
    pub fn new(engine: &'a Engine, answers: Option<Answers>, bar: &'a ProgressBar) -> Self {
        Self {
            engine,
            answers,
            bar,
            ordinals: Ordinals::default(),
            waiting: VecDeque::new(),
            tally: Tally::default(),
        }
    }

    /// Hands in a line; says whether it is a command.
    pub fn line(&mut self, number: u64, bytes: &[u8]) -> Result<bool, Failure> {
        let document = match read(bytes) {
            Ok(document) => document,
            Err(because) => {
                self.malformed(number, because)?;
                return Ok(false);
            }
        };
        let id = document
            .id
            .unwrap_or_else(|| self.ordinals.derive_id(bytes));
        let answer = self.engine.submit(submission(document, id));
        self.wait_for(Waiting::Command {
            line: number,
            id,
            answer,
        })?;
        Ok(true)
    }

    /// Tells of a line that is not a command.
    pub fn malformed(&mut self, line: u64, what: impl Into<NotACommand>) -> Result<(), Failure> {
        let what = what.into();
        self.tally.malformed += 1;
        if self.tally.malformed <= MALFORMED_TOLD {
            let because = &what.because;
            self.tell(&format!("line {line} is not a command: {because}"));
        }
        self.wait_for(Waiting::Malformed { line, what })
    }

    /// Takes every answer that is still to come.
    pub fn finish(mut self) -> Result<Tally, Failure> {
        while let Some(first) = self.waiting.pop_front() {
            self.take(first)?;
        }
        if let Some(answers) = &mut self.answers {
            answers.flush()?;
        }
        if self.tally.malformed > MALFORMED_TOLD {
            let more = self.tally.malformed - MALFORMED_TOLD;
            self.tell(&format!("{more} more lines are not commands"));
        }
        Ok(self.tally)
    }

    fn wait_for(&mut self, line: Waiting) -> Result<(), Failure> {
        self.waiting.push_back(line);
        if self.waiting.len() > PENDING_MAX
            && let Some(first) = self.waiting.pop_front()
        {
            self.take(first)?;
        }
        Ok(())
    }

    fn take(&mut self, waiting: Waiting) -> Result<(), Failure> {
        let (line, id, shown) = match waiting {
            Waiting::Malformed { line, what } => {
                let shown = json!({
                    "outcome": "malformed",
                    "code": what.code.map(Code::as_str),
                    "message": what.because,
                });
                (line, None, shown)
            }
            Waiting::Command { line, id, answer } => {
                let answer = answer.wait().inspect_err(|_| {
                    self.tell(&format!(
                        "stopped at line {line}: what comes before it was answered; the same feed \
                         again goes on from there"
                    ));
                })?;
                self.tally.count(line, &answer);
                (line, Some(id), shown(&answer))
            }
        };
        let Some(answers) = &mut self.answers else {
            return Ok(());
        };
        let mut object = Map::new();
        object.insert("line".to_owned(), line.into());
        if let Some(id) = id {
            object.insert("id".to_owned(), id.to_string().into());
        }
        if let Value::Object(shown) = shown {
            object.extend(shown);
        }
        answers.write(&Value::Object(object))
    }

    /// Standard error may have been closed; that stops nothing.
    fn tell(&self, text: &str) {
        self.bar.suspend(|| {
            let _ = writeln!(std::io::stderr(), "redress: {text}");
        });
    }
}

/// Reads a line.
pub fn read(bytes: &[u8]) -> Result<command::CommandDocument, NotACommand> {
    if let Err(error) = std::str::from_utf8(bytes) {
        let because = format!("invalid UTF-8 after byte {}", error.valid_up_to());
        return Err(NotACommand::from(because));
    }
    command::parse_bytes(bytes).map_err(|error| NotACommand {
        code: Some(error.code),
        because: error.sentence(),
        is_without_actor: error.code == Code::FieldMissing && error.path == "by",
    })
}

/// Why a line is not a command.
pub struct NotACommand {
    /// The code of what is wrong; none where the line is not even text.
    pub code: Option<Code>,
    /// A sentence that names the place.
    pub because: String,
    /// Whether nothing is wrong but that nobody is named who acts.
    pub is_without_actor: bool,
}

impl From<String> for NotACommand {
    fn from(because: String) -> Self {
        Self {
            code: None,
            because,
            is_without_actor: false,
        }
    }
}

fn shown(answer: &Answer) -> Value {
    match answer {
        Answer::Accepted(accepted) => {
            let events: Vec<&str> = accepted.events.iter().map(String::as_str).collect();
            answer::accepted(&answer::Accepted {
                stream: &accepted.stream,
                version: accepted.version,
                position: accepted.position,
                events: &events,
                replayed: accepted.replayed,
            })
        }
        Answer::Refused(refused) => match refused.actual_version {
            Some(actual) => answer::version_conflict(&refused.refusal, actual),
            None => answer::refused(&refused.refusal),
        },
    }
}
