//! `redress projection rebuild`.

use std::process::ExitCode;

use redress_engine::{Engine, RebuildOutcome, RebuildReport};
use serde_json::{Value, json};

use super::Chosen;
use super::comparison::{count_of_differing, in_json, tell_differences};
use crate::failure::Failure;
use crate::store::progress_bar;
use crate::table::{Page, cell, number, table};
use crate::terminal::{self, Format, Tone};

pub fn rebuild(engine: &Engine, chosen: &Chosen) -> Result<ExitCode, Failure> {
    let names = chosen.names(engine)?;
    let bar = progress_bar(engine.last_position(), "rebuilding");
    let report = engine.rebuild_some(&names, &mut |progress| {
        bar.set_length(progress.of);
        bar.set_position(progress.position);
    })?;
    bar.finish_and_clear();
    match chosen.shown.format {
        Format::Json => terminal::write_json(&report_json(&report))?,
        Format::Table => tell(&report)?,
    }
    let is_faulted = report
        .projections
        .iter()
        .any(|one| matches!(one.outcome, RebuildOutcome::Faulted { .. }));
    Ok(match is_faulted {
        false => ExitCode::SUCCESS,
        true => ExitCode::FAILURE,
    })
}

fn tell(report: &RebuildReport) -> Result<(), Failure> {
    let mut page = Page::default();
    let mut shown = table(&["projection", "rows", "that differed", "outcome"]);
    for rebuilt in &report.projections {
        match &rebuilt.outcome {
            RebuildOutcome::Replaced(Some(comparison)) => shown.add_row([
                rebuilt.name.into(),
                number(comparison.rows),
                count_of_differing(comparison.differing),
                cell("replaced", Tone::Good),
            ]),
            RebuildOutcome::Replaced(None) => shown.add_row([
                rebuilt.name.into(),
                "".into(),
                "".into(),
                cell("replaced, with nothing to compare with", Tone::Good),
            ]),
            RebuildOutcome::Faulted { position, cause } => shown.add_row([
                rebuilt.name.into(),
                "".into(),
                "".into(),
                cell(
                    format!("faulted at position {position}: {cause}"),
                    Tone::Bad,
                ),
            ]),
        };
    }
    page.table(&shown);
    let comparisons = report
        .projections
        .iter()
        .filter_map(|one| match &one.outcome {
            RebuildOutcome::Replaced(comparison) => comparison.as_ref(),
            RebuildOutcome::Faulted { .. } => None,
        });
    tell_differences(&mut page, comparisons);
    let from = match report.resumed_from {
        0 => "position 1".to_owned(),
        position => format!("position {position}, where it was interrupted,"),
    };
    page.line(format!(
        "Built anew from {from} to {} in {:.1} s; commands waited for {:.0} ms of it.",
        report.position,
        report.took.as_secs_f64(),
        report.writer_held.as_secs_f64() * 1_000.0
    ));
    terminal::write(page.finish())
}

fn report_json(report: &RebuildReport) -> Value {
    let projections: Vec<Value> = report
        .projections
        .iter()
        .map(|rebuilt| match &rebuilt.outcome {
            RebuildOutcome::Replaced(Some(comparison)) => {
                let mut shown = in_json(comparison);
                if let Some(map) = shown.as_object_mut() {
                    map.insert("outcome".to_owned(), "replaced".into());
                }
                shown
            }
            RebuildOutcome::Replaced(None) => json!({
                "name": rebuilt.name,
                "outcome": "replaced",
            }),
            RebuildOutcome::Faulted { position, cause } => json!({
                "name": rebuilt.name,
                "outcome": "faulted",
                "fault": { "position": position, "cause": cause },
            }),
        })
        .collect();
    json!({
        "position": report.position,
        "resumed_from": report.resumed_from,
        "took_ms": report.took.as_secs_f64() * 1_000.0,
        "writer_held_ms": report.writer_held.as_secs_f64() * 1_000.0,
        "packed_bytes": report.packed_bytes,
        "projections": projections,
    })
}
