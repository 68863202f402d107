//! The thread that makes decided commands durable: one sync for everything that was decided while
//! the sync before it went on, then the answers. The writer decides on meanwhile.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};
use redress_store::journal::{Commit, Journal};
use redress_store::read_store::Batch;
use redress_store::step::{self, Safeguard, Step};

use crate::error::EngineError;
use crate::keeper::Keeper;
use crate::stop::Stop;
use crate::submission::Answer;
use crate::writer::{Reply, Shared};

/// Commits that may wait for their sync before the writer waits for it.
const WAITING_COMMITS_MAX: usize = 8_192;

/// What was decided and is not durable yet.
#[derive(Default)]
pub(crate) struct Group {
    pub commits: Vec<Commit>,
    pub answers: Vec<Held>,
    /// Keys whose destruction these commits record.
    pub destroyed_keys: Vec<u64>,
    /// What the read store is given once all of it is durable.
    pub batch: Option<Batch>,
}

impl Group {
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty() && self.answers.is_empty() && self.batch.is_none()
    }

    fn add(&mut self, mut later: Self) {
        self.commits.append(&mut later.commits);
        self.answers.append(&mut later.answers);
        self.destroyed_keys.append(&mut later.destroyed_keys);
        self.batch = later.batch.or(self.batch.take());
    }
}

/// An answer that is kept back until it is known whether what it tells is durable.
pub(crate) enum Held {
    Answer(Answer, Reply<Answer>),
    Passed(Reply<()>),
}

impl Held {
    fn send(self, failure: Option<&Stop>) {
        // Whoever does not wait any more is not told.
        match self {
            Self::Answer(answer, reply) => {
                let _ = reply.send(failure.map_or(Ok(answer), |stop| Err(stop.clone().error())));
            }
            Self::Passed(reply) => {
                let _ = reply.send(failure.map_or(Ok(()), |stop| Err(stop.clone().error())));
            }
        }
    }
}

/// The thread, and what waits for it.
pub(crate) struct Committer {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    /// Told when waiting work was taken, was done, or never will be.
    moved: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Group,
    working: bool,
    /// Nothing more will be handed in.
    closed: bool,
    /// The thread has ended.
    ended: bool,
}

impl Committer {
    pub fn start(
        shared: Arc<Shared>,
        journal: Box<dyn Journal>,
        runtime: tokio::runtime::Runtime,
        keeper: Option<Arc<Keeper>>,
    ) -> Result<Self, EngineError> {
        let queue = Arc::new(Queue::default());
        let work = Work {
            shared,
            journal,
            runtime,
            keeper,
            failed: None,
        };
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn({
                let queue = Arc::clone(&queue);
                move || run(&queue, work)
            })
            .map_err(|error| EngineError::Stopped {
                because: error.to_string(),
            })?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Hands in what was decided next; waits while too much waits already.
    pub fn push(&self, group: Group) {
        let mut state = self.queue.state.lock();
        while state.waiting.commits.len() >= WAITING_COMMITS_MAX && !state.ended {
            self.queue.moved.wait(&mut state);
        }
        // Dropping a group tells everybody in it that the writer has ended.
        if !state.ended {
            state.waiting.add(group);
            self.queue.arrived.notify_one();
        }
    }

    /// Waits until everything that was handed in is answered.
    pub fn wait_idle(&self) {
        let mut state = self.queue.state.lock();
        while !state.ended && (state.working || !state.waiting.is_empty()) {
            self.queue.moved.wait(&mut state);
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue.state.lock().closed = true;
        self.queue.arrived.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Tells everybody who waits, however the thread ends.
struct End<'a> {
    queue: &'a Queue,
    shared: Arc<Shared>,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let because = "the writer ended by a fault of the program";
            self.shared.stop(Stop::because(because));
        }
        let mut state = self.queue.state.lock();
        state.ended = true;
        state.waiting = Group::default();
        drop(state);
        self.queue.moved.notify_all();
    }
}

fn run(queue: &Queue, mut work: Work) {
    let _end = End {
        queue,
        shared: Arc::clone(&work.shared),
    };
    loop {
        let group = {
            let mut state = queue.state.lock();
            state.working = false;
            queue.moved.notify_all();
            while state.waiting.is_empty() && !state.closed {
                queue.arrived.wait(&mut state);
            }
            if state.waiting.is_empty() {
                return;
            }
            state.working = true;
            std::mem::take(&mut state.waiting)
        };
        queue.moved.notify_all();
        work.commit(group);
    }
}

/// Everything that only this thread touches.
struct Work {
    shared: Arc<Shared>,
    journal: Box<dyn Journal>,
    runtime: tokio::runtime::Runtime,
    keeper: Option<Arc<Keeper>>,
    /// Why nothing becomes durable any more, if that is so.
    failed: Option<Stop>,
}

impl Work {
    fn commit(&mut self, mut group: Group) {
        if step::is_without(Safeguard::AppendBeforeAcknowledge) {
            self.answer(std::mem::take(&mut group.answers));
        }
        if self.failed.is_none()
            && let Err(error) = self.make_durable(&group)
            && !step::is_without(Safeguard::StopAfterFailure)
        {
            tracing::error!(
                %error,
                "the writer stops: nothing of this group is acknowledged"
            );
            let stop = Stop::after(&error);
            self.shared.stop(stop.clone());
            self.failed = Some(stop);
        }
        self.answer(group.answers);
        // The read store must never be ahead of the journal.
        if self.failed.is_none()
            && let (Some(keeper), Some(batch)) = (&self.keeper, group.batch)
        {
            keeper.send(batch);
        }
        // Without them the writer makes keys when it needs them, and says then what stands against
        // it.
        if let Err(error) = self.shared.vault.make_ahead() {
            tracing::warn!(%error, "no keys could be made ahead");
        }
    }

    fn answer(&self, answers: Vec<Held>) {
        for answer in answers {
            step::reached(Step::BeforeAcknowledge);
            answer.send(self.failed.as_ref());
            step::reached(Step::AfterAcknowledge);
        }
    }

    /// One sync for the whole group, then what its events ask of the vault.
    fn make_durable(&mut self, group: &Group) -> Result<(), EngineError> {
        if group.commits.is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        self.runtime.block_on(self.journal.append(&group.commits))?;
        self.shared.counters.journal.add(1, begun);
        {
            let sync_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            let mut groups = self.shared.counters.groups.lock();
            groups.commits.note(group.commits.len() as u64);
            groups.sync_us.note(sync_us);
        }
        self.shared.set_durable(self.journal.last_position());
        for number in &group.destroyed_keys {
            self.shared.vault.destroy(*number)?;
        }
        Ok(())
    }
}
