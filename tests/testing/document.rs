//! `tests/TESTING.md`, as it follows from the promises and the records.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::evidence::Record;
use super::promises::{Changes, Chapter, Promise, Promises, Trial};

/// What stands above the promises.
const BEGINNING: &str = "# What is tested, how often, and what is not

Made from `promises.toml`, which says what is promised and which tests hold it, and from the records \
in `evidence/`, which the tests write themselves. Do not edit it: a test compares it with what \
would be made.

```sh
REDRESS_EVIDENCE=record cargo test --workspace                                   # count again
REDRESS_EVIDENCE=write cargo test -p redress-tests --test house promised         # write this file
```

- A test is named by its binary or crate, its modules and its name. \
`faults::power::no_segment_is_lost_by_a_power_cut` is run by \
`cargo test -p redress-tests --test faults power::no_segment_is_lost_by_a_power_cut`, \
`redress_store::…` by `cargo test -p redress-store …`.
- *How often* is what the test counted when it was last recorded, with the environment setting that \
made it do more than it does by default. A record is written only by a test that held. Without a \
record the cases are written in the test, and the same each time.
- A *control* takes one safeguard away, or plants a mistake, and passes only when the trial notices.
";

/// The document.
///
/// # Errors
/// When a record that a promise names cannot be had; the text says which.
pub fn document(
    promises: &Promises,
    record: impl Fn(&str) -> Result<Record, String>,
) -> Result<String, String> {
    let mut text = BEGINNING.to_owned();
    let tests = |trials: &mut dyn Iterator<Item = &Trial>| -> usize {
        let names: BTreeSet<String> = trials.map(|trial| trial.test.clone()).collect();
        names.len()
    };
    let all = || promises.all.iter();
    let _ = writeln!(
        text,
        "\n{} promises, {} tests that hold them, {} of these with a count; {} tests that are \
         controls.",
        all().count(),
        tests(&mut all().flat_map(|one| &one.tried)),
        tests(
            &mut all()
                .flat_map(|one| &one.tried)
                .filter(|one| one.recorded.is_some())
        ),
        tests(&mut all().flat_map(|one| &one.controls)),
    );
    for chapter in Chapter::ALL {
        let title = match chapter {
            Chapter::Promise => "What is promised",
            Chapter::Fault => "What may happen to it",
        };
        let _ = writeln!(text, "\n## {title}");
        for promise in all().filter(|one| one.chapter == chapter) {
            write_promise(&mut text, promise, &record)?;
        }
    }
    if !promises.changes.is_empty() {
        text += "\n## Changes of the code, and whether a test notices\n\n\
            A tool changes the code in one place after the other (another comparison, another \
            value, a body left out) and runs the tests. Counted by hand from its runs, after tests \
            were added for what went unnoticed at first.\n";
    }
    for changes in &promises.changes {
        write_changes(&mut text, changes);
    }
    if !promises.not_tested.is_empty() {
        text += "\n## What nothing here tests\n\n";
        write_list(&mut text, &promises.not_tested);
    }
    Ok(text)
}

fn write_promise(
    text: &mut String,
    promise: &Promise,
    record: &impl Fn(&str) -> Result<Record, String>,
) -> Result<(), String> {
    let _ = writeln!(text, "\n### {}\n\n{}", promise.name, promise.sentence);
    write_trials(text, ("Tried", "holds"), &promise.tried, record)?;
    if !promise.controls.is_empty() {
        write_trials(text, ("Control", "noticed"), &promise.controls, record)?;
    }
    if !promise.longer.is_empty() {
        let settings: Vec<String> = promise
            .longer
            .iter()
            .map(|one| format!("`{one}`"))
            .collect();
        let _ = writeln!(text, "\nLonger: {}.", settings.join(", "));
    }
    if !promise.not_tested.is_empty() {
        text.push_str("\nNot tested:\n\n");
        write_list(text, &promise.not_tested);
    }
    Ok(())
}

fn write_changes(text: &mut String, changes: &Changes) {
    let _ = writeln!(
        text,
        "\n### {}\n\n`{}`\n\n{} changes: with {} a test fails, with {} one does not end, {} do \
         not compile, {} go unnoticed:\n",
        changes.of,
        changes.command,
        grouped(changes.tried),
        grouped(changes.failed),
        grouped(changes.hung),
        grouped(changes.refused),
        grouped(changes.unnoticed()),
    );
    let unnoticed: Vec<String> = changes
        .unnoticed
        .iter()
        .map(|one| format!("{}: {}", one.times, one.why))
        .collect();
    write_list(text, &unnoticed);
}

/// A table of trials. A test that fails stops everything, so what came of each is what its passing
/// means.
fn write_trials(
    text: &mut String,
    (title, outcome): (&str, &str),
    trials: &[Trial],
    record: &impl Fn(&str) -> Result<Record, String>,
) -> Result<(), String> {
    let _ = writeln!(
        text,
        "\n| {title} | How often, and what came of it | Test |\n|---|---|---|"
    );
    for trial in trials {
        let counted = match &trial.recorded {
            Some(name) => format!("{}; {outcome}", counted(&record(name)?)),
            None => format!("the cases in the test; {outcome}"),
        };
        let _ = writeln!(text, "| {} | {counted} | `{}` |", trial.what, trial.test);
    }
    Ok(())
}

fn counted(record: &Record) -> String {
    let mut parts: Vec<String> = record
        .counted
        .iter()
        .map(|(what, times)| format!("{} {what}", grouped(*times)))
        .collect();
    if let Some(asked) = &record.asked {
        parts.push(format!("(`{asked}`)"));
    }
    parts.join(", ")
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

fn write_list(text: &mut String, sentences: &[String]) {
    for sentence in sentences {
        let _ = writeln!(text, "- {sentence}");
    }
}
