//! Given a document and our complaint, then what differs.

use std::path::Path;

use redress_domain::circumstances::Stamp;
use redress_domain::complaint::{
    Complaint, ComplaintChannel, Event, Order, Problem, State, evolve,
};
use redress_domain::identity::{Actor, ComplaintId, MerchantId, OrderId, Reference, UserRef};
use redress_domain::instant::Instant;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Difference, compare};
use crate::document::{ComplaintDocument, read_from};

fn document(fields: &[(&str, Value)]) -> ComplaintDocument {
    let mut detail = json!({
        "complaint_id": "C1", "complaint_time": "2026-03-20T14:00:00+08:00",
        "complaint_state": "PENDING", "complainted_mchid": "M1",
    });
    for (key, value) in fields {
        detail[*key] = value.clone();
    }
    let text = detail.to_string();
    let reading = read_from(Path::new("a.json"), text.as_bytes()).unwrap();
    reading.documents[0].clone()
}

fn ours(later: &[Event]) -> Complaint {
    let stamp = Stamp {
        counted_at: Instant::from_unix_ms(0),
        recorded_at: Instant::from_unix_ms(0),
        by: Actor::engine(),
        command_id: Uuid::nil(),
    };
    let filed = Event::ComplaintFiled {
        complaint_id: ComplaintId::new("C1").unwrap(),
        merchant_id: MerchantId::new("M1").unwrap(),
        user_ref: UserRef::new("U1").unwrap(),
        problem: Problem::Other,
        channel: ComplaintChannel::SelfService,
        orders: vec![Order {
            order_id: OrderId::new("O1").unwrap(),
            amount_fen: 900,
        }],
        agreement_id: None,
        requested_refund_fen: None,
        refunded_before_fen: 0,
        description: None,
        contact: None,
        enquiry: false,
    };
    std::iter::once(&filed)
        .chain(later)
        .fold(State::None, |state, event| evolve(state, &stamp, event))
        .unwrap()
}

fn refunded(amount_fen: u64) -> Event {
    Event::RefundReceived {
        refund_id: Reference::new("r1").unwrap(),
        amount_fen,
        by_platform: false,
        full: false,
    }
}

fn fields(differences: &[Difference]) -> Vec<(&str, &str, &str)> {
    differences
        .iter()
        .map(|one| (one.field, one.theirs.as_str(), one.ours.as_str()))
        .collect()
}

#[test]
fn what_agrees_and_what_is_left_out_is_no_difference() {
    assert_eq!(compare(&document(&[]), &ours(&[])), []);
    let same = document(&[
        ("user_complaint_times", json!(2)),
        ("complaint_full_refunded", json!(true)),
    ]);
    let insisted = Event::UserInsisted { text: None };
    assert_eq!(compare(&same, &ours(&[insisted, refunded(900)])), []);
}

#[test]
fn every_field_that_differs_is_listed() {
    let theirs = document(&[
        ("user_complaint_times", json!(2)),
        ("complaint_state", json!("PROCESSED")),
        ("complaint_full_refunded", json!(true)),
    ]);
    assert_eq!(
        fields(&compare(&theirs, &ours(&[refunded(899)]))),
        [
            ("user_complaint_times", "2", "1"),
            ("complaint_state", "PROCESSED", "PENDING"),
            ("complaint_full_refunded", "true", "false"),
        ]
    );
}

#[test]
fn a_withdrawn_complaint_is_what_the_platform_calls_processed() {
    let withdrawn = ours(&[Event::ComplaintWithdrawn]);
    let processed = document(&[("complaint_state", json!("PROCESSED"))]);
    assert_eq!(compare(&processed, &withdrawn), []);
    assert_eq!(
        fields(&compare(&document(&[]), &withdrawn)),
        [("complaint_state", "PENDING", "withdrawn")]
    );
}
