use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use proptest::prelude::*;
use redress_domain::complaint::{self, CloseReason, LinkKind};
use redress_domain::instant::{CivilDay, Span};
use redress_domain::intermediary::{self, IntermediaryKind};
use redress_domain::text::PersonalText;
use redress_domain::{agreement, merchant, user};

use super::ReadModels;
use crate::change::Latest;
use crate::condition::Condition;
use crate::fault::Fault;
use crate::fixture::{Log, Shelf, all_rows, complaint_id, edition, hours, intermediary_id, order};
use crate::table::Backing;

/// A step of a random history: which complaint, and what happens to it.
#[derive(Clone, Copy, Debug)]
struct Step {
    complaint: u8,
    act: u8,
    after_minutes: i64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..6_u8, 0..9_u8, 0..1_500_i64).prop_map(|(complaint, act, after_minutes)| Step {
        complaint,
        act,
        after_minutes,
    });
    prop::collection::vec(step, 1..60)
}

/// Events need not be ones that a command could bring about: folds are total.
fn history(steps: &[Step]) -> Log {
    let mut log = Log::new();
    let mut at = hours(0);
    let mut filed = [false; 6];
    let mut rounds = [0_u32; 6];
    let mut findings = [0_u32; 6];
    let mut determinations = [0_u32; 6];
    for step in steps {
        at = at.plus(Span::from_ms(step.after_minutes * 60_000));
        let place = usize::from(step.complaint);
        let id = format!("C{place}");
        if !filed[place] {
            filed[place] = true;
            rounds[place] = 1;
            let merchant = if place < 4 { "M1" } else { "M2" };
            log.file(&id, merchant, &format!("U{}", place % 3), "O1", at);
            continue;
        }
        match step.act {
            0 => log.respond(&id, at),
            1 => log.close(&id, rounds[place], CloseReason::Completed, at),
            2 => {
                rounds[place] += 1;
                log.open_round(&id, rounds[place], at);
            }
            3 | 4 => {
                findings[place] += 1;
                log.find(&id, findings[place], rounds[place], at);
            }
            5 if determinations[place] < findings[place] => {
                determinations[place] += 1;
                log.determine(&id, determinations[place], at);
            }
            6 if determinations[place] > 0 => {
                log.overturn(&id, determinations[place], at);
            }
            7 => log.complaint(
                &id,
                at,
                complaint::Event::ComplaintLinked {
                    other: complaint_id("C0"),
                    kind: LinkKind::Related,
                },
            ),
            _ => log.complaint(&id, at, complaint::Event::ComplaintWithdrawn),
        }
    }
    log
}

proptest! {
    /// Whatever was handed on, let go of and opened again on the way, the rows are those of a
    /// rebuild, byte for byte.
    #[test]
    fn rows_equal_a_rebuild_byte_for_byte(
        steps in steps(),
        every in 1..10_usize,
        reopened in any::<bool>(),
    ) {
        let log = history(&steps);
        let rebuilt = log.models();

        let shelf = Arc::new(Shelf::default());
        let backing: Arc<dyn Backing> = shelf.clone();
        let mut models = ReadModels::new(Some(backing.clone())).unwrap();
        for (number, entry) in log.entries.iter().enumerate() {
            models.fold(&entry.change(&log.rulebook)).unwrap();
            if number % every == 0 {
                shelf.apply(models.take_changes().unwrap());
                if reopened {
                    models = ReadModels::new(Some(backing.clone())).unwrap();
                } else {
                    models.release(models.generation());
                    // All but the queue, which has to be known whole.
                    prop_assert!(models.rows_in_memory() <= models.deadlines.len());
                }
            }
        }
        prop_assert_eq!(all_rows(&models), all_rows(&rebuilt));
        prop_assert_eq!(models.digests().unwrap(), rebuilt.digests().unwrap());
        prop_assert_eq!(models.deadlines.next(), rebuilt.deadlines.next());

        // What was handed on alone is everything.
        shelf.apply(models.take_changes().unwrap());
        let opened = ReadModels::new(Some(backing)).unwrap();
        prop_assert_eq!(all_rows(&opened), all_rows(&rebuilt));
    }
}

proptest! {
    /// Streams that are shown now and then give the rows of a fold of every event.
    #[test]
    fn latest_states_give_the_rows_of_every_event(steps in steps(), every in 1..20_usize) {
        let log = history(&steps);
        let mut models = ReadModels::new(None).unwrap();
        let mut first_positions = BTreeMap::new();
        let mut changed = BTreeMap::new();
        for (number, entry) in log.entries.iter().enumerate() {
            let change = entry.change(&log.rulebook);
            models.fold_event(&change).unwrap();
            let latest = change.latest();
            first_positions.entry(latest.stream).or_insert(latest.position);
            changed.insert(latest.stream, latest);
            if number % every == 0 || number + 1 == log.entries.len() {
                for (stream, latest) in std::mem::take(&mut changed) {
                    let first_position = first_positions.get(stream).copied();
                    let latest = Latest { first_position, ..latest };
                    models.fold_latest(&latest).unwrap();
                }
                models.schedule_evaluations(&log.rulebook).unwrap();
            }
        }
        prop_assert_eq!(all_rows(&models), all_rows(&log.models()));
    }
}

/// A log that makes at least one row in every table but `standing.overdue`.
fn log_of_everything() -> Log {
    let mut log = Log::new();
    log.intermediary(
        "I1",
        hours(0),
        intermediary::Event::IntermediaryRegistered {
            intermediary_id: intermediary_id("I1"),
            kind: IntermediaryKind::Institution,
            name: Arc::from("one"),
        },
    );
    log.register("M1", Some("I1"), "E1", hours(0));
    let volume = merchant::Event::VolumeReported {
        day: CivilDay::from_ymd(2026, 3, 1).unwrap(),
        debits: 1_000,
        users: 5,
    };
    log.merchant("M1", hours(0), volume);
    log.sign("G1", "M1", "T1", "U1", hours(1));
    let refunded = agreement::Event::AgreementRefunded {
        order_id: order("O1"),
        amount_fen: 300,
    };
    log.agreement("G1", hours(2), refunded);
    log.file_under("C1", "M1", "U1", "O1", Some("G1"), hours(3));
    log.file("C2", "M1", "U2", "O2", hours(3));
    for (id, number) in [("C1", 3_u64), ("C2", 4)] {
        let mut bytes = vec![1];
        bytes.extend_from_slice(&number.to_le_bytes());
        let text = PersonalText::Sealed {
            characters: 5,
            bytes,
        };
        log.complaint(id, hours(4), complaint::Event::MessageRecorded { text });
    }
    log.respond("C1", hours(5));
    log.find("C1", 1, 1, hours(80));
    log.determine("C1", 1, hours(81));
    log.close("C1", 1, CloseReason::Completed, hours(90));
    log.open_round("C1", 2, hours(91));
    let failed = intermediary::Event::CoordinationFailed {
        complaint_id: complaint_id("C1"),
        round: 1,
    };
    log.intermediary("I1", hours(92), failed);
    let erased = user::Event::PersonalDataErased {
        user_ref: crate::fixture::user("U2"),
        reason: Arc::from("asked for"),
        key_numbers: vec![4],
    };
    log.user("U2", hours(93), erased);
    log
}

#[test]
fn the_bytes_of_rows_are_those_of_their_schema() {
    let models = log_of_everything().models();
    let mut golden = String::new();
    for (name, schema) in models.names() {
        let rows = models.rows(name).unwrap();
        for table in models.tables(name) {
            let first = rows.iter().find(|(one, _, _)| *one == table);
            let Some((_, key, row)) = first else {
                // Its row is frozen beside its type.
                assert_eq!(table, "standing.overdue");
                continue;
            };
            writeln!(golden, "{table} {schema} {} {}", hex(key), hex(row)).unwrap();
        }
    }
    assert_eq!(
        golden,
        include_str!("golden_rows.txt"),
        "rows changed: raise SCHEMA of their projections, so that rows on disk are built anew, and \
         put what is on the left into golden_rows.txt"
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::from("x"), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn digests_tell_different_rows_apart() {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    let before = log.models().digests().unwrap();
    log.respond("C1", hours(1));
    let after = log.models().digests().unwrap();
    let differing: Vec<&str> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before.digest != after.digest)
        .map(|(before, _)| before.name)
        .collect();
    assert_eq!(differing, ["cases", "deadlines"]);
    assert_eq!(before, log_of_one_complaint().models().digests().unwrap());
}

fn log_of_one_complaint() -> Log {
    let mut log = Log::new();
    log.file("C1", "M1", "U1", "O1", hours(0));
    log
}

#[test]
fn every_table_has_a_name_of_its_own() {
    let models = ReadModels::new(None).unwrap();
    let mut tables: Vec<&str> = models
        .names()
        .into_iter()
        .flat_map(|(name, _)| models.tables(name))
        .collect();
    let count = tables.len();
    tables.sort_unstable();
    tables.dedup();
    assert_eq!(tables.len(), count);
    assert!(models.tables("nothing").is_empty());
    assert!(models.rows("nothing").unwrap().is_empty());
}

#[test]
fn an_event_without_its_state_is_a_fault() {
    let log = log_of_one_complaint();
    let rulebook = redress_domain::rulebook::Rulebook::new(edition());
    let change = crate::Change::new(&log.entries[0].recorded, &rulebook);
    let mut models = ReadModels::new(None).unwrap();
    models.fold(&change).unwrap();
    // Those that look at the complaint stand still, the others go on.
    let fault = Fault::StateMissing { position: 1 };
    let stopped = Condition::faulted(1, &fault);
    assert_eq!(*models.condition("cases"), stopped);
    assert_eq!(*models.condition("deadlines"), stopped);
    assert_eq!(models.following(), ["merchants", "agreements", "keys"]);
    // What stands still hands nothing on.
    let next = &log_of_one_complaint();
    models
        .fold(&next.entries[0].change(&next.rulebook))
        .unwrap();
    let changes = models.take_changes().unwrap();
    assert!(
        changes
            .iter()
            .all(|change| !change.table.starts_with("cases"))
    );
}
