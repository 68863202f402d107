//! Read models that are verified, replaced and let go of while commands come in.

use std::sync::atomic::{AtomicBool, Ordering};

use redress_domain::identity::MerchantId;
use redress_projections::cases::{CaseFilter, QueueView, SlaQuery};
use redress_projections::repeats::RepeatsQuery;

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

/// What read models answer, as text.
fn answers(engine: &Engine) -> String {
    let at = super::hour(24 * super::STORY_DAYS + 9);
    let look = Look {
        at: Some(at),
        as_of: None,
    };
    let every_clock = SlaQuery {
        merchant_id: None,
        from: None,
        to: None,
        at,
    };
    let every_repeat = RepeatsQuery {
        merchant_id: None,
        user_ref: None,
        agreement_id: None,
        from: None,
        to: None,
    };
    let merchant = MerchantId::new("M1").unwrap();
    let merchant = engine.merchant(&merchant, look).unwrap().value.unwrap();
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        engine.complaints(&CaseFilter::default(), look).unwrap(),
        engine.queue(None, QueueView::All, None, look).unwrap(),
        engine.sla(every_clock, look).unwrap(),
        engine.repeats(&every_repeat, look).unwrap(),
        (merchant.metrics, merchant.determinations),
    )
}

/// What a test does with the read models of an engine.
type Replace = fn(&Engine);

#[test]
fn rows_that_took_the_place_of_others_are_those_that_are_read() {
    let again: Replace = |engine| drop(engine.rebuild().unwrap());
    let back: Replace = |engine| drop(engine.roll_back(&[]).unwrap());
    for steps in [&[again][..], &[again, back], &[again, back, again, back]] {
        let directory = tempfile::tempdir().unwrap();
        let engine = open(directory.path());
        play(&engine, None);
        engine.settle().unwrap();
        let mut hours = 24 * super::STORY_DAYS;
        for step in steps {
            step(&engine);
            // What comes now goes to the rows that are live; nothing of it stays in memory.
            for complaint in 0..3 {
                let complaint = format!("D{hours}-{complaint}");
                super::accepted(&engine, file(hours, &complaint, "M1", "U1"));
            }
            for _ in 0..3 {
                engine.settle().unwrap();
                engine.shared.world().rows_in_memory_max = 0;
                hours += 1;
                super::accepted(&engine, register(hours, &format!("N{hours}")));
            }
        }
        engine.settle().unwrap();
        let answered = answers(&engine);
        drop(engine);
        let engine = open(directory.path());
        assert_eq!(answered, answers(&engine), "after {} steps", steps.len());
        expect_no_difference(&engine);
    }
}
