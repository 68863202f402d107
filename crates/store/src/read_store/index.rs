//! An index from keys to positions that writes no value per entry.
//!
//! Records (key, position) are written in *runs*, one for each batch, merged as they grow; the
//! records of all runs are also in memory. When they are many they are sealed into a *chunk*: sorted
//! and split into parts of about 3 KB by the first bits of the key, so that a question reads one
//! small value. The filter of each chunk stays in memory, three bytes per key, and answers most
//! questions about absent keys.
//!
//! Keys of the tree, behind the index's own byte: `n` totals, `r` + run, `f` + chunk + number of the
//! value, `p` + chunk + part + number of the value.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use sled::Tree;

use super::error::TreeError;
use super::filter::Filter;
use super::writes::{Writes, count_to_merge};

/// What is looked for: the first half of a SHA-256, so that keys are spread evenly and two
/// different things never share one.
pub(super) type Key = [u8; 16];

/// Records in memory before they become a chunk.
const CHUNK_RECORDS: usize = 65_536;
/// Most records of one stored value: 72 KiB.
const VALUE_RECORDS: usize = 3_072;
/// Parts of a chunk are told apart by so many first bits of the key.
const PART_BITS: u32 = 9;
const RECORD_BYTES: usize = 16 + 8;

const UNREADABLE: TreeError = TreeError::Unreadable("a part of an index is not readable");
const INCOMPLETE: TreeError = TreeError::Unreadable("a part of an index is missing");

/// The key of something.
pub(super) fn key_of(bytes: &[u8]) -> Key {
    let mut key = Key::default();
    for (place, byte) in key.iter_mut().zip(Sha256::digest(bytes)) {
        *place = byte;
    }
    key
}

/// One thing found at one position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record {
    pub key: Key,
    pub position: u64,
}

/// A run of recent records in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    number: u64,
    records: usize,
}

impl Run {
    /// Whether the run is large enough to stay as it is until it is sealed.
    fn is_settled(&self) -> bool {
        self.records > VALUE_RECORDS / 2
    }
}

/// The index, with what is held in memory of it.
#[derive(Debug)]
pub(super) struct Index {
    /// First byte of its keys.
    name: u8,
    /// The filter of each chunk.
    filters: Vec<Filter>,
    /// The records that are in runs.
    recent: BTreeSet<Record>,
    runs: Vec<Run>,
}

/// What a batch changes in memory, once it is in the store.
#[derive(Debug)]
pub(super) enum Change {
    /// These records became runs, and these are the runs now.
    Added { records: Vec<Record>, runs: Runs },
    /// All recent records became a chunk with this filter.
    Sealed(Filter),
}

/// The runs of an index after a change.
#[derive(Debug)]
pub(super) struct Runs(Vec<Run>);

impl Index {
    /// Reads what is held in memory, and checks that nothing of it is missing.
    pub fn load(tree: &Tree, name: u8) -> Result<Self, TreeError> {
        let mut index = Self {
            name,
            filters: Vec::new(),
            recent: BTreeSet::new(),
            runs: Vec::new(),
        };
        for found in tree.scan_prefix([name, b'r']) {
            let (key, value) = found?;
            let records = decode_records(&value)?;
            index.runs.push(Run {
                number: trailing_number(&key)?,
                records: records.len(),
            });
            index.recent.extend(records);
        }
        let totals = tree.get([name, b'n'])?;
        let (chunks, recent) = totals.as_deref().map_or(Ok((0, 0)), decode_totals)?;
        for chunk in 0..chunks {
            let values: Vec<_> = tree
                .scan_prefix(filter_key(name, chunk, None))
                .values()
                .collect::<Result<_, _>>()?;
            let filter = Filter::decode(values.iter().map(AsRef::as_ref)).ok_or(INCOMPLETE)?;
            index.filters.push(filter);
        }
        if index.recent.len() as u64 != recent {
            return Err(INCOMPLETE);
        }
        Ok(index)
    }

    /// Adds to a batch what records new positions; [`Index::take`] the result when the batch is in
    /// the store.
    pub fn add(
        &self,
        tree: &Tree,
        records: Vec<Record>,
        writes: &mut Writes,
    ) -> Result<Change, TreeError> {
        if records.is_empty() {
            let runs = Runs(self.runs.clone());
            return Ok(Change::Added { records, runs });
        }
        let recent = self.recent.len() + records.len();
        if recent >= CHUNK_RECORDS {
            return Ok(Change::Sealed(self.seal(records, writes)));
        }
        let settled = self.runs.iter().rposition(|run| run.is_settled());
        let unsettled = self.runs.get(settled.map_or(0, |at| at + 1)..);
        let sizes = unsettled.unwrap_or_default().iter().map(|run| run.records);
        let merged = count_to_merge(sizes, records.len());
        let (kept, merged) = self.runs.split_at(self.runs.len() - merged);
        let mut content = records.clone();
        for run in merged {
            let value = tree.get(self.run_key(run.number))?.ok_or(INCOMPLETE)?;
            content.extend(decode_records(&value)?);
            writes.remove(self.run_key(run.number));
        }
        content.sort_unstable();
        let mut runs = kept.to_vec();
        let next_number = runs.last().map_or(0, |run| run.number + 1);
        for (number, records) in (next_number..).zip(content.chunks(VALUE_RECORDS)) {
            writes.insert(self.run_key(number), encode_records(records));
            runs.push(Run {
                number,
                records: records.len(),
            });
        }
        writes.insert(
            vec![self.name, b'n'],
            encode_totals(self.filters.len() as u64, recent as u64),
        );
        let runs = Runs(runs);
        Ok(Change::Added { records, runs })
    }

    /// Adds to a batch what makes a chunk of the recent records and these.
    fn seal(&self, mut records: Vec<Record>, writes: &mut Writes) -> Filter {
        records.extend(&self.recent);
        records.sort_unstable();
        let same_key = |a: &Record, b: &Record| a.key == b.key;
        let mut filter = Filter::for_keys(records.chunk_by(same_key).count());
        for record in &records {
            filter.insert(&record.key);
        }
        let chunk = self.filters.len() as u64;
        for same_part in records.chunk_by(|a, b| part_of(&a.key) == part_of(&b.key)) {
            let part = same_part.first().map_or(0, |record| part_of(&record.key));
            for (number, piece) in (0..).zip(same_part.chunks(VALUE_RECORDS)) {
                writes.insert(self.part_key(chunk, part, number), encode_records(piece));
            }
        }
        for (number, value) in (0..).zip(filter.encode()) {
            writes.insert(filter_key(self.name, chunk, Some(number)), value);
        }
        for run in &self.runs {
            writes.remove(self.run_key(run.number));
        }
        writes.insert(vec![self.name, b'n'], encode_totals(chunk + 1, 0));
        filter
    }

    /// Brings what is in memory up to a batch that is in the store now.
    pub fn take(&mut self, change: Change) {
        match change {
            Change::Added { records, runs } => {
                self.recent.extend(records);
                self.runs = runs.0;
            }
            Change::Sealed(filter) => {
                self.recent.clear();
                self.runs.clear();
                self.filters.push(filter);
            }
        }
    }

    /// The positions of a key, in order.
    pub fn positions(&self, tree: &Tree, key: &Key) -> Result<Vec<u64>, TreeError> {
        let mut positions = Vec::new();
        for (chunk, _) in (0..)
            .zip(&self.filters)
            .filter(|(_, filter)| filter.may_hold(key))
        {
            self.read_part(tree, chunk, key, &mut positions)?;
        }
        let least = Record {
            key: *key,
            position: 0,
        };
        let recent = self.recent.range(least..);
        positions.extend(
            recent
                .take_while(|record| record.key == *key)
                .map(|record| record.position),
        );
        Ok(positions)
    }

    /// Bytes of the filters in memory, and the number of records beside them.
    pub fn in_memory(&self) -> (usize, usize) {
        (
            self.filters.iter().map(Filter::bytes).sum(),
            self.recent.len(),
        )
    }

    fn read_part(
        &self,
        tree: &Tree,
        chunk: u64,
        key: &Key,
        positions: &mut Vec<u64>,
    ) -> Result<(), TreeError> {
        let mut number = 0;
        while let Some(value) = tree.get(self.part_key(chunk, part_of(key), number))? {
            let (records, rest) = value.as_chunks::<RECORD_BYTES>();
            if !rest.is_empty() {
                return Err(UNREADABLE);
            }
            let first = records.partition_point(|record| record.as_slice() < key.as_slice());
            let same = records.get(first..).unwrap_or_default();
            let same = same
                .iter()
                .map_while(|record| record.strip_prefix(key.as_slice()));
            positions.extend(same.filter_map(read_number));
            if records.len() < VALUE_RECORDS {
                break;
            }
            number += 1;
        }
        Ok(())
    }

    fn run_key(&self, number: u64) -> Vec<u8> {
        [[self.name, b'r'].as_slice(), &number.to_be_bytes()].concat()
    }

    fn part_key(&self, chunk: u64, part: u16, number: u16) -> Vec<u8> {
        [
            [self.name, b'p'].as_slice(),
            &chunk.to_be_bytes(),
            &part.to_be_bytes(),
            &number.to_be_bytes(),
        ]
        .concat()
    }
}

/// The key of one stored value of a chunk's filter, or what all of them begin with.
fn filter_key(name: u8, chunk: u64, number: Option<u16>) -> Vec<u8> {
    let mut key = vec![name, b'f'];
    key.extend_from_slice(&chunk.to_be_bytes());
    key.extend(number.into_iter().flat_map(u16::to_be_bytes));
    key
}

fn part_of(key: &Key) -> u16 {
    let [first, second, ..] = *key;
    u16::from_be_bytes([first, second]) >> (u16::BITS - PART_BITS)
}

fn encode_records(records: &[Record]) -> Vec<u8> {
    let mut value = Vec::with_capacity(records.len() * RECORD_BYTES);
    for record in records {
        value.extend_from_slice(&record.key);
        value.extend_from_slice(&record.position.to_be_bytes());
    }
    value
}

fn decode_records(value: &[u8]) -> Result<Vec<Record>, TreeError> {
    let (records, rest) = value.as_chunks::<RECORD_BYTES>();
    let decode = |record: &[u8; RECORD_BYTES]| {
        let (key, position) = record.split_first_chunk()?;
        Some(Record {
            key: *key,
            position: read_number(position)?,
        })
    };
    let records: Option<Vec<Record>> = records.iter().map(decode).collect();
    records.filter(|_| rest.is_empty()).ok_or(UNREADABLE)
}

fn encode_totals(chunks: u64, recent: u64) -> Vec<u8> {
    [chunks.to_be_bytes(), recent.to_be_bytes()].concat()
}

fn decode_totals(value: &[u8]) -> Result<(u64, u64), TreeError> {
    let decode = || {
        let (chunks, recent) = value.split_at_checked(8)?;
        Some((read_number(chunks)?, read_number(recent)?))
    };
    decode().ok_or(UNREADABLE)
}

fn trailing_number(key: &[u8]) -> Result<u64, TreeError> {
    let number = key.last_chunk().ok_or(UNREADABLE)?;
    Ok(u64::from_be_bytes(*number))
}

fn read_number(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}
