//! Identities through a real socket: keys of the command line, the development admin, what may not
//! be open to everybody, and heads that are too long or too slow.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use redress_tests::redress;
use serde_json::Value;

use super::stand::{Server, register};

fn key(server: &Server, arguments: &[&str]) -> String {
    let output = Command::new(redress())
        .arg("--data")
        .arg(&server.data)
        .arg("key")
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_key_is_made_used_and_revoked_while_the_service_runs() {
    let server = Server::start();
    let open = server.get("/v1/queue");
    assert_eq!(open.status, 200);
    assert!(
        open.header("redress-development")
            .unwrap()
            .contains("no identity")
    );

    let made = key(
        &server,
        &[
            "create", "--role", "reviewer", "--id", "R1", "--format", "json",
        ],
    );
    let made: Value = serde_json::from_str(&made).unwrap();
    let bearer = format!("Bearer {}", made["key"].as_str().unwrap());
    let with_key = [("authorization", bearer.as_str())];
    assert_eq!(server.get_with("/v1/queue", &with_key).status, 200);
    let told = server.expect_line("let in");
    assert!(told.contains("R1") && told.contains("127.0.0.1"), "{told}");
    let denied = server.get("/v1/queue");
    assert_eq!(denied.status, 401);
    assert!(
        denied
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer")
    );
    assert_eq!(denied.header("redress-development"), None);
    let refused = server.command_with(&register("M1"), &with_key);
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (403, Some("identity_mismatch"))
    );

    let listed = key(&server, &["list", "--format", "json"]);
    assert!(listed.contains("R1") && !listed.contains(made["key"].as_str().unwrap()));
    key(&server, &["revoke", made["key_id"].as_str().unwrap()]);
    assert_eq!(server.get_with("/v1/queue", &with_key).status, 401);
    assert_eq!(server.get("/v1/queue").status, 401);
}

/// How the program ends, and what it says, when it may not start. It leaves nothing behind.
fn refused(arguments: &[&str], configuration: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (
        folder.path().join("data"),
        folder.path().join("service.toml"),
    );
    std::fs::write(&file, configuration).unwrap();
    let output = Command::new(redress())
        .arg("--data")
        .arg(&data)
        .args(["serve", "--config"])
        .arg(&file)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!data.exists(), "a start that is refused makes no store");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn an_address_that_others_reach_needs_tls_and_identities() {
    let open = ["--listen", "0.0.0.0:0"];
    let (code, said) = refused(&open, "");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("--dangerously-without-tls"), "{said}");
    let (code, said) = refused(&[&open[..], &["--dangerously-without-tls"]].concat(), "");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("--dangerously-without-identities"), "{said}");
}

#[test]
fn a_start_that_cannot_be_meant_makes_no_store() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = refused(&["--listen", &address], "");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&address), "{said}");
    let here = ["--listen", "127.0.0.1:0"];
    for (configuration, code, place) in [
        ("[limits]\nbody_bytes = 0\n", 2, "limits.body_bytes"),
        ("[limits]\nbody_byte = 1\n", 2, "body_byte"),
        (
            "[tls]\ncertificate = \"/nowhere/a.pem\"\nkey = \"/nowhere/a.key\"\n",
            1,
            "/nowhere/a.pem",
        ),
        (
            "[[certificates]]\nsubject = \"desk\"\nrole = \"reviewer\"\nid = \"R1\"\n",
            1,
            "certificates",
        ),
        (
            "[notices.channels.fax]\nurl = \"https://fax.example\"\n",
            1,
            "notices.channels",
        ),
    ] {
        let (ended, said) = refused(&here, configuration);
        assert_eq!(ended, Some(code), "{said}");
        assert!(said.contains(place), "{said}");
    }
}

fn connected(server: &Server) -> TcpStream {
    let address = server.url.strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

#[test]
fn a_head_that_is_too_long_or_too_slow_is_cut_off() {
    let server = Server::start_with(&[], &[("REDRESS_SERVE_LIMITS__HEADER_MS", "500")]);
    let mut long = connected(&server);
    let head = format!(
        "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-long: {}\r\n\r\n",
        "x".repeat(64 * 1024)
    );
    let _ = long.write_all(head.as_bytes());
    let mut answer = [0; 16];
    let count = long.read(&mut answer).unwrap_or(0);
    assert!(
        count == 0 || answer.starts_with(b"HTTP/1.1 431"),
        "{answer:?}"
    );

    let mut slow = connected(&server);
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: local")
        .unwrap();
    let begun = Instant::now();
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "the connection is held open"
    );
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}
