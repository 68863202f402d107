//! Every answer that a command can get.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stand::{Answered, Server, file, instant_in, register};

const KEY: &str = "0195a3c2-7b1e-7c51-9d1e-2f6b1a0c0d01";

fn expect_problem(answered: &Answered, status: u16, code: &str) -> Value {
    assert_eq!(answered.status, status, "{}", answered.text);
    assert_eq!(
        answered.header("content-type"),
        Some("application/problem+json")
    );
    let problem = answered.json();
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("/problems/{code}"));
    for member in ["title", "detail"] {
        assert!(!problem[member].as_str().unwrap().is_empty(), "{problem}");
    }
    for member in ["clause", "retryable", "outcome"] {
        assert!(problem.get(member).is_some(), "{problem}");
    }
    problem
}

#[test]
fn a_command_is_accepted_and_its_repeat_is_told_so() {
    let server = Server::start();
    assert_eq!(server.command(&register("M1")).status, 201);
    let first = server.command_with(&file("C1", "M1"), &[("idempotency-key", KEY)]);
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(first.header("etag"), Some("\"1\""));
    assert_eq!(first.header("idempotency-key"), Some(KEY));
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(
        first.json(),
        json!({ "outcome": "accepted", "stream": "complaint-C1", "version": 1, "position": 3,
            "events": ["ComplaintFiled", "RoundOpened"], "replayed": false })
    );
    let again = server.command_with(&file("C1", "M1"), &[("idempotency-key", KEY)]);
    assert_eq!(again.status, 200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("etag"), Some("\"1\""));
    assert_eq!(again.json()["replayed"], true);
    let other = server.command_with(&file("C2", "M1"), &[("idempotency-key", KEY)]);
    let problem = expect_problem(&other, 409, "command_id_reused");
    assert_eq!(problem["outcome"], "not_stored");
    // The id may stand in the document as well, as long as it is the same.
    let mut document = file("C1", "M1");
    document["id"] = KEY.into();
    assert_eq!(server.command(&document).status, 200);
    let differs = server.command_with(
        &document,
        &[("idempotency-key", "0195a3c2-7b1e-7c51-9d1e-2f6b1a0c0d02")],
    );
    expect_problem(&differs, 400, "field_invalid");
    assert_eq!(server.stop(), 0);
}

#[test]
fn refusals_have_the_status_of_their_kind() {
    let server = Server::start();
    server.command(&register("M1"));
    server.command(&file("C1", "M1"));
    let refused = server.command(&json!({
        "type": "complaint.reject_refund",
        "by": { "role": "merchant", "id": "M1" },
        "data": { "complaint_id": "C1", "reason": "no record of the return", "evidence": [] },
    }));
    let problem = expect_problem(&refused, 422, "evidence_missing");
    assert_eq!(problem["clause"], "3(1).1.1");
    assert_eq!(problem["retryable"], false);
    // What a command names and nobody knows is a refusal too; only a place is not found.
    expect_problem(&server.command(&file("C2", "M9")), 422, "merchant_unknown");
    let by = |role: &str, id: &str| {
        json!({
            "type": "complaint.respond",
            "by": { "role": role, "id": id },
            "data": { "complaint_id": "C1", "text": "we look into it" },
        })
    };
    expect_problem(&server.command(&by("user", "U1")), 403, "role_not_allowed");
    server.command(&register("M2"));
    expect_problem(&server.command(&by("merchant", "M2")), 403, "not_your_case");
    expect_problem(
        &server.command(&by("engine", "x")),
        403,
        "identity_mismatch",
    );
    let stale = server.command_with(&by("merchant", "M1"), &[("if-match", "\"0\"")]);
    let problem = expect_problem(&stale, 412, "version_conflict");
    assert_eq!(problem["actual_version"], 1);
    let known = server.command_with(&file("C1", "M1"), &[("if-none-match", "*")]);
    expect_problem(&known, 412, "version_conflict");
    let fits = server.command_with(&by("merchant", "M1"), &[("if-match", "\"1\"")]);
    assert_eq!(fits.status, 201, "{}", fits.text);
    assert_eq!(fits.header("etag"), Some("\"2\""));
}

#[test]
fn what_is_no_command_is_told_with_its_place() {
    let server = Server::start();
    let json = [("content-type", "application/json")];
    let post = |body: &[u8]| server.post("/v1/commands", &json, body);
    expect_problem(&post(b"{"), 400, "field_invalid");
    expect_problem(&post(b""), 400, "field_invalid");
    expect_problem(&post(b"[]"), 400, "field_invalid");
    expect_problem(
        &post(b"{\"type\":\"complaint.file\",\"type\":\"x\"}"),
        400,
        "field_invalid",
    );
    let mut document = file("C1", "M1");
    document["data"]["orders"][0]["amount"] = 1.into();
    let problem = expect_problem(&server.command(&document), 400, "field_unknown");
    assert_eq!(problem["field"], "data.orders[0].amount");
    let mut document = file("C1", "M1");
    document["occurred_at"] = "2026-03-20T14:00:00".into();
    expect_problem(&server.command(&document), 400, "timestamp_without_offset");
    let mut document = file("C1", "M1");
    document["data"]
        .as_object_mut()
        .unwrap()
        .remove("merchant_id");
    expect_problem(&server.command(&document), 400, "field_missing");
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let problem = expect_problem(&post(deep.as_bytes()), 400, "field_invalid");
    assert!(
        problem["detail"].as_str().unwrap().contains("deeper"),
        "{problem}"
    );
    let long = vec![b' '; 1024 * 1024 + 1];
    expect_problem(&post(&long), 413, "too_large");
    let xml = server.post("/v1/commands", &[("content-type", "text/xml")], b"<a/>");
    expect_problem(&xml, 415, "unsupported_media_type");
    for (name, value) in [
        ("idempotency-key", "not-a-uuid"),
        ("if-match", "4"),
        ("if-none-match", "\"4\""),
    ] {
        let answered = server.command_with(&register("M1"), &[(name, value)]);
        expect_problem(&answered, 400, "field_invalid");
    }
    expect_problem(&server.get("/v1/nothing"), 404, "not_found");
    expect_problem(&server.get("/v1/complaints/C9"), 404, "not_found");
    expect_problem(&server.get("/v1/commands"), 405, "method_not_allowed");
    // None of these left anything behind.
    assert_eq!(server.get("/readyz").json()["position"], 0);
}

#[test]
fn a_feed_is_answered_line_by_line_in_order() {
    let server = Server::start();
    let mut feed = String::new();
    for number in 0..50 {
        feed.push_str(&register(&format!("M{number}")).to_string());
        feed.push_str(if number % 2 == 0 { "\n" } else { "\r\n" });
    }
    feed.push_str("\nnot a command\n");
    // No line end after the last.
    feed.push_str(&register("M0").to_string());
    let ndjson = [("content-type", "application/x-ndjson")];
    let answered = server.post("/v1/commands", &ndjson, feed.as_bytes());
    assert_eq!(answered.status, 200);
    assert_eq!(
        answered.header("content-type"),
        Some("application/x-ndjson")
    );
    let lines: Vec<Value> = answered
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 52);
    for (place, line) in lines.iter().take(50).enumerate() {
        assert_eq!(line["line"], place + 1);
        assert_eq!(line["outcome"], "accepted", "{line}");
        assert_eq!(line["position"], place + 1);
    }
    assert_eq!(lines[50]["outcome"], "malformed");
    assert_eq!(lines[50]["line"], 52);
    assert_eq!(lines[50]["code"], "field_invalid");
    // The same line a second time has another id, so it is decided anew.
    assert_eq!(lines[51]["code"], "merchant_exists");
    let again = server.post("/v1/commands", &ndjson, feed.as_bytes());
    let replayed = again
        .text
        .lines()
        .filter(|line| line.contains("\"replayed\":true"));
    assert_eq!(replayed.count(), 50);
    assert_eq!(server.get("/readyz").json()["position"], 50);
}

#[test]
fn a_line_that_is_too_long_is_told_so_and_the_feed_goes_on() {
    let server = Server::start();
    let long = "x".repeat(3 * 1024 * 1024);
    let feed = format!("{}\n{long}\n{}\n{long}", register("M1"), register("M2"));
    let ndjson = [("content-type", "application/x-ndjson")];
    let answered = server.post("/v1/commands", &ndjson, feed.as_bytes());
    let told: Vec<(u64, String, Value)> = answered
        .text
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let outcome = line["outcome"].as_str().unwrap().to_owned();
            (
                line["line"].as_u64().unwrap(),
                outcome,
                line["code"].clone(),
            )
        })
        .collect();
    let accepted = |number| (number, "accepted".to_owned(), Value::Null);
    let too_long = |number| (number, "malformed".to_owned(), "too_large".into());
    assert_eq!(
        told,
        [accepted(1), too_long(2), accepted(3), too_long(4)],
        "{}",
        answered.text
    );
}

#[test]
fn nobody_records_in_the_future() {
    let server = Server::start();
    let mut document = register("M1");
    document["recorded_at"] = instant_in(60_000).into();
    let problem = expect_problem(&server.command(&document), 400, "field_invalid");
    assert!(problem["detail"].as_str().unwrap().contains("future"));
    document["recorded_at"] = instant_in(-60_000).into();
    assert_eq!(server.command(&document).status, 201);
}

/// A feed of the past drives the clock: its deadlines fall where the feed has come to, and not
/// today, though days pass between its lines.
#[test]
fn a_feed_that_tells_of_the_past_is_taken_whole() {
    let server = Server::start();
    let mut feed = String::new();
    for (days_ago, mut document) in [(20, register("M1")), (19, file("C1", "M1"))] {
        document["recorded_at"] = instant_in(-days_ago * 86_400_000).into();
        feed.push_str(&format!("{document}\n"));
    }
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let mut last = register("M2");
    last["recorded_at"] = instant_in(-10 * 86_400_000).into();
    let last = format!("{last}\n");
    let head = format!(
        "POST /v1/commands HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
        feed.len() + last.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(feed.as_bytes()).unwrap();
    // The clock would have looked for deadlines several times by now.
    std::thread::sleep(Duration::from_millis(900));
    stream.write_all(last.as_bytes()).unwrap();
    let mut answered = String::new();
    stream.read_to_string(&mut answered).unwrap();
    assert_eq!(answered.matches("\"accepted\"").count(), 3, "{answered}");
    // When the feed has ended, time goes on to today.
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(server.command(&register("M3")).status, 201);
}

#[test]
fn a_stop_ends_a_feed_that_waits_with_a_line_that_says_so() {
    let server = Server::start();
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let line = format!("{}\n", register("M1"));
    let head = format!(
        "POST /v1/commands HTTP/1.1\r\nhost: {address}\r\n\
         content-type: application/x-ndjson\r\ncontent-length: 100000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(line.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    assert_eq!(server.stop(), 0);
    assert!(begun.elapsed() < Duration::from_secs(8));
    let mut answered = String::new();
    let _ = stream.read_to_string(&mut answered);
    assert!(answered.contains("\"accepted\""), "{answered}");
    assert!(answered.contains("\"stopping\""), "{answered}");
}
