//! `redress projection list`.

use std::process::ExitCode;

use redress_service::admin;
use serde_json::Value;

use super::Place;
use crate::failure::Failure;
use crate::pages::{list as members, number as count, text};
use crate::table::{Page, cell, number, table};
use crate::terminal::{self, Format, Tone};

pub fn list(place: &Place, format: Format) -> Result<ExitCode, Failure> {
    let document = match place {
        Place::Store(engine) => admin::projections_document(&engine.projections()?),
        Place::Server(server) => server.get(&["v1", "admin", "projections"], &[])?.document,
    };
    match format {
        Format::Json => terminal::write_json(&document)?,
        Format::Table => tell(members(&document, "projections"))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(states: &[Value]) -> Result<(), Failure> {
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
        let kept = state.get("kept").filter(|kept| !kept.is_null());
        let kept = kept.map_or_else(
            || "–".to_owned(),
            |kept| {
                format!(
                    "{} at {}",
                    count(kept, "generation"),
                    count(kept, "position")
                )
            },
        );
        let digest = text(state, "digest");
        shown.add_row([
            text(state, "name").into(),
            cell(text(state, "state"), tone_of(text(state, "state"))),
            number(count(state, "position")),
            number(count(state, "lag")),
            number(count(state, "rows")),
            number(count(state, "schema")),
            number(count(state, "generation")),
            kept.into(),
            cell(digest.get(..12).unwrap_or(digest), Tone::Quiet),
        ]);
    }
    let mut page = Page::default();
    page.table(&shown);
    for state in states {
        if let Some(fault) = state.get("fault") {
            let name = text(state, "name");
            page.line(format!(
                "{name} stands still at position {}: {}. `redress projection rebuild {name}` \
                 builds it anew.",
                count(fault, "position"),
                text(fault, "cause"),
            ));
        }
    }
    page.line("Lag: events that are answered from memory and were not yet in the files.");
    terminal::write(page.finish())
}

fn tone_of(state: &str) -> Tone {
    match state {
        "live" => Tone::Good,
        "building" => Tone::Warning,
        _ => Tone::Bad,
    }
}
