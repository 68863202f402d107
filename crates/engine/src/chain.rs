//! Checks that entries continue the log and their streams: positions and versions without gaps,
//! `recorded_at` never decreasing, each entry carrying the digest of the one before it in its
//! stream.

use std::collections::HashMap;

use redress_domain::identity::StreamId;
use redress_domain::instant::Instant;
use redress_store::entry::{self, Entry};

use crate::error::EngineError;

/// The end of the log and of every stream, as far as it was checked.
#[derive(Default)]
pub struct Chains {
    streams: HashMap<StreamId, (u64, [u8; 32])>,
    last_position: u64,
    last_recorded_at: Option<Instant>,
}

impl Chains {
    /// Checks the next entry and decodes it.
    ///
    /// # Errors
    /// What does not fit, with the position.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Entry, EngineError> {
        let decoded = entry::decode(bytes)?;
        let header = &decoded.recorded.header;
        let broken = |what: String| EngineError::Broken {
            position: header.position,
            what,
        };
        if header.position != self.last_position + 1 {
            return Err(broken(format!(
                "position {} must follow",
                self.last_position + 1
            )));
        }
        if self
            .last_recorded_at
            .is_some_and(|last| header.recorded_at < last)
        {
            return Err(broken("recorded before the entry ahead of it".to_owned()));
        }
        let (version, digest) = self
            .streams
            .get(&header.stream)
            .copied()
            .unwrap_or((0, [0; 32]));
        if header.version != version {
            return Err(broken(format!(
                "version {} of {} where {version} must follow",
                header.version, header.stream
            )));
        }
        if decoded.previous_digest != digest {
            return Err(broken(format!(
                "the entry does not continue {}: one before it was changed or left out",
                header.stream
            )));
        }
        self.streams
            .insert(header.stream.clone(), (version + 1, entry::digest(bytes)));
        self.last_position = header.position;
        self.last_recorded_at = Some(header.recorded_at);
        Ok(decoded)
    }

    /// How many entries were checked.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.last_position
    }

    /// How many streams they belong to.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.streams.len()
    }
}
