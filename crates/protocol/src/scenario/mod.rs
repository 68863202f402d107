//! A scenario: one story as YAML, with what must come out.

mod expectation;
mod matching;
#[cfg(test)]
mod tests;

pub use expectation::Expectation;
pub use matching::{Mismatch, matches};

use redress_domain::instant::Instant;
use redress_domain::refusal::Code;
use serde_json::{Map, Value};
use uuid::{Uuid, uuid};

use crate::command::{CommandDocument, CommandError};
use crate::field::{Field, FieldError, Fields, Place};
use crate::instant::{format_instant, parse_span};

/// The namespace of ids that are derived from steps of scenarios.
const NAMESPACE: Uuid = uuid!("b3c6c1f2-5b1d-5f64-8f0c-0f3d1d1a7a02");

/// A story, its instants worked out.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// Clauses, guides and policies that it is about.
    pub clauses: Vec<String>,
    /// Under which edition; the built-in one when it says nothing.
    pub edition: Option<EditionSource>,
    /// When it begins.
    pub start: Instant,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// Where a scenario's edition comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditionSource {
    /// An edition that the program knows, by name.
    Named(String),
    /// A file, by its path from the scenario's folder.
    File(String),
}

/// One step: time passes to `at`, then the command, then the rebuild, then what is expected.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number, from 1.
    pub number: usize,
    /// The scenario's clock at this step; never earlier than at the step before.
    pub at: Instant,
    /// What is asked, and how it must be answered.
    pub command: Option<StepCommand>,
    /// Whether every read model is dropped and rebuilt from the log.
    pub rebuild: bool,
    /// What the views must show then.
    pub expect: Vec<Expectation>,
}

/// The command of a step.
#[derive(Clone, Debug)]
pub struct StepCommand {
    /// The command as a document; reading it may be refused, and the scenario may expect that.
    pub document: Value,
    /// The id that it has when it names none: derived from file name and step.
    pub derived_id: Uuid,
    /// When it is recorded: the step's instant.
    pub recorded_at: Instant,
    /// How it must be answered.
    pub answer: ExpectedAnswer,
}

/// How a command must be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedAnswer {
    /// Accepted.
    Accepted {
        /// Whether as a repeat; `None` leaves it open.
        replayed: Option<bool>,
        /// Exactly these types of events, in order; `None` leaves it open.
        events: Option<Vec<String>>,
    },
    /// Refused with this code.
    Refused(Code),
}

/// What is wrong with a scenario, with the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The text is not YAML.
    #[error("not a YAML document: {0}")]
    Syntax(String),
    /// Something before the steps is wrong.
    #[error("{0}")]
    Head(String),
    /// A step is wrong.
    #[error("step {step}: {message}")]
    Step {
        /// Its number, from 1.
        step: usize,
        /// The place in the step and what is wrong there.
        message: String,
    },
}

impl StepCommand {
    /// Reads the command, with the id and the instant that the scenario gives it.
    ///
    /// # Errors
    /// What is wrong with the document; that is an answer which a scenario may expect.
    pub fn read(&self) -> Result<CommandDocument, CommandError> {
        let mut command = crate::command::parse(&self.document)?;
        command.id.get_or_insert(self.derived_id);
        command.recorded_at = Some(self.recorded_at);
        Ok(command)
    }
}

/// The id of the command of a step that names none. Steps count from 1.
#[must_use]
pub fn derive_id(file_name: &str, step: usize) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{step} {file_name}").as_bytes())
}

/// Reads a scenario. `file_name` is the file's name without its folder.
///
/// # Errors
/// The first wrong thing found, by step and place.
pub fn parse(text: &str, file_name: &str) -> Result<Scenario, ScenarioError> {
    // Words like `no` and `on` are texts, as in YAML 1.2.
    let options = serde_saphyr::options! { strict_booleans: true };
    let document: Value = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| ScenarioError::Syntax(error.to_string()))?;
    let whole = Field {
        value: &document,
        place: Place::Document(""),
    };
    let fields = whole
        .object(&["name", "clauses", "edition", "start", "steps"])
        .map_err(head)?;
    let start = required_instant(&fields).map_err(head)?;
    let mut scenario = Scenario {
        name: text_of(&fields, "name").map_err(head)?,
        clauses: texts_of(&fields, "clauses")
            .map_err(head)?
            .unwrap_or_default(),
        edition: edition(&fields).map_err(head)?,
        start,
        steps: Vec::new(),
    };
    let steps = fields.required("steps").map_err(head)?;
    let mut clock = start;
    for (index, item) in steps.list().map_err(head)?.iter().enumerate() {
        let number = index + 1;
        let field = Field {
            value: item.value,
            place: Place::Document(""),
        };
        let step =
            step(&field, number, start, clock, file_name).map_err(|error| ScenarioError::Step {
                step: number,
                message: sentence(error),
            })?;
        clock = step.at;
        scenario.steps.push(step);
    }
    Ok(scenario)
}

fn sentence(error: FieldError) -> String {
    if error.path.is_empty() {
        error.message
    } else {
        format!("{}: {}", error.path, error.message)
    }
}

fn head(error: FieldError) -> ScenarioError {
    ScenarioError::Head(sentence(error))
}

fn required_instant(fields: &Fields<'_, '_>) -> Result<Instant, FieldError> {
    fields.required("start")?.instant()
}

fn text_of(fields: &Fields<'_, '_>, key: &str) -> Result<String, FieldError> {
    Ok(fields.required(key)?.text()?.to_owned())
}

fn texts_of(fields: &Fields<'_, '_>, key: &str) -> Result<Option<Vec<String>>, FieldError> {
    fields
        .optional(key)
        .map(|field| {
            let items = field.list()?;
            items
                .iter()
                .map(|item| Ok(item.text()?.to_owned()))
                .collect()
        })
        .transpose()
}

fn edition(fields: &Fields<'_, '_>) -> Result<Option<EditionSource>, FieldError> {
    let Some(field) = fields.optional("edition") else {
        return Ok(None);
    };
    let text = field.text()?;
    if text.trim().is_empty() {
        return Err(field.invalid("must be the name of an edition or a path"));
    }
    let is_path = text.contains('/') || text.ends_with(".toml");
    Ok(Some(if is_path {
        EditionSource::File(text.to_owned())
    } else {
        EditionSource::Named(text.to_owned())
    }))
}

const COMMAND_KEYS: [&str; 9] = [
    "by",
    "with",
    "id",
    "occurred_at",
    "trust",
    "expected_version",
    "refused",
    "replayed",
    "events",
];

fn step(
    field: &Field<'_, '_>,
    number: usize,
    start: Instant,
    clock: Instant,
    file_name: &str,
) -> Result<Step, FieldError> {
    let known: Vec<&str> = ["at", "do", "expect", "rebuild"]
        .into_iter()
        .chain(COMMAND_KEYS)
        .collect();
    let fields = field.object(&known)?;
    let at = match fields.optional("at") {
        Some(field) => at(&field, start, clock)?,
        None => clock,
    };
    let command = match fields.optional("do") {
        Some(kind) => Some(StepCommand {
            document: document(&kind, &fields, start)?,
            derived_id: derive_id(file_name, number),
            recorded_at: at,
            answer: answer(&fields)?,
        }),
        None => {
            if let Some((_, field)) = fields.entries().find(|(key, _)| COMMAND_KEYS.contains(key)) {
                return Err(field.invalid("stands without a command in `do`"));
            }
            None
        }
    };
    let rebuild = match fields.optional("rebuild") {
        Some(field) => field.boolean()?,
        None => false,
    };
    let expect = match fields.optional("expect") {
        Some(field) => expectation::expectations(&field)?,
        None => Vec::new(),
    };
    let silent = command.is_none() && !rebuild && expect.is_empty();
    if silent && fields.optional("at").is_none() {
        return Err(field.invalid("a step does, expects or rebuilds something"));
    }
    Ok(Step {
        number,
        at,
        command,
        rebuild,
        expect,
    })
}

/// An instant, or an offset from the start like `+72h0.001s`.
fn at(field: &Field<'_, '_>, start: Instant, clock: Instant) -> Result<Instant, FieldError> {
    let at = match offset(field.text()?) {
        Some(Ok(milliseconds)) => {
            Instant::from_unix_ms(start.unix_ms().saturating_add(milliseconds))
        }
        Some(Err(message)) => return Err(field.invalid(message)),
        None => field.instant()?,
    };
    if at < clock {
        return Err(field.invalid("lies before the step before"));
    }
    Ok(at)
}

/// An offset in milliseconds; `None` when the text does not begin like one.
fn offset(text: &str) -> Option<Result<i64, String>> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    Some(
        parse_span(rest)
            .map(|span| sign * span.ms())
            .map_err(|error| error.to_string()),
    )
}

/// The command as others write it. Only an offset in `occurred_at` is worked out here; whatever
/// else may be wrong is for the reading of commands to say.
fn document(
    kind: &Field<'_, '_>,
    fields: &Fields<'_, '_>,
    start: Instant,
) -> Result<Value, FieldError> {
    let mut map = Map::new();
    map.insert("type".to_owned(), kind.text()?.into());
    for (key, own_key) in [
        ("id", "id"),
        ("by", "by"),
        ("trust", "trust"),
        ("expected_version", "expected_version"),
        ("with", "data"),
    ] {
        if let Some(field) = fields.optional(key) {
            map.insert(own_key.to_owned(), field.value.clone());
        }
    }
    if let Some(field) = fields.optional("occurred_at") {
        let occurred_at = match field.value.as_str().and_then(offset) {
            Some(Ok(milliseconds)) => {
                let instant = Instant::from_unix_ms(start.unix_ms().saturating_add(milliseconds));
                let utc = redress_domain::instant::CivilOffset::from_seconds(0);
                format_instant(instant, utc).into()
            }
            Some(Err(message)) => return Err(field.invalid(message)),
            None => field.value.clone(),
        };
        map.insert("occurred_at".to_owned(), occurred_at);
    }
    Ok(Value::Object(map))
}

fn answer(fields: &Fields<'_, '_>) -> Result<ExpectedAnswer, FieldError> {
    let replayed = fields
        .optional("replayed")
        .map(|field| field.boolean())
        .transpose()?;
    let events = texts_of(fields, "events")?;
    let Some(refused) = fields.optional("refused") else {
        return Ok(ExpectedAnswer::Accepted { replayed, events });
    };
    if replayed.is_some() || events.is_some() {
        return Err(refused.invalid("a refused command has no events and is no repeat"));
    }
    let text = refused.text()?;
    Code::ALL
        .iter()
        .find(|code| code.as_str() == text)
        .map(|code| ExpectedAnswer::Refused(*code))
        .ok_or_else(|| refused.invalid(format!("there is no code `{text}`")))
}
