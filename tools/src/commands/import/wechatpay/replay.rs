//! Handing the planned commands in, each as if the system had been there.

use std::collections::BTreeMap;

use indicatif::ProgressBar;
use redress_domain::command::Request;
use redress_domain::complaint::Act;
use redress_domain::identity::{Actor, ComplaintId, IdentifierError, Reference};
use redress_domain::instant::Instant;
use redress_domain::merchant;
use redress_domain::refusal::{Code, Refusal};
use redress_domain::rulebook::PauseReason;
use redress_engine::{Answer, Engine, History, Look, Pending, Submission};
use redress_wechatpay::mapping::{PlannedCommand, importer};

use crate::failure::Failure;

/// Commands that are handed in before their answers are taken. What they refuse is kept as notes
/// right behind them, so that two imports of the same files write the same log.
const TOGETHER: usize = 512;

/// What became of the plan.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Accepted, by command.
    pub accepted: BTreeMap<&'static str, u64>,
    /// Acts that an earlier import brought.
    pub known: u64,
    /// Acts that the rules refused, by code; kept as notes.
    pub refused: BTreeMap<Code, u64>,
    /// Complaints that could not be filed, and why.
    pub unfiled: Vec<(ComplaintId, Refusal)>,
    /// Acts that could not even be kept as notes.
    pub lost: u64,
}

/// The import on its way.
pub struct Replay<'a> {
    engine: &'a Engine,
    history: History,
    importer: Actor,
    /// When the last command was recorded.
    recorded_at: Option<Instant>,
    replayed: Replayed,
}

impl<'a> Replay<'a> {
    pub fn new(engine: &'a Engine, history: History) -> Result<Self, Failure> {
        Ok(Self {
            engine,
            history,
            importer: importer().map_err(|error| unnamed(&error))?,
            recorded_at: engine.last_recorded_at(),
            replayed: Replayed::default(),
        })
    }

    /// Hands everything in, in its order.
    pub fn run(
        mut self,
        commands: &[PlannedCommand],
        bar: &ProgressBar,
    ) -> Result<Replayed, Failure> {
        for together in commands.chunks(TOGETHER) {
            let mut waiting = Vec::with_capacity(together.len());
            for command in together {
                if self.was_imported(command)? {
                    self.replayed.known += 1;
                } else {
                    let command = self.in_words_of_the_edition(command);
                    let answer = self.submit(&command);
                    waiting.push((command, answer));
                }
            }
            let mut notes = Vec::new();
            for (command, answer) in waiting {
                if let Answer::Refused(refused) = self.take(&command, answer)? {
                    notes.extend(self.note(&command, refused.refusal)?);
                }
            }
            self.keep(notes)?;
            bar.inc(together.len() as u64);
        }
        Ok(self.replayed)
    }

    /// An act is known by its own id or as the note that was kept of it; a merchant by whoever
    /// registered it.
    fn was_imported(&self, command: &PlannedCommand) -> Result<bool, Failure> {
        if self.engine.is_known(command.id)? || self.engine.is_known(command.note_id)? {
            return Ok(true);
        }
        Ok(match &command.request {
            Request::Merchant(id, merchant::Act::Register(_)) => {
                self.engine.merchant(id, Look::default())?.value.is_some()
            }
            Request::Merchant(..)
            | Request::Complaint(..)
            | Request::Agreement(..)
            | Request::Intermediary(..)
            | Request::User(..)
            | Request::Rulebook(_) => false,
        })
    }

    /// policy pause: the platform's assistance is a message where the edition does not name it.
    fn in_words_of_the_edition(&self, command: &PlannedCommand) -> PlannedCommand {
        let Some(fallback) = &command.fallback else {
            return command.clone();
        };
        let rulebook = self.engine.rulebook();
        let edition = rulebook.in_force(self.record_at(command));
        if edition
            .clocks
            .pause_reasons
            .contains(&PauseReason::PlatformAssistance)
        {
            return command.clone();
        }
        PlannedCommand {
            by: fallback.by.clone(),
            request: fallback.request.clone(),
            fallback: None,
            ..command.clone()
        }
    }

    /// The later of when it happened and the log's last.
    fn record_at(&self, command: &PlannedCommand) -> Instant {
        self.recorded_at
            .map_or(command.occurred_at, |last| last.max(command.occurred_at))
    }

    fn submit(&mut self, command: &PlannedCommand) -> Pending<Answer> {
        let recorded_at = self.record_at(command);
        self.recorded_at = Some(recorded_at);
        // Ids follow from the act alone: a document that changed is the same command.
        let body = Vec::new();
        self.engine.submit(Submission {
            recorded_at: Some(recorded_at),
            occurred_at: Some(command.occurred_at),
            trust: Some(command.trust),
            history: Some(self.history),
            ..Submission::of_operator(
                command.id,
                command.request.clone(),
                command.by.clone(),
                body,
            )
        })
    }

    /// Waits for an answer and counts it.
    fn take(
        &mut self,
        command: &PlannedCommand,
        answer: Pending<Answer>,
    ) -> Result<Answer, Failure> {
        let answer = answer.wait()?;
        match &answer {
            Answer::Accepted(accepted) if accepted.replayed => self.replayed.known += 1,
            Answer::Accepted(_) => {
                *self
                    .replayed
                    .accepted
                    .entry(command.request.name())
                    .or_default() += 1;
            }
            Answer::Refused(_) => {}
        }
        Ok(answer)
    }

    /// What is kept of an act that was refused.
    fn note(
        &mut self,
        command: &PlannedCommand,
        refusal: Refusal,
    ) -> Result<Option<PlannedCommand>, Failure> {
        let code = refusal.code;
        // The document of a known act has changed since: the act stands as it was imported.
        if code == Code::CommandIdReused {
            self.replayed.known += 1;
            return Ok(None);
        }
        *self.replayed.refused.entry(code).or_default() += 1;
        // The complaint is there, whoever filed it; what follows of it is taken on top.
        if code == Code::ComplaintExists {
            return Ok(None);
        }
        if let Request::Complaint(id, Act::File(_)) = &command.request {
            self.replayed.unfiled.push((id.clone(), refusal));
            return Ok(None);
        }
        let because = Reference::new(code.as_str()).map_err(|error| unnamed(&error))?;
        let note = command.as_note(because, self.importer.clone());
        if note.is_none() {
            self.replayed.lost += 1;
        }
        Ok(note)
    }

    fn keep(&mut self, notes: Vec<PlannedCommand>) -> Result<(), Failure> {
        let mut waiting = Vec::with_capacity(notes.len());
        for note in notes {
            let answer = self.submit(&note);
            waiting.push((note, answer));
        }
        for (note, answer) in waiting {
            if let Answer::Refused(_) = self.take(&note, answer)? {
                self.replayed.lost += 1;
            }
        }
        Ok(())
    }
}

/// The importer's own names are good ones; if not, the program is wrong.
fn unnamed(error: &IdentifierError) -> Failure {
    Failure::Failed(format!("a name of the importer's own: {error:?}"))
}
