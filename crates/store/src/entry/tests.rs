//! Entries: whole, bounded, chained, and never a panic on bytes of any kind.

use proptest::prelude::*;
use redress_domain::complaint;
use redress_domain::event::{Event, Recorded};
use redress_domain::identity::{MerchantId, StreamId};
use redress_domain::text::PersonalText;

use super::{Entry, EntryError, NO_PREVIOUS_DIGEST, assemble, decode, digest, encode, peek};
use crate::journal::MAX_ENTRY_BYTES;
use crate::wire::samples::{Fill, sample_events};
use crate::wire::{MAX_PAYLOAD_BYTES, WireError};

fn sample(event_type: &str) -> Recorded {
    sample_events(Fill::Filled)
        .unwrap()
        .into_iter()
        .find(|recorded| recorded.event.name() == event_type)
        .unwrap()
}

fn encoded(recorded: &Recorded) -> Vec<u8> {
    encode(recorded, &NO_PREVIOUS_DIGEST, None).unwrap()
}

fn message_of(bytes: usize) -> Recorded {
    let mut recorded = sample("MessageRecorded");
    recorded.event = Event::Complaint(complaint::Event::MessageRecorded {
        text: PersonalText::Sealed {
            characters: 1,
            bytes: vec![7; bytes],
        },
    });
    recorded
}

#[test]
fn the_head_says_what_the_whole_entry_says() {
    for recorded in sample_events(Fill::Filled).unwrap() {
        let bytes = encode(&recorded, &[3; 32], Some([4; 32])).unwrap();
        let head = peek(&bytes).unwrap();
        assert_eq!(head.position, recorded.header.position);
        assert_eq!(head.stream, recorded.header.stream.to_string());
        assert_eq!(head.version, recorded.header.version);
        assert_eq!(head.command_id, recorded.header.command_id);
        assert_eq!(head.event_type, recorded.event.name());
        assert_eq!(head.schema, crate::wire::schema_of(&recorded.event));
        assert_eq!(head.recorded_at, recorded.header.recorded_at);
        assert_eq!(head.previous_digest, [3; 32]);
        assert_eq!(head.command_digest, Some([4; 32]));
    }
}

#[test]
fn an_entry_carries_the_digest_of_the_one_before_it() {
    let first = encoded(&sample("ComplaintFiled"));
    let second = encode(&sample("RoundOpened"), &digest(&first), None).unwrap();
    assert_eq!(peek(&first).unwrap().previous_digest, NO_PREVIOUS_DIGEST);
    assert_eq!(peek(&second).unwrap().previous_digest, digest(&first));
    let mut altered = first.clone();
    altered[40] ^= 1;
    assert_ne!(digest(&altered), digest(&first));
}

/// The digest is plain SHA-256, so that anybody can check it: FIPS 180 gives this one.
#[test]
fn the_digest_is_sha_256() {
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let actual: String = digest(b"abc")
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(actual, expected);
}

#[test]
fn an_event_larger_than_the_limit_is_refused_and_the_largest_is_not() {
    // One byte for the count of characters, three for the length.
    let largest = MAX_PAYLOAD_BYTES - 4;
    let bytes = encoded(&message_of(largest));
    assert!(bytes.len() <= MAX_ENTRY_BYTES);
    assert_eq!(decode(&bytes).unwrap().recorded, message_of(largest));
    assert!(matches!(
        encode(&message_of(largest + 1), &NO_PREVIOUS_DIGEST, None),
        Err(EntryError::TooLarge { event_type: "MessageRecorded", bytes, limit })
            if bytes == MAX_PAYLOAD_BYTES + 1 && limit == MAX_PAYLOAD_BYTES
    ));
}

/// The longest names that a header can have still leave room for the largest payload.
#[test]
fn the_largest_entry_fits_into_the_journal() {
    use redress_domain::identity::{Actor, ActorId, EditionName, Role, UserRef};
    let wide = |characters: usize| "😀".repeat(characters);
    let mut recorded = sample("PersonalDataErased");
    let actor = Actor {
        role: Role::Intermediary,
        id: ActorId::new(&wide(ActorId::LIMIT)).unwrap(),
    };
    recorded.header.stream = StreamId::User(UserRef::new(&wide(UserRef::LIMIT)).unwrap());
    recorded.header.by = actor.clone();
    recorded.header.submitted_by = Some(actor);
    recorded.header.edition = EditionName::new(&wide(EditionName::LIMIT)).unwrap();
    recorded.event = Event::User(redress_domain::user::Event::PersonalDataErased {
        user_ref: UserRef::new("U1").unwrap(),
        reason: "x".repeat(MAX_PAYLOAD_BYTES - 7).into(),
        key_numbers: Vec::new(),
    });
    let bytes = encode(&recorded, &[1; 32], Some([2; 32])).unwrap();
    assert!(bytes.len() > MAX_PAYLOAD_BYTES);
    assert!(bytes.len() <= MAX_ENTRY_BYTES, "{}", bytes.len());
    assert_eq!(decode(&bytes).unwrap().recorded, recorded);
}

#[test]
fn a_text_as_typed_is_never_stored() {
    let mut recorded = sample("RefundRejected");
    if let Some(text) = recorded.event.texts_mut().into_iter().nth(1) {
        *text = PersonalText::Open("call me".to_owned());
    }
    let refused = encode(&recorded, &NO_PREVIOUS_DIGEST, None);
    assert!(
        matches!(
            &refused,
            Err(EntryError::TextNotSealed { event_type: "RefundRejected", place })
                if place == "remark"
        ),
        "{refused:?}"
    );
}

#[test]
fn an_event_on_a_stream_of_another_kind_is_refused() {
    let mut recorded = sample("ComplaintFiled");
    recorded.header.stream = StreamId::Merchant(MerchantId::new("M1").unwrap());
    assert!(matches!(
        encode(&recorded, &NO_PREVIOUS_DIGEST, None),
        Err(EntryError::StreamMismatch { event_type: "ComplaintFiled", stream })
            if stream == "merchant-M1"
    ));
}

#[test]
fn an_unknown_type_or_schema_stops_with_position_type_and_version() {
    let header = sample("RefundReceived").header;
    let entry = |event_type, schema| {
        assemble(&header, event_type, schema, &[], &NO_PREVIOUS_DIGEST, None).unwrap()
    };
    let failure = decode(&entry("ComplaintTeleported", 1)).unwrap_err();
    assert!(
        matches!(
            &failure,
            EntryError::Payload { position: 4711, event_type, schema: 1, source: WireError::UnknownType, .. }
                if event_type == "ComplaintTeleported"
        ),
        "{failure:?}"
    );
    let failure = decode(&entry("RefundReceived", 9)).unwrap_err();
    assert!(
        matches!(
            &failure,
            EntryError::Payload { position: 4711, event_type, schema: 9, source: WireError::UnknownSchema { newest: 2 }, .. }
                if event_type == "RefundReceived"
        ),
        "{failure:?}"
    );
    // Its head can be told all the same.
    assert_eq!(peek(&entry("RefundReceived", 9)).unwrap().schema, 9);
}

#[test]
fn bytes_left_over_and_other_formats_are_refused() {
    let mut bytes = encoded(&sample("ComplaintFiled"));
    bytes.push(0);
    for refused in [decode(&bytes).map(|_| ()), peek(&bytes).map(|_| ())] {
        assert!(matches!(
            refused,
            Err(EntryError::TrailingBytes {
                position: 4711,
                count: 1
            })
        ));
    }
    bytes[0] = 2;
    assert!(matches!(
        decode(&bytes),
        Err(EntryError::UnknownFormat {
            found: 2,
            supported: 1
        })
    ));
    assert!(matches!(decode(&[]), Err(EntryError::Empty)));
}

#[test]
fn an_entry_cut_short_anywhere_is_refused() {
    for recorded in sample_events(Fill::Filled).unwrap() {
        let bytes = encoded(&recorded);
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err());
            assert!(peek(&bytes[..length]).is_err());
        }
    }
}

proptest! {
    #[test]
    fn every_event_comes_back_as_it_was(
        seed: u64,
        previous_digest: [u8; 32],
        command_digest: Option<[u8; 32]>,
    ) {
        for recorded in sample_events(Fill::Seeded(seed)).unwrap() {
            let bytes = encode(&recorded, &previous_digest, command_digest).unwrap();
            prop_assert_eq!(peek(&bytes).unwrap().position, recorded.header.position);
            prop_assert_eq!(
                decode(&bytes).unwrap(),
                Entry { recorded, previous_digest, command_digest }
            );
        }
    }

    #[test]
    fn the_same_event_has_the_same_bytes(seed: u64) {
        let once = sample_events(Fill::Seeded(seed)).unwrap();
        let again = sample_events(Fill::Seeded(seed)).unwrap();
        for (once, again) in once.iter().zip(&again) {
            prop_assert_eq!(encoded(once), encoded(again));
        }
    }

    #[test]
    fn any_bytes_are_an_entry_or_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = decode(&bytes);
        let _ = peek(&bytes);
        if let Some(format) = bytes.first_mut() {
            *format = 1;
        }
        let _ = decode(&bytes);
        let _ = peek(&bytes);
    }

    /// Damage that a checksum would have found reaches every field of every event.
    #[test]
    fn a_damaged_entry_is_an_entry_or_an_error(
        seed: u64,
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for recorded in sample_events(Fill::Seeded(seed)).unwrap() {
            let mut bytes = encoded(&recorded);
            for (at, damage) in &damages {
                *at.get_mut(&mut bytes) = *damage;
            }
            let _ = decode(&bytes);
            let _ = peek(&bytes);
        }
    }

    /// Random bytes rarely pass the header, so a sound header is put before them.
    #[test]
    fn any_bytes_are_a_payload_or_an_error(payload in prop::collection::vec(any::<u8>(), 0..300)) {
        for recorded in sample_events(Fill::Empty).unwrap() {
            let event_type = recorded.event.name();
            let schema = crate::wire::schema_of(&recorded.event);
            let bytes =
                assemble(&recorded.header, event_type, schema, &payload, &NO_PREVIOUS_DIGEST, None);
            let _ = decode(&bytes.unwrap());
        }
    }
}
