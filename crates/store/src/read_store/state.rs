//! What is in memory of the store, and how a batch of entries changes it.

use sled::Tree;

use super::StoredEntry;
use super::block::{Block, BlockSize};
use super::error::TreeError;
use super::index::{self, Index, Record, key_of};
use super::keys;
use super::writes::{Writes, count_to_merge};

const INCOMPLETE: TreeError = TreeError::Unreadable("the last entries are not all there");

/// What is in memory of what is in the tree.
#[derive(Debug)]
pub(super) struct State {
    /// The last position that everything in the store reflects.
    pub applied: u64,
    pub streams: Index,
    pub commands: Index,
    /// The last blocks that are small enough to be merged with what comes.
    unsettled: Vec<BlockSize>,
}

/// What a batch changes in memory, once it is in the tree.
#[derive(Debug)]
pub(super) struct Change {
    applied: u64,
    streams: index::Change,
    commands: index::Change,
    unsettled: Vec<BlockSize>,
}

impl State {
    /// Reads what is in memory, and checks that entries and indexes end where the store says.
    pub fn load(tree: &Tree) -> Result<Self, TreeError> {
        let applied = tree.get(keys::APPLIED)?.map_or(Ok(0), |value| {
            let value = value.as_ref().try_into().map(u64::from_be_bytes);
            value.map_err(|_| TreeError::Unreadable("the applied position is not readable"))
        })?;
        Ok(Self {
            applied,
            streams: Index::load(tree, keys::STREAM_INDEX)?,
            commands: Index::load(tree, keys::COMMAND_INDEX)?,
            unsettled: load_unsettled(tree, applied)?,
        })
    }

    /// Adds to `writes` what makes these entries part of the store. [`State::take`] the result
    /// when the writes are in the tree.
    pub fn add(
        &self,
        tree: &Tree,
        entries: &[StoredEntry],
        applied: u64,
        writes: &mut Writes,
    ) -> Result<Change, TreeError> {
        let (streams, commands) = records_of(entries);
        let change = Change {
            applied,
            streams: self.streams.add(tree, streams, writes)?,
            commands: self.commands.add(tree, commands, writes)?,
            unsettled: self.add_blocks(tree, entries, writes)?,
        };
        writes.insert(keys::APPLIED, &applied.to_be_bytes());
        Ok(change)
    }

    /// Brings what is in memory up to writes that are in the tree now.
    pub fn take(&mut self, change: Change) {
        self.applied = change.applied;
        self.streams.take(change.streams);
        self.commands.take(change.commands);
        self.unsettled = change.unsettled;
    }

    /// Adds the blocks of these entries, merged with the last ones that are small. Returns which
    /// blocks are unsettled then.
    fn add_blocks(
        &self,
        tree: &Tree,
        entries: &[StoredEntry],
        writes: &mut Writes,
    ) -> Result<Vec<BlockSize>, TreeError> {
        let sizes = self.unsettled.iter().map(|block| block.entries);
        let merged = count_to_merge(sizes, entries.len());
        let (kept, merged) = self.unsettled.split_at(self.unsettled.len() - merged);
        let mut blocks: Vec<Block> = Vec::new();
        for size in merged {
            let key = keys::block(size.first_position);
            let stored = tree.get(&key)?;
            let stored = stored.ok_or(TreeError::Unreadable("a block of entries is missing"))?;
            writes.remove(key);
            for (position, entry) in Block::decode(size.first_position, &stored)?.iter() {
                push_entry(&mut blocks, position, entry);
            }
        }
        for entry in entries {
            push_entry(&mut blocks, entry.position, &entry.bytes);
        }
        let mut unsettled = kept.to_vec();
        for block in &blocks {
            writes.insert(keys::block(block.first_position), block.encode());
            let size = block.size();
            if size.is_settled() {
                unsettled.clear();
            } else {
                unsettled.push(size);
            }
        }
        Ok(unsettled)
    }
}

/// Reads the sizes of the last blocks, back to one that is settled.
fn load_unsettled(tree: &Tree, applied: u64) -> Result<Vec<BlockSize>, TreeError> {
    let mut unsettled = Vec::new();
    let mut following = applied + 1;
    let blocks = tree.range(keys::block(0)..=keys::block(u64::MAX)).rev();
    for found in blocks {
        let (key, stored) = found?;
        let first_position = keys::block_position(&key)
            .ok_or(TreeError::Unreadable("a block's key is not readable"))?;
        let block = Block::decode(first_position, &stored)?;
        if block.next_position() != following {
            return Err(INCOMPLETE);
        }
        following = first_position;
        if block.size().is_settled() {
            unsettled.reverse();
            return Ok(unsettled);
        }
        unsettled.push(block.size());
    }
    unsettled.reverse();
    match following {
        1 => Ok(unsettled),
        _ => Err(INCOMPLETE),
    }
}

/// Puts an entry into the last block, or, when that is full, into a new one after it.
fn push_entry(blocks: &mut Vec<Block>, position: u64, entry: &[u8]) {
    match blocks.last_mut().filter(|last| last.has_room_for(entry)) {
        Some(last) => last.push(entry),
        None => {
            let mut block = Block::new(position);
            block.push(entry);
            blocks.push(block);
        }
    }
}

/// What the indexes record of these entries: each for its stream, the first for its command.
fn records_of(entries: &[StoredEntry]) -> (Vec<Record>, Vec<Record>) {
    let streams = entries.iter().map(|entry| Record {
        key: key_of(entry.stream.as_bytes()),
        position: entry.position,
    });
    let commands = entries
        .chunk_by(|a, b| a.command_id == b.command_id)
        .filter_map(<[StoredEntry]>::first)
        .map(|entry| Record {
            key: key_of(&entry.command_id),
            position: entry.position,
        });
    (streams.collect(), commands.collect())
}
