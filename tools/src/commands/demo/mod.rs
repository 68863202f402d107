//! `redress demo`: a guided story on a fresh store. The story says who does what and when; what
//! comes of it, and every figure shown, is what the program answers.

mod stage;
mod story;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::store::StoreArguments;
use crate::table::Page;
use crate::terminal::{self, Tone, toned};
use stage::Stage;

/// The data directory of every command that is given none; the demo leaves it alone.
const ORDINARY_DIRECTORY: &str = "./redress-data";

/// How the story is told.
#[derive(Args)]
pub struct Arguments {
    /// Wait for Enter before each act.
    #[arg(long)]
    pause: bool,
}

/// Tells the story. Its store is the directory given with `--data`, which must be empty or not
/// there yet, else a new one in the system's folder for temporary files; it is left there to be
/// looked at.
pub fn run(arguments: &Arguments, store: &StoreArguments) -> Result<ExitCode, Failure> {
    let data = if store.data == Path::new(ORDINARY_DIRECTORY) {
        unused_directory()
    } else {
        empty_directory(&store.data)?;
        store.data.clone()
    };
    let store = StoreArguments {
        data,
        vault_key: store.vault_key.clone(),
    };
    let mut stage = Stage::open(&store, arguments.pause)?;
    story::tell(&mut stage)?;
    let end = stage.finish();
    terminal::write(&where_to_look_next(&store, &end))?;
    Ok(ExitCode::SUCCESS)
}

/// `redress-demo` in the folder for temporary files, with a number where that is taken.
fn unused_directory() -> PathBuf {
    let folder = std::env::temp_dir();
    let names = std::iter::once("redress-demo".to_owned())
        .chain((2_u32..).map(|number| format!("redress-demo-{number}")));
    for name in names {
        let path = folder.join(name);
        if !path.exists() {
            return path;
        }
    }
    folder.join("redress-demo")
}

fn empty_directory(path: &Path) -> Result<(), Failure> {
    let is_empty = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(Failure::file(path.display().to_string())(error)),
    };
    if is_empty {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the demo needs a directory of its own; {} is not empty",
        path.display()
    )))
}

/// Commands that work on the story's store, one a line.
fn where_to_look_next(store: &StoreArguments, end: &str) -> String {
    let mut options = format!("--data {}", in_a_shell(&store.data));
    if let Some(key) = &store.vault_key {
        options.push_str(&format!(" --vault-key {}", in_a_shell(key)));
    }
    let mut page = Page::default();
    page.line("").heading("Where to look next");
    page.line(format!("The store stays in {}. Try:", store.data.display()));
    page.line("");
    for rest in [
        format!("queue --at {end}"),
        format!("complaint {} --at {end}", story::MISSED),
        format!("explain complaint {} --at {end}", story::MISSED),
        format!("explain merchant {} --at {end}", story::CLIMBER),
        format!("sla --merchant {} --at {end}", story::CLIMBER),
        format!(
            "history complaint-{} --unseal --purpose demonstration",
            story::ERASED
        ),
        "log verify".to_owned(),
        "projection verify".to_owned(),
        "rulebook clauses 4.1".to_owned(),
    ] {
        let command = format!("  redress {options} {rest}");
        page.line(toned(&command, Tone::Strong));
    }
    page.finish().to_owned()
}

/// A path as a shell takes it.
fn in_a_shell(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "/._-+:@%".contains(one);
    if text.chars().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
