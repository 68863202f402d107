//! More than can be answered: callers are told to come back, and nothing that was taken is lost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::stand::{Server, client, history, register};

/// How long it is too much; longer where there is time.
fn seconds() -> u64 {
    std::env::var("REDRESS_OVERLOAD_S")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(2)
}

/// The most memory that a process ever held, in bytes.
fn memory_peak_bytes(process_id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process_id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib: u64 = line
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap();
    kib * 1024
}

#[test]
fn what_is_too_much_is_shed_and_what_was_taken_is_kept() {
    let server = Server::start_with(&[], &[("REDRESS_SERVE_LIMITS__COMMANDS_WAITING", "2")]);
    let (accepted, shed) = (AtomicU64::new(0), AtomicU64::new(0));
    let until = Instant::now() + Duration::from_secs(seconds());
    std::thread::scope(|scope| {
        for client_number in 0..64 {
            let (url, accepted, shed) = (&server.url, &accepted, &shed);
            scope.spawn(move || {
                let agent = client();
                for number in 0.. {
                    if Instant::now() > until {
                        return;
                    }
                    let body = register(&format!("M{client_number}-{number}")).to_string();
                    let mut answered = agent
                        .post(format!("{url}/v1/commands"))
                        .header("content-type", "application/json")
                        .send(body)
                        .unwrap();
                    let text = answered.body_mut().read_to_string().unwrap();
                    match answered.status().as_u16() {
                        201 => accepted.fetch_add(1, Ordering::Relaxed),
                        503 => {
                            assert!(answered.headers().contains_key("retry-after"));
                            assert!(text.contains("\"code\":\"overloaded\""), "{text}");
                            assert!(text.contains("\"outcome\":\"not_stored\""), "{text}");
                            assert!(text.contains("\"retryable\":true"), "{text}");
                            shed.fetch_add(1, Ordering::Relaxed)
                        }
                        status => panic!("{status}: {text}"),
                    };
                }
            });
        }
    });
    let (accepted, shed) = (accepted.into_inner(), shed.into_inner());
    assert!(accepted > 0 && shed > 0, "{accepted} accepted, {shed} shed");
    let begun = Instant::now();
    assert_eq!(server.command(&register("M")).status, 201);
    let back_after = begun.elapsed();
    assert!(back_after < Duration::from_secs(3), "{back_after:?}");
    let memory_bytes = memory_peak_bytes(server.process_id());
    println!(
        "{} s: {accepted} accepted, {shed} shed; memory {} MiB; answered again after {} ms",
        seconds(),
        memory_bytes / 1_048_576,
        back_after.as_millis(),
    );
    // What is shed leaves nothing behind: 16 KiB for each command taken is far above what they take.
    assert!(memory_bytes < 256 * 1024 * 1024 + accepted * 16 * 1024);
    let shown = server.get("/metrics").text;
    let line = format!("redress_commands_total{{code=\"overloaded\",outcome=\"shed\"}} {shed}");
    assert!(shown.contains(&line), "{line} is not in\n{shown}");
    let data = server.data.clone();
    let _directory = server.into_directory();
    assert_eq!(history(&data).len() as u64, accepted + 1);
}

#[test]
fn whoever_asks_too_fast_is_told_when_to_come_back_and_then_let_in() {
    let server = Server::start_with(
        &[],
        &[
            ("REDRESS_SERVE_LIMITS__REQUESTS_PER_S", "1"),
            ("REDRESS_SERVE_LIMITS__REQUESTS_BURST", "3"),
        ],
    );
    let (fast, other) = (
        server.bearer("reviewer", "R1"),
        server.bearer("reviewer", "R2"),
    );
    let ask = |bearer: &str| server.get_with("/v1/queue", &[("authorization", bearer)]);
    let refused = loop {
        let answered = ask(&fast);
        match answered.status {
            200 => assert!(answered.header("ratelimit").is_some()),
            _ => break answered,
        }
    };
    assert_eq!(refused.status, 429, "{}", refused.text);
    let problem = refused.json();
    assert_eq!(problem["code"], "too_fast");
    assert_eq!(problem["retryable"], true);
    assert_eq!(problem["outcome"], "not_stored");
    let wait_s: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait_s), "{wait_s}");
    // The share is one's own.
    assert_eq!(ask(&other).status, 200);
    std::thread::sleep(Duration::from_secs(wait_s));
    assert_eq!(ask(&fast).status, 200);
}
