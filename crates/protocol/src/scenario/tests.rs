use std::collections::BTreeSet;

use redress_domain::instant::Instant;
use redress_domain::refusal::Code;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    EditionSource, ExpectedAnswer, Mismatch, Scenario, ScenarioError, derive_id, matches, parse,
};
use crate::instant::parse_instant;

const HEAD: &str = "name: a story\nclauses: [\"5\"]\nstart: \"2026-03-20T14:00:00+08:00\"\n";

fn with_steps(steps: &str) -> Result<Scenario, ScenarioError> {
    parse(&format!("{HEAD}steps:\n{steps}"), "story.yaml")
}

fn wrong(steps: &str) -> String {
    with_steps(steps).unwrap_err().to_string()
}

fn instant(text: &str) -> Instant {
    parse_instant(text).unwrap()
}

#[test]
fn every_scenario_of_the_project_reads() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios");
    let mut stories = 0;
    let mut ids = BTreeSet::new();
    let mut wrong: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        stories += 1;
        match parse(&text, &name) {
            Ok(scenario) => wrong.extend(disagreements(&scenario, &name, &mut ids)),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(stories >= 10);
}

/// Commands that do not read as their steps expect.
fn disagreements(scenario: &Scenario, name: &str, ids: &mut BTreeSet<Uuid>) -> Vec<String> {
    let mut wrong = Vec::new();
    for step in &scenario.steps {
        let Some(command) = &step.command else {
            continue;
        };
        assert!(ids.insert(command.derived_id), "{name} {}", step.number);
        match (command.read(), &command.answer) {
            (Ok(document), _) => {
                assert_eq!(document.recorded_at, Some(step.at));
                assert!(document.id.is_some());
            }
            (Err(error), ExpectedAnswer::Refused(code)) if error.code == *code => {}
            (Err(error), answer) => wrong.push(format!(
                "{name} step {}: {error}, but expected {answer:?}",
                step.number
            )),
        }
    }
    wrong
}

#[test]
fn instants_are_worked_out() {
    let scenario = with_steps(
        r#"
  - do: complaint.withdraw
    by: { role: user, id: U1 }
    with: { complaint_id: C1 }
    occurred_at: +1h
  - at: +72h0.001s
    rebuild: true
  - at: "2026-03-24T06:00:00Z"
    do: complaint.confirm
    id: "0195a3c2-7b1e-7c51-9d1e-2f6b1a0c0d01"
    by: { role: user, id: U1 }
    with: { complaint_id: C1 }
    refused: round_closed
"#,
    )
    .unwrap();
    assert_eq!(scenario.name, "a story");
    assert_eq!(scenario.clauses, ["5"]);
    assert_eq!(scenario.edition, None);
    let [first, second, third] = scenario.steps.as_slice() else {
        panic!("not three steps");
    };
    assert_eq!(first.at, instant("2026-03-20T14:00:00+08:00"));
    let command = first.command.as_ref().unwrap();
    let document = command.read().unwrap();
    assert_eq!(
        document.occurred_at,
        Some(instant("2026-03-20T15:00:00+08:00"))
    );
    assert_eq!(document.id, Some(derive_id("story.yaml", 1)));
    assert_eq!(document.recorded_at, Some(first.at));
    assert_eq!(second.at, instant("2026-03-23T14:00:00.001+08:00"));
    assert!(second.rebuild && second.command.is_none());
    let command = third.command.as_ref().unwrap();
    assert_eq!(command.answer, ExpectedAnswer::Refused(Code::RoundClosed));
    assert_ne!(command.read().unwrap().id, Some(command.derived_id));
}

#[test]
fn a_document_that_may_be_refused_is_left_to_its_reading() {
    let scenario = with_steps(
        "  - do: complaint.withdraw\n    by: { role: user, id: U1 }\n    with: { complaint: C1 }\n    refused: field_unknown\n  - do: complaint.withdraw\n    by: { role: user, id: U1 }\n    occurred_at: \"2026-03-20T14:00:00\"\n    with: { complaint_id: C1 }\n    refused: timestamp_without_offset\n",
    )
    .unwrap();
    for step in &scenario.steps {
        let command = step.command.as_ref().unwrap();
        let code = command.read().unwrap_err().code;
        assert_eq!(command.answer, ExpectedAnswer::Refused(code));
    }
}

#[test]
fn what_is_wrong_is_named_by_step_and_place() {
    for (steps, error) in [
        (
            "  - { at: +1h, expekt: {} }\n",
            "step 1: expekt: `expekt` is not known here",
        ),
        (
            "  - { at: +1h }\n  - { at: +30m }\n",
            "step 2: at: lies before the step before",
        ),
        ("  - { at: 1h }\n", "step 1: at: not an RFC 3339"),
        ("  - { at: +1x }\n", "step 1: at: not a duration"),
        (
            "  - { at: \"2026-03-20T14:00:00\" }\n",
            "step 1: at: the timestamp has no offset",
        ),
        (
            "  - {}\n",
            "step 1: a step does, expects or rebuilds something",
        ),
        (
            "  - { at: +1h, refused: round_closed }\n",
            "step 1: refused: stands without a command",
        ),
        (
            "  - { do: x.y, refused: round_shut }\n",
            "step 1: refused: there is no code `round_shut`",
        ),
        (
            "  - { do: x.y, refused: round_closed, replayed: true }\n",
            "step 1: refused: a refused command has",
        ),
        (
            "  - { do: x.y, events: RoundClosed }\n",
            "step 1: events: must be a list",
        ),
        (
            "  - { do: x.y, occurred_at: +1y }\n",
            "step 1: occurred_at: not a duration",
        ),
        (
            "  - { rebuild: yes }\n",
            "step 1: rebuild: must be true or false",
        ),
        ("  - { expect: {} }\n", "step 1: expect: expects nothing"),
        (
            "  - { expect: { case/C1: { state: x } } }\n",
            "step 1: expect.case/C1: there is no view `case`",
        ),
        (
            "  - { expect: { complaint: { state: x } } }\n",
            "step 1: expect.complaint: names no id",
        ),
        (
            "  - { expect: { \"queue/C1\": { state: x } } }\n",
            "step 1: expect.queue/C1: a view `queue` has no id",
        ),
        (
            "  - { expect: { \"complaint/C1?asof=3\": { state: x } } }\n",
            "step 1: expect.complaint/C1?asof=3: a view `complaint` has no query `asof`",
        ),
        (
            "  - { expect: { \"complaint/C1?as_of=x\": { state: x } } }\n",
            "step 1: expect.complaint/C1?as_of=x: as_of: not an RFC 3339",
        ),
        (
            "  - { expect: { \"complaint/C1?at=\": { state: x } } }\n",
            "step 1: expect.complaint/C1?at=: the query `at` is given twice",
        ),
        (
            "  - { expect: { complaint/C1: { links: { length: two } } } }\n",
            "step 1: expect.complaint/C1.links.length: must be a whole number",
        ),
        (
            "  - { expect: { complaint/C1: { links: { empty: 1 } } } }\n",
            "step 1: expect.complaint/C1.links.empty: must be true or false",
        ),
        (
            "  - { expect: { complaint/C1: { links: { contains: C0 } } } }\n",
            "step 1: expect.complaint/C1.links.contains: must be a list",
        ),
        (
            "  - { expect: { complaint/C1: { links: { contains: [], to: C0 } } } }\n",
            "step 1: expect.complaint/C1.links.contains: stands beside",
        ),
    ] {
        let actual = wrong(steps);
        assert!(actual.starts_with(error), "{error}\n but {actual}");
    }
    for (text, error) in [
        (
            "name: x\nstart: \"2026-03-20T14:00:00Z\"\n",
            "steps: is missing",
        ),
        ("name: x\nsteps: []\n", "start: is missing"),
        (
            "start: \"2026-03-20T14:00:00Z\"\nsteps: []\n",
            "name: is missing",
        ),
        (
            "name: x\nstart: \"2026-03-20T14:00:00\"\nsteps: []\n",
            "start: the timestamp has no offset",
        ),
        ("name: x\ntitle: x\n", "title: `title` is not known here"),
        ("name: [", "not a YAML document"),
        ("name: x\nname: y\n", "not a YAML document"),
        ("just a text", "must be an object"),
    ] {
        let actual = parse(text, "story.yaml").unwrap_err().to_string();
        assert!(actual.starts_with(error), "{error}\n but {actual}");
    }
}

#[test]
fn an_edition_is_named_or_lies_beside_the_file() {
    let edition = |line: &str| {
        let text = format!("{HEAD}{line}\nsteps: []\n");
        parse(&text, "story.yaml").unwrap().edition
    };
    assert_eq!(
        edition("edition: \"2026-02-18\""),
        Some(EditionSource::Named("2026-02-18".to_owned()))
    );
    // In YAML 1.2 this is a text too.
    assert_eq!(
        edition("edition: 2026-02-18"),
        Some(EditionSource::Named("2026-02-18".to_owned()))
    );
    assert_eq!(
        edition("edition: editions/one.toml"),
        Some(EditionSource::File("editions/one.toml".to_owned()))
    );
}

#[test]
fn ids_of_steps_stay_what_they_are() {
    assert_eq!(
        derive_id("01-rejection-without-evidence.yaml", 1).to_string(),
        "172ba21b-b1a4-5dda-b05c-4185eafd8d97"
    );
    assert_ne!(derive_id("1.yaml", 11), derive_id("11.yaml", 1));
}

fn holds(expected: Value, actual: Value) -> bool {
    matches(&expected, &actual).is_empty()
}

#[test]
fn objects_match_by_the_keys_given() {
    let actual = json!({ "state": "pending", "clocks": { "resolution": { "status": "met", "overdue_ms": 0 } } });
    assert!(holds(
        json!({ "clocks": { "resolution": { "status": "met" } } }),
        actual.clone()
    ));
    assert_eq!(
        matches(
            &json!({ "state": "processed", "clocks": { "resolution": { "overdue_ms": 1 } } }),
            &actual
        ),
        [
            Mismatch {
                path: "state".into(),
                expected: json!("processed"),
                actual: Some(json!("pending"))
            },
            Mismatch {
                path: "clocks.resolution.overdue_ms".into(),
                expected: json!(1),
                actual: Some(json!(0))
            },
        ]
    );
    let missing = matches(
        &json!({ "clocks": { "evidence": { "status": "met" } } }),
        &actual,
    );
    assert_eq!(
        missing[0].to_string(),
        "clocks.evidence: expected {\"status\":\"met\"}, actual nothing"
    );
    assert!(!holds(json!({}), json!([])));
    assert!(holds(json!({}), json!({ "any": 1 })));
}

#[test]
fn lists_match_element_by_element_or_by_what_is_asked() {
    let actual = json!([{ "id": "f1", "n": 1 }, { "id": "f2", "n": 2 }]);
    assert!(holds(json!([{ "id": "f1" }, { "n": 2 }]), actual.clone()));
    assert!(!holds(json!([{ "id": "f1" }]), actual.clone()));
    assert!(!holds(
        json!([{ "id": "f2" }, { "id": "f1" }]),
        actual.clone()
    ));
    assert!(holds(
        json!({ "contains": [{ "id": "f2" }, { "id": "f1" }] }),
        actual.clone()
    ));
    assert!(!holds(
        json!({ "contains": [{ "id": "f2", "n": 1 }] }),
        actual.clone()
    ));
    assert!(holds(
        json!({ "length": 2, "empty": false }),
        actual.clone()
    ));
    assert!(!holds(json!({ "length": 1 }), actual.clone()));
    assert!(!holds(json!({ "empty": true }), actual.clone()));
    assert!(holds(json!({ "empty": true, "contains": [] }), json!([])));
    let missing = matches(
        &json!({ "findings": { "contains": [{ "id": "f3" }] } }),
        &json!({ "findings": actual }),
    );
    assert_eq!(missing[0].path, "findings.contains[0]");
    assert_eq!(missing[0].expected, json!({ "id": "f3" }));
    // Nothing is neither empty nor of any length: the view must have the list.
    assert!(!holds(json!({ "findings": { "empty": true } }), json!({})));
    assert!(!holds(
        json!({ "findings": { "contains": [1] } }),
        json!({ "findings": null })
    ));
}

#[test]
fn absent_is_a_missing_or_null_key() {
    for actual in [json!({}), json!({ "evidence": null })] {
        assert!(holds(
            json!({ "evidence": { "absent": true } }),
            actual.clone()
        ));
        assert!(holds(json!({ "evidence": null }), actual.clone()));
        assert!(!holds(json!({ "evidence": { "absent": false } }), actual));
    }
    assert!(!holds(
        json!({ "evidence": { "absent": true } }),
        json!({ "evidence": {} })
    ));
    assert!(holds(
        json!({ "evidence": { "absent": false } }),
        json!({ "evidence": {} })
    ));
    assert!(!holds(
        json!({ "closed_at": null }),
        json!({ "closed_at": "x" })
    ));
}

#[test]
fn instants_match_whatever_the_offset_and_all_else_by_equality() {
    assert!(holds(
        json!("2026-03-23T06:00:00Z"),
        json!("2026-03-23T14:00:00.000+08:00")
    ));
    assert!(!holds(
        json!("2026-03-23T06:00:00Z"),
        json!("2026-03-23T14:00:00.001+08:00")
    ));
    assert!(!holds(json!("2026-03-23"), json!("2026-03-23T00:00:00Z")));
    assert!(holds(json!(1), json!(1)));
    assert!(holds(json!(1.0), json!(1)));
    assert!(!holds(
        json!(9_007_199_254_740_993_u64),
        json!(9_007_199_254_740_992_u64)
    ));
    assert!(!holds(json!("1"), json!(1)));
    assert!(!holds(json!(true), json!("true")));
    assert!(holds(json!(false), json!(false)));
}
