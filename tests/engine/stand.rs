//! Stores in folders of their own, copies of them, their logs and everything they show.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use redress_domain::event::{Event, Recorded};
use redress_domain::instant::Instant;
use redress_domain::rulebook::Edition;
use redress_domain::text::PersonalText;
use redress_domain::user;
use redress_engine::{
    Answer, Chains, Clock, Engine, EngineError, EventRange, Look, OpenReport, Seen,
    StoreConfiguration, Submission,
};
use redress_projections::agreements::AgreementFilter;
use redress_projections::cases::{CaseFilter, QueueView, SlaQuery};
use redress_projections::repeats::RepeatsQuery;
use redress_protocol::edition::built_in;
use redress_protocol::view::{
    IntermediaryBundle, MerchantBundle, Moment, agreement_view, complaint_view, intermediary_view,
    merchant_view, queue_view, repeats_view, sla_view,
};
use redress_store::journal::{Commit, FileJournal, Journal, JournalReader};
use redress_store::vault::KeyEncryptionKey;
pub use redress_tests::files::copy_folder as copy;
use serde_json::Value;
use tempfile::TempDir;

/// What every journal of these tests is bound to.
pub const GENESIS: &[u8] = b"first edition";

/// A folder that goes away with the test; in memory where the machine has such a place, since
/// these tests are about what is written and not about how long a disk takes.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    tempfile::tempdir_in(memory).unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

pub fn configuration(directory: &Path, edition: &Edition) -> StoreConfiguration {
    StoreConfiguration {
        directory: directory.to_owned(),
        first_edition: edition.clone(),
        genesis: GENESIS.to_vec(),
        key_encryption_key: KeyEncryptionKey::from_bytes([7; 32]),
        progress: None,
    }
}

pub fn open_with(directory: &Path, edition: &Edition) -> Engine {
    Engine::open(configuration(directory, edition)).unwrap().0
}

pub fn open(directory: &Path) -> Engine {
    open_with(directory, &built_in().unwrap())
}

pub fn open_and_report(directory: &Path) -> (Engine, OpenReport) {
    try_open(directory).unwrap()
}

pub fn try_open(directory: &Path) -> Result<(Engine, OpenReport), EngineError> {
    Engine::open(configuration(directory, &built_in().unwrap()))
}

pub fn in_memory() -> Engine {
    Engine::in_memory(built_in().unwrap()).unwrap()
}

/// Hands a command in and waits for the answer.
pub fn submit(engine: &Engine, submission: &Submission) -> Answer {
    engine.submit(submission.clone()).wait().unwrap()
}

/// Hands commands in that must be accepted.
pub fn accept_all(engine: &Engine, submissions: &[Submission]) {
    for submission in submissions {
        accepted(submit(engine, submission));
    }
}

#[track_caller]
pub fn accepted(answer: Answer) -> redress_engine::Accepted {
    match answer {
        Answer::Accepted(accepted) => accepted,
        Answer::Refused(refused) => panic!("refused: {:?}", refused.refusal),
    }
}

/// The code of a refusal.
#[track_caller]
pub fn refused(answer: Answer) -> &'static str {
    match answer {
        Answer::Refused(refused) => refused.refusal.code.as_str(),
        Answer::Accepted(accepted) => panic!("accepted: {accepted:?}"),
    }
}

/// A clock that stands where it is set.
#[derive(Default)]
pub struct SetClock(AtomicI64);

impl SetClock {
    pub fn at(instant: Instant) -> Arc<Self> {
        let clock = Self::default();
        clock.set(instant);
        Arc::new(clock)
    }

    pub fn set(&self, instant: Instant) {
        self.0.store(instant.unix_ms(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Instant {
        Instant::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// Copies a folder as it is at this moment: what a crash would leave, when nothing was lost that
/// was written.
pub fn copied(from: &Path) -> TempDir {
    let to = folder();
    copy(from, to.path());
    to
}

/// Every file of a folder with its bytes.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.insert(entry.path(), fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// The last segment of a journal.
pub fn last_segment(directory: &Path) -> PathBuf {
    files(&directory.join("journal"))
        .into_keys()
        .rfind(|path| {
            path.extension()
                .is_some_and(|extension| extension == "segment")
        })
        .unwrap()
}

/// The commits of a journal as stored.
pub fn commits(directory: &Path) -> Vec<Commit> {
    let mut reader = JournalReader::open(directory, GENESIS, 1).unwrap();
    let mut commits = Vec::new();
    while let Some(commit) = reader.next_commit().unwrap() {
        commits.push(commit.to_commit());
    }
    commits
}

/// Begins a journal in a new directory with these commits, as one group.
pub fn write_journal(directory: &Path, commits: &[Commit]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (mut journal, _) = FileJournal::open(directory, GENESIS).unwrap();
    runtime.block_on(journal.append(commits)).unwrap();
}

/// The log as recorded, its texts left out: keys, nonces and what they seal differ.
pub fn log(engine: &Engine) -> Vec<Recorded> {
    let mut log = Vec::new();
    engine
        .events(&EventRange::default(), |mut recorded| {
            for text in recorded.event.texts_mut() {
                let characters = text.characters();
                *text = PersonalText::Open(format!("{characters} characters"));
            }
            // After a crash numbers of keys are left out.
            if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) =
                &mut recorded.event
            {
                key_numbers.fill(0);
            }
            log.push(recorded);
            true
        })
        .unwrap();
    log
}

/// Compares two logs and shows where they part.
#[track_caller]
pub fn assert_same_log(actual: &[Recorded], expected: &[Recorded], context: &str) {
    for (ours, theirs) in actual.iter().zip(expected) {
        if ours == theirs {
            continue;
        }
        panic!("{context}: the logs part: got\n{ours:#?}\ninstead of\n{theirs:#?}");
    }
    if actual.len() != expected.len() {
        let more = if actual.len() > expected.len() {
            actual
        } else {
            expected
        };
        let shorter = actual.len().min(expected.len());
        panic!(
            "{context}: {} events instead of {}; the first only one has: {:#?}",
            actual.len(),
            expected.len(),
            more[shorter]
        );
    }
}

/// Positions and versions without gaps, `recorded_at` that never goes back, chains within streams.
#[track_caller]
pub fn assert_chained(directory: &Path) {
    let mut chains = Chains::default();
    for commit in commits(directory) {
        for entry in &commit.entries {
            chains.take(entry).unwrap();
        }
    }
}

/// Every read model is what the log says.
#[track_caller]
pub fn assert_verified(engine: &Engine, context: &str) {
    for comparison in engine.verify_projections().unwrap() {
        assert_eq!(
            comparison.differing, 0,
            "{context}: {}: {:?}",
            comparison.name, comparison.differences
        );
    }
    assert_eq!(engine.verify_log().unwrap(), engine.last_position());
}

/// Everything that the store shows from one point of view, by name.
pub fn views(engine: &Engine, look: Look) -> BTreeMap<String, Value> {
    let glance = engine.glance(look).unwrap();
    let look = glance.look();
    let mut views = BTreeMap::new();
    for id in engine
        .complaints(&CaseFilter::default(), look)
        .unwrap()
        .value
    {
        let seen = engine.complaint(&id, look).unwrap();
        let moment = moment(&seen);
        let view = complaint_view(&seen.value.unwrap(), &moment);
        views.insert(format!("complaint/{id}"), view);
    }
    for id in engine.merchants(look).unwrap().value {
        let seen = engine.merchant(&id, look).unwrap();
        let moment = moment(&seen);
        let one = seen.value.unwrap();
        let bundle = MerchantBundle {
            merchant: &one.merchant,
            metrics: &one.metrics,
            gate: &one.gate,
            rulebook: &seen.rulebook,
        };
        views.insert(format!("merchant/{id}"), merchant_view(&bundle, &moment));
        let query = RepeatsQuery {
            merchant_id: Some(id.clone()),
            ..RepeatsQuery::default()
        };
        let seen = engine.repeats(&query, look).unwrap();
        views.insert(format!("repeats/{id}"), repeats_view(&seen.value, &moment));
    }
    for id in engine
        .agreements(&AgreementFilter::default(), look)
        .unwrap()
        .value
    {
        let seen = engine.agreement(&id, look).unwrap();
        let moment = moment(&seen);
        let view = agreement_view(&seen.value.unwrap(), &moment);
        views.insert(format!("agreement/{id}"), view);
    }
    for id in engine.intermediaries(look).unwrap().value {
        let seen = engine.intermediary(&id, look).unwrap();
        let moment = moment(&seen);
        let one = seen.value.unwrap();
        let bundle = IntermediaryBundle {
            intermediary: &one.intermediary,
            merchants: one.portfolio.merchants,
            merchants_at_t2: one.portfolio.merchants_at_t2,
            coordination_failures: one.portfolio.coordination_failures,
        };
        views.insert(
            format!("intermediary/{id}"),
            intermediary_view(&bundle, &moment),
        );
    }
    for view in QueueView::ALL {
        let seen = engine.queue(None, view, None, look).unwrap();
        let shown = queue_view(&seen.value, &moment(&seen));
        views.insert(format!("queue/{}", view.as_str()), shown);
    }
    let query = SlaQuery {
        merchant_id: None,
        from: None,
        to: None,
        at: Instant::from_unix_ms(0),
    };
    let seen = engine.sla(query, look).unwrap();
    views.insert("sla".to_owned(), sla_view(&seen.value, &moment(&seen)));
    views
}

/// A look at everything, its clocks judged at one instant.
pub fn look_at(at: Instant) -> Look {
    Look {
        at: Some(at),
        as_of: None,
    }
}

fn moment<T>(seen: &Seen<T>) -> Moment {
    Moment {
        at: seen.at,
        as_of_position: seen.as_of_position,
        offset: seen.rulebook.in_force(seen.at).civil_offset,
    }
}

#[track_caller]
pub fn assert_same_views(
    actual: &BTreeMap<String, Value>,
    expected: &BTreeMap<String, Value>,
    context: &str,
) {
    let names = |views: &BTreeMap<String, Value>| views.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(actual), names(expected), "{context}");
    for (name, view) in expected {
        assert_eq!(&actual[name], view, "{context}: {name}");
    }
}
