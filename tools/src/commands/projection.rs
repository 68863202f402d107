//! `redress projection`: the read models, what they reflect, and proof that they are what the log
//! says.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use redress_engine::{Comparison, Engine, ProjectionState};
use serde_json::{Value, json};

use crate::failure::{Failure, INTEGRITY};
use crate::store::StoreArguments;
use crate::table::{Page, cell, number, table};
use crate::terminal::{self, Format, Tone};
use crate::wording::counted;

/// What to do with the read models.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// One thing to do with the read models.
#[derive(Subcommand)]
enum Task {
    /// Every projection with the position that it reflects, its rows and a digest over them.
    List(Shown),
    /// Fold the log anew, tell what differs from the rows in use, and put the new rows in their
    /// place. All projections always reflect one position, so all of them are built anew.
    Rebuild(Rebuild),
    /// Fold the log anew in memory and compare every row; exit code 5 when one differs. Changes
    /// nothing.
    Verify(Shown),
}

/// How to tell the result.
#[derive(Args)]
struct Shown {
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What to rebuild.
#[derive(Args)]
struct Rebuild {
    /// Tell of these projections only.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    shown: Shown,
}

/// Does it.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    store.expect_store()?;
    let engine = store.open()?;
    match &arguments.task {
        Task::List(shown) => list(&engine, shown.format),
        Task::Rebuild(arguments) => rebuild(&engine, arguments),
        Task::Verify(shown) => verify(&engine, shown.format),
    }
}

fn list(engine: &Engine, format: Format) -> Result<ExitCode, Failure> {
    let states = engine.projections()?;
    match format {
        Format::Json => {
            let states: Vec<Value> = states.iter().map(state_json).collect();
            terminal::write_json(&json!({ "projections": states }))?;
        }
        Format::Table => {
            let mut shown = table(&[
                "projection",
                "state",
                "position",
                "lag",
                "rows",
                "schema",
                "digest",
            ]);
            for state in &states {
                let is_current = state.lag == 0;
                shown.add_row([
                    state.name.into(),
                    match is_current {
                        true => cell("current", Tone::Good),
                        false => cell("behind", Tone::Warning),
                    },
                    number(state.position),
                    number(state.lag),
                    number(state.rows),
                    number(state.schema),
                    cell(state.digest.get(..16).unwrap_or(&state.digest), Tone::Quiet),
                ]);
            }
            let mut page = Page::default();
            page.table(&shown);
            page.line(
                "Lag: events that are answered from memory and not yet in the read store's files.",
            );
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn state_json(state: &ProjectionState) -> Value {
    json!({
        "name": state.name,
        "state": if state.lag == 0 { "current" } else { "behind" },
        "position": state.position,
        "lag": state.lag,
        "rows": state.rows,
        "schema": state.schema,
        "digest": state.digest,
    })
}

fn verify(engine: &Engine, format: Format) -> Result<ExitCode, Failure> {
    let comparisons = engine.verify_projections()?;
    let differing: u64 = comparisons.iter().map(|one| one.differing).sum();
    let position = engine.last_position();
    match format {
        Format::Json => terminal::write_json(&json!({
            "position": position,
            "differing": differing,
            "projections": comparisons.iter().map(comparison_json).collect::<Vec<_>>(),
        }))?,
        Format::Table => {
            let mut page = Page::default();
            page.table(&comparison_table(&comparisons));
            tell_differences(&mut page, &comparisons);
            let rows: u64 = comparisons.iter().map(|one| one.rows).sum();
            page.line(match differing {
                0 => format!(
                    "{} equal those folded from position 1 to {position}.",
                    counted(rows, "row")
                ),
                _ => format!(
                    "{} not what the log says; `redress projection rebuild` replaces them.",
                    if differing == 1 {
                        "1 row is".to_owned()
                    } else {
                        format!("{differing} rows are")
                    }
                ),
            });
            terminal::write(page.finish())?;
        }
    }
    Ok(match differing {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(INTEGRITY),
    })
}

fn rebuild(engine: &Engine, arguments: &Rebuild) -> Result<ExitCode, Failure> {
    let known: Vec<&str> = engine
        .projections()?
        .iter()
        .map(|state| state.name)
        .collect();
    for name in &arguments.names {
        if !known.contains(&name.as_str()) {
            return Err(Failure::Usage(format!(
                "there is no projection named `{name}`; there are {}",
                known.join(", ")
            )));
        }
    }
    let asked =
        |name: &str| arguments.names.is_empty() || arguments.names.iter().any(|one| one == name);
    let comparisons: Vec<Comparison> = engine
        .verify_projections()?
        .into_iter()
        .filter(|comparison| asked(comparison.name))
        .collect();
    engine.rebuild()?;
    let states: BTreeMap<&str, ProjectionState> = engine
        .projections()?
        .into_iter()
        .map(|state| (state.name, state))
        .collect();
    let position = engine.last_position();
    match arguments.shown.format {
        Format::Json => {
            let projections: Vec<Value> = comparisons
                .iter()
                .map(|comparison| {
                    let mut shown = comparison_json(comparison);
                    if let (Some(map), Some(state)) =
                        (shown.as_object_mut(), states.get(comparison.name))
                    {
                        map.insert("digest".to_owned(), state.digest.as_str().into());
                    }
                    shown
                })
                .collect();
            terminal::write_json(&json!({ "position": position, "projections": projections }))?;
        }
        Format::Table => {
            let mut page = Page::default();
            page.table(&comparison_table(&comparisons));
            tell_differences(&mut page, &comparisons);
            page.line(format!(
                "All projections were built anew from position 1 to {position}."
            ));
            terminal::write(page.finish())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn comparison_table(comparisons: &[Comparison]) -> comfy_table::Table {
    let mut shown = table(&["projection", "rows", "that differed"]);
    for comparison in comparisons {
        let tone = match comparison.differing {
            0 => Tone::Good,
            _ => Tone::Bad,
        };
        shown.add_row([
            comparison.name.into(),
            number(comparison.rows),
            cell(comparison.differing, tone).set_alignment(comfy_table::CellAlignment::Right),
        ]);
    }
    shown
}

fn tell_differences(page: &mut Page, comparisons: &[Comparison]) {
    for comparison in comparisons {
        for difference in &comparison.differences {
            page.line(format!(
                "{} {:?}: {}",
                difference.table, difference.key, difference.what
            ));
        }
        let told = comparison.differences.len() as u64;
        if comparison.differing > told {
            page.line(format!(
                "and {} more of {}",
                comparison.differing - told,
                comparison.name
            ));
        }
    }
}

fn comparison_json(comparison: &Comparison) -> Value {
    json!({
        "name": comparison.name,
        "rows": comparison.rows,
        "differing": comparison.differing,
        "differences": comparison.differences.iter().map(|difference| json!({
            "table": difference.table,
            "key": difference.key,
            "what": difference.what,
        })).collect::<Vec<_>>(),
    })
}
