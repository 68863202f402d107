//! The process that is killed: it plays a story on a store and tells the answers on its standard
//! output, one a line, as soon as it has them.

use std::path::Path;
use std::sync::mpsc::sync_channel;

use redress_engine::{Accepted, Answer, Engine, EngineError, Pending, Submission};
use redress_store::backup;

use super::reference::{again, story};
use crate::stand::{GENESIS, open_with};
use crate::story::Act;

/// The name of [`runs_for_the_tests_that_kill_it`] among the tests of this binary.
pub const TEST: &str = "kill::child::runs_for_the_tests_that_kill_it";
/// Where the store is; without it there is nothing to do.
pub const STORE: &str = "REDRESS_CHILD_STORE";
/// The story: see [`story`](super::reference::story).
pub const STORY: &str = "REDRESS_CHILD_STORY";
/// For each act of the story `+`, or `.` where only its time passes.
pub const ACTS: &str = "REDRESS_CHILD_ACTS";
/// The act to begin with.
pub const FROM: &str = "REDRESS_CHILD_FROM";
/// How many acts come between two rebuilds of the read models; none without it. Half as many acts
/// after each the rows from before it are gone back to.
pub const REBUILD_EVERY: &str = "REDRESS_CHILD_REBUILD_EVERY";

/// Where the store is backed up to while it works; it is not without it.
pub const BACKUP: &str = "REDRESS_CHILD_BACKUP";

/// Says that the store is open.
pub const OPENED: &str = "opened";
/// Says to which position there is a backup now.
pub const BACKED_UP: &str = "backed up to ";
/// Says that everything was played and the store is closed.
pub const DONE: &str = "done";

/// Acts that are under way at a time: several share one sync.
const UNDER_WAY_MAX: usize = 16;
/// How many acts come between two times that the read store is brought up.
const SETTLE_EVERY: usize = 23;
/// How many acts come between two backups.
const BACK_UP_EVERY: usize = 31;

/// Not a test by itself: the others start this binary anew with the variables above.
#[test]
fn runs_for_the_tests_that_kill_it() {
    let Some(store) = std::env::var_os(STORE) else {
        return;
    };
    let story = story(&std::env::var(STORY).unwrap());
    let acts = again(&story.acts, &std::env::var(ACTS).unwrap());
    let store = Path::new(&store);
    let engine = open_with(store, &story.edition);
    println!("\n{OPENED}");
    play(store, &engine, &acts);
    drop(engine);
    println!("{DONE}");
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// Hands the acts in, in their order, without waiting for each; another thread takes the answers.
fn play(store: &Path, engine: &Engine, acts: &[Act]) {
    let from = number(FROM).unwrap_or(0);
    let rebuild_every = number(REBUILD_EVERY).unwrap_or(usize::MAX);
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel::<(usize, Handed)>(UNDER_WAY_MAX);
        scope.spawn(move || {
            for (index, handed) in receiver {
                match handed {
                    Handed::Command(answer) => tell(index, &answer.wait().unwrap()),
                    Handed::Time(passed) => passed.wait().unwrap(),
                }
            }
        });
        for (index, act) in acts.iter().enumerate().skip(from) {
            sender.send((index, Handed::of(act, engine))).unwrap();
            if index % rebuild_every == rebuild_every - 1 {
                engine.rebuild().unwrap();
            }
            if index % rebuild_every == rebuild_every / 2 {
                match engine.roll_back(&[]) {
                    Ok(_) | Err(EngineError::NothingKept { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            if index % SETTLE_EVERY == 0 {
                engine.settle().unwrap();
            }
            if index % BACK_UP_EVERY == 0
                && let Some(directory) = std::env::var_os(BACKUP)
            {
                let report = backup::run(store, GENESIS, Path::new(&directory), None, |_, _| {});
                println!("{BACKED_UP}{}", report.unwrap().last_position);
            }
        }
    });
}

enum Handed {
    Command(Pending<Answer>),
    Time(Pending<()>),
}

impl Handed {
    fn of(act: &Act, engine: &Engine) -> Self {
        match act {
            Act::Submit(submission) => Self::Command(engine.submit(Submission::clone(submission))),
            Act::Advance(to) => Self::Time(engine.advance(*to, None)),
        }
    }
}

fn tell(index: usize, answer: &Answer) {
    let Answer::Accepted(accepted) = answer else {
        println!("refused {index} {answer:?}");
        return;
    };
    println!("{}", Told::line(index, accepted));
}

/// An answer as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The number of the act that it answers.
    pub index: usize,
    pub stream: String,
    pub version: u64,
    pub position: u64,
    /// The names of the events.
    pub events: Vec<String>,
}

impl Told {
    pub fn of(index: usize, accepted: &Accepted) -> Self {
        Self {
            index,
            stream: accepted.stream.to_string(),
            version: accepted.version,
            position: accepted.position,
            events: accepted.events.clone(),
        }
    }

    fn line(index: usize, accepted: &Accepted) -> String {
        let told = Self::of(index, accepted);
        format!(
            "accepted {index} {} {} {} {}",
            told.stream,
            told.version,
            told.position,
            told.events.join(",")
        )
    }

    /// Reads a line; `None` for one that says something else, or was cut short by the kill.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_suffix('\n')?.split(' ');
        if words.next() != Some("accepted") {
            return None;
        }
        Some(Self {
            index: words.next()?.parse().ok()?,
            stream: words.next()?.to_owned(),
            version: words.next()?.parse().ok()?,
            position: words.next()?.parse().ok()?,
            events: words.next()?.split(',').map(str::to_owned).collect(),
        })
    }
}
