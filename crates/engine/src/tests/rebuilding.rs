//! Rebuilds that are interrupted, taken back, and needed: projections that cannot take up an event,
//! and rows of another release.

use std::sync::atomic::Ordering;
use std::time::Duration;

use redress_projections::cases::QueueView;
use redress_store::read_store::{Batch, ReadStore, ReadStoreOptions, RowChange, RowSource, Sheet};

use super::{
    accepted, act, configuration, expect_no_difference, file, first_edition, open, opened, play,
    register, start,
};
use crate::{
    Answer, Engine, EngineError, EventRange, Look, ProjectionCondition, RebuildOutcome, Submission,
};

const COMPLAINTS: usize = 500;

/// A store with more events than are folded at a time.
fn fill(engine: &Engine) {
    accepted(engine, register(0, "M1"));
    for number in 0..COMPLAINTS {
        let user = format!("U{}", number % 7);
        accepted(engine, file(1, &format!("C{number}"), "M1", &user));
    }
    engine.advance(super::hour(96), None).wait().unwrap();
}

fn expect_equal(report: &crate::RebuildReport) {
    for rebuilt in &report.projections {
        match &rebuilt.outcome {
            RebuildOutcome::Replaced(Some(comparison)) => {
                assert_eq!(comparison.differing, 0, "{:?}", comparison.differences);
            }
            outcome => panic!("{}: {outcome:?}", rebuilt.name),
        }
    }
}

fn queue(engine: &Engine) -> Result<usize, EngineError> {
    let seen = engine.queue(None, QueueView::All, None, Look::default())?;
    Ok(seen.value.len())
}

fn log(engine: &Engine) -> Vec<String> {
    let mut log = Vec::new();
    engine
        .events(&EventRange::default(), |recorded| {
            let header = &recorded.header;
            log.push(format!(
                "{} {} {} {:?} {}",
                header.position,
                header.stream,
                header.version,
                header.recorded_at,
                recorded.event.name()
            ));
            true
        })
        .unwrap();
    log
}

/// Puts bytes that are no row in the place of the first row of a table.
fn damage_first_row(store: &ReadStore, table: &'static str, prefix: &[u8]) {
    let (key, _) = store.rows(table, prefix).unwrap().remove(0);
    let change = RowChange {
        table: table.into(),
        key,
        value: Some(vec![0xff; 3]),
    };
    let batch = Batch {
        rows: vec![change],
        applied: store.applied(),
        ..Batch::default()
    };
    store.apply(batch).unwrap();
}

#[test]
fn a_rebuild_that_is_interrupted_goes_on_where_its_rows_were_packed() {
    let directory = tempfile::tempdir().unwrap();
    let mut engine = open(directory.path());
    fill(&engine);
    engine.rebuilder.events_per_run = 500;
    let stopping = std::sync::Arc::clone(&engine.rebuilder.stopping);
    let interrupted = engine.rebuild_some(&[], &mut |progress| {
        assert_eq!(progress.resumed_from, 0);
        stopping.store(true, Ordering::Relaxed);
    });
    assert!(interrupted.is_err());
    stopping.store(false, Ordering::Relaxed);
    // What was live is live still.
    expect_no_difference(&engine);
    drop(engine);

    let engine = open(directory.path());
    let report = engine.rebuild().unwrap();
    assert_eq!(report.resumed_from, 1_024);
    expect_equal(&report);
    expect_no_difference(&engine);
    assert_eq!(queue(&engine).unwrap(), COMPLAINTS);
    // Nothing is left to be taken up.
    let again = engine.rebuild().unwrap();
    assert_eq!(again.resumed_from, 0);
    expect_equal(&again);
}

#[test]
fn old_rows_are_gone_back_to_with_what_was_recorded_since() {
    let directory = tempfile::tempdir().unwrap();
    let mut engine = open(directory.path());
    assert!(matches!(
        engine.roll_back(&[]),
        Err(EngineError::NothingKept { .. })
    ));
    play(&engine, None);
    expect_equal(&engine.rebuild().unwrap());
    let rebuilt = engine.projections().unwrap();
    engine.rebuilder.events_per_run = 600;
    let hour = 24 * super::STORY_DAYS;
    for number in 0..COMPLAINTS {
        accepted(&engine, file(hour, &format!("D{number}"), "M1", "U9"));
    }
    engine.advance(super::hour(hour + 90), None).wait().unwrap();
    let report = engine.roll_back(&[]).unwrap();
    assert_eq!(report.projections.len(), rebuilt.len());
    expect_no_difference(&engine);
    for (state, before) in engine.projections().unwrap().iter().zip(&rebuilt) {
        assert_eq!(
            Some(state.generation),
            before.kept.as_ref().map(|kept| kept.generation)
        );
        let kept = state.kept.as_ref().map(|kept| kept.generation);
        assert_eq!(kept, Some(before.generation));
    }
    // One alone, which takes the deadlines that come of it along.
    let report = engine.roll_back(&["standing"]).unwrap();
    let names: Vec<&str> = report.projections.iter().map(|one| one.name).collect();
    assert_eq!(names, ["standing", "deadlines"]);
    accepted(&engine, file(hour + 90, "E1", "M2", "U9"));
    expect_no_difference(&engine);
    drop(engine);
    let engine = open(directory.path());
    accepted(&engine, file(hour + 91, "E2", "M2", "U9"));
    expect_no_difference(&engine);
}

/// Bytes that are no row in the place of one of a case.
fn bad_case(complaint: &str) -> Sheet {
    let mut sheet = Sheet::default();
    sheet
        .push("cases", complaint.as_bytes(), Some(&[0xff; 3]))
        .unwrap();
    sheet
}

fn message(hour: i64, complaint: &str) -> Submission {
    let words = serde_json::json!({ "complaint_id": complaint, "text": "more words" });
    act(hour, "complaint.message", "user", "U0", &words)
}

#[test]
fn a_fault_is_not_forgotten_when_the_rebuild_is_interrupted_behind_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut engine = open(directory.path());
    accepted(&engine, register(0, "M1"));
    for number in 0..1_100 {
        accepted(&engine, file(1, &format!("C{number}"), "M1", "U0"));
    }
    accepted(&engine, message(2, "C0"));
    let touched = engine.last_position();
    for number in 0..COMPLAINTS * 2 {
        accepted(&engine, file(3, &format!("D{number}"), "M1", "U0"));
    }
    assert!(engine.last_position() > (touched / 1_024 + 2) * 1_024);
    engine.rebuilder.events_per_run = 500;
    let stopping = std::sync::Arc::clone(&engine.rebuilder.stopping);
    // Interrupted as soon as a position was reached and packed.
    let interrupt = |engine: &Engine, at: u64| {
        let stopped = engine.rebuild_some(&[], &mut |progress| {
            stopping.store(progress.position >= at, Ordering::Relaxed);
            // Progress is told again after the next batch.
            std::thread::sleep(Duration::from_millis(110));
        });
        stopping.store(false, Ordering::Relaxed);
        assert!(
            matches!(stopped, Err(EngineError::Stopped { .. })),
            "{stopped:?}"
        );
    };
    interrupt(&engine, 1_024);
    let store = engine.store.clone().unwrap();
    let names = redress_projections::ReadModels::new(None).unwrap().names();
    let mut drafts = store.drafts(&names).unwrap();
    let sound = drafts[0].position();
    assert_eq!(sound, 1_024);
    let cases = drafts.iter_mut().find(|one| one.projection() == "cases");
    cases.unwrap().add(&bad_case("C0"), sound).unwrap();
    drop(drafts);
    interrupt(&engine, touched);

    let report = engine.rebuild().unwrap();
    assert_eq!(report.resumed_from, touched / 1_024 * 1_024);
    for rebuilt in &report.projections {
        match &rebuilt.outcome {
            RebuildOutcome::Faulted { cause, .. } => {
                assert_eq!(rebuilt.name, "cases");
                assert!(cause.contains("C0"), "{cause}");
            }
            RebuildOutcome::Replaced(_) => assert_ne!(rebuilt.name, "cases"),
        }
    }
    // What was live is live still, and the next one begins anew.
    expect_no_difference(&engine);
    let report = engine.rebuild().unwrap();
    assert_eq!(report.resumed_from, 0);
    expect_equal(&report);
}

#[test]
fn kept_rows_that_cannot_take_up_an_event_are_not_gone_back_to_and_neither_are_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let mut engine = open(directory.path());
    engine.rebuilder.events_per_run = 600;
    accepted(&engine, register(0, "M1"));
    accepted(&engine, file(1, "C1", "M1", "U0"));
    expect_equal(&engine.rebuild().unwrap());
    let store = engine.store.clone().unwrap();
    let kept = store.projection("cases").unwrap().kept.unwrap().position;
    store
        .add_to_kept(&[("cases", bad_case("C1"))], kept)
        .unwrap();
    accepted(&engine, message(2, "C1"));
    let generations = || -> Vec<u64> {
        let states = engine.projections().unwrap();
        states.iter().map(|state| state.generation).collect()
    };
    let before = generations();
    let expect_fault = |names: &[&str]| match engine.roll_back(names) {
        Err(EngineError::ProjectionFaulted { name, .. }) => assert_eq!(name, "cases"),
        other => panic!("{other:?}"),
    };
    // What is left is folded by the writer.
    expect_fault(&[]);
    assert_eq!(generations(), before);
    // It is folded beside it, and further than the event.
    for number in 0..1_300 {
        accepted(&engine, file(3, &format!("D{number}"), "M1", "U0"));
    }
    assert!(engine.last_position() > kept + 1_200);
    for names in [&[] as &[&str], &["cases"], &["cases"]] {
        expect_fault(names);
        assert_eq!(generations(), before);
    }
    // The others alone go back.
    engine.roll_back(&["merchants"]).unwrap();
    expect_no_difference(&engine);
}

#[test]
fn standing_and_deadlines_go_back_together_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    play(&engine, None);
    expect_equal(&engine.rebuild().unwrap());
    drop(engine);
    let read = ReadStore::open(directory.path(), &ReadStoreOptions::default()).unwrap();
    read.declare("standing", 99).unwrap();
    drop(read);
    let engine = open(directory.path());
    engine.wait_rebuilt();
    for name in ["standing", "deadlines"] {
        match engine.roll_back(&[name]) {
            Err(EngineError::NothingKept { names }) => assert_eq!(names, "standing"),
            other => panic!("{other:?}"),
        }
    }
    let all = engine.projections().unwrap().len();
    let report = engine.roll_back(&[]).unwrap();
    let names: Vec<&str> = report.projections.iter().map(|one| one.name).collect();
    assert_eq!(names.len(), all - 2);
    assert!(!names.contains(&"standing") && !names.contains(&"deadlines"));
    let left_out: Vec<_> = report.left_out.iter().collect();
    assert_eq!(left_out.len(), 1);
    assert_eq!(left_out[0].name, "deadlines");
    assert_eq!(left_out[0].because_of, "standing");
    expect_no_difference(&engine);
}

#[test]
fn a_projection_that_cannot_take_up_an_event_stands_still_and_the_others_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let opened = opened(directory.path());
    let engine = start(opened);
    accepted(&engine, register(0, "M1"));
    accepted(&engine, file(1, "C1", "M1", "U1"));
    engine.settle().unwrap();
    drop(engine);
    let read = ReadStore::open(directory.path(), &ReadStoreOptions::default()).unwrap();
    damage_first_row(&read, "cases", b"C1");
    drop(read);

    let engine = open(directory.path());
    let before = engine.last_position();
    let words = serde_json::json!({ "complaint_id": "C1", "text": "more words" });
    accepted(&engine, act(2, "complaint.message", "user", "U1", &words));
    accepted(&engine, file(3, "C2", "M1", "U2"));
    let expect_faulted = |engine: &Engine| {
        match queue(engine) {
            Err(EngineError::ProjectionFaulted {
                name: "cases",
                position,
                cause,
            }) => {
                assert_eq!(position, before + 1);
                assert!(cause.contains("C1"), "{cause}");
            }
            other => panic!("{other:?}"),
        }
        for state in engine.projections().unwrap() {
            match state.condition {
                ProjectionCondition::Live => assert_ne!(state.name, "cases"),
                ProjectionCondition::Faulted { position, .. } => {
                    assert_eq!((state.name, position), ("cases", before + 1));
                    assert_eq!(state.position, before);
                }
                ProjectionCondition::Building => panic!("{} is being built", state.name),
            }
        }
        assert_eq!(engine.merchants(Look::default()).unwrap().value.len(), 1);
    };
    expect_faulted(&engine);
    engine.settle().unwrap();
    drop(engine);

    // It is known after a restart, and a rebuild makes it good.
    let engine = open(directory.path());
    expect_faulted(&engine);
    accepted(&engine, file(4, "C3", "M1", "U3"));
    let report = engine.rebuild_some(&["cases"], &mut |_| {}).unwrap();
    assert_eq!(report.projections.len(), 1);
    assert_eq!(queue(&engine).unwrap(), 3);
    expect_no_difference(&engine);
}

#[test]
fn what_was_cut_off_by_a_fault_is_finished_after_the_rebuild() {
    // The second complaint is linked to the first, which is still open: that follows of its filing.
    let filed = |complaint: &str| {
        let data = serde_json::json!({
            "complaint_id": complaint, "merchant_id": "M1", "user_ref": "U1",
            "problem": "other", "channel": "self_service", "description": "words",
            "orders": [{ "order_id": "O1", "amount_fen": 1500 }],
        });
        act(1, "complaint.file", "user", "U1", &data)
    };
    let commands: [Submission; 3] = [register(0, "M1"), filed("C1"), filed("C2")];
    let healthy = Engine::in_memory(first_edition()).unwrap();
    for command in &commands {
        accepted(&healthy, command.clone());
    }
    let linked = log(&healthy);
    assert!(linked.iter().any(|line| line.ends_with("ComplaintLinked")));

    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    let (last, earlier) = commands.split_last().unwrap();
    for command in earlier {
        accepted(&engine, command.clone());
    }
    // Rows that are looked at for what follows, after the command was recorded.
    engine.settle().unwrap();
    engine.shared.world().models.release(u64::MAX);
    damage_first_row(engine.store.as_ref().unwrap(), "repeats", b"M1");

    let failed = engine.submit(last.clone()).wait();
    assert!(
        matches!(
            failed,
            Err(EngineError::ProjectionFaulted {
                name: "repeats",
                ..
            })
        ),
        "{failed:?}"
    );
    // It was recorded, and what follows of it was not.
    assert!(log(&engine).len() < linked.len());
    // Reads go on, commands do not, and nobody has to restart anything.
    assert_eq!(queue(&engine).unwrap(), 2);
    let other = engine.submit(register(200, "M9")).wait();
    assert!(matches!(other, Err(EngineError::ProjectionFaulted { .. })));
    engine.rebuild_some(&["repeats"], &mut |_| {}).unwrap();
    match engine.submit(last.clone()).wait().unwrap() {
        Answer::Accepted(_) => {}
        Answer::Refused(refused) => panic!("{:?}", refused.refusal),
    }
    expect_no_difference(&engine);
    assert_eq!(log(&engine), log(&healthy));
    drop(engine);
    let engine = open(directory.path());
    assert_eq!(log(&engine), log(&healthy));
    expect_no_difference(&engine);
}

#[test]
fn rows_of_another_schema_are_rebuilt_at_start_while_the_rest_is_answered() {
    for name in ["cases", "standing", "keys"] {
        let directory = tempfile::tempdir().unwrap();
        let engine = open(directory.path());
        fill(&engine);
        drop(engine);
        let read = ReadStore::open(directory.path(), &ReadStoreOptions::default()).unwrap();
        read.declare(name, 99).unwrap();
        drop(read);

        let (engine, report) = Engine::open(configuration(directory.path())).unwrap();
        assert_eq!(report.rebuilding, [name]);
        // Needs none of them, or waits for it.
        assert_eq!(engine.merchants(Look::default()).unwrap().value.len(), 1);
        accepted(&engine, file(97, "X1", "M1", "U1"));
        engine.wait_rebuilt();
        assert_eq!(queue(&engine).unwrap(), COMPLAINTS + 1);
        for state in engine.projections().unwrap() {
            assert_eq!(state.condition, ProjectionCondition::Live, "{}", state.name);
        }
        expect_no_difference(&engine);
        drop(engine);
        let (_, report) = Engine::open(configuration(directory.path())).unwrap();
        assert!(report.rebuilding.is_empty());
    }
}
