//! Small rules about the text of the sources.

use super::sources::{Source, all, hold};

/// Longest file, in lines.
const LINES_MOST: usize = 700;

/// Finds lines of code or tests.
fn lines(is_wrong: impl Fn(&Source, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in all() {
        // The rules stand in these files by name.
        if source.path.starts_with("tests/house/") {
            continue;
        }
        for (number, line) in (1..).zip(source.text.lines()) {
            if is_wrong(&source, line) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    found
}

/// The part of a line that is code.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

#[test]
fn only_the_store_names_sled() {
    // The peers are measured against sled alone; they are no part of the workspace.
    let may = ["crates/store/", "tests/peers/"];
    let found = lines(|source, line| {
        !may.iter().any(|folder| source.path.starts_with(folder)) && code(line).contains("sled::")
    });
    hold(
        &found,
        "ask redress-store for rows and entries; only that crate knows where they are",
    );
}

#[test]
fn one_place_reads_the_clock() {
    let found = lines(|source, line| {
        let code = code(line);
        let reads = ["SystemTime::now", "Utc::now", "Local::now"]
            .iter()
            .any(|call| code.contains(call));
        reads && source.path != "crates/engine/src/clock.rs"
    });
    hold(
        &found,
        "take the instant as a value, or ask `Engine::now`; crates/engine/src/clock.rs alone reads \
         the machine's clock (a stopwatch, `std::time::Instant`, may measure how long work took)",
    );
}

#[test]
fn the_rules_have_no_stopwatch_either() {
    let found = lines(|source, line| {
        let rules = [
            "crates/domain/",
            "crates/projections/",
            "crates/protocol/",
            "crates/wechatpay/",
        ];
        rules.iter().any(|folder| source.path.starts_with(folder))
            && code(line).contains("std::time")
    });
    hold(
        &found,
        "time comes in as `redress_domain::instant::Instant` inside the command",
    );
}

#[test]
fn no_unsafe_code() {
    let found = lines(|_, line| {
        let code = code(line);
        code.split(|one: char| !one.is_alphanumeric() && one != '_')
            .any(|word| word == "unsafe")
    });
    hold(
        &found,
        "write it in safe Rust; where speed asks for more, use a well-kept crate",
    );
}

#[test]
fn nothing_is_left_for_later() {
    let words = [
        "TODO",
        "FIXME",
        "XXX",
        "todo!(",
        "unimplemented!(",
        "#[ignore",
    ];
    let found = lines(|_, line| words.iter().any(|word| line.contains(word)));
    hold(
        &found,
        "do it now, or leave it out and say so where users read it; a test that is ignored proves \
         nothing: mend it or take it away",
    );
}

#[test]
fn files_can_be_read_in_one_go() {
    let found: Vec<String> = all()
        .into_iter()
        .map(|source| (source.text.lines().count(), source.path))
        .filter(|(lines, _)| *lines > LINES_MOST)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    hold(
        &found,
        "give each subject a file of its own; 700 lines are the most",
    );
}

/// Enums whose every value must be thought of where they are matched.
const MATCHED_WHOLLY: [&str; 3] = ["Event::", "Act::", "Request::"];

#[test]
fn matches_over_commands_and_events_name_every_one() {
    let mut found = Vec::new();
    for source in all() {
        let decides = [
            "/decide.rs",
            "/evolve.rs",
            "/observe.rs",
            "/reaction.rs",
            "/authority.rs",
        ];
        let rules = source.path.starts_with("crates/domain/")
            || source.path.starts_with("crates/projections/");
        let matters = rules || decides.iter().any(|end| source.path.ends_with(end));
        if !matters || source.is_test() {
            continue;
        }
        found.extend(wildcards(&source));
    }
    hold(
        &found,
        "name every remaining command or event in the arm (`A | B | C => …`), so that a new one \
         does not compile until somebody has thought of it here",
    );
}

/// Arms `_ =>` of matches that have arms over commands or events, by indentation.
fn wildcards(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let lines: Vec<(usize, &str)> = source.code_lines().collect();
    for (index, (number, line)) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        if !trimmed.starts_with("_ =>") {
            continue;
        }
        let indentation = line.len() - trimmed.len();
        let before = lines[..index].iter().rev();
        let over_events = before
            .map(|(_, line)| (line.len() - line.trim_start().len(), line.trim_start()))
            .filter(|(_, line)| !line.is_empty())
            .take_while(|(depth, _)| *depth >= indentation)
            .filter(|(depth, line)| *depth == indentation && !line.starts_with("//"))
            .any(|(_, line)| {
                let pattern = line.trim_start_matches("| ");
                MATCHED_WHOLLY.iter().any(|name| {
                    pattern.starts_with(name)
                        || pattern.contains(&format!("::{name}"))
                        || pattern.contains(&format!("({name}"))
                })
            });
        if over_events {
            found.push(format!(
                "{}:{number}: a wildcard over commands or events",
                source.path
            ));
        }
    }
    found
}

#[test]
fn a_wildcard_over_events_is_found_and_other_wildcards_are_not() {
    let source = |text: &str| Source {
        path: "crates/domain/src/a.rs".to_owned(),
        text: text.to_owned(),
    };
    let over_events =
        "match event {\n    Event::Filed { .. } => {\n        one();\n    }\n    _ => {}\n}\n";
    assert_eq!(wildcards(&source(over_events)).len(), 1);
    let over_numbers = "match event {\n    Event::Filed { round } => match round {\n        1 => one(),\n        _ => many(),\n    },\n}\n";
    assert_eq!(wildcards(&source(over_numbers)).len(), 0);
}
