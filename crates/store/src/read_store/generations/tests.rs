use std::path::Path;

use super::super::writes::Writes;
use super::super::{
    Batch, ReadStore, ReadStoreError, ReadStoreOptions, RowChange, RowSource, Sheet,
};
use super::{FaultNote, Generation, Promotion, Return};

fn open(directory: &Path) -> ReadStore {
    ReadStore::open(directory, &ReadStoreOptions::default()).unwrap()
}

fn change(key: &str, value: Option<&str>) -> Batch {
    Batch {
        rows: vec![RowChange {
            table: "cases.rows".into(),
            key: key.into(),
            value: value.map(|value| value.as_bytes().to_vec()),
        }],
        ..Batch::default()
    }
}

fn sheet(rows: &[(&str, Option<&str>)]) -> Sheet {
    let mut sheet = Sheet::default();
    for (key, value) in rows {
        let value = value.map(str::as_bytes);
        sheet.push("cases.rows", key.as_bytes(), value).unwrap();
    }
    sheet
}

fn live(store: &ReadStore) -> Vec<(String, String)> {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let rows = store.rows("cases.rows", b"").unwrap().into_iter();
    rows.map(|(key, value)| (text(key), text(value))).collect()
}

fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    rows.iter().map(owned).collect()
}

#[test]
fn a_draft_takes_the_place_of_the_live_rows_and_gives_it_back() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.declare("cases", 1).unwrap();
    store.apply(change("a", Some("old"))).unwrap();

    let mut draft = store.drafts(&[("cases", 1)]).unwrap().remove(0);
    draft
        .add(
            &sheet(&[("b", Some("1")), ("a", Some("new")), ("c", Some("1"))]),
            5,
        )
        .unwrap();
    draft
        .add(&sheet(&[("c", None), ("b", Some("2"))]), 9)
        .unwrap();
    assert_eq!(draft.rows().row("cases.rows", b"c").unwrap(), None);
    // Nobody reads it before its time.
    assert_eq!(live(&store), pairs(&[("a", "old")]));
    let frozen = store
        .promote(vec![Promotion {
            draft,
            position: 10,
            rows: sheet(&[("d", Some("3"))]),
        }])
        .unwrap();
    let promoted = pairs(&[("a", "new"), ("b", "2"), ("d", "3")]);
    assert_eq!(live(&store), promoted);

    // A row that was packed is hidden when it is removed, also after a restart.
    store.apply(change("b", None)).unwrap();
    store.apply(change("a", Some("newer"))).unwrap();
    let changed = pairs(&[("a", "newer"), ("d", "3")]);
    assert_eq!(live(&store), changed);
    assert_eq!(store.row("cases.rows", b"b").unwrap(), None);
    assert_eq!(frozen[0].scan_all().count(), 3);
    drop((store, frozen));
    let store = open(directory.path());
    assert_eq!(live(&store), changed);

    let kept = store.projection("cases").unwrap().kept.unwrap();
    assert_eq!((kept.position, kept.schema), (10, 1));
    store.remove_unused().unwrap();
    store
        .add_to_kept(&[("cases", sheet(&[("x", Some("1"))]))], 12)
        .unwrap();
    let rows = sheet(&[("y", Some("1"))]);
    let back = Return {
        projection: "cases".to_owned(),
        position: 14,
        rows,
    };
    store.go_back(vec![back]).unwrap();
    assert_eq!(live(&store), pairs(&[("a", "old"), ("x", "1"), ("y", "1")]));
    store.remove_unused().unwrap();
    drop(store);
    let store = open(directory.path());
    assert_eq!(live(&store), pairs(&[("a", "old"), ("x", "1"), ("y", "1")]));
    let record = store.projection("cases").unwrap();
    assert_eq!(record.kept.map(|kept| kept.position), Some(14));
}

#[test]
fn drafts_are_taken_up_at_the_last_position_that_all_have() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let names = [("cases", 1), ("keys", 1)];
    let mut drafts = store.drafts(&names).unwrap();
    for position in [5, 9] {
        for draft in &mut drafts {
            draft.add(&sheet(&[("a", Some("1"))]), position).unwrap();
        }
    }
    drafts[0].add(&sheet(&[("z", Some("1"))]), 13).unwrap();
    drop(drafts);
    drop(store);
    let store = open(directory.path());
    let drafts = store.drafts(&names).unwrap();
    assert!(drafts.iter().all(|draft| draft.position() == 9));
    assert_eq!(drafts[0].rows().row("cases.rows", b"z").unwrap(), None);
    drop(drafts);
    // Others are not what was begun.
    let others = store.drafts(&[("cases", 2), ("keys", 1)]).unwrap();
    assert!(others.iter().all(|draft| draft.position() == 0));
}

#[test]
fn a_projection_that_stopped_says_so_until_it_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.declare("cases", 1).unwrap();
    let fault = FaultNote {
        position: 3,
        cause: "a bad row".to_owned(),
    };
    let stopped = Batch {
        faults: vec![("cases".to_owned(), fault.clone())],
        ..Batch::default()
    };
    store.apply(stopped).unwrap();
    drop(store);
    let store = open(directory.path());
    assert_eq!(store.projection("cases").unwrap().fault, Some(fault));
    let draft = store.drafts(&[("cases", 1)]).unwrap().remove(0);
    let promotion = Promotion {
        draft,
        position: 4,
        rows: Sheet::default(),
    };
    store.promote(vec![promotion]).unwrap();
    let record = store.projection("cases").unwrap();
    // What had stopped is nothing to go back to.
    assert_eq!((record.fault, record.kept), (None, None));
}

#[test]
fn drafts_that_were_only_tried_out_are_gone_after_a_restart_and_others_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let names = [("cases", 1)];
    let mut left = store.drafts(&names).unwrap().remove(0);
    let mut trial = store.trial_drafts(&names).unwrap().remove(0);
    for draft in [&mut left, &mut trial] {
        draft.add(&sheet(&[("a", Some("1"))]), 5).unwrap();
    }
    let folder = trial.folder.clone();
    drop((left, trial, store));
    assert!(folder.is_dir());
    let store = open(directory.path());
    assert!(!folder.exists());
    assert_eq!(store.drafts(&names).unwrap()[0].position(), 5);
}

#[test]
fn live_rows_whose_file_is_gone_are_known_to_be_lost() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.declare("cases", 1).unwrap();
    let mut draft = store.drafts(&[("cases", 1)]).unwrap().remove(0);
    draft.add(&sheet(&[("a", Some("1"))]), 5).unwrap();
    let promotion = Promotion {
        draft,
        position: 5,
        rows: Sheet::default(),
    };
    store.promote(vec![promotion]).unwrap();
    assert_eq!(store.lost("cases"), None);
    drop(store);
    std::fs::remove_dir_all(directory.path().join("read/rows")).unwrap();
    assert!(open(directory.path()).lost("cases").is_some());
}

#[test]
fn a_switch_that_is_applied_and_not_flushed_is_not_gone_by() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.declare("cases", 1).unwrap();
    store.apply(change("a", Some("old"))).unwrap();
    let mut draft = store.drafts(&[("cases", 1)]).unwrap().remove(0);
    draft.add(&sheet(&[("a", Some("new"))]), 0).unwrap();

    // What promoting does, up to a disk that fails.
    let mut known = store.projections().0.get("cases").unwrap().clone();
    known.live = Generation::new(draft.number(), 1, 0, draft.runs.clone());
    let broken = || {
        Err(ReadStoreError::Sled(
            std::io::Error::other("no disk").into(),
        ))
    };
    let changed = [("cases".to_owned(), known)];
    let failed = store.commit_with(&store.alone(), &changed, Writes::default(), broken);
    assert!(matches!(failed, Err(ReadStoreError::Sled(_))));

    // sled has the new record and may keep it: a row that went to the old generation now would be
    // lost, and so would the files of the new one.
    assert_eq!(live(&store), pairs(&[("a", "old")]));
    let expect_refused = |result: Result<(), ReadStoreError>| {
        assert!(
            matches!(result, Err(ReadStoreError::TakesNoMore)),
            "{result:?}"
        );
    };
    expect_refused(store.apply(change("b", Some("1"))));
    expect_refused(store.remove_unused());
    expect_refused(store.declare("repeats", 1));
    expect_refused(store.drafts(&[("cases", 1)]).map(drop));
    drop(draft);
    drop(store);

    let store = open(directory.path());
    let before_or_after = [pairs(&[("a", "old")]), pairs(&[("a", "new")])];
    assert!(before_or_after.contains(&live(&store)));
    store.apply(change("b", Some("1"))).unwrap();
    assert_eq!(live(&store).len(), 2);
}
