//! Follows the log for notices that were issued, delivers them, and records each delivery.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use redress_domain::event::Event;
use redress_domain::measure::MeasureEvent;
use redress_domain::{intermediary, merchant};
use tokio::task::{Id, JoinError, JoinSet};
use uuid::Uuid;

use super::delivery::{Outcome, deliver, record};
use super::outbox::{Notice, notice_id};
use crate::events::Told;
use crate::patience::{rest, until};
use crate::problem::Problem;
use crate::service::Service;

/// Notices of one channel that are delivered at a time: a channel that is slow delays no other.
const AT_A_TIME: usize = 4;
/// How long is waited after the log or the outbox failed.
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(5);

/// Delivers until the service stops; what is under way then is finished, for as long as a stop may
/// take, and what became of it is written down.
pub async fn run(service: Arc<Service>) {
    let mut durable = service.engine.follow();
    let mut postman = Postman {
        service: Arc::clone(&service),
        trying: BTreeMap::new(),
        attempts: JoinSet::new(),
    };
    loop {
        let looked = tokio::select! {
            biased;
            () = service.stopping.cancelled() => break,
            looked = look(&service) => looked,
        };
        if let Err(because) = looked {
            tracing::error!(because, "notices stand still");
            tokio::select! {
                () = service.stopping.cancelled() => break,
                () = tokio::time::sleep(PAUSE_AFTER_FAULT) => continue,
            }
        }
        let next_due = postman.begin_attempts();
        let read_until = service.notices.outbox.lock().read_until;
        tokio::select! {
            biased;
            () = service.stopping.cancelled() => break,
            Some(done) = postman.attempts.join_next_with_id() => postman.note_done(&done),
            () = service.notices.asked.notified() => {}
            () = rest(next_due) => {}
            followed = durable.wait_for(|position| *position > read_until) => {
                if followed.is_err() {
                    break;
                }
            }
        }
    }
    postman.stop().await;
}

/// What is being delivered.
struct Postman {
    service: Arc<Service>,
    /// The notices that are being tried, with their channels, by the tasks that try them.
    trying: BTreeMap<Id, (Uuid, String)>,
    attempts: JoinSet<()>,
}

impl Postman {
    /// Begins every attempt that is due and for which its channel has room. Returns how long it is
    /// until another one is due; those for which there is no room follow when one is done.
    fn begin_attempts(&mut self) -> Option<Duration> {
        let now_ms = self.service.engine.now().unix_ms();
        let (due, next_due_ms) = {
            let outbox = self.service.notices.outbox.lock();
            (outbox.due(now_ms), outbox.next_due_ms(now_ms))
        };
        let mut tried: BTreeSet<Uuid> = BTreeSet::new();
        let mut of_channel: BTreeMap<String, usize> = BTreeMap::new();
        for (id, channel) in self.trying.values() {
            tried.insert(*id);
            *of_channel.entry(channel.clone()).or_default() += 1;
        }
        for (id, notice) in due {
            let count = of_channel.entry(notice.channel.clone()).or_default();
            if *count >= AT_A_TIME || tried.contains(&id) {
                continue;
            }
            *count += 1;
            let channel = notice.channel.clone();
            let service = Arc::clone(&self.service);
            let task = self
                .attempts
                .spawn(async move { settle(&service, id, &notice).await });
            self.trying.insert(task.id(), (id, channel));
        }
        next_due_ms.map(|due_ms| until(due_ms, now_ms))
    }

    /// Takes note that an attempt is over, however it ended.
    fn note_done(&mut self, done: &Result<(Id, ()), JoinError>) {
        let task = match done {
            Ok((task, ())) => *task,
            Err(error) => error.id(),
        };
        let tried = self.trying.remove(&task);
        if let (Err(_), Some((id, _))) = (done, tried) {
            note_failure(&self.service, id, "the attempt broke off".to_owned());
        }
    }

    /// Finishes what is under way.
    async fn stop(mut self) {
        let patience = Duration::from_millis(self.service.configuration.limits.stop_ms);
        let finished = async { while self.attempts.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, finished).await.is_err() {
            tracing::warn!("notices that were under way are tried again after the next start");
            self.attempts.shutdown().await;
        }
        if let Err(because) = write(&self.service).await {
            tracing::error!(because, "what became of notices cannot be kept");
        }
    }
}

/// Reads what was issued. It is written down, and what was tried since, before anything is tried:
/// after a restart the same notice is recorded under the same id.
async fn look(service: &Arc<Service>) -> Result<(), String> {
    read_on(service)
        .await
        .map_err(|problem| format!("the log cannot be read: {}", problem.code()))?;
    show_figures(service);
    write(service).await
}

/// Reads on in the log to its end.
async fn read_on(service: &Arc<Service>) -> Result<(), Problem> {
    loop {
        let next = service.notices.outbox.lock().read_until + 1;
        let read = service.book.read(service, next).await?;
        let Some(end) = read.last().map(|told| told.position()) else {
            return Ok(());
        };
        let now_ms = service.engine.now().unix_ms();
        let too_old_ms =
            i64::try_from(service.configuration.notices.too_old_after_ms).unwrap_or(i64::MAX);
        let mut outbox = service.notices.outbox.lock();
        for told in &read {
            if let Some((id, mut notice)) = issued(told) {
                let age_ms = now_ms.saturating_sub(notice.issued_at_ms);
                if age_ms > too_old_ms {
                    notice.last_error = Some("was issued too long ago".to_owned());
                } else {
                    notice.due_at_ms = Some(now_ms);
                }
                outbox.notices.insert(id, notice);
            } else if let Some(id) = delivered(told) {
                outbox.notices.remove(&id);
            }
        }
        outbox.read_until = end;
    }
}

/// What an event says of a measure's notices.
fn of_measure(told: &Told) -> Option<&MeasureEvent> {
    match &told.recorded.event {
        Event::Merchant(merchant::Event::Measure(event))
        | Event::Intermediary(intermediary::Event::Measure(event)) => Some(event),
        _ => None,
    }
}

/// The notice that an event issues (rulebook 4.2).
fn issued(told: &Told) -> Option<(Uuid, Notice)> {
    let header = &told.recorded.header;
    let MeasureEvent::NoticeIssued {
        measure_id,
        channel,
    } = of_measure(told)?
    else {
        return None;
    };
    let notice = Notice {
        position: header.position,
        stream: header.stream.to_string(),
        measure_id: measure_id.to_string(),
        channel: channel.as_str().to_owned(),
        issued_at_ms: header.recorded_at.unix_ms(),
        attempts: 0,
        first_attempt_at_ms: None,
        due_at_ms: None,
        last_error: None,
        delivery_ref: None,
    };
    Some((notice_id(&header.stream, *measure_id, *channel), notice))
}

/// The notice whose delivery an event records, by whomever.
fn delivered(told: &Told) -> Option<Uuid> {
    match of_measure(told)? {
        MeasureEvent::NoticeDelivered {
            measure_id,
            channel,
            ..
        } => Some(notice_id(
            &told.recorded.header.stream,
            *measure_id,
            *channel,
        )),
        _ => None,
    }
}

/// Tries a notice, and takes note of how that ended.
async fn settle(service: &Arc<Service>, id: Uuid, notice: &Notice) {
    let outcome = match &notice.delivery_ref {
        Some(delivery_ref) => Outcome::Delivered(delivery_ref.clone()),
        None => {
            let outcome = deliver(service, id, notice).await;
            let is_delivered = !matches!(outcome, Outcome::Failed(_));
            service.notices.figures.tried(&notice.channel, is_delivered);
            outcome
        }
    };
    let failed = match outcome {
        Outcome::Settled => None,
        Outcome::Delivered(delivery_ref) => {
            // What was delivered is not delivered again because it could not be recorded.
            let command_id = {
                let mut outbox = service.notices.outbox.lock();
                if let Some(kept) = outbox.notices.get_mut(&id) {
                    kept.delivery_ref = Some(delivery_ref.clone());
                }
                outbox.command_id(id)
            };
            if let Err(because) = write(service).await {
                tracing::error!(because, "that a notice was delivered cannot be kept");
            }
            record(service, command_id, notice, &delivery_ref)
                .await
                .err()
        }
        Outcome::Failed(because) => Some(because),
    };
    match failed {
        Some(because) => note_failure(service, id, because),
        None => {
            service.notices.outbox.lock().notices.remove(&id);
        }
    }
}

/// Takes note that an attempt failed: the notice is tried again, or given up.
fn note_failure(service: &Service, id: Uuid, because: String) {
    let now_ms = service.engine.now().unix_ms();
    let patience = service.configuration.notices.patience();
    let mut outbox = service.notices.outbox.lock();
    let Some(kept) = outbox.notices.get_mut(&id) else {
        return;
    };
    kept.attempts = kept.attempts.saturating_add(1);
    let first_ms = *kept.first_attempt_at_ms.get_or_insert(now_ms);
    kept.due_at_ms = patience.next_attempt_ms(kept.attempts, None, first_ms, now_ms);
    if kept.due_at_ms.is_none() {
        tracing::warn!(notice = %id, stream = kept.stream, because, "a notice was given up");
    }
    kept.last_error = Some(because);
}

fn show_figures(service: &Service) {
    let outbox = service.notices.outbox.lock();
    let waiting = outbox.notices.values();
    let waiting = waiting.filter(|notice| notice.due_at_ms.is_some()).count();
    let given_up = outbox.notices.len() - waiting;
    service.notices.figures.kept(waiting, given_up);
}

/// Writes the outbox down.
pub(super) async fn write(service: &Arc<Service>) -> Result<(), String> {
    let written = Arc::clone(service);
    let done = tokio::task::spawn_blocking(move || written.notices.write()).await;
    match done {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the outbox was not written".to_owned()),
    }
}
