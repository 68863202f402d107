//! Views: what they reflect, whether they are sent again, and what may be done.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stand::{Server, file, register};

fn position(answered: &crate::stand::Answered) -> u64 {
    let head = answered.header("redress-position");
    head.unwrap_or_else(|| panic!("no position: {answered:?}"))
        .parse()
        .unwrap()
}

fn server_with_a_case() -> Server {
    let server = Server::start();
    assert_eq!(server.command(&register("M1")).status, 201);
    assert_eq!(server.command(&file("C1", "M1")).status, 201);
    server
}

#[test]
fn every_answer_says_what_it_reflects() {
    let server = server_with_a_case();
    let last = server.command(&file("C2", "M1")).json()["position"]
        .as_u64()
        .unwrap();
    for path in [
        "/v1/complaints/C1",
        "/v1/merchants/M1",
        "/v1/complaints",
        "/v1/merchants",
        "/v1/agreements",
        "/v1/intermediaries",
        "/v1/queue",
        "/v1/repeats",
        "/v1/sla",
        "/v1/gate?merchant=M1&action=sign",
        "/v1/explain/complaints/C1",
        "/v1/explain/merchants/M1",
    ] {
        let answered = server.get(path);
        assert_eq!(answered.status, 200, "{path}: {}", answered.text);
        assert!(position(&answered) >= last, "{path}");
        assert!(answered.header("redress-at").is_some(), "{path}");
        assert!(answered.header("etag").is_some(), "{path}");
        let separator = if path.contains('?') { '&' } else { '?' };
        let earlier = server.get(&format!("{path}{separator}as_of=2"));
        match earlier.status {
            200 => assert_eq!(position(&earlier), 2, "{path}"),
            status => panic!("{path}: {status} {}", earlier.text),
        }
    }
    let absent = server.get("/v1/complaints/C1?as_of=1");
    assert_eq!(absent.status, 404);
    let problem = absent.json();
    assert_eq!(problem["as_of_position"], 1);
    assert_eq!(
        problem["detail"],
        "there was no complaint `C1` as of position 1"
    );
    assert_eq!(server.get("/v1/complaints/C1?as_of=99999").status, 404);
}

#[test]
fn a_case_is_not_sent_again_to_whoever_has_it_and_its_tag_is_taken_by_commands() {
    let server = server_with_a_case();
    let first = server.get("/v1/complaints/C1");
    let tag = first.header("etag").unwrap().to_owned();
    let version = first.json()["version"].as_u64().unwrap();
    assert!(tag.starts_with(&format!("W/\"{version}.")), "{tag}");
    let again = server.get_with("/v1/complaints/C1", &[("if-none-match", &tag)]);
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), Some(tag.as_str()));
    assert!(again.header("redress-position").is_some());

    // It is the caller's own, and looked at again each time.
    for answered in [&first, &again] {
        assert_eq!(answered.header("cache-control"), Some("private, no-cache"));
        assert_eq!(answered.header("vary"), Some("Accept, Authorization"));
    }
    for known in ["*", &tag["W/".len()..], &format!("\"4.0\", {tag}")] {
        let again = server.get_with("/v1/complaints/C1", &[("if-none-match", known)]);
        assert_eq!(again.status, 304, "{known}");
        let absent = server.get_with("/v1/complaints/C9", &[("if-none-match", known)]);
        assert_eq!(absent.status, 404, "{known}");
    }

    // What has nothing to do with it changes nothing about it.
    assert_eq!(server.command(&register("M2")).status, 201);
    let again = server.get_with("/v1/complaints/C1", &[("if-none-match", &tag)]);
    assert_eq!(again.status, 304);

    // What the clock alone changes is sent, under the same version and another tag.
    let filed_at = first.header("redress-at").unwrap().replace('+', "%2B");
    let late = server.get("/v1/complaints/C1?at=2099-01-01T00:00:00Z");
    assert_eq!(late.json()["version"], version);
    assert_ne!(late.header("etag"), Some(tag.as_str()));
    let same = server.get(&format!("/v1/complaints/C1?allowed=false&at={filed_at}"));
    let later = server.get("/v1/complaints/C1?allowed=false");
    assert_eq!(same.header("etag"), later.header("etag"));

    let message = json!({
        "type": "complaint.message",
        "by": { "role": "user", "id": "U1" },
        "data": { "complaint_id": "C1", "text": "hello?" },
    });
    let accepted = server.command_with(&message, &[("if-match", &tag)]);
    assert_eq!(accepted.status, 201, "{}", accepted.text);
    let refused = server.command_with(&message, &[("if-match", &tag)]);
    assert_eq!(refused.status, 412, "{}", refused.text);
    let changed = server.get_with("/v1/complaints/C1", &[("if-none-match", &tag)]);
    assert_eq!(changed.status, 200);
    assert_eq!(changed.json()["version"], version + 1);
}

#[test]
fn an_answer_waits_for_a_position_as_long_as_it_is_asked_to() {
    let server = server_with_a_case();
    let now = position(&server.get("/v1/queue"));
    let next = now + 1;
    std::thread::scope(|scope| {
        let waiting =
            scope.spawn(|| server.get(&format!("/v1/complaints/C2?min_position={next}&wait=20s")));
        std::thread::sleep(Duration::from_millis(300));
        assert!(!waiting.is_finished());
        assert_eq!(server.command(&file("C2", "M1")).status, 201);
        let answered = waiting.join().unwrap();
        assert_eq!(answered.status, 200, "{}", answered.text);
        assert!(position(&answered) >= next);
    });
    let begun = Instant::now();
    let late = server.get("/v1/queue?min_position=99999&wait=0.2s");
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(late.status, 412);
    assert_eq!(late.json()["code"], "position_not_reached");
    for wrong in [
        "min_position=x",
        "min_position=1&wait=x",
        "min_position=1&min_position=2",
    ] {
        assert_eq!(
            server.get(&format!("/v1/queue?{wrong}")).status,
            400,
            "{wrong}"
        );
    }
}

/// The entry of a command among what a case lists.
fn entry(view: &Value, command: &str) -> Value {
    let listed = view["allowed"].as_array().unwrap();
    let found = listed.iter().find(|one| one["command"] == command);
    found.cloned().unwrap_or(Value::Null)
}

#[test]
fn a_case_lists_what_may_be_done_and_what_is_missing_for_the_rest() {
    let server = server_with_a_case();
    // The development admin is no party to the case.
    let view = server.get("/v1/complaints/C1").json();
    assert_eq!(entry(&view, "complaint.withdraw"), Value::Null);
    assert_eq!(entry(&view, "complaint.find_ground")["allowed"], true);
    let assess = entry(&view, "complaint.assess_evidence");
    assert_eq!(assess["allowed"], false);
    assert_eq!(assess["missing"][0]["code"], "evidence_unknown");

    let of_merchant = "/v1/complaints/C1?by=merchant:M1";
    let view = server.get(of_merchant).json();
    let approve = entry(&view, "complaint.approve_refund");
    assert_eq!(
        approve,
        json!({ "command": "complaint.approve_refund", "allowed": true })
    );
    let stranger = server.get("/v1/complaints/C1?by=merchant:M2").json();
    let refused = entry(&stranger, "complaint.approve_refund");
    assert_eq!(refused["missing"][0]["code"], "not_your_case");

    let evidence = json!({
        "type": "complaint.submit_evidence",
        "by": { "role": "merchant", "id": "M1" },
        "data": { "complaint_id": "C1", "evidence": [{ "kind": "usage", "media_id": "m1" }] },
    });
    assert_eq!(server.command(&evidence).status, 201);
    let view = server.get("/v1/complaints/C1").json();
    let assess = entry(&view, "complaint.assess_evidence");
    assert_eq!(assess["on"], json!(["e1"]), "{assess}");

    let withdraw = json!({
        "type": "complaint.withdraw",
        "by": { "role": "user", "id": "U1" },
        "data": { "complaint_id": "C1" },
    });
    assert_eq!(server.command(&withdraw).status, 201);
    let view = server.get(of_merchant).json();
    let approve = entry(&view, "complaint.approve_refund");
    assert_eq!(approve["allowed"], false);
    assert_eq!(approve["missing"][0]["code"], "withdrawn");
    assert!(approve["missing"][0]["message"].is_string());

    // It is about now: not said of the past, and not where it is not wanted.
    for path in [
        "/v1/complaints/C1?as_of=2",
        "/v1/complaints/C1?at=2099-01-01T00:00:00Z",
        "/v1/complaints/C1?allowed=false",
    ] {
        assert_eq!(server.get(path).json().get("allowed"), None, "{path}");
    }
    for wrong in ["allowed=maybe", "by=merchant", "by=nobody:M1"] {
        let answered = server.get(&format!("/v1/complaints/C1?{wrong}"));
        assert_eq!(answered.status, 400, "{wrong}");
    }
    assert_eq!(server.get("/v1/complaints/C1?by=engine:clock").status, 403);
}

#[test]
fn explanations_are_the_documents_of_the_command_line() {
    let server = server_with_a_case();
    let whole = server.get("/v1/explain/complaints/C1").json();
    let clocks = whole["clocks"].as_array().unwrap();
    assert_eq!(clocks.len(), 3, "{whole}");
    assert_eq!(clocks[0]["started_by"]["type"], "RoundOpened");
    let one = server
        .get("/v1/explain/complaints/C1?clock=resolution")
        .json();
    assert_eq!(one["clocks"].as_array().unwrap().len(), 1);
    let wrong = server.get("/v1/explain/complaints/C1?clock=noon");
    assert_eq!(wrong.status, 400);
    assert_eq!(server.get("/v1/explain/complaints/C9").status, 404);
    let merchant = server.get("/v1/explain/merchants/M1").json();
    assert_eq!(merchant["tier"], "none");
}
