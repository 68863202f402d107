//! `redress projection`: what the read models reflect, and that they are what the log says.

use redress_store::read_store::{Batch, ReadStore, ReadStoreOptions, RowChange, RowSource};
use redress_tests::run_on;
use serde_json::Value;

fn store() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run_on(folder.path(), ["demo"]).ended(0);
    folder
}

fn projections(answer: &Value) -> &Vec<Value> {
    answer["projections"].as_array().unwrap()
}

#[test]
fn every_projection_reflects_the_end_of_the_log() {
    let store = store();
    let listed = run_on(store.path(), ["projection", "list", "--format", "json"])
        .ended(0)
        .json();
    let log = run_on(store.path(), ["log", "verify", "--format", "json"])
        .ended(0)
        .json();
    let names: Vec<&str> = projections(&listed)
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    for name in ["cases", "repeats", "standing"] {
        assert!(names.contains(&name), "{names:?}");
    }
    for projection in projections(&listed) {
        assert_eq!(projection["position"], log["events"]);
        assert_eq!(projection["state"], "current");
    }
    let told = run_on(store.path(), ["projection", "list"]).ended(0);
    assert!(told.output.contains("standing"), "{}", told.output);
}

#[test]
fn a_row_that_the_log_does_not_say_is_found_and_replaced() {
    let store = store();
    run_on(store.path(), ["projection", "verify"]).ended(0);
    let listed = || {
        run_on(store.path(), ["projection", "list", "--format", "json"])
            .ended(0)
            .json()
    };
    let before = listed();

    // Given a row that somebody changed in the store's files
    {
        let read = ReadStore::open(store.path(), &ReadStoreOptions::default()).unwrap();
        let (key, _) = read.rows("keys", b"").unwrap().remove(0);
        let change = RowChange {
            table: "keys".into(),
            key,
            value: None,
        };
        let applied = read.applied();
        let rows = vec![change];
        read.apply(Batch {
            entries: Vec::new(),
            rows,
            applied,
        })
        .unwrap();
    }

    // Then it is found,
    let found = run_on(store.path(), ["projection", "verify", "--format", "json"])
        .ended(5)
        .json();
    assert_eq!(found["differing"], 1);
    let told = run_on(store.path(), ["projection", "verify"]).ended(5);
    assert!(
        told.output.contains("the row is missing"),
        "{}",
        told.output
    );

    // and a rebuild tells of it and makes it good.
    let rebuilt = run_on(
        store.path(),
        ["projection", "rebuild", "keys", "--format", "json"],
    )
    .ended(0)
    .json();
    assert_eq!(projections(&rebuilt).len(), 1);
    assert_eq!(projections(&rebuilt)[0]["differing"], 1);
    run_on(store.path(), ["projection", "verify"]).ended(0);
    assert_eq!(listed(), before);
}

#[test]
fn a_name_that_is_none_is_a_wrong_use() {
    let store = store();
    let refused = run_on(store.path(), ["projection", "rebuild", "standings"]).ended(2);
    assert!(refused.errors.contains("standing"), "{}", refused.errors);
}
