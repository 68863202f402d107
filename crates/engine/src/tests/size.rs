//! What the engine brings about by itself must fit into an event, however much it rests on:
//! otherwise nothing would ever be recorded again.

use redress_domain::event::Event;
use redress_domain::measure::MeasureEvent;
use redress_domain::merchant;
use serde_json::json;

use super::{accepted, act, file, first_edition, hour, register};
use crate::{Engine, EventRange};

#[test]
fn a_measure_that_rests_on_hundreds_of_determinations_is_proposed() {
    let engine = Engine::in_memory(first_edition()).unwrap();
    accepted(&engine, register(0, "M1"));
    // So many debits that no rate is reached.
    let volume = |at, debits: u64| {
        let data =
            json!({ "merchant_id": "M1", "day": "2026-05-01", "debits": debits, "users": 9 });
        act(at, "merchant.report_volume", "service", "volumes", &data)
    };
    accepted(&engine, volume(0, 1_000_000_000));
    for number in 0..300 {
        let complaint = format!("{number:0>64}");
        accepted(
            &engine,
            file(1, &complaint, "M1", &format!("U{}", number % 20)),
        );
    }
    engine.advance(hour(30), None).wait().unwrap();
    accepted(&engine, volume(31, 1_000));
    engine.advance(hour(24 * 14), None).wait().unwrap();
    let mut grounds = Vec::new();
    engine
        .events(&EventRange::default(), |recorded| {
            if let Event::Merchant(merchant::Event::Measure(MeasureEvent::Proposed { measure })) =
                recorded.event
            {
                grounds.push(measure.grounds.len());
            }
            true
        })
        .unwrap();
    assert!(grounds.iter().any(|count| *count > 50), "{grounds:?}");
}
