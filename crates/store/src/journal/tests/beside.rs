//! Reading the files while another process, or the writer's thread, appends to them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::super::{Journal, JournalFollower, JournalReader};
use super::{GENESIS, append, commit, open, segment_files};

#[test]
fn a_write_that_is_under_way_and_a_segment_that_begins_are_no_damage() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path());
    append(&mut journal, &[commit(1, &[100])]);
    let finished = AtomicBool::new(false);
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut looks = 0_u64;
            let mut seen = 0;
            while !finished.load(Ordering::SeqCst) {
                let reader = JournalReader::open(directory.path(), GENESIS, seen + 1).unwrap();
                for found in reader {
                    let found = found.unwrap();
                    assert!(found.first_position <= seen + 1, "nothing is left out");
                    seen = seen.max(found.next_position() - 1);
                }
                looks += 1;
            }
            looks
        });
        for round in 0..1_500 {
            let position = journal.last_position() + 1;
            append(&mut journal, &[commit(position, &[300, 20 + round % 700])]);
        }
        finished.store(true, Ordering::SeqCst);
        assert!(reading.join().unwrap() > 10);
    });
}

#[test]
fn who_follows_sees_every_entry_once_while_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path());
    let mut follower = JournalFollower::of_directory(directory.path(), GENESIS, 3);
    let durable = AtomicU64::new(0);
    let last = 3_000;
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut seen = Vec::new();
            while seen.last() != Some(&last) {
                let until = durable.load(Ordering::SeqCst);
                follower
                    .read(
                        until,
                        |position, _| seen.push(position),
                        || until.is_multiple_of(3),
                    )
                    .unwrap();
                assert!(seen.last().is_none_or(|last| *last <= until));
            }
            seen
        });
        for round in 0..1_500 {
            let position = journal.last_position() + 1;
            append(&mut journal, &[commit(position, &[300, 20 + round % 700])]);
            durable.store(journal.last_position(), Ordering::SeqCst);
        }
        assert_eq!(reading.join().unwrap(), (3..=last).collect::<Vec<_>>());
    });
    assert!(segment_files(directory.path()).len() > 2, "across segments");
}
