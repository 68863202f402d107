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
        assert_eq!(projection["state"], "live");
    }
    let told = run_on(store.path(), ["projection", "list"]).ended(0);
    assert!(told.output.contains("standing"), "{}", told.output);
}

#[test]
fn a_row_that_the_log_does_not_say_is_found_and_replaced() {
    let store = store();
    run_on(store.path(), ["projection", "verify"]).ended(0);
    let digests = || -> Vec<(Value, Value, Value)> {
        let listed = run_on(store.path(), ["projection", "list", "--format", "json"])
            .ended(0)
            .json();
        let described = projections(&listed).iter().map(|one| {
            let part = |name: &str| one[name].clone();
            (part("name"), part("rows"), part("digest"))
        });
        described.collect()
    };
    let before = digests();

    // Given a row that somebody changed in the store's files
    {
        let read = ReadStore::open(store.path(), &ReadStoreOptions::default()).unwrap();
        let (key, _) = read.rows("keys", b"").unwrap().remove(0);
        let change = RowChange {
            table: "keys".into(),
            key,
            value: None,
        };
        let batch = Batch {
            rows: vec![change],
            applied: read.applied(),
            ..Batch::default()
        };
        read.apply(batch).unwrap();
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
    let difference = &projections(&rebuilt)[0]["differences"][0];
    assert_eq!(difference["table"], "keys");
    assert_eq!(difference["before"], Value::Null);
    let now = difference["now"].as_str().unwrap();
    assert!(now.contains("numbers"), "{now}");
    run_on(store.path(), ["projection", "verify"]).ended(0);
    assert_eq!(digests(), before);
}

#[test]
fn a_name_that_is_none_is_a_wrong_use() {
    let store = store();
    let refused = run_on(store.path(), ["projection", "rebuild", "standings"]).ended(2);
    assert!(refused.errors.contains("standing"), "{}", refused.errors);
}

#[test]
fn a_rebuild_is_taken_back_and_nothing_that_came_since_is_lost() {
    let store = store();
    run_on(store.path(), ["projection", "rollback"]).ended(1);
    let rebuilt = run_on(store.path(), ["projection", "rebuild", "--format", "json"])
        .ended(0)
        .json();
    for projection in projections(&rebuilt) {
        assert_eq!(projection["outcome"], "replaced");
        assert_eq!(projection["differing"], 0, "{projection}");
    }
    let kept = || -> Vec<(u64, u64)> {
        let listed = run_on(store.path(), ["projection", "list", "--format", "json"])
            .ended(0)
            .json();
        let numbers = projections(&listed).iter().map(|one| {
            let live = one["generation"].as_u64().unwrap();
            (live, one["kept"]["generation"].as_u64().unwrap())
        });
        numbers.collect()
    };
    let before = kept();

    // Given something that is recorded after the rebuild
    run_on(store.path(), ["erase", "user-1", "--reason", "asked for"]).ended(0);

    // Then going back reads the rows from before, and they know of it.
    let told = run_on(store.path(), ["projection", "rollback"]).ended(0);
    assert!(told.output.contains("later event"), "{}", told.output);
    let after = kept();
    let swapped: Vec<(u64, u64)> = before.iter().map(|(live, kept)| (*kept, *live)).collect();
    assert_eq!(after, swapped);
    run_on(store.path(), ["projection", "verify"]).ended(0);
}
