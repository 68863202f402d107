//! How history is told: what lies before the cutover carries no liability, and nothing is enacted
//! unless that is asked for.

use std::collections::BTreeMap;

use redress_domain::instant::Instant;
use redress_engine::{Engine, History};
use serde_json::Value;

use crate::stand::{folder, look_at, open_with, views};
use crate::story::{Act, Story, stories_named};

/// How often each type of event was recorded.
fn counts(engine: &Engine) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for recorded in crate::stand::log(engine) {
        *counts.entry(recorded.event.name()).or_insert(0) += 1;
    }
    counts
}

fn told(story: &Story, engine: &Engine, history: History) {
    for act in &story.acts {
        match act {
            Act::Submit(submission) => {
                let mut submission = submission.clone();
                submission.history = Some(history);
                submission.correlation_id = Some(history.correlation_id());
                engine.submit(*submission).wait().unwrap();
            }
            Act::Advance(to) => engine.advance(*to, Some(history)).wait().unwrap(),
        }
    }
}

fn climbing() -> Story {
    stories_named(&["05-"]).remove(0)
}

fn shown(engine: &Engine, at: Instant, name: &str) -> Value {
    views(engine, look_at(at))[name].clone()
}

#[test]
fn history_enacts_nothing_unless_asked_to() {
    let story = climbing();
    let end = story.acts.last().unwrap().at();
    let engine = Engine::in_memory(story.edition.clone()).unwrap();
    let history = History {
        liability_from: None,
        enact: false,
    };
    told(&story, &engine, history);
    let recorded = counts(&engine);
    assert!(recorded["LiabilityDetermined"] >= 3);
    assert!(recorded["StandingChanged"] >= 2);
    assert!(recorded["MeasureProposed"] >= 1);
    for name in ["MeasureImposed", "NoticeIssued", "SettlementRefundOrdered"] {
        assert_eq!(recorded.get(name), None, "{name}");
    }
    let merchant = shown(&engine, end, "merchant/M1");
    for measure in merchant["measures"].as_array().unwrap() {
        assert_eq!(measure["status"], "proposed", "{measure}");
    }

    let engine = Engine::in_memory(story.edition.clone()).unwrap();
    let history = History {
        liability_from: None,
        enact: true,
    };
    told(&story, &engine, history);
    let recorded = counts(&engine);
    assert!(recorded["MeasureImposed"] >= 1);
    assert!(recorded["NoticeIssued"] >= 1);
}

#[test]
fn what_lies_before_the_cutover_carries_no_liability() {
    let story = climbing();
    let end = story.acts.last().unwrap().at();
    let told_from = |liability_from: Instant| {
        let engine = Engine::in_memory(story.edition.clone()).unwrap();
        let history = History {
            liability_from: Some(liability_from),
            enact: false,
        };
        told(&story, &engine, history);
        engine
    };
    // Everything lies before the cutover: the misses are shown, none counts.
    let engine = told_from(Instant::from_unix_ms(end.unix_ms() + 1));
    let recorded = counts(&engine);
    assert!(recorded["DeadlineMissed"] >= 3);
    assert!(recorded["FindingDismissed"] >= 3);
    for name in ["LiabilityDetermined", "StandingChanged", "MeasureProposed"] {
        assert_eq!(recorded.get(name), None, "{name}");
    }
    let merchant = shown(&engine, end, "merchant/M1");
    assert_eq!(merchant["standing"]["metrics"]["liable_rounds"], 0);
    let complaint = shown(&engine, end, "complaint/C1");
    assert_eq!(complaint["findings"][0]["status"], "dismissed");

    // Nothing lies before it: everything counts.
    let recorded = counts(&told_from(Instant::from_unix_ms(0)));
    assert_eq!(recorded.get("FindingDismissed"), None);
    assert!(recorded["LiabilityDetermined"] >= 3);

    // In between, a miss counts from the cutover on.
    let start = story.acts[0].at();
    let between = Instant::from_unix_ms(start.unix_ms() + 26 * 3_600_000);
    let recorded = counts(&told_from(between));
    assert!(recorded["FindingDismissed"] >= 1);
    assert!(recorded["LiabilityDetermined"] >= 1);
}

#[test]
fn history_stays_history_across_restarts() {
    let story = climbing();
    let history = History {
        liability_from: None,
        enact: false,
    };
    let in_memory = Engine::in_memory(story.edition.clone()).unwrap();
    told(&story, &in_memory, history);
    let directory = folder();
    for act in &story.acts {
        let engine = open_with(directory.path(), &story.edition);
        let one = Story {
            name: story.name.clone(),
            edition: story.edition.clone(),
            acts: vec![act.clone()],
        };
        told(&one, &engine, history);
    }
    let engine = open_with(directory.path(), &story.edition);
    crate::stand::assert_same_log(
        &crate::stand::log(&engine),
        &crate::stand::log(&in_memory),
        "history",
    );
}
