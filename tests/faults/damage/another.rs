//! A read store of another log.

use std::fs;

use serde_json::Value;

use super::{Store, append};
use crate::child::{role, run};
use crate::feed::generated;
use crate::findings::Findings;
use crate::stand::{copy, folder};

#[test]
fn the_read_store_of_another_log_of_the_same_length_is_built_anew() {
    let lines = generated(24, 3);
    let store = Store::of(&lines);
    let last = lines
        .iter()
        .rposition(|line| line.contains("\"debits\":"))
        .unwrap();
    let mut other: Value = serde_json::from_str(&lines[last]).unwrap();
    let debits = other["data"]["debits"].as_u64().unwrap();
    other["data"]["debits"] = (debits + 1).into();
    let mut lines = lines;
    lines[last] = other.to_string();
    let place = folder();
    let other = place.path().join("data");
    append(&other, &lines);

    let mixed = place.path().join("mixed");
    copy(&store.data(), &mixed);
    fs::remove_dir_all(mixed.join("read")).unwrap();
    copy(&other.join("read"), &mixed.join("read"));
    let findings = Findings::of(&run(&mut role("examine", &mixed))).unwrap();
    findings.answers_like(&store.reference).unwrap();
    assert!(findings.rebuilt.is_some(), "it is told");
}
