//! The command line asks a running service what it asks a store, and shows the same.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use redress_tests::{Ran, redress, run_on};
use serde_json::json;
use tempfile::TempDir;

use crate::stand::{Server, file, register};

fn run_at(url: &str, arguments: &[&str]) -> Ran {
    Ran::of(
        Command::new(redress())
            .args(["--server", url])
            .args(arguments)
            .env_remove("REDRESS_DATA")
            .env_remove("REDRESS_TOKEN"),
    )
}

/// A store with a market of the past in it.
fn market(directory: &Path) {
    let generated = [
        "generate",
        "--complaints",
        "60",
        "--merchants",
        "4",
        "--seed",
        "7",
    ];
    let feed = Ran::of(Command::new(redress()).args(generated))
        .ended(0)
        .output;
    let path = directory.join("feed.ndjson");
    fs::write(&path, feed).unwrap();
    let data = directory.join("data");
    run_on(&data, ["append", path.to_str().unwrap()]).ended(0);
}

#[test]
fn every_query_shows_the_same_with_a_service_as_with_its_store() {
    let directory = TempDir::new().unwrap();
    market(directory.path());
    let data = directory.path().join("data");
    let listed = run_on(&data, ["list", "complaints", "--format", "ndjson"]).ended(0);
    let complaint: serde_json::Value =
        serde_json::from_str(listed.output.lines().next().unwrap()).unwrap();
    let id = complaint["complaint_id"].as_str().unwrap().to_owned();
    let merchant = complaint["merchant_id"].as_str().unwrap().to_owned();
    let stream = format!("complaint-{id}");
    let at = ["--at", "2026-09-01T12:00:00+08:00"];
    let mut asked: Vec<Vec<&str>> = Vec::new();
    for query in [
        vec!["complaint", id.as_str()],
        vec!["merchant", &merchant],
        vec!["complaint", "nothing"],
        vec!["agreement", "nothing"],
        vec!["intermediary", "nothing"],
        vec!["queue"],
        vec!["queue", "--view", "breached", "--limit", "3"],
        vec!["repeats", "--merchant", &merchant],
        vec!["sla"],
        vec!["gate", "--merchant", &merchant, "--action", "sign"],
        vec!["gate", "--merchant", "nobody", "--action", "debit"],
        vec!["gate", "--merchant", &merchant, "--action", "fly"],
        vec!["queue", "--due-within", "soon"],
        vec!["explain", "complaint", &id],
        vec!["explain", "complaint", &id, "--clock", "resolution"],
        vec!["explain", "merchant", &merchant],
        vec!["explain", "merchant", "nobody"],
        vec!["complaint", &id, "--as-of", "30"],
        vec!["complaint", &id, "--as-of", "1"],
        vec!["complaint", &id, "--as-of", "99999999"],
    ] {
        for format in ["table", "json"] {
            asked.push([query.as_slice(), &at, &["--format", format]].concat());
        }
    }
    for format in ["table", "ndjson"] {
        let format = ["--format", format];
        for kind in ["complaints", "merchants", "agreements", "intermediaries"] {
            asked.push([&["list", kind], at.as_slice(), &format].concat());
        }
        let state = ["list", "complaints", "--where", "state=processed"];
        asked.push([state.as_slice(), &at, &format].concat());
        let wrong = ["list", "merchants", "--where", "colour=red"];
        asked.push([wrong.as_slice(), &at, &format].concat());
    }
    for format in ["table", "json", "cloudevents"] {
        for range in [
            vec!["history", "--all", "--to", "40"],
            vec!["history", stream.as_str()],
            vec!["history", &stream, "--from", "5", "--as-of", "90"],
            vec!["history", "--all", "--as-of", "2026-05-02T00:00:00+08:00"],
            vec!["history", "--all", "--as-of", "99999999"],
            vec!["history", "complaint-nothing"],
        ] {
            asked.push([range.as_slice(), &["--format", format]].concat());
        }
    }
    let server = Server::start_on(&data, &[], &[]);
    let from_service: Vec<Ran> = asked.iter().map(|one| run_at(&server.url, one)).collect();
    assert_eq!(server.stop(), 0);
    let mut shown = 0;
    for (arguments, from_service) in asked.iter().zip(from_service) {
        let from_store = run_on(&data, arguments);
        assert_eq!(from_service.output, from_store.output, "{arguments:?}");
        assert_eq!(from_service.errors, from_store.errors, "{arguments:?}");
        assert_eq!(from_service.code, from_store.code, "{arguments:?}");
        shown += usize::from(from_store.code == 0);
    }
    assert!(shown >= 40, "{shown} of {}", asked.len());
}

#[test]
fn a_feed_is_answered_line_by_line_as_by_a_store() {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let mut lines = vec![register("M1").to_string(), String::new()];
    // Each of another user, or all of them would be related to each other.
    lines.extend((0..3_000).map(|number| {
        let filed = file(&format!("C{number}"), "M1").to_string();
        filed.replace("\"U1\"", &format!("\"U{number}\""))
    }));
    lines.push("not a command".to_owned());
    lines
        .push(json!({ "type": "complaint.fly", "by": { "role": "user", "id": "U1" } }).to_string());
    lines.push(file("C1", "M9").to_string());
    lines.push(String::new());
    lines.push(file("C9999", "M9").to_string());
    let mut feed = lines.join("\n").into_bytes();
    feed.extend_from_slice(b"\n\xff\xfe\n");
    let feed_path = path("feed");
    fs::write(&feed_path, feed).unwrap();
    let server = Server::start();
    let run = |place: &str, name: &str| {
        let (answers, rejects) = (path(&format!("{name}-answers")), path("rejects"));
        let arguments = [
            "append",
            &feed_path,
            "--answers",
            &answers,
            "--rejects",
            &rejects,
            "--format",
            "json",
        ];
        let ran = match place {
            "" => run_on(&directory.path().join("data"), arguments),
            url => run_at(url, &arguments),
        };
        (
            ran,
            fs::read_to_string(answers).unwrap(),
            fs::read(rejects).unwrap(),
        )
    };
    let (by_service, service_answers, service_rejects) = run(&server.url, "service");
    let (by_store, store_answers, store_rejects) = run("", "store");
    assert_eq!(by_service.output, by_store.output, "{}", by_service.errors);
    assert_eq!(by_service.code, by_store.code);
    assert_eq!(service_answers.lines().count(), 3_006);
    for (one, other) in service_answers.lines().zip(store_answers.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(service_rejects, store_rejects);
    let (again, ..) = run(&server.url, "again");
    assert_eq!(again.json()["replayed"], 3_001);
    assert_eq!(again.json()["unchanged"], true);
}

#[test]
fn exit_codes_are_those_of_a_store() {
    let server = Server::start();
    let directory = TempDir::new().unwrap();
    let one = |command: serde_json::Value| {
        let path = directory.path().join("one");
        fs::write(&path, command.to_string()).unwrap();
        run_at(&server.url, &["append", path.to_str().unwrap()]).code
    };
    assert_eq!(one(register("M1")), 0);
    assert_eq!(one(file("C1", "M1")), 0);
    assert_eq!(one(file("C2", "M9")), 3);
    let mut conflict = file("C3", "M1");
    conflict["expected_version"] = 7.into();
    assert_eq!(one(conflict), 4);
    assert_eq!(one(json!({ "type": "complaint.fly" })), 1);
    for (arguments, code) in [
        (vec!["complaint", "C1"], 0),
        (vec!["complaint", "C9"], 1),
        (vec!["queue", "--view", "breached", "--due-within", "x"], 2),
        (vec!["erase", "U1", "--reason", " "], 3),
        (vec!["append", "/dev/null", "--dry-run"], 2),
        (vec!["history", "--all", "--unseal"], 2),
        (vec!["log", "verify"], 2),
        (vec!["restore", "x"], 2),
        (vec!["serve"], 2),
    ] {
        let ran = run_at(&server.url, &arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.errors);
        assert!(code != 2 || !ran.errors.is_empty());
    }
    let nobody = run_at("http://127.0.0.1:1", &["queue"]).ended(1);
    assert!(
        nobody.errors.contains("http://127.0.0.1:1"),
        "{}",
        nobody.errors
    );
    run_at("ftp://example", &["queue"]).ended(2);
    let told = run_at(&server.url, &["log", "verify"]).errors;
    assert!(told.contains("leave out --server"), "{told}");
}

#[test]
fn an_erasure_read_models_and_backups_are_asked_of_the_service() {
    let directory = TempDir::new().unwrap();
    let folder = directory.path().join("backups");
    let folder_text = folder.to_str().unwrap();
    let server = Server::start_with(&[], &[("REDRESS_SERVE_BACKUPS", folder_text)]);
    assert_eq!(server.command(&register("M1")).status, 201);
    assert_eq!(server.command(&file("C1", "M1")).status, 201);
    let ask = |arguments: &[&str]| run_at(&server.url, arguments);
    let erased = ask(&["erase", "U1", "--reason", "asked for", "--format", "json"]);
    let erased = erased.ended(0).json();
    assert_eq!(erased["keys"], json!([0]));
    assert_eq!(erased["streams"], json!(["complaint-C1"]));

    let listed = ask(&["projection", "list", "--format", "json"])
        .ended(0)
        .json();
    let names = listed["projections"].as_array().unwrap().len();
    assert!(names > 4, "{listed}");
    let verified = ask(&["projection", "verify", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(verified["differing"], 0);
    let rebuilt = ask(&["projection", "rebuild", "cases", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(
        rebuilt["projections"][0]["outcome"], "replaced",
        "{rebuilt}"
    );
    let page = ask(&["projection", "rebuild"]).ended(0).output;
    assert!(page.contains("Built anew from position 1"), "{page}");
    let back = ask(&["projection", "rollback", "cases", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(back["projections"][0]["name"], "cases");
    let unknown = ask(&["projection", "rebuild", "nothing"]).ended(2);
    assert!(
        unknown
            .errors
            .contains("there is no projection named `nothing`")
    );

    let backed_up = ask(&["backup", "today", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(backed_up["position"], erased["position"]);
    let copy = folder.join("today");
    let verify = ["backup", "verify", copy.to_str().unwrap()];
    run_on(directory.path(), verify).ended(0);
    for outside in ["../elsewhere", "/tmp/elsewhere"] {
        ask(&["backup", outside]).ended(2);
    }
    // Without a folder for them there are none.
    let other = Server::start();
    run_at(&other.url, &["backup", "today"]).ended(3);
}

#[test]
fn following_goes_on_through_a_restart() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let server = Server::start_on(&data, &[], &[]);
    let address = server.url.trim_start_matches("http://").to_owned();
    assert_eq!(server.command(&register("M1")).status, 201);
    let mut following = Command::new(redress())
        .args([
            "--server",
            &server.url,
            "history",
            "--all",
            "--follow",
            "--format",
            "json",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(following.stdout.take().unwrap());
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let event: serde_json::Value = serde_json::from_str(&line).unwrap();
            let _ = sender.send(event["position"].as_u64().unwrap());
        }
    });
    let next = || lines.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(next(), 1);
    let filed = server.command(&file("C1", "M1")).json()["position"]
        .as_u64()
        .unwrap();
    let mut expected = 2;
    while expected <= filed {
        assert_eq!(next(), expected);
        expected += 1;
    }
    assert_eq!(server.stop(), 0);
    let server = Server::start_on(&data, &["--listen", &address], &[]);
    let filed = server.command(&file("C2", "M1")).json()["position"]
        .as_u64()
        .unwrap();
    while expected <= filed {
        assert_eq!(next(), expected, "every event once, in order");
        expected += 1;
    }
    following.kill().unwrap();
    following.wait().unwrap();
}
