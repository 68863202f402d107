//! What is played: the scenarios of this project as plain lists of acts, and commands written as
//! JSON.

use std::fs;
use std::path::Path;

use redress_domain::instant::Instant;
use redress_domain::rulebook::Edition;
use redress_engine::{Answer, Engine, Submission, Submitter};
use redress_protocol::command;
use redress_protocol::edition::{built_in, parse_edition};
use redress_protocol::instant::parse_instant;
use redress_protocol::scenario::{EditionSource, Scenario, parse};
use redress_tests::files::scenarios;
use serde_json::{Value, json};
use uuid::Uuid;

/// A list of acts and the edition that they begin with.
pub struct Story {
    pub name: String,
    pub edition: Edition,
    pub acts: Vec<Act>,
}

/// One thing that is handed to the engine.
#[derive(Clone)]
pub enum Act {
    /// A command.
    Submit(Box<Submission>),
    /// Time passes.
    Advance(Instant),
}

impl Story {
    pub fn play(&self, engine: &Engine) -> Vec<Option<Answer>> {
        self.acts.iter().map(|act| act.play(engine)).collect()
    }
}

impl Act {
    /// Hands the act in; the answer of a command.
    pub fn play(&self, engine: &Engine) -> Option<Answer> {
        match self {
            Self::Submit(submission) => {
                Some(engine.submit(Submission::clone(submission)).wait().unwrap())
            }
            Self::Advance(to) => {
                engine.advance(*to, None).wait().unwrap();
                None
            }
        }
    }

    /// When the act happens.
    pub fn at(&self) -> Instant {
        match self {
            Self::Submit(submission) => submission.recorded_at.unwrap(),
            Self::Advance(to) => *to,
        }
    }
}

/// Every scenario, in the order of its file names.
pub fn stories() -> Vec<Story> {
    let files = scenarios();
    files.iter().map(|file| story(file)).collect()
}

/// The scenarios whose file names begin like this, or all of them where that was asked for.
pub fn stories_named(prefixes: &[&str]) -> Vec<Story> {
    let all = std::env::var_os("REDRESS_ALL_STORIES").is_some();
    let chosen: Vec<Story> = stories()
        .into_iter()
        .filter(|story| all || prefixes.iter().any(|prefix| story.name.starts_with(prefix)))
        .collect();
    assert!(chosen.len() >= prefixes.len());
    chosen
}

fn story(file: &Path) -> Story {
    let text = fs::read_to_string(file).unwrap();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let scenario = parse(&text, &name).unwrap();
    let edition = edition(&scenario, file);
    let acts = scenario
        .steps
        .iter()
        .map(|step| {
            let command = step.command.as_ref().map(|command| command.read());
            match command {
                Some(Ok(document)) => Act::Submit(Box::new(submission_of(document))),
                Some(Err(_)) | None => Act::Advance(step.at),
            }
        })
        .collect();
    Story {
        name,
        edition,
        acts,
    }
}

fn edition(scenario: &Scenario, file: &Path) -> Edition {
    let base = built_in().unwrap();
    match &scenario.edition {
        None | Some(EditionSource::Named(_)) => base,
        Some(EditionSource::File(path)) => {
            let text = fs::read_to_string(file.parent().unwrap().join(path)).unwrap();
            parse_edition(&text, &|name| {
                (base.name.as_str() == name).then(|| base.clone())
            })
            .unwrap()
        }
    }
}

fn submission_of(document: command::CommandDocument) -> Submission {
    Submission {
        command_id: document.id.unwrap(),
        request: document.request,
        recorded_at: document.recorded_at,
        occurred_at: document.occurred_at,
        by: document.by,
        trust: document.trust,
        submitter: Submitter::Operator,
        expected_version: document.expected_version,
        correlation_id: document.correlation_id,
        body: document.body,
        history: None,
    }
}

/// A command from its document. Without an `id` it has one that follows from the document.
pub fn command(mut document: Value) -> Submission {
    if document.get("id").is_none() {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, document.to_string().as_bytes());
        document["id"] = json!(id.to_string());
    }
    submission_of(command::parse(&document).unwrap_or_else(|error| panic!("{error}: {document}")))
}

/// A command at an instant by somebody, written `role:id`.
pub fn at(recorded_at: &str, by: &str, kind: &str, data: Value) -> Submission {
    let mut submission = asked(by, kind, data);
    submission.recorded_at = Some(instant(recorded_at));
    // Two of the same kind at different instants are two commands.
    let name = format!("{} {recorded_at}", submission.command_id);
    submission.command_id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
    submission
}

/// A command at the program's clock by somebody, written `role:id`.
pub fn asked(by: &str, kind: &str, data: Value) -> Submission {
    let (role, id) = by.split_once(':').unwrap();
    command(json!({ "type": kind, "by": { "role": role, "id": id }, "data": data }))
}

pub fn instant(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

/// A complaint of `U1` against `M1` about one order, without a requested refund.
pub fn filing(complaint_id: &str, user_ref: &str, description: &str) -> Value {
    json!({ "complaint_id": complaint_id, "merchant_id": "M1", "user_ref": user_ref,
        "problem": "other", "channel": "self_service", "description": description,
        "orders": [{ "order_id": format!("O-{complaint_id}"), "amount_fen": 9900 }] })
}

/// A direct merchant.
pub fn merchant(merchant_id: &str) -> Value {
    json!({ "merchant_id": merchant_id, "kind": "direct", "industry": "general", "name": "Example" })
}
