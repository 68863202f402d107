//! Notices by email, to a real server.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::python::{self, Counterpart};
use super::stand::Server;

/// Takes mail: refuses the first letter for a moment, and prints the others.
const TAKE_MAIL: &str = r"
import email, email.policy, json, sys, time
from aiosmtpd.controller import Controller
class Handler:
    count = 0
    async def handle_DATA(self, server, session, envelope):
        Handler.count += 1
        if Handler.count == 1:
            return '451 later'
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(json.dumps({'to': envelope.rcpt_tos, 'subject': letter['subject'],
            'id': letter['message-id'], 'body': letter.get_content()}), flush=True)
        return '250 taken'
controller = Controller(Handler(), hostname='127.0.0.1', port=0)
controller.port = __import__('socket').create_server(('127.0.0.1', 0)).getsockname()[1]
controller.start()
print(controller.port, flush=True)
sys.stdin.read()
";

// rulebook 4.2
#[test]
fn a_mail_server_receives_a_notice_and_the_log_its_delivery() {
    let Some(interpreter) = python::with(&["aiosmtpd==1.4.6"]) else {
        return;
    };
    let mut mail = Counterpart::start(&interpreter, TAKE_MAIL);
    let port = mail.line();

    let directory = tempfile::tempdir().unwrap();
    let contacts = directory.path().join("contacts.json");
    let book = json!({ "merchants": { "M1": { "email": ["Complaints <m1@example.com>"] } } });
    fs::write(&contacts, book.to_string()).unwrap();
    let settings = directory.path().join("redress.toml");
    let text = format!(
        "[notices]\ncontacts = {contacts:?}\nfirst_pause_ms = 100\n\
         [notices.email]\nhost = \"127.0.0.1\"\nport = {port}\nfrom = \"rules@example.com\"\n\
         protection = \"none\"\n"
    );
    fs::write(&settings, text).unwrap();
    let server = Server::start_with(&["--config", settings.to_str().unwrap()], &[]);
    for command in [
        json!({
            "type": "merchant.register",
            "by": { "role": "service", "id": "onboarding" },
            "data": {
                "merchant_id": "M1", "kind": "direct", "industry": "general", "name": "示例商户",
            },
        }),
        json!({
            "type": "merchant.impose_measure",
            "by": { "role": "risk", "id": "K1" },
            "data": {
                "merchant_id": "M1", "kind": "rectification", "grounds": ["inspection 2026-04"],
                "rationale": "agents answer by machine",
            },
        }),
    ] {
        let answer = server.command(&command);
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let letter: Value = serde_json::from_str(&mail.line()).unwrap();
    assert_eq!(letter["to"], json!(["m1@example.com"]));
    let body = letter["body"].as_str().unwrap();
    for said in [
        "示例商户",
        "4.2(1)",
        "限期整改",
        "agents answer by machine",
        "merchant.appeal",
    ] {
        assert!(body.contains(said), "`{said}` in {body}");
    }
    let begun = Instant::now();
    loop {
        let page = server.get("/v1/events?types=NoticeDelivered").json();
        if let Some(event) = page["events"].get(0) {
            assert_eq!(event["data"]["channel"], "email");
            assert_eq!(event["data"]["delivery_ref"], letter["id"]);
            assert_eq!(event["by"]["role"], "service");
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(50));
    }
}
