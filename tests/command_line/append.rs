//! `redress append`: what becomes of the lines of a feed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use redress_tests::{Ran, redress, run_on};
use serde_json::{Value, json};

struct Store {
    folder: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Feeds lines from a file, with more arguments, and the summary as JSON.
    fn feed(&self, lines: &[String], more: &[&str]) -> Ran {
        let file = self.path("feed.ndjson");
        fs::write(&file, lines.join("\n")).unwrap();
        let mut arguments = vec!["append", file.to_str().unwrap(), "--format", "json"];
        arguments.extend(more);
        run_on(&self.path("data"), arguments)
    }
}

fn line(role: &str, id: &str, kind: &str, data: Value) -> String {
    command(role, id, kind, data).to_string()
}

fn command(role: &str, id: &str, kind: &str, data: Value) -> Value {
    json!({
        "type": kind, "recorded_at": "2026-03-20T14:00:00+08:00",
        "by": { "role": role, "id": id }, "data": data,
    })
}

fn register() -> String {
    let data = json!({
        "merchant_id": "M1", "kind": "direct", "industry": "general", "name": "Example",
    });
    line("service", "onboarding", "merchant.register", data)
}

fn file(id: &str) -> String {
    let data = json!({
        "complaint_id": id, "merchant_id": "M1", "user_ref": "U1", "problem": "other",
        "channel": "self_service", "orders": [{ "order_id": "O1", "amount_fen": 900 }],
        "description": "the door stayed shut",
    });
    line("user", "U1", "complaint.file", data)
}

fn message(text: &str) -> String {
    let data = json!({ "complaint_id": "C1", "text": text });
    line("user", "U1", "complaint.message", data)
}

fn reject() -> String {
    let data = json!({ "complaint_id": "C1", "reason": "no", "evidence": [] });
    line("merchant", "M1", "complaint.reject_refund", data)
}

/// Lines, accepted, refused, replayed, malformed.
fn counts(summary: &Value) -> [u64; 5] {
    ["lines", "accepted", "refused", "replayed", "malformed"]
        .map(|key| summary[key].as_u64().unwrap())
}

/// Every file below a folder with its bytes.
fn bytes_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.push((path, bytes));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_same_feed_again_changes_nothing_and_another_one_is_another() {
    let store = Store::new();
    // Two lines with the same bytes are two messages.
    let feed = [
        register(),
        file("C1"),
        message("hello"),
        message("hello"),
        reject(),
    ];
    let first = store.feed(&feed, &[]).ended(0).json();
    assert_eq!(counts(&first), [5, 4, 1, 0, 0]);
    assert_eq!(first["refused_by_code"], json!({ "evidence_missing": 1 }));
    assert_eq!(first["unchanged"], json!(false));

    let again = store.feed(&feed, &[]).ended(0).json();
    assert_eq!(counts(&again), [5, 0, 1, 4, 0]);
    assert_eq!(again["unchanged"], json!(true));
    let said = run_on(
        &store.path("data"),
        ["append", store.path("feed.ndjson").to_str().unwrap()],
    );
    assert!(
        said.ended(0).output.contains("nothing has changed"),
        "the summary for people says so, too"
    );

    let other = store.feed(&[message("hello"), message("hello!")], &[]);
    assert_eq!(counts(&other.ended(0).json()), [2, 1, 0, 1, 0]);
}

#[test]
fn a_line_that_is_not_a_command_stops_nothing() {
    let store = Store::new();
    let rejects = store.path("rejects.ndjson");
    let unknown_key = message("hi").replace("\"text\"", "\"txet\"");
    let mut bytes = format!("{}\r\n\nnot json\n{unknown_key}\n", register()).into_bytes();
    bytes.extend(b"{\"x\": \"\xff\"}\n");
    bytes.extend(file("C1").as_bytes());
    let feed = store.path("feed.ndjson");
    fs::write(&feed, &bytes).unwrap();

    let arguments = [
        "append",
        feed.to_str().unwrap(),
        "--rejects",
        rejects.to_str().unwrap(),
        "--format",
        "json",
    ];
    let ran = run_on(&store.path("data"), arguments).ended(1);
    assert_eq!(counts(&ran.json()), [5, 2, 0, 0, 3]);
    assert!(ran.errors.contains("line 3 is not a command: not a JSON"));
    assert!(ran.errors.contains("line 4 is not a command: data.txet"));
    assert!(
        ran.errors
            .contains("line 5 is not a command: invalid UTF-8 after byte 7")
    );
    let mut expected = format!("not json\n{unknown_key}\n").into_bytes();
    expected.extend(b"{\"x\": \"\xff\"}\n");
    assert_eq!(fs::read(&rejects).unwrap(), expected);
}

#[test]
fn many_lines_that_are_not_commands_are_counted_and_not_all_told() {
    let store = Store::new();
    let ran = store.feed(&vec!["x".to_owned(); 40], &[]).ended(1);
    assert_eq!(counts(&ran.json()), [40, 0, 0, 0, 40]);
    assert_eq!(ran.errors.matches("is not a command").count(), 10);
    assert!(ran.errors.contains("30 more lines are not commands"));
}

#[test]
fn no_file_of_rejects_is_made_for_nothing_and_the_feed_is_never_written_over() {
    let store = Store::new();
    let rejects = store.path("rejects.ndjson");
    let arguments = ["--rejects", rejects.to_str().unwrap()];
    store.feed(&[register()], &arguments).ended(0);
    assert!(!rejects.exists());

    for option in ["--rejects", "--answers"] {
        let feed = store.path("feed.ndjson");
        store
            .feed(&[register()], &[option, feed.to_str().unwrap()])
            .ended(2);
        assert_eq!(fs::read_to_string(feed).unwrap(), register());
    }
}

#[test]
fn a_feed_of_one_command_answers_by_its_exit_code() {
    let store = Store::new();
    store.feed(&[register()], &[]).ended(0);
    store.feed(&[file("C1")], &[]).ended(0);
    store.feed(&[reject()], &[]).ended(3);
    let mut conflict: Value = serde_json::from_str(&message("hello")).unwrap();
    conflict["expected_version"] = json!(7);
    store.feed(&[conflict.to_string()], &[]).ended(4);
    store.feed(&["{}".to_owned()], &[]).ended(1);
    store.feed(&[], &[]).ended(0);
    let missing = run_on(&store.path("data"), ["append", "/nowhere/at/all"]);
    assert!(missing.ended(1).errors.contains("/nowhere/at/all"));
}

#[test]
fn answers_come_in_the_order_of_the_feed() {
    let store = Store::new();
    let feed = [register(), "x".to_owned(), file("C1"), reject()];
    let ran = store.feed(&feed, &["--answers", "-"]).ended(1);
    let answers: Vec<Value> = ran
        .output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let outcomes: Vec<(&Value, &str)> = answers
        .iter()
        .map(|answer| (&answer["line"], answer["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(
        outcomes,
        [
            (&json!(1), "accepted"),
            (&json!(2), "malformed"),
            (&json!(3), "accepted"),
            (&json!(4), "refused"),
        ]
    );
    assert_eq!(answers[2]["stream"], json!("complaint-C1"));
    assert_eq!(
        answers[2]["events"],
        json!(["ComplaintFiled", "RoundOpened"])
    );
    assert_eq!(answers[3]["code"], json!("evidence_missing"));
    let summary = ran.errors.lines().find(|line| line.starts_with('{'));
    let summary: Value = serde_json::from_str(summary.unwrap()).unwrap();
    assert_eq!(counts(&summary), [4, 2, 1, 0, 1]);
}

#[test]
fn a_feed_comes_from_standard_input() {
    let store = Store::new();
    let mut child = Command::new(redress())
        .arg("--data")
        .arg(store.path("data"))
        .args(["append", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(format!("{}\n{}\n", register(), file("C1")).as_bytes())
        .unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counts(&summary), [2, 2, 0, 0, 0]);
}

#[test]
fn a_dry_run_decides_on_the_store_as_it_stands_and_writes_nothing() {
    let store = Store::new();
    let data = store.path("data");
    let known = [register(), file("C1")];
    store.feed(&known, &[]).ended(0);
    // What opening the store may still bring up is brought up.
    run_on(&data, ["log", "verify"]).ended(0);
    let log = |data: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        let mut all = bytes_below(data);
        all.retain(|(path, _)| {
            let path = path.to_string_lossy();
            path.contains("journal") || path.contains("vault") || path.contains("edition")
        });
        assert!(all.len() >= 3, "{all:?}");
        all
    };
    let before = log(&data);

    let mut reused: Value = serde_json::from_str(&message("one")).unwrap();
    reused["id"] = json!("00000000-0000-4000-8000-000000000001");
    let mut other = reused.clone();
    other["data"]["text"] = json!("another");
    let feed = [
        file("C1"),
        message("one"),
        file("C2"),
        reject(),
        reused.to_string(),
        other.to_string(),
    ];
    let ran = store.feed(&feed, &["--dry-run"]).ended(0).json();
    assert_eq!(counts(&ran), [6, 3, 2, 1, 0]);
    assert_eq!(
        ran["refused_by_code"],
        json!({ "command_id_reused": 1, "evidence_missing": 1 })
    );
    assert_eq!(ran["dry_run"], json!(true));
    assert_eq!(log(&data), before);

    let really = store.feed(&feed, &[]).ended(0).json();
    assert_eq!(counts(&really), [6, 3, 2, 1, 0]);
    assert_eq!(really["events"], ran["events"]);
    assert_ne!(log(&data), before);
}

#[test]
fn a_dry_run_without_a_store_makes_none() {
    let store = Store::new();
    let ran = store.feed(&[register(), file("C1")], &["--dry-run"]);
    assert_eq!(counts(&ran.ended(0).json()), [2, 2, 0, 0, 0]);
    assert!(!store.path("data").exists());
}
