//! Every scenario holds, and together they reach every refusal, every event and known clauses.

#[path = "../engine/story.rs"]
#[expect(dead_code, reason = "the engine's tests use the rest of it")]
mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use redress_domain::refusal::Code;
use redress_engine::{Engine, EventRange};
use redress_protocol::scenario::{ExpectedAnswer, Scenario, parse};
use redress_tests::testing::evidence::{self, Size};
use redress_tests::{Ran, files, redress, workspace};

/// Refusals that no scenario can bring about, or that are plainer where the rule is: each with the
/// file of a test that does, and what that test says there.
const REFUSED_ELSEWHERE: [(&str, &str, &str); 8] = [
    // A scenario's operator may claim any trust.
    (
        "trust_not_allowed",
        "tests/engine/authority.rs",
        "\"trust_not_allowed\"",
    ),
    // A scenario with such a text would be mostly that text.
    (
        "event_too_large",
        "tests/engine/opening.rs",
        "Code::EventTooLarge",
    ),
    (
        "description_missing",
        "crates/domain/src/measure/tests/proposals.rs",
        "Code::DescriptionMissing",
    ),
    (
        "grounds_missing",
        "crates/domain/src/measure/tests/proposals.rs",
        "Code::GroundsMissing",
    ),
    (
        "summary_missing",
        "crates/domain/src/measure/tests/rectification.rs",
        "Code::SummaryMissing",
    ),
    (
        "edition_unknown",
        "crates/domain/src/merchant/tests/registering.rs",
        "Code::EditionUnknown",
    ),
    (
        "name_missing",
        "crates/domain/src/intermediary/tests.rs",
        "Code::NameMissing",
    ),
    (
        "order_unknown",
        "crates/domain/src/agreement/tests/life.rs",
        "Code::OrderUnknown",
    ),
];

/// Events that no scenario brings about, with the file of a test that does.
const RECORDED_ELSEWHERE: [(&str, &str); 0] = [];

fn scenarios() -> Vec<(String, Scenario)> {
    files::scenarios()
        .iter()
        .map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let scenario = parse(&fs::read_to_string(file).unwrap(), &name).unwrap();
            (name, scenario)
        })
        .collect()
}

fn played(files: &[PathBuf]) -> Ran {
    let mut command = Command::new(redress());
    Ran::of(command.args(["scenario", "--format", "json"]).args(files))
}

#[test]
fn every_scenario_holds() {
    let files = files::scenarios();
    let ran = played(&files);
    let report = ran.json();
    for story in report["scenarios"].as_array().unwrap() {
        for failure in story["failures"].as_array().unwrap() {
            eprintln!("{}: {failure}", story["file"]);
        }
    }
    assert_eq!(ran.code, 0, "{}", ran.errors);
    assert_eq!(report["failed"], 0);
    assert_eq!(report["held"], files.len());
    assert!(files.len() >= 94);
    let counted = [("scenarios", files.len() as u64)];
    evidence::record("scenarios", Size::Fixed, &counted);
}

const START: &str = "name: a planted mistake
start: \"2026-05-01T09:00:00+08:00\"
steps:
  - do: merchant.register
    by: { role: service, id: onboarding }
    with: { merchant_id: M1, kind: direct, industry: general, name: Example }
";

#[test]
fn a_scenario_that_does_not_hold_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("planted.yaml");
    let mistakes = [
        ("    refused: merchant_exists\n", "the command"),
        ("    events: [MerchantUpdated]\n", "events"),
        ("    replayed: true\n", "replayed"),
        (
            "  - expect: { merchant/M1: { standing: { tier: t1 } } }\n",
            "merchant/M1 standing.tier",
        ),
        (
            "  - expect: { merchant/M2: { kind: direct } }\n",
            "merchant/M2",
        ),
    ];
    for (mistake, place) in mistakes {
        fs::write(&file, format!("{START}{mistake}")).unwrap();
        let ran = played(std::slice::from_ref(&file)).ended(3);
        let failure = &ran.json()["scenarios"][0]["failures"][0];
        assert!(
            failure["place"].as_str().unwrap().starts_with(place),
            "{mistake}: {failure}"
        );
    }
    // Without a mistake it holds.
    fs::write(&file, START).unwrap();
    played(&[file]).ended(0);
}

#[test]
fn a_scenario_that_cannot_be_read_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let unreadable = [
        ("not-yaml.yaml", "steps: [".to_owned()),
        ("no-steps.yaml", "name: nothing\n".to_owned()),
        ("typo.yaml", START.replace("steps:", "setps:")),
        (
            "back.yaml",
            format!("{START}  - at: -1h\n    rebuild: true\n"),
        ),
    ];
    for (name, text) in unreadable {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        let ran = played(&[file]).ended(2);
        assert!(ran.errors.contains(name), "{}", ran.errors);
    }
    played(&[folder.path().join("absent.yaml")]).ended(2);
}

#[test]
fn every_refusal_is_reached_by_a_scenario_or_by_a_test() {
    let mut reached: BTreeSet<Code> = BTreeSet::new();
    for (_, scenario) in scenarios() {
        for step in scenario.steps {
            if let Some(ExpectedAnswer::Refused(code)) = step.command.map(|one| one.answer) {
                reached.insert(code);
            }
        }
    }
    let elsewhere: BTreeMap<&str, (&str, &str)> = REFUSED_ELSEWHERE
        .into_iter()
        .map(|(code, file, says)| (code, (file, says)))
        .collect();
    for code in Code::ALL {
        match elsewhere.get(code.as_str()) {
            Some((file, says)) => {
                let text = fs::read_to_string(workspace().join(file)).unwrap();
                assert!(text.contains(says), "{file} does not say {says}");
                assert!(!reached.contains(code), "{} has a scenario", code.as_str());
            }
            None => assert!(reached.contains(code), "nothing reaches {}", code.as_str()),
        }
    }
}

/// The names of all events, as the domain gives them to their variants.
fn event_names() -> BTreeSet<String> {
    let file = workspace().join("crates/domain/src/event.rs");
    let names: BTreeSet<String> = fs::read_to_string(file)
        .unwrap()
        .lines()
        .filter_map(|line| {
            line.split_once("=> \"")?
                .1
                .split_once("\",")
                .map(|(name, _)| name)
        })
        .map(str::to_owned)
        .collect();
    assert!(names.len() > 75, "{} names", names.len());
    names
}

#[test]
fn every_event_is_recorded_in_a_scenario_or_by_a_test() {
    let mut recorded: BTreeSet<String> = BTreeSet::new();
    for story in story::stories() {
        let engine = Engine::in_memory(story.edition.clone()).unwrap();
        story.play(&engine);
        engine
            .events(&EventRange::default(), |one| {
                recorded.insert(one.event.name().to_owned());
                true
            })
            .unwrap();
    }
    for (name, file) in RECORDED_ELSEWHERE {
        let text = fs::read_to_string(workspace().join(file)).unwrap();
        assert!(text.contains(name), "{file} does not say {name}");
        recorded.insert(name.to_owned());
    }
    let names = event_names();
    let missing: Vec<&String> = names.difference(&recorded).collect();
    assert!(missing.is_empty(), "nothing records {missing:?}");
    let unknown: Vec<&String> = recorded.difference(&names).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Every name that a citation may use.
fn known_clauses() -> BTreeSet<String> {
    let text = fs::read_to_string(workspace().join("tools/clauses.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let mut known = BTreeSet::new();
    for (kind, prefix) in [("rule", ""), ("guide", "guide "), ("policy", "policy ")] {
        for item in table[kind].as_array().unwrap() {
            known.insert(format!("{prefix}{}", item["name"].as_str().unwrap()));
        }
    }
    known
}

#[test]
fn scenarios_cite_known_clauses_and_every_one_cites_some() {
    let known = known_clauses();
    for (file, scenario) in scenarios() {
        assert!(!scenario.clauses.is_empty(), "{file} cites nothing");
        for clause in &scenario.clauses {
            assert!(known.contains(clause), "{file} cites {clause}");
        }
    }
}
