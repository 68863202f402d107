//! Keys: the operator's key-encryption key, the keys it wraps, and what is derived from them.

use std::fmt;
use std::fs;
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::error::VaultError;
use crate::file::{self, FileError};

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a nonce; so many that random ones do not meet.
pub(super) const NONCE_BYTES: usize = 24;
/// Bytes of a key that is wrapped: nonce, key, authentication tag.
pub(super) const WRAPPED_BYTES: usize = NONCE_BYTES + KEY_BYTES + 16;

/// SHA-256 works on blocks of so many bytes; HMAC fills a shorter key up with zeros.
const HASH_BLOCK_BYTES: usize = 64;

const SEALING_PURPOSE: &[u8] = b"redress sealing v1";
const COMMITMENT_PURPOSE: &[u8] = b"redress commitment v1";
const DIGEST_PURPOSE: &[u8] = b"redress command digest v1";

/// A secret key, wiped from memory when it is dropped.
pub(super) type SecretKey = Zeroizing<[u8; KEY_BYTES]>;

/// The operator's key, which wraps every key in the vault. Wiped from memory when dropped, and
/// never shown.
pub struct KeyEncryptionKey(SecretKey);

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyEncryptionKey")
    }
}

impl KeyEncryptionKey {
    /// Takes 32 bytes as the key.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new random key.
    pub fn generate() -> Result<Self, VaultError> {
        random_key().map(Self)
    }

    /// Reads the key from a file that holds 32 bytes, or 64 hexadecimal digits and perhaps a line
    /// end.
    pub fn from_file(path: &Path) -> Result<Self, VaultError> {
        let content = Zeroizing::new(fs::read(path).map_err(FileError::when("read", path))?);
        let mut key = SecretKey::default();
        if content.len() == KEY_BYTES {
            key.copy_from_slice(&content);
            return Ok(Self(key));
        }
        read_hexadecimal(content.trim_ascii(), &mut key)
            .map(|()| Self(key))
            .ok_or_else(|| VaultError::NotAKey {
                path: path.to_path_buf(),
            })
    }

    /// Makes a new key and writes it to a file that only the owner can read, as hexadecimal
    /// digits. A file that is there already is refused.
    pub fn generate_file(path: &Path) -> Result<Self, VaultError> {
        if path.exists() {
            return Err(VaultError::KeyFileExists {
                path: path.to_path_buf(),
            });
        }
        let key = Self::generate()?;
        let mut text = Zeroizing::new(String::with_capacity(2 * KEY_BYTES + 1));
        for byte in key.0.iter() {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        text.push('\n');
        file::replace(path, text.as_bytes(), true)?;
        Ok(key)
    }

    /// Encrypts a key for keeping. `name` says which key it is; another name does not unwrap it.
    pub(super) fn wrap(
        &self,
        key: &SecretKey,
        name: &[u8],
    ) -> Result<[u8; WRAPPED_BYTES], VaultError> {
        let nonce = random_nonce()?;
        let ciphertext = encrypt(&self.0, &nonce, name, key.as_slice())?;
        let mut wrapped = [0; WRAPPED_BYTES];
        let (nonce_part, key_part) = wrapped.split_at_mut(NONCE_BYTES);
        nonce_part.copy_from_slice(&nonce);
        key_part.copy_from_slice(&ciphertext);
        Ok(wrapped)
    }

    /// Decrypts a kept key; `None` when this is the wrong key-encryption key, the wrong name, or
    /// the bytes were changed.
    pub(super) fn unwrap(&self, wrapped: &[u8; WRAPPED_BYTES], name: &[u8]) -> Option<SecretKey> {
        let (nonce, ciphertext) = wrapped.split_first_chunk::<NONCE_BYTES>()?;
        let plaintext = Zeroizing::new(decrypt(&self.0, nonce, name, ciphertext)?);
        let mut key = SecretKey::default();
        if plaintext.len() != key.len() {
            return None;
        }
        key.copy_from_slice(&plaintext);
        Some(key)
    }
}

fn read_hexadecimal(text: &[u8], key: &mut SecretKey) -> Option<()> {
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != KEY_BYTES || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(pairs) {
        for digit in pair {
            *byte = *byte << 4 | u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
        }
    }
    Some(())
}

pub(super) fn random_key() -> Result<SecretKey, VaultError> {
    let mut key = SecretKey::default();
    getrandom::fill(key.as_mut_slice()).map_err(VaultError::NoRandomness)?;
    Ok(key)
}

pub(super) fn random_nonce() -> Result<[u8; NONCE_BYTES], VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(VaultError::NoRandomness)?;
    Ok(nonce)
}

/// The key that encrypts a user's texts.
pub(super) fn sealing_key(key: &SecretKey) -> SecretKey {
    derive(key, SEALING_PURPOSE)
}

/// What shows which key a text was sealed with, and nothing else about the key. Without it a
/// ciphertext can be made that opens to different texts under different keys.
pub(super) fn commitment(key: &SecretKey) -> [u8; KEY_BYTES] {
    *derive(key, COMMITMENT_PURPOSE)
}

/// The key of digests of commands.
pub(super) fn digesting_key(key: &SecretKey) -> SecretKey {
    derive(key, DIGEST_PURPOSE)
}

/// A key for one purpose: one block of HKDF-Expand (RFC 5869), written out because a single block
/// cannot fail. The keys are uniformly random, so there is nothing to extract first.
fn derive(key: &SecretKey, purpose: &[u8]) -> SecretKey {
    Zeroizing::new(keyed(key, &[purpose, &[1]].concat()))
}

/// HMAC-SHA-256 of a body.
pub(super) fn keyed(key: &SecretKey, body: &[u8]) -> [u8; 32] {
    let mut block = Zeroizing::new([0; HASH_BLOCK_BYTES]);
    block[..KEY_BYTES].copy_from_slice(key.as_slice());
    let mut code = Hmac::<Sha256>::new(&(*block).into());
    code.update(body);
    code.finalize().into_bytes().into()
}

pub(super) fn encrypt(
    key: &SecretKey,
    nonce: &[u8; NONCE_BYTES],
    associated_data: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let payload = Payload {
        msg: plaintext,
        aad: associated_data,
    };
    XChaCha20Poly1305::new(&(**key).into())
        .encrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| VaultError::TextTooLong)
}

pub(super) fn decrypt(
    key: &SecretKey,
    nonce: &[u8; NONCE_BYTES],
    associated_data: &[u8],
    ciphertext: &[u8],
) -> Option<Vec<u8>> {
    let payload = Payload {
        msg: ciphertext,
        aad: associated_data,
    };
    XChaCha20Poly1305::new(&(**key).into())
        .decrypt(&XNonce::from(*nonce), payload)
        .ok()
}
