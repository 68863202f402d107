//! `redress erase`: the texts are gone from every byte of the store, and nothing else is.

use std::fs;
use std::path::{Path, PathBuf};

use redress_tests::{Ran, redress, run_on};
use serde_json::json;

const TEXT: &str = "my sister Lan waited at the north gate";
const OTHER_TEXT: &str = "the door stayed shut";

/// A store with two users' complaints; the operator's key is kept elsewhere.
struct Store {
    folder: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("operator.key"), [7; 32]).unwrap();
        let store = Self { folder };
        let mut feed = String::new();
        let mut line = |role: &str, id: &str, kind: &str, data: serde_json::Value| {
            feed.push_str(
                &json!({
                    "type": kind, "recorded_at": "2026-03-20T14:00:00+08:00",
                    "by": { "role": role, "id": id }, "data": data,
                })
                .to_string(),
            );
            feed.push('\n');
        };
        line(
            "service",
            "onboarding",
            "merchant.register",
            json!({
                "merchant_id": "M1", "kind": "direct", "industry": "general", "name": "Example",
            }),
        );
        for (id, user, text) in [("C1", "U1", TEXT), ("C2", "U2", OTHER_TEXT)] {
            line(
                "user",
                user,
                "complaint.file",
                json!({
                    "complaint_id": id, "merchant_id": "M1", "user_ref": user, "problem": "other",
                    "channel": "self_service", "description": text,
                    "orders": [{ "order_id": format!("O-{id}"), "amount_fen": 900 }],
                }),
            );
        }
        let file = store.folder.path().join("feed.ndjson");
        fs::write(&file, feed).unwrap();
        store.run(["append", file.to_str().unwrap()]).ended(0);
        fs::remove_file(file).unwrap();
        store
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run<const N: usize>(&self, arguments: [&str; N]) -> Ran {
        let key = self.folder.path().join("operator.key");
        Ran::of(
            std::process::Command::new(redress())
                .arg("--data")
                .arg(self.data())
                .arg("--vault-key")
                .arg(key)
                .args(arguments),
        )
    }

    /// The files of the store that hold these bytes.
    fn holding(&self, bytes: &[u8]) -> Vec<PathBuf> {
        let mut files = Vec::new();
        search(&self.data(), bytes, &mut files);
        files
    }
}

fn search(folder: &Path, bytes: &[u8], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, bytes, found);
        } else {
            let content = fs::read(&path).unwrap();
            if content.windows(bytes.len()).any(|window| window == bytes) {
                found.push(path);
            }
        }
    }
}

/// The wrapped key of a number, as the vault's first file has it: behind a header of 20 bytes, 73
/// bytes for each, the first of them its state. The key is nowhere else, and nowhere unwrapped.
fn wrapped_key(data: &Path, number: usize) -> Vec<u8> {
    let file = fs::read_dir(data.join("vault"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|kind| kind == "keys"))
        .unwrap();
    fs::read(file).unwrap()[20 + number * 73..][1..73].to_vec()
}

#[test]
fn after_an_erasure_no_byte_of_the_store_holds_text_or_key() {
    let store = Store::new();
    let texts = |id: &str| {
        store
            .run([
                "history",
                &format!("complaint-{id}"),
                "--unseal",
                "--purpose",
                "trial",
                "--format",
                "json",
            ])
            .ended(0)
            .output
    };
    assert!(texts("C1").contains(TEXT));
    assert!(texts("C2").contains(OTHER_TEXT));
    let view = |id: &str| {
        store
            .run(["complaint", id, "--format", "json", "--as-of", "4"])
            .ended(0)
            .json()
    };
    let (first, second) = (view("C1"), view("C2"));
    let key = wrapped_key(&store.data(), 0);
    let other_key = wrapped_key(&store.data(), 1);
    assert_eq!(store.holding(&key).len(), 1);

    // When
    let erased = store
        .run(["erase", "U1", "--reason", "asked for", "--format", "json"])
        .ended(0)
        .json();
    assert_eq!(erased["keys"], json!([0]));
    assert_eq!(erased["streams"], json!(["complaint-C1"]));

    // Then nothing of it is left,
    for gone in [TEXT.as_bytes(), b"sister", &key] {
        assert_eq!(store.holding(gone), Vec::<PathBuf>::new());
    }
    assert!(!texts("C1").contains(TEXT));
    assert!(texts("C1").contains("\"erased\": true") || texts("C1").contains("\"erased\":true"));

    // and everything else reads as before.
    assert!(texts("C2").contains(OTHER_TEXT));
    assert_eq!(store.holding(&other_key).len(), 1);
    assert_eq!((view("C1"), view("C2")), (first, second));
    store.run(["log", "verify"]).ended(0);
    store.run(["projection", "verify"]).ended(0);
}

#[test]
fn each_request_is_recorded_and_the_second_has_nothing_left() {
    let store = Store::new();
    let erase = || {
        store
            .run(["erase", "U1", "--reason", "asked for", "--format", "json"])
            .ended(0)
            .json()
    };
    let first = erase();
    let again = erase();
    assert_eq!(again["keys"], json!([]));
    assert_eq!(again["streams"], json!([]));
    assert_eq!(
        again["position"].as_u64().unwrap(),
        first["position"].as_u64().unwrap() + 1
    );
    let told = store.run(["erase", "U1", "--reason", "asked for"]).ended(0);
    assert!(
        told.output.contains("No text of U1 was left"),
        "{}",
        told.output
    );
}

#[test]
fn a_user_who_comes_back_has_a_new_key() {
    let store = Store::new();
    store.run(["erase", "U1", "--reason", "asked for"]).ended(0);
    let feed = store.folder.path().join("more.ndjson");
    let line = json!({
        "type": "complaint.message", "by": { "role": "user", "id": "U1" },
        "data": { "complaint_id": "C1", "text": "I am back" },
    });
    fs::write(&feed, format!("{line}\n")).unwrap();
    store.run(["append", feed.to_str().unwrap()]).ended(0);
    let shown = store
        .run([
            "history",
            "complaint-C1",
            "--unseal",
            "--purpose",
            "trial",
            "--format",
            "json",
        ])
        .ended(0)
        .output;
    assert!(
        shown.contains("I am back") && !shown.contains(TEXT),
        "{shown}"
    );
}

#[test]
fn an_erasure_says_why() {
    let store = Store::new();
    let refused = store.run(["erase", "U1", "--reason", " "]).ended(3);
    assert!(refused.errors.contains("refused"), "{}", refused.errors);
    let nowhere = tempfile::tempdir().unwrap();
    run_on(nowhere.path(), ["erase", "U1", "--reason", "asked for"]).ended(1);
}

#[test]
fn an_erasure_that_the_log_forgot_stays_one() {
    // Given a log that was cut in front of its record of an erasure
    let store = Store::new();
    store.run(["erase", "U1", "--reason", "asked for"]).ended(0);
    let segment = fs::read_dir(store.data().join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .next()
        .unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let damage = store
        .run(["log", "verify", "--format", "json"])
        .ended(5)
        .json();
    let position = damage["position"].to_string();
    store
        .run(["log", "cut", "--at", &position, "--yes"])
        .ended(0);

    // When the user and somebody new write again
    let feed = store.folder.path().join("more.ndjson");
    let mut lines = String::new();
    for (user, id) in [("U1", "C3"), ("U3", "C4")] {
        let line = json!({
            "type": "complaint.file", "by": { "role": "user", "id": user },
            "data": {
                "complaint_id": id, "merchant_id": "M1", "user_ref": user, "problem": "other",
                "channel": "self_service", "description": format!("{user} again"),
                "orders": [{ "order_id": format!("O-{id}"), "amount_fen": 900 }],
            },
        });
        lines.push_str(&format!("{line}\n"));
    }
    fs::write(&feed, lines).unwrap();
    store.run(["append", feed.to_str().unwrap()]).ended(0);

    // Then both are sealed with new keys, and what was erased stays so.
    let shown = store
        .run([
            "history",
            "--all",
            "--unseal",
            "--purpose",
            "trial",
            "--format",
            "json",
        ])
        .ended(0)
        .output;
    assert!(
        shown.contains("U1 again") && shown.contains("U3 again"),
        "{shown}"
    );
    assert!(
        shown.contains(OTHER_TEXT) && !shown.contains(TEXT),
        "{shown}"
    );
    store.run(["projection", "verify"]).ended(0);
}
