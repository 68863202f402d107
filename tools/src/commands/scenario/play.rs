//! Plays one scenario: every step against a fresh engine, every difference kept.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant as Stopwatch};

use redress_domain::instant::Instant;
use redress_domain::rulebook::Edition;
use redress_engine::{Answer, Engine};
use redress_protocol::edition::{built_in, parse_edition};
use redress_protocol::scenario::{
    EditionSource, Expectation, ExpectedAnswer, Scenario, ScenarioError, Step, StepCommand,
    matches, parse,
};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::handing_in::submission;
use redress_service::views::view;

/// What came of one story.
pub struct Played {
    /// The file, as it was named.
    pub file: String,
    /// The story's name.
    pub name: String,
    /// How many steps it has.
    pub steps: usize,
    /// Every step that does not hold.
    pub failures: Vec<StepFailure>,
    /// How long it took.
    pub took: Duration,
}

/// A step that does not hold.
pub struct StepFailure {
    /// Which, from 1.
    pub step: usize,
    /// What was looked at.
    pub place: String,
    /// What had to come out.
    pub expected: Value,
    /// What came out.
    pub actual: Value,
}

/// Plays a file.
pub fn play(file: &Path) -> Result<Played, Failure> {
    let started = Stopwatch::now();
    let shown = file.display().to_string();
    let text = fs::read_to_string(file).map_err(Failure::file(shown.clone()))?;
    let file_name = file
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let scenario = parse(&text, &file_name)
        .map_err(|error: ScenarioError| Failure::Usage(format!("{shown}: {error}")))?;
    let edition = edition(&scenario, file)?;
    let engine = Engine::in_memory(edition)?;
    let mut failures = Vec::new();
    for step in &scenario.steps {
        run(&engine, step, &mut failures)?;
    }
    Ok(Played {
        file: shown,
        name: scenario.name,
        steps: scenario.steps.len(),
        failures,
        took: started.elapsed(),
    })
}

/// The edition that the story begins with: the built-in one, or a file beside the scenario.
fn edition(scenario: &Scenario, file: &Path) -> Result<Edition, Failure> {
    let shown = file.display();
    let built_in = || built_in().map_err(|error| Failure::Usage(format!("{shown}: {error}")));
    match &scenario.edition {
        None => built_in(),
        Some(EditionSource::Named(name)) => {
            let edition = built_in()?;
            if edition.name.as_str() == name {
                return Ok(edition);
            }
            Err(Failure::Usage(format!(
                "{shown}: edition: there is no edition named `{name}` built in"
            )))
        }
        Some(EditionSource::File(path)) => {
            let path = file.parent().unwrap_or_else(|| Path::new(".")).join(path);
            let text =
                fs::read_to_string(&path).map_err(Failure::file(path.display().to_string()))?;
            let base = built_in()?;
            let known = |name: &str| (base.name.as_str() == name).then(|| base.clone());
            parse_edition(&text, &known)
                .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
        }
    }
}

fn run(engine: &Engine, step: &Step, failures: &mut Vec<StepFailure>) -> Result<(), Failure> {
    if let Some(command) = &step.command {
        perform(engine, step.number, command, failures)?;
    } else {
        engine.advance(step.at, None).wait()?;
    }
    if step.rebuild {
        let changed: Vec<_> = engine
            .verify_projections()?
            .into_iter()
            .filter(|comparison| comparison.differing > 0)
            .collect();
        for comparison in changed {
            failures.push(StepFailure {
                step: step.number,
                place: format!("rebuild of {}", comparison.name),
                expected: json!("no row differs"),
                actual: json!(format!("{:?}", comparison.differences)),
            });
        }
        engine.rebuild()?;
    }
    for expectation in &step.expect {
        check(engine, step, expectation, failures)?;
    }
    Ok(())
}

fn perform(
    engine: &Engine,
    number: usize,
    command: &StepCommand,
    failures: &mut Vec<StepFailure>,
) -> Result<(), Failure> {
    let mut fail = |place: &str, expected: Value, actual: Value| {
        failures.push(StepFailure {
            step: number,
            place: place.to_owned(),
            expected,
            actual,
        });
    };
    let answer = match command.read() {
        Ok(document) => {
            let id = document.id.unwrap_or(command.derived_id);
            engine.submit(submission(document, id)).wait()?
        }
        Err(error) => {
            engine.advance(command.recorded_at, None).wait()?;
            let expected = match &command.answer {
                ExpectedAnswer::Refused(code) if *code == error.code => return Ok(()),
                ExpectedAnswer::Refused(code) => json!({ "refused": code.as_str() }),
                ExpectedAnswer::Accepted { .. } => json!("accepted"),
            };
            fail(
                "the command",
                expected,
                json!({ "refused": error.code.as_str(), "message": error.sentence() }),
            );
            return Ok(());
        }
    };
    match (&command.answer, answer) {
        (ExpectedAnswer::Refused(code), Answer::Refused(refused)) => {
            if refused.refusal.code != *code {
                fail(
                    "the command",
                    json!({ "refused": code.as_str() }),
                    json!({ "refused": refused.refusal.code.as_str(), "message": refused.refusal.message }),
                );
            }
        }
        (ExpectedAnswer::Refused(code), Answer::Accepted(accepted)) => fail(
            "the command",
            json!({ "refused": code.as_str() }),
            json!({ "accepted": accepted.events }),
        ),
        (ExpectedAnswer::Accepted { .. }, Answer::Refused(refused)) => fail(
            "the command",
            json!("accepted"),
            json!({ "refused": refused.refusal.code.as_str(), "message": refused.refusal.message }),
        ),
        (ExpectedAnswer::Accepted { replayed, events }, Answer::Accepted(accepted)) => {
            if replayed.unwrap_or(false) != accepted.replayed {
                fail(
                    "replayed",
                    json!(replayed.unwrap_or(false)),
                    json!(accepted.replayed),
                );
            }
            if let Some(events) = events
                && *events != accepted.events
            {
                fail("events", json!(events), json!(accepted.events));
            }
        }
    }
    Ok(())
}

fn check(
    engine: &Engine,
    step: &Step,
    expectation: &Expectation,
    failures: &mut Vec<StepFailure>,
) -> Result<(), Failure> {
    let at: Instant = step.at;
    let actual = view(engine, &expectation.query, Some(at))?
        .document
        .unwrap_or(Value::Null);
    for mismatch in matches(&expectation.expected, &actual) {
        let path = if mismatch.path.is_empty() {
            String::new()
        } else {
            format!(" {}", mismatch.path)
        };
        failures.push(StepFailure {
            step: step.number,
            place: format!("{}{path}", expectation.view),
            expected: mismatch.expected,
            actual: mismatch.actual.unwrap_or(Value::Null),
        });
    }
    Ok(())
}
