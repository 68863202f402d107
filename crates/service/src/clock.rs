//! The clock runs by itself: deadlines are observed without any traffic.

use std::sync::Arc;
use std::time::Duration;

use crate::service::Service;

/// How often it is looked whether a deadline has passed: a deadline is observed within a second of
/// its instant.
const LOOKED_FOR_EVERY: Duration = Duration::from_millis(250);

/// Observes every deadline that passed while the service was down, in order; before that no command
/// is taken.
pub async fn catch_up(service: &Service) -> Result<(), redress_engine::EngineError> {
    service.engine.notice_deadlines().ready().await?;
    service.caught_up.cancel();
    Ok(())
}

/// Observes deadlines until the service stops.
pub async fn run(service: Arc<Service>) {
    let mut ticks = tokio::time::interval(LOOKED_FOR_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = service.stopping.cancelled() => return,
            _ = ticks.tick() => {}
        }
        service.metrics.note_position(&service.engine);
        // A feed that tells of the past drives the clock itself, until it ends.
        if Arc::strong_count(&service.histories) > 1 {
            continue;
        }
        if let Err(error) = service.engine.notice_deadlines().ready().await {
            tracing::error!(%error, "deadlines are not observed any more");
            service.stopping.cancelled().await;
            return;
        }
    }
}
