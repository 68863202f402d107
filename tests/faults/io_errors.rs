//! Reads, writes and syncs that fail, one after another: nothing is acknowledged that is not
//! durable, the message names the place, and a restart finds everything that was acknowledged.
//!
//! `REDRESS_FAULTS` sets how many calls of each kind are made to fail, each in a run of its own, once
//! and from then on; `all` goes on until there are no more of them.

use std::fs;
use std::path::{Path, PathBuf};

use redress_tests::testing::evidence::{self, Size};

use crate::child::{End, Ran, binary, count_asked, for_each, role, run};
use crate::disk::{Call, Fault, Layer, Refusal};
use crate::feed::feed;
use crate::findings::{Findings, acknowledgements, lost};
use crate::power::what_is_durable;
use crate::stand::folder;

/// Lines that are fed before anything fails.
const LINES_BEFORE: usize = 20;
/// Lines that are fed altogether; the erasure is one of them.
const LINES: usize = 90;

/// Files that calls fail on.
const PLACES: [&str; 3] = ["/journal/", "/vault/", "/read/"];

/// What one run came to.
struct Outcome {
    /// Whether the call that was to fail was made.
    happened: bool,
    code: i32,
    wrong: Option<String>,
}

/// The feed in two parts, and what is found in a store that took it without a fault.
struct Expected {
    before: PathBuf,
    after: PathBuf,
    reference: Findings,
    _folder: tempfile::TempDir,
}

impl Expected {
    fn new() -> Self {
        let folder = folder();
        let lines = feed();
        let write = |name: &str, lines: &[String]| {
            let path = folder.path().join(name);
            fs::write(&path, lines.join("\n")).unwrap();
            path
        };
        let before = write("before", &lines[..LINES_BEFORE]);
        let after = write("after", &lines[LINES_BEFORE..LINES]);
        let data = folder.path().join("data");
        for feed in [&before, &after] {
            assert_eq!(append(&data, feed, None).end, End::Code(0));
        }
        let reference = examined(&data).unwrap();
        Self {
            before,
            after,
            reference,
            _folder: folder,
        }
    }
}

/// Feeds a store; with a layer over its disk where one is given.
fn append(data: &Path, feed: &Path, layer: Option<&Layer>) -> Ran {
    let mut command = binary(data);
    command.arg("append").arg(feed).args(["--answers", "-"]);
    if let Some(layer) = layer {
        assert!(layer.under(&mut command, data.parent().unwrap()));
    }
    run(&mut command)
}

fn examined(data: &Path) -> Result<Findings, String> {
    let findings = Findings::of(&run(role("examine", data).env("REDRESS_ROLE_FOLDS", "1")))?;
    match (&findings.refused, findings.differing) {
        (None, 0) => Ok(findings),
        (Some(because), _) => Err(because.clone()),
        (None, _) => Err("rows are not what the log says".to_owned()),
    }
}

fn outcome(expected: &Expected, fault: &Fault) -> Outcome {
    let place = folder();
    let root = place.path().join("disk");
    fs::create_dir(&root).unwrap();
    let data = root.join("data");
    let trace = place.path().join("trace");
    let mut layer = Layer {
        trace: Some(trace.clone()),
        fault: None,
    };
    let before = append(&data, &expected.before, Some(&layer));
    assert_eq!(before.end, End::Code(0));
    layer.fault = Some(fault.clone());
    let ran = append(&data, &expected.after, Some(&layer));
    let bytes = fs::read(&trace).unwrap();
    let happened = bytes
        .windows(7)
        .any(|window| window == b"failed ".as_slice());
    Outcome {
        happened,
        code: match ran.end {
            End::Code(code) => code,
            End::Signal | End::TooLong => -1,
        },
        wrong: check(expected, fault, &root, &trace, &[before, ran]).err(),
    }
}

fn check(
    expected: &Expected,
    fault: &Fault,
    root: &Path,
    trace: &Path,
    runs: &[Ran],
) -> Result<(), String> {
    let data = root.join("data");
    let failed = &runs[1];
    let words = fault.error.words();
    match failed.end {
        End::Code(0) => {}
        End::Code(1 | 5) if failed.errors.contains(words) => {}
        _ => return Err(format!("{:?}: {}", failed.end, failed.errors)),
    }
    // Where sled panics the program goes on, or ends as with any other failure.
    let own = |line: &&str| line.contains("panicked at") && !line.contains("/sled-");
    if let Some(line) = failed.errors.lines().find(own) {
        return Err(line.to_owned());
    }
    let mut acknowledged = Vec::new();
    for run in runs {
        acknowledged.extend(acknowledgements(run.output.as_bytes()));
    }
    // The program ended, and the power went as well: what was not synced is gone.
    let place = folder();
    what_is_durable(trace, root).materialise(root, place.path());
    for data in [&place.path().join("data"), &data] {
        let findings = examined(data)?;
        if let Some(missing) = lost(&acknowledged, &findings.events) {
            return Err(format!("{missing:?} is lost"));
        }
    }
    // The same feed again brings everything to where it would have come.
    let again = append(&data, &expected.after, None);
    if again.end != End::Code(0) {
        return Err(format!("the same feed again: {again:?}"));
    }
    let findings = examined(&data)?;
    if findings.events != expected.reference.events || findings.texts != expected.reference.texts {
        return Err("the same feed again does not lead to the same log".to_owned());
    }
    Ok(())
}

fn fault(call: Call, part: &str, first: usize, last: usize, error: Refusal) -> Fault {
    Fault {
        call,
        part: part.to_owned(),
        first,
        last,
        error,
        only_while: None,
    }
}

#[test]
fn a_call_that_fails_loses_nothing_that_was_acknowledged() {
    if !Layer::is_there() {
        return;
    }
    let expected = Expected::new();
    let most = count_asked("REDRESS_FAULTS", 2);
    let mut kinds = Vec::new();
    for part in PLACES {
        for call in [Call::Write, Call::Sync, Call::Read] {
            kinds.push((call, part));
        }
    }
    let found = for_each(&kinds, |(call, part)| {
        let mut outcomes = Vec::new();
        // The last syncs of the read store's files are those of closing them.
        let most = match (call, *part) {
            (Call::Sync, "/read/") => most.max(4),
            (Call::Write | Call::Sync | Call::Read, _) => most,
        };
        for first in 1..=most {
            let once = fault(*call, part, first, first, Refusal::Medium);
            let outcome_once = outcome(&expected, &once);
            if !outcome_once.happened {
                break;
            }
            outcomes.push((once, outcome_once));
            let ever = fault(*call, part, first, 0, Refusal::Medium);
            outcomes.push((ever.clone(), outcome(&expected, &ever)));
        }
        outcomes
    });
    let mut wrong = Vec::new();
    let mut ended = 0;
    for (kind, outcomes) in kinds.iter().zip(&found) {
        let refused = outcomes.iter().filter(|(_, one)| one.code != 0).count();
        ended += refused;
        println!("{kind:?}: {} runs, {refused} ended by it", outcomes.len());
        for (fault, outcome) in outcomes {
            if let Some(what) = &outcome.wrong {
                wrong.push(format!("{fault:?}: {what}"));
            }
        }
    }
    let runs: usize = found.iter().map(Vec::len).sum();
    assert!(runs > 20, "{runs} runs");
    assert!(wrong.is_empty(), "{} of {runs}: {wrong:#?}", wrong.len());
    let counted = [
        ("runs with failing calls", runs as u64),
        ("of them ended by it", ended as u64),
        ("losses", wrong.len() as u64),
    ];
    evidence::record("io-errors", Size::Asked("REDRESS_FAULTS"), &counted);
}

#[test]
fn a_sync_that_fails_without_a_word_is_what_loses() {
    if !Layer::is_there() {
        return;
    }
    let expected = Expected::new();
    let lie = fault(Call::Sync, "/journal/", 2, 0, Refusal::Lie);
    let outcome = outcome(&expected, &lie);
    assert!(outcome.happened);
    let wrong = outcome.wrong.expect("the loss must be noticed");
    assert!(
        wrong.contains("is lost") || wrong.contains("missing"),
        "{wrong}"
    );
}
