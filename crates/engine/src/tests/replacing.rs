//! Read models that are verified, replaced and let go of while commands come in.

use std::sync::atomic::{AtomicBool, Ordering};

use redress_projections::cases::CaseFilter;

use super::{expect_no_difference, file, first_edition, open, opened, play, register, start};
use crate::{Engine, Look};

fn replace_while_commands_come_in(engine: &Engine) {
    super::accepted(engine, register(0, "M1"));
    let finished = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..300 {
                let submission = file(number, &format!("C{number}"), "M1", "U1");
                super::accepted(engine, submission);
            }
            finished.store(true, Ordering::SeqCst);
        });
        let mut rounds = 0;
        while !finished.load(Ordering::SeqCst) || rounds < 3 {
            engine.rebuild().unwrap();
            expect_no_difference(engine);
            rounds += 1;
        }
    });
    expect_no_difference(engine);
    let complaints = engine
        .complaints(&CaseFilter::default(), Look::default())
        .unwrap();
    assert_eq!(complaints.value.len(), 300);
}

#[test]
fn a_rebuild_loses_and_revives_nothing_that_comes_in_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    replace_while_commands_come_in(&engine);
    drop(engine);
    expect_no_difference(&open(directory.path()));
    replace_while_commands_come_in(&Engine::in_memory(first_edition()).unwrap());
}

#[test]
fn rows_that_the_read_store_has_are_let_go_and_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = opened(directory.path());
    opened.world.rows_in_memory_max = 0;
    let engine = start(opened);
    for submission in super::story() {
        super::accepted(&engine, submission);
        engine.settle().unwrap();
        engine.shared.world().rows_in_memory_max = 0;
    }
    play(&engine, None);
    engine.settle().unwrap();
    engine.shared.world().rows_in_memory_max = 0;
    super::accepted(&engine, register(24 * super::STORY_DAYS, "M3"));
    engine.settle().unwrap();
    let kept = engine.shared.world().models.rows_in_memory();
    let states = engine.projections().unwrap();
    let rows: u64 = states.iter().map(|state| state.rows).sum();
    assert!(
        (kept as u64) < rows / 4,
        "{kept} of {rows} rows are in memory"
    );
    expect_no_difference(&engine);
}
