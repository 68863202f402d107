//! `redress import wechatpay`: histories become cases as if the system had been there.

use std::fs;
use std::path::{Path, PathBuf};

use redress_tests::{Ran, run_on, workspace};
use serde_json::{Value, json};

const AT: &str = "2026-03-20T00:00:00+08:00";

struct Store {
    folder: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn import(&self, path: &Path, more: &[&str]) -> Ran {
        let mut arguments = vec!["import", "wechatpay", path.to_str().unwrap()];
        arguments.extend(["--format", "json"]);
        arguments.extend(more);
        run_on(&self.data(), arguments)
    }

    /// Imports complaints with their histories.
    fn import_documents(&self, documents: &[Value], more: &[&str]) -> Ran {
        let lines: Vec<String> = documents.iter().map(ToString::to_string).collect();
        let file = self.folder.path().join("documents.ndjson");
        fs::write(&file, lines.join("\n")).unwrap();
        self.import(&file, more)
    }

    /// Every view of a kind at an instant.
    fn views(&self, kind: &str) -> Vec<Value> {
        let arguments = ["list", kind, "--format", "ndjson", "--at", AT];
        run_on(&self.data(), arguments)
            .ended(0)
            .output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn view(&self, kind: &str, key: &str, id: &str) -> Value {
        self.views(kind)
            .into_iter()
            .find(|view| view[key] == id)
            .unwrap_or_else(|| panic!("{kind} {id}"))
    }

    /// The events of a stream, by type.
    fn event_types(&self, stream: &str) -> Vec<String> {
        let arguments = ["history", stream, "--format", "json"];
        run_on(&self.data(), arguments)
            .ended(0)
            .output
            .lines()
            .map(|line| {
                let event: Value = serde_json::from_str(line).unwrap();
                event["type"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}

fn sample() -> PathBuf {
    workspace().join("tests/data/wechatpay/sample.ndjson")
}

fn expected() -> Vec<Value> {
    let file = workspace().join("tests/data/wechatpay/sample.expected.ndjson");
    fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn document(history: &[(&str, &str)]) -> Value {
    let items: Vec<Value> = history
        .iter()
        .enumerate()
        .map(|(number, (at, kind))| {
            json!({
                "log_id": format!("L{number}"), "operate_time": at, "operate_type": kind,
                "operate_details": "words",
            })
        })
        .collect();
    json!({
        "complaint": {
            "complaint_id": "C1", "complaint_time": "2026-03-01T10:00:00+08:00",
            "complaint_state": "PENDING", "complainted_mchid": "1900012181",
            "payer_openid": "oUser", "problem_type": "OTHERS",
            "complaint_order_info": [
                { "transaction_id": "4200", "out_trade_no": "T1", "amount": 900 }
            ],
        },
        "history": { "data": items, "total_count": items.len() },
    })
}

/// Where what is expected is not there, with the place.
fn missing(place: &str, expected: &Value, seen: &Value, found: &mut Vec<String>) {
    match (expected, seen) {
        (Value::Object(expected), Value::Object(seen)) => {
            for (key, value) in expected {
                let place = format!("{place}.{key}");
                missing(&place, value, seen.get(key).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(expected), Value::Array(seen)) if expected.len() == seen.len() => {
            for (index, (expected, seen)) in expected.iter().zip(seen).enumerate() {
                missing(&format!("{place}[{index}]"), expected, seen, found);
            }
        }
        _ if expected == seen => {}
        _ => found.push(format!("{place}: expected {expected}, seen {seen}")),
    }
}

#[test]
fn the_sample_becomes_what_an_independent_implementation_says_of_it() {
    let store = Store::new();
    let ran = store.import(&sample(), &["--at", AT]).ended(0).json();
    assert_eq!(ran["documents"], json!(60));
    assert_eq!(ran["notes"]["SOME_NEW_TYPE_2027"], json!(5));
    assert_eq!(ran["problems"], json!([]));

    let complaints = store.views("complaints");
    let merchants = store.views("merchants");
    let mut found = Vec::new();
    let mut compared = 0;
    for mut expected in expected() {
        let view = expected.as_object_mut().unwrap().remove("view").unwrap();
        let (views, key) = match view.as_str() {
            Some("complaint") => (&complaints, "complaint_id"),
            _ => (&merchants, "merchant_id"),
        };
        let mut seen = views
            .iter()
            .find(|view| view[key] == expected[key])
            .unwrap_or_else(|| panic!("{}", expected[key]))
            .clone();
        seen["refunded_fen"] = seen["remedy"]["refunded_fen"].clone();
        seen["metrics"] = seen["standing"]["metrics"].clone();
        let place = expected[key].as_str().unwrap().to_owned();
        missing(&place, &expected, &seen, &mut found);
        compared += 1;
    }
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(compared, 65);
    run_on(&store.data(), ["projection", "verify"]).ended(0);
}

#[test]
fn the_same_files_again_change_nothing() {
    let store = Store::new();
    let first = store.import(&sample(), &["--at", AT]).ended(0).json();
    let again = store.import(&sample(), &["--at", AT]).ended(0).json();
    assert_eq!(again["events"], json!(0));
    assert_eq!(again["unchanged"], json!(true));
    assert_eq!(again["known"], again["acts"]);
    assert_eq!(again["differences"], first["differences"]);
}

#[test]
fn an_import_enacts_nothing_unless_it_is_told_to() {
    let measures = |store: &Store| -> Vec<(String, String)> {
        let mut found = Vec::new();
        for merchant in store.views("merchants") {
            for measure in merchant["measures"].as_array().unwrap() {
                let text = |key: &str| measure[key].as_str().unwrap().to_owned();
                found.push((text("kind"), text("status")));
            }
        }
        found
    };
    let store = Store::new();
    store.import(&sample(), &["--at", AT]).ended(0);
    let quiet = measures(&store);
    assert!(quiet.iter().any(|(kind, _)| kind == "rectification"));
    assert!(quiet.iter().all(|(_, status)| status != "in_force"));
    let told = run_on(&store.data(), ["history", "--all", "--format", "json"]);
    assert!(!told.ended(0).output.contains("NoticeIssued"));

    let store = Store::new();
    store.import(&sample(), &["--at", AT, "--enact"]).ended(0);
    let enacted = measures(&store);
    let in_force = |(_, status): &&(String, String)| status == "in_force";
    assert!(enacted.iter().find(in_force).is_some(), "{enacted:?}");
    let told = run_on(&store.data(), ["history", "--all", "--format", "json"]);
    assert!(told.ended(0).output.contains("NoticeIssued"));
}

#[test]
fn misses_before_the_cutover_are_shown_and_carry_no_liability() {
    let story = [document(&[(
        "2026-03-05T10:00:00+08:00",
        "MERCHANT_RESPONSE",
    )])];
    let metrics = |store: &Store| {
        store.view("merchants", "merchant_id", "1900012181")["standing"]["metrics"].clone()
    };
    let without = Store::new();
    without.import_documents(&story, &["--at", AT]).ended(0);
    assert_eq!(metrics(&without)["liable_rounds"], json!(1));

    let with = Store::new();
    let cutover = ["--at", AT, "--cutover", "2026-03-19T00:00:00+08:00"];
    with.import_documents(&story, &cutover).ended(0);
    assert_eq!(metrics(&with)["liable_rounds"], json!(0));
    let case = with.view("complaints", "complaint_id", "C1");
    assert_eq!(case["clocks"]["first_reply"]["status"], json!("met_late"));
    assert_eq!(case["clocks"]["resolution"]["breached"], json!(true));
}

#[test]
fn what_the_rules_refuse_is_kept_as_a_note_once() {
    let story = [document(&[
        ("2026-03-01T11:00:00+08:00", "USER_REVOKE_COMPLAINT"),
        ("2026-03-01T12:00:00+08:00", "USER_RESPONSE"),
    ])];
    let store = Store::new();
    let ran = store.import_documents(&story, &[]).ended(0).json();
    assert_eq!(ran["refused"], json!({ "withdrawn": 1 }));
    let kept = |store: &Store| {
        let types = store.event_types("complaint-C1");
        types.iter().filter(|name| *name == "NoteKept").count()
    };
    assert_eq!(kept(&store), 1);
    let again = store.import_documents(&story, &[]).ended(0).json();
    assert_eq!(again["unchanged"], json!(true));
    assert_eq!(kept(&store), 1);
}

#[test]
fn a_history_that_grew_adds_what_is_new() {
    let acts = [
        ("2026-03-01T11:00:00+08:00", "MERCHANT_RESPONSE"),
        ("2026-03-02T11:00:00+08:00", "MERCHANT_CONFIRM_COMPLETE"),
        ("2026-03-03T11:00:00+08:00", "USER_CONTINUE_COMPLAINT"),
    ];
    let store = Store::new();
    let first = store.import_documents(&[document(&acts[..1])], &[]);
    assert_eq!(
        first.ended(0).json()["reached"],
        json!("2026-03-01T11:00:00.000+08:00")
    );
    let grown = store
        .import_documents(&[document(&acts)], &[])
        .ended(0)
        .json();
    assert_eq!(
        grown["accepted"],
        json!({ "complaint.complete": 1, "complaint.continue": 1 })
    );
    let case = store.view("complaints", "complaint_id", "C1");
    assert_eq!(case["round"], json!(2));
    assert_eq!(
        case["rounds"][1]["opened_at"],
        json!("2026-03-03T11:00:00.000+08:00")
    );
}

#[test]
fn the_platforms_assistance_is_a_message_where_the_edition_knows_no_pause() {
    let story = [document(&[(
        "2026-03-01T11:00:00+08:00",
        "USER_APPLY_PLATFORM_SERVICE",
    )])];
    let store = Store::new();
    let ran = store.import_documents(&story, &[]).ended(0).json();
    assert_eq!(ran["accepted"]["complaint.message"], json!(1));
    assert_eq!(ran["refused"], json!({}));
}

#[test]
fn differences_are_listed_and_nothing_is_overwritten() {
    let mut theirs = document(&[("2026-03-01T11:00:00+08:00", "MERCHANT_RESPONSE")]);
    theirs["complaint"]["user_complaint_times"] = json!(3);
    let store = Store::new();
    let ran = store.import_documents(&[theirs], &[]).ended(0).json();
    assert_eq!(
        ran["differences"],
        json!([
            { "complaint_id": "C1", "field": "user_complaint_times", "document": "3", "here": "1" },
            { "complaint_id": "C1", "field": "complaint_state", "document": "PENDING",
              "here": "PROCESSING" },
        ])
    );
    let case = store.view("complaints", "complaint_id", "C1");
    assert_eq!(case["user_complaint_times"], json!(1));
}

#[test]
fn what_cannot_be_read_is_named_and_stops_nothing_else() {
    let store = Store::new();
    let file = store.folder.path().join("mixed.ndjson");
    fs::write(&file, format!("not json\n{}\n", document(&[]))).unwrap();
    let ran = store.import(&file, &[]).ended(1).json();
    let problems = ran["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0]
            .as_str()
            .unwrap()
            .contains("mixed.ndjson, line 1: not JSON")
    );
    assert_eq!(ran["accepted"]["complaint.file"], json!(1));

    let nothing = store.import(&store.folder.path().join("none.json"), &[]);
    assert!(nothing.ended(1).errors.contains("none.json"));
    store
        .import(&file, &["--at", "2026-03-20T00:00:00"])
        .ended(2);
}
