//! `redress projection verify`, and how what differs is told.

use std::process::ExitCode;

use redress_service::admin;
use serde_json::Value;

use super::Place;
use crate::failure::{Failure, INTEGRITY};
use crate::pages::{list as members, number as count, text};
use crate::table::{Page, cell, number, table};
use crate::terminal::{self, Format, Tone};
use crate::wording::counted;

pub fn verify(place: &Place, format: Format) -> Result<ExitCode, Failure> {
    let document = match place {
        Place::Store(engine) => {
            let comparisons = engine.verify_projections()?;
            admin::comparison_document(&comparisons, engine.last_position())
        }
        Place::Server(server) => server.work(
            &["v1", "admin", "projections", "verify"],
            &Value::Null,
            |_, _| {},
        )?,
    };
    let differing = count(&document, "differing");
    match format {
        Format::Json => terminal::write_json(&document)?,
        Format::Table => {
            let comparisons = members(&document, "projections");
            let mut page = Page::default();
            let mut shown = table(&["projection", "rows", "that differed"]);
            for comparison in comparisons {
                shown.add_row([
                    text(comparison, "name").into(),
                    number(count(comparison, "rows")),
                    count_of_differing(count(comparison, "differing")),
                ]);
            }
            page.table(&shown);
            tell_differences(&mut page, comparisons);
            let rows: u64 = comparisons.iter().map(|one| count(one, "rows")).sum();
            page.line(match differing {
                0 => format!(
                    "{} equal those folded from position 1 to {}.",
                    counted(rows, "row"),
                    count(&document, "position")
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

/// A number of rows that should be none.
pub fn count_of_differing(differing: u64) -> comfy_table::Cell {
    let tone = match differing {
        0 => Tone::Good,
        _ => Tone::Bad,
    };
    cell(differing, tone).set_alignment(comfy_table::CellAlignment::Right)
}

/// Tells the first differences, field by field.
pub fn tell_differences(page: &mut Page, comparisons: &[Value]) {
    for comparison in comparisons {
        let differences = members(comparison, "differences");
        for difference in differences {
            page.line(told(difference));
        }
        let (told, differing) = (differences.len() as u64, count(comparison, "differing"));
        if differing > told {
            page.line(format!(
                "and {} more of {}",
                differing - told,
                text(comparison, "name")
            ));
        }
    }
}

fn told(difference: &Value) -> String {
    let mut told = format!(
        "{} {:?}: {}",
        text(difference, "table"),
        text(difference, "key"),
        text(difference, "what")
    );
    let said = |key: &str| difference.get(key).and_then(Value::as_str);
    if let Some(before) = said("before") {
        told.push_str(&format!("; it was {before}"));
    }
    if let Some(now) = said("now") {
        told.push_str(&format!("; the log gives {now}"));
    }
    told
}
