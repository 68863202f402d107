//! Time: a deadline happens at its own instant whenever it is noticed, once, in order; what is
//! recorded never goes back.

use std::sync::Arc;

use redress_domain::clock::ClockKind;
use redress_domain::complaint;
use redress_domain::event::{Event, Recorded};
use redress_domain::identity::StreamId;
use redress_domain::instant::Instant;
use redress_engine::{Clock, Engine, EventRange, Submission};
use redress_protocol::edition::built_in;
use serde_json::json;

use crate::stand::{
    SetClock, accepted, assert_verified, configuration, folder, in_memory, refused, submit,
};
use crate::story::{asked, at, filing, instant, merchant};

const START: &str = "2026-05-01T09:00:00+08:00";
const HOUR: i64 = 3_600_000;

fn after(start: Instant, ms: i64) -> Instant {
    Instant::from_unix_ms(start.unix_ms() + ms)
}

/// A merchant and complaints by two users, one of them with a request, at the program's clock.
fn filings() -> Vec<Submission> {
    let mut with_request = filing("C2", "U2", "charged twice");
    with_request["requested_refund_fen"] = json!(5000);
    vec![
        asked("service:onboarding", "merchant.register", merchant("M1")),
        asked("user:U2", "complaint.file", with_request),
        asked(
            "user:U1",
            "complaint.file",
            filing("C1", "U1", "charged twice"),
        ),
    ]
}

fn missed(engine: &Engine) -> Vec<(String, ClockKind, Recorded)> {
    let mut missed = Vec::new();
    engine
        .events(&EventRange::default(), |recorded| {
            if let (
                StreamId::Complaint(id),
                Event::Complaint(complaint::Event::DeadlineMissed { clock, .. }),
            ) = (&recorded.header.stream, &recorded.event)
            {
                missed.push((id.as_str().to_owned(), *clock, recorded.clone()));
            }
            true
        })
        .unwrap();
    missed
}

/// Three days and nine hours after filing, with nothing done, in the order of the contract.
#[track_caller]
fn assert_missed_in_order(engine: &Engine, start: Instant, noticed_at: Instant) {
    let missed = missed(engine);
    let order: Vec<(&str, ClockKind)> = missed
        .iter()
        .map(|(id, clock, _)| (id.as_str(), *clock))
        .collect();
    let expected = [
        ("C1", ClockKind::FirstReply),
        ("C2", ClockKind::FirstReply),
        ("C1", ClockKind::Resolution),
        ("C2", ClockKind::RefundDecision),
        ("C2", ClockKind::Resolution),
    ];
    assert_eq!(order, expected);
    for (id, clock, recorded) in &missed {
        let hours = if *clock == ClockKind::FirstReply {
            24
        } else {
            72
        };
        let fact_at = after(start, hours * HOUR + 1);
        assert_eq!(recorded.header.occurred_at, fact_at, "{id} {clock:?}");
        assert_eq!(recorded.header.recorded_at, noticed_at, "{id} {clock:?}");
    }
    let shown = crate::stand::views(engine, crate::stand::look_at(noticed_at));
    for id in ["C1", "C2"] {
        for finding in shown[&format!("complaint/{id}")]["findings"]
            .as_array()
            .unwrap()
        {
            let hours = if finding["clock"] == "first_reply" {
                24
            } else {
                72
            };
            let effective = instant(finding["effective_at"].as_str().unwrap());
            assert_eq!(effective, after(start, hours * HOUR + 1), "{finding}");
        }
    }
}

#[test]
fn deadlines_noticed_late_are_facts_of_their_own_instants_in_order() {
    let start = instant(START);
    let clock = SetClock::at(start);
    let as_clock: Arc<dyn Clock> = clock.clone();
    let engine = Engine::in_memory_with_clock(built_in().unwrap(), as_clock).unwrap();
    for one in &filings() {
        accepted(submit(&engine, one));
    }
    // At the due instant itself nothing is missed.
    clock.set(after(start, 24 * HOUR));
    engine.notice_deadlines().wait().unwrap();
    assert!(missed(&engine).is_empty());

    let late = after(start, 81 * HOUR);
    clock.set(late);
    engine.notice_deadlines().wait().unwrap();
    assert_missed_in_order(&engine, start, late);
    assert_verified(&engine, "noticed late");

    // Each happens once.
    let position = engine.last_position();
    engine.notice_deadlines().wait().unwrap();
    assert_eq!(engine.last_position(), position);
}

#[test]
fn deadlines_passed_while_nothing_ran_are_caught_up_in_order() {
    let start = instant(START);
    for by_command in [false, true] {
        let directory = folder();
        let clock = SetClock::at(start);
        let open = || {
            let configuration = configuration(directory.path(), &built_in().unwrap());
            let as_clock: Arc<dyn Clock> = clock.clone();
            Engine::open_with_clock(configuration, as_clock).unwrap().0
        };
        let engine = open();
        for one in &filings() {
            accepted(submit(&engine, one));
        }
        drop(engine);
        let late = after(start, 81 * HOUR);
        clock.set(late);
        let engine = open();
        if by_command {
            // A command handed in first finds everything before it done.
            let data = json!({ "complaint_id": "C1", "text": "hello" });
            accepted(submit(
                &engine,
                &asked("merchant:M1", "complaint.respond", data),
            ));
        } else {
            engine.notice_deadlines().wait().unwrap();
        }
        assert_missed_in_order(&engine, start, late);
        let position = engine.last_position();
        drop(engine);
        let engine = open();
        engine.notice_deadlines().wait().unwrap();
        assert_eq!(engine.last_position(), position);
        assert_verified(&engine, "caught up");
    }
}

#[test]
fn a_clock_that_goes_back_does_not_take_the_log_with_it() {
    let start = instant(START);
    let clock = SetClock::at(start);
    let as_clock: Arc<dyn Clock> = clock.clone();
    let engine = Engine::in_memory_with_clock(built_in().unwrap(), as_clock).unwrap();
    let filings = filings();
    accepted(submit(&engine, &filings[0]));
    clock.set(after(start, -HOUR));
    accepted(submit(&engine, &filings[1]));
    clock.set(after(start, 30 * HOUR));
    accepted(submit(&engine, &filings[2]));
    clock.set(after(start, -HOUR));
    engine.notice_deadlines().wait().unwrap();
    let mut last = Instant::from_unix_ms(i64::MIN);
    let mut instants = Vec::new();
    engine
        .events(&EventRange::default(), |recorded| {
            assert!(recorded.header.recorded_at >= last);
            last = recorded.header.recorded_at;
            instants.push(last);
            true
        })
        .unwrap();
    assert_eq!(instants.first(), Some(&start));
    assert_eq!(instants.last(), Some(&after(start, 30 * HOUR)));
    engine.verify_log().unwrap();
}

#[test]
fn a_feed_may_not_go_back() {
    let engine = in_memory();
    let registering = at(
        START,
        "service:onboarding",
        "merchant.register",
        merchant("M1"),
    );
    accepted(submit(&engine, &registering));
    let earlier = "2026-05-01T08:59:59.999+08:00";
    let filed = at(
        earlier,
        "user:U1",
        "complaint.file",
        filing("C1", "U1", "charged twice"),
    );
    assert_eq!(refused(submit(&engine, &filed)), "field_invalid");
    assert_eq!(engine.last_position(), 1);
    // Another one at the same instant does not go back, and a known id is answered in any case.
    let filed = at(
        START,
        "user:U1",
        "complaint.file",
        filing("C1", "U1", "charged twice"),
    );
    accepted(submit(&engine, &filed));
    let mut known = registering;
    known.recorded_at = Some(instant(earlier));
    assert!(accepted(submit(&engine, &known)).replayed);
}

#[test]
fn an_act_exactly_at_the_due_instant_beats_the_timer() {
    let start = instant(START);
    for (late_ms, expected) in [(0, "met"), (1, "met_late")] {
        let engine = in_memory();
        for mut one in filings() {
            one.recorded_at = Some(start);
            accepted(submit(&engine, &one));
        }
        let data = json!({ "complaint_id": "C1", "text": "hello" });
        let mut response = asked("merchant:M1", "complaint.respond", data);
        // A gateway saw it: its own word counts.
        response.trust = Some(redress_domain::identity::Trust::Platform);
        let acted_at = after(start, 24 * HOUR + late_ms);
        response.recorded_at = Some(acted_at);
        accepted(submit(&engine, &response));
        let shown = crate::stand::views(&engine, crate::stand::look_at(acted_at));
        let clocks = &shown["complaint/C1"]["clocks"];
        assert_eq!(clocks["first_reply"]["status"], expected);
        assert_eq!(missed(&engine).len(), usize::from(late_ms > 0) * 2);
    }
}
