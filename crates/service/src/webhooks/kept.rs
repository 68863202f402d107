//! A subscription as it is kept: one file each, replaced whole, so that a restart goes on where the
//! service was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use redress_store::file;
use serde::{Deserialize, Serialize};

use crate::events::Filter;
use crate::kept_file::{self, KeptFileError};

/// Everything about one subscription.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its name.
    pub webhook_id: String,
    /// Where deliveries go.
    pub url: String,
    /// Which events are delivered.
    pub filter: Filter,
    /// What deliveries are signed with, the newest first.
    pub secrets: Vec<KeptSecret>,
    /// When it was made, in milliseconds since 1970.
    pub made_at_ms: i64,
    /// Who made it, as `role id`.
    pub made_by: String,
    /// Why nothing is delivered, if so.
    pub paused_because: Option<String>,
    /// Everything up to this position was read: it was delivered, is in `waiting` or `dead`, or was
    /// not wanted.
    pub read_until: u64,
    /// Deliveries that are under way, by position.
    pub waiting: BTreeMap<u64, Waiting>,
    /// Deliveries that were given up, by position.
    pub dead: BTreeMap<u64, Dead>,
}

/// A secret and how long it is good for.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct KeptSecret {
    /// The secret.
    pub secret: String,
    /// From when on it is not used any more, in milliseconds since 1970.
    pub until_ms: Option<i64>,
}

/// A delivery that is under way.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Attempts that failed.
    pub attempts: u32,
    /// How often the receiver refused it, or what stood before it in its stream.
    #[serde(default)]
    pub refusals: u32,
    /// When it was first tried, or what stood before it in its stream and was given up, in
    /// milliseconds since 1970.
    pub first_attempt_at_ms: Option<i64>,
    /// When it is tried next, in milliseconds since 1970.
    pub due_at_ms: i64,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// A delivery that was given up.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Dead {
    /// Attempts that failed.
    pub attempts: u32,
    /// When it was first tried, in milliseconds since 1970.
    pub first_attempt_at_ms: Option<i64>,
    /// When it was given up, in milliseconds since 1970.
    pub given_up_at_ms: i64,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// The folder of subscriptions; nothing is kept where there is none.
#[derive(Clone, Debug)]
pub struct Folder(Option<PathBuf>);

impl Folder {
    /// The folder of webhooks in that of the service, made if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn of(service_folder: Option<&Path>) -> Result<Self, KeptFileError> {
        let folder = service_folder.map(|folder| folder.join("webhooks"));
        if let Some(folder) = &folder {
            file::create_directory(folder)?;
        }
        Ok(Self(folder))
    }

    /// Every subscription there is.
    ///
    /// # Errors
    /// When a file cannot be read or is no subscription.
    pub fn read(&self) -> Result<Vec<Kept>, KeptFileError> {
        let Some(folder) = &self.0 else {
            return Ok(Vec::new());
        };
        let read = |source| KeptFileError::Read {
            path: folder.clone(),
            source,
        };
        let mut all = Vec::new();
        for found in fs::read_dir(folder).map_err(read)? {
            let path = found.map_err(read)?.path();
            // Anything else was being written when the service was cut off.
            if path.extension().is_none_or(|suffix| suffix != "json") {
                continue;
            }
            all.extend(kept_file::read::<Kept>(&path)?);
        }
        Ok(all)
    }

    /// Puts a subscription in place of what was kept of it. Only the owner may read it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, kept: &Kept) -> Result<(), KeptFileError> {
        match self.path(&kept.webhook_id) {
            Some(path) => kept_file::put(&path, kept),
            None => Ok(()),
        }
    }

    /// Takes a subscription away.
    ///
    /// # Errors
    /// When its file cannot be removed.
    pub fn remove(&self, webhook_id: &str) -> Result<(), KeptFileError> {
        match self.path(webhook_id) {
            Some(path) => kept_file::remove(&path),
            None => Ok(()),
        }
    }

    fn path(&self, webhook_id: &str) -> Option<PathBuf> {
        let folder = self.0.as_ref()?;
        Some(folder.join(format!("{webhook_id}.json")))
    }
}

impl Kept {
    /// The secrets that are good at an instant, the newest first.
    #[must_use]
    pub fn secrets_at(&self, now_ms: i64) -> Vec<String> {
        self.secrets
            .iter()
            .filter(|kept| kept.until_ms.is_none_or(|until| now_ms < until))
            .map(|kept| kept.secret.clone())
            .collect()
    }

    /// Puts a new secret in front; the ones before stay good for a while, and those that are not
    /// any more are forgotten.
    pub fn rotate(&mut self, secret: String, now_ms: i64, keep_ms: i64) {
        self.secrets
            .retain(|kept| kept.until_ms.is_none_or(|until| now_ms < until));
        for kept in &mut self.secrets {
            let until = now_ms.saturating_add(keep_ms);
            kept.until_ms = Some(kept.until_ms.map_or(until, |known| known.min(until)));
        }
        self.secrets.insert(
            0,
            KeptSecret {
                secret,
                until_ms: None,
            },
        );
    }

    /// Notes that a delivery was taken.
    pub fn taken(&mut self, position: u64) {
        self.waiting.remove(&position);
    }

    /// Gives a delivery up, for whatever reason it failed last. The patience spent on it was spent
    /// on those behind it in its stream, too: each of them is tried at least once.
    pub fn give_up(&mut self, position: u64, behind: &[u64], now_ms: i64) {
        let waiting = self.waiting.remove(&position).unwrap_or_default();
        for position in behind {
            if let Some(next) = self.waiting.get_mut(position) {
                next.refusals = waiting.refusals;
                next.first_attempt_at_ms = waiting.first_attempt_at_ms;
            }
        }
        self.dead.insert(
            position,
            Dead {
                attempts: waiting.attempts,
                first_attempt_at_ms: waiting.first_attempt_at_ms,
                given_up_at_ms: now_ms,
                last_error: waiting.last_error,
            },
        );
    }

    /// Lets deliveries that were given up begin anew: those of some positions, or all; how many.
    pub fn replay(&mut self, positions: Option<&[u64]>, now_ms: i64) -> usize {
        let chosen: Vec<u64> = self
            .dead
            .keys()
            .copied()
            .filter(|position| positions.is_none_or(|some| some.contains(position)))
            .collect();
        for position in &chosen {
            self.dead.remove(position);
            self.waiting.insert(
                *position,
                Waiting {
                    due_at_ms: now_ms,
                    ..Waiting::default()
                },
            );
        }
        chosen.len()
    }
}
