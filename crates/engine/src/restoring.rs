//! Backups as the engine sees them: every entry of one is decoded and followed before it counts, and
//! a restored store is proved to be what its log says.

use std::path::Path;

use redress_domain::event::Event;
use redress_domain::instant::Instant;
use redress_domain::text::PersonalText;
use redress_domain::user;
use redress_projections::keys::sealing_key_number;
use redress_store::backup::{self, RestoreReport, Until, VerifyReport};
use redress_store::entry::Entry;
use redress_store::vault::{self, KeysChecked};

use crate::chain::Chains;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::rebuilding::Comparison;
use crate::verification::ProjectionState;

/// What a walk through a backup saw.
#[derive(Default)]
struct Followed {
    chains: Chains,
    last_recorded_at: Option<Instant>,
    /// The smallest number above every key that an event names.
    named_keys: u64,
}

impl Followed {
    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        let entry = self.chains.take(bytes).map_err(|error| error.to_string())?;
        self.last_recorded_at = Some(entry.recorded.header.recorded_at);
        let named = key_numbers(entry).into_iter().max();
        let above = named.map_or(0, |number| number.saturating_add(1));
        self.named_keys = self.named_keys.max(above);
        Ok(())
    }
}

/// The keys that an entry names.
fn key_numbers(entry: Entry) -> Vec<u64> {
    let mut event = entry.recorded.event;
    if let Event::User(user::Event::PersonalDataErased { key_numbers, .. }) = event {
        return key_numbers;
    }
    let texts = event.texts_mut().into_iter();
    texts
        .filter_map(|text| match text {
            PersonalText::Sealed { bytes, .. } => sealing_key_number(bytes),
            PersonalText::Open(_) => None,
        })
        .collect()
}

/// A backup that is whole.
#[derive(Clone, Debug)]
pub struct VerifiedBackup {
    /// What was read.
    pub report: VerifyReport,
    /// How many streams its events belong to.
    pub streams: u64,
    /// When the last event was recorded; `None` for an empty log.
    pub last_recorded_at: Option<Instant>,
    /// What the copy of the keys holds, when it was to be checked too.
    pub keys: Option<KeysChecked>,
}

/// Reads every byte of a backup and checks it: manifest, digests, checksums, positions, versions,
/// the chain of each stream, decodability; with `keys` also that the copy of the keys is whole and
/// has every key that the log names. `progress` gets each position.
///
/// # Errors
/// The first damage, with its place.
pub fn verify_backup(
    directory: &Path,
    keys: Option<&Path>,
    mut progress: impl FnMut(u64),
) -> Result<VerifiedBackup, EngineError> {
    let mut followed = Followed::default();
    let report = backup::verify(directory, |position, bytes| {
        progress(position);
        followed.take(bytes)
    })?;
    let keys = keys
        .map(|keys| vault::check_keys(keys, followed.named_keys))
        .transpose()?;
    Ok(VerifiedBackup {
        report,
        streams: followed.chains.streams() as u64,
        last_recorded_at: followed.last_recorded_at,
        keys,
    })
}

/// Restores a backup into a data directory that is empty or not there, up to where it is asked to,
/// with the keys from their copy or without. Nothing is touched before the backup was checked up to
/// there. `progress` gets each position.
///
/// # Errors
/// Damage, an end that the backup does not have, a place with something in it.
pub fn restore(
    directory: &Path,
    target: &Path,
    until: Until,
    keys: Option<&Path>,
    mut progress: impl FnMut(u64),
) -> Result<RestoreReport, EngineError> {
    let mut followed = Followed::default();
    let restoring = backup::begin_restore(directory, until, |position, bytes| {
        progress(position);
        followed.take(bytes)
    })?;
    Ok(restoring.into_directory(target, keys, followed.named_keys)?)
}

/// What a drill found.
#[derive(Clone, Debug)]
pub struct Drill {
    /// Events of the log, each checked.
    pub events: u64,
    /// Every projection as it is read.
    pub projections: Vec<ProjectionState>,
    /// Every projection compared with one folded anew.
    pub comparisons: Vec<Comparison>,
}

impl Drill {
    /// Whether every read model is what the log says.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.comparisons.iter().all(|one| one.differing == 0)
    }
}

impl Engine {
    /// Walks the whole log, and compares every row of every read model with those that the log
    /// gives when it is folded anew.
    ///
    /// # Errors
    /// The first thing in the log that does not fit, with its position.
    pub fn drill(&self) -> Result<Drill, EngineError> {
        let events = self.verify_log()?;
        let comparisons = self.verify_projections()?;
        Ok(Drill {
            events,
            projections: self.projections()?,
            comparisons,
        })
    }
}
