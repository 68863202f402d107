//! Webhooks of the running service: a receiver in Python checks what it gets with the package that
//! others use, through a kill of the service.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::python::{self, Counterpart};
use super::stand::Server;

/// What lets deliveries go to this machine, and be tried again soon.
const SETTINGS: [(&str, &str); 3] = [
    ("REDRESS_SERVE_WEBHOOKS__PRIVATE_ADDRESSES", "true"),
    ("REDRESS_SERVE_WEBHOOKS__WITHOUT_TLS", "true"),
    ("REDRESS_SERVE_WEBHOOKS__FIRST_PAUSE_MS", "100"),
];

/// Receives deliveries, and prints the position of each whose signature is good. The secret is the
/// first line on standard input; every fourth delivery is answered with a failure.
const RECEIVE: &str = r"
import http.server, sys, threading
from standardwebhooks.webhooks import Webhook
count = 0
lock = threading.Lock()
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global count
        body = self.rfile.read(int(self.headers['content-length']))
        document = hook.verify(body, dict(self.headers))
        with lock:
            count += 1
            taken = count % 4 != 0
        self.send_response(204 if taken else 503)
        self.send_header('content-length', '0')
        self.end_headers()
        if taken:
            with lock:
                print(document['data']['position'], flush=True)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Receiver)
print(server.server_address[1], flush=True)
hook = Webhook(sys.stdin.readline().strip())
server.serve_forever()
";

#[test]
fn the_standardwebhooks_package_takes_every_delivery_through_a_kill() {
    let Some(interpreter) = python::with(&["standardwebhooks==1.1.0"]) else {
        return;
    };
    let mut receiver = Counterpart::start(&interpreter, RECEIVE);
    let port = receiver.line();

    let mut server = Server::start_with(&[], &SETTINGS);
    let asked = json!({ "url": format!("http://127.0.0.1:{port}/"), "after": 0 });
    let made = server.post(
        "/v1/webhooks",
        &[("content-type", "application/json")],
        asked.to_string().as_bytes(),
    );
    assert_eq!(made.status, 201, "{}", made.text);
    let made: Value = made.json();
    {
        use std::io::Write;
        let secret = made["secret"].as_str().unwrap();
        writeln!(receiver.input, "{secret}").unwrap();
    }
    for number in 0..20 {
        server.register(&format!("A{number}"));
    }
    server.kill();
    let again = Server::start_on(&server.data, &[], &SETTINGS);
    let mut last = 0;
    for number in 0..20 {
        last = again.register(&format!("B{number}"));
    }
    let mut missing: std::collections::BTreeSet<u64> = (1..=last).collect();
    let begun = Instant::now();
    while !missing.is_empty() {
        let position = receiver.line();
        missing.remove(&position.parse().unwrap());
        assert!(begun.elapsed() < Duration::from_secs(60), "{missing:?}");
    }
}
