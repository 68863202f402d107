//! A journal that fails, a writer that panics: nothing is acknowledged, and the store opens again.

use super::unreliable::{Manner, unreliable};
use super::{file, open, register};
use crate::{Engine, EngineError, Look};

#[test]
fn what_the_journal_did_not_take_reaches_no_reader_and_no_read_store() {
    for failure in [Manner::Fails, Manner::Panics] {
        let directory = tempfile::tempdir().unwrap();
        let (engine, told) = unreliable(directory.path());
        engine.submit(register(0, "M1")).wait().unwrap();
        told.set(failure);
        let lost = file(1, "C1", "M1", "U1");
        let id = lost.command_id;
        assert!(matches!(
            engine.submit(lost.clone()).wait(),
            Err(EngineError::Stopped { .. })
        ));
        // Whoever asks again is not told that it is done.
        assert!(engine.submit(lost.clone()).wait().is_err());
        assert!(!engine.is_known(id).unwrap());
        let complaint = redress_domain::identity::ComplaintId::new("C1").unwrap();
        let seen = engine.complaint(&complaint, Look::default()).unwrap();
        assert!(seen.value.is_none());
        let last = engine.last_position();
        drop(engine);

        let engine = open(directory.path());
        assert_eq!(engine.last_position(), last);
        super::accepted(&engine, lost);
        super::expect_no_difference(&engine);
    }
}

#[test]
fn a_store_can_be_opened_at_once_after_it_was_dropped() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..5 {
        let engine = open(directory.path());
        super::accepted(&engine, register(round, &format!("M{round}")));
    }
}

#[test]
fn what_was_handed_in_before_the_engine_is_dropped_is_answered() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    let pending: Vec<_> = (0..50)
        .map(|number| engine.submit(register(0, &format!("M{number}"))))
        .collect();
    drop(engine);
    for answer in pending {
        answer.wait().unwrap();
    }
    assert!(open(directory.path()).last_position() >= 50);
}

/// The keys of a user, as the log has it.
fn keys_of(engine: &Engine, user: &str) -> Vec<u64> {
    let user = redress_domain::identity::UserRef::new(user).unwrap();
    engine.shared.world().models.keys.of_user(&user).unwrap()
}

#[test]
fn a_key_of_an_event_that_was_dropped_is_given_to_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let (engine, told) = unreliable(directory.path());
    super::accepted(&engine, register(0, "M1"));
    told.set(Manner::Fails);
    assert!(engine.submit(file(1, "C1", "M1", "U1")).wait().is_err());
    let dropped = keys_of(&engine, "U1");
    assert_eq!(dropped.len(), 1);
    drop(engine);

    let engine = open(directory.path());
    super::accepted(&engine, file(2, "C2", "M1", "U2"));
    super::accepted(&engine, file(3, "C1", "M1", "U1"));
    let given = [keys_of(&engine, "U1"), keys_of(&engine, "U2")].concat();
    assert_eq!(given.len(), 2);
    assert!(given.iter().all(|number| !dropped.contains(number)));
}

#[test]
fn a_vault_that_lacks_keys_of_the_log_is_refused_and_makes_no_others() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    super::accepted(&engine, register(0, "M1"));
    super::accepted(&engine, file(1, "C1", "M1", "U1"));
    drop(engine);
    let vault = directory.path().join("vault");
    std::fs::remove_dir_all(&vault).unwrap();
    for _ in 0..2 {
        let error = Engine::open(super::configuration(directory.path()));
        let error = error.err().unwrap();
        assert!(error.is_integrity_failure(), "{error}");
    }
}
