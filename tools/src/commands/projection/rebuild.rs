//! `redress projection rebuild`.

use std::process::ExitCode;

use redress_service::admin;
use serde_json::{Value, json};

use super::comparison::{count_of_differing, tell_differences};
use super::{Chosen, Place};
use crate::failure::Failure;
use crate::pages::{list as members, number as count, text};
use crate::store::progress_bar;
use crate::table::{Page, cell, number, table};
use crate::terminal::{self, Format, Tone};

pub fn rebuild(place: &Place, chosen: &Chosen) -> Result<ExitCode, Failure> {
    let bar = progress_bar(0, "rebuilding");
    let told = |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let document = match place {
        Place::Store(engine) => {
            let names = chosen.names(engine)?;
            let report = engine.rebuild_some(&names, &mut |progress| {
                told(progress.position, progress.of);
            })?;
            admin::rebuild_document(&report)
        }
        Place::Server(server) => server.work(
            &["v1", "admin", "projections", "rebuild"],
            &json!({ "names": chosen.names }),
            told,
        )?,
    };
    bar.finish_and_clear();
    let projections = members(&document, "projections");
    match chosen.shown.format {
        Format::Json => terminal::write_json(&document)?,
        Format::Table => tell(&document, projections)?,
    }
    let is_faulted = projections
        .iter()
        .any(|one| text(one, "outcome") == "faulted");
    Ok(match is_faulted {
        false => ExitCode::SUCCESS,
        true => ExitCode::FAILURE,
    })
}

fn tell(document: &Value, projections: &[Value]) -> Result<(), Failure> {
    let mut page = Page::default();
    let mut shown = table(&["projection", "rows", "that differed", "outcome"]);
    for rebuilt in projections {
        let name = text(rebuilt, "name");
        match (rebuilt.get("fault"), rebuilt.get("rows")) {
            (Some(fault), _) => shown.add_row([
                name.into(),
                "".into(),
                "".into(),
                cell(
                    format!(
                        "faulted at position {}: {}",
                        count(fault, "position"),
                        text(fault, "cause")
                    ),
                    Tone::Bad,
                ),
            ]),
            (None, Some(_)) => shown.add_row([
                name.into(),
                number(count(rebuilt, "rows")),
                count_of_differing(count(rebuilt, "differing")),
                cell("replaced", Tone::Good),
            ]),
            (None, None) => shown.add_row([
                name.into(),
                "".into(),
                "".into(),
                cell("replaced, with nothing to compare with", Tone::Good),
            ]),
        };
    }
    page.table(&shown);
    tell_differences(&mut page, projections);
    let from = match count(document, "resumed_from") {
        0 => "position 1".to_owned(),
        position => format!("position {position}, where it was interrupted,"),
    };
    let ms = |key: &str| document.get(key).and_then(Value::as_f64).unwrap_or(0.0);
    page.line(format!(
        "Built anew from {from} to {} in {:.1} s; commands waited for {:.0} ms of it.",
        count(document, "position"),
        ms("took_ms") / 1_000.0,
        ms("writer_held_ms"),
    ));
    terminal::write(page.finish())
}
