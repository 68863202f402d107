//! What a run found that takes too long, or too much, to be kept as a seed.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use redress_engine::{Answer, Engine};
use serde_json::{Value, json};

use crate::deeds::{document, registrations};
use crate::model::fact::{Fact, milliseconds};
use crate::simulator::{edition, submission};
use crate::stand::{SetClock, events};

/// Hands a command in at an instant of the program's clock; it must be accepted.
fn give(engine: &Engine, clock: &SetClock, at: &str, mut document: Value) {
    clock.set(milliseconds(&json!(at)).unwrap());
    let name = format!("{at} {document}");
    let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
    document["id"] = json!(id.to_string());
    let answer = engine.submit(submission(&document)).wait().unwrap();
    assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
}

/// policy window: a payment is missed at the civil midnight at which standing is looked at. Both
/// are noticed days later, when the tier of that midnight is over: what the miss brings about is
/// evaluated as of its recording, and the midnight before that must not bring the tier back, to
/// lose it again, for ever.
#[test]
fn deadlines_that_are_noticed_late_come_to_rest() {
    let (done, rest) = channel();
    std::thread::spawn(move || {
        let clock = Arc::<SetClock>::default();
        let (first_edition, _) = edition(Some("quick-standing"));
        let engine =
            Engine::in_memory_with_clock(first_edition, Arc::<SetClock>::clone(&clock)).unwrap();
        for registration in registrations() {
            give(&engine, &clock, "2026-05-10T09:00:00+08:00", registration);
        }
        let filing = json!({ "complaint_id": "C1", "merchant_id": "M1", "user_ref": "U1",
            "problem": "refund_request", "channel": "agent",
            "orders": [{ "order_id": "O1", "amount_fen": 9_900 }] });
        let file = document("user", "U1", "complaint.file", filing);
        give(&engine, &clock, "2026-05-12T09:00:00+08:00", file);
        let promise = json!({ "complaint_id": "C1", "amount_fen": 9_900, "launch_days": 1 });
        let approve = document("merchant", "M1", "complaint.approve_refund", promise);
        give(&engine, &clock, "2026-05-19T09:00:00+08:00", approve);
        clock.set(milliseconds(&json!("2026-05-27T09:00:00+08:00")).unwrap());
        engine.notice_deadlines().wait().unwrap();
        drop(done.send(events(&engine, 1)));
    });
    let log = rest
        .recv_timeout(Duration::from_secs(30))
        .expect("what follows of the deadlines comes to an end");
    let tiers: Vec<String> = log
        .iter()
        .map(Fact::of)
        .filter(|fact| fact.kind == "StandingChanged" && fact.stream == "merchant-M1")
        .map(|fact| fact.text("to").to_owned())
        .collect();
    assert_eq!(tiers, ["watch", "none"]);
}
