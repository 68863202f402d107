//! Controls: faults that are planted must be reported.

use crate::seeds::run;
use crate::simulator::Plant;

/// The first of a few seeds that reports a planted fault, and what it says.
fn reported(plant: Plant) -> String {
    let found = (0..20).find_map(|seed| run(seed, Some(plant)).err());
    let found = found.unwrap_or_else(|| panic!("{plant:?} was not noticed"));
    found.lines().rev().nth(1).unwrap().to_owned()
}

#[test]
fn a_restart_that_loses_a_commit_is_reported() {
    let what = reported(Plant::RestartsLoseACommit);
    assert!(what.contains("the end of the log"), "{what}");
}

#[test]
fn a_deadline_that_is_one_millisecond_off_is_reported() {
    let what = reported(Plant::DueInstantsAreOneMillisecondOff);
    assert!(
        what.contains("first_reply") || what.contains("deadlines missed"),
        "{what}"
    );
}

#[test]
fn a_close_that_only_the_engine_knows_of_is_reported() {
    reported(Plant::ACloseIsNotHeard);
}

#[test]
fn texts_that_can_no_longer_be_read_are_reported() {
    let what = reported(Plant::ErasuresAreNotHeard);
    assert!(what.contains("whether it is erased"), "{what}");
}
