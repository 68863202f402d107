//! Every promise names tests that are there, and `tests/TESTING.md` says what they counted.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use redress_tests::testing::document::document;
use redress_tests::testing::evidence;
use redress_tests::testing::promises::{self, Promises};
use redress_tests::workspace;

use super::sources::{Source, all, hold};

fn listed() -> Promises {
    promises::read().unwrap_or_else(|error| panic!("tests/promises.toml: {error}"))
}

/// The file in which the tests of a binary or of a crate begin.
fn root_of(binary: &str) -> Option<PathBuf> {
    let text = fs::read_to_string(workspace().join("tests/Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let binaries = manifest["test"].as_array().unwrap();
    let of_tests = binaries
        .iter()
        .find(|one| one["name"].as_str() == Some(binary))
        .map(|one| Path::new("tests").join(one["path"].as_str().unwrap()));
    let of_crate = binary
        .strip_prefix("redress_")
        .map(|name| Path::new("crates").join(name).join("src/lib.rs"));
    of_tests.or(of_crate)
}

/// Whether a test of this path is in the sources.
pub fn is_there(test: &str, sources: &[Source]) -> bool {
    let parts: Vec<&str> = test.split("::").collect();
    let [binary, modules @ .., name] = parts.as_slice() else {
        return false;
    };
    let Some(root) = root_of(binary) else {
        return false;
    };
    let folder = root.parent().unwrap();
    // A module is a file, a folder with a file, or stands in the file of the one around it.
    let files = (0..=modules.len()).rev().flat_map(|depth| {
        let inside = folder.join(modules[..depth].join("/"));
        match depth {
            0 => vec![root.clone()],
            _ => vec![inside.with_extension("rs"), inside.join("mod.rs")],
        }
    });
    let file = files
        .map(|file| file.to_string_lossy().replace('\\', "/"))
        .find_map(|file| sources.iter().find(|source| source.path == file));
    file.is_some_and(|source| has_test(&source.text, name))
}

/// Whether a text declares a test of this name.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declaration = format!("fn {name}(");
    lines.iter().enumerate().any(|(index, line)| {
        let mut above = lines[..index]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        line.contains(&declaration)
            && above.any(|line| matches!(*line, "#[test]" | "#[tokio::test]"))
    })
}

#[test]
fn every_promise_names_tests_that_are_there() {
    let sources = all();
    let mut found = Vec::new();
    for promise in &listed().all {
        if promise.tried.is_empty() {
            found.push(format!("{}: no test", promise.name));
        }
        if promise.not_tested.is_empty() {
            found.push(format!("{}: nothing is said to be untested", promise.name));
        }
        for trial in promise.trials() {
            if !is_there(&trial.test, &sources) {
                found.push(format!("{}: there is no test {}", promise.name, trial.test));
            }
        }
        for setting in &promise.longer {
            let variable = setting.split('=').next().unwrap();
            let quoted = format!("\"{variable}\"");
            if !sources.iter().any(|source| source.text.contains(&quoted)) {
                found.push(format!("{}: nothing reads {variable}", promise.name));
            }
        }
    }
    hold(
        &found,
        "tests/promises.toml names a test as `binary::module::name`, or `redress_store::…` for one \
         of a crate; write what is still missing, and what is not tested, honestly",
    );
}

#[test]
fn every_record_belongs_to_a_promise_and_a_test_writes_it() {
    let listed = listed();
    let named: BTreeSet<&str> = listed
        .all
        .iter()
        .flat_map(promises::Promise::trials)
        .filter_map(|trial| trial.recorded.as_deref())
        .collect();
    let mut found = Vec::new();
    for name in evidence::names() {
        if !named.contains(name.as_str()) {
            found.push(format!("tests/evidence/{name}.toml belongs to no promise"));
        }
    }
    let sources = all();
    for name in named {
        let quoted = format!("\"{name}\"");
        if !sources.iter().any(|source| source.text.contains(&quoted)) {
            found.push(format!("no test records {name}"));
        }
    }
    hold(
        &found,
        "name the record at a trial of tests/promises.toml, or take the file away; a test writes \
         its record with `evidence::record`",
    );
}

#[test]
fn the_document_says_what_promises_and_records_say() {
    let made = document(&listed(), evidence::read).unwrap_or_else(|error| {
        panic!("{error}\n\nHow to mend it: run the test with REDRESS_EVIDENCE=record")
    });
    let path = workspace().join("tests/TESTING.md");
    if evidence::is_asked_to("write") {
        fs::write(&path, &made).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let differing = (1..)
        .zip(
            made.lines()
                .zip(written.lines().chain(std::iter::repeat(""))),
        )
        .find(|(_, (made, written))| made != written)
        .map(|(number, (made, written))| format!("line {number}: `{written}`, not `{made}`"));
    let mut found: Vec<String> = differing.into_iter().collect();
    if found.is_empty() && made != written {
        found.push("there is more than would be made".to_owned());
    }
    hold(
        &found,
        "REDRESS_EVIDENCE=write cargo test -p redress-tests --test house promised",
    );
}

#[test]
fn a_test_is_found_where_it_is_and_nowhere_else() {
    let sources = all();
    let here = "house::promised::a_test_is_found_where_it_is_and_nowhere_else";
    assert!(is_there(here, &sources));
    assert!(!is_there(
        "house::tidy::a_test_is_found_where_it_is_and_nowhere_else",
        &sources
    ));
    assert!(!is_there("house::promised::has_test", &sources));
    assert!(!is_there("nothing::promised::here", &sources));
}

#[test]
fn changes_of_the_code_add_up() {
    let list = |failed: u64| {
        format!(
            "[[changes]]\nof = \"clocks\"\ncommand = \"a tool\"\ntried = 9\nrefused = 2\n\
             failed = {failed}\nhung = 1\nunnoticed = [{{ times = 1, why = \"words\" }}]\n"
        )
    };
    let read = promises::of_text(&list(5)).unwrap();
    assert_eq!(read.changes[0].unnoticed(), 1);
    assert!(promises::of_text(&list(4)).is_err());
    let made = document(&read, evidence::read).unwrap();
    assert!(made.contains("9 changes: with 5 a test fails"), "{made}");
}

#[test]
fn what_a_record_says_is_read_as_it_was_written() {
    let record = evidence::Record {
        asked: Some("REDRESS_STATES=all".to_owned()),
        counted: vec![
            ("states \"examined\"".to_owned(), 7),
            ("losses".to_owned(), 0),
        ],
    };
    assert_eq!(evidence::Record::of_text(&record.to_text()), Ok(record));
    assert!(evidence::Record::of_text("counted = [{ of = \"states\" }]").is_err());
}
