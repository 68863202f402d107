//! Finds where code, tests and scenarios cite clauses, guides and policies.
//!
//! A citation stands in a comment: `rulebook 4.1(3)`, `guide overdue`, `policy window`. More
//! clauses may follow, as in `rulebook 1.3, 1.4` or `rulebook 4.2(3) to 4.2(9)`. A scenario cites
//! in its list `clauses`. This file is used by the build of the binary and by the house's tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A line that cites, as `path:line` below the workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, with `/` between folders.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
}

/// Where something is cited.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// In code that runs.
    pub code: BTreeSet<Place>,
    /// In tests and scenarios.
    pub tests: BTreeSet<Place>,
}

/// Every citation found, by `rulebook 4.1(3)`, `guide overdue` or `policy window`.
pub type Citations = BTreeMap<String, Places>;

/// Folders whose sources speak about citations and cite nothing themselves.
const SPEAKING_OF_CITATIONS: [&str; 2] = ["tests/house/", "tools/build/"];

/// Reads every source file of `crates`, `tools` and `tests` below a workspace's folder. `rules`
/// are the names of the clauses in the order of the rulebook, for citations of a range.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn scan(workspace: &Path, rules: &[String]) -> io::Result<Citations> {
    let mut files = Vec::new();
    for folder in ["crates", "tools", "tests"] {
        list_files(&workspace.join(folder), &mut files)?;
    }
    files.sort();
    let texts = files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(&file)?;
            let relative = file.strip_prefix(workspace).unwrap_or(&file);
            let path = relative.to_string_lossy().replace('\\', "/");
            Ok((path, text))
        })
        .collect::<io::Result<Vec<_>>>()?;
    let test_paths: BTreeSet<String> = texts
        .iter()
        .flat_map(|(path, text)| test_modules(path, text))
        .collect();
    let mut citations = Citations::new();
    for (path, text) in &texts {
        if SPEAKING_OF_CITATIONS
            .iter()
            .any(|folder| path.starts_with(folder))
        {
            continue;
        }
        if path.ends_with(".yaml") {
            scenario(path, text, &mut citations);
        } else {
            source(
                path,
                text,
                is_test(path, &test_paths),
                rules,
                &mut citations,
            );
        }
    }
    Ok(citations)
}

fn list_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("target") {
                list_files(&path, files)?;
            }
        } else if path
            .extension()
            .is_some_and(|kind| kind == "rs" || kind == "yaml")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// The files and folders of modules that a file declares for tests alone.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let below = match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => path.trim_end_matches(".rs").to_owned(),
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0] == "#[cfg(test)]")
        .filter_map(|pair| {
            let declared = pair[1]
                .trim_start_matches("pub ")
                .trim_start_matches("pub(crate) ");
            let name = declared.strip_prefix("mod ")?.strip_suffix(';')?;
            Some(format!("{below}/{name}"))
        })
        .collect()
}

fn is_test(path: &str, test_paths: &BTreeSet<String>) -> bool {
    let in_test_folder = path.starts_with("tests/") || path.contains("/tests/");
    in_test_folder
        || path.ends_with("/tests.rs")
        || test_paths.iter().any(|module| {
            path.strip_prefix(module.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
}

/// The list `clauses` of a scenario, on one line or on one line each.
fn scenario(path: &str, text: &str, citations: &mut Citations) {
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        inside = line.starts_with("clauses:") || (inside && line.starts_with([' ', '-']));
        if !inside {
            continue;
        }
        let words = line
            .trim_start_matches("clauses:")
            .split(['[', ']', ',', '"'])
            .map(|word| word.trim().trim_start_matches("- ").trim())
            .filter(|word| !word.is_empty());
        for word in words {
            let name = if word.starts_with(|first: char| first.is_ascii_digit()) {
                format!("rulebook {word}")
            } else {
                word.to_owned()
            };
            note(citations, name, path, index + 1, true);
        }
    }
}

fn source(path: &str, text: &str, test: bool, rules: &[String], citations: &mut Citations) {
    let mut in_tests = false;
    let mut after_cfg = false;
    let mut block = Block::default();
    for (index, line) in text.lines().enumerate() {
        // A module of tests in the file ends where its brace does, at the margin.
        if after_cfg && line.starts_with("mod ") && line.ends_with('{') {
            in_tests = true;
        }
        after_cfg = line == "#[cfg(test)]";
        let (comment, alone) = comment_of(line);
        if !alone {
            block.finish(path, rules, citations);
        }
        if let Some(comment) = comment {
            block.add(comment, index + 1, test || in_tests);
        }
        if line == "}" {
            in_tests = false;
        }
    }
    block.finish(path, rules, citations);
}

/// The comment of a line, and whether nothing stands before it.
fn comment_of(line: &str) -> (Option<&str>, bool) {
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") {
        return (Some(trimmed.trim_start_matches(['/', '!'])), true);
    }
    let trailing = line
        .match_indices("// ")
        .next()
        .map(|(at, _)| line[at..].trim_start_matches('/'));
    (trailing, false)
}

/// Comment lines that follow each other, as one text, so that a citation may be broken.
#[derive(Default)]
struct Block {
    text: String,
    /// Where each line begins in the text, its number, and whether it is part of a test.
    lines: Vec<(usize, usize, bool)>,
}

impl Block {
    fn add(&mut self, comment: &str, line: usize, test: bool) {
        self.lines.push((self.text.len(), line, test));
        self.text.push_str(comment.trim());
        self.text.push(' ');
    }

    fn finish(&mut self, path: &str, rules: &[String], citations: &mut Citations) {
        for (at, name) in cited(&self.text, rules) {
            let line = self.lines.iter().rev().find(|(begin, ..)| *begin <= at);
            if let Some((_, line, test)) = line {
                note(citations, name, path, *line, *test);
            }
        }
        self.text.clear();
        self.lines.clear();
    }
}

fn note(citations: &mut Citations, name: String, path: &str, line: usize, test: bool) {
    let places = citations.entry(name).or_default();
    let place = Place {
        path: path.to_owned(),
        line,
    };
    if test {
        places.tests.insert(place);
    } else {
        places.code.insert(place);
    }
}

/// Everything that a text cites, with where in the text.
fn cited(text: &str, rules: &[String]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for kind in ["rulebook", "guide", "policy"] {
        for (at, _) in text.match_indices(kind) {
            let before = text[..at].chars().next_back();
            let Some(rest) = text[at + kind.len()..].strip_prefix(' ') else {
                continue;
            };
            if before.is_some_and(|before| before.is_alphanumeric() || "_.:-".contains(before)) {
                continue;
            }
            if kind == "rulebook" {
                found.extend(clauses(rest, rules).into_iter().map(|name| (at, name)));
            } else if let Some(name) = word(rest) {
                found.push((at, format!("{kind} {name}")));
            }
        }
    }
    found
}

/// The clauses at the beginning of a text: one, or several with commas, `and`, `or` and `to`.
fn clauses(text: &str, rules: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    let mut is_range = false;
    while let Some((clause, after)) = clause(rest) {
        if is_range {
            let index = |name: &str| rules.iter().position(|rule| rule == name);
            let first = found.last().and_then(|last| index(last));
            if let (Some(first), Some(last)) = (first, index(clause)) {
                found.extend(rules.iter().take(last).skip(first + 1).cloned());
            }
        }
        found.push(clause.to_owned());
        let next = [", ", " and ", ", and ", " or ", " to "]
            .into_iter()
            .find_map(|between| Some((between, after.strip_prefix(between)?)));
        let Some((between, following)) = next else {
            break;
        };
        is_range = between == " to ";
        rest = following.strip_prefix("rulebook ").unwrap_or(following);
    }
    found
        .into_iter()
        .map(|name| format!("rulebook {name}"))
        .collect()
}

/// A clause like `3(1).bad-3` at the beginning of a text, and what follows it.
fn clause(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let end = text
        .find(|one: char| !(one.is_ascii_alphanumeric() || "().-".contains(one)))
        .unwrap_or(text.len());
    let mut clause = &text[..end];
    // What closes the sentence or the brackets around it is not part of the name.
    loop {
        let count = |one: char| clause.matches(one).count();
        let is_over =
            clause.ends_with(['.', '-']) || (clause.ends_with(')') && count(')') > count('('));
        match clause.char_indices().next_back() {
            Some((last, _)) if is_over => clause = &clause[..last],
            Some(_) => break,
            None => return None,
        }
    }
    Some((clause, &text[clause.len()..]))
}

/// A name like `refund-payment` at the beginning of a text.
fn word(text: &str) -> Option<&str> {
    let end = text
        .find(|one: char| !(one.is_ascii_lowercase() || one == '-'))
        .unwrap_or(text.len());
    let word = text[..end].trim_end_matches('-');
    (!word.is_empty()).then_some(word)
}
