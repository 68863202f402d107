//! `redress projection rollback`.

use std::process::ExitCode;

use redress_service::admin;
use serde_json::json;

use super::{Chosen, Place};
use crate::failure::Failure;
use crate::pages::{list as members, number as count, text};
use crate::terminal::{self, Format};
use crate::wording::counted;

pub fn roll_back(place: &Place, chosen: &Chosen) -> Result<ExitCode, Failure> {
    let document = match place {
        Place::Store(engine) => {
            let names = chosen.names(engine)?;
            admin::rollback_document(&engine.roll_back(&names)?)
        }
        Place::Server(server) => server.work(
            &["v1", "admin", "projections", "rollback"],
            &json!({ "names": chosen.names }),
            |_, _| {},
        )?,
    };
    match chosen.shown.format {
        Format::Json => terminal::write_json(&document)?,
        Format::Table => {
            for one in members(&document, "projections") {
                let kept = count(one, "kept_position");
                let since = count(&document, "position").saturating_sub(kept);
                terminal::write(&format!(
                    "{} reads generation {} again, kept with position {kept}; {} were folded into it.",
                    text(one, "name"),
                    count(one, "generation"),
                    counted(since, "later event")
                ))?;
            }
            for one in members(&document, "left_out") {
                terminal::write(&format!(
                    "{} was left as it is: it goes back together with {}, of which nothing is kept \
                     that fits.",
                    text(one, "name"),
                    text(one, "because_of")
                ))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
