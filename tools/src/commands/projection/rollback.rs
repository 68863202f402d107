//! `redress projection rollback`.

use std::process::ExitCode;

use redress_engine::Engine;
use serde_json::json;

use super::Chosen;
use crate::failure::Failure;
use crate::terminal::{self, Format};
use crate::wording::counted;

pub fn roll_back(engine: &Engine, chosen: &Chosen) -> Result<ExitCode, Failure> {
    let names = chosen.names(engine)?;
    let report = engine.roll_back(&names)?;
    match chosen.shown.format {
        Format::Json => terminal::write_json(&json!({
            "position": report.position,
            "took_ms": report.took.as_secs_f64() * 1_000.0,
            "projections": report.projections.iter().map(|one| json!({
                "name": one.name,
                "generation": one.generation,
                "kept_position": one.kept_position,
            })).collect::<Vec<_>>(),
            "left_out": report.left_out.iter().map(|one| json!({
                "name": one.name,
                "because_of": one.because_of,
            })).collect::<Vec<_>>(),
        }))?,
        Format::Table => {
            for one in &report.projections {
                let since = report.position.saturating_sub(one.kept_position);
                terminal::write(&format!(
                    "{} reads generation {} again, kept with position {}; {} were folded into it.",
                    one.name,
                    one.generation,
                    one.kept_position,
                    counted(since, "later event")
                ))?;
            }
            for one in &report.left_out {
                terminal::write(&format!(
                    "{} was left as it is: it goes back together with {}, of which nothing is kept \
                     that fits.",
                    one.name, one.because_of
                ))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
