//! Handing commands in, one by one, and judging each answer.

use redress_engine::{Accepted, Answer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Handed, Known, Simulator, submission};
use crate::checks::{Check, same};
use crate::deeds::written;
use crate::model::expectation::Asked;
use crate::model::fact::{Fact, milliseconds};
use crate::model::terms::HOUR;
use crate::stand::{Fault, events};

impl Simulator {
    /// Hands a command in, on a disk that now and then fails under it.
    pub(super) fn give(&mut self, mut document: Value) -> Check {
        self.ordinal += 1;
        let name = format!("{} {}", self.seed, self.ordinal);
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        document["id"] = json!(id.to_string());
        if self.feed {
            document["recorded_at"] = json!(written(self.now));
        }
        self.tell(document.to_string());
        let fault = self.chance.once_in(12).then(|| {
            self.chance
                .of(&[Fault::Nothing, Fault::TheFirstHalf, Fault::Everything])
        });
        *self.next_fault.lock().unwrap() = fault;
        let asked = submission(&document);
        let clock = redress_engine::Clock::now(&*self.clock).unix_ms();
        let first = self.engine().submit(asked.clone()).wait();
        let answer = match first {
            Ok(answer) => {
                // Nothing had to be written: the fault waits for nobody.
                *self.next_fault.lock().unwrap() = None;
                answer
            }
            Err(error) => {
                self.story
                    .push(format!("the disk fails ({fault:?}): {error}"));
                if fault.is_none() {
                    return Err(format!("the engine failed by itself: {error}"));
                }
                self.coverage.faults += 1;
                if self.engine().submit(asked.clone()).wait().is_ok() {
                    return Err("a writer that failed went on".to_owned());
                }
                let kept = self.facts.len() as u64;
                same("what is shown", self.engine().last_position(), kept)?;
                self.engine = None;
                self.open();
                let again = self.engine().submit(asked.clone()).wait();
                again.map_err(|error| format!("after the fault: {error}"))?
            }
        };
        self.handed.push((clock, Handed::Command(Box::new(asked))));
        self.judge(document, answer, clock)
    }

    /// Reads what the log has more, and checks that it is in order.
    pub(super) fn read_on(&mut self) -> Check {
        let more = events(self.engine(), self.log.len() as u64 + 1);
        for recorded in more {
            let fact = Fact::of(&recorded);
            *self.coverage.events.entry(fact.kind.clone()).or_default() += 1;
            self.tell(format!(
                "    {} {} {} {} {}",
                fact.position,
                fact.stream,
                fact.kind,
                written(fact.recorded),
                fact.data
            ));
            self.facts.push(fact);
            self.log.push(recorded);
        }
        same(
            "the end of the log",
            self.engine().last_position(),
            self.log.len() as u64,
        )
    }

    /// Whether the answer is what the model says, and whether the events are the command's.
    fn judge(&mut self, document: Value, answer: Answer, clock: i64) -> Check {
        let kind = document["type"].as_str().unwrap().to_owned();
        let last_recorded = self.facts.last().map_or(i64::MIN, |fact| fact.recorded);
        let end_before = self.facts.len();
        self.read_on()?;
        let id = document["id"].as_str().unwrap();
        let own = self.facts[end_before..]
            .iter()
            .position(|fact| fact.command_id == id);
        let begin = own.map_or(self.facts.len(), |place| end_before + place);
        let recorded = if self.feed {
            self.now
        } else {
            own.map_or(clock.max(last_recorded), |_| self.facts[begin].recorded)
        };
        self.passed_to = self.passed_to.max(recorded);
        let model = self.model_of(&self.facts[..begin], recorded);
        let expected = model.expects(&Asked {
            kind: &kind,
            role: document["by"]["role"].as_str().unwrap(),
            by: document["by"]["id"].as_str().unwrap(),
            data: &document["data"],
            expected_version: document["expected_version"].as_i64(),
            recorded,
            occurred: milliseconds(&document["occurred_at"]),
        });
        self.coverage.answers += 1;
        let counts = self.coverage.commands.entry(kind.clone()).or_default();
        let given = match &answer {
            Answer::Accepted(_) => {
                counts.0 += 1;
                Ok(())
            }
            Answer::Refused(refused) => {
                counts.1 += 1;
                let code = refused.refusal.code.as_str();
                *self.coverage.codes.entry(code.to_owned()).or_default() += 1;
                Err(code)
            }
        };
        self.tell(format!("    {given:?}"));
        if let Some(expected) = expected {
            self.coverage.foretold += 1;
            same(&format!("the answer to {kind}"), given, expected)?;
        }
        match answer {
            Answer::Accepted(accepted) => self.accepted(document, accepted, recorded),
            Answer::Refused(_) if own.is_some() => Err("refused, and recorded".to_owned()),
            Answer::Refused(_) => Ok(()),
        }
    }

    fn accepted(&mut self, document: Value, accepted: Accepted, recorded: i64) -> Check {
        let id = document["id"].as_str().unwrap();
        let own: Vec<&Fact> = self
            .facts
            .iter()
            .filter(|fact| fact.command_id == id)
            .collect();
        if let Some(last) = own.last() {
            same("version", accepted.version, last.version)?;
            same("position", accepted.position, last.position)?;
            let kinds: Vec<&String> = own.iter().map(|fact| &fact.kind).collect();
            same("events", accepted.events.iter().collect(), kinds)?;
            for fact in &own {
                same("recorded_at", fact.recorded, recorded)?;
                same(
                    "the counted instant",
                    fact.counted,
                    counted(&document, recorded),
                )?;
            }
            self.known.push(Known {
                document,
                answer: accepted,
            });
        }
        Ok(())
    }

    /// An accepted command comes again, as it was or with another body.
    pub(super) fn repeat(&mut self) -> Check {
        if self.known.is_empty() {
            return Ok(());
        }
        self.coverage.repeats += 1;
        let place = usize::try_from(self.chance.below(self.known.len() as u64)).unwrap();
        let mut document = self.known[place].document.clone();
        let changed = self.chance.once_in(2);
        if changed {
            document["by"]["id"] = json!("somebody-else");
        }
        let answer = self.engine().submit(submission(&document)).wait().unwrap();
        let before = self.log.len();
        self.read_on()?;
        same("events of a repeated command", self.log.len(), before)?;
        let first = &self.known[place].answer;
        match answer {
            // The digest of a body dies with the key that it was made with.
            Answer::Accepted(again) if !changed || self.was_erased(place) => {
                let expected = Accepted {
                    replayed: true,
                    ..first.clone()
                };
                same("the answer to a repeated command", again, expected)
            }
            Answer::Refused(refused) if changed => {
                let code = refused.refusal.code.as_str();
                *self.coverage.codes.entry(code.to_owned()).or_default() += 1;
                same("the answer to a reused id", code, "command_id_reused")
            }
            other => Err(format!(
                "a repeated command (changed: {changed}) was answered {other:?}"
            )),
        }
    }

    /// Whether the user whose matter a command was has been erased since.
    fn was_erased(&self, place: usize) -> bool {
        let model = self.model();
        let answer = &self.known[place].answer;
        let stream = answer.stream.to_string();
        let user = match stream.split_once('-') {
            Some(("complaint", id)) => Some(&model.cases[id].user_ref),
            Some(("agreement", id)) => Some(&model.agreements[id].user_ref),
            _ => None,
        };
        user.and_then(|user| model.erased.get(user))
            .is_some_and(|position| *position > answer.position)
    }
}

/// The instant that counts: whose word it is decides (domain.md section 2).
fn counted(document: &Value, recorded: i64) -> i64 {
    let Some(claimed) = milliseconds(&document["occurred_at"]) else {
        return recorded;
    };
    let occurred = claimed.min(recorded);
    let trust = document["trust"].as_str().unwrap_or_else(|| {
        match document["by"]["role"].as_str().unwrap() {
            "user" | "merchant" | "intermediary" => "self",
            _ => "platform",
        }
    });
    match trust {
        "platform" => occurred,
        "partner" if recorded - occurred <= 25 * HOUR => occurred,
        _ => recorded,
    }
}
