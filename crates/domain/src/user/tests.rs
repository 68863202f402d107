//! Erasing and reading a user's personal texts.

use super::*;
use crate::identity::{Actor, ActorId, Role};
use crate::instant::Instant;
use crate::rulebook::Rulebook;
use crate::rulebook::fixture::default_edition;

fn erase(reason: &str) -> Command {
    Command {
        circumstances: Circumstances::new(
            uuid::Uuid::nil(),
            Instant::from_unix_ms(0),
            None,
            Actor {
                role: Role::Admin,
                id: ActorId::new("A1").expect("an id"),
            },
            None,
            Arc::new(Rulebook::new(default_edition())),
        )
        .expect("an instant that has come"),
        act: Act::Erase {
            user_ref: UserRef::new("U1").expect("a reference"),
            reason: Arc::from(reason),
            key_numbers: vec![3, 4],
        },
    }
}

#[test]
fn an_erasure_says_why() {
    // rulebook 1.2
    for reason in ["", "  \n"] {
        let refusal = decide(&State::default(), &erase(reason)).expect_err("refused");
        assert_eq!(refusal.code, Code::ReasonMissing);
    }
}

#[test]
fn an_erasure_records_whose_texts_and_which_keys_as_often_as_it_is_asked() {
    // rulebook 1.2
    let command = erase("asked for by the user");
    let stamp = command.circumstances.stamp();
    let mut state = State::default();
    for erasures in 1..=2 {
        let events = decide(&state, &command).expect("accepted");
        assert_eq!(events.len(), 1);
        let Event::PersonalDataErased {
            user_ref,
            reason,
            key_numbers,
        } = &events[0]
        else {
            panic!("not an erasure");
        };
        assert_eq!(user_ref.as_str(), "U1");
        assert_eq!(&**reason, "asked for by the user");
        assert_eq!(*key_numbers, [3, 4]);
        state = evolve(state, &stamp, &events[0]);
        assert_eq!(state.erasures, erasures);
    }
}

fn reading(purpose: &str) -> Command {
    Command {
        act: Act::RecordReading {
            user_ref: UserRef::new("U1").expect("a reference"),
            stream: StreamId::parse("complaint-C1").expect("a stream"),
            version: 0,
            purpose: Arc::from(purpose),
        },
        ..erase("")
    }
}

#[test]
fn a_reading_says_what_for() {
    // rulebook 1.2
    for purpose in ["", " \t"] {
        let refusal = decide(&State::default(), &reading(purpose)).expect_err("refused");
        assert_eq!(refusal.code, Code::ReasonMissing);
    }
}

#[test]
fn a_reading_records_which_text_and_what_for() {
    // rulebook 1.2
    let command = reading("to call the user back");
    let events = decide(&State::default(), &command).expect("accepted");
    assert_eq!(
        events,
        [Event::PersonalDataRead {
            user_ref: UserRef::new("U1").expect("a reference"),
            stream: StreamId::parse("complaint-C1").expect("a stream"),
            version: 0,
            purpose: Arc::from("to call the user back"),
        }]
    );
    let state = evolve(State::default(), &command.circumstances.stamp(), &events[0]);
    assert_eq!((state.erasures, state.readings), (0, 1));
}
