//! Inputs that are nearly right: pieces of good ones, changed in a few places.

use redress_tests::chance::Chance;

/// What changes inputs, by chance.
pub struct Mutator(Chance);

/// Words that the formats know, and values at the edges of what they take.
const WORDS: [&str; 40] = [
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    "- ",
    "  ",
    "null",
    "true",
    "-1",
    "0",
    "1e309",
    "18446744073709551616",
    "9223372036854775807",
    "0.1",
    "\\u0000",
    "\\ud800",
    "😀",
    "\u{0}",
    "+08:00",
    "2026-05-01T09:00:00+08:00",
    "9999-12-31T23:59:60Z",
    "-0001-01-01T00:00:00Z",
    "complaint_id",
    "\"type\"",
    "recorded_at",
    "extends = ",
    "[[tier]]",
    "held",
    "&a",
    "*a",
    "<<: ",
    "!!binary ",
    "at: +72h0.001s",
    "expect:",
    "with:",
    "history",
];

impl Mutator {
    pub const fn new(seed: u64) -> Self {
        Self(Chance::new(seed))
    }

    pub fn below(&mut self, limit: usize) -> usize {
        let found = self.0.below(limit.max(1) as u64);
        usize::try_from(found).unwrap()
    }

    /// One input of the corpus, changed in one to six places.
    pub fn mutate(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].clone();
        for _ in 0..=self.below(6) {
            let other = &corpus[self.below(corpus.len())];
            self.change(&mut bytes, other);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        match self.below(10) {
            0 => bytes.truncate(at),
            1 | 2 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            3 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = [0, 0xff, 0x7f, 0x80, b'0', b'-'][self.below(6)];
                }
            }
            4 | 5 => {
                let word = WORDS[self.below(WORDS.len())];
                bytes.splice(at..at, word.bytes());
            }
            6 => {
                let end = bytes.len().min(at + self.below(24));
                bytes.drain(at..end);
            }
            7 => {
                let end = bytes.len().min(at + self.below(64));
                let piece = bytes[at..end].to_vec();
                for _ in 0..=self.below(4) {
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
            8 => {
                let from = self.below(other.len() + 1);
                let end = other.len().min(from + self.below(128));
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            _ => {
                let from = self.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }
}
