//! The single writer: it takes what callers hand in and decides on one after another. What was
//! decided becomes durable, and is answered, by the committer; the writer decides on meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};
use redress_domain::instant::Instant as RecordedInstant;
use redress_store::vault::Vault;
use tokio::sync::watch;

use crate::committer::{Committer, Group, Held};
use crate::effort::Counters;
use crate::error::EngineError;
use crate::keeper::Keeper;
use crate::opening::{batch, come_to_terms, resume};
use crate::rebuilding::{Switch, Switched};
use crate::session::{Manner, Session};
use crate::steady::SteadyClock;
use crate::stop::Stop;
use crate::submission::{Answer, History, Submission};
use crate::world::World;

/// Most commands that are decided before the committer is told of them.
const DECIDED_TOGETHER_MAX: u64 = 64;
/// The read store is handed at least so many entries at a time: rows that change again and again
/// are written once. Gathering their rows holds commands up: 3 ms with so many, 12 with four times
/// as many.
const BATCH_ENTRIES: usize = 2_048;
/// Entries that may wait for the read store before the writer waits for it.
const LAG_ENTRIES_MAX: usize = 65_536;

/// What the writer is asked to do.
pub(crate) enum Work {
    /// Answer a command.
    Submit(Box<Submission>, Reply<Answer>),
    /// Let time pass up to an instant.
    Advance {
        to: RecordedInstant,
        virtual_time: bool,
        history: Option<History>,
        reply: Reply<()>,
    },
    /// Bring the read store up to the end of the log.
    Settle(Reply<()>),
    /// End a rebuild, or a rollback: fold what is left and put the rows in the place of the live
    /// ones.
    Switch(Box<Switch>, Reply<Switched>),
}

/// Where the answer to one piece of work goes.
pub(crate) type Reply<T> = tokio::sync::oneshot::Sender<Result<T, EngineError>>;

/// What the writer shares with everybody who reads.
pub(crate) struct Shared {
    world: Mutex<World>,
    /// Why the writer stopped, if it did.
    stopped: Mutex<Option<Stop>>,
    /// The last position that is durable.
    durable: Mutex<u64>,
    became_durable: Condvar,
    /// The same for whoever follows inside asynchronous tasks.
    followed: watch::Sender<u64>,
    pub vault: Arc<Vault>,
    pub counters: Counters,
}

/// How long a wait goes on before it is asked whether the writer has stopped.
pub(crate) const PATIENCE: Duration = Duration::from_millis(100);

impl Shared {
    pub fn new(world: World, vault: Arc<Vault>) -> Self {
        let durable = world.last_position;
        Self {
            world: Mutex::new(world),
            stopped: Mutex::new(None),
            durable: Mutex::new(durable),
            became_durable: Condvar::new(),
            followed: watch::Sender::new(durable),
            vault,
            counters: Counters::default(),
        }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock()
    }

    /// Waits until everything up to a position is durable: nothing is shown that a crash could
    /// still take back.
    pub fn wait_durable(&self, position: u64) -> Result<(), EngineError> {
        let mut durable = self.durable.lock();
        while *durable < position {
            if let Some(stop) = self.stopped_because() {
                return Err(stop.error());
            }
            self.became_durable.wait_for(&mut durable, PATIENCE);
        }
        Ok(())
    }

    pub fn durable(&self) -> u64 {
        *self.durable.lock()
    }

    pub fn set_durable(&self, position: u64) {
        *self.durable.lock() = position;
        self.became_durable.notify_all();
        self.followed.send_replace(position);
    }

    /// The last durable position, told whenever it moves.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.followed.subscribe()
    }

    pub fn stopped_because(&self) -> Option<Stop> {
        self.stopped.lock().clone()
    }

    pub fn stop(&self, stop: Stop) {
        self.stopped.lock().get_or_insert(stop);
        self.became_durable.notify_all();
    }
}

/// The writer's thread and everything that only it touches.
pub(crate) struct Writer {
    pub shared: Arc<Shared>,
    pub clock: Arc<SteadyClock>,
    pub keeper: Option<Arc<Keeper>>,
    pub committer: Committer,
    /// The last batch that the read store was given, while it is not known to be applied.
    pub handed_on: Option<HandedOn>,
    /// What was decided and not handed to the committer yet.
    pub decided: Group,
    /// Commands that came while read models were being built that decisions look at.
    pub waiting: Vec<Work>,
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
            let because = "the writer ended by a fault of the program";
            self.0.stop(Stop::because(because));
        }
    }
}

impl Writer {
    /// Works until nobody can hand in anything any more, then brings the read store up.
    pub fn run(mut self, work: &Receiver<Work>) {
        let _end = EndOfWriter(Arc::clone(&self.shared));
        while let Ok(first) = work.recv() {
            let begun = Instant::now();
            let decided = self.decide_all(first, work);
            self.shared.counters.deciding.add(decided, begun);
            self.hand_over();
            self.hand_on();
            while !self.waiting.is_empty() && !self.shared.world().is_building() {
                let mut waiting = std::mem::take(&mut self.waiting).into_iter();
                while let Some(first) = waiting.next() {
                    self.decide_some(first, || waiting.next());
                }
                self.hand_over();
            }
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

    /// Decides on what is there, up to some number of commands; returns on how many.
    fn decide_all(&mut self, first: Work, work: &Receiver<Work>) -> u64 {
        self.decide_some(first, || work.try_recv().ok())
    }

    fn decide_some(&mut self, first: Work, mut following: impl FnMut() -> Option<Work>) -> u64 {
        let mut next = Some(first);
        let shared = Arc::clone(&self.shared);
        let mut world = shared.world();
        for decided in 0..DECIDED_TOGETHER_MAX {
            let Some(one) = next.take().or_else(&mut following) else {
                return decided;
            };
            if let Some(stop) = shared.stopped_because() {
                refuse(one, &stop);
                continue;
            }
            let Some(one) = decidable(&world, one, &mut self.waiting) else {
                continue;
            };
            match one {
                Work::Submit(submission, reply) => {
                    let manner = Manner {
                        virtual_time: submission.recorded_at.is_some(),
                        history: submission.history,
                    };
                    // A feed drives the clock, and then the machine's does not matter.
                    let now = match submission.recorded_at {
                        Some(at) => at,
                        None => self.clock.for_recording(world.last_recorded_at),
                    };
                    let answer = self.decide(&mut world, manner, |session| {
                        session.handle(*submission, now)
                    });
                    match answer {
                        Ok(answer) => self.decided.answers.push(Held::Answer(answer, reply)),
                        Err(error) => drop(reply.send(Err(error))),
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
                    let passed = self.decide(&mut world, manner, |session| session.pass_time(to));
                    match passed {
                        Ok(()) => self.decided.answers.push(Held::Passed(reply)),
                        Err(error) => drop(reply.send(Err(error))),
                    }
                }
                Work::Settle(reply) => {
                    drop(world);
                    let _ = reply.send(self.settle());
                    return decided;
                }
                Work::Switch(switch, reply) => {
                    drop(world);
                    let _ = reply.send(self.switch(*switch));
                    return decided;
                }
            }
            // Whoever waits for a look at the world waits for one command, not for all of them.
            MutexGuard::bump(&mut world);
        }
        DECIDED_TOGETHER_MAX
    }

    /// Decides on one piece of work. When it fails, nothing of it is recorded, and the writer
    /// stops: the world may hold what the journal never will. Where a projection stopped, what was
    /// recorded before is kept: what follows of it is done when the projection is rebuilt.
    fn decide<T>(
        &mut self,
        world: &mut World,
        manner: Manner,
        act: impl FnOnce(&mut Session<'_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let commits_before = self.decided.commits.len();
        let keys_before = self.decided.destroyed_keys.len();
        let decided = act(&mut Session {
            world,
            vault: &self.shared.vault,
            commits: &mut self.decided.commits,
            destroyed_keys: &mut self.decided.destroyed_keys,
            manner,
            resuming: false,
        });
        decided.map_err(|error| match world.stopped_by(error) {
            Ok(stopped) => stopped,
            Err(error) => {
                self.decided.commits.truncate(commits_before);
                self.decided.destroyed_keys.truncate(keys_before);
                tracing::error!(%error, "the writer stops: this command is not acknowledged");
                self.shared.stop(Stop::after(&error));
                error
            }
        })
    }

    /// Lets the committer make durable what was decided.
    fn hand_over(&mut self) {
        if !self.decided.is_empty() {
            self.committer.push(std::mem::take(&mut self.decided));
        }
    }

    /// Hands entries and rows to the read store, if there are enough of them and it is free; waits
    /// for it when it lags too far behind.
    fn hand_on(&mut self) {
        let unsent = self.let_go_of_applied();
        if unsent < BATCH_ENTRIES {
            return;
        }
        if self.handed_on.is_some() {
            if unsent < LAG_ENTRIES_MAX {
                return;
            }
            self.wait_applied();
        }
        self.give_batch();
    }

    /// Lets go of what the read store has taken. Returns how many entries it was not given yet.
    fn let_go_of_applied(&mut self) -> usize {
        let Some(keeper) = &self.keeper else {
            return 0;
        };
        if let Some(stop) = keeper.failed() {
            self.shared.stop(stop);
            return 0;
        }
        let mut world = self.shared.world();
        if let Some(given) = &self.handed_on
            && keeper.store.applied() >= given.position
        {
            world.release(given.position, given.generation);
            self.handed_on = None;
        }
        world.shelf.unsent()
    }

    /// Gives the read store everything that it was not given yet, behind what was decided.
    fn give_batch(&mut self) {
        // The world may hold what no journal has.
        if self.shared.stopped_because().is_some() {
            return;
        }
        let mut world = self.shared.world();
        match batch(&mut world) {
            Ok(batch) => {
                self.handed_on = Some(HandedOn {
                    position: batch.applied,
                    generation: world.models.generation(),
                });
                drop(world);
                self.decided.batch = Some(batch);
                self.hand_over();
            }
            Err(error) => {
                drop(world);
                self.shared.stop(Stop::after(&error));
            }
        }
    }

    /// Waits for the batch that the read store was given last.
    fn wait_applied(&mut self) {
        if let (Some(keeper), Some(given)) = (&self.keeper, &self.handed_on) {
            keeper.wait_applied(given.position, || self.shared.stopped_because().is_some());
        }
        self.let_go_of_applied();
    }

    /// Ends a rebuild or a rollback. It is the writer that does this, between two groups: nothing
    /// is recorded meanwhile.
    fn switch(&mut self, switch: Switch) -> Result<Switched, EngineError> {
        self.settle()?;
        let shared = Arc::clone(&self.shared);
        let mut world = shared.world();
        let could_decide = world.expect_deciding().is_ok();
        let store = self.keeper.as_ref().map(|keeper| Arc::clone(&keeper.store));
        let switched = switch.run(&mut world, store.as_ref())?;
        self.handed_on = None;
        if world.expect_deciding().is_err() {
            return Ok(switched);
        }
        let resumed = match could_decide {
            true => world.catch_up_with_time(),
            false => self.resume(&mut world),
        };
        let resumed = resumed.or_else(|error| world.stopped_by(error).map(|_| ()));
        drop(world);
        self.hand_over();
        resumed.inspect_err(|error| self.shared.stop(Stop::after(error)))?;
        Ok(switched)
    }

    /// Finishes what was cut off when decisions could be taken no more.
    fn resume(&mut self, world: &mut World) -> Result<(), EngineError> {
        come_to_terms(world, &self.shared.vault)?;
        resume(&mut Session {
            world,
            vault: &self.shared.vault,
            commits: &mut self.decided.commits,
            destroyed_keys: &mut self.decided.destroyed_keys,
            manner: Manner {
                virtual_time: true,
                history: None,
            },
            resuming: true,
        })
    }

    /// Makes durable what was decided and brings the read store up to it.
    fn settle(&mut self) -> Result<(), EngineError> {
        self.hand_over();
        self.committer.wait_idle();
        loop {
            if let Some(stop) = self.shared.stopped_because() {
                return Err(stop.error());
            }
            if self.handed_on.is_some() {
                self.wait_applied();
            } else if self.let_go_of_applied() > 0 {
                self.give_batch();
            } else {
                break;
            }
        }
        match &self.keeper {
            Some(keeper) => Ok(keeper.store.flush()?),
            None => Ok(()),
        }
    }
}

/// Work that can be done now. Commands wait while read models are being built that decisions
/// look at; where one of these stands still, they are answered with that.
fn decidable(world: &World, work: Work, waiting: &mut Vec<Work>) -> Option<Work> {
    if !matches!(work, Work::Submit(..) | Work::Advance { .. }) {
        return Some(work);
    }
    match (world.expect_deciding(), work) {
        (Ok(()), work) => Some(work),
        (Err(EngineError::ProjectionBuilding { .. }), work) => {
            waiting.push(work);
            None
        }
        (Err(error), Work::Submit(_, reply)) => {
            let _ = reply.send(Err(error));
            None
        }
        (Err(error), Work::Advance { reply, .. }) => {
            let _ = reply.send(Err(error));
            None
        }
        (Err(_), work) => Some(work),
    }
}

fn refuse(work: Work, stop: &Stop) {
    let stopped = || stop.clone().error();
    match work {
        Work::Submit(_, reply) => drop(reply.send(Err(stopped()))),
        Work::Advance { reply, .. } | Work::Settle(reply) => {
            drop(reply.send(Err(stopped())));
        }
        Work::Switch(_, reply) => drop(reply.send(Err(stopped()))),
    }
}

/// The sending side of the writer's queue.
pub(crate) type WorkSender = Sender<Work>;
