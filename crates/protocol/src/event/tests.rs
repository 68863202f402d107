//! Every event is shown with every field; personal texts are shown only as the reader may see them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use redress_domain::event::{Event, Header, Recorded};
use redress_domain::identity::{Actor, ActorId, EditionName, Role, StreamId};
use redress_domain::instant::{CivilOffset, Instant};
use redress_domain::text::PersonalText;
use redress_domain::{complaint, merchant, user};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Display, TextReading, data, render, render_cloud_event};
use crate::samples::{complaint_events, every_event, standing_change};

const BEIJING: CivilOffset = CivilOffset::from_seconds(8 * 3600);

fn recorded(event: Event) -> Recorded {
    Recorded {
        header: Header {
            position: 17,
            stream: StreamId::parse("complaint-C1").unwrap(),
            version: 3,
            event_id: Uuid::from_u128(1),
            occurred_at: Instant::from_unix_ms(1_773_986_400_000),
            counted_at: Instant::from_unix_ms(1_773_986_400_000),
            recorded_at: Instant::from_unix_ms(1_773_986_400_001),
            adjusted: false,
            by: Actor {
                role: Role::Merchant,
                id: ActorId::new("M1").unwrap(),
            },
            submitted_by: None,
            edition: EditionName::new("2026-02-18").unwrap(),
            command_id: Uuid::from_u128(2),
            correlation_id: None,
            causation_id: Some(Uuid::from_u128(3)),
        },
        event,
    }
}

#[test]
fn an_event_is_shown_as_it_stands_in_the_log() {
    let event = recorded(Event::Complaint(complaint::Event::SettlementReached {
        amount_fen: 500,
    }));
    assert_eq!(
        render(&event, 1, &Display::sealed(BEIJING)),
        json!({
            "position": 17, "stream": "complaint-C1", "version": 3,
            "event_id": "00000000-0000-0000-0000-000000000001", "type": "SettlementReached", "schema": 1,
            "occurred_at": "2026-03-20T14:00:00.000+08:00", "counted_at": "2026-03-20T14:00:00.000+08:00",
            "recorded_at": "2026-03-20T14:00:00.001+08:00", "adjusted": false,
            "by": { "role": "merchant", "id": "M1" }, "submitted_by": null, "edition": "2026-02-18",
            "command_id": "00000000-0000-0000-0000-000000000002", "correlation_id": null,
            "causation_id": "00000000-0000-0000-0000-000000000003", "data": { "amount_fen": 500 }
        })
    );
}

#[test]
fn a_cloud_event_has_no_attribute_without_a_value() {
    let event = recorded(Event::Complaint(complaint::Event::SettlementReached {
        amount_fen: 500,
    }));
    assert_eq!(
        render_cloud_event(&event, 1, "/redress", &Display::sealed(BEIJING)),
        json!({
            "specversion": "1.0", "id": "00000000-0000-0000-0000-000000000001", "source": "/redress",
            "type": "SettlementReached", "subject": "complaint-C1", "time": "2026-03-20T14:00:00.000+08:00",
            "datacontenttype": "application/json", "position": 17, "streamversion": 3, "schemaversion": 1,
            "recordedat": "2026-03-20T14:00:00.001+08:00", "edition": "2026-02-18",
            "commandid": "00000000-0000-0000-0000-000000000002",
            "causationid": "00000000-0000-0000-0000-000000000003", "data": { "amount_fen": 500 }
        })
    );
    for name in render_cloud_event(&event, 1, "/", &Display::sealed(BEIJING))
        .as_object()
        .unwrap()
        .keys()
    {
        let lower = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
        assert!(name.chars().all(lower), "{name}");
    }
}

#[test]
fn every_event_is_shown_with_an_object_of_its_fields() {
    let mut names = BTreeSet::new();
    for event in every_event() {
        names.insert(event.name());
        let shown = data(&event, &Display::sealed(BEIJING));
        assert!(shown.is_object(), "{}", event.name());
        // What Rust calls a field or a case never shows through.
        let text = shown.to_string();
        for word in ["Some(", "None", "Instant(", "{ "] {
            assert!(!text.contains(word), "{}: {text}", event.name());
        }
    }
    // StandingChanged and the measure events belong to merchants and intermediaries alike.
    assert_eq!(names.len(), 38 + 6 + 20 + 9 + 3 + 2 + 1);
}

#[test]
fn a_personal_text_is_sealed_open_or_erased() {
    let event = Event::Complaint(complaint::Event::RefundRejected {
        reason: PersonalText::Open("used".to_owned()),
        evidence: vec![],
        remark: Some(PersonalText::Sealed {
            characters: 5,
            bytes: vec![1, 2],
        }),
    });
    let sealed = data(&event, &Display::sealed(BEIJING));
    assert_eq!(sealed["reason"], json!({ "sealed": true, "characters": 4 }));
    assert_eq!(sealed["remark"], json!({ "sealed": true, "characters": 5 }));
    let read_text = |number: usize, _: &PersonalText| match number {
        0 => TextReading::Open("used".to_owned()),
        _ => TextReading::Erased,
    };
    let display = Display {
        offset: BEIJING,
        read_text: &read_text,
    };
    let opened = data(&event, &display);
    assert_eq!(opened["reason"], json!("used"));
    assert_eq!(opened["remark"], json!({ "erased": true }));
}

#[test]
fn texts_are_numbered_in_the_order_in_which_they_are_sealed() {
    for mut event in every_event() {
        for (number, text) in event.texts_mut().into_iter().enumerate() {
            *text = PersonalText::Open(format!("text {number}"));
        }
        let expected = event.texts_mut().len();
        let read = RefCell::new(Vec::new());
        let read_text = |number: usize, text: &PersonalText| {
            let PersonalText::Open(text) = text else {
                panic!("a text that texts_mut does not know");
            };
            read.borrow_mut().push((number, text.clone()));
            TextReading::Open(text.clone())
        };
        let display = Display {
            offset: BEIJING,
            read_text: &read_text,
        };
        let _ = data(&event, &display);
        let read = read.into_inner();
        assert_eq!(read.len(), expected, "{}", event.name());
        for (number, text) in read {
            assert_eq!(text, format!("text {number}"), "{}", event.name());
        }
    }
}

#[test]
fn payloads_name_their_fields_as_the_domain_does() {
    let shown = |event: complaint::Event| data(&Event::Complaint(event), &Display::sealed(BEIJING));
    let find = |name: &str| {
        complaint_events()
            .into_iter()
            .find(|event| Event::Complaint(event.clone()).name() == name)
            .unwrap()
    };
    assert_eq!(
        shown(find("GroundFound")),
        json!({ "finding_id": "f1", "ground": "4.1(1)", "round": 1, "cause": "clock_missed",
            "clock": "first_reply", "effective_at": "2026-03-20T14:00:00.000+08:00",
            "clauses": ["guide overdue"], "rests_on": [4],
            "rationale": { "sealed": true, "characters": 4 } })
    );
    assert_eq!(
        shown(find("LiabilityDetermined")),
        json!({ "determination_id": "d1", "finding_ids": ["f1"], "grounds": ["4.1(1)"],
            "determined_by": { "edition": "2026-02-18" }, "rationale": null })
    );
    assert_eq!(
        shown(find("RefundApproved"))["clock"],
        json!({ "kind": "refund_payment", "started_at": "2026-03-20T14:00:00.000+08:00",
            "runs_ms": 86_400_000, "due_at": "2026-03-21T14:00:00.000+08:00", "at_risk_percent": 75 })
    );
    assert_eq!(
        data(
            &Event::Merchant(merchant::Event::MerchantUpdated {
                update: merchant::Update {
                    name: Some("Example".into()),
                    ..merchant::Update::default()
                }
            }),
            &Display::sealed(BEIJING)
        ),
        json!({ "name": "Example" })
    );
    assert_eq!(
        data(
            &Event::User(user::Event::PersonalDataErased {
                user_ref: redress_domain::identity::UserRef::new("U1").unwrap(),
                reason: "asked".into(),
                key_numbers: vec![7]
            }),
            &Display::sealed(BEIJING)
        ),
        json!({ "user_ref": "U1", "reason": "asked", "key_numbers": [7] })
    );
    assert_eq!(
        data(
            &Event::User(user::Event::PersonalDataRead {
                user_ref: redress_domain::identity::UserRef::new("U1").unwrap(),
                stream: redress_domain::identity::StreamId::parse("complaint-C1").unwrap(),
                version: 3,
                purpose: "to call back".into(),
            }),
            &Display::sealed(BEIJING)
        ),
        json!({ "user_ref": "U1", "stream": "complaint-C1", "version": 3, "purpose": "to call back" })
    );
    let change = standing_change();
    let shown: Value = crate::standing::change_json(&change);
    assert_eq!(
        shown["reasons"],
        json!([{ "tier": "t1", "line": 0, "parts": {
            "liable_rounds": [3, 3], "liable_bps": ["3/12000", 1], "rectification_overdue": [true, true] } }])
    );
}
