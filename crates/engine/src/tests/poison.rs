//! Entries of a log as another program could have written them. Where a projection cannot take one up
//! it stands still at the place, and whatever does not rest on it goes on; one that does not continue
//! its stream is refused whole.

use std::path::Path;

use redress_domain::agreement::{self, CancelParty};
use redress_domain::complaint;
use redress_domain::event::{Event, Header, Recorded};
use redress_domain::identity::{AgreementId, ComplaintId, StreamId};
use redress_domain::text::PersonalText;
use redress_projections::cases::QueueView;
use redress_store::entry;
use redress_store::journal::{Commit, FileJournal, Journal};
use uuid::Uuid;

use super::{accepted, configuration, expect_no_difference, file, hour, open, register};
use crate::{
    Engine, EngineError, EventRange, Look, ProjectionCondition, RebuildOutcome, Submission,
};

/// An event that one projection cannot take up.
struct Poison {
    projection: &'static str,
    stream: StreamId,
    event: Event,
    /// What the cause must say.
    says: &'static str,
}

fn poisons() -> [Poison; 2] {
    [
        Poison {
            projection: "keys",
            stream: StreamId::Complaint(ComplaintId::new("C1").unwrap()),
            event: Event::Complaint(complaint::Event::UserInsisted {
                text: Some(PersonalText::Sealed {
                    characters: 5,
                    bytes: b"short".to_vec(),
                }),
            }),
            says: "does not name its key",
        },
        Poison {
            projection: "agreements",
            stream: StreamId::Agreement(AgreementId::new("A1").unwrap()),
            event: Event::Agreement(agreement::Event::AgreementCancelled {
                party: CancelParty::User,
                reason: None,
            }),
            says: "without the state of its stream",
        },
    ]
}

/// Puts an event behind the last one of a closed store's log, so many versions further than its
/// stream. Everything else about it is in order but what it says.
fn append(
    directory: &Path,
    poison: &Poison,
    log: &[Recorded],
    digest: [u8; 32],
    versions_further: u64,
) {
    let last = &log.last().unwrap().header;
    let of_stream = log.iter().filter(|one| one.header.stream == poison.stream);
    let recorded = Recorded {
        header: Header {
            position: last.position + 1,
            stream: poison.stream.clone(),
            version: of_stream.count() as u64 + versions_further,
            event_id: Uuid::from_u128(1),
            command_id: Uuid::from_u128(2),
            correlation_id: None,
            causation_id: None,
            ..last.clone()
        },
        event: poison.event.clone(),
    };
    let commit = Commit {
        first_position: recorded.header.position,
        entries: vec![entry::encode(&recorded, &digest, None).unwrap()],
    };
    let (mut journal, _) = FileJournal::open(directory, &configuration(directory).genesis).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(journal.append(&[commit])).unwrap();
}

fn log(engine: &Engine) -> Vec<Recorded> {
    let mut log = Vec::new();
    engine
        .events(&EventRange::default(), |recorded| {
            log.push(recorded);
            true
        })
        .unwrap();
    log
}

/// What the store says with a projection that stands still at a position.
#[track_caller]
fn expect_poisoned(engine: &Engine, poison: &Poison, position: u64, refused: Submission) {
    for state in engine.projections().unwrap() {
        match state.condition {
            ProjectionCondition::Live => {
                assert_ne!(state.name, poison.projection);
                assert_eq!(state.position, position, "{}", state.name);
            }
            ProjectionCondition::Faulted {
                position: at,
                cause,
            } => {
                assert_eq!((state.name, at), (poison.projection, position));
                assert!(cause.contains(poison.says), "{cause}");
                assert_eq!(state.position, position - 1);
            }
            ProjectionCondition::Building => panic!("{} is being built", state.name),
        }
    }
    // What does not rest on it is answered, and reflects the event.
    let seen = engine.queue(None, QueueView::All, None, Look::default());
    let seen = seen.unwrap();
    assert_eq!((seen.value.len(), seen.as_of_position), (2, position));
    assert_eq!(engine.merchants(Look::default()).unwrap().value.len(), 1);
    let complaint = ComplaintId::new("C1").unwrap();
    let complaint = engine.complaint(&complaint, Look::default()).unwrap();
    assert!(complaint.value.is_some());
    assert_eq!(log(engine).len() as u64, position);
    // Decisions rest on it: none is taken, and each is told why and where.
    match engine.submit(refused).wait() {
        Err(EngineError::ProjectionFaulted {
            name,
            position: at,
            cause,
        }) => {
            assert_eq!((name, at), (poison.projection, position));
            assert!(cause.contains(poison.says), "{cause}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(engine.last_position(), position);
}

/// A log that ends with the poison; the position of that.
fn poisoned_log(directory: &Path, poison: &Poison, versions_further: u64) -> u64 {
    let engine = open(directory);
    accepted(&engine, register(0, "M1"));
    accepted(&engine, file(1, "C1", "M1", "U1"));
    accepted(&engine, file(1, "C2", "M1", "U2"));
    let log = log(&engine);
    let digest = engine.shared.world().stream(&poison.stream).unwrap().digest;
    drop(engine);
    append(directory, poison, &log, digest, versions_further);
    log.len() as u64 + 1
}

#[test]
fn an_event_that_a_projection_cannot_take_up_stops_it_there_and_nothing_else() {
    for poison in poisons() {
        let directory = tempfile::tempdir().unwrap();
        let position = poisoned_log(directory.path(), &poison, 0);
        let next = || file(2, "C3", "M1", "U3");
        let engine = open(directory.path());
        expect_poisoned(&engine, &poison, position, next());
        drop(engine);
        // It is known after a restart, and found again where it was forgotten.
        expect_poisoned(&open(directory.path()), &poison, position, next());
        std::fs::remove_dir_all(directory.path().join("read")).unwrap();
        let engine = open(directory.path());
        expect_poisoned(&engine, &poison, position, next());

        // A rebuild of everything replaces all others, and comes to the same event.
        for rebuilt in engine.rebuild().unwrap().projections {
            match rebuilt.outcome {
                RebuildOutcome::Replaced(_) => assert_ne!(rebuilt.name, poison.projection),
                RebuildOutcome::Faulted {
                    position: at,
                    cause,
                } => {
                    assert_eq!((rebuilt.name, at), (poison.projection, position));
                    assert!(cause.contains(poison.says), "{cause}");
                }
            }
        }
        expect_poisoned(&engine, &poison, position, next());
        expect_no_difference(&engine);

        // As the log was before it, everything is in order.
        let look = Look {
            at: Some(hour(2)),
            as_of: Some(crate::AsOf::Position(position - 1)),
        };
        let seen = engine.complaints(&Default::default(), look).unwrap();
        assert_eq!(seen.value.len(), 2);
    }
}

#[test]
fn an_entry_that_does_not_continue_its_stream_is_refused_with_its_place() {
    for poison in poisons() {
        let directory = tempfile::tempdir().unwrap();
        let position = poisoned_log(directory.path(), &poison, 1);
        for _ in 0..2 {
            match Engine::open(configuration(directory.path())).err().unwrap() {
                EngineError::Broken { position: at, what } => {
                    assert_eq!(at, position);
                    assert!(what.contains("must follow"), "{what}");
                }
                other => panic!("{other}"),
            }
        }
    }
}
