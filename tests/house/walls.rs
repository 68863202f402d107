//! Which crate may know which.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use redress_tests::workspace;
use serde_json::Value;

use super::sources::{all, hold};

/// What each crate of ours may depend on, of ours and, where it is walled in further, of others'.
const OWN: [(&str, &[&str]); 9] = [
    ("redress-domain", &[]),
    ("redress-projections", &["redress-domain"]),
    ("redress-store", &["redress-domain"]),
    (
        "redress-engine",
        &["redress-domain", "redress-projections", "redress-store"],
    ),
    (
        "redress-protocol",
        &["redress-domain", "redress-projections"],
    ),
    ("redress-wechatpay", &["redress-domain", "redress-protocol"]),
    (
        "redress-service",
        &[
            "redress-domain",
            "redress-projections",
            "redress-engine",
            "redress-protocol",
            "redress-store",
        ],
    ),
    (
        "redress-tools",
        &[
            "redress-domain",
            "redress-projections",
            "redress-store",
            "redress-engine",
            "redress-protocol",
            "redress-wechatpay",
            "redress-service",
        ],
    ),
    // The tests may look everywhere.
    (
        "redress-tests",
        &[
            "redress-domain",
            "redress-projections",
            "redress-store",
            "redress-engine",
            "redress-protocol",
            "redress-wechatpay",
            "redress-service",
        ],
    ),
];

/// Crates of others that only some of ours may use, because they stand for something that the
/// rest must not know.
const OTHERS: [(&str, &[&str], &str); 8] = [
    ("sled", &["redress-store"], "where rows are kept"),
    (
        "serde",
        &["redress-protocol", "redress-wechatpay", "redress-service"],
        "serialisation",
    ),
    (
        "serde_json",
        &[
            "redress-protocol",
            "redress-wechatpay",
            "redress-service",
            "redress-tools",
            "redress-tests",
        ],
        "JSON",
    ),
    (
        "toml",
        &[
            "redress-protocol",
            "redress-service",
            "redress-tools",
            "redress-tests",
        ],
        "editions as text",
    ),
    ("clap", &["redress-tools"], "the command line"),
    ("comfy-table", &["redress-tools"], "terminals"),
    ("indicatif", &["redress-tools"], "terminals"),
    (
        "tokio",
        &[
            "redress-store",
            "redress-engine",
            "redress-service",
            "redress-tools",
            "redress-tests",
        ],
        "asynchronous tasks",
    ),
];

/// The dependencies of every package of the workspace, those for tests left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(workspace())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let of_tests = |one: &&Value| one["kind"] != "dev";
            let names = package["dependencies"].as_array().unwrap().iter();
            let names = names.filter(of_tests).map(|one| text(&one["name"]));
            (text(&package["name"]), names.collect())
        })
        .collect()
}

#[test]
fn crates_know_only_whom_they_may() {
    let mut found = Vec::new();
    for (package, names) in dependencies() {
        let Some((_, allowed)) = OWN.iter().find(|(name, _)| *name == package) else {
            found.push(format!("{package}: no wall is written down for it"));
            continue;
        };
        for name in names.iter().filter(|name| name.starts_with("redress-")) {
            if !allowed.contains(&name.as_str()) {
                found.push(format!("{package} depends on {name}"));
            }
        }
    }
    hold(
        &found,
        "take the dependency out and pass values in, or move the code to the crate that may know \
         both; a new crate gets its line in tests/house/walls.rs",
    );
}

#[test]
fn what_stands_for_the_outside_stays_where_it_belongs() {
    let mut found = Vec::new();
    let packages = dependencies();
    for (name, allowed, stands_for) in OTHERS {
        for (package, names) in &packages {
            if names.contains(name) && !allowed.contains(&package.as_str()) {
                found.push(format!(
                    "{package} uses {name}: {stands_for} is not its business"
                ));
            }
        }
    }
    hold(
        &found,
        "use what the crate that may know it offers (redress-store for rows, redress-protocol for \
         documents), and pass domain types across",
    );
}

#[test]
fn the_domain_is_alone() {
    let packages = dependencies();
    let names = &packages["redress-domain"];
    // Ids and the civil calendar, both without their defaults: no clock, no zone data, no std.
    let harmless = ["chrono", "uuid"];
    let others: Vec<String> = names
        .iter()
        .filter(|name| !harmless.contains(&name.as_str()))
        .map(|name| format!("redress-domain depends on {name}"))
        .collect();
    hold(
        &others,
        "the domain is values and functions: do it with core and alloc",
    );
    let library = all()
        .into_iter()
        .find(|source| source.path == "crates/domain/src/lib.rs")
        .unwrap();
    assert!(
        library.text.lines().any(|line| line == "#![no_std]"),
        "crates/domain/src/lib.rs must begin with #![no_std]: the compiler then keeps disks, \
         clocks and sockets out of the rules; put the attribute back"
    );
}

/// The features that a plain build of the binary turns on, one `package feature` a line.
fn features_of_the_binary() -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--package=redress-tools", "--edges=normal,features"])
        .args(["--prefix=none", "--no-dedupe", "--offline"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_binary_has_nothing_that_only_tests_need() {
    let features = features_of_the_binary();
    assert!(
        features.contains("redress-store feature \"default\""),
        "{features}"
    );
    let found: Vec<String> = features
        .lines()
        .filter(|line| line.starts_with("redress-store feature \"steps\""))
        .map(str::to_owned)
        .collect();
    hold(
        &found,
        "a process that ends itself at a named step, or leaves out a safeguard, is for tests: turn \
         the feature `steps` on among the dev-dependencies of the tests alone",
    );
}
