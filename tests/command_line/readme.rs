//! Every command of the README does what it says: its blocks are run as they stand.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use redress_tests::{Ran, redress, skipped, workspace};

/// The shell blocks of the README, in order.
fn blocks() -> Vec<String> {
    let text = fs::read_to_string(workspace().join("README.md")).unwrap();
    text.split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or("").to_owned())
        .collect()
}

/// Runs a block in the workspace, with the binary that the tests built and a store of its own.
fn run(block: &str) -> Ran {
    let data = tempfile::tempdir().unwrap();
    let binary = redress().display().to_string();
    // The port that the README names may be taken here.
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let script: String = block
        .lines()
        .filter(|line| !line.starts_with("cargo build"))
        .map(|line| {
            line.replace("cargo run --release --", &binary)
                .replace("target/release/redress", &binary)
                .replace(
                    "./redress-data",
                    &data.path().join("data").display().to_string(),
                )
                .replace("127.0.0.1:8080", &address)
                + "\n"
        })
        .collect();
    let mut shell = Command::new("bash");
    shell
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(workspace())
        .env("TMPDIR", data.path())
        .env("REDRESS_SERVE_LISTEN", &address)
        .env_remove("REDRESS_DATA");
    Ran::of(&mut shell)
}

#[test]
fn every_block_but_the_test_command_runs() {
    let blocks = blocks();
    assert!(blocks.len() >= 4, "the README has lost its commands");
    for block in blocks.iter().filter(|block| !block.contains("cargo test")) {
        if block.contains("curl") && Command::new("curl").arg("--version").output().is_err() {
            skipped("curl is not here");
            continue;
        }
        let ran = run(block);
        assert_eq!(ran.code, 0, "{block}\n{}\n{}", ran.output, ran.errors);
        assert!(!ran.output.is_empty(), "{block} prints nothing");
        assert!(
            !ran.output.contains("/problems/"),
            "{block}\n{}",
            ran.output
        );
    }
}

#[test]
fn ci_runs_exactly_the_test_command_of_the_readme() {
    let commands: Vec<String> = blocks()
        .into_iter()
        .filter(|block| block.contains("cargo test"))
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let script = fs::read_to_string(workspace().join(".ci/run")).unwrap();
    let last = script.lines().last().unwrap_or("");
    assert_eq!(commands, [last]);
}
