use std::sync::Arc;

use proptest::prelude::*;
use redress_domain::complaint::{self, CloseReason, LinkKind};
use redress_domain::instant::Span;

use super::ReadModels;
use crate::fault::Fault;
use crate::fixture::{Log, Shelf, all_rows, complaint_id, edition, hours};
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
    let fault = ReadModels::new(None).unwrap().fold(&change).unwrap_err();
    assert!(matches!(fault, Fault::StateMissing { position: 1 }));
}
