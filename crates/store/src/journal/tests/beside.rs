//! Reading the files while another process, or the writer's thread, appends to them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::super::{Journal, JournalReader};
use super::{GENESIS, append, commit, open};

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
