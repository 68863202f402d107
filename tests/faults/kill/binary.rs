//! The program as it is delivered, killed while it takes a feed: the feed again ends in the history
//! of a store that nothing interrupted.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use redress_tests::chance::Chance;
use redress_tests::testing::evidence::{self, Size};
use redress_tests::{Ran, redress, run_on};
use serde_json::Value;

use crate::stand::folder;

/// Kills of one store.
const KILLS: u64 = 12;
/// Longest time from the start of the program to its kill.
const MICROSECONDS: u64 = 400_000;

fn append(data: &Path, feed: &Path) -> Command {
    let mut command = Command::new(redress());
    command.arg("--data").arg(data).arg("append").arg(feed);
    command
}

/// Everything that is recorded, one event each; its texts are not shown. Which keys were destroyed
/// is left out: a kill leaves numbers of keys out, so that none is ever given to two users.
fn history(data: &Path) -> Vec<Value> {
    let shown = run_on(data, ["history", "--all", "--format", "json"]).ended(0);
    let mut events: Vec<Value> = shown
        .output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for event in &mut events {
        if let Some(data) = event["data"].as_object_mut() {
            data.remove("key_numbers");
        }
    }
    events
}

#[test]
fn a_feed_that_was_killed_again_and_again_ends_as_if_nothing_had_been() {
    let place = folder();
    let feed = place.path().join("feed");
    let generate = [
        "generate",
        "--complaints",
        "250",
        "--merchants",
        "6",
        "--seed",
        "11",
    ];
    let generated = Ran::of(Command::new(redress()).args(generate)).ended(0);
    std::fs::write(&feed, generated.output).unwrap();

    let undisturbed = place.path().join("undisturbed");
    let _ = Ran::of(&mut append(&undisturbed, &feed)).ended(0);

    let killed = place.path().join("killed");
    let mut chance = Chance::new(11);
    let mut kills = 0;
    for _ in 0..KILLS {
        let mut process = append(&killed, &feed)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(chance.below(MICROSECONDS)));
        process.kill().unwrap();
        kills += u64::from(process.wait().unwrap().code().is_none());
    }
    println!("{kills} kills of the program");
    assert!(kills > 2);
    let _ = Ran::of(&mut append(&killed, &feed)).ended(0);
    let expected = history(&undisturbed);
    assert!(expected.len() > 1_000);
    assert!(
        history(&killed) == expected,
        "the histories differ after {kills} kills"
    );
    let _ = run_on(&killed, ["projection", "verify"]).ended(0);
    let _ = run_on(&killed, ["log", "verify"]).ended(0);
    let events = expected.len() as u64;
    let counted = [("kills", kills), ("events compared", events)];
    evidence::record("kill-binary", Size::Fixed, &counted);
}
