//! Acknowledged commands per second, beside a plain loop that appends the same bytes in groups with
//! one sync each, fed by the same number of clients.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use redress_engine::Submission;
use redress_protocol::edition;
use redress_store::journal::JournalReader;

use super::load::{Folder, accepted, case, hand_in, id, merchants, submission};
use crate::failure::Failure;
use crate::store::StoreArguments;

/// Figures for one number of clients.
pub struct Appended {
    /// Clients that hand in commands at once, each waiting for its answer.
    pub clients: usize,
    /// Acknowledged commands per second.
    pub per_second: f64,
    /// Median time to the acknowledgement.
    pub p50: Duration,
    /// 99th percentile of it.
    pub p99: Duration,
    /// What the plain loop does with the same bytes.
    pub raw_per_second: f64,
    /// Bytes of a command's events, on average.
    pub bytes_per_command: usize,
}

/// Measures one number of clients.
pub fn measure(folder: &Folder, clients: usize, commands: usize) -> Result<Appended, Failure> {
    let name = format!("append-{clients}");
    let store = folder.store(&name)?;
    let engine = store.open()?;
    hand_in(&engine, "merchants", &merchants())?;
    let begins_at = engine.last_position() + 1;
    let work = work(&name, clients, commands)?;
    let (elapsed, mut latencies) = drive(work, |submission| {
        accepted(engine.submit(submission).wait()?)
    })?;
    latencies.sort_unstable();
    engine.settle()?;
    drop(engine);
    let commits = commits(&store, begins_at)?;
    let bytes: usize = commits.iter().map(Vec::len).sum();
    let done = latencies.len();
    let raw_per_second = raw(folder, &name, clients, commits)?;
    Ok(Appended {
        clients,
        per_second: rate(done, elapsed),
        p50: percentile(&latencies, 50),
        p99: percentile(&latencies, 99),
        raw_per_second,
        bytes_per_command: bytes / done.max(1),
    })
}

/// Every client's commands, in order: each takes its own complaints from filing to close.
fn work(name: &str, clients: usize, commands: usize) -> Result<Vec<Vec<Submission>>, Failure> {
    let cases = (commands / 4 / clients).max(1);
    (0..clients)
        .map(|client| {
            let mut queue = Vec::with_capacity(cases * 4);
            for number in 0..cases {
                let number = client * cases + number;
                for (step, document) in case(name, number).iter().enumerate() {
                    queue.push(submission(document, id(name, number * 4 + step))?);
                }
            }
            Ok(queue)
        })
        .collect()
}

/// Lets every client work through its queue on a thread of its own.
fn drive<T: Send>(
    work: Vec<Vec<T>>,
    act: impl Fn(T) -> Result<(), Failure> + Sync,
) -> Result<(Duration, Vec<Duration>), Failure> {
    let act = &act;
    let started = Instant::now();
    let latencies = std::thread::scope(|scope| {
        let clients: Vec<_> = work
            .into_iter()
            .map(|queue| {
                scope.spawn(move || -> Result<Vec<Duration>, Failure> {
                    let mut latencies = Vec::with_capacity(queue.len());
                    for item in queue {
                        let asked = Instant::now();
                        act(item)?;
                        latencies.push(asked.elapsed());
                    }
                    Ok(latencies)
                })
            })
            .collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.join().unwrap_or_else(|_| {
                Err(Failure::Failed(
                    "a client of the load ended early".to_owned(),
                ))
            })?);
        }
        Ok::<_, Failure>(all)
    })?;
    Ok((started.elapsed(), latencies))
}

/// The bytes of every command's commit, as the journal has them.
fn commits(store: &StoreArguments, from: u64) -> Result<Vec<Vec<u8>>, Failure> {
    let journal_failure = |error| Failure::Engine(redress_engine::EngineError::Journal(error));
    let mut reader = JournalReader::open(&store.data, edition::BUILT_IN.as_bytes(), from)
        .map_err(journal_failure)?;
    let mut commits = Vec::new();
    while let Some(commit) = reader.next_commit().map_err(journal_failure)? {
        commits.push(commit.entries().flatten().copied().collect());
    }
    Ok(commits)
}

/// One append for the plain loop, and where its client waits.
type RawAppend = (Vec<u8>, Sender<()>);

/// The plain loop: whatever has arrived is written and synced as one group, then acknowledged.
fn raw(folder: &Folder, name: &str, clients: usize, commits: Vec<Vec<u8>>) -> Result<f64, Failure> {
    let path = folder.path().join(format!("{name}.raw"));
    let file = File::create(&path).map_err(Failure::file(path.display().to_string()))?;
    let (sender, receiver) = channel::<RawAppend>();
    let writer = std::thread::spawn(move || append_groups(file, &receiver));
    let done = commits.len();
    let mut work: Vec<Vec<Vec<u8>>> = vec![Vec::new(); clients];
    for (index, commit) in commits.into_iter().enumerate() {
        work[index % clients].push(commit);
    }
    let sender = &Arc::new(sender);
    let (elapsed, _) = drive(work, |bytes| {
        let (acknowledge, acknowledged) = channel();
        sender
            .send((bytes, acknowledge))
            .map_err(|_| Failure::Failed("the plain loop ended early".to_owned()))?;
        acknowledged
            .recv()
            .map_err(|_| Failure::Failed("the plain loop ended early".to_owned()))
    })?;
    drop(writer);
    Ok(rate(done, elapsed))
}

fn append_groups(mut file: File, receiver: &Receiver<RawAppend>) {
    while let Ok(first) = receiver.recv() {
        let mut group = vec![first];
        while let Ok(next) = receiver.try_recv() {
            group.push(next);
        }
        let mut bytes = Vec::new();
        for (one, _) in &group {
            bytes.extend_from_slice(one);
        }
        if file
            .write_all(&bytes)
            .and_then(|()| file.sync_data())
            .is_err()
        {
            return;
        }
        for (_, acknowledge) in group {
            let _ = acknowledge.send(());
        }
    }
}

fn rate(count: usize, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64().max(f64::EPSILON)
}

/// The nearest-rank percentile of sorted times.
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}
