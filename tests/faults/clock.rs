//! The machine's clock leaps by three days, in both directions, while the store is open and while
//! it is closed: time in the log never goes back, no deadline fires early or twice, and every leap
//! can be read afterwards.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use redress_domain::clock::ClockKind;
use redress_domain::complaint;
use redress_domain::event::{Event, Recorded};
use redress_domain::instant::{Instant, Span};
use redress_engine::{Answer, Clock, Engine, EventRange};
use redress_protocol::edition::built_in;
use redress_store::leaps::{LeapKind, LeapRecord};
use redress_store::step::Safeguard;
use redress_tests::chance::Chance;
use redress_tests::testing::evidence::{self, Size};
use serde_json::json;
use uuid::Uuid;

use crate::stand::{assert_chained, assert_verified, configuration, folder};
use crate::story::{asked, filing, instant, merchant};

const START: &str = "2026-05-01T09:00:00+08:00";
const HOUR: i64 = 3_600_000;
const THREE_DAYS: i64 = 72 * HOUR;

/// A machine whose clock can be set, beside the time that really passes.
struct Machine {
    true_time: AtomicI64,
    set_ahead: AtomicI64,
    started_at: i64,
}

impl Machine {
    fn at(start: Instant) -> Arc<Self> {
        Arc::new(Self {
            true_time: AtomicI64::new(start.unix_ms()),
            set_ahead: AtomicI64::new(0),
            started_at: start.unix_ms() - HOUR,
        })
    }

    fn true_time(&self) -> i64 {
        self.true_time.load(Ordering::SeqCst)
    }

    fn pass(&self, ms: i64) {
        self.true_time.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets the clock ahead of the true time, or behind it.
    fn set_ahead(&self, ms: i64) {
        self.set_ahead.store(ms, Ordering::SeqCst);
    }
}

impl Clock for Machine {
    fn now(&self) -> Instant {
        Instant::from_unix_ms(self.true_time() + self.set_ahead.load(Ordering::SeqCst))
    }

    fn stopwatch(&self) -> Option<Span> {
        Some(Span::from_ms(self.true_time() - self.started_at))
    }
}

fn open(directory: &Path, machine: &Arc<Machine>) -> Engine {
    let configuration = configuration(directory, &built_in().unwrap());
    let clock: Arc<dyn Clock> = machine.clone();
    Engine::open_with_clock(configuration, clock).unwrap().0
}

/// Hands in a command under an id of its own: the same words twice are two commands.
fn ask(engine: &Engine, by: &str, kind: &str, data: serde_json::Value) -> Answer {
    static COMMANDS: AtomicU64 = AtomicU64::new(1);
    let mut submission = asked(by, kind, data);
    let number = COMMANDS.fetch_add(1, Ordering::SeqCst);
    submission.command_id = Uuid::from_u128(number.into());
    engine.submit(submission).wait().unwrap()
}

fn log(engine: &Engine) -> Vec<Recorded> {
    let mut log = Vec::new();
    let take = |recorded| {
        log.push(recorded);
        true
    };
    engine.events(&EventRange::default(), take).unwrap();
    log
}

/// Looks at every event since the last look, at a known true time.
#[derive(Default)]
struct Watch {
    seen: usize,
    last: Option<Instant>,
    missed: BTreeSet<(String, u32, ClockKind)>,
}

impl Watch {
    /// `machine_time` is the latest instant that the engine could know.
    #[track_caller]
    fn look(&mut self, engine: &Engine, machine_time: i64) {
        let log = log(engine);
        for recorded in &log[self.seen..] {
            let header = &recorded.header;
            assert!(
                self.last.is_none_or(|last| last <= header.recorded_at),
                "position {}: recorded_at goes back",
                header.position
            );
            self.last = Some(header.recorded_at);
            if let Event::Complaint(complaint::Event::DeadlineMissed { clock, round, .. }) =
                &recorded.event
            {
                assert!(
                    header.occurred_at.unix_ms() <= machine_time,
                    "position {}: {clock:?} of {} fired {} ms early",
                    header.position,
                    header.stream,
                    header.occurred_at.unix_ms() - machine_time
                );
                assert!(header.recorded_at >= header.occurred_at);
                let key = (header.stream.to_string(), *round, *clock);
                assert!(self.missed.insert(key), "{} fired twice", header.stream);
            }
        }
        self.seen = log.len();
    }
}

fn register(engine: &Engine) {
    let registered = ask(
        engine,
        "service:onboarding",
        "merchant.register",
        merchant("M1"),
    );
    assert!(matches!(registered, Answer::Accepted(_)));
}

fn file(engine: &Engine, number: usize) {
    let (complaint, user) = (format!("C{number}"), format!("U{number}"));
    let filed = filing(&complaint, &user, "charged twice");
    let filed = ask(engine, &format!("user:{user}"), "complaint.file", filed);
    assert!(matches!(filed, Answer::Accepted(_)), "{filed:?}");
}

fn leaps(directory: &Path) -> Vec<LeapKind> {
    let leaps = LeapRecord::of(directory).read().unwrap();
    assert_eq!(leaps.unreadable_lines, 0);
    leaps.leaps.iter().map(|leap| leap.kind).collect()
}

#[test]
fn leaps_while_the_store_is_open_move_no_deadline_and_are_noted() {
    let (mut runs, mut leaps_noted, mut deadlines) = (0, 0, 0);
    for seed in 0..6 {
        let mut chance = Chance::new(seed);
        let directory = folder();
        let machine = Machine::at(instant(START));
        let engine = open(directory.path(), &machine);
        register(&engine);
        let mut watch = Watch::default();
        let mut noted = Vec::new();
        let mut ahead = 0;
        for number in 0..40 {
            machine.pass(i64::try_from(chance.below(9 * 3_600_000)).unwrap());
            if chance.below(3) == 0 {
                let to = [0, THREE_DAYS, -THREE_DAYS][usize::try_from(chance.below(3)).unwrap()];
                if to != ahead {
                    noted.push(match to {
                        0 => LeapKind::SetRight,
                        to if to > 0 => LeapKind::Forward,
                        _ => LeapKind::Back,
                    });
                }
                ahead = to;
                machine.set_ahead(to);
            }
            match chance.below(3) {
                0 => engine.notice_deadlines().wait().unwrap(),
                1 => file(&engine, number),
                _ => {
                    let data = json!({ "complaint_id": format!("C{}", chance.below(40)),
                        "text": "we look into it" });
                    ask(&engine, "merchant:M1", "complaint.respond", data);
                }
            }
            watch.look(&engine, machine.true_time());
        }
        assert_eq!(leaps(directory.path()), noted, "seed {seed}");
        assert!(watch.last.unwrap().unix_ms() <= machine.true_time());
        // Nothing was put off by the leaps either.
        machine.pass(4 * 24 * HOUR);
        engine.notice_deadlines().wait().unwrap();
        watch.look(&engine, machine.true_time());
        let filed = log(&engine);
        let filed = filed
            .iter()
            .filter(|one| one.event.name() == "ComplaintFiled")
            .count();
        let resolutions = watch
            .missed
            .iter()
            .filter(|(.., clock)| *clock == ClockKind::Resolution);
        assert_eq!(resolutions.count(), filed, "seed {seed}");
        assert!(noted.len() > 3 && filed > 5);
        assert_verified(&engine, "leaps");
        drop(engine);
        assert_chained(directory.path());
        runs += 1;
        leaps_noted += noted.len() as u64;
        deadlines += watch.missed.len() as u64;
    }
    let counted = [
        ("random runs", runs),
        ("leaps of three days", leaps_noted),
        ("deadlines that fired once and not early", deadlines),
    ];
    evidence::record("clock-leaps", Size::Fixed, &counted);
}

#[test]
fn leaps_while_the_store_is_closed_take_the_log_nowhere_back_and_fire_nothing_twice() {
    let directory = folder();
    let machine = Machine::at(instant(START));
    let engine = open(directory.path(), &machine);
    register(&engine);
    file(&engine, 1);
    let mut watch = Watch::default();
    watch.look(&engine, machine.true_time());
    drop(engine);

    // Nobody can tell a clock that was set forward from time that passed: it is believed, and then
    // the deadlines have run out by it.
    machine.set_ahead(THREE_DAYS);
    machine.pass(HOUR);
    let engine = open(directory.path(), &machine);
    engine.notice_deadlines().wait().unwrap();
    file(&engine, 2);
    watch.look(&engine, machine.now().unix_ms());
    assert_eq!(watch.missed.len(), 2);
    assert_eq!(leaps(directory.path()), []);
    let furthest = watch.last.unwrap();
    drop(engine);

    // Set back: time in the log stands until the clock has come there.
    machine.set_ahead(0);
    let engine = open(directory.path(), &machine);
    assert_eq!(leaps(directory.path()), []);
    for number in 3..6 {
        machine.pass(HOUR);
        engine.notice_deadlines().wait().unwrap();
        file(&engine, number);
        watch.look(&engine, furthest.unix_ms());
        assert_eq!(watch.last, Some(furthest));
        // Told once for each time that the store is open.
        assert_eq!(leaps(directory.path()), [LeapKind::BehindTheLog]);
    }
    assert_eq!(watch.missed.len(), 2);
    let noted = LeapRecord::of(directory.path()).read().unwrap().leaps[0];
    assert_eq!(noted.expected_unix_ms, furthest.unix_ms());
    assert_eq!(noted.found_unix_ms, machine.true_time() - 2 * HOUR);

    // Then it goes on, and what was filed meanwhile has its full time from there.
    machine.pass(THREE_DAYS);
    engine.notice_deadlines().wait().unwrap();
    watch.look(&engine, machine.true_time());
    machine.pass(THREE_DAYS);
    engine.notice_deadlines().wait().unwrap();
    watch.look(&engine, machine.true_time());
    assert_eq!(watch.missed.len(), 10);
    assert_verified(&engine, "closed");
    drop(engine);
    assert_chained(directory.path());
}

/// The tests above in a process that lacks a safeguard: they must fail, for the reason that it is
/// there for.
#[track_caller]
fn assert_fails_without(safeguard: Safeguard, test: &str, words: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--test-threads=1"])
        .env("REDRESS_WITHOUT", safeguard.name())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        !output.status.success(),
        "{test} holds without {safeguard:?}"
    );
    assert!(told.contains(words), "{words:?} in {told}");
}

#[test]
fn following_every_leap_is_reported_as_a_deadline_that_fires_early() {
    assert_fails_without(
        Safeguard::SteadyClock,
        "clock::leaps_while_the_store_is_open_move_no_deadline_and_are_noted",
        "ms early",
    );
}

#[test]
fn recording_what_the_clock_says_is_reported_as_going_back() {
    assert_fails_without(
        Safeguard::NeverBack,
        "clock::leaps_while_the_store_is_closed_take_the_log_nowhere_back_and_fire_nothing_twice",
        "recorded_at goes back",
    );
}
