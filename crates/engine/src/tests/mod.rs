//! The engine on journals that wait, fail, are cut short and go on while read models are replaced,
//! with little memory, and on a log with events that a projection cannot take up.

mod allowed;
mod crash;
mod losing;
mod memory;
mod pipeline;
mod poison;
mod rebuilding;
mod replacing;
mod size;
mod stopping;
mod unreliable;

use std::path::Path;

use redress_domain::instant::Instant;
use redress_domain::rulebook::Edition;
use redress_protocol::{command, edition};
use redress_store::vault::KeyEncryptionKey;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::opening::{self, Opened};
use crate::{Answer, Engine, History, StoreConfiguration, Submission};

/// 2026-05-01T09:00:00+08:00
const START_MS: i64 = 1_777_597_200_000;
const HOUR_MS: i64 = 3_600_000;
/// Long enough for a rectification to be overdue.
const STORY_DAYS: i64 = 14;

fn hour(hours: i64) -> Instant {
    Instant::from_unix_ms(START_MS + hours * HOUR_MS)
}

fn first_edition() -> Edition {
    edition::built_in().unwrap()
}

fn configuration(directory: &Path) -> StoreConfiguration {
    StoreConfiguration {
        directory: directory.to_path_buf(),
        first_edition: first_edition(),
        genesis: b"the first edition".to_vec(),
        key_encryption_key: KeyEncryptionKey::from_bytes([7; 32]),
        progress: None,
    }
}

fn open(directory: &Path) -> Engine {
    Engine::open(configuration(directory)).unwrap().0
}

fn opened(directory: &Path) -> Opened {
    opening::open(configuration(directory), &mut None).unwrap()
}

fn start(opened: Opened) -> Engine {
    let clock = std::sync::Arc::new(crate::SystemClock);
    Engine::start(opened, first_edition(), clock).unwrap()
}

/// A command at an hour of the story, under an id that follows from what it says.
fn act(at: i64, kind: &str, role: &str, who: &str, data: &Value) -> Submission {
    let document = json!({ "type": kind, "by": { "role": role, "id": who }, "data": data });
    let parsed = command::parse(&document).unwrap();
    let name = format!("{at} {document}");
    Submission {
        recorded_at: Some(hour(at)),
        ..Submission::of_operator(
            Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
            parsed.request,
            parsed.by,
            parsed.body,
        )
    }
}

fn register(at: i64, merchant: &str) -> Submission {
    let data = json!({
        "merchant_id": merchant, "kind": "sub_merchant", "institution_id": "I1",
        "industry": "general", "name": merchant,
    });
    act(at, "merchant.register", "service", "onboarding", &data)
}

fn file(at: i64, complaint: &str, merchant: &str, user: &str) -> Submission {
    let data = json!({
        "complaint_id": complaint, "merchant_id": merchant, "user_ref": user,
        "problem": "other", "channel": "self_service",
        "orders": [{ "order_id": format!("O-{complaint}"), "amount_fen": 1500 }],
        "description": format!("private words of {user}"),
    });
    act(at, "complaint.file", "user", user, &data)
}

/// Complaints that nobody answers: clocks run out, findings, determinations, tiers and measures
/// follow, of the merchant and of its institution.
fn story() -> Vec<Submission> {
    let institution = json!({ "intermediary_id": "I1", "kind": "institution", "name": "I1" });
    let mut story = vec![
        act(
            0,
            "intermediary.register",
            "service",
            "onboarding",
            &institution,
        ),
        register(0, "M1"),
        register(0, "M2"),
    ];
    for index in 0..12 {
        let merchant = if index % 3 == 0 { "M2" } else { "M1" };
        let user = format!("U{}", index % 5);
        story.push(file(1 + index, &format!("C{index}"), merchant, &user));
    }
    let volume =
        json!({ "merchant_id": "M1", "day": "2026-05-05", "debits": 20_000, "users": 9_000 });
    story.push(act(
        120,
        "merchant.report_volume",
        "service",
        "volumes",
        &volume,
    ));
    story.push(file(121, "C20", "M1", "U1"));
    story
}

fn accepted(engine: &Engine, submission: Submission) {
    match engine.submit(submission).wait().unwrap() {
        Answer::Accepted(_) => {}
        Answer::Refused(refused) => panic!("{:?}", refused.refusal),
    }
}

fn play(engine: &Engine, history: Option<History>) {
    for submission in story() {
        accepted(
            engine,
            Submission {
                history,
                ..submission
            },
        );
    }
    engine
        .advance(hour(24 * STORY_DAYS), history)
        .wait()
        .unwrap();
}

fn expect_no_difference(engine: &Engine) {
    for comparison in engine.verify_projections().unwrap() {
        assert_eq!(comparison.differing, 0, "{:?}", comparison.differences);
    }
}
