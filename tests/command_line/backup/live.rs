//! Backups of a store that another process appends to: each is whole, and holds everything that was
//! acknowledged when it began.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use redress_tests::redress;
use redress_tests::testing::evidence::{self, Size};

use super::{Places, generated, history, position, restore};

#[test]
fn backups_beside_a_writer_are_whole_and_restore_to_a_prefix() {
    let places = Places::new();
    let feed = places.at("feed.ndjson");
    fs::write(&feed, generated(300, 9)).unwrap();
    let mut writer = Command::new(redress())
        .arg("--data")
        .arg(places.data())
        .args(["append", "-"])
        .stdin(File::open(&feed).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !places.data().join("journal").exists() {
        assert!(writer.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let mut positions = Vec::new();
    let mut restored = Vec::new();
    let mut ended = false;
    while !ended {
        ended = writer.try_wait().unwrap().is_some();
        let ran = places.back_up(&[]);
        // The first segment may not be there yet.
        if ran.code != 0 && positions.is_empty() && !ended {
            continue;
        }
        let reached = position(&ran.ended(0));
        assert!(positions.last().is_none_or(|last| *last <= reached));
        positions.push(reached);
        assert_eq!(position(&places.verify(&[]).ended(0)), reached);
        if reached > 0 && restored.len() < 4 {
            let target = places.at(&format!("restored-{}", restored.len()));
            let report = restore(&target, &places.backup(), &[]).ended(0).json();
            assert_eq!(report["position"], reached);
            assert_eq!(report["proved"], true);
            restored.push((target, reached));
        }
    }
    assert!(writer.wait().unwrap().success());
    let events = history(&places.data());
    assert_eq!(positions.last(), Some(&(events.len() as u64)));
    let between = positions.iter().filter(|one| **one < events.len() as u64);
    assert!(
        between.count() >= 2,
        "backups beside the writer: {positions:?}"
    );
    let counted = [
        ("backups beside the writer", positions.len() as u64),
        ("restored", restored.len() as u64),
        ("events in the end", events.len() as u64),
    ];
    for (target, reached) in restored {
        let there = history(&target);
        assert!(there.len() as u64 >= reached);
        assert_eq!(there[..], events[..there.len()]);
    }
    evidence::record("backup-live", Size::Fixed, &counted);
}
