//! What stands against opening a store, and against one large event.

use std::fs;

use redress_domain::refusal::Code;
use redress_engine::{Answer, EngineError, StoreConfiguration};
use redress_protocol::edition::built_in;
use redress_store::journal::JournalError;
use redress_store::lock::LockError;
use redress_store::vault::{KeyEncryptionKey, VaultError};
use serde_json::json;

use crate::stand::{
    accept_all, accepted, assert_verified, configuration, files, folder, last_segment, open,
    submit, try_open,
};
use crate::story::{at, filing, merchant};

const START: &str = "2026-05-01T09:00:00+08:00";

fn filed(directory: &std::path::Path) -> redress_engine::Engine {
    let engine = open(directory);
    accept_all(
        &engine,
        &[
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
                filing("C1", "U1", "charged twice"),
            ),
        ],
    );
    engine
}

#[test]
fn a_store_that_is_open_says_which_process_has_it() {
    let directory = folder();
    let engine = open(directory.path());
    match try_open(directory.path()).err() {
        Some(EngineError::Locked(LockError::InUse { pid, .. })) => {
            assert_eq!(pid, Some(std::process::id()));
        }
        other => panic!("{other:?}"),
    }
    drop(engine);
    drop(open(directory.path()));
}

#[test]
fn a_journal_of_a_newer_format_is_left_alone() {
    let directory = folder();
    drop(filed(directory.path()));
    let segment = last_segment(directory.path());
    let mut bytes = fs::read(&segment).unwrap();
    // Magic, format, checksum of both.
    bytes[8..12].copy_from_slice(&2_u32.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[..12]);
    bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&segment, &bytes).unwrap();
    match try_open(directory.path()).err() {
        Some(EngineError::Journal(JournalError::NewerFormat {
            found, supported, ..
        })) => assert_eq!((found, supported), (2, 1)),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(&segment).unwrap(), bytes);
}

#[test]
fn a_store_opens_only_with_what_it_was_begun_with() {
    let directory = folder();
    drop(filed(directory.path()));
    let before = files(&directory.path().join("journal"));
    let open_with = |genesis: &[u8], key: u8| {
        redress_engine::Engine::open(StoreConfiguration {
            genesis: genesis.to_vec(),
            key_encryption_key: KeyEncryptionKey::from_bytes([key; 32]),
            ..configuration(directory.path(), &built_in().unwrap())
        })
        .err()
        .unwrap()
    };
    let other_genesis = open_with(b"another edition", 7);
    assert!(
        matches!(
            other_genesis,
            EngineError::Journal(JournalError::GenesisDiffers { .. })
        ),
        "{other_genesis}"
    );
    assert!(other_genesis.is_integrity_failure());
    let other_key = open_with(crate::stand::GENESIS, 8);
    assert!(
        matches!(
            other_key,
            EngineError::Vault(VaultError::WrongKeyEncryptionKey { .. })
        ),
        "{other_key}"
    );
    assert_eq!(files(&directory.path().join("journal")), before);
    drop(open(directory.path()));
}

#[test]
fn an_event_that_is_too_large_is_refused_and_the_next_command_works() {
    let directory = folder();
    let engine = filed(directory.path());
    let position = engine.last_position();
    let message = |characters: usize| {
        let data = json!({ "complaint_id": "C1", "text": "x".repeat(characters) });
        at(START, "user:U1", "complaint.message", data)
    };
    let Answer::Refused(refusal) = submit(&engine, &message(17_000)) else {
        panic!("it was accepted");
    };
    assert_eq!(refusal.refusal.code, Code::EventTooLarge);
    assert_eq!(engine.last_position(), position);
    let accepted = accepted(submit(&engine, &message(15_000)));
    assert_eq!(accepted.position, position + 1);
    assert_verified(&engine, "after a refusal for size");
    drop(engine);
    let engine = open(directory.path());
    assert_eq!(engine.last_position(), position + 1);
    assert_verified(&engine, "opened after a refusal for size");
}
