//! A key as it is used: one derived key for each purpose.

use std::fmt;

use super::key::{self, KEY_BYTES, SecretKey};

/// What is derived from one key. Wiped from memory when it is dropped, and never shown.
pub(super) struct OpenedKey {
    /// Encrypts texts.
    pub sealing: SecretKey,
    /// Stands beside every text that was sealed with the key; no secret.
    pub commitment: [u8; KEY_BYTES],
    digesting: SecretKey,
}

impl OpenedKey {
    pub fn new(key: &SecretKey) -> Self {
        Self {
            sealing: key::sealing_key(key),
            commitment: key::commitment(key),
            digesting: key::digesting_key(key),
        }
    }

    /// A digest that nobody without the key can compute or test guesses against.
    pub fn digest(&self, body: &[u8]) -> [u8; 32] {
        key::keyed(&self.digesting, body)
    }
}

impl fmt::Debug for OpenedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OpenedKey")
    }
}
