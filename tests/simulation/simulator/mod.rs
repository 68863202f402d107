//! One run: commands from a seed go to a real engine on a disk in memory, which is stopped, fails
//! and is rebuilt on the way; after every command and at the end the model has its say.

mod ending;
mod giving;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use redress_domain::event::Recorded;
use redress_domain::instant::Instant;
use redress_domain::rulebook::Edition;
use redress_engine::{Accepted, Engine, MemoryDisk, Submission, Submitter};
use redress_protocol::command;
use redress_protocol::edition::{BUILT_IN, built_in, parse_edition};
use redress_store::journal::{Journal, MemoryJournal};
use redress_tests::chance::Chance;
use redress_tests::workspace;
use serde_json::{Value, json};

use crate::checks::{Check, same};
use crate::coverage::Coverage;
use crate::deeds::{Deeds, registrations, written};
use crate::model::Model;
use crate::model::fact::{Fact, milliseconds};
use crate::model::terms::{DAY, HOUR, Terms};
use crate::stand::{Fault, SetClock, Unreliable, look_at, views};

/// Seeds are numbered one after the other; multiplied with this they lie far apart.
const SEEDS_APART: u64 = 0x2545_f491_4f6c_dd1d;
/// Commands of one run after its registrations.
const COMMANDS: u64 = 60;

/// A fault that is planted to see that it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// A restart loses the last commit.
    RestartsLoseACommit,
    /// The model's due instants come one millisecond early: as if the engine's came late.
    DueInstantsAreOneMillisecondOff,
    /// The model does not hear of the last close of a round: as if the engine had added it.
    ACloseIsNotHeard,
    /// The model's texts are not erased: as if the engine kept destroying keys.
    ErasuresAreNotHeard,
}

/// What was handed to the engine, to be handed to another one.
enum Handed {
    Command(Box<Submission>),
    Time(i64),
    Notice,
}

/// A view taken on the way: at which position, judged at which instant.
struct Taken {
    position: u64,
    at: i64,
    views: BTreeMap<String, Value>,
}

struct Known {
    document: Value,
    answer: Accepted,
}

pub struct Simulator {
    seed: u64,
    chance: Chance,
    plant: Option<Plant>,
    edition: Edition,
    terms: Terms,
    /// Whether commands bring the instant of their recording, as in a feed.
    feed: bool,
    clock: Arc<SetClock>,
    disk: MemoryDisk,
    next_fault: Arc<Mutex<Option<Fault>>>,
    engine: Option<Engine>,
    log: Vec<Recorded>,
    facts: Vec<Fact>,
    known: Vec<Known>,
    handed: Vec<(i64, Handed)>,
    taken: Vec<Taken>,
    now: i64,
    passed_to: i64,
    ordinal: u64,
    /// What happened, line by line.
    pub story: Vec<String>,
    /// Whether it is told as it happens.
    pub aloud: bool,
    pub coverage: Coverage,
}

const EDITIONS: [Option<&str>; 5] = [
    None,
    Some("low-ladder"),
    Some("with-pauses"),
    Some("quick-standing"),
    Some("low-ladder"),
];

/// An edition of the scenarios and what the model knows of it.
pub fn edition(name: Option<&str>) -> (Edition, Terms) {
    let base = built_in().unwrap();
    let Some(name) = name else {
        return (base, Terms::read(BUILT_IN, None));
    };
    let path = format!("tests/scenarios/editions/{name}.toml");
    let text = std::fs::read_to_string(workspace().join(path)).unwrap();
    let terms = Terms::read(BUILT_IN, Some(&text));
    let edition = parse_edition(&text, &|_| Some(base.clone())).unwrap();
    (edition, terms)
}

/// An empty disk. Keys are made once for all runs: that takes longer than a run.
fn blank_disk() -> MemoryDisk {
    static KEYS: OnceLock<MemoryDisk> = OnceLock::new();
    let keys = KEYS.get_or_init(|| MemoryDisk::new().unwrap());
    keys.with_the_same_keys().unwrap()
}

pub fn submission(document: &Value) -> Submission {
    let parsed = command::parse(document).unwrap_or_else(|error| panic!("{error}: {document}"));
    Submission {
        command_id: parsed.id.unwrap(),
        request: parsed.request,
        recorded_at: parsed.recorded_at,
        occurred_at: parsed.occurred_at,
        by: parsed.by,
        trust: parsed.trust,
        submitter: Submitter::Operator,
        expected_version: parsed.expected_version,
        correlation_id: parsed.correlation_id,
        body: parsed.body,
        history: None,
    }
}

impl Simulator {
    pub fn new(seed: u64, plant: Option<Plant>) -> Self {
        let (edition, terms) = edition(EDITIONS[usize::try_from(seed % 5).unwrap()]);
        let start = milliseconds(&json!("2026-05-01T09:00:00+08:00")).unwrap();
        Self {
            seed,
            chance: Chance::new(seed.wrapping_mul(SEEDS_APART)),
            plant,
            edition,
            terms,
            feed: !seed.is_multiple_of(3),
            clock: Arc::default(),
            disk: blank_disk(),
            next_fault: Arc::default(),
            engine: None,
            log: Vec::new(),
            facts: Vec::new(),
            known: Vec::new(),
            handed: Vec::new(),
            taken: Vec::new(),
            now: start,
            passed_to: start,
            ordinal: 0,
            story: Vec::new(),
            aloud: false,
            coverage: Coverage::default(),
        }
    }

    pub fn run(&mut self) -> Check {
        self.clock.set(self.now);
        self.open();
        for document in registrations() {
            self.give(document)?;
        }
        for _ in 0..COMMANDS {
            self.let_time_pass()?;
            self.disturb()?;
            let model = self.model();
            let document = Deeds {
                chance: &mut self.chance,
                model: &model,
                now: self.now,
                about_measures: self.seed % 8 == 7,
            }
            .next();
            self.give(document)?;
            if self.chance.once_in(10) {
                self.repeat()?;
            }
        }
        self.finish()
    }

    /// Notes what happens, and says it at once where one seed alone is run: a run that does not
    /// end shows how far it came.
    fn tell(&mut self, line: String) {
        if self.aloud {
            println!("{line}");
        }
        self.story.push(line);
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn open(&mut self) {
        let journal = Unreliable::new(self.disk.journal(), &self.next_fault);
        let engine = Engine::on_memory_disk(
            self.edition.clone(),
            Arc::<SetClock>::clone(&self.clock),
            &self.disk,
            Box::new(journal),
        );
        self.engine = Some(engine.unwrap());
    }

    /// What the model makes of the log so far.
    fn model(&self) -> Model {
        self.model_of(&self.facts, self.passed_to)
    }

    fn model_of(&self, facts: &[Fact], now: i64) -> Model {
        match self.plant {
            Some(Plant::DueInstantsAreOneMillisecondOff) => {
                let mut terms = self.terms.clone();
                terms.first_reply -= 1;
                Model::of(facts, &terms, now)
            }
            Some(Plant::ACloseIsNotHeard) => {
                let mut facts = facts.to_vec();
                if let Some(place) = facts.iter().rposition(|fact| fact.kind == "RoundClosed") {
                    facts.remove(place);
                }
                Model::of(&facts, &self.terms, now)
            }
            Some(Plant::ErasuresAreNotHeard) => {
                let mut model = Model::of(facts, &self.terms, now);
                model.erased.clear();
                model
            }
            Some(Plant::RestartsLoseACommit) | None => Model::of(facts, &self.terms, now),
        }
    }

    fn let_time_pass(&mut self) -> Check {
        let ms = match self.chance.below(12) {
            0..=2 => 0,
            3 => 1,
            4..=6 => self.chance.below(6 * HOUR.unsigned_abs()),
            7 | 8 => self.chance.below(30 * HOUR.unsigned_abs()),
            9 => self.chance.below(5 * DAY.unsigned_abs()),
            _ => self.up_to_a_deadline(),
        };
        self.now += i64::try_from(ms).unwrap();
        // The program's clock may go back; what is recorded does not.
        let shown = if !self.feed && self.chance.once_in(15) {
            self.now - HOUR
        } else {
            self.now
        };
        self.clock.set(shown);
        if self.chance.once_in(12) {
            self.story
                .push(format!("time passes to {}", written(self.now)));
            if self.feed {
                self.handed.push((shown, Handed::Time(self.now)));
                let to = Instant::from_unix_ms(self.now);
                self.engine().advance(to, None).wait().unwrap();
                self.passed_to = self.passed_to.max(self.now);
            } else {
                self.handed.push((shown, Handed::Notice));
                self.engine().notice_deadlines().wait().unwrap();
                self.passed_to = self.passed_to.max(shown);
            }
            self.read_on()?;
        }
        Ok(())
    }

    /// So long that the next deadline is a millisecond away, reached, or a millisecond past.
    fn up_to_a_deadline(&mut self) -> u64 {
        let model = self.model();
        let next = model
            .cases
            .values()
            .flat_map(|case| {
                let clocks = case.rounds.iter().flat_map(|round| &round.clocks);
                clocks.filter_map(|clock| clock.due(&case.pauses).filter(|_| clock.is_open()))
            })
            .filter(|due| *due > self.now + 1)
            .min();
        let Some(next) = next else {
            return 0;
        };
        let offset = self.chance.of(&[-1, 0, 1]);
        (next + offset - self.now).unsigned_abs()
    }

    /// Restarts, rebuilds, and views that are kept for later.
    fn disturb(&mut self) -> Check {
        if self.chance.once_in(15) {
            self.restart()?;
        }
        if self.chance.once_in(30) {
            self.tell("the read models are built anew".to_owned());
            self.coverage.rebuilds += 1;
            let before = views(self.engine(), look_at(self.now));
            self.engine().rebuild().unwrap();
            let after = views(self.engine(), look_at(self.now));
            same_views("after a rebuild", &after, &before)?;
        }
        if self.chance.once_in(20) {
            let at = self.now;
            self.taken.push(Taken {
                position: self.engine().last_position(),
                at,
                views: views(self.engine(), look_at(at)),
            });
        }
        Ok(())
    }

    fn restart(&mut self) -> Check {
        self.tell("the program is restarted".to_owned());
        self.coverage.restarts += 1;
        let before = views(self.engine(), look_at(self.now));
        self.engine = None;
        if self.plant == Some(Plant::RestartsLoseACommit) {
            self.lose_the_last_commit();
        }
        self.open();
        self.read_on()?;
        let after = views(self.engine(), look_at(self.now));
        same_views("after a restart", &after, &before)
    }

    fn lose_the_last_commit(&mut self) {
        let mut commits = Vec::new();
        let old = self.disk.journal();
        let mut reader = old.reader(1).unwrap();
        while let Some(commit) = reader.next_commit().unwrap() {
            commits.push(commit.to_commit());
        }
        commits.pop();
        let mut shorter = MemoryJournal::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime
            .block_on(redress_store::journal::Journal::append(
                &mut shorter,
                &commits,
            ))
            .unwrap();
        self.disk = MemoryDisk::holding(shorter).unwrap();
    }
}

fn same_views(
    context: &str,
    actual: &BTreeMap<String, Value>,
    expected: &BTreeMap<String, Value>,
) -> Check {
    same(context, actual.len(), expected.len())?;
    for (name, view) in expected {
        let shown = actual.get(name);
        if shown != Some(view) {
            return Err(format!("{context}: {name} is {shown:?} instead of {view}"));
        }
    }
    Ok(())
}
