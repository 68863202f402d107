//! Golden files: the stored bytes of every event and every schema version, frozen.
//!
//! `tests/golden/<stream kind>/<type>.<schema>.hex` holds two whole entries in hexadecimal: one
//! with every option filled, one with as little as possible. Bytes that were stored once must be
//! readable for ever, so a file here is never rewritten: a changed shape is a new schema version
//! and a new file. `REDRESS_GOLDEN=add` writes files that are missing, never one that is there,
//! and fails all the same, so that nobody takes it for a passing test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use redress_domain::complaint;
use redress_domain::event::{Event, Recorded};
use redress_domain::identity::{Reference, StreamId};

use super::{Entry, NO_PREVIOUS_DIGEST, assemble, decode, encode};
use crate::wire::samples::{Fill, sample_events};
use crate::wire::{declared, older_payloads, schema_of};

/// One line of a golden file.
struct Golden {
    file: String,
    label: &'static str,
    bytes: Vec<u8>,
    expected: Entry,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn kind_of(stream: &StreamId) -> &'static str {
    match stream {
        StreamId::Complaint(_) => "complaint",
        StreamId::Merchant(_) => "merchant",
        StreamId::Agreement(_) => "agreement",
        StreamId::Intermediary(_) => "intermediary",
        StreamId::User(_) => "user",
        StreamId::Rulebook => "rulebook",
    }
}

fn file_name(stream: &StreamId, event_type: &str, schema: u32) -> String {
    format!("{}/{event_type}.{schema}.hex", kind_of(stream))
}

/// What the golden files must hold, as this release writes it.
fn goldens() -> Vec<Golden> {
    let mut goldens = Vec::new();
    for (fill, label) in [(Fill::Filled, "filled"), (Fill::Empty, "empty")] {
        let (previous_digest, command_digest) = match fill {
            Fill::Filled => ([0x11; 32], Some([0x22; 32])),
            Fill::Empty | Fill::Seeded(_) => (NO_PREVIOUS_DIGEST, None),
        };
        let entry = |recorded| Entry {
            recorded,
            previous_digest,
            command_digest,
        };
        for recorded in sample_events(fill).unwrap() {
            goldens.push(Golden {
                file: file_name(
                    &recorded.header.stream,
                    recorded.event.name(),
                    schema_of(&recorded.event),
                ),
                label,
                bytes: encode(&recorded, &previous_digest, command_digest).unwrap(),
                expected: entry(recorded),
            });
        }
        // rulebook 4.2(2): what schema 1 of RefundReceived wrote, and what it means today.
        let header = sample_events(fill).unwrap().remove(0).header;
        let full = fill == Fill::Filled;
        let bytes = assemble(
            &header,
            "RefundReceived",
            1,
            &older_payloads::refund_received_1("R1", 9_700, full),
            &previous_digest,
            command_digest,
        );
        goldens.push(Golden {
            file: file_name(&header.stream, "RefundReceived", 1),
            label,
            bytes: bytes.unwrap(),
            expected: entry(Recorded {
                header,
                event: Event::Complaint(complaint::Event::RefundReceived {
                    refund_id: Reference::new("R1").unwrap(),
                    amount_fen: 9_700,
                    by_platform: false,
                    full,
                }),
            }),
        });
    }
    goldens
}

/// The text of every file as it must be.
fn texts(goldens: &[Golden]) -> BTreeMap<&str, String> {
    let mut texts = BTreeMap::<&str, String>::new();
    for golden in goldens {
        let text = texts.entry(&golden.file).or_default();
        text.push_str(golden.label);
        text.push(' ');
        for byte in &golden.bytes {
            text.push_str(&format!("{byte:02x}"));
        }
        text.push('\n');
    }
    texts
}

fn bytes_of(hexadecimal: &str) -> Vec<u8> {
    (0..hexadecimal.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).unwrap())
        .collect()
}

fn files_on_disk() -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for kind in std::fs::read_dir(folder()).unwrap() {
        let kind = kind.unwrap();
        for file in std::fs::read_dir(kind.path()).unwrap() {
            files.insert(format!(
                "{}/{}",
                kind.file_name().to_string_lossy(),
                file.unwrap().file_name().to_string_lossy()
            ));
        }
    }
    files
}

#[test]
fn what_is_written_today_is_what_was_frozen() {
    let goldens = goldens();
    let mut wrong = Vec::new();
    let add = std::env::var("REDRESS_GOLDEN").is_ok_and(|wish| wish == "add");
    for (file, text) in texts(&goldens) {
        let path = folder().join(file);
        match std::fs::read_to_string(&path) {
            Ok(frozen) if frozen == text => {}
            Ok(_) => wrong.push(format!(
                "{file}: the bytes have changed; give the event a new schema version, keep this one"
            )),
            Err(_) if add => {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, text).unwrap();
                wrong.push(format!(
                    "{file}: written just now; look at it and run again"
                ));
            }
            Err(_) => wrong.push(format!(
                "{file}: missing; REDRESS_GOLDEN=add writes it if the event is new"
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_frozen_entry_is_read_as_what_it_meant() {
    let goldens = goldens();
    let expected: BTreeMap<(&str, &str), &Entry> = goldens
        .iter()
        .map(|golden| ((golden.file.as_str(), golden.label), &golden.expected))
        .collect();
    let mut lines = 0;
    for file in files_on_disk() {
        let text = std::fs::read_to_string(folder().join(&file)).unwrap();
        for line in text.lines() {
            let (label, hexadecimal) = line.split_once(' ').unwrap();
            let entry = decode(&bytes_of(hexadecimal)).unwrap();
            let meant = expected.get(&(file.as_str(), label));
            assert_eq!(Some(&&entry), meant, "{file}, {label}");
            lines += 1;
        }
    }
    assert_eq!(lines, goldens.len());
}

#[test]
fn every_event_and_schema_version_is_frozen() {
    let declared: BTreeSet<String> = declared()
        .into_iter()
        .map(|(kind, event_type, schema)| format!("{kind}/{event_type}.{schema}.hex"))
        .collect();
    assert_eq!(files_on_disk(), declared);
}
