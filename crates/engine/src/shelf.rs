//! Entries by position, stream and command: those that the read store has, and behind them the
//! tail that it has not taken yet. Without a read store the tail is everything.

use std::collections::VecDeque;
use std::sync::Arc;

use foldhash::HashMap;
use redress_domain::event::Recorded;
use redress_store::entry;
use redress_store::read_store::{ReadStore, StoredEntry};
use uuid::Uuid;

use crate::error::EngineError;

/// Where entries are read from.
pub(crate) struct Shelf {
    store: Option<Arc<ReadStore>>,
    /// Entries behind what the store has, in order of position.
    tail: VecDeque<StoredEntry>,
    /// First positions of tail commands.
    commands: HashMap<Uuid, u64>,
    /// Entries in the tail that have not been handed to the store.
    unsent: usize,
}

impl Shelf {
    pub fn new(store: Option<Arc<ReadStore>>) -> Self {
        Self {
            store,
            tail: VecDeque::new(),
            commands: HashMap::default(),
            unsent: 0,
        }
    }

    /// Puts the next entry behind all others.
    pub fn push(&mut self, entry: StoredEntry) {
        self.commands
            .entry(Uuid::from_bytes(entry.command_id))
            .or_insert(entry.position);
        self.tail.push_back(entry);
        self.unsent += 1;
    }

    /// The last position that the store has; 0 without one.
    pub fn applied(&self) -> u64 {
        self.store.as_ref().map_or(0, |store| store.applied())
    }

    /// How many entries wait to be handed to the store.
    pub fn unsent(&self) -> usize {
        self.unsent
    }

    /// Entries that have not been handed to the store; each is given once.
    pub fn take_unsent(&mut self) -> Vec<StoredEntry> {
        let from = self.tail.len().saturating_sub(self.unsent);
        self.unsent = 0;
        self.tail.range(from..).cloned().collect()
    }

    /// Lets go of tail entries that the store has.
    pub fn release(&mut self) {
        let Some(applied) = self.store.as_ref().map(|store| store.applied()) else {
            return;
        };
        while self
            .tail
            .front()
            .is_some_and(|entry| entry.position <= applied)
        {
            let Some(entry) = self.tail.pop_front() else {
                break;
            };
            let command = Uuid::from_bytes(entry.command_id);
            if self
                .commands
                .get(&command)
                .is_some_and(|first| *first <= applied)
            {
                self.commands.remove(&command);
            }
        }
    }

    fn tail_entry(&self, position: u64) -> Option<&StoredEntry> {
        let first = self.tail.front()?.position;
        let index = usize::try_from(position.checked_sub(first)?).ok()?;
        self.tail.get(index)
    }

    /// The bytes of one entry.
    pub fn entry(&self, position: u64) -> Result<Option<Vec<u8>>, EngineError> {
        if let Some(entry) = self.tail_entry(position) {
            return Ok(Some(entry.bytes.to_vec()));
        }
        match &self.store {
            Some(store) => Ok(store.entry(position)?),
            None => Ok(None),
        }
    }

    /// The events of one stream, in order of version.
    pub fn stream(&self, stream: &str) -> Result<Vec<Recorded>, EngineError> {
        let mut entries = Vec::new();
        let mut last_in_store = 0;
        for (_, recorded) in self.stored_stream(stream)? {
            last_in_store = recorded.header.position;
            entries.push(recorded);
        }
        for stored in &self.tail {
            if *stored.stream == *stream && stored.position > last_in_store {
                entries.push(entry::decode(&stored.bytes)?.recorded);
            }
        }
        Ok(entries)
    }

    /// The entries of one stream that the store has, in order of version.
    pub fn stored_stream(&self, stream: &str) -> Result<Vec<(Vec<u8>, Recorded)>, EngineError> {
        let Some(store) = &self.store else {
            return Ok(Vec::new());
        };
        store
            .stream_entries(stream)?
            .into_iter()
            .map(|(_, bytes)| {
                let recorded = entry::decode(&bytes)?.recorded;
                Ok((bytes, recorded))
            })
            .collect()
    }

    /// The events of one command, in order; empty when the id is not known.
    pub fn command(&self, id: Uuid) -> Result<Vec<entry::Entry>, EngineError> {
        let first = match self.commands.get(&id) {
            Some(position) => Some(*position),
            None => match &self.store {
                Some(store) => store.command_position(id.as_bytes())?,
                None => None,
            },
        };
        let mut entries = Vec::new();
        let Some(mut position) = first else {
            return Ok(entries);
        };
        while let Some(bytes) = self.entry(position)? {
            let decoded = entry::decode(&bytes)?;
            if decoded.recorded.header.command_id != id {
                break;
            }
            entries.push(decoded);
            position += 1;
        }
        Ok(entries)
    }
}
