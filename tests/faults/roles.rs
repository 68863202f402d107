//! What a child process of these tests does: it is this very program, told by the environment which
//! role to play on which data directory, and prints what it found, a line each.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use redress_domain::event::{Event, Recorded};
use redress_domain::instant::Instant;
use redress_domain::text::PersonalText;
use redress_domain::user;
use redress_engine::{
    Answer, Chains, Engine, EngineError, EventRange, Pending, StoreConfiguration, Submission,
};
use redress_protocol::command;
use redress_protocol::edition::{built_in, parse_edition};
use redress_protocol::feed::Ordinals;
use redress_store::backup::Until;
use redress_store::journal::{self, Commit, FileJournal, Journal, JournalOptions};
use redress_store::lock::StoreLock;
use redress_store::vault::{KeyEncryptionKey, Unsealed};
use serde_json::json;

use crate::stand::{look_at, views};

/// Bytes of a segment in the role that seals many.
const SMALL_SEGMENT_BYTES: u64 = 1_500;
/// What the journals of that role are bound to.
const GENESIS: &[u8] = b"first edition";

/// Started by [`child::role`](crate::child::role); alone it does nothing.
#[test]
fn a_role_is_played() {
    let Some(role) = std::env::var_os("REDRESS_ROLE") else {
        return;
    };
    let data = PathBuf::from(std::env::var_os("REDRESS_ROLE_DATA").unwrap());
    let played = match role.to_str().unwrap() {
        "examine" => examine(&data),
        "submit" => submit(&data),
        "cut" => crate::damage::role_of_cutting(&data),
        "fill" => crate::disk_full::role_of_filling(&data),
        "overfill" => crate::disk_full::role_of_overfilling(&data),
        "seal" => seal(&data),
        "restore" => restore(&data),
        "scan" => scan(&data),
        other => panic!("there is no role {other}"),
    };
    if let Err(because) = played {
        println!("refused {}", because.replace('\n', " "));
    }
}

/// Opens the store that the binary made, with the edition and the key that lie in it.
pub fn open(data: &Path) -> Result<(Engine, redress_engine::OpenReport), String> {
    let (genesis, first_edition) = first_edition(data)?;
    let key = data.join("key-encryption-key");
    let configuration = StoreConfiguration {
        directory: data.to_owned(),
        first_edition,
        genesis,
        key_encryption_key: KeyEncryptionKey::from_file(&key).map_err(|error| error.to_string())?,
        progress: None,
    };
    Engine::open(configuration).map_err(|error| said(&error))
}

/// What an error says, and whether it is damage.
fn said(error: &EngineError) -> String {
    match error.is_integrity_failure() {
        true => format!("(damage) {error}"),
        false => format!("(failure) {error}"),
    }
}

fn first_edition(data: &Path) -> Result<(Vec<u8>, redress_domain::rulebook::Edition), String> {
    let path = data.join("first-edition.toml");
    let explain = |error: &dyn std::fmt::Display| format!("(damage) {}: {error}", path.display());
    let text = fs::read_to_string(&path).map_err(|error| explain(&error))?;
    let base = built_in().unwrap();
    let known = |name: &str| (base.name.as_str() == name).then(|| base.clone());
    let edition = parse_edition(&text, &known).map_err(|error| explain(&error))?;
    Ok((text.into_bytes(), edition))
}

/// Looks at everything that a store can be asked, then at every byte of its log.
fn examine(data: &Path) -> Result<(), String> {
    let (engine, report) = open(data)?;
    println!("opened {}", report.last_position);
    println!("caught up {}", report.caught_up);
    if let Some(because) = report.rebuilt_because {
        println!("rebuilt {because}");
    }
    tell_all(&engine).map_err(|error| said(&error))?;
    if std::env::var_os("REDRESS_ROLE_FOLDS").is_some() {
        let compared = engine.verify_projections().map_err(|error| said(&error))?;
        let differing: u64 = compared.iter().map(|one| one.differing).sum();
        println!("differing {differing}");
    }
    drop(engine);
    let (genesis, _) = first_edition(data)?;
    let mut chains = Chains::default();
    let whole = journal::verify(data, &genesis, |_, bytes| {
        let taken = chains.take(bytes);
        taken.map(|_| ()).map_err(|error| error.to_string())
    });
    match whole {
        Ok(report) => println!("whole {}", report.entries),
        Err(error) => return Err(said(&error.into())),
    }
    Ok(())
}

fn tell_all(engine: &Engine) -> Result<(), EngineError> {
    let mut log: Vec<Recorded> = Vec::new();
    engine.events(&EventRange::default(), |recorded| {
        log.push(recorded);
        true
    })?;
    let mut streams = BTreeSet::new();
    for recorded in &log {
        let header = &recorded.header;
        tell_texts(engine, recorded)?;
        println!(
            "event {} {} {:x}",
            header.position,
            header.command_id,
            digest(&without_texts(recorded.clone()))
        );
        if !engine.is_known(header.command_id)? {
            println!("view unknown {}", header.command_id);
        }
        streams.insert(header.stream.clone());
    }
    for stream in streams {
        let mut found = Vec::new();
        let range = EventRange {
            stream: Some(stream.clone()),
            ..EventRange::default()
        };
        engine.events(&range, |recorded| {
            found.push(without_texts(recorded));
            true
        })?;
        println!("view {stream} {:x}", digest(&found));
    }
    tell_views(engine, log.last());
    for state in engine.projections()? {
        println!("rows {} {} {}", state.name, state.rows, state.digest);
    }
    Ok(())
}

fn tell_texts(engine: &Engine, recorded: &Recorded) -> Result<(), EngineError> {
    let header = &recorded.header;
    for (field, text) in recorded.event.clone().texts_mut().into_iter().enumerate() {
        let PersonalText::Sealed { bytes, .. } = text else {
            continue;
        };
        let shown = match engine.unseal(&header.stream, header.version, field, bytes)? {
            Unsealed::Text(text) => format!("{:x}", digest(&text)),
            Unsealed::Erased => "erased".to_owned(),
            Unsealed::NotRestored => "not restored".to_owned(),
        };
        println!("text {} {field} {shown}", header.position);
    }
    Ok(())
}

fn tell_views(engine: &Engine, last: Option<&Recorded>) {
    let at = last.map_or(Instant::from_unix_ms(0), |last| last.header.recorded_at);
    for (name, view) in views(engine, look_at(at)) {
        println!("view {name} {:x}", digest(&view));
    }
}

/// Texts are sealed anew when a command is decided anew, and numbers of keys are left out then.
fn without_texts(mut recorded: Recorded) -> Recorded {
    if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) = &mut recorded.event {
        key_numbers.fill(0);
    }
    for text in recorded.event.texts_mut() {
        let characters = text.characters();
        *text = PersonalText::Open(characters.to_string());
    }
    recorded
}

fn digest(value: &impl std::fmt::Debug) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{value:?}").hash(&mut hasher);
    hasher.finish()
}

/// Hands commands in, most of them one at a time and some together, and tells of each as soon as it
/// is acknowledged.
fn submit(data: &Path) -> Result<(), String> {
    let feed = fs::read_to_string(std::env::var_os("REDRESS_ROLE_FEED").unwrap()).unwrap();
    let (engine, _) = open(data)?;
    let mut ordinals = Ordinals::default();
    let submissions: Vec<Submission> = feed
        .lines()
        .map(|line| submission(line.as_bytes(), &mut ordinals))
        .collect();
    for (number, group) in submissions.chunks(5).enumerate() {
        let together = if number % 3 == 0 { group.len() } else { 1 };
        for some in group.chunks(together) {
            let pending: Vec<Pending<Answer>> =
                some.iter().map(|one| engine.submit(one.clone())).collect();
            for (one, answer) in some.iter().zip(pending) {
                if let Answer::Accepted(accepted) = answer.wait().map_err(|error| said(&error))? {
                    tell_of(one, &accepted);
                }
            }
        }
        if number % 4 == 3 {
            engine.settle().map_err(|error| said(&error))?;
        }
    }
    Ok(())
}

/// An acknowledgement, in the form in which the binary tells of one.
pub fn tell_of(submission: &Submission, accepted: &redress_engine::Accepted) {
    let id = submission.command_id.to_string();
    let told = json!({
        "id": id,
        "position": accepted.position,
        "events": accepted.events,
        "replayed": accepted.replayed,
    });
    println!("{told}");
}

/// A line of a feed as it is handed in.
pub fn submission(line: &[u8], ordinals: &mut Ordinals) -> Submission {
    let document = command::parse_bytes(line).unwrap();
    let id = document.id.unwrap_or_else(|| ordinals.derive_id(line));
    Submission {
        recorded_at: document.recorded_at,
        occurred_at: document.occurred_at,
        trust: document.trust,
        expected_version: document.expected_version,
        correlation_id: document.correlation_id,
        ..Submission::of_operator(id, document.request, document.by, document.body)
    }
}

/// Appends to a journal whose segments are soon full, and tells of each commit.
fn seal(data: &Path) -> Result<(), String> {
    let options = JournalOptions {
        segment_bytes: SMALL_SEGMENT_BYTES,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let _lock = StoreLock::acquire(data).unwrap();
    let (mut journal, _) =
        FileJournal::open_with(data, GENESIS, options).map_err(|error| said(&error.into()))?;
    for number in 0..30_u8 {
        let position = journal.last_position() + 1;
        let commit = Commit {
            first_position: position,
            entries: vec![vec![number + 1; 40 + 17 * usize::from(number)]],
        };
        runtime
            .block_on(journal.append(&[commit]))
            .map_err(|error| said(&error.into()))?;
        println!("{}", json!({ "id": "", "position": position }));
    }
    Ok(())
}

/// Restores a backup into a place.
fn restore(target: &Path) -> Result<(), String> {
    let backup = PathBuf::from(std::env::var_os("REDRESS_ROLE_BACKUP").unwrap());
    let restored = redress_engine::restore(&backup, target, Until::End, None, |_| {});
    let report = restored.map_err(|error| said(&error))?;
    println!("whole {}", report.last_position);
    Ok(())
}

/// Opens such a journal and reads every byte of it.
fn scan(data: &Path) -> Result<(), String> {
    let said = |error: journal::JournalError| said(&error.into());
    let (journal, _) = FileJournal::open(data, GENESIS).map_err(said)?;
    println!("opened {}", journal.last_position());
    drop(journal);
    let whole = journal::verify(data, GENESIS, |position, entry| {
        println!("event {position}  {:x}", digest(&entry));
        Ok(())
    })
    .map_err(said)?;
    println!("whole {}", whole.entries);
    Ok(())
}
