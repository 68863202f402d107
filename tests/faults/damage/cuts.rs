//! The journal cut at every byte of its last frame.

use std::fs::{self, OpenOptions};
use std::path::Path;

use redress_tests::testing::evidence::{self, Size};

use super::append;
use crate::child::{count_asked, for_each, role, run};
use crate::feed::generated;
use crate::findings::Findings;
use crate::roles::open;
use crate::stand::{copied, copy, folder, last_segment};

/// Lines of the feed that are there before the last one.
const LINES: usize = 40;
/// Cuts without the read store are slower, and made for every byte elsewhere: one for so many.
const STRIDE: usize = 4;

#[test]
fn a_last_frame_cut_at_any_byte_is_missed_by_the_read_store_and_else_dropped() {
    let lines = generated(24, 3);
    let place = folder();
    let data = place.path().join("data");
    append(&data, &lines[..LINES]);
    let whole_before = fs::metadata(last_segment(&data)).unwrap().len();
    append(&data, &lines[LINES..=LINES]);
    let whole = fs::metadata(last_segment(&data)).unwrap().len();
    let every = if count_asked("REDRESS_FLIPS", 0) < 1_000 {
        5
    } else {
        1
    };
    let parts: Vec<u64> = (0..8).collect();
    let found = for_each(&parts, |part| {
        let mut cutting = role("cut", &data);
        cutting
            .env(
                "REDRESS_ROLE_FROM",
                (whole_before + part * every).to_string(),
            )
            .env("REDRESS_ROLE_STEP", (every * 8).to_string());
        Findings::of(&run(&mut cutting))
    });
    for findings in found {
        assert_eq!(findings.unwrap().refused, None);
    }
    let counted = [
        ("bytes of the last frame", whole - whole_before),
        ("of them cut at", (whole - whole_before).div_ceil(every)),
    ];
    evidence::record("last-frame-cut", Size::Asked("REDRESS_FLIPS"), &counted);
}

/// Cuts the last segment of copies of a store from one byte on, in steps, and opens each.
pub fn role_of_cutting(data: &Path) -> Result<(), String> {
    let number = |name: &str| -> u64 { std::env::var(name).unwrap().parse().unwrap() };
    let from = number("REDRESS_ROLE_FROM");
    let step = usize::try_from(number("REDRESS_ROLE_STEP")).unwrap();
    let to = fs::metadata(last_segment(data)).unwrap().len();
    assert!(to > from + 100);
    let before = {
        let (engine, _) = open(copied(data).path())?;
        engine.last_position()
    };
    for (count, end) in (from..to).step_by(step).enumerate() {
        let cut = copied(data);
        cut_at(cut.path(), end);
        match open(cut.path()) {
            Ok(_) => {
                return Err(format!(
                    "cut at byte {end}: acknowledged events are missing"
                ));
            }
            Err(because) if because.starts_with("(damage)") => {}
            Err(because) => return Err(format!("cut at byte {end}: {because}")),
        }
        if count % STRIDE == 0 {
            let cut = folder();
            copy(data, cut.path());
            fs::remove_dir_all(cut.path().join("read")).unwrap();
            cut_at(cut.path(), end);
            let (engine, report) = open(cut.path())?;
            assert!(engine.last_position() < before);
            assert!(report.torn_bytes < to - from + 1);
        }
    }
    println!("whole {}", to - from);
    Ok(())
}

fn cut_at(data: &Path, end: u64) {
    let segment = OpenOptions::new()
        .write(true)
        .open(last_segment(data))
        .unwrap();
    segment.set_len(end).unwrap();
}
