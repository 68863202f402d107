//! A filter that says of most keys that they are not in a set, without reading the set.
//!
//! A split-block Bloom filter, as in Apache Parquet: a key chooses one block of eight words and
//! sets one bit in each, so a question touches one cache line. With twenty-four bits per key about
//! one in five thousand answers is a false yes. Filters are stored, so the numbers here are part of the
//! format.

use super::index::Key;

/// Bits per key.
const BITS_PER_KEY: usize = 24;
const BLOCK_BITS: usize = 256;
/// Bytes of a block.
const BLOCK_BYTES: usize = BLOCK_BITS / 8;
/// Blocks in one stored value: 64 KiB.
const BLOCKS_PER_VALUE: usize = 2048;

const SALT: [u32; 8] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

/// The filter of one set of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    blocks: Vec<[u32; 8]>,
}

impl Filter {
    /// A filter for so many keys, empty.
    pub fn for_keys(keys: usize) -> Self {
        let blocks = (keys * BITS_PER_KEY).div_ceil(BLOCK_BITS).max(1);
        Self {
            blocks: vec![[0; 8]; blocks],
        }
    }

    pub fn insert(&mut self, key: &Key) {
        let (at, mask) = self.place(key);
        if let Some(block) = self.blocks.get_mut(at) {
            for (word, bit) in block.iter_mut().zip(mask) {
                *word |= bit;
            }
        }
    }

    /// Whether the key may be in the set; `false` is certain.
    pub fn may_hold(&self, key: &Key) -> bool {
        let (at, mask) = self.place(key);
        self.blocks
            .get(at)
            .is_some_and(|block| block.iter().zip(mask).all(|(word, bit)| word & bit != 0))
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.blocks.len() * BLOCK_BYTES
    }

    /// The values to store, each with the number of all blocks in front.
    pub fn encode(&self) -> impl Iterator<Item = Vec<u8>> {
        let total = u32::try_from(self.blocks.len()).unwrap_or(u32::MAX);
        self.blocks.chunks(BLOCKS_PER_VALUE).map(move |blocks| {
            let mut value = Vec::with_capacity(4 + blocks.len() * BLOCK_BYTES);
            value.extend_from_slice(&total.to_le_bytes());
            for word in blocks.iter().flatten() {
                value.extend_from_slice(&word.to_le_bytes());
            }
            value
        })
    }

    /// All of it in one value, for where a value may be large.
    pub fn encode_whole(&self) -> Vec<u8> {
        self.blocks
            .iter()
            .flatten()
            .flat_map(|word| word.to_le_bytes())
            .collect()
    }

    /// Reads what [`Filter::encode_whole`] wrote; `None` when it is not that.
    pub fn decode_whole(value: &[u8]) -> Option<Self> {
        let (encoded, remainder) = value.as_chunks::<BLOCK_BYTES>();
        let blocks: Vec<_> = encoded.iter().map(decode_block).collect();
        (remainder.is_empty() && !blocks.is_empty()).then_some(Self { blocks })
    }

    /// Reads a filter from its stored values in order; `None` when they are not all there.
    pub fn decode<'values>(values: impl Iterator<Item = &'values [u8]>) -> Option<Self> {
        let mut blocks = Vec::new();
        let mut expected = 0;
        for value in values {
            let (total, rest) = value.split_first_chunk::<4>()?;
            expected = usize::try_from(u32::from_le_bytes(*total)).ok()?;
            let (encoded, remainder) = rest.as_chunks::<BLOCK_BYTES>();
            if !remainder.is_empty() {
                return None;
            }
            blocks.extend(encoded.iter().map(decode_block));
        }
        (blocks.len() == expected && expected > 0).then_some(Self { blocks })
    }

    /// The block a key belongs to, and its bit in each word. Keys are digests: their bytes are
    /// random already. The first bytes choose the place in an index, so others are used here.
    fn place(&self, key: &Key) -> (usize, [u32; 8]) {
        let [.., a, b, c, d, e, f, g, h] = *key;
        let high = u64::from(u32::from_le_bytes([a, b, c, d]));
        let low = u32::from_le_bytes([e, f, g, h]);
        let at = (high * self.blocks.len() as u64) >> 32;
        let mask = SALT.map(|salt| 1 << (low.wrapping_mul(salt) >> 27));
        (usize::try_from(at).unwrap_or(0), mask)
    }
}

fn decode_block(bytes: &[u8; BLOCK_BYTES]) -> [u32; 8] {
    let mut block = [0; 8];
    for (word, encoded) in block.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*encoded);
    }
    block
}

#[cfg(test)]
mod tests {
    use super::super::index::key_of;
    use super::Filter;

    #[test]
    fn every_key_is_found_and_few_others() {
        let key = |number: u32| key_of(&number.to_le_bytes());
        let mut filter = Filter::for_keys(65_536);
        (0..65_536).for_each(|number| filter.insert(&key(number)));
        let values: Vec<Vec<u8>> = filter.encode().collect();
        let read = Filter::decode(values.iter().map(Vec::as_slice));
        assert_eq!(read.as_ref(), Some(&filter));
        assert_eq!(
            Filter::decode(values.iter().skip(1).map(Vec::as_slice)),
            None
        );
        assert!((0..65_536).all(|number| filter.may_hold(&key(number))));
        let others = 100_000..300_000;
        let false_answers = others.filter(|number| filter.may_hold(&key(*number)));
        let false_answers = false_answers.count();
        assert!(false_answers < 100, "{false_answers} of 200 000");
    }
}
