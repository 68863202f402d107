//! The seeds that are run, and those that are kept because they found something.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use redress_domain::refusal::Code;

use crate::coverage::Coverage;
use crate::simulator::{Plant, Simulator};

/// Seeds by default.
const SEEDS: u64 = 500;

/// Failures that are told of at once.
const FAILURES_TOLD: usize = 20;

/// Each with what it found, on its own line.
const KEPT: &str = include_str!("kept_seeds.txt");

fn number_of(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Runs one seed; what does not hold, with the whole story.
pub fn run(seed: u64, plant: Option<Plant>) -> Result<Coverage, String> {
    let mut simulator = Simulator::new(seed, plant);
    match simulator.run() {
        Ok(()) => Ok(simulator.coverage),
        Err(what) => Err(format!(
            "{}\nseed {seed}: {what}\nREDRESS_SEED={seed} runs it again",
            simulator.story.join("\n")
        )),
    }
}

/// What did not hold, without the story before it.
fn last_lines(failure: &str) -> &str {
    failure
        .rfind("\nseed ")
        .map_or(failure, |place| &failure[place + 1..])
}

/// Runs seeds on all cores, and gives what they reached, or the first that fails.
fn run_all(seeds: std::ops::Range<u64>) -> Result<Coverage, String> {
    let next = AtomicU64::new(seeds.start);
    let reached = Mutex::new(Coverage::default());
    let failed: Mutex<Vec<String>> = Mutex::default();
    let enough = || failed.lock().unwrap_or_else(PoisonError::into_inner).len() >= FAILURES_TOLD;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end || enough() {
                        return;
                    }
                    match run(seed, None) {
                        Ok(coverage) => reached.lock().unwrap().add(&coverage),
                        Err(failure) => failed.lock().unwrap().push(failure),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    let Some(first) = failed.first() else {
        return Ok(reached.into_inner().unwrap());
    };
    let all: Vec<&str> = failed.iter().map(|failure| last_lines(failure)).collect();
    Err(format!(
        "{first}\n\n{} failures:\n{}",
        all.len(),
        all.join("\n")
    ))
}

#[test]
fn the_engine_and_the_model_agree() {
    if let Some(seed) = number_of("REDRESS_SEED") {
        let mut simulator = Simulator::new(seed, None);
        simulator.aloud = true;
        let held = simulator.run();
        held.unwrap_or_else(|what| panic!("seed {seed}: {what}"));
        return;
    }
    let seeds = number_of("REDRESS_SEEDS").unwrap_or(SEEDS);
    let coverage = run_all(0..seeds).unwrap_or_else(|failure| panic!("{failure}"));
    coverage.print();
    if seeds >= SEEDS {
        assert_everything_was_reached(&coverage);
    }
}

#[test]
fn seeds_that_found_something_hold() {
    for line in KEPT.lines() {
        let seed = line.split_whitespace().next();
        if let Some(seed) = seed.and_then(|word| word.parse().ok()) {
            run(seed, None).unwrap_or_else(|failure| panic!("{failure}"));
        }
    }
}

/// Codes of documents that are no commands, of submitters whom no run has, and a few that take many
/// steps.
const CODES_NOT_REACHED: usize = 12;

/// Commands that only the engine may give: a person's are refused.
const OF_THE_ENGINE: [&str; 4] = [
    "complaint.observe",
    "merchant.observe",
    "intermediary.observe",
    "intermediary.record_coordination_failure",
];

/// Every command of people was accepted at least once, and nearly every answer was foretold.
fn assert_everything_was_reached(coverage: &Coverage) {
    let missing: Vec<&str> = ALL_COMMANDS
        .split_whitespace()
        .filter(|kind| !OF_THE_ENGINE.contains(kind))
        .filter(|kind| {
            coverage
                .commands
                .get(*kind)
                .is_none_or(|(accepted, _)| *accepted == 0)
        })
        .collect();
    assert!(missing.is_empty(), "never accepted: {missing:?}");
    let unreached: Vec<&str> = Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| !coverage.codes.contains_key(*code))
        .collect();
    println!("codes not reached: {unreached:?}");
    assert!(unreached.len() <= CODES_NOT_REACHED, "{unreached:?}");
    assert!(coverage.foretold * 2 > coverage.answers);
    assert!(coverage.followed * 10 > coverage.complaints * 8);
    for (what, count) in [
        ("restarts", coverage.restarts),
        ("faults", coverage.faults),
        ("rebuilds", coverage.rebuilds),
        ("looks back", coverage.looks_back),
        ("repeats", coverage.repeats),
    ] {
        assert!(count > 100, "{what}: {count}");
    }
}

const ALL_COMMANDS: &str = "complaint.file complaint.request_refund complaint.respond \
    complaint.message complaint.submit_evidence complaint.assess_evidence \
    complaint.explain_billing complaint.reconfirm_plan complaint.record_usage \
    complaint.record_billing_error complaint.record_settlement complaint.approve_refund \
    complaint.reject_refund complaint.record_defective_rejection complaint.record_refund \
    complaint.complete complaint.confirm complaint.continue complaint.withdraw \
    complaint.accept_late_fact complaint.refuse_late_fact complaint.link complaint.unlink \
    complaint.pause complaint.resume complaint.find_ground complaint.determine complaint.dismiss \
    complaint.overturn complaint.keep_note merchant.register merchant.update \
    merchant.report_volume merchant.accept_rulebook merchant.decline_rulebook \
    merchant.propose_measure merchant.impose_measure merchant.approve_measure \
    merchant.refuse_measure merchant.lift_measure merchant.record_notice \
    merchant.submit_rectification merchant.accept_rectification merchant.refuse_rectification \
    merchant.appeal merchant.decide_appeal agreement.sign agreement.change_plan agreement.remind \
    agreement.debit agreement.record_usage agreement.refund agreement.suspend agreement.resume \
    agreement.cancel intermediary.register intermediary.update intermediary.propose_measure \
    intermediary.impose_measure intermediary.approve_measure intermediary.refuse_measure \
    intermediary.lift_measure intermediary.record_notice intermediary.submit_rectification \
    intermediary.accept_rectification intermediary.refuse_rectification intermediary.appeal \
    intermediary.decide_appeal user.erase rulebook.announce";
