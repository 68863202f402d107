//! Follows the log for notices that were issued, delivers them, and records each delivery.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use redress_domain::event::Event;
use redress_domain::measure::MeasureEvent;
use redress_domain::{intermediary, merchant};
use uuid::Uuid;

use super::delivery::{Outcome, deliver, record};
use super::outbox::{Notice, notice_id};
use crate::events::Told;
use crate::problem::Problem;
use crate::service::Service;

/// Notices that are delivered at a time.
const AT_A_TIME: usize = 4;
/// How long is waited after the log or the outbox failed.
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(5);

/// Delivers until the service stops.
pub async fn run(service: Arc<Service>) {
    let mut durable = service.engine.follow();
    loop {
        let looked = tokio::select! {
            () = service.stopping.cancelled() => return,
            looked = look(&service) => looked,
        };
        if let Err(because) = looked {
            tracing::error!(because, "notices stand still");
            tokio::select! {
                () = service.stopping.cancelled() => return,
                () = tokio::time::sleep(PAUSE_AFTER_FAULT) => continue,
            }
        }
        let (read_until, next_due_ms) = {
            let outbox = service.notices.outbox.lock();
            (outbox.read_until, outbox.next_due_ms())
        };
        let due = async {
            match next_due_ms {
                Some(due_ms) => {
                    let pause_ms = due_ms.saturating_sub(service.engine.now().unix_ms());
                    tokio::time::sleep(Duration::from_millis(u64::try_from(pause_ms).unwrap_or(0)))
                        .await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = service.stopping.cancelled() => return,
            () = service.notices.asked.notified() => {}
            () = due => {}
            followed = durable.wait_for(|position| *position > read_until) => {
                if followed.is_err() {
                    return;
                }
            }
        }
    }
}

/// Reads what was issued, and delivers what is due.
async fn look(service: &Arc<Service>) -> Result<(), String> {
    read_on(service)
        .await
        .map_err(|problem| format!("the log cannot be read: {}", problem.code()))?;
    let now_ms = service.engine.now().unix_ms();
    let due = service.notices.outbox.lock().due(now_ms);
    let mut tried = stream::iter(due)
        .map(|(id, notice)| async move {
            settle(service, id, &notice).await;
        })
        .buffer_unordered(AT_A_TIME);
    while tried.next().await.is_some() {}
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
            if let Some(kept) = service.notices.outbox.lock().notices.get_mut(&id) {
                kept.delivery_ref = Some(delivery_ref.clone());
            }
            record(service, id, notice, &delivery_ref).await.err()
        }
        Outcome::Failed(because) => Some(because),
    };
    let now_ms = service.engine.now().unix_ms();
    let patience = service.configuration.notices.patience();
    let mut outbox = service.notices.outbox.lock();
    let Some(because) = failed else {
        outbox.notices.remove(&id);
        return;
    };
    let Some(kept) = outbox.notices.get_mut(&id) else {
        return;
    };
    kept.attempts = kept.attempts.saturating_add(1);
    let first_ms = *kept.first_attempt_at_ms.get_or_insert(now_ms);
    let pause = patience.pause(kept.attempts, None, fastrand::f64());
    let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    kept.due_at_ms = match patience.is_over(now_ms.saturating_sub(first_ms)) {
        false => Some(now_ms.saturating_add(pause_ms)),
        true => {
            tracing::warn!(notice = %id, stream = kept.stream, because, "a notice was given up");
            None
        }
    };
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
