//! The commands that these tests feed: generated ones, with an erasure in between.

use std::process::Command;

use redress_tests::redress;
use serde_json::{Value, json};

/// How many lines come before the erasure.
pub const ERASED_AFTER: usize = 70;
/// The id of the command that erases.
pub const ERASURE: &str = "0e5a5ed0-0000-4000-8000-000000000001";

/// The feed: 70 lines, the erasure of the first user that complained, and the rest.
pub fn feed() -> Vec<String> {
    generated(24, 3)
}

/// Such a feed with so many complaints.
pub fn generated(complaints: u32, seed: u32) -> Vec<String> {
    let made = Command::new(redress())
        .args(["generate", "--merchants", "3", "--days", "30"])
        .args(["--complaints", &complaints.to_string()])
        .args(["--seed", &seed.to_string()])
        .output()
        .unwrap();
    let text = String::from_utf8(made.stdout).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let before: Vec<Value> = lines[..ERASED_AFTER]
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let filing = before
        .iter()
        .find(|document| document["type"] == "complaint.file")
        .unwrap();
    let erasure = json!({
        "id": ERASURE,
        "type": "user.erase",
        "recorded_at": before.last().unwrap()["recorded_at"],
        "by": { "role": "admin", "id": "operator" },
        "data": { "user_ref": filing["data"]["user_ref"], "reason": "asked for" },
    });
    lines.insert(ERASED_AFTER, erasure.to_string());
    lines
}
