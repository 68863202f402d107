//! The engine as other programs embed it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;

use redress_domain::instant::Instant;
use redress_domain::rulebook::Edition;
use redress_store::leaps::LeapRecord;
use redress_store::lock::StoreLock;
use redress_store::read_store::ReadStore;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::clock::{Clock, SystemClock};
use crate::committer::{Committer, Group};
use crate::error::EngineError;
use crate::glance::Glances;
use crate::keeper::Keeper;
use crate::opening::{self, LogSource, OpenReport, Opened, StoreConfiguration};
use crate::rebuilding::{EVENTS_PER_RUN, Rebuilder};
use crate::session::{Manner, Session};
use crate::steady::SteadyClock;
use crate::stop::Stop;
use crate::submission::{Answer, History, Submission};
use crate::world::World;
use crate::writer::{Shared, Work, Writer};

/// A store that is open: commands go to its single writer, queries read beside it.
///
/// Dropping it finishes what was handed in and brings the read store up to the end of the log.
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
    pub(crate) source: LogSource,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Option<Arc<ReadStore>>,
    pub(crate) first_edition: Edition,
    pub(crate) glances: Glances,
    /// What is read once the writer has stopped.
    pub(crate) after_stop: parking_lot::Mutex<Option<Box<World>>>,
    pub(crate) rebuilder: Rebuilder,
    /// Builds what the read store had no rows of when it was opened.
    background: Option<JoinHandle<()>>,
    writer: Option<JoinHandle<()>>,
    /// The last field, so that it is given back when everything that has the store's files open is
    /// gone.
    _lock: Option<StoreLock>,
}

/// An answer that is still to come.
pub struct Pending<T>(pub(crate) oneshot::Receiver<Result<T, EngineError>>);

impl<T> Pending<T> {
    /// Waits for it; not to be called inside an asynchronous task.
    ///
    /// # Errors
    /// When the command could be neither accepted nor refused.
    pub fn wait(self) -> Result<T, EngineError> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Waits for it inside an asynchronous task.
    ///
    /// # Errors
    /// When the command could be neither accepted nor refused.
    pub async fn ready(self) -> Result<T, EngineError> {
        self.0.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> EngineError {
    EngineError::Stopped {
        because: "the writer has ended".to_owned(),
    }
}

impl Engine {
    /// Opens the store of a data directory, or creates it; brings its read models up to the end of
    /// the log and finishes what a crash may have cut off.
    ///
    /// # Errors
    /// When another process has it open, or what is stored cannot be read or does not fit.
    pub fn open(configuration: StoreConfiguration) -> Result<(Self, OpenReport), EngineError> {
        Self::open_with_clock(configuration, Arc::new(SystemClock))
    }

    /// [`Engine::open`] with a clock of its own.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_with_clock(
        mut configuration: StoreConfiguration,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, OpenReport), EngineError> {
        let first_edition = configuration.first_edition.clone();
        let mut progress = configuration.progress.take();
        let opened = opening::open(configuration, &mut progress)?;
        let mut report = opened.report.clone();
        let engine = Self::start(opened, first_edition, clock)?;
        if report.rebuilt_because.is_some() && !report.rebuilding.is_empty() {
            engine.rebuild_some(&report.rebuilding, &mut |reached| {
                if let Some(progress) = &mut progress {
                    progress(reached.of + reached.position, 2 * reached.of);
                }
            })?;
            report.rebuilding.clear();
        }
        Ok((engine, report))
    }

    /// A store in memory alone that begins with an edition.
    ///
    /// # Errors
    /// When no keys could be made.
    pub fn in_memory(first_edition: Edition) -> Result<Self, EngineError> {
        Self::in_memory_with_clock(first_edition, Arc::new(SystemClock))
    }

    /// A store in memory alone with a clock of its own.
    ///
    /// # Errors
    /// When no keys could be made.
    pub fn in_memory_with_clock(
        first_edition: Edition,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let opened = opening::in_memory(first_edition.clone())?;
        Self::start(opened, first_edition, clock)
    }

    pub(crate) fn start(
        opened: Opened,
        first_edition: Edition,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let Opened {
            mut world,
            mut journal,
            vault,
            store,
            source,
            lock,
            report,
        } = opened;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|error| EngineError::Stopped {
                because: error.to_string(),
            })?;
        let mut commits = Vec::new();
        let mut destroyed_keys = Vec::new();
        if world.expect_deciding().is_ok() {
            let resumed = opening::resume(&mut Session {
                world: &mut world,
                vault: &vault,
                commits: &mut commits,
                destroyed_keys: &mut destroyed_keys,
                manner: Manner {
                    virtual_time: true,
                    history: None,
                },
                resuming: true,
            });
            if let Err(error) = resumed {
                world.stopped_by(error)?;
            }
        }
        if !commits.is_empty() {
            runtime.block_on(journal.append(&commits))?;
        }
        let record = match &source {
            LogSource::Directory { directory, .. } => Some(LeapRecord::of(directory)),
            LogSource::Memory(_) => None,
        };
        let clock = Arc::new(SteadyClock::new(clock, record));
        // Where the read store was lost, whoever opens it waits for all of its rows.
        let missing = match report.rebuilt_because {
            Some(_) => Vec::new(),
            None => world.absent(),
        };
        let building = Arc::clone(&world.building);
        let shared = Arc::new(Shared::new(world, vault));
        let keeper = store
            .as_ref()
            .map(|store| Arc::new(Keeper::start(Arc::clone(store), Arc::clone(&shared))));
        let committer = Committer::start(Arc::clone(&shared), journal, runtime, keeper.clone())?;
        let writer = Writer {
            shared: Arc::clone(&shared),
            clock: Arc::clone(&clock),
            keeper,
            committer,
            handed_on: None,
            decided: Group::default(),
            waiting: Vec::new(),
        };
        let (sender, receiver) = channel();
        let rebuilder = Rebuilder {
            shared: Arc::clone(&shared),
            source: source.clone(),
            store: store.clone(),
            first_edition: first_edition.clone(),
            sender: Some(sender),
            stopping: Arc::default(),
            position: building,
            alone: Arc::default(),
            events_per_run: EVENTS_PER_RUN,
        };
        let background = (!missing.is_empty()).then(|| {
            let rebuilder = rebuilder.clone();
            std::thread::spawn(move || rebuilder.rebuild_missing(&missing))
        });
        Ok(Self {
            shared,
            source,
            clock,
            store,
            first_edition,
            glances: Glances::default(),
            after_stop: parking_lot::Mutex::default(),
            rebuilder,
            background,
            writer: Some(
                std::thread::Builder::new()
                    .name("writer".to_owned())
                    .spawn(move || writer.run(&receiver))
                    .map_err(|error| EngineError::Stopped {
                        because: error.to_string(),
                    })?,
            ),
            _lock: lock,
        })
    }

    /// Hands in a command. The answer comes when it is durable.
    #[must_use]
    pub fn submit(&self, submission: Submission) -> Pending<Answer> {
        let (reply, answer) = oneshot::channel();
        self.hand_in(Work::Submit(Box::new(submission), reply));
        Pending(answer)
    }

    /// Lets time pass up to an instant of a clock that commands drive: every deadline before it
    /// happens, recorded at its own instant.
    #[must_use]
    pub fn advance(&self, to: Instant, history: Option<History>) -> Pending<()> {
        let (reply, answer) = oneshot::channel();
        self.hand_in(Work::Advance {
            to,
            virtual_time: true,
            history,
            reply,
        });
        Pending(answer)
    }

    /// Notices every deadline that the program's clock has passed.
    #[must_use]
    pub fn notice_deadlines(&self) -> Pending<()> {
        let (reply, answer) = oneshot::channel();
        self.hand_in(Work::Advance {
            to: self.clock.now(),
            virtual_time: false,
            history: None,
            reply,
        });
        Pending(answer)
    }

    /// Brings the read store up to the end of the log.
    ///
    /// # Errors
    /// When it does not take what the journal has.
    pub fn settle(&self) -> Result<(), EngineError> {
        let (reply, answer) = oneshot::channel();
        self.hand_in(Work::Settle(reply));
        Pending(answer).wait()
    }

    /// The last durable position, told whenever it moves, for whoever follows the log.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.shared.follow()
    }

    /// Why no more commands are taken; `None` while they are.
    #[must_use]
    pub fn stopped(&self) -> Option<EngineError> {
        self.shared.stopped_because().map(Stop::error)
    }

    /// Whether a command of this id was accepted before.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn is_known(&self, command_id: Uuid) -> Result<bool, EngineError> {
        let known = self.shared.world().shelf.command(command_id)?;
        let Some(last) = known.last() else {
            return Ok(false);
        };
        // What a failed write took down with it was never accepted.
        match self.shared.wait_durable(last.recorded.header.position) {
            Ok(()) => Ok(true),
            Err(EngineError::Stopped { .. } | EngineError::DiskFull { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The program's clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Waits until nothing is being rebuilt that had to be when the store was opened.
    pub fn wait_rebuilt(&self) {
        while self
            .background
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
        {
            std::thread::sleep(REBUILT_LOOKED_FOR);
        }
    }

    /// How far the projections have come that are being built.
    pub(crate) fn building_position(&self) -> u64 {
        self.rebuilder.position.load(Ordering::Relaxed)
    }

    /// Work that cannot be handed in any more is dropped, which its waiter notices.
    pub(crate) fn hand_in(&self, work: Work) {
        self.rebuilder.hand_in(work);
    }
}

/// How often it is looked whether a rebuild has ended.
const REBUILT_LOOKED_FOR: Duration = Duration::from_millis(5);

impl Drop for Engine {
    fn drop(&mut self) {
        self.rebuilder.stopping.store(true, Ordering::Relaxed);
        if let Some(background) = self.background.take() {
            let _ = background.join();
        }
        self.rebuilder.sender = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}
