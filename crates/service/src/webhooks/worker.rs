//! Delivers one subscription's events: at least once each, those of one stream one after another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use redress_domain::identity::StreamId;
use redress_domain::instant::CivilOffset;
use redress_protocol::instant::format_instant;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::attempt::{Attempt, Parcel};
use super::kept::{Kept, Waiting};
use super::subscription::Subscription;
use crate::events::{Admission, Filter, Told};
use crate::patience::{rest, until};
use crate::problem::Problem;
use crate::service::Service;

/// Deliveries that wait in streams where nothing failed; nothing more is read before one of them
/// is done. Streams whose first delivery failed do not count: they hold up no others.
const WAITING_MAX: usize = 1_000;
/// Deliveries that wait, those of streams where something failed included.
const WAITING_IN_ALL_MAX: usize = 10_000;
/// How often a receiver may refuse a delivery until it is given up.
const REFUSALS_MAX: u32 = 8;
/// Deliveries that may be given up before a subscription stands still.
const DEAD_MAX: usize = 10_000;
/// How often what changed is written to the file.
const WRITTEN_EVERY: Duration = Duration::from_secs(1);
/// How long is waited after the log could not be read.
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(5);

/// A worker of one subscription.
pub struct Worker {
    service: Arc<Service>,
    subscription: Arc<Subscription>,
    webhook_id: String,
    durable: watch::Receiver<u64>,
    admission: Admission,
    filter: Filter,
    /// What is waiting, as far as it was read.
    told: BTreeMap<u64, Arc<Told>>,
    /// What is being tried now.
    trying: BTreeSet<u64>,
    attempts: JoinSet<(u64, Attempt)>,
}

/// What there is to do next.
enum Next {
    Ended,
    LookAgain,
    Settle(u64, Attempt),
    Write,
}

impl Worker {
    /// A worker that goes on where the subscription stands.
    ///
    /// # Errors
    /// When the filter makes no sense to this release.
    pub fn new(service: Arc<Service>, subscription: Arc<Subscription>) -> Result<Self, Problem> {
        let (webhook_id, filter) =
            subscription.look(|kept| (kept.webhook_id.clone(), kept.filter.clone()));
        Ok(Self {
            durable: service.engine.follow(),
            admission: Admission::of_everything(filter.checked()?),
            filter,
            told: BTreeMap::new(),
            trying: BTreeSet::new(),
            attempts: JoinSet::new(),
            webhook_id,
            service,
            subscription,
        })
    }

    /// Delivers until the service stops or the subscription is taken away.
    pub async fn run(mut self) {
        let mut ticks = tokio::time::interval(WRITTEN_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if let Err(problem) = self.prepare().await {
                tracing::error!(
                    webhook = self.webhook_id,
                    code = problem.code(),
                    "events for a webhook cannot be read"
                );
                tokio::select! {
                    () = self.service.stopping.cancelled() => break,
                    () = tokio::time::sleep(PAUSE_AFTER_FAULT) => {}
                }
            }
            let next_due = self.begin_attempts();
            self.show_figures();
            match self.wait(&mut ticks, next_due).await {
                Next::Ended => break,
                Next::Write => self.write().await,
                Next::Settle(position, attempt) => self.settle(position, attempt),
                Next::LookAgain => {}
            }
        }
        self.finish().await;
        self.write().await;
        self.service.webhooks.figures.forget(&self.webhook_id);
    }

    /// Awaits what is under way, for as long as a stop may take. What has not ended then may arrive
    /// or not: it is delivered again after the next start.
    async fn finish(&mut self) {
        let patience = Duration::from_millis(self.service.configuration.limits.stop_ms);
        let gone = self.subscription.gone.clone();
        let over = async {
            tokio::select! {
                () = gone.cancelled() => {}
                () = tokio::time::sleep(patience) => {}
            }
        };
        tokio::pin!(over);
        loop {
            let done = tokio::select! {
                biased;
                done = self.attempts.join_next() => done,
                () = &mut over => break,
            };
            match done {
                Some(Ok((position, attempt))) => self.settle(position, attempt),
                Some(Err(_)) => {}
                None => break,
            }
        }
        self.attempts.shutdown().await;
    }

    /// Whether more may be read.
    fn has_room(&self) -> bool {
        self.subscription.look(|kept| {
            if kept.waiting.len() < WAITING_MAX {
                return true;
            }
            let mut failing: BTreeSet<&StreamId> = BTreeSet::new();
            let mut others = 0_usize;
            for (position, waiting) in &kept.waiting {
                let Some(told) = self.told.get(position) else {
                    others += 1;
                    continue;
                };
                let stream = &told.recorded.header.stream;
                if waiting.attempts > 0 {
                    failing.insert(stream);
                } else if !failing.contains(stream) {
                    others += 1;
                }
            }
            kept.waiting.len() < WAITING_IN_ALL_MAX && others < WAITING_MAX
        })
    }

    /// Takes over what was changed from outside, and reads what is to be delivered.
    async fn prepare(&mut self) -> Result<(), Problem> {
        let (filter, is_paused) = self
            .subscription
            .look(|kept| (kept.filter.clone(), kept.paused_because.is_some()));
        if filter != self.filter {
            self.admission = Admission::of_everything(filter.checked()?);
            self.filter = filter;
        }
        if is_paused {
            return Ok(());
        }
        self.read_waiting().await?;
        self.read_on().await
    }

    /// Reads events that wait and are not in memory: after a start, or when they begin anew.
    async fn read_waiting(&mut self) -> Result<(), Problem> {
        let missing: Vec<u64> = self.subscription.look(|kept| {
            self.told
                .retain(|position, _| kept.waiting.contains_key(position));
            let waiting = kept.waiting.keys().take(WAITING_IN_ALL_MAX);
            waiting
                .filter(|position| !self.told.contains_key(position))
                .copied()
                .collect()
        });
        for position in missing {
            let read = self.service.book.read(&self.service, position).await?;
            if let Some(told) = read.into_iter().next() {
                self.told.insert(position, told);
            }
        }
        Ok(())
    }

    /// Reads on in the log while there is room.
    async fn read_on(&mut self) -> Result<(), Problem> {
        loop {
            let (dead, read_until) = self
                .subscription
                .look(|kept| (kept.dead.len(), kept.read_until));
            if dead >= DEAD_MAX {
                self.pause("too many deliveries were given up: replay them or drop them");
                return Ok(());
            }
            if !self.has_room() {
                return Ok(());
            }
            let read = self
                .service
                .book
                .read(&self.service, read_until + 1)
                .await?;
            let Some(end) = read.last().map(|told| told.position()) else {
                return Ok(());
            };
            let admitted = self.admission.admit(&self.service, read).await?;
            let now_ms = self.now_ms();
            self.subscription.change(|kept| {
                for told in &admitted {
                    let waiting = Waiting {
                        due_at_ms: now_ms,
                        ..Waiting::default()
                    };
                    kept.waiting.insert(told.position(), waiting);
                }
                kept.read_until = end;
            });
            self.told
                .extend(admitted.into_iter().map(|told| (told.position(), told)));
        }
    }

    /// Begins every attempt that is due: of each stream the first delivery that waits. Returns how
    /// long it is until another one is due.
    fn begin_attempts(&mut self) -> Option<Duration> {
        let now_ms = self.now_ms();
        let mut room = self
            .service
            .configuration
            .webhooks
            .at_a_time
            .saturating_sub(self.trying.len());
        let mut streams: BTreeSet<&StreamId> = BTreeSet::new();
        let mut due: Vec<u64> = Vec::new();
        let mut next_due_ms: Option<i64> = None;
        let (url, secrets, is_paused) = self.subscription.look(|kept| {
            for (position, waiting) in &kept.waiting {
                let Some(told) = self.told.get(position) else {
                    continue;
                };
                let is_first = streams.insert(&told.recorded.header.stream);
                if !is_first || self.trying.contains(position) {
                    continue;
                }
                if waiting.due_at_ms > now_ms {
                    next_due_ms = next_due_ms.into_iter().chain([waiting.due_at_ms]).min();
                } else if room > 0 {
                    room -= 1;
                    due.push(*position);
                }
            }
            (
                kept.url.clone(),
                kept.secrets_at(now_ms),
                kept.paused_because.is_some(),
            )
        });
        if is_paused {
            return None;
        }
        for position in due {
            let Some(told) = self.told.get(&position).cloned() else {
                continue;
            };
            self.trying.insert(position);
            let (service, url, secrets) = (Arc::clone(&self.service), url.clone(), secrets.clone());
            self.attempts.spawn(async move {
                let attempt = deliver(&service, &url, &secrets, &told, now_ms).await;
                (position, attempt)
            });
        }
        next_due_ms.map(|due_ms| until(due_ms, now_ms))
    }

    async fn wait(
        &mut self,
        ticks: &mut tokio::time::Interval,
        next_due: Option<Duration>,
    ) -> Next {
        let (read_until, is_paused) = self
            .subscription
            .look(|kept| (kept.read_until, kept.paused_because.is_some()));
        let can_read = !is_paused && self.has_room();
        tokio::select! {
            biased;
            () = self.service.stopping.cancelled() => return Next::Ended,
            () = self.subscription.gone.cancelled() => return Next::Ended,
            Some(done) = self.attempts.join_next() => {
                return done.map_or(Next::LookAgain, |(position, attempt)| {
                    Next::Settle(position, attempt)
                });
            }
            _ = ticks.tick() => return Next::Write,
            () = self.subscription.changed.notified() => {}
            followed = self.durable.wait_for(|position| can_read && *position > read_until) => {
                if followed.is_err() {
                    return Next::Ended;
                }
            }
            () = rest(next_due) => {}
        }
        Next::LookAgain
    }

    /// Takes note of how an attempt ended.
    fn settle(&mut self, position: u64, attempt: Attempt) {
        self.trying.remove(&position);
        let now_ms = self.now_ms();
        let patience = self.service.configuration.webhooks.patience();
        let figures = &self.service.webhooks.figures;
        match attempt {
            Attempt::Taken => {
                figures.delivered();
                self.subscription.change(|kept| kept.taken(position));
                self.told.remove(&position);
            }
            Attempt::NotWanted => {
                figures.failed();
                self.subscription
                    .change(|kept| note(kept, position, now_ms, "answered 410 Gone"));
                self.pause("the receiver answered 410 Gone");
            }
            Attempt::Failed {
                because,
                is_refused,
                retry_after,
            } => {
                figures.failed();
                let behind = self.behind(position);
                let is_over = self.subscription.change(|kept| {
                    note(kept, position, now_ms, &because);
                    let waiting = kept.waiting.entry(position).or_default();
                    let first_ms = waiting.first_attempt_at_ms.unwrap_or(now_ms);
                    let next_ms =
                        patience.next_attempt_ms(waiting.attempts, retry_after, first_ms, now_ms);
                    waiting.due_at_ms = next_ms.unwrap_or(now_ms);
                    waiting.refusals = waiting.refusals.saturating_add(u32::from(is_refused));
                    let is_over =
                        next_ms.is_none() || (is_refused && waiting.refusals >= REFUSALS_MAX);
                    if is_over {
                        kept.give_up(position, &behind, now_ms);
                    }
                    is_over
                });
                if is_over {
                    figures.gave_up();
                    self.told.remove(&position);
                    tracing::warn!(
                        webhook = self.webhook_id,
                        position,
                        because,
                        "a delivery was given up"
                    );
                }
            }
        }
    }

    /// What waits behind a delivery in its stream.
    fn behind(&self, position: u64) -> Vec<u64> {
        let Some(first) = self.told.get(&position) else {
            return Vec::new();
        };
        let stream = &first.recorded.header.stream;
        self.told
            .range(position.saturating_add(1)..)
            .filter(|(_, told)| told.recorded.header.stream == *stream)
            .map(|(position, _)| *position)
            .collect()
    }

    fn pause(&self, because: &str) {
        tracing::warn!(webhook = self.webhook_id, because, "a webhook stands still");
        self.subscription
            .change(|kept| kept.paused_because = Some(because.to_owned()));
    }

    async fn write(&self) {
        let subscription = Arc::clone(&self.subscription);
        let written = tokio::task::spawn_blocking(move || subscription.write()).await;
        if let Ok(Err(error)) = written {
            tracing::error!(%error, "what became of deliveries cannot be kept");
        }
    }

    fn show_figures(&self) {
        let now_ms = self.now_ms();
        let last = self.service.engine.last_position();
        let (read_until, waiting, oldest_ms) = self.subscription.look(|kept| {
            let oldest = kept.waiting.values();
            let oldest = oldest
                .filter_map(|waiting| waiting.first_attempt_at_ms)
                .min();
            (kept.read_until, kept.waiting.len(), oldest)
        });
        let events = last.saturating_sub(read_until) + waiting as u64;
        let since_ms = oldest_ms.map_or(0, |oldest| now_ms.saturating_sub(oldest));
        self.service
            .webhooks
            .figures
            .behind(&self.webhook_id, events, since_ms);
    }

    fn now_ms(&self) -> i64 {
        self.service.engine.now().unix_ms()
    }
}

/// Notes an attempt that failed.
fn note(kept: &mut Kept, position: u64, now_ms: i64, because: &str) {
    let waiting = kept.waiting.entry(position).or_default();
    waiting.attempts = waiting.attempts.saturating_add(1);
    waiting.first_attempt_at_ms.get_or_insert(now_ms);
    waiting.last_error = Some(because.to_owned());
}

/// Tries once. The document is what Standard Webhooks asks for: `type`, `timestamp` and `data`,
/// which is the event as it stands in the log.
async fn deliver(
    service: &Service,
    url: &str,
    secrets: &[String],
    told: &Told,
    now_ms: i64,
) -> Attempt {
    let header = &told.recorded.header;
    let timestamp = format_instant(header.recorded_at, CivilOffset::from_seconds(0));
    let mut body = format!(
        "{{\"type\":\"{}\",\"timestamp\":\"{timestamp}\",\"data\":",
        told.recorded.event.name()
    )
    .into_bytes();
    body.extend_from_slice(&told.document());
    body.push(b'}');
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    service
        .webhooks
        .courier
        .deliver(Parcel {
            url,
            id: &header.event_id.to_string(),
            timestamp_s: now_ms.div_euclid(1_000),
            secrets: &secrets,
            body,
        })
        .await
}
