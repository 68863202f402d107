//! Payloads: what is told apart, what is refused and what is said about it.

use redress_domain::complaint;
use redress_domain::event::Event;
use redress_domain::identity::{ComplaintId, IntermediaryId, MerchantId, Reference, StreamId};
use redress_domain::text::PersonalText;

use super::samples::{Fill, sample_events};
use super::{MAX_PAYLOAD_BYTES, WireError, Wrong, read, schema_of, write};

fn complaint_stream() -> StreamId {
    StreamId::Complaint(ComplaintId::new("C1").unwrap())
}

fn payload_of(event: &Event) -> Vec<u8> {
    let mut payload = Vec::new();
    write(event, &mut payload).unwrap();
    payload
}

fn sample(event_type: &str) -> Event {
    sample_events(Fill::Filled)
        .unwrap()
        .into_iter()
        .find(|recorded| recorded.event.name() == event_type)
        .unwrap()
        .event
}

/// A payload of `ClocksPaused` with this reason.
fn paused_for(reason: &str) -> Vec<u8> {
    let mut payload = vec![u8::try_from(reason.len()).unwrap()];
    payload.extend_from_slice(reason.as_bytes());
    payload
}

#[test]
fn every_event_comes_back_under_its_own_name_and_schema() {
    for fill in [Fill::Filled, Fill::Empty] {
        for recorded in sample_events(fill).unwrap() {
            let event = &recorded.event;
            let back = read(
                &recorded.header.stream,
                event.name(),
                schema_of(event),
                &payload_of(event),
            );
            assert_eq!(&back.unwrap(), event);
        }
    }
}

#[test]
fn the_kind_of_the_stream_tells_payloads_of_one_name_apart() {
    let merchant = StreamId::Merchant(MerchantId::new("M1").unwrap());
    let intermediary = StreamId::Intermediary(IntermediaryId::new("I1").unwrap());
    let payload = payload_of(&sample("MeasureProposed"));
    let of_merchant = read(&merchant, "MeasureProposed", 1, &payload).unwrap();
    let of_intermediary = read(&intermediary, "MeasureProposed", 1, &payload).unwrap();
    assert!(matches!(of_merchant, Event::Merchant(_)));
    assert!(matches!(of_intermediary, Event::Intermediary(_)));
    assert!(matches!(
        read(&complaint_stream(), "MeasureProposed", 1, &payload),
        Err(WireError::UnknownType)
    ));
}

#[test]
fn an_unknown_schema_version_is_told_with_the_newest_known() {
    for schema in [0, 3] {
        assert!(matches!(
            read(&complaint_stream(), "RefundReceived", schema, &[]),
            Err(WireError::UnknownSchema { newest: 2 })
        ));
    }
}

/// rulebook 4.2(2): before schema 2 only merchants refunded.
#[test]
fn a_refund_of_schema_1_was_paid_by_the_merchant() {
    let payload = super::older_payloads::refund_received_1("R1", 9_700, true);
    assert_eq!(
        read(&complaint_stream(), "RefundReceived", 1, &payload).unwrap(),
        Event::Complaint(complaint::Event::RefundReceived {
            refund_id: Reference::new("R1").unwrap(),
            amount_fen: 9_700,
            by_platform: false,
            full: true,
        })
    );
}

#[test]
fn a_text_as_typed_is_refused_with_its_place() {
    let event = Event::Complaint(complaint::Event::MessageRecorded {
        text: PersonalText::Open("call me".to_owned()),
    });
    let refused = write(&event, &mut Vec::new());
    assert!(
        matches!(
            &refused,
            Err(WireError::Value { place, wrong: Wrong::NotSealed }) if place == "text"
        ),
        "{refused:?}"
    );
}

#[test]
fn every_open_text_of_every_event_is_refused() {
    for recorded in sample_events(Fill::Filled).unwrap() {
        let texts = recorded.event.clone().texts_mut().len();
        for index in 0..texts {
            let mut event = recorded.event.clone();
            *event.texts_mut().remove(index) = PersonalText::Open("call me".to_owned());
            let refused = write(&event, &mut Vec::new());
            assert!(
                matches!(
                    refused,
                    Err(WireError::Value {
                        wrong: Wrong::NotSealed,
                        ..
                    })
                ),
                "{}",
                event.name()
            );
        }
    }
}

#[test]
fn an_unknown_name_is_refused_with_its_place() {
    let refused = read(
        &complaint_stream(),
        "ClocksPaused",
        1,
        &paused_for("strike"),
    );
    assert!(
        matches!(
            &refused,
            Err(WireError::Value { place, wrong: Wrong::NameUnknown(name) })
                if place == "reason" && name == "strike"
        ),
        "{refused:?}"
    );
    assert!(
        read(
            &complaint_stream(),
            "ClocksPaused",
            1,
            &paused_for("legal_hold")
        )
        .is_ok()
    );
}

#[test]
fn a_bad_identifier_deep_inside_is_refused_with_its_place() {
    let payload = payload_of(&sample("ComplaintFiled"));
    // The second order is the only place of this text; a control character is no identifier.
    let at = payload.windows(2).position(|pair| pair == b"O2").unwrap();
    let mut damaged = payload;
    damaged[at] = 0x07;
    let refused = read(&complaint_stream(), "ComplaintFiled", 1, &damaged);
    assert!(
        matches!(
            &refused,
            Err(WireError::Value { place, wrong: Wrong::Identifier(_) })
                if place == "orders[1].order_id"
        ),
        "{refused:?}"
    );
}

#[test]
fn bytes_left_over_are_refused() {
    let mut payload = paused_for("legal_hold");
    payload.push(0);
    assert!(matches!(
        read(&complaint_stream(), "ClocksPaused", 1, &payload),
        Err(WireError::TrailingBytes { count: 1 })
    ));
}

#[test]
fn a_length_beyond_all_bounds_is_refused_before_anything_is_allocated() {
    // finding_ids: 2^62 of them.
    let mut payload = vec![253];
    payload.extend_from_slice(&(1_u64 << 62).to_le_bytes());
    assert!(matches!(
        read(&complaint_stream(), "FindingDismissed", 1, &payload),
        Err(WireError::Malformed(_))
    ));
    // A length that fits into the address space, but not into a payload.
    let mut payload = vec![252];
    payload.extend_from_slice(&(1_u32 << 30).to_le_bytes());
    assert!(matches!(
        read(&complaint_stream(), "FindingDismissed", 1, &payload),
        Err(WireError::Malformed(
            bincode::error::DecodeError::LimitExceeded
        ))
    ));
}

/// Whatever is small enough to be written can be read again, however much room its lists take.
#[test]
fn the_longest_lists_that_fit_are_read_again() {
    let room = MAX_PAYLOAD_BYTES - 200;
    let mut numbers = sample("GroundFound");
    let mut names = sample("MeasurePutUnderReview");
    let mut lines = sample("EditionAnnounced");
    match (&mut numbers, &mut names, &mut lines) {
        (
            Event::Complaint(complaint::Event::GroundFound { rests_on, .. }),
            Event::Merchant(redress_domain::merchant::Event::Measure(
                redress_domain::measure::MeasureEvent::PutUnderReview { fallen, .. },
            )),
            Event::Rulebook(redress_domain::rulebook::Event::EditionAnnounced { edition }),
        ) => {
            *rests_on = vec![1; room];
            *fallen = vec![std::sync::Arc::from(""); room];
            let tier = edition.tiers[0].clone();
            edition.tiers = vec![redress_domain::rulebook::TierTerms {
                enter: vec![redress_domain::rulebook::EntryLine::default(); 2_200],
                ..tier
            }];
        }
        other => panic!("other events: {other:?}"),
    }
    let merchant = StreamId::Merchant(MerchantId::new("M1").unwrap());
    for (stream, event) in [
        (complaint_stream(), numbers),
        (merchant, names),
        (StreamId::Rulebook, lines),
    ] {
        let payload = payload_of(&event);
        assert!(
            payload.len() > MAX_PAYLOAD_BYTES - 1_000,
            "{}",
            payload.len()
        );
        assert!(payload.len() <= MAX_PAYLOAD_BYTES, "{}", payload.len());
        let back = read(&stream, event.name(), schema_of(&event), &payload);
        assert_eq!(back.unwrap(), event);
    }
}
