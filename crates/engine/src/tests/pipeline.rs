//! The writer decides while the disk is at work: who waits for it, and who does not.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use redress_domain::gate::Capability;
use redress_domain::identity::{ComplaintId, MerchantId, TemplateId, UserRef};
use redress_projections::cases::SlaQuery;

use super::unreliable::{LONG_ENOUGH, Manner, Told, unreliable};
use super::{accepted, expect_no_difference, file, hour, open, register};
use crate::{Engine, EngineError, GateQuestion, Look, Seen};

/// So long nothing may come that waits for the disk.
const WAITS: Duration = Duration::from_millis(400);

/// What a query answers, as it comes.
type Coming<T> = Receiver<Result<Seen<T>, EngineError>>;

/// Asks on a thread of its own.
fn ask<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    engine: &'scope Engine,
    query: impl FnOnce(&Engine) -> Result<Seen<T>, EngineError> + Send + 'scope,
) -> Coming<T> {
    let (sender, coming) = channel();
    scope.spawn(move || sender.send(query(engine)));
    coming
}

/// Lets the disk go on however a test ends: what waits for it would wait for ever.
struct Release<'a>(&'a Told);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.0.set(Manner::Works);
    }
}

#[track_caller]
fn answered<T>(coming: &Coming<T>) -> Seen<T> {
    coming.recv_timeout(LONG_ENOUGH).unwrap().unwrap()
}

#[track_caller]
fn assert_waits<T>(coming: &Coming<T>) {
    let waited = coming.recv_timeout(WAITS).map(|_| ());
    assert_eq!(waited, Err(RecvTimeoutError::Timeout));
}

fn complaint(id: &str) -> ComplaintId {
    ComplaintId::new(id).unwrap()
}

fn may_debit(merchant: &str) -> GateQuestion {
    GateQuestion {
        merchant_id: MerchantId::new(merchant).unwrap(),
        action: Capability::Debit,
        template_id: None,
        agreement_id: None,
        user_ref: None,
        amount_fen: Some(100),
    }
}

fn every_clock() -> SlaQuery {
    SlaQuery {
        merchant_id: None,
        from: None,
        to: None,
        at: hour(0),
    }
}

#[test]
fn while_the_disk_is_at_work_only_those_wait_who_would_see_what_is_not_durable() {
    let directory = tempfile::tempdir().unwrap();
    let (engine, told) = unreliable(directory.path());
    for merchant in ["M1", "M2"] {
        accepted(&engine, register(0, merchant));
    }
    accepted(&engine, file(1, "C1", "M1", "U1"));
    let durable = engine.last_position();

    told.set(Manner::Blocks);
    std::thread::scope(|scope| {
        let _release = Release(&told);
        let first = engine.submit(file(2, "C2", "M1", "U2"));
        told.wait_blocked();

        // The writer decides on meanwhile, and nobody is told of it.
        let later: Vec<_> = (3..9)
            .map(|number| engine.submit(file(number, &format!("C{number}"), "M1", "U2")))
            .collect();
        let begun = Instant::now();
        while engine.shared.world().last_recorded_at < hour(8) {
            assert!(
                begun.elapsed() < LONG_ENOUGH,
                "the writer waits for the disk"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(engine.shared.world().last_position > durable);
        assert_eq!(engine.last_position(), durable);

        // What is durable is answered at once, and reflects no more than that.
        for merchant in ["M1", "M2"] {
            let seen = answered(&ask(scope, &engine, move |engine| {
                engine.gate(&may_debit(merchant), Look::default())
            }));
            assert!(seen.value.is_some());
            assert_eq!(seen.as_of_position, durable);
        }
        let seen = answered(&ask(scope, &engine, |engine| {
            engine.complaint(&complaint("C1"), Look::default())
        }));
        assert!(seen.value.is_some());
        assert_eq!(seen.as_of_position, durable);

        // Everything else waits: a crash could still take back what it would show.
        let of_complaint = ask(scope, &engine, |engine| {
            engine.complaint(&complaint("C2"), Look::default())
        });
        let of_report = ask(scope, &engine, |engine| {
            engine.sla(every_clock(), Look::default())
        });
        let of_users = ask(scope, &engine, |engine| {
            // That a user has no agreement yet rests on every event.
            let question = GateQuestion {
                action: Capability::Sign,
                template_id: Some(TemplateId::new("T1").unwrap()),
                user_ref: Some(UserRef::new("U9").unwrap()),
                ..may_debit("M1")
            };
            engine.gate(&question, Look::default())
        });
        assert_waits(&of_complaint);
        assert_waits(&of_report);
        assert_waits(&of_users);
        assert_eq!(engine.last_position(), durable);

        told.set(Manner::Works);
        first.wait().unwrap();
        for pending in later {
            pending.wait().unwrap();
        }
        let seen = answered(&of_complaint);
        assert!(seen.value.is_some());
        assert!(seen.as_of_position > durable);
        assert!(answered(&of_report).as_of_position > durable);
        assert!(answered(&of_users).as_of_position > durable);
    });
    let last = engine.last_position();
    assert_eq!(engine.shared.world().last_position, last);
    drop(engine);

    let engine = open(directory.path());
    assert_eq!(engine.last_position(), last);
    expect_no_difference(&engine);
}

#[test]
fn which_merchants_belong_together_is_waited_for_by_the_gate() {
    let directory = tempfile::tempdir().unwrap();
    let (engine, told) = unreliable(directory.path());
    accepted(&engine, register(0, "M1"));
    let durable = engine.last_position();
    told.set(Manner::Blocks);
    std::thread::scope(|scope| {
        let _release = Release(&told);
        let pending = engine.submit(register(1, "M2"));
        told.wait_blocked();
        let coming = ask(scope, &engine, |engine| {
            engine.gate(&may_debit("M1"), Look::default())
        });
        assert_waits(&coming);
        told.set(Manner::Works);
        pending.wait().unwrap();
        assert!(answered(&coming).as_of_position > durable);
    });
}

#[test]
fn after_a_failed_sync_the_log_is_folded_once_for_all_who_read() {
    let directory = tempfile::tempdir().unwrap();
    let (engine, told) = unreliable(directory.path());
    for merchant in ["M1", "M2"] {
        accepted(&engine, register(0, merchant));
    }
    accepted(&engine, file(1, "C1", "M1", "U1"));
    let look = Look {
        at: Some(hour(2)),
        as_of: None,
    };
    let read = |engine: &Engine| {
        let first = engine.complaint(&complaint("C1"), look).unwrap();
        let gate = engine.gate(&may_debit("M1"), look).unwrap();
        let report = engine.sla(every_clock(), look).unwrap();
        let merchant = engine.merchant(&MerchantId::new("M2").unwrap(), look);
        let seen = (
            first.value,
            gate.value,
            report.value,
            merchant.unwrap().value.is_some(),
        );
        (format!("{seen:?}"), report.as_of_position)
    };
    let before = read(&engine);
    let durable = engine.last_position();
    assert_eq!(before.1, durable);

    told.set(Manner::Fails);
    assert!(engine.submit(file(2, "C2", "M1", "U2")).wait().is_err());
    assert!(engine.shared.world().last_position > durable);

    // The first who asks folds the log; all others would find none to fold.
    assert_eq!(read(&engine), before);
    let journal = directory.path().join("journal");
    let away = directory.path().join("journal-away");
    std::fs::rename(&journal, &away).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    assert_eq!(read(&engine), before);
                    let lost = engine.complaint(&complaint("C2"), look).unwrap();
                    assert!(lost.value.is_none());
                    assert_eq!(lost.as_of_position, durable);
                }
            });
        }
    });
    // A look back has nothing to be answered from but the log.
    let look_back = Look {
        as_of: Some(crate::AsOf::Position(durable)),
        ..look
    };
    assert!(engine.complaint(&complaint("C1"), look_back).is_err());
    std::fs::rename(&away, &journal).unwrap();
    let seen = engine.complaint(&complaint("C1"), look_back).unwrap();
    assert!(seen.value.is_some());
}
