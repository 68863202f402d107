//! What may be done is what a command would be answered: every entry is tried on a rehearsal.

use redress_domain::authority;
use redress_domain::identity::{Actor, ActorId, Role, StreamId};
use redress_domain::possible;
use redress_domain::refusal::Code;
use uuid::Uuid;

use super::{STORY_DAYS, accepted, act, first_edition, hour, play};
use crate::{Allowed, Answer, Engine, Look, Submission};

fn actor(role: Role, id: &str) -> Actor {
    Actor {
        role,
        id: ActorId::new(id).unwrap(),
    }
}

/// A story with evidence, a proposal, an agreement with a debit, and everything that time brings.
fn engine() -> Engine {
    let engine = Engine::in_memory(first_edition()).unwrap();
    play(&engine, None);
    let at = 24 * STORY_DAYS + 1;
    for (kind, role, who, data) in [
        (
            "complaint.submit_evidence",
            "merchant",
            "M1",
            serde_json::json!({ "complaint_id": "C20", "evidence": [{ "kind": "usage", "media_id": "m" }] }),
        ),
        (
            "merchant.propose_measure",
            "risk",
            "R1",
            serde_json::json!({
                "merchant_id": "M2", "kind": "limits", "grounds": ["C0/d1"], "rationale": "too many",
                "debit_fen": 100, "for": "30d",
            }),
        ),
        (
            "agreement.sign",
            "service",
            "signing",
            serde_json::json!({
                "agreement_id": "A1", "merchant_id": "M2", "user_ref": "U9", "template_id": "T1",
                "kind": "pay_score", "plan": { "amount_fen": 500 }, "disclosed": true,
            }),
        ),
    ] {
        match engine
            .submit(act(at, kind, role, who, &data))
            .wait()
            .unwrap()
        {
            Answer::Accepted(_) => {}
            Answer::Refused(refused) => panic!("{kind}: {:?}", refused.refusal),
        }
    }
    accepted(
        &engine,
        act(
            at,
            "complaint.withdraw",
            "user",
            "U1",
            &serde_json::json!({ "complaint_id": "C20" }),
        ),
    );
    engine
}

fn possible(engine: &Engine, stream: &StreamId, look: Look) -> Vec<possible::Possible> {
    match stream {
        StreamId::Complaint(id) => {
            let seen = engine.complaint(id, look).unwrap();
            possible::of_complaint(&seen.value.unwrap(), None)
        }
        StreamId::Merchant(id) => {
            let seen = engine.merchant(id, look).unwrap();
            let edition = seen.rulebook.in_force(seen.at).clone();
            possible::of_merchant(&seen.value.unwrap().merchant, &edition, seen.at)
        }
        StreamId::Agreement(id) => {
            let seen = engine.agreement(id, look).unwrap();
            possible::of_agreement(&seen.value.unwrap(), seen.at)
        }
        StreamId::Intermediary(id) => {
            let seen = engine.intermediary(id, look).unwrap();
            possible::of_intermediary(&seen.value.unwrap().intermediary)
        }
        StreamId::User(_) | StreamId::Rulebook => Vec::new(),
    }
}

#[test]
fn what_is_said_to_be_allowed_is_accepted_and_the_rest_refused_for_what_is_said_to_be_missing() {
    let engine = engine();
    let at = hour(24 * STORY_DAYS + 1);
    let look = Look {
        at: Some(at),
        as_of: None,
    };
    let mut tried = 0;
    let mut codes = std::collections::BTreeSet::new();
    for (stream, actors) in [
        (
            "complaint-C20",
            [
                actor(Role::User, "U1"),
                actor(Role::Merchant, "M1"),
                actor(Role::Reviewer, "R1"),
            ],
        ),
        (
            "complaint-C1",
            [
                actor(Role::Merchant, "M2"),
                actor(Role::Intermediary, "I1"),
                actor(Role::Admin, "root"),
            ],
        ),
        (
            "merchant-M2",
            [
                actor(Role::Risk, "R1"),
                actor(Role::Merchant, "M2"),
                actor(Role::Service, "onboarding"),
            ],
        ),
        (
            "agreement-A1",
            [
                actor(Role::User, "U9"),
                actor(Role::User, "U8"),
                actor(Role::Service, "signing"),
            ],
        ),
        (
            "intermediary-I1",
            [
                actor(Role::Intermediary, "I1"),
                actor(Role::Risk, "R2"),
                actor(Role::Auditor, "A"),
            ],
        ),
    ] {
        let stream = StreamId::parse(stream).unwrap();
        for by in actors {
            let said = engine.allowed(&stream, &by, look).unwrap().value.unwrap();
            assert_eq!(said.is_empty(), by.role == Role::Auditor, "{stream} {by:?}");
            for possible in possible(&engine, &stream, look) {
                let command = possible.request.name();
                // A link needs another complaint, which the engine looks for.
                if !authority::may_issue(by.role, command) || command.ends_with("link") {
                    continue;
                }
                let one = said.iter().find(|one| one.command == command).unwrap();
                let answer = submitted(&engine, &by, possible.request.clone(), at);
                agrees(one, possible.part.as_deref(), &answer);
                if let Err(code) = answer {
                    codes.insert(code);
                }
                tried += 1;
            }
        }
    }
    // Not everything was simply allowed, or refused for one reason.
    assert!(tried > 120, "{tried}");
    for code in [
        Code::NotYourCase,
        Code::Withdrawn,
        Code::OwnProposal,
        Code::OrderUnknown,
        Code::MeasureNotInForce,
    ] {
        assert!(codes.contains(&code), "{code:?} is not in {codes:?}");
    }
}

/// What a copy of the engine answers to a command.
fn submitted(
    engine: &Engine,
    by: &Actor,
    request: redress_domain::command::Request,
    at: redress_domain::instant::Instant,
) -> Result<(), Code> {
    let copy = engine.rehearse().unwrap();
    let submission = Submission {
        recorded_at: Some(at),
        ..Submission::of_operator(Uuid::from_u128(1), request, by.clone(), Vec::new())
    };
    match copy.submit(submission).wait().unwrap() {
        Answer::Accepted(_) => Ok(()),
        Answer::Refused(refused) => Err(refused.refusal.code),
    }
}

fn agrees(said: &Allowed, part: Option<&str>, answer: &Result<(), Code>) {
    match (answer, part) {
        (Ok(()), None) => assert!(said.is_allowed, "{said:?}"),
        (Ok(()), Some(part)) => assert!(said.parts.iter().any(|one| one == part), "{said:?}"),
        (Err(code), None) => {
            assert!(!said.is_allowed, "{said:?} was refused: {code:?}");
            assert!(
                said.missing.iter().any(|one| one.code == *code),
                "{said:?} {code:?}"
            );
        }
        (Err(code), Some(part)) => {
            assert!(
                said.parts.iter().all(|one| one != part),
                "{said:?} {code:?}"
            );
            let is_told = said.is_allowed || said.missing.iter().any(|one| one.code == *code);
            assert!(is_told, "{said:?} {code:?}");
        }
    }
}

#[test]
fn of_what_is_not_there_nothing_is_allowed() {
    let engine = Engine::in_memory(first_edition()).unwrap();
    for stream in ["complaint-C1", "merchant-M1", "agreement-A1", "rulebook"] {
        let stream = StreamId::parse(stream).unwrap();
        let by = actor(Role::Admin, "root");
        let said = engine.allowed(&stream, &by, Look::default()).unwrap();
        assert_eq!(said.value, None);
    }
}
