//! What the interface says of itself: OpenAPI, the pages of codes, figures, request ids.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::stand::{Server, file, history, register};

#[test]
fn the_service_describes_itself() {
    let server = Server::start();
    let document = server.get("/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/v1/commands"));
    // Every reference leads somewhere.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    // Every place that has no parameter in its path is there.
    for (path, operations) in paths {
        // A stream does not end.
        let is_stream = path.ends_with("/stream");
        if is_stream || path.contains('{') || operations.get("get").is_none() {
            continue;
        }
        let status = server.get(path).status;
        assert!(status != 404 && status != 405, "{path}: {status}");
    }
}

#[test]
fn the_type_of_a_problem_opens_a_page() {
    let server = Server::start();
    let problem = server.get("/v1/complaints/C9").json();
    let page = server.get(problem["type"].as_str().unwrap());
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    let all = server.get_with("/problems/", &[("accept", "application/json")]);
    let codes = all.json();
    assert!(
        codes
            .as_array()
            .unwrap()
            .iter()
            .any(|code| code["code"] == "evidence_missing")
    );
    for code in codes.as_array().unwrap() {
        let page = server.get(&format!("/problems/{}", code["code"].as_str().unwrap()));
        assert_eq!(page.status, 200, "{code}");
    }
    assert_eq!(server.get("/problems/nothing").status, 404);
}

#[test]
fn figures_are_there_for_prometheus() {
    let server = Server::start();
    server.command(&register("M1"));
    server.command(&file("C1", "M1"));
    server.command(&file("C1", "M1"));
    let shown = server.get("/metrics");
    assert_eq!(shown.status, 200);
    for line in [
        "redress_commands_total{code=\"\",outcome=\"accepted\"} 2",
        "redress_commands_total{code=\"complaint_exists\",outcome=\"refused\"} 1",
        "redress_open_clocks{clock=\"refund_decision\",status=\"on_track\"} 1",
        "redress_position 3",
        "redress_projection_position{projection=\"standing\"} 3",
        "redress_projection_lag_events{projection=\"standing\"} 0",
        "redress_group_commits_count 2",
    ] {
        assert!(
            shown.text.contains(line),
            "{line} is not in\n{}",
            shown.text
        );
    }
    for name in [
        "redress_sync_duration_seconds_bucket",
        "redress_deadline_lateness_seconds_bucket",
        "redress_read_store_lag_seconds",
        "redress_commands_waiting",
    ] {
        assert!(shown.text.contains(name), "{name}");
    }
}

#[test]
fn a_request_can_be_followed_to_its_events() {
    let server = Server::start();
    let id = "0195a3c2-7b1e-7c51-9d1e-2f6b1a0c0daa";
    let answered = server.command_with(&register("M1"), &[("x-request-id", id)]);
    assert_eq!(answered.header("x-request-id"), Some(id));
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    server.command_with(&register("M2"), &[("traceparent", trace)]);
    let made = server.get("/healthz");
    assert_eq!(made.header("x-request-id").unwrap().len(), 36);
    let data = server.data.clone();
    let _directory = server.into_directory();
    let events = history(&data);
    assert_eq!(events[0]["correlation_id"], id);
    assert_eq!(
        events[1]["correlation_id"],
        "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
    );
    assert_eq!(events[0]["submitted_by"]["role"], "admin");
}

#[test]
fn what_reads_requests_answers_with_problems_too() {
    let server = Server::start();
    let undecodable = server.get("/v1/complaints/%ff");
    assert_eq!(undecodable.status, 400, "{}", undecodable.text);
    assert_eq!(undecodable.json()["code"], "malformed");
    let json = [("content-type", "application/json")];
    let long = server.post("/v1/webhooks", &json, &vec![b' '; 1024 * 1024 + 1]);
    assert_eq!(long.status, 413, "{}", long.text);
    assert_eq!(long.json()["code"], "too_large");
}

#[test]
fn settings_under_which_nothing_could_be_answered_are_refused() {
    let output = std::process::Command::new(redress_tests::redress())
        .args(["serve", "--print-config"])
        .env("REDRESS_SERVE_LIMITS__FEED_WAITING", "0")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("limits.feed_waiting"), "{said}");
}

#[test]
fn a_body_that_comes_too_slowly_is_given_up() {
    let server = Server::start_with(&[], &[("REDRESS_SERVE_LIMITS__REQUEST_MS", "1000")]);
    let address = server.url.strip_prefix("http://").unwrap();
    for path in ["/v1/commands", "/v1/unseal", "/v1/webhooks"] {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             content-length: 1000\r\nconnection: close\r\n\r\n{{"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answered = String::new();
        stream.read_to_string(&mut answered).unwrap();
        assert!(answered.starts_with("HTTP/1.1 408 "), "{path}: {answered}");
        assert!(answered.contains("\"not_stored\""), "{path}: {answered}");
    }
}

#[test]
fn what_holds_a_secret_is_kept_by_nobody_on_the_way() {
    let server = Server::start();
    let json = [("content-type", "application/json")];
    let asked = b"{\"url\":\"https://example.com/\",\"paused\":true}";
    let made = server.post("/v1/webhooks", &json, asked);
    assert_eq!(made.status, 201, "{}", made.text);
    let webhook = format!(
        "/v1/webhooks/{}",
        made.json()["webhook_id"].as_str().unwrap()
    );
    let rotated = server.post(&format!("{webhook}/secret"), &[], b"");
    assert_eq!(rotated.status, 200, "{}", rotated.text);
    let absent = server.get("/v1/complaints/C9");
    for answered in [made, rotated, absent, server.get("/v1/webhooks")] {
        assert_eq!(answered.header("cache-control"), Some("no-store"));
    }
}
