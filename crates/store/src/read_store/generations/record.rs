//! What is noted of a projection: which generation of its rows is read, which one is kept, and
//! whether it stands still.

use bincode::{Decode, Encode, config};

/// Most bytes of a record: a damaged length must not take all memory.
const RECORD_BYTES_MAX: usize = 64 * 1024;

/// A projection's rows and how they stand.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProjectionRecord {
    /// The generation that is read.
    pub live: GenerationNote,
    /// The generation that was read before, for going back to it.
    pub kept: Option<GenerationNote>,
    /// Where it stopped and why, when it did.
    pub fault: Option<FaultNote>,
}

/// A generation of a projection's rows.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GenerationNote {
    /// Its number; no two generations of a store have the same.
    pub number: u64,
    /// The version of its rows.
    pub schema: u32,
    /// The last position that it reflects. Of a live one that follows the log it is where it began:
    /// it reflects what the store reflects.
    pub position: u64,
    /// Files of packed rows under the rows in sled, by their numbers, the oldest first.
    pub runs: Vec<u32>,
}

/// Where a projection stopped, and why.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FaultNote {
    /// The event that it could not take up.
    pub position: u64,
    /// What was wrong.
    pub cause: String,
}

impl ProjectionRecord {
    pub(super) fn encode(&self) -> Vec<u8> {
        bincode::encode_to_vec(self, config::standard()).unwrap_or_default()
    }

    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let limited = config::standard().with_limit::<RECORD_BYTES_MAX>();
        let (record, read) = bincode::decode_from_slice(value, limited).ok()?;
        (read == value.len()).then_some(record)
    }
}
