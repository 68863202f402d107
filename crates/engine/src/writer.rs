//! The single writer: it takes what callers hand in, decides in groups, makes each group durable
//! with one sync, and only then answers.

use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redress_domain::event::Event;
use redress_domain::instant::Instant;
use redress_domain::user;
use redress_store::entry;
use redress_store::journal::{Commit, Journal};
use redress_store::step::{self, Safeguard, Step};
use redress_store::vault::Vault;

use crate::clock::Clock;
use crate::error::EngineError;
use crate::keeper::Keeper;
use crate::opening::{batch, replace_rows};
use crate::session::{Manner, Session};
use crate::submission::{Answer, History, Submission};
use crate::world::World;

/// Most commands that are decided before one sync.
const GROUP_COMMANDS_MAX: usize = 1_024;
/// The read store is handed at least so many entries at a time while the writer is busy.
const BATCH_ENTRIES: usize = 4_096;
/// Entries that may wait for the read store before the writer waits for it.
const LAG_ENTRIES_MAX: usize = 65_536;

/// What the writer is asked to do.
pub(crate) enum Work {
    /// Answer a command.
    Submit(Box<Submission>, Reply<Answer>),
    /// Let time pass up to an instant.
    Advance {
        to: Instant,
        virtual_time: bool,
        history: Option<History>,
        reply: Reply<()>,
    },
    /// Bring the read store up to the end of the log.
    Settle(Reply<()>),
    /// Put read models that were folded anew, up to some position, in the place of the live ones.
    Replace(Box<World>, Reply<()>),
}

/// Where the answer to one piece of work goes.
pub(crate) type Reply<T> = tokio::sync::oneshot::Sender<Result<T, EngineError>>;

/// What the writer shares with everybody who reads.
pub(crate) struct Shared {
    world: Mutex<World>,
    /// Why the writer stopped, if it did.
    stopped: Mutex<Option<String>>,
    /// The last position that is durable.
    durable: Mutex<u64>,
    became_durable: std::sync::Condvar,
    pub vault: Arc<Vault>,
}

impl Shared {
    pub fn new(world: World, vault: Arc<Vault>) -> Self {
        let durable = world.last_position;
        Self {
            world: Mutex::new(world),
            stopped: Mutex::new(None),
            durable: Mutex::new(durable),
            became_durable: std::sync::Condvar::new(),
            vault,
        }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until everything up to a position is durable: nothing is shown that a crash could
    /// still take back.
    pub fn wait_durable(&self, position: u64) -> Result<(), EngineError> {
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        while *durable < position {
            if let Some(because) = self.stopped_because() {
                return Err(EngineError::Stopped { because });
            }
            durable = self
                .became_durable
                .wait_timeout(durable, std::time::Duration::from_millis(100))
                .map_or_else(|poisoned| poisoned.into_inner().0, |(guard, _)| guard);
        }
        Ok(())
    }

    pub fn durable(&self) -> u64 {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_durable(&self, position: u64) {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner) = position;
        self.became_durable.notify_all();
    }

    pub fn stopped_because(&self) -> Option<String> {
        self.stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn stop(&self, because: &str) {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        if stopped.is_none() {
            *stopped = Some(because.to_owned());
        }
        drop(stopped);
        self.became_durable.notify_all();
    }
}

/// The writer's thread and everything that only it touches.
pub(crate) struct Writer {
    pub shared: Arc<Shared>,
    pub journal: Box<dyn Journal>,
    pub clock: Arc<dyn Clock>,
    pub keeper: Option<Keeper>,
    pub runtime: tokio::runtime::Runtime,
    /// The last batch that the keeper was given.
    pub handed_on: Option<HandedOn>,
}

/// A batch for the read store: rows that changed before it may be let go once it is applied.
pub(crate) struct HandedOn {
    position: u64,
    generation: u64,
}

/// Tells everybody who waits, however the writer's thread ends.
struct EndOfWriter(Arc<Shared>);

impl Drop for EndOfWriter {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop("the writer ended by a fault of the program");
        }
    }
}

impl Writer {
    /// Works until nobody can hand in anything any more, then brings the read store up.
    pub fn run(mut self, work: &Receiver<Work>) {
        let _end = EndOfWriter(Arc::clone(&self.shared));
        while let Ok(first) = work.recv() {
            let mut group = vec![first];
            while group.len() < GROUP_COMMANDS_MAX {
                match work.try_recv() {
                    Ok(next) => group.push(next),
                    Err(_) => break,
                }
            }
            self.answer(group);
        }
        // After a failure the world may hold what the journal does not: the read store, which must
        // never be ahead of the journal, gets nothing of that.
        if self.shared.stopped_because().is_some() {
            return;
        }
        if let Err(error) = self.settle() {
            tracing::warn!(%error, "the read store was not brought up at the end");
        }
        if let Err(error) = self.note_used_keys() {
            tracing::warn!(%error, "the vault leaves out numbers of keys");
        }
    }

    /// Everything that was sealed and written is in the log now.
    fn note_used_keys(&self) -> Result<(), EngineError> {
        let next = self.shared.world().models.keys.next_free()?;
        Ok(self.shared.vault.note_used(next)?)
    }

    fn answer(&mut self, group: Vec<Work>) {
        if let Some(because) = self.shared.stopped_because() {
            for work in group {
                refuse(work, &because);
            }
            return;
        }
        let mut commits = Vec::new();
        let mut answers: Vec<HeldAnswer> = Vec::new();
        let mut failure: Option<String> = None;
        let mut settling = Vec::new();
        let mut replacing = Vec::new();
        {
            let mut world = self.shared.world();
            for work in group {
                if let Some(because) = &failure {
                    refuse(work, because);
                    continue;
                }
                match work {
                    Work::Submit(submission, reply) => {
                        let manner = Manner {
                            virtual_time: submission.recorded_at.is_some(),
                            history: submission.history,
                        };
                        let now = self.clock.now();
                        let outcome = session(&mut world, &self.shared.vault, &mut commits, manner)
                            .handle(*submission, now);
                        match outcome {
                            Ok(answer) => answers.push(reply_with(reply, answer)),
                            Err(error) => {
                                failure = Some(error.to_string());
                                let _ = reply.send(Err(error));
                            }
                        }
                    }
                    Work::Advance {
                        to,
                        virtual_time,
                        history,
                        reply,
                    } => {
                        let manner = Manner {
                            virtual_time,
                            history,
                        };
                        let outcome = session(&mut world, &self.shared.vault, &mut commits, manner)
                            .pass_time(to);
                        match outcome {
                            Ok(()) => answers.push(reply_with(reply, ())),
                            Err(error) => {
                                failure = Some(error.to_string());
                                let _ = reply.send(Err(error));
                            }
                        }
                    }
                    Work::Settle(reply) => settling.push(reply),
                    Work::Replace(rebuilt, reply) => replacing.push((rebuilt, reply)),
                }
            }
        }
        if step::is_without(Safeguard::AppendBeforeAcknowledge) {
            acknowledge(std::mem::take(&mut answers));
        }
        let synced = match &failure {
            None => self.make_durable(&commits),
            Some(because) => Err(because.clone()),
        };
        match synced {
            Ok(()) => {
                acknowledge(answers);
                self.hand_on(BATCH_ENTRIES);
                for reply in settling {
                    let _ = reply.send(self.settle());
                }
                for (rebuilt, reply) in replacing {
                    let _ = reply.send(self.replace(*rebuilt));
                }
            }
            Err(because) => {
                tracing::error!(
                    because,
                    "the writer stops: nothing of this group is acknowledged"
                );
                self.shared.stop(&because);
                for answer in answers {
                    answer(Some(&because));
                }
                let replacing = replacing.into_iter().map(|(_, reply)| reply);
                for reply in settling.into_iter().chain(replacing) {
                    let _ = reply.send(Err(EngineError::Stopped {
                        because: because.clone(),
                    }));
                }
            }
        }
    }

    /// One sync for the whole group, then what the group's events ask of the vault.
    fn make_durable(&mut self, commits: &[Commit]) -> Result<(), String> {
        if commits.is_empty() {
            return Ok(());
        }
        self.runtime
            .block_on(self.journal.append(commits))
            .map_err(|error| error.to_string())?;
        self.shared.set_durable(self.journal.last_position());
        destroy_keys(commits, &self.shared.vault).map_err(|error| error.to_string())
    }

    /// Hands entries and rows to the read store, if there are enough of them and it is free; waits
    /// for it when it lags too far behind.
    fn hand_on(&mut self, at_least: usize) {
        let Some(keeper) = &self.keeper else {
            return;
        };
        if let Some(because) = keeper.failed() {
            self.shared.stop(&because);
            return;
        }
        let mut world = self.shared.world();
        if let Some(given) = &self.handed_on
            && keeper.store.applied() >= given.position
        {
            world.release(given.position, given.generation);
            self.handed_on = None;
        }
        let unsent = world.shelf.unsent();
        let overdue = unsent >= LAG_ENTRIES_MAX;
        if unsent == 0 || (!overdue && (unsent < at_least || keeper.is_busy())) {
            return;
        }
        match batch(&mut world) {
            Ok(batch) => {
                self.handed_on = Some(HandedOn {
                    position: batch.applied,
                    generation: world.models.generation(),
                });
                drop(world);
                keeper.send(batch);
            }
            Err(error) => {
                drop(world);
                self.shared.stop(&error.to_string());
            }
        }
    }

    /// Puts rebuilt read models in the place of the live ones. It is the writer that does this,
    /// between two groups: what was recorded since they were folded is folded into them first, and
    /// nothing is recorded meanwhile.
    fn replace(&mut self, mut rebuilt: World) -> Result<(), EngineError> {
        self.settle()?;
        let mut world = self.shared.world();
        rebuilt.follow(&world)?;
        let Some(keeper) = &self.keeper else {
            *world = rebuilt;
            return world.catch_up_with_time();
        };
        self.handed_on = None;
        step::reached(Step::BeforeProjectionSwitch);
        replace_rows(&keeper.store, &mut world, &rebuilt)
            .and_then(|()| world.catch_up_with_time())
            .inspect(|()| step::reached(Step::AfterProjectionSwitch))
            .inspect_err(|error| {
                // Some rows may be the new ones and some the old.
                self.shared.stop(&error.to_string());
            })
    }

    fn settle(&mut self) -> Result<(), EngineError> {
        self.hand_on(1);
        let Some(keeper) = &self.keeper else {
            return Ok(());
        };
        keeper.wait_idle();
        // Rows and entries that came while it was busy.
        self.hand_on(1);
        let Some(keeper) = &self.keeper else {
            return Ok(());
        };
        keeper.wait_idle();
        match keeper.failed() {
            Some(because) => Err(EngineError::Stopped { because }),
            None => Ok(keeper.store.flush()?),
        }
    }
}

fn session<'a>(
    world: &'a mut World,
    vault: &'a Vault,
    commits: &'a mut Vec<Commit>,
    manner: Manner,
) -> Session<'a> {
    Session {
        world,
        vault,
        commits,
        manner,
        resuming: false,
    }
}

/// An answer that waits for the sync; it is given what failed, if anything did.
type HeldAnswer = Box<dyn FnOnce(Option<&str>) + Send>;

/// Gives a group's answers: it is durable.
fn acknowledge(answers: Vec<HeldAnswer>) {
    for answer in answers {
        step::reached(Step::BeforeAcknowledge);
        answer(None);
        step::reached(Step::AfterAcknowledge);
    }
}

/// Keeps an answer back until it is known whether the group is durable.
fn reply_with<T: Send + 'static>(reply: Reply<T>, answer: T) -> HeldAnswer {
    Box::new(move |failure| {
        let _ = reply.send(match failure {
            None => Ok(answer),
            Some(because) => Err(EngineError::Stopped {
                because: because.to_owned(),
            }),
        });
    })
}

fn refuse(work: Work, because: &str) {
    let stopped = || EngineError::Stopped {
        because: because.to_owned(),
    };
    match work {
        Work::Submit(_, reply) => {
            let _ = reply.send(Err(stopped()));
        }
        Work::Advance { reply, .. } | Work::Settle(reply) | Work::Replace(_, reply) => {
            let _ = reply.send(Err(stopped()));
        }
    }
}

/// Destroys the keys whose destruction has just been recorded.
fn destroy_keys(commits: &[Commit], vault: &Vault) -> Result<(), EngineError> {
    for bytes in commits.iter().flat_map(|commit| &commit.entries) {
        if !entry::peek(bytes)?.stream.starts_with("user-") {
            continue;
        }
        if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) =
            entry::decode(bytes)?.recorded.event
        {
            for number in key_numbers {
                vault.destroy(number)?;
            }
        }
    }
    Ok(())
}

/// The sending side of the writer's queue.
pub(crate) type WorkSender = Sender<Work>;
