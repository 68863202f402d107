//! Erasing a user destroys the keys of the user's texts and leaves the log as it is.

use std::fs;
use std::path::Path;

use redress_domain::event::Event;
use redress_domain::identity::{ComplaintId, StreamId};
use redress_domain::text::PersonalText;
use redress_domain::user;
use redress_engine::{Engine, EventRange, Submission};
use redress_store::vault::Unsealed;
use serde_json::json;

use crate::stand::{
    accept_all, accepted, assert_chained, assert_same_views, assert_verified, copied, copy, files,
    folder, look_at, open, submit, views,
};
use crate::story::{at, filing, instant, merchant};

const START: &str = "2026-05-01T09:00:00+08:00";
const LATER: &str = "2026-05-02T09:00:00+08:00";
const SECRET: &str = "kJ8vQz-2pXw7RtLm-9sYd4HbNc-unrepeatable-words";
const KEPT: &str = "another user's words that stay";

fn filings() -> Vec<Submission> {
    vec![
        at(
            START,
            "service:onboarding",
            "merchant.register",
            merchant("M1"),
        ),
        at(
            START,
            "user:U1",
            "complaint.file",
            filing("C1", "U1", SECRET),
        ),
        at(START, "user:U2", "complaint.file", filing("C2", "U2", KEPT)),
        at(
            START,
            "merchant:M1",
            "complaint.respond",
            json!({ "complaint_id": "C1", "text": SECRET }),
        ),
    ]
}

fn erase() -> Submission {
    let data = json!({ "user_ref": "U1", "reason": "asked for it" });
    at(LATER, "admin:root", "user.erase", data)
}

/// Every text of a complaint as it can be read now.
fn texts(engine: &Engine, complaint_id: &str) -> Vec<Unsealed> {
    let stream = StreamId::Complaint(ComplaintId::new(complaint_id).unwrap());
    let range = EventRange {
        stream: Some(stream.clone()),
        ..EventRange::default()
    };
    let mut texts = Vec::new();
    let read = |mut recorded: redress_domain::event::Recorded| {
        let version = recorded.header.version;
        for (field, text) in recorded.event.texts_mut().into_iter().enumerate() {
            let PersonalText::Sealed { bytes, .. } = text else {
                panic!("an open text was recorded");
            };
            texts.push(engine.unseal(&stream, version, field, bytes).unwrap());
        }
        true
    };
    engine.events(&range, read).unwrap();
    assert!(!texts.is_empty());
    texts
}

fn text(words: &str) -> Unsealed {
    Unsealed::Text(words.as_bytes().to_vec())
}

#[track_caller]
fn assert_nowhere(directory: &Path, words: &str) {
    for (path, bytes) in files(directory) {
        let found = bytes
            .windows(words.len())
            .any(|part| part == words.as_bytes());
        assert!(!found, "{words} is in {}", path.display());
    }
}

#[test]
fn an_erasure_destroys_the_keys_and_changes_nothing_else() {
    let directory = folder();
    let engine = open(directory.path());
    accept_all(&engine, &filings());
    assert_eq!(texts(&engine, "C1"), vec![text(SECRET), text(SECRET)]);
    // The erasure lets a day pass, and that changes views; they are compared after it.
    engine.advance(instant(LATER), None).wait().unwrap();
    let look = look_at(instant(LATER));
    let mut before = views(&engine, look);

    let answer = accepted(submit(&engine, &erase()));
    assert_eq!(answer.events, ["PersonalDataErased"]);
    let mut erased_keys = Vec::new();
    engine
        .events(&EventRange::default(), |recorded| {
            if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) = recorded.event
            {
                erased_keys = key_numbers;
            }
            true
        })
        .unwrap();
    assert_eq!(erased_keys, [0]);
    assert_eq!(texts(&engine, "C1"), vec![Unsealed::Erased; 2]);
    assert_eq!(texts(&engine, "C2"), vec![text(KEPT)]);
    // All views but for the position that they reflect.
    let mut after = views(&engine, look);
    for shown in before.values_mut().chain(after.values_mut()) {
        if let Some(position) = shown.get_mut("as_of_position") {
            *position = json!(0);
        }
    }
    assert_same_views(&after, &before, "erased");
    assert_verified(&engine, "erased");
    drop(engine);
    assert_nowhere(directory.path(), SECRET);
    assert_nowhere(directory.path(), KEPT);
    assert_chained(directory.path());

    let engine = open(directory.path());
    assert_eq!(texts(&engine, "C1"), vec![Unsealed::Erased; 2]);
    assert_verified(&engine, "opened after an erasure");
}

#[test]
fn a_destruction_that_a_crash_prevented_is_made_good_by_opening() {
    let directory = folder();
    let engine = open(directory.path());
    accept_all(&engine, &filings());
    let vault = copied(&directory.path().join("vault"));
    accepted(submit(&engine, &erase()));
    drop(engine);
    // The journal has the erasure, the vault the keys from before.
    let old = directory.path().join("vault");
    fs::remove_dir_all(&old).unwrap();
    copy(vault.path(), &old);

    let engine = open(directory.path());
    assert_eq!(texts(&engine, "C1"), vec![Unsealed::Erased; 2]);
    assert_eq!(texts(&engine, "C2"), vec![text(KEPT)]);
    drop(engine);
    assert_ne!(
        files(&old).into_values().collect::<Vec<_>>(),
        files(vault.path()).into_values().collect::<Vec<_>>()
    );

    // The same where the read store has to be built from the journal.
    fs::remove_dir_all(&old).unwrap();
    copy(vault.path(), &old);
    fs::remove_dir_all(directory.path().join("read")).unwrap();
    let engine = open(directory.path());
    assert_eq!(texts(&engine, "C1"), vec![Unsealed::Erased; 2]);
}

#[test]
fn a_user_who_writes_again_after_an_erasure_gets_a_new_key() {
    let directory = folder();
    let engine = open(directory.path());
    accept_all(&engine, &filings());
    accepted(submit(&engine, &erase()));
    let again = filing("C3", "U1", "new words of the same user");
    accept_all(&engine, &[at(LATER, "user:U1", "complaint.file", again)]);
    assert_eq!(
        texts(&engine, "C3"),
        vec![text("new words of the same user")]
    );
    // On the old complaint as well.
    let message = json!({ "complaint_id": "C1", "text": "one more thing" });
    accept_all(
        &engine,
        &[at(LATER, "user:U1", "complaint.message", message)],
    );
    let read = texts(&engine, "C1");
    assert_eq!(read.last(), Some(&text("one more thing")));
    assert_eq!(read[0], Unsealed::Erased);
    drop(engine);
    let engine = open(directory.path());
    assert_eq!(
        texts(&engine, "C3"),
        vec![text("new words of the same user")]
    );
    // Erasing once more takes the new key too.
    let data = json!({ "user_ref": "U1", "reason": "asked again" });
    accept_all(&engine, &[at(LATER, "admin:root", "user.erase", data)]);
    assert_eq!(texts(&engine, "C3"), vec![Unsealed::Erased]);
    assert_verified(&engine, "erased twice");
}
