//! `redress projection list`.

use std::process::ExitCode;

use redress_engine::{Engine, ProjectionCondition, ProjectionState};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::table::{Page, cell, number, table};
use crate::terminal::{self, Format, Tone};

pub fn list(engine: &Engine, format: Format) -> Result<ExitCode, Failure> {
    let states = engine.projections()?;
    match format {
        Format::Json => {
            let states: Vec<Value> = states.iter().map(state_json).collect();
            terminal::write_json(&json!({ "projections": states }))?;
        }
        Format::Table => tell(&states)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(states: &[ProjectionState]) -> Result<(), Failure> {
    let mut shown = table(&[
        "projection",
        "state",
        "position",
        "lag",
        "rows",
        "schema",
        "generation",
        "kept",
        "digest",
    ]);
    for state in states {
        let kept = state.kept.as_ref().map_or_else(
            || "–".to_owned(),
            |kept| format!("{} at {}", kept.generation, kept.position),
        );
        shown.add_row([
            state.name.into(),
            cell(name_of(&state.condition), tone_of(&state.condition)),
            number(state.position),
            number(state.lag),
            number(state.rows),
            number(state.schema),
            number(state.generation),
            kept.into(),
            cell(state.digest.get(..12).unwrap_or(&state.digest), Tone::Quiet),
        ]);
    }
    let mut page = Page::default();
    page.table(&shown);
    for state in states {
        if let ProjectionCondition::Faulted { position, cause } = &state.condition {
            page.line(format!(
                "{} stands still at position {position}: {cause}. `redress projection rebuild {}` \
                 builds it anew.",
                state.name, state.name
            ));
        }
    }
    page.line("Lag: events that are answered from memory and were not yet in the files.");
    terminal::write(page.finish())
}

fn state_json(state: &ProjectionState) -> Value {
    let mut shown = json!({
        "name": state.name,
        "state": name_of(&state.condition),
        "position": state.position,
        "lag": state.lag,
        "rows": state.rows,
        "schema": state.schema,
        "generation": state.generation,
        "digest": state.digest,
        "kept": state.kept.as_ref().map(|kept| json!({
            "generation": kept.generation,
            "position": kept.position,
            "schema": kept.schema,
        })),
    });
    if let (Some(map), ProjectionCondition::Faulted { position, cause }) =
        (shown.as_object_mut(), &state.condition)
    {
        let fault = json!({ "position": position, "cause": cause });
        map.insert("fault".to_owned(), fault);
    }
    shown
}

const fn name_of(condition: &ProjectionCondition) -> &'static str {
    match condition {
        ProjectionCondition::Live => "live",
        ProjectionCondition::Building => "building",
        ProjectionCondition::Faulted { .. } => "faulted",
    }
}

const fn tone_of(condition: &ProjectionCondition) -> Tone {
    match condition {
        ProjectionCondition::Live => Tone::Good,
        ProjectionCondition::Building => Tone::Warning,
        ProjectionCondition::Faulted { .. } => Tone::Bad,
    }
}
