//! More than can be answered: callers are told to come back, and nothing that was taken is lost.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::stand::{Server, client, history, register};

#[test]
fn what_is_too_much_is_shed_and_what_was_taken_is_kept() {
    let server = Server::start_with(&[], &[("REDRESS_SERVE_LIMITS__COMMANDS_WAITING", "2")]);
    let (accepted, shed) = (AtomicU64::new(0), AtomicU64::new(0));
    let until = Instant::now() + Duration::from_secs(2);
    std::thread::scope(|scope| {
        for client_number in 0..32 {
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
    // It is back to normal at once.
    assert_eq!(server.command(&register("M")).status, 201);
    let shown = server.get("/metrics").text;
    let line = format!("redress_commands_total{{code=\"overloaded\",outcome=\"shed\"}} {shed}");
    assert!(shown.contains(&line), "{line} is not in\n{shown}");
    let data = server.data.clone();
    let _directory = server.into_directory();
    assert_eq!(history(&data).len() as u64, accepted + 1);
}
