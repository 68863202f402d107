//! Tells which stories hold, and of the others every step that does not.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use super::Format;
use super::play::{Played, StepFailure};

/// Writes the result to standard output.
pub fn tell(played: &[Played], format: Format) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match format {
        Format::Text => text(&mut output, played),
        Format::Json => writeln!(output, "{:#}", document(played)),
        Format::Junit => junit(&mut output, played),
    }
}

fn text(output: &mut impl Write, played: &[Played]) -> io::Result<()> {
    for story in played {
        let verdict = if story.failures.is_empty() {
            "holds"
        } else {
            "FAILS"
        };
        writeln!(output, "{verdict}  {}: {}", story.file, story.name)?;
        for failure in &story.failures {
            writeln!(output, "  {}", line(&story.file, failure))?;
        }
    }
    let held = played
        .iter()
        .filter(|story| story.failures.is_empty())
        .count();
    writeln!(output, "{held} of {} scenarios hold", played.len())
}

fn line(file: &str, failure: &StepFailure) -> String {
    format!(
        "{file}: step {}: {}: expected {}, got {}",
        failure.step, failure.place, failure.expected, failure.actual
    )
}

fn document(played: &[Played]) -> Value {
    let scenarios: Vec<Value> = played
        .iter()
        .map(|story| {
            json!({
                "file": story.file,
                "name": story.name,
                "steps": story.steps,
                "holds": story.failures.is_empty(),
                "failures": story.failures.iter().map(|failure| json!({
                    "step": failure.step,
                    "place": failure.place,
                    "expected": failure.expected,
                    "actual": failure.actual,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "scenarios": scenarios,
        "held": played.iter().filter(|story| story.failures.is_empty()).count(),
        "failed": played.iter().filter(|story| !story.failures.is_empty()).count(),
    })
}

fn junit(output: &mut impl Write, played: &[Played]) -> io::Result<()> {
    let mut suite = TestSuite::new("scenarios");
    for story in played {
        let status = if story.failures.is_empty() {
            TestCaseStatus::success()
        } else {
            let lines: Vec<String> = story
                .failures
                .iter()
                .map(|failure| line(&story.file, failure))
                .collect();
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(lines.first().cloned().unwrap_or_default());
            status.set_description(lines.join("\n"));
            status
        };
        let mut case = TestCase::new(story.name.as_str(), status);
        case.set_classname(story.file.as_str());
        case.set_time(story.took);
        suite.add_test_case(case);
    }
    let mut report = Report::new("redress");
    report.add_test_suite(suite);
    report.serialize(&mut *output).map_err(io::Error::other)?;
    writeln!(output)
}
