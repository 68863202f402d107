//! Sending a feed to a service: lines go out while answers come in, in the same order.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;
use redress_domain::refusal::Code;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::answers::Answers;
use super::lines::{self, Line, Lines};
use super::rejects::Rejects;
use super::submitting::{MALFORMED_TOLD, read};
use super::tally::{Refused, Tally};
use crate::failure::Failure;
use crate::server::Server;

/// Lines that may wait to be sent.
const OUTGOING_MAX: usize = 256;

/// A line that was read.
enum Sent {
    /// Sent; its bytes, in case that the service finds that it is no command. How many of them wait
    /// for their answers, the service says: it reads on only so far.
    Command { line: u64, bytes: Vec<u8> },
    /// Not a command, as could be seen here: an empty line went in its place.
    Malformed { line: u64, shown: Value },
    /// The feed cannot be read any further.
    Broken(Failure),
}

/// Sends the feed, and takes every answer; with it, how many events the log grew by meanwhile.
pub fn send(
    server: &Server,
    lines: Lines<Box<dyn Read + Send>>,
    rejects: Rejects,
    answers: Option<Answers>,
    bar: &ProgressBar,
) -> Result<(Tally, u64), Failure> {
    let before = server.last_position()?;
    let rejects = Arc::new(Mutex::new(rejects));
    let (body, outgoing) = mpsc::channel(OUTGOING_MAX);
    let (under_way, sent) = channel();
    let mut reading = Reading {
        lines,
        rejects: Arc::clone(&rejects),
        under_way,
        bar: bar.clone(),
    };
    std::thread::spawn(move || {
        if let Err(failure) = reading.read_on(&body) {
            let _ = reading.under_way.send(Sent::Broken(failure));
        }
    });
    let mut coming = server.post_feed("application/x-ndjson", outgoing)?;
    let mut taking = Taking {
        sent,
        rejects,
        answers,
        bar,
        tally: Tally::default(),
    };
    while let Some(line) = coming.next()? {
        let answer: Value = serde_json::from_str(&line)
            .map_err(|error| Failure::Failed(format!("an answer is no JSON: {error}")))?;
        taking.take(answer)?;
    }
    let tally = taking.finish()?;
    Ok((tally, server.last_position()?.saturating_sub(before)))
}

/// Reads the feed while answers are taken.
struct Reading {
    lines: Lines<Box<dyn Read + Send>>,
    rejects: Arc<Mutex<Rejects>>,
    under_way: Sender<Sent>,
    bar: ProgressBar,
}

impl Reading {
    /// Reads the feed to its end, and hands each line over in both directions; ends early when
    /// nobody takes them any more.
    fn read_on(&mut self, body: &mpsc::Sender<Vec<u8>>) -> Result<(), Failure> {
        // The service counts lines as they come: those that were passed over are sent as empty
        // ones.
        let mut at = 0;
        while let Some((number, line)) = self.lines.read()? {
            let passed_over = usize::try_from(number - at - 1).unwrap_or(0);
            let mut outgoing = vec![b'\n'; passed_over];
            at = number;
            let sent = match line {
                Line::Whole(bytes) => match read(&bytes) {
                    Err(what) if !what.is_without_actor => {
                        locked(&self.rejects).line(&bytes)?;
                        Sent::Malformed {
                            line: number,
                            shown: malformed(what.code, &what.because),
                        }
                    }
                    Ok(_) | Err(_) => {
                        outgoing.extend_from_slice(&bytes);
                        Sent::Command {
                            line: number,
                            bytes,
                        }
                    }
                },
                Line::TooLong(beginning) => {
                    let mut rejects = locked(&self.rejects);
                    rejects.part(&beginning)?;
                    self.lines.rest(|piece| rejects.part(piece))?;
                    rejects.end()?;
                    Sent::Malformed {
                        line: number,
                        shown: malformed(None, &lines::too_long()),
                    }
                }
            };
            outgoing.push(b'\n');
            self.bar.set_position(self.lines.bytes_read());
            if self.under_way.send(sent).is_err() || body.blocking_send(outgoing).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// What another thread left behind in the middle of a line is no worse than a line cut short.
fn locked(rejects: &Mutex<Rejects>) -> std::sync::MutexGuard<'_, Rejects> {
    rejects.lock().unwrap_or_else(PoisonError::into_inner)
}

fn malformed(code: Option<Code>, because: &str) -> Value {
    json!({ "outcome": "malformed", "code": code.map(Code::as_str), "message": because })
}

/// Takes answers.
struct Taking<'a> {
    sent: Receiver<Sent>,
    rejects: Arc<Mutex<Rejects>>,
    answers: Option<Answers>,
    bar: &'a ProgressBar,
    tally: Tally,
}

impl Taking<'_> {
    /// Takes the answer to the next line that was sent, and tells of those before it that were not.
    fn take(&mut self, answer: Value) -> Result<(), Failure> {
        let number = answer.get("line").and_then(Value::as_u64).unwrap_or(0);
        loop {
            match self.sent.recv().ok() {
                Some(Sent::Command { line, bytes }) if line == number => {
                    return self.answered(line, &bytes, answer);
                }
                Some(Sent::Malformed { line, shown }) => {
                    self.not_a_command(line, &shown);
                    self.write(line, None, shown)?;
                }
                Some(Sent::Command { line, .. }) => {
                    return Err(Failure::Failed(format!(
                        "the service answered line {number} before line {line}"
                    )));
                }
                Some(Sent::Broken(failure)) => return Err(failure),
                None => {
                    return Err(Failure::Failed(format!(
                        "the service answered line {number}, which was not sent"
                    )));
                }
            }
        }
    }

    fn answered(&mut self, line: u64, bytes: &[u8], answer: Value) -> Result<(), Failure> {
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        match text("outcome") {
            "accepted" if answer.get("replayed") == Some(&Value::Bool(true)) => {
                self.tally.replayed += 1;
            }
            "accepted" => self.tally.accepted += 1,
            "refused" => {
                let clause = answer.get("clause").and_then(Value::as_str);
                let code = Refused::named(text("code"));
                self.tally
                    .count_refused(line, code, clause, text("message"));
            }
            "malformed" => {
                self.not_a_command(line, &answer);
                locked(&self.rejects).line(bytes)?;
            }
            _ => {
                let because = text("message").to_owned();
                self.tell(&format!(
                    "stopped at line {line}: what comes before it was answered; the same feed \
                     again goes on from there"
                ));
                return Err(Failure::Failed(because));
            }
        }
        let id = answer.get("id").cloned();
        self.write(line, id, answer)
    }

    fn not_a_command(&mut self, line: u64, shown: &Value) {
        self.tally.malformed += 1;
        if self.tally.malformed <= MALFORMED_TOLD {
            let because = shown.get("message").and_then(Value::as_str);
            let because = because.unwrap_or_default();
            self.tell(&format!("line {line} is not a command: {because}"));
        }
    }

    fn write(&mut self, line: u64, id: Option<Value>, shown: Value) -> Result<(), Failure> {
        let Some(answers) = &mut self.answers else {
            return Ok(());
        };
        let mut object = Map::new();
        object.insert("line".to_owned(), line.into());
        if let Some(id) = id {
            object.insert("id".to_owned(), id);
        }
        if let Value::Object(shown) = shown {
            object.extend(shown);
        }
        answers.write(&Value::Object(object))
    }

    /// After the last answer: nothing that was sent may be left without one.
    fn finish(mut self) -> Result<Tally, Failure> {
        while let Ok(next) = self.sent.recv() {
            match next {
                Sent::Malformed { line, shown } => {
                    self.not_a_command(line, &shown);
                    self.write(line, None, shown)?;
                }
                Sent::Broken(failure) => return Err(failure),
                Sent::Command { line, .. } => {
                    return Err(Failure::Failed(format!(
                        "the answers broke off before line {line}: what comes before it was \
                         answered; the same feed again goes on from there"
                    )));
                }
            }
        }
        if let Some(answers) = &mut self.answers {
            answers.flush()?;
        }
        if self.tally.malformed > MALFORMED_TOLD {
            let more = self.tally.malformed - MALFORMED_TOLD;
            self.tell(&format!("{more} more lines are not commands"));
        }
        self.tally.rejects = locked(&self.rejects).written();
        Ok(self.tally)
    }

    /// Standard error may have been closed; that stops nothing.
    fn tell(&self, text: &str) {
        self.bar.suspend(|| {
            let _ = writeln!(std::io::stderr(), "redress: {text}");
        });
    }
}
