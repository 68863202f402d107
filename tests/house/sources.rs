//! The source files of the workspace.

use std::fs;
use std::path::Path;

use redress_tests::workspace;

/// A source file.
pub struct Source {
    /// Its path below the workspace, with `/` between folders.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// Its lines with their numbers, up to where the tests in the file begin.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..)
            .zip(self.text.lines())
            .take_while(|(_, line)| *line != "#[cfg(test)]" || self.declares_tests_elsewhere())
    }

    /// Whether `#[cfg(test)]` stands at a module in a file of its own, so that code follows.
    fn declares_tests_elsewhere(&self) -> bool {
        !self
            .text
            .lines()
            .any(|line| line.starts_with("mod ") && line.ends_with(" {"))
    }

    /// Whether it holds tests, or what tests alone use.
    pub fn is_test(&self) -> bool {
        let parts: Vec<&str> = self.path.split('/').collect();
        parts.iter().any(|part| {
            matches!(
                *part,
                "tests"
                    | "tests.rs"
                    | "golden_tests.rs"
                    | "fixture"
                    | "fixture.rs"
                    | "samples.rs"
                    | "samples"
            )
        })
    }
}

/// Every Rust file of the crates, the tools and the tests.
pub fn all() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in ["crates", "tools", "tests"] {
        gather(&workspace().join(folder), &mut found);
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(found.len() > 100, "the sources are not where they were");
    found
}

fn gather(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What is built is nobody's source.
        if path.file_name().is_some_and(|name| name == "target") {
            continue;
        }
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let below = path.strip_prefix(workspace()).unwrap();
            found.push(Source {
                path: below.to_string_lossy().replace('\\', "/"),
                text: fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

/// Fails with everything that was found, one a line, and with how to mend it.
pub fn hold(found: &[String], how_to_mend: &str) {
    assert!(
        found.is_empty(),
        "\n{}\n\nHow to mend it: {how_to_mend}\n",
        found.join("\n")
    );
}
