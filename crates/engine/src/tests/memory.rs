//! Streams that are let go of are read again and are what they were.

use redress_domain::identity::{ComplaintId, MerchantId};

use super::{accepted, expect_no_difference, file, hour, open, play};
use crate::{Engine, Look};

/// Streams kept in memory before those that the read store has are let go.
const FEW: usize = 3;
/// Complaints of the story, and one that there is not.
const COMPLAINTS: [&str; 6] = ["C0", "C3", "C5", "C8", "C11", "C99"];

fn look() -> Look {
    Look {
        at: Some(hour(24 * super::STORY_DAYS)),
        as_of: None,
    }
}

/// A complaint and a merchant, as text.
fn seen(engine: &Engine, complaint: &str, merchant: &str) -> String {
    let complaint = ComplaintId::new(complaint).unwrap();
    let merchant = MerchantId::new(merchant).unwrap();
    let merchant = engine.merchant(&merchant, look()).unwrap().value;
    format!(
        "{:?} {:?}",
        engine.complaint(&complaint, look()).unwrap().value,
        merchant.map(|seen| (seen.merchant, seen.metrics, seen.determinations)),
    )
}

fn all_seen(engine: &Engine) -> Vec<String> {
    let all = COMPLAINTS.iter();
    all.flat_map(|complaint| ["M1", "M2"].map(|merchant| seen(engine, complaint, merchant)))
        .collect()
}

#[test]
fn streams_that_are_only_read_are_let_go_and_stay_right() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    play(&engine, None);
    let before = all_seen(&engine);
    drop(engine);

    let engine = open(directory.path());
    engine.shared.world().streams_in_memory_max = FEW;
    let mut most = 0;
    for round in 0..4 {
        for (index, complaint) in COMPLAINTS.iter().enumerate() {
            for (place, merchant) in ["M1", "M2"].into_iter().enumerate() {
                let expected = &before[2 * index + place];
                assert_eq!(
                    seen(&engine, complaint, merchant),
                    *expected,
                    "round {round}"
                );
                most = most.max(engine.shared.world().streams_in_memory());
            }
        }
    }
    assert!((FEW..=2 * FEW).contains(&most), "{most} streams in memory");
}

#[test]
fn a_stream_that_the_read_store_does_not_have_yet_is_not_let_go() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    play(&engine, None);
    engine.settle().unwrap();
    engine.shared.world().streams_in_memory_max = FEW;
    let hours = 24 * super::STORY_DAYS;
    // Far more of them than are kept: nothing but memory has them.
    let new: Vec<String> = (0..4 * FEW).map(|number| format!("N{number}")).collect();
    for id in &new {
        accepted(&engine, file(hours, id, "M1", "U7"));
        all_seen(&engine);
    }
    for id in &new {
        let id = ComplaintId::new(id.as_str()).unwrap();
        let complaint = engine.complaint(&id, look()).unwrap().value.unwrap();
        assert_eq!(complaint.rounds.len(), 1);
    }
    // Once the read store has them they are let go, and decisions go on where they were.
    let kept = engine.shared.world().streams_in_memory();
    assert!(kept > 4 * FEW, "{kept} streams in memory");
    engine.settle().unwrap();
    all_seen(&engine);
    assert!(engine.shared.world().streams_in_memory() <= 2 * FEW);
    engine.advance(hour(hours + 200), None).wait().unwrap();
    expect_no_difference(&engine);
    drop(engine);
    expect_no_difference(&open(directory.path()));
}
