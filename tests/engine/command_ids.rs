//! An accepted command id has one answer for ever; a refused command is not remembered.

use redress_engine::{Answer, Engine, Submission};
use serde_json::json;
use uuid::Uuid;

use crate::stand::{accepted, folder, in_memory, open, refused, submit};
use crate::story::{at, filing, merchant, stories};

/// A merchant, a complaint with a text and one without, and an answer to it.
fn commands() -> Vec<Submission> {
    let start = "2026-05-01T09:00:00+08:00";
    let mut silent = filing("C2", "U1", "");
    silent.as_object_mut().unwrap().remove("description");
    vec![
        at(
            start,
            "service:onboarding",
            "merchant.register",
            merchant("M1"),
        ),
        at(
            start,
            "user:U1",
            "complaint.file",
            filing("C1", "U1", "charged twice"),
        ),
        at(start, "user:U1", "complaint.file", silent),
        at(
            "2026-05-01T10:00:00+08:00",
            "merchant:M1",
            "complaint.respond",
            json!({ "complaint_id": "C1", "text": "we look into it" }),
        ),
    ]
}

fn answers(engine: &Engine, commands: &[Submission]) -> Vec<redress_engine::Accepted> {
    let answer = |command| accepted(submit(engine, command));
    commands.iter().map(answer).collect()
}

/// The same commands again have the same answers, marked as repeats, and write nothing.
#[track_caller]
fn assert_answered_again(
    engine: &Engine,
    commands: &[Submission],
    first: &[redress_engine::Accepted],
) {
    let position = engine.last_position();
    for (command, first) in commands.iter().zip(first) {
        let mut again = accepted(submit(engine, command));
        assert!(again.replayed);
        again.replayed = false;
        assert_eq!(&again, first);
        // A known id is answered before its `recorded_at` is looked at.
        let mut earlier = command.clone();
        earlier.recorded_at = Some(crate::story::instant("2020-01-01T00:00:00Z"));
        assert!(accepted(submit(engine, &earlier)).replayed);
    }
    assert_eq!(engine.last_position(), position);
}

/// The same id with another body is refused and writes nothing.
#[track_caller]
fn assert_reused(engine: &Engine, commands: &[Submission]) {
    let position = engine.last_position();
    for command in commands {
        let mut other = command.clone();
        other.body.push(b' ');
        assert_eq!(refused(submit(engine, &other)), "command_id_reused");
        // Also where it is another kind of command.
        let mut foreign = commands[0].clone();
        foreign.command_id = command.command_id;
        if foreign.body != command.body {
            assert_eq!(refused(submit(engine, &foreign)), "command_id_reused");
        }
    }
    assert_eq!(engine.last_position(), position);
}

#[test]
fn a_known_id_has_its_first_answer_and_only_for_its_own_body() {
    let engine = in_memory();
    let first = answers(&engine, &commands());
    assert!(first.iter().all(|answer| !answer.replayed));
    assert_answered_again(&engine, &commands(), &first);
    assert_reused(&engine, &commands());
}

#[test]
fn a_known_id_has_its_first_answer_after_a_restart_and_without_a_read_store() {
    let directory = folder();
    let engine = open(directory.path());
    let first = answers(&engine, &commands());
    drop(engine);
    let engine = open(directory.path());
    assert_answered_again(&engine, &commands(), &first);
    assert_reused(&engine, &commands());
    drop(engine);
    std::fs::remove_dir_all(directory.path().join("read")).unwrap();
    let engine = open(directory.path());
    assert_answered_again(&engine, &commands(), &first);
    assert_reused(&engine, &commands());
}

#[test]
fn a_known_id_has_its_first_answer_after_its_user_was_erased() {
    let directory = folder();
    let engine = open(directory.path());
    let first = answers(&engine, &commands());
    let data = json!({ "user_ref": "U1", "reason": "asked for it" });
    let erase = at(
        "2026-05-02T09:00:00+08:00",
        "admin:root",
        "user.erase",
        data,
    );
    accepted(submit(&engine, &erase));
    assert_answered_again(&engine, &commands(), &first);
    drop(engine);
    let engine = open(directory.path());
    assert_answered_again(&engine, &commands(), &first);
    // Without texts of the user nothing was lost that tells bodies apart.
    let commands = commands();
    assert_reused(&engine, &[commands[0].clone(), commands[2].clone()]);
}

#[test]
fn a_refused_command_is_not_remembered() {
    let engine = in_memory();
    let filing = at(
        "2026-05-01T09:00:00+08:00",
        "user:U1",
        "complaint.file",
        filing("C1", "U1", "charged twice"),
    );
    assert_eq!(refused(submit(&engine, &filing)), "merchant_unknown");
    assert_eq!(engine.last_position(), 0);
    assert!(!engine.is_known(filing.command_id).unwrap());
    accepted(submit(&engine, &commands()[0]));
    assert!(!accepted(submit(&engine, &filing)).replayed);
    assert!(engine.is_known(filing.command_id).unwrap());
}

#[test]
fn the_expected_version_is_that_of_the_stream() {
    let engine = in_memory();
    answers(&engine, &commands());
    let mut message = at(
        "2026-05-01T11:00:00+08:00",
        "user:U1",
        "complaint.message",
        json!({ "complaint_id": "C1", "text": "hello" }),
    );
    message.expected_version = Some(0);
    let Answer::Refused(refusal) = submit(&engine, &message) else {
        panic!("it was accepted");
    };
    assert_eq!(refusal.refusal.code.as_str(), "version_conflict");
    message.expected_version = refusal.actual_version;
    accepted(submit(&engine, &message));
}

#[test]
fn a_command_without_an_event_of_its_own_is_answered_with_the_end_of_its_stream() {
    let engine = in_memory();
    answers(&engine, &commands());
    let accept = |at_instant| {
        let data = json!({ "merchant_id": "M1", "edition": "2026-02-18" });
        at(at_instant, "merchant:M1", "merchant.accept_rulebook", data)
    };
    submit(&engine, &accept("2026-05-01T11:00:00+08:00"));
    let position = engine.last_position();
    let nothing = accepted(submit(&engine, &accept("2026-05-01T12:00:00+08:00")));
    assert!(nothing.events.is_empty());
    assert_eq!(engine.last_position(), position);
    let mut last = (0, 0);
    for one in crate::stand::log(&engine) {
        if one.header.stream == nothing.stream {
            last = (one.header.version, one.header.position);
        }
    }
    assert_eq!((nothing.version, nothing.position), last);
    assert!(last.1 > 0);
}

#[test]
fn commands_handed_in_together_are_answered_each_in_order() {
    let directory = folder();
    let engine = open(directory.path());
    accepted(submit(&engine, &commands()[0]));
    let many: Vec<Submission> = (0..300)
        .map(|number| {
            let id = format!("C{number}");
            let data = filing(&id, "U1", "charged twice");
            at(
                "2026-05-01T09:00:00+08:00",
                "user:U1",
                "complaint.file",
                data,
            )
        })
        .collect();
    // Each twice: the second finds the first though neither is on disk yet.
    let pending: Vec<_> = many
        .iter()
        .map(|one| (engine.submit(one.clone()), engine.submit(one.clone())))
        .collect();
    let mut last = 0;
    for (first, second) in pending {
        let first = accepted(first.wait().unwrap());
        let second = accepted(second.wait().unwrap());
        assert!(!first.replayed && second.replayed);
        assert!(first.position > last);
        assert_eq!(first.position, second.position);
        last = first.position;
    }
    drop(engine);
    let engine = open(directory.path());
    for one in &many {
        assert!(accepted(submit(&engine, one)).replayed);
    }
}

#[test]
fn ids_of_events_follow_from_the_command_and_are_unique() {
    for story in stories().into_iter().take(12) {
        let engine = Engine::in_memory(story.edition.clone()).unwrap();
        story.play(&engine);
        let log = crate::stand::log(&engine);
        let mut ids: Vec<Uuid> = log.iter().map(|one| one.header.event_id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), log.len(), "{}", story.name);
    }
}
