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
use crate::place;
use crate::server::Server;
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

/// Where the read models are.
enum Place {
    /// In a store that was opened for it.
    Store(Box<Engine>),
    /// With a service.
    Server(Server),
}

/// Does it.
pub fn run(arguments: &Arguments, place: &place::Place) -> Result<ExitCode, Failure> {
    let place = match place.server()? {
        Some(server) => Place::Server(server),
        None => {
            place.store.expect_store()?;
            Place::Store(Box::new(place.store.open()?))
        }
    };
    match &arguments.task {
        Task::List(shown) => list::list(&place, shown.format),
        Task::Rebuild(chosen) => rebuild::rebuild(&place, chosen),
        Task::Rollback(chosen) => rollback::roll_back(&place, chosen),
        Task::Verify(shown) => comparison::verify(&place, shown.format),
    }
}
