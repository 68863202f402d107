//! A log that ends between any two commits: what follows of the last command is finished once, as
//! it would have been without the crash.

use redress_domain::event::Event;
use redress_domain::event::Recorded;
use redress_domain::rulebook::Rulebook;
use redress_domain::text::PersonalText;
use redress_projections::ReadModels;
use redress_store::entry;
use redress_store::journal::{Commit, Journal, MemoryJournal};

use super::{first_edition, hour, play, start};
use crate::opening::{self, LogSource};
use crate::shelf::Shelf;
use crate::world::World;
use crate::{Engine, History};

fn log_of(engine: &Engine) -> Vec<Commit> {
    let mut commits = Vec::new();
    let mut reader = engine.source.reader(1).unwrap();
    while let Some(commit) = reader.next_commit().unwrap() {
        commits.push(commit.to_commit());
    }
    commits
}

/// The events of a log. Keys and nonces differ from run to run, so sealed bytes are left out.
fn events_of(commits: &[Commit]) -> Vec<Recorded> {
    let entries = commits.iter().flat_map(|commit| &commit.entries);
    entries
        .map(|bytes| {
            let mut recorded = entry::decode(bytes).unwrap().recorded;
            let event: &mut Event = &mut recorded.event;
            for text in event.texts_mut() {
                if let PersonalText::Sealed { bytes, .. } = text {
                    bytes.clear();
                }
            }
            recorded
        })
        .collect()
}

/// An engine that finds these commits after a crash.
fn found(commits: &[Commit]) -> Engine {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let mut journal = MemoryJournal::new();
    runtime.block_on(journal.append(commits)).unwrap();
    let mut world = World::new(
        Rulebook::new(first_edition()),
        ReadModels::new(None).unwrap(),
        Shelf::new(None),
    );
    for bytes in commits.iter().flat_map(|commit| &commit.entries) {
        let recorded = entry::decode(bytes).unwrap().recorded;
        world.apply(bytes.as_slice().into(), &recorded).unwrap();
    }
    world.catch_up_with_time().unwrap();
    let mut opened = opening::in_memory(first_edition()).unwrap();
    let highest = world.models.keys.next_free().unwrap();
    opened.vault.ensure(highest).unwrap();
    opened.world = world;
    opened.journal = Box::new(journal.clone());
    opened.source = LogSource::Memory(journal);
    start(opened)
}

/// Shows the first event that differs: the whole log says nothing to anybody.
fn expect_equal(found: &[Recorded], expected: &[Recorded], kept: usize) {
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "cut after commit {kept}");
    }
}

fn expect_the_same_log_whatever_was_cut(history: Option<History>) {
    let engine = Engine::in_memory(first_edition()).unwrap();
    play(&engine, history);
    let commits = log_of(&engine);
    let expected = events_of(&commits);
    assert!(
        expected
            .iter()
            .any(|one| one.event.name() == "StandingChanged" && one.header.causation_id.is_some()),
        "the story is too short"
    );
    for kept in 1..commits.len() {
        // Between two pieces of work there is nothing to finish: a few of those are enough.
        let next = events_of(&commits[kept..=kept]);
        if next[0].header.causation_id.is_none() && kept % 7 != 0 {
            continue;
        }
        let resumed = found(&commits[..kept]);
        let at_once = events_of(&log_of(&resumed));
        let ends_with_its_work = expected
            .get(at_once.len())
            .is_none_or(|next| next.header.causation_id.is_none());
        expect_equal(&at_once, &expected, kept);
        assert!(ends_with_its_work, "cut after commit {kept}: work is left");
        // The same feed again, and the same passing of time, come to the same log. That takes long,
        // so only some of the logs are played on.
        if kept % 7 != 0 {
            continue;
        }
        play_again(&resumed, history);
        let in_the_end = events_of(&log_of(&resumed));
        assert_eq!(in_the_end.len(), expected.len(), "cut after commit {kept}");
        expect_equal(&in_the_end, &expected, kept);
    }
}

fn play_again(engine: &Engine, history: Option<History>) {
    for submission in super::story() {
        let submission = crate::Submission {
            history,
            ..submission
        };
        engine.submit(submission).wait().unwrap();
    }
    engine
        .advance(hour(24 * super::STORY_DAYS), history)
        .wait()
        .unwrap();
}

#[test]
fn what_follows_of_live_work_is_finished_once() {
    expect_the_same_log_whatever_was_cut(None);
}

#[test]
fn what_follows_of_an_import_is_finished_in_its_manner() {
    expect_the_same_log_whatever_was_cut(Some(History {
        liability_from: Some(hour(30)),
        enact: false,
    }));
    expect_the_same_log_whatever_was_cut(Some(History {
        liability_from: None,
        enact: true,
    }));
}
