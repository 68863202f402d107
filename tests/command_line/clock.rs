//! What is noted of the machine's clock is shown.

use redress_store::leaps::{Leap, LeapKind, LeapRecord};
use redress_tests::run_on;

#[test]
fn leaps_of_the_clock_are_told_with_the_sizes_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    run_on(folder.path(), ["demo"]).ended(0);
    let told = run_on(folder.path(), ["log", "stats"]).ended(0);
    assert!(!told.output.contains("clock"), "{}", told.output);

    let leap = Leap {
        kind: LeapKind::Forward,
        expected_unix_ms: 1_777_597_200_000,
        found_unix_ms: 1_777_856_400_000,
    };
    LeapRecord::of(folder.path()).note(&leap).unwrap();
    let told = run_on(folder.path(), ["log", "stats"]).ended(0);
    assert!(told.output.contains("forward"), "{}", told.output);
    let stats = run_on(folder.path(), ["log", "stats", "--format", "json"])
        .ended(0)
        .json();
    let leap = &stats["clock_leaps"][0];
    assert_eq!(leap["kind"], "forward");
    assert_eq!(leap["expected_at"], "2026-05-01T09:00:00.000+08:00");
    assert_eq!(leap["found_at"], "2026-05-04T09:00:00.000+08:00");
    assert_eq!(stats["clock_leaps_unreadable"], 0);
}
