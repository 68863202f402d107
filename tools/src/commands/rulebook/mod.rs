//! `redress rulebook`: edition files, the edition in force, and where each clause lives.

mod clauses;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use redress_domain::rulebook::{Edition, Rulebook};
use redress_protocol::edition::{
    self, BUILT_IN, EditionError, parse_edition, render_edition, render_edition_json,
};

use crate::failure::Failure;
use crate::store::StoreArguments;
use crate::terminal;
use crate::wording;

/// What to do with the rulebook.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// One thing to do with the rulebook.
#[derive(Subcommand)]
enum Task {
    /// Read an edition file and say whether every value in it is right, or where it is not.
    Check(Check),
    /// Show an edition: the one in force in the store, or the built-in one where there is no store.
    Show(Show),
    /// Every clause, guide and policy with the places in the code and in the tests that cite it.
    Clauses(clauses::Arguments),
}

/// Which file to check.
#[derive(Args)]
struct Check {
    /// The edition file. One that extends another edition is laid over it first: a built-in one,
    /// or one announced in the store.
    file: PathBuf,
}

/// Which edition to show.
#[derive(Args)]
struct Show {
    /// The edition's name; by default the one in force now.
    #[arg(long, value_name = "NAME")]
    edition: Option<String>,
    /// How to show it.
    #[arg(long, value_enum, default_value_t)]
    format: EditionFormat,
}

/// How an edition is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum EditionFormat {
    /// A file that `rulebook check` and `rulebook.announce` take.
    #[default]
    Toml,
    /// The same as JSON.
    Json,
}

/// Does it.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    match &arguments.task {
        Task::Check(arguments) => check(&arguments.file, store),
        Task::Show(arguments) => show(arguments, store),
        Task::Clauses(arguments) => clauses::run(arguments),
    }
}

fn check(file: &Path, store: &StoreArguments) -> Result<ExitCode, Failure> {
    let shown = file.display().to_string();
    let text = fs::read_to_string(file).map_err(Failure::file(shown.clone()))?;
    let checked = match parse_edition(&text, &known_without_a_store) {
        // The edition that it extends may be one that was announced.
        Err(EditionError::ExtendsUnknown(_)) if store.expect_store().is_ok() => {
            let (rulebook, _) = rulebook(store)?;
            parse_edition(&text, &|name| rulebook.edition(name).cloned())
        }
        checked => checked,
    };
    let edition = checked.map_err(|error| Failure::Failed(format!("{shown}: {error}")))?;
    let at = |instant| wording::instant(instant, edition.civil_offset);
    terminal::write(&format!(
        "{shown}: edition {} is well formed; announced {}, in force from {}",
        edition.name,
        at(edition.announced_at),
        at(edition.effective_at),
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn show(arguments: &Show, store: &StoreArguments) -> Result<ExitCode, Failure> {
    let (rulebook, in_force) = rulebook(store)?;
    let edition = match &arguments.edition {
        None => &in_force,
        Some(name) => rulebook.edition(name).ok_or_else(|| {
            let names: Vec<&str> = rulebook
                .editions()
                .map(|edition| edition.name.as_str())
                .collect();
            Failure::Failed(format!(
                "there is no edition named `{name}`; there are {}",
                names.join(", ")
            ))
        })?,
    };
    let wrong = |error: EditionError| Failure::Failed(error.to_string());
    match arguments.format {
        EditionFormat::Json => terminal::write_json(&render_edition_json(edition))?,
        // The file as shipped also says where each value comes from.
        EditionFormat::Toml if *edition == edition::built_in().map_err(wrong)? => {
            terminal::write(BUILT_IN)?;
        }
        EditionFormat::Toml => terminal::write(&render_edition(edition).map_err(wrong)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The rulebook of the store and the edition in force in it; without a store the built-in edition
/// alone.
fn rulebook(store: &StoreArguments) -> Result<(Arc<Rulebook>, Edition), Failure> {
    if store.expect_store().is_ok() {
        let engine = store.open()?;
        let rulebook = engine.rulebook();
        let in_force = rulebook.in_force(engine.now()).clone();
        return Ok((rulebook, in_force));
    }
    let built_in = edition::built_in().map_err(|error| Failure::Failed(error.to_string()))?;
    Ok((Arc::new(Rulebook::new(built_in.clone())), built_in))
}

/// The built-in edition, by its name.
fn known_without_a_store(name: &str) -> Option<Edition> {
    edition::built_in()
        .ok()
        .filter(|built_in| built_in.name.as_str() == name)
}
