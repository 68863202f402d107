//! Writes the table that `redress rulebook clauses` shows: every clause with the places that cite
//! it. The binary has the table with it, so that it is there where the sources are not.

mod citations;
mod clauses;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use citations::Place;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let workspace = here.parent().ok_or("the workspace has no folder")?;
    for changed in ["crates", "tools", "tests"] {
        println!(
            "cargo::rerun-if-changed={}",
            workspace.join(changed).display()
        );
    }
    let clauses = clauses::read(&fs::read_to_string(here.join("clauses.toml"))?)?;
    let citations = citations::scan(workspace, &clauses::rules(&clauses))?;
    let table: Vec<Value> = clauses
        .iter()
        .map(|clause| {
            let places = citations.get(&clause.citation).cloned().unwrap_or_default();
            json!({
                "citation": clause.citation,
                "kind": clause.kind,
                "name": clause.name,
                "asks": clause.asks,
                "without_behaviour": clause.without_behaviour,
                "code": places.code.iter().map(shown).collect::<Vec<_>>(),
                "tests": places.tests.iter().map(shown).collect::<Vec<_>>(),
            })
        })
        .collect();
    let file = Path::new(&env::var("OUT_DIR")?).join("clauses.json");
    fs::write(file, serde_json::to_string(&table)?)?;
    Ok(())
}

fn shown(place: &Place) -> String {
    format!("{}:{}", place.path, place.line)
}
