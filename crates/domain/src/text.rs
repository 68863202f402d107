//! Personal and other free text: the domain sees whether it is there and how long it is.

use alloc::string::String;
use alloc::vec::Vec;

/// A text about or by a person. A command brings it open; before it becomes part of a recorded
/// event it is sealed with a key of that user, and destroying the key erases it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonalText {
    /// As typed; never recorded in this form.
    Open(String),
    /// As recorded.
    Sealed {
        /// How many characters the open text had.
        characters: u32,
        /// The ciphertext.
        bytes: Vec<u8>,
    },
}

impl PersonalText {
    /// How many characters the open text has.
    #[must_use]
    pub fn characters(&self) -> usize {
        match self {
            Self::Open(text) => text.chars().count(),
            Self::Sealed { characters, .. } => *characters as usize,
        }
    }

    /// Whether there is nothing to read: no character, or white space alone.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Open(text) => text.trim().is_empty(),
            Self::Sealed { characters, .. } => *characters == 0,
        }
    }
}
