//! Every clause with behaviour is cited by code and by a test, and nothing is cited that is none.

use std::collections::BTreeSet;
use std::fs;

use redress_tests::workspace;

use super::citations::{self, Citations};
use super::clauses::{self, Clause};
use super::sources::hold;

fn known() -> Vec<Clause> {
    let text = fs::read_to_string(workspace().join("tools/clauses.toml")).unwrap();
    clauses::read(&text).unwrap()
}

fn cited(known: &[Clause]) -> Citations {
    citations::scan(workspace(), &clauses::rules(known)).unwrap()
}

#[test]
fn every_clause_with_behaviour_has_code_and_a_test() {
    let known = known();
    let cited = cited(&known);
    let mut found = Vec::new();
    for clause in known.iter().filter(|one| one.without_behaviour.is_none()) {
        let places = cited.get(&clause.citation).cloned().unwrap_or_default();
        if places.code.is_empty() {
            found.push(format!(
                "`{}` is cited by no code: {}",
                clause.citation, clause.asks
            ));
        }
        if places.tests.is_empty() {
            found.push(format!(
                "`{}` is cited by no test: {}",
                clause.citation, clause.asks
            ));
        }
    }
    hold(
        &found,
        "cite it in a comment right at the code that does it and at a test of that (written \
         exactly like this, `rulebook 4.1(3)`), or in the list `clauses` of a scenario; if it asks \
         for no behaviour, say why in tools/clauses.toml",
    );
}

#[test]
fn nothing_is_cited_that_is_no_clause() {
    let known = known();
    let names: BTreeSet<&str> = known
        .iter()
        .map(|clause| clause.citation.as_str())
        .collect();
    let mut found = Vec::new();
    for (citation, places) in &cited(&known) {
        // `policy` and `guide` are also words: only names with a hyphen cannot be meant otherwise.
        let is_name = citation.starts_with("rulebook ") || citation.contains('-');
        // A heading such as `rulebook 3(2)` stands for what is below it.
        let is_heading = names.iter().any(|name| {
            name.strip_prefix(citation.as_str())
                .is_some_and(|rest| rest.starts_with(['(', '.']))
        });
        if is_name && !is_heading && !names.contains(citation.as_str()) {
            let place = places.code.iter().chain(&places.tests).next().unwrap();
            found.push(format!("{}:{}: `{citation}`", place.path, place.line));
        }
    }
    hold(
        &found,
        "correct the citation; a new guide or policy gets its line in tools/clauses.toml",
    );
}

#[test]
fn every_policy_of_the_editions_is_listed() {
    let known = known();
    let names: BTreeSet<&str> = known
        .iter()
        .map(|clause| clause.citation.as_str())
        .collect();
    let mut found = Vec::new();
    for entry in fs::read_dir(workspace().join("crates/protocol/editions")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            let Some((_, comment)) = line.split_once('#') else {
                continue;
            };
            for kind in ["policy ", "guide "] {
                let Some((_, rest)) = comment.split_once(kind) else {
                    continue;
                };
                let name: String = rest
                    .chars()
                    .take_while(|one| one.is_ascii_lowercase() || *one == '-')
                    .collect();
                let citation = format!("{kind}{name}");
                if !name.is_empty() && !names.contains(citation.as_str()) {
                    found.push(format!("{}:{number}: `{citation}`", path.display()));
                }
            }
        }
    }
    hold(
        &found,
        "give it a line in tools/clauses.toml that says what it decides",
    );
}

#[test]
fn the_list_is_in_order_and_each_is_there_once() {
    let known = known();
    let names: BTreeSet<&str> = known
        .iter()
        .map(|clause| clause.citation.as_str())
        .collect();
    assert_eq!(
        names.len(),
        known.len(),
        "tools/clauses.toml names something twice; take one out"
    );
    for clause in &known {
        assert!(
            clause.asks.ends_with('.') && clause.asks.chars().count() <= 110,
            "tools/clauses.toml: `{}` needs one short sentence in `asks`",
            clause.citation
        );
    }
}

#[test]
fn citations_are_found_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    // Given code with a list, a range, a citation broken over two lines, words that are none,
    write(
        "crates/a/src/lib.rs",
        "//! As asked (rulebook 1.1, 1.2).\n\
         #[cfg(test)]\nmod fixture;\n\
         // rulebook 4.2(1) to 4.2(3), and guide\n// overdue. The rulebook 9 lives on.\n\
         let rulebook = 4; // policy at-risk\n\
         #[cfg(test)]\nmod tests {\n    // rulebook 1.1\n}\n\
         // rulebook 5\n",
    );
    // and tests: in a module of their own, in a folder, and as a scenario.
    write("crates/a/src/fixture/mod.rs", "// policy window\n");
    write("tools/src/a/tests.rs", "// rulebook 5).\n");
    write(
        "tests/a.yaml",
        "name: x\nclauses: [\"3(1).bad-3\", \"guide repeat\"]\nsteps: []\n",
    );
    let rules = ["1.1", "1.2", "4.2(1)", "4.2(2)", "4.2(3)", "5"].map(str::to_owned);

    let cited = citations::scan(folder.path(), &rules).unwrap();

    let shown: Vec<String> = cited
        .iter()
        .map(|(citation, places)| {
            let lines = |places: &BTreeSet<citations::Place>| {
                let lines: Vec<String> =
                    places.iter().map(|place| place.line.to_string()).collect();
                lines.join(" ")
            };
            format!(
                "{citation}: {} | {}",
                lines(&places.code),
                lines(&places.tests)
            )
        })
        .collect();
    let expected = [
        "guide overdue: 4 | ",
        "guide repeat:  | 2",
        "policy at-risk: 6 | ",
        "policy window:  | 1",
        "rulebook 1.1: 1 | 9",
        "rulebook 1.2: 1 | ",
        "rulebook 3(1).bad-3:  | 2",
        "rulebook 4.2(1): 4 | ",
        "rulebook 4.2(2): 4 | ",
        "rulebook 4.2(3): 4 | ",
        "rulebook 5: 11 | 1",
        "rulebook 9: 5 | ",
    ];
    assert_eq!(shown, expected);
}
