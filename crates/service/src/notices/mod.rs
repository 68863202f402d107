//! Notices (rulebook 4.2): whoever a measure is imposed on is told, on every channel that the
//! edition names. The service delivers what the log says was issued, by email and, for the other
//! channels, to programs that the operator names; each delivery is recorded in the log once.

mod contacts;
mod delivery;
mod email;
mod figures;
mod handling;
mod letter;
mod outbox;
mod places;
mod postman;
mod wording;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use redress_domain::rulebook::Channel;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub use email::EmailSettings;
pub use places::places;
pub use postman::run;

use crate::kept_file::{self, KeptFileError};
use crate::operations::metrics::Metrics;
use crate::patience::Patience;
use crate::webhooks::{Allowed, Courier, expect_secret, place};
use figures::Figures;
use outbox::Outbox;

/// The operator alone says where notices go, so they may go anywhere.
const ALLOWED: Allowed = Allowed {
    private: true,
    insecure: true,
};

/// How notices are delivered.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct NoticeSettings {
    /// The server that takes email.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailSettings>,
    /// Where notices on other channels go: `in_site`, `wechat`, `customer_service`.
    pub channels: BTreeMap<String, ChannelSettings>,
    /// The file that says how to reach whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<PathBuf>,
    /// How long a delivery may take.
    pub timeout_ms: u64,
    /// The pause after the first attempt that failed; each further one is twice as long.
    pub first_pause_ms: u64,
    /// The longest pause between attempts.
    pub longest_pause_ms: u64,
    /// How long after the first attempt a notice is given up.
    pub given_up_after_ms: u64,
    /// A notice that was issued longer ago than this when it is first seen is not delivered unless
    /// somebody asks for it: whoever sets this up on an old log floods nobody.
    pub too_old_after_ms: u64,
}

/// A program that takes notices of one channel.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ChannelSettings {
    /// Where it listens.
    pub url: String,
    /// What deliveries are signed with, as Standard Webhooks; it is never shown.
    #[serde(default, skip_serializing)]
    pub secret: String,
}

impl Default for NoticeSettings {
    fn default() -> Self {
        Self {
            email: None,
            channels: BTreeMap::new(),
            contacts: None,
            timeout_ms: 15_000,
            first_pause_ms: 5_000,
            longest_pause_ms: 3_600_000,
            given_up_after_ms: 86_400_000,
            too_old_after_ms: 604_800_000,
        }
    }
}

impl NoticeSettings {
    const fn patience(&self) -> Patience {
        Patience {
            first_pause: Duration::from_millis(self.first_pause_ms),
            longest_pause: Duration::from_millis(self.longest_pause_ms),
            given_up_after: Duration::from_millis(self.given_up_after_ms),
        }
    }

    /// Checks that every channel is one, and that what is said of it can be meant.
    pub(crate) fn check(&self) -> Result<(), NoticeError> {
        let is_channel = |name: &str| {
            Channel::ALL
                .iter()
                .any(|channel| channel.as_str() == name && *channel != Channel::Email)
        };
        for (name, target) in &self.channels {
            if !is_channel(name) {
                return Err(NoticeError::NoChannel(name.clone()));
            }
            let setting = |key: &str| format!("notices.channels.{name}.{key}");
            place(&target.url, ALLOWED)
                .map_err(|error| NoticeError::setting(setting("url"), &error))?;
            expect_secret(&target.secret)
                .map_err(|error| NoticeError::setting(setting("secret"), &error))?;
        }
        match &self.email {
            Some(email) => email.check().map_err(|(key, because)| {
                NoticeError::setting(format!("notices.email.{key}"), &because)
            }),
            None => Ok(()),
        }
    }
}

/// The outbox, and what delivers.
pub struct Notices {
    outbox: Mutex<Outbox>,
    /// One writes the file at a time.
    writing: Mutex<()>,
    file: Option<PathBuf>,
    courier: Courier,
    figures: Figures,
    /// Told when somebody wants notices to be tried at once.
    asked: Notify,
}

/// Why no notices can be delivered.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// A setting names a channel that is none.
    #[error("notices.channels: `{0}` is not in_site, wechat or customer_service")]
    NoChannel(String),
    /// A setting says what cannot be meant.
    #[error("{setting}: {because}")]
    Setting {
        /// Which.
        setting: String,
        /// What is wrong with it.
        because: String,
    },
    /// What is kept of them cannot be used.
    #[error(transparent)]
    Outbox(#[from] KeptFileError),
    /// Two figures have one name.
    #[error(transparent)]
    Figures(#[from] prometheus::Error),
}

impl NoticeError {
    fn setting(setting: String, because: &impl ToString) -> Self {
        Self::Setting {
            setting,
            because: because.to_string(),
        }
    }
}

impl Notices {
    /// What is kept in the folder of the service.
    ///
    /// # Errors
    /// When the settings make no sense or the outbox cannot be read.
    pub fn new(
        settings: &NoticeSettings,
        service_folder: Option<&Path>,
        metrics: &Metrics,
    ) -> Result<Self, NoticeError> {
        settings.check()?;
        let file = service_folder.map(|folder| folder.join("notices.json"));
        let kept = match &file {
            Some(path) => kept_file::read(path)?,
            None => None,
        };
        Ok(Self {
            outbox: Mutex::new(kept.unwrap_or_default()),
            writing: Mutex::new(()),
            file,
            courier: Courier::new(ALLOWED, Duration::from_millis(settings.timeout_ms)),
            figures: Figures::new(metrics)?,
            asked: Notify::new(),
        })
    }

    /// Brings the file up to what is in memory. It waits for the disk.
    fn write(&self) -> Result<(), KeptFileError> {
        let _turn = self.writing.lock();
        match &self.file {
            Some(path) => {
                let outbox = self.outbox.lock().clone();
                kept_file::put(path, &outbox)
            }
            None => Ok(()),
        }
    }
}
