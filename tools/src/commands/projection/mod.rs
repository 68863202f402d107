//! `redress projection`: the read models, what they reflect, and proof that they are what the log
//! says.

mod comparison;
mod list;
mod rebuild;
mod rollback;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use redress_engine::Engine;

use crate::failure::Failure;
use crate::place::Place;
use crate::store::StoreArguments;
use crate::terminal::Format;

/// What to do with the read models.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// One thing to do with the read models.
#[derive(Subcommand)]
enum Task {
    /// Every projection: how it stands, the position that it reflects, its rows and a digest over
    /// them, and the rows that it can be taken back to.
    List(Shown),
    /// Build projections anew from the log beside those in use, put them in their place at once, and
    /// tell what differed. The old rows are kept for `projection rollback`. One that was interrupted
    /// goes on where it was.
    Rebuild(Chosen),
    /// Go back to the rows that were in use before the last rebuild; what was recorded since is
    /// folded into them first.
    Rollback(Chosen),
    /// Fold the log anew and compare every row; exit code 5 when one differs. Changes nothing.
    Verify(Shown),
}

/// How to tell the result.
#[derive(Args)]
struct Shown {
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Which projections.
#[derive(Args)]
struct Chosen {
    /// Only these projections, by default all; `standing` and `deadlines` always go together.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    shown: Shown,
}

impl Chosen {
    /// The names, each of which is a projection's.
    fn names(&self, engine: &Engine) -> Result<Vec<&str>, Failure> {
        let known = engine.projection_names();
        for name in &self.names {
            if !known.contains(&name.as_str()) {
                return Err(Failure::Usage(format!(
                    "there is no projection named `{name}`; there are {}",
                    known.join(", ")
                )));
            }
        }
        Ok(self.names.iter().map(String::as_str).collect())
    }
}

/// Does it.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let store = place.store_only("projection")?;
    store.expect_store()?;
    let engine = store.open()?;
    match &arguments.task {
        Task::List(shown) => list::list(&engine, shown.format),
        Task::Rebuild(chosen) => rebuild::rebuild(&engine, chosen),
        Task::Rollback(chosen) => rollback::roll_back(&engine, chosen),
        Task::Verify(shown) => comparison::verify(&engine, shown.format),
    }
}
