//! A power cut at any moment: nothing that was acknowledged is lost, and the store opens.
//!
//! A run is written down by the layer over the disk; a model of the disk then gives every state in
//! which a power cut could have left it, and a child process examines the store in each. Without one
//! kind of syncs the same states show losses.
//!
//! `REDRESS_STATES` sets how many states are examined of each run; `all` takes every one.

mod medium;
mod states;
mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use redress_tests::testing::evidence::{self, Size};
use tempfile::TempDir;

use self::medium::{Durable, Medium, Without};
use self::states::{State, states};
use self::trace::Step;
use crate::child::{End, Ran, binary, count_asked, for_each, role, run};
use crate::disk::Layer;
use crate::feed::{ERASED_AFTER, ERASURE, feed};
use crate::findings::{Findings, lost};
use crate::stand::folder;

const SEED: u64 = 7;

/// A run that was written down.
struct Run {
    /// Everything below this folder was.
    folder: TempDir,
    /// Where the store is.
    data: PathBuf,
    /// What a child examines a store with.
    examiner: &'static str,
    steps: Vec<Step>,
    /// What is found in the store at the end.
    reference: Findings,
}

impl Run {
    /// Writes down what these commands do, one after another.
    fn of(examiner: &'static str, commands: impl Fn(&Path) -> Vec<Command>) -> Self {
        let folder = folder();
        let trace = folder.path().join("trace");
        let root = folder.path().join("disk");
        fs::create_dir(&root).unwrap();
        let data = root.join("data");
        let layer = Layer {
            trace: Some(trace.clone()),
            fault: None,
        };
        for mut command in commands(&data) {
            assert!(layer.under(&mut command, &root));
            let ran = run(&mut command);
            assert_eq!(ran.end, End::Code(0), "{ran:?}");
        }
        let steps = trace::read(&trace);
        let reference = Findings::of(&examined(examiner, &data)).unwrap();
        assert!(reference.whole, "{reference:?}");
        Self {
            folder,
            data,
            examiner,
            steps,
            reference,
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// How many states there are, how many were examined, and what was lost in them.
    fn losses(&self, without: Without, count: usize) -> (usize, usize, Vec<String>) {
        let (all, states) = states(&self.steps, &self.root(), without, count, SEED);
        let found = for_each(&states, |state| {
            self.check(state)
                .err()
                .map(|what| format!("{}: {what}", state.name))
        });
        (all, states.len(), found.into_iter().flatten().collect())
    }

    fn check(&self, state: &State) -> Result<(), String> {
        let place = folder();
        state.disk.materialise(&self.root(), place.path());
        let data = place
            .path()
            .join(self.data.strip_prefix(self.root()).unwrap());
        if self.examiner == "examine" && !data.join("first-edition.toml").exists() {
            return never_made(&data, state);
        }
        let findings = Findings::of(&examined(self.examiner, &data))?;
        if let Some(because) = &findings.refused {
            return Err(because.clone());
        }
        if let Some(missing) = lost(&state.acknowledged, &findings.events) {
            return Err(format!("{missing:?} is lost"));
        }
        if findings.differing > 0 {
            return Err("rows are not what the log says".to_owned());
        }
        let known = self.reference.events.get(..findings.events.len());
        if known != Some(&findings.events) {
            return Err("the log is not the beginning of what was written".to_owned());
        }
        self.check_texts(&findings)
    }

    /// Texts that were not erased can be read, and no others.
    fn check_texts(&self, findings: &Findings) -> Result<(), String> {
        let is_erased = |texts: &BTreeMap<(u64, usize), String>, place| {
            texts.get(place).is_some_and(|text| text == "erased")
        };
        let erasure = self
            .reference
            .events
            .iter()
            .position(|event| event.command_id == ERASURE)
            .unwrap_or(usize::MAX);
        for (place, text) in &findings.texts {
            let will_be_erased = is_erased(&self.reference.texts, place);
            let as_it_must_be = match (will_be_erased, findings.events.len() > erasure) {
                (false, _) => self.reference.texts.get(place) == Some(text),
                (true, true) => text == "erased",
                (true, false) => text != "erased",
            };
            if !as_it_must_be {
                return Err(format!("the text at {place:?} is {text}"));
            }
        }
        Ok(())
    }
}

/// Keeps how many states there were, how many were examined, and how many of these had a loss.
fn record(name: &str, run: &Run, all: usize, examined: usize, losses: usize) {
    let counted = [
        ("states examined", examined as u64),
        ("states there are", all as u64),
        ("steps of the run", run.steps.len() as u64),
        ("losses", losses as u64),
    ];
    evidence::record(name, Size::Asked("REDRESS_STATES"), &counted);
}

/// Examines some states of a run in which one kind of syncs does nothing, for each kind, and keeps
/// how many of them lose something: there must be some.
fn assert_losses_without(name: &str, run: &Run, kinds: &[(Without, &str)], count: usize) {
    let mut counted = Vec::new();
    for (without, states) in kinds {
        let (_, examined, losses) = run.losses(*without, count);
        println!(
            "{without:?}: {} of {examined} states lose something",
            losses.len()
        );
        assert!(!losses.is_empty(), "{without:?} must be noticed");
        counted.push((*states, examined as u64));
        counted.push(("of them with a loss", losses.len() as u64));
    }
    evidence::record(name, Size::Fixed, &counted);
}

const WITHOUT_JOURNAL_SYNCS: (Without, &str) =
    (Without::JournalSyncs, "states without syncs of the journal");
const WITHOUT_FOLDER_SYNCS: (Without, &str) =
    (Without::FolderSyncs, "states without syncs of folders");
const WITHOUT_VAULT_SYNCS: (Without, &str) =
    (Without::VaultSyncs, "states without syncs of the vault");

/// A store whose making was interrupted: nothing was acknowledged, and it is made again.
fn never_made(data: &Path, state: &State) -> Result<(), String> {
    if !state.acknowledged.is_empty() {
        return Err("the store is gone".to_owned());
    }
    let ran = run(binary(data).args(["append", "-"]));
    match ran.end {
        End::Code(0) => Ok(()),
        _ => Err(format!("{ran:?}")),
    }
}

fn examined(examiner: &str, data: &Path) -> Ran {
    run(role(examiner, data).env("REDRESS_ROLE_FOLDS", "1"))
}

/// What a power cut leaves at the end of a run that was written down, when it takes everything that
/// was not synced.
pub fn what_is_durable(trace: &Path, root: &Path) -> Durable {
    let mut medium = Medium::new(root, Without::Nothing);
    for (number, step) in trace::read(trace).iter().enumerate() {
        medium.take(number, step);
    }
    medium.durable
}

/// The binary makes the store and takes commands in several runs; between them one process hands
/// commands in one by one, and each is acknowledged as soon as it can be.
fn run_of_the_store() -> Run {
    let lines = feed();
    let part = |name: &str, from: usize, to: usize| {
        let path = folder_of_feeds().join(format!("{name}-{}", std::process::id()));
        let mut file = fs::File::create(&path).unwrap();
        for line in &lines[from..to] {
            writeln!(file, "{line}").unwrap();
        }
        path
    };
    Run::of("examine", |data| {
        let append = |feed: &Path| {
            let mut command = binary(data);
            command.arg("append").arg(feed).args(["--answers", "-"]);
            command
        };
        let mut one_by_one = role("submit", data);
        one_by_one.env(
            "REDRESS_ROLE_FEED",
            part("one-by-one", 12, ERASED_AFTER + 8),
        );
        vec![
            append(&part("first", 0, 5)),
            append(&part("second", 5, 12)),
            one_by_one,
            append(&part("third", ERASED_AFTER + 8, ERASED_AFTER + 30)),
        ]
    })
}

fn folder_of_feeds() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

#[test]
fn nothing_acknowledged_is_lost_by_a_power_cut() {
    if !Layer::is_there() {
        return;
    }
    let run = run_of_the_store();
    let count = count_asked("REDRESS_STATES", 100);
    let (all, examined, losses) = run.losses(Without::Nothing, count);
    println!(
        "power cut: {examined} of {all} states of {} steps",
        run.steps.len()
    );
    assert!(all > 500 && examined >= 100);
    assert!(losses.is_empty(), "{} losses: {losses:#?}", losses.len());
    record("power-cut", &run, all, examined, losses.len());
    let kinds = [
        WITHOUT_JOURNAL_SYNCS,
        WITHOUT_FOLDER_SYNCS,
        WITHOUT_VAULT_SYNCS,
    ];
    assert_losses_without("power-cut-without-syncs", &run, &kinds, 10);
}

#[test]
fn no_segment_is_lost_by_a_power_cut() {
    if !Layer::is_there() {
        return;
    }
    let run = Run::of("scan", |data| vec![role("seal", data)]);
    let segments = fs::read_dir(run.data.join("journal")).unwrap().count();
    assert!(segments > 10, "{segments} files");
    let count = count_asked("REDRESS_STATES", 50);
    let (all, examined, losses) = run.losses(Without::Nothing, count);
    println!(
        "sealing: {examined} of {all} states of {} steps",
        run.steps.len()
    );
    assert!(losses.is_empty(), "{} losses: {losses:#?}", losses.len());
    record("power-cut-sealing", &run, all, examined, losses.len());
    let kinds = [WITHOUT_JOURNAL_SYNCS, WITHOUT_FOLDER_SYNCS];
    assert_losses_without("power-cut-sealing-without-syncs", &run, &kinds, 8);
}
