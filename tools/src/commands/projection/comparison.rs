//! `redress projection verify`, and how what differs is told.

use std::process::ExitCode;

use redress_engine::{Comparison, Difference, Engine};
use serde_json::{Value, json};

use crate::failure::{Failure, INTEGRITY};
use crate::table::{Page, cell, number, table};
use crate::terminal::{self, Format, Tone};
use crate::wording::counted;

pub fn verify(engine: &Engine, format: Format) -> Result<ExitCode, Failure> {
    let comparisons = engine.verify_projections()?;
    let differing: u64 = comparisons.iter().map(|one| one.differing).sum();
    let position = engine.last_position();
    match format {
        Format::Json => terminal::write_json(&json!({
            "position": position,
            "differing": differing,
            "projections": comparisons.iter().map(in_json).collect::<Vec<_>>(),
        }))?,
        Format::Table => {
            let mut page = Page::default();
            let mut shown = table(&["projection", "rows", "that differed"]);
            for comparison in &comparisons {
                shown.add_row([
                    comparison.name.into(),
                    number(comparison.rows),
                    count_of_differing(comparison.differing),
                ]);
            }
            page.table(&shown);
            tell_differences(&mut page, comparisons.iter());
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

/// A number of rows that should be none.
pub fn count_of_differing(differing: u64) -> comfy_table::Cell {
    let tone = match differing {
        0 => Tone::Good,
        _ => Tone::Bad,
    };
    cell(differing, tone).set_alignment(comfy_table::CellAlignment::Right)
}

/// Tells the first differences, field by field.
pub fn tell_differences<'a>(
    page: &mut Page,
    comparisons: impl IntoIterator<Item = &'a Comparison>,
) {
    for comparison in comparisons {
        for difference in &comparison.differences {
            page.line(told(difference));
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

fn told(difference: &Difference) -> String {
    let mut text = format!(
        "{} {:?}: {}",
        difference.table, difference.key, difference.what
    );
    if let Some(before) = &difference.before {
        text.push_str(&format!("; it was {before}"));
    }
    if let Some(now) = &difference.now {
        text.push_str(&format!("; the log gives {now}"));
    }
    text
}

/// A comparison as the contract names it.
pub fn in_json(comparison: &Comparison) -> Value {
    json!({
        "name": comparison.name,
        "rows": comparison.rows,
        "digest": comparison.digest,
        "differing": comparison.differing,
        "tables": comparison.tables.iter().map(|table| json!({
            "table": table.table,
            "rows_before": table.rows_before,
            "digest_before": table.digest_before,
            "rows": table.rows_now,
            "digest": table.digest_now,
        })).collect::<Vec<_>>(),
        "differences": comparison.differences.iter().map(|difference| json!({
            "table": difference.table,
            "key": difference.key,
            "what": difference.what,
            "before": difference.before,
            "now": difference.now,
        })).collect::<Vec<_>>(),
    })
}
