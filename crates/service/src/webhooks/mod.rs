//! Webhooks: events are delivered to the addresses that others name, signed, at least once, and
//! those of one stream in order.
//!
//! What fails is tried again with growing pauses for a day, then given up and kept aside, from
//! where it can be delivered again. Each subscription is kept in a file of its own with how far it
//! has come, so that a restart goes on there.
//!
//! A subscription belongs to the operator once it is made: it goes on when whoever made it may not
//! make another one any more, until an admin takes it away or lets it stand still. Its maker is
//! shown with it.

mod address;
mod attempt;
mod figures;
mod handling;
mod kept;
mod places;
mod signature;
mod subscription;
mod worker;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::task::{Id, JoinSet};

pub use address::{Allowed, place};
pub use attempt::{Attempt, Courier, Parcel};
pub use places::places;
pub use signature::expect_secret;

use crate::kept_file::KeptFileError;
use crate::operations::metrics::Metrics;
use crate::patience::{Patience, rest};
use crate::service::Service;
use figures::Figures;
use kept::{Folder, Kept};
use subscription::Subscription;
use worker::Worker;

/// How long after a filter was not understood it is looked at again: somebody may have changed it.
const BEGUN_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How long is waited after a worker broke off.
const PAUSE_AFTER_BREAK: Duration = Duration::from_secs(1);

/// How events are delivered.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    /// Whether deliveries may go to addresses that are not public.
    pub private_addresses: bool,
    /// Whether deliveries may go to places without TLS.
    pub without_tls: bool,
    /// Subscriptions at the most.
    pub subscriptions: usize,
    /// Subscriptions of one service identity at the most, so that none takes the places of others.
    pub subscriptions_each: usize,
    /// Deliveries of one subscription that may be under way at a time.
    pub at_a_time: usize,
    /// How long a delivery may take.
    pub timeout_ms: u64,
    /// The pause after the first attempt that failed; each further one is twice as long.
    pub first_pause_ms: u64,
    /// The longest pause between attempts.
    pub longest_pause_ms: u64,
    /// How long after the first attempt a delivery is given up.
    pub given_up_after_ms: u64,
    /// How long a secret stays good after another one took its place.
    pub old_secret_ms: u64,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            private_addresses: false,
            without_tls: false,
            subscriptions: 100,
            subscriptions_each: 20,
            at_a_time: 8,
            timeout_ms: 15_000,
            first_pause_ms: 5_000,
            longest_pause_ms: 3_600_000,
            given_up_after_ms: 86_400_000,
            old_secret_ms: 86_400_000,
        }
    }
}

impl WebhookSettings {
    /// Where deliveries may go.
    #[must_use]
    pub const fn allowed(&self) -> Allowed {
        Allowed {
            private: self.private_addresses,
            insecure: self.without_tls,
        }
    }

    /// How long it is gone on.
    #[must_use]
    pub const fn patience(&self) -> Patience {
        Patience {
            first_pause: Duration::from_millis(self.first_pause_ms),
            longest_pause: Duration::from_millis(self.longest_pause_ms),
            given_up_after: Duration::from_millis(self.given_up_after_ms),
        }
    }
}

/// Every subscription, and what delivers.
pub struct Webhooks {
    subscriptions: Mutex<BTreeMap<String, Arc<Subscription>>>,
    folder: Folder,
    /// One is made at a time, so that no two take the last place.
    making: Mutex<()>,
    courier: Courier,
    figures: Figures,
    /// Told when there is a new subscription.
    added: Notify,
}

/// Why a subscription is not made.
#[derive(Debug, thiserror::Error)]
enum NotMade {
    /// There are as many as allowed.
    #[error("there are as many webhooks as allowed")]
    TooMany,
    /// It cannot be kept.
    #[error(transparent)]
    Kept(#[from] KeptFileError),
}

/// How many subscriptions there may be where one is made.
#[derive(Clone, Copy, Debug)]
struct Places {
    /// All together.
    of_all: usize,
    /// Those of the one who makes it; `None` for any number.
    of_maker: Option<usize>,
}

/// Why there can be no webhooks.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// What was kept of them cannot be used.
    #[error(transparent)]
    Kept(#[from] KeptFileError),
    /// Two figures have one name.
    #[error(transparent)]
    Figures(#[from] prometheus::Error),
}

impl Webhooks {
    /// The subscriptions that are kept in the folder of the service.
    ///
    /// # Errors
    /// When they cannot be read, or a figure has the name of another.
    pub fn new(
        settings: &WebhookSettings,
        service_folder: Option<&Path>,
        metrics: &Metrics,
    ) -> Result<Self, WebhookError> {
        let folder = Folder::of(service_folder)?;
        let subscriptions = folder
            .read()?
            .into_iter()
            .map(|kept| {
                let webhook_id = kept.webhook_id.clone();
                (webhook_id, Arc::new(Subscription::of(kept, folder.clone())))
            })
            .collect();
        Ok(Self {
            subscriptions: Mutex::new(subscriptions),
            folder,
            making: Mutex::new(()),
            courier: Courier::new(
                settings.allowed(),
                Duration::from_millis(settings.timeout_ms),
            ),
            figures: Figures::new(metrics)?,
            added: Notify::new(),
        })
    }

    /// Every subscription, by name.
    fn all(&self) -> Vec<Arc<Subscription>> {
        self.subscriptions.lock().values().cloned().collect()
    }

    fn get(&self, webhook_id: &str) -> Option<Arc<Subscription>> {
        self.subscriptions.lock().get(webhook_id).cloned()
    }

    /// Adds a subscription where there is a place for it; it is in its file then. It waits for the
    /// disk.
    fn add(&self, kept: Kept, places: Places) -> Result<(), NotMade> {
        let _turn = self.making.lock();
        let all = self.all();
        let is_own = |one: &&Arc<Subscription>| one.look(|known| known.made_by == kept.made_by);
        let is_share_used = places
            .of_maker
            .is_some_and(|most| all.iter().filter(is_own).count() >= most);
        if is_share_used || all.len() >= places.of_all {
            return Err(NotMade::TooMany);
        }
        self.folder.put(&kept)?;
        let webhook_id = kept.webhook_id.clone();
        let subscription = Arc::new(Subscription::of(kept, self.folder.clone()));
        self.subscriptions.lock().insert(webhook_id, subscription);
        self.added.notify_one();
        Ok(())
    }

    /// Takes a subscription away. It waits for the disk: one whose file cannot be removed would be
    /// there again after a restart, and so goes on.
    fn remove(&self, webhook_id: &str) -> Result<(), KeptFileError> {
        if let Some(subscription) = self.get(webhook_id) {
            subscription.remove()?;
            self.subscriptions.lock().remove(webhook_id);
        }
        Ok(())
    }
}

/// Delivers until the service stops; then what became of deliveries is written down.
pub async fn run(service: Arc<Service>) {
    let mut workers = JoinSet::new();
    let mut begun: BTreeMap<Id, String> = BTreeMap::new();
    loop {
        let mut is_missing = false;
        for subscription in service.webhooks.all() {
            let webhook_id = subscription.look(|kept| kept.webhook_id.clone());
            if begun.values().any(|one| *one == webhook_id) {
                continue;
            }
            match Worker::new(Arc::clone(&service), subscription) {
                Ok(worker) => {
                    let task = workers.spawn(worker.run());
                    begun.insert(task.id(), webhook_id);
                }
                Err(problem) => {
                    is_missing = true;
                    tracing::error!(
                        webhook = webhook_id,
                        code = problem.code(),
                        "a webhook's filter is not understood; nothing is delivered"
                    );
                }
            }
        }
        let again = rest(is_missing.then_some(BEGUN_AGAIN_AFTER));
        tokio::select! {
            () = service.stopping.cancelled() => break,
            () = service.webhooks.added.notified() => {}
            () = again => {}
            Some(ended) = workers.join_next_with_id() => {
                let task = match &ended {
                    Ok((task, ())) => *task,
                    Err(error) => error.id(),
                };
                let webhook_id = begun.remove(&task);
                if ended.is_err() {
                    tracing::error!(webhook = webhook_id, "a worker broke off; it begins again");
                    tokio::select! {
                        () = service.stopping.cancelled() => break,
                        () = tokio::time::sleep(PAUSE_AFTER_BREAK) => {}
                    }
                }
            }
        }
    }
    while workers.join_next().await.is_some() {}
}
