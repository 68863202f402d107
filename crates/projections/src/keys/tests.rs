use std::sync::Arc;

use redress_domain::complaint;
use redress_domain::instant::Instant;
use redress_domain::text::PersonalText;
use redress_domain::user::Event;

use super::sealing_key_number;
use crate::fault::Fault;
use crate::fixture::{Log, hours, user};
use crate::projection::Projection;

fn sealed(number: u64) -> PersonalText {
    let mut bytes = vec![1];
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(b"nonce, commitment, ciphertext");
    PersonalText::Sealed {
        characters: 5,
        bytes,
    }
}

fn message(log: &mut Log, id: &str, number: u64, at: Instant) {
    let text = sealed(number);
    log.complaint(id, at, complaint::Event::MessageRecorded { text });
}

#[test]
fn the_number_stands_after_the_format_least_byte_first() {
    let PersonalText::Sealed { bytes, .. } = sealed(0x0102_0304) else {
        panic!("sealed text is sealed");
    };
    assert_eq!(sealing_key_number(&bytes), Some(0x0102_0304));
    assert_eq!(sealing_key_number(&bytes[..8]), None);
    assert_eq!(sealing_key_number(&[]), None);
}

#[test]
fn keys_belong_to_the_complaining_user_and_the_next_free_number_is_above_all() {
    let mut log = Log::new();
    assert_eq!(log.models().keys.next_free().unwrap(), 0);
    log.file("C1", "M1", "U1", "O1", hours(0));
    log.file("C2", "M1", "U2", "O2", hours(0));
    for (id, number) in [("C1", 3), ("C1", 3), ("C2", 4), ("C1", 0)] {
        message(&mut log, id, number, hours(1));
    }
    let models = log.models();
    assert_eq!(models.keys.of_user(&user("U1")).unwrap(), [3, 0]);
    assert_eq!(models.keys.of_user(&user("U2")).unwrap(), [4]);
    assert_eq!(models.keys.next_free().unwrap(), 5);
}

#[test]
fn an_agreement_text_belongs_to_its_user() {
    let mut log = Log::new();
    log.sign("G1", "M1", "T1", "U7", hours(0));
    log.agreement(
        "G1",
        hours(1),
        redress_domain::agreement::Event::AgreementCancelled {
            party: redress_domain::agreement::CancelParty::User,
            reason: Some(sealed(9)),
        },
    );
    assert_eq!(log.models().keys.of_user(&user("U7")).unwrap(), [9]);
}

#[test]
fn destroyed_keys_are_forgotten_and_their_numbers_never_free_again() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    message(&mut log, "C1", 3, hours(1));
    log.user(
        "U1",
        hours(2),
        Event::PersonalDataErased {
            user_ref: user("U1"),
            reason: Arc::from("asked for"),
            key_numbers: vec![3, 6],
        },
    );
    let models = log.models();
    assert!(models.keys.of_user(&user("U1")).unwrap().is_empty());
    assert_eq!(models.keys.next_free().unwrap(), 7);
    message(&mut log, "C1", 7, hours(3));
    assert_eq!(log.models().keys.of_user(&user("U1")).unwrap(), [7]);
}

#[test]
fn a_text_that_names_no_key_is_a_fault() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    let text = PersonalText::Sealed {
        characters: 1,
        bytes: vec![1, 2],
    };
    log.complaint("C1", hours(1), complaint::Event::MessageRecorded { text });
    let mut keys = super::Keys::new(None);
    let fault = keys
        .fold(&log.entries[2].change(&log.rulebook))
        .unwrap_err();
    assert!(matches!(fault, Fault::NotSealed { position: 3 }));
}
