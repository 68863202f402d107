//! The vault: keys for personal text, and sealing with them.
//!
//! Personal text is sealed before it becomes part of an event; erasing a user destroys the keys,
//! and the log keeps ciphertext that nobody can read. Keys are kept in files of their own, never
//! in sled and never in the journal, wrapped by a key that the operator provides.
//!
//! Keys are made ahead, in a pool of numbered ones, so that a command that needs a new key waits
//! for no further sync. Which number belongs to which user is the caller's to remember; the log
//! tells it again. A log can lose its end, be cut or be restored from a backup, and what it lost may
//! still lie somewhere: so a number that was in use once is never given to another user, for which
//! the vault keeps how far numbers may have been used. Wrapped keys stay in memory (73 bytes each,
//! batch by batch as they are needed), and of what is derived from unwrapped ones as much as was
//! needed last, up to a bound; it is wiped when it is let go or when its key is destroyed.

mod absent;
mod batch;
mod copy;
mod error;
mod key;
mod opened;
mod used;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use absent::Absent;
use batch::{BATCH_KEYS, Batch};
use key::{KEY_BYTES, NONCE_BYTES, SecretKey, WRAPPED_BYTES};
use opened::OpenedKey;

pub use copy::{
    KeysChecked, KeysReport, check_keys, copy_keys, has_keys, note_not_restored, restore_keys,
};
pub use error::VaultError;
pub use key::KeyEncryptionKey;

use crate::file::{self, FileError};

/// The folder of the vault inside a data directory.
pub const FOLDER: &str = "vault";
const STORE_KEY_FILE: &str = "store.key";
const STORE_KEY_NAME: &[u8] = b"store";
/// First byte of sealed text: format 1.
const SEALED_FORMAT: u8 = 1;
/// Format, key number, nonce, commitment.
const SEALED_HEADER_BYTES: usize = 1 + 8 + NONCE_BYTES + KEY_BYTES;

/// Keys that are made ahead of those in use.
const AHEAD_KEYS: u64 = BATCH_KEYS / 2;
/// Opened keys kept in memory; more are not, so that a user whose key was needed once does not
/// stay there for ever.
const OPENED_KEYS_MAX: usize = 8_192;

/// Bytes that sealing adds to a text.
pub const SEALED_OVERHEAD_BYTES: usize = SEALED_HEADER_BYTES + 16;

/// What sealed text turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsealed {
    /// The text.
    Text(Vec<u8>),
    /// Its key was destroyed: the text is gone for ever.
    Erased,
    /// Its key was not restored with the log; a copy of the keys may still have it.
    NotRestored,
}

/// The keys of one store. Can be shared between threads.
#[derive(Debug)]
pub struct Vault {
    /// Where the files are; `None` for a vault in memory.
    folder: Option<PathBuf>,
    /// Whether files are read and never written.
    reads_only: bool,
    wrapping: Arc<KeyEncryptionKey>,
    /// For digests of commands that belong to no user.
    store_key: Arc<OpenedKey>,
    /// The first number that nobody can have used before this vault was opened.
    first_fresh: u64,
    /// What was not restored with the log.
    absent: Absent,
    pool: Mutex<Pool>,
    /// Held while keys are made, so that no two make keys of the same numbers.
    making: Mutex<()>,
}

#[derive(Debug, Default)]
struct Pool {
    /// The first number that no batch holds.
    end: u64,
    /// The first number that cannot have been used, as the vault's files say it.
    unused_from: u64,
    /// The first number that was not asked for.
    next: u64,
    /// What was needed last, by number.
    opened: HashMap<u64, Arc<OpenedKey>>,
    /// Batches in memory by their first number.
    batches: BTreeMap<u64, Batch>,
}

impl Vault {
    /// Opens the vault of a data directory, creating it when there is none. The key-encryption
    /// key must be the one it was created with, else [`VaultError::WrongKeyEncryptionKey`]. The
    /// caller holds the [`StoreLock`](crate::lock::StoreLock) of the data directory.
    pub fn open(data_directory: &Path, wrapping: KeyEncryptionKey) -> Result<Self, VaultError> {
        let folder = file::ensure_directory(data_directory, FOLDER)?;
        file::remove_unfinished(&folder)?;
        let absent = Absent::read(&folder)?;
        let first_numbers = batch::list(&folder)?;
        for (index, first_number) in (0..).zip(&first_numbers) {
            let expected = absent.below + index * BATCH_KEYS;
            if *first_number != expected {
                let file = batch::path(&folder, expected);
                return Err(VaultError::BatchMissing { file });
            }
        }
        let store_key = open_store_key(&folder, &wrapping, first_numbers.is_empty())?;
        let store_key = Arc::new(OpenedKey::new(&store_key));
        let end = absent.below + first_numbers.len() as u64 * BATCH_KEYS;
        let first_fresh = used::read(&folder, end)?;
        Ok(Self {
            folder: Some(folder),
            reads_only: false,
            wrapping: Arc::new(wrapping),
            store_key,
            first_fresh,
            absent,
            pool: Mutex::new(Pool {
                end,
                unused_from: first_fresh,
                next: 0,
                opened: HashMap::new(),
                batches: BTreeMap::new(),
            }),
            making: Mutex::default(),
        })
    }

    /// A vault that keeps nothing on disk, with keys of its own; for scenarios.
    pub fn in_memory() -> Result<Self, VaultError> {
        Ok(Self {
            folder: None,
            reads_only: false,
            wrapping: Arc::new(KeyEncryptionKey::generate()?),
            store_key: Arc::new(OpenedKey::new(&key::random_key()?)),
            first_fresh: 0,
            absent: Absent::default(),
            pool: Mutex::default(),
            making: Mutex::default(),
        })
    }

    /// A vault with the same keys that never writes to disk: keys that it makes and destroys are
    /// its own, in memory. For rehearsing what commands would do.
    #[must_use]
    pub fn for_rehearsal(&self) -> Self {
        let pool = self.pool();
        Self {
            folder: self.folder.clone(),
            reads_only: true,
            wrapping: Arc::clone(&self.wrapping),
            store_key: Arc::clone(&self.store_key),
            first_fresh: self.first_fresh,
            absent: self.absent,
            pool: Mutex::new(Pool {
                end: pool.end,
                unused_from: pool.unused_from,
                next: pool.next,
                opened: HashMap::new(),
                batches: pool.batches.clone(),
            }),
            making: Mutex::default(),
        }
    }

    /// A vault in memory as the next process would find it: the same keys, and no number given
    /// again that this one may have used. This one must not be used any more.
    #[must_use]
    pub fn reopened(&self) -> Self {
        let first_fresh = self.pool().unused_from;
        Self {
            reads_only: self.reads_only,
            first_fresh,
            ..self.for_rehearsal()
        }
    }

    /// Where files are written; `None` where nothing is.
    fn written_folder(&self) -> Option<&Path> {
        self.folder.as_deref().filter(|_| !self.reads_only)
    }

    /// Makes the pool reach past `number`, which may be used from now on. That it may be, and the
    /// keys, are durable on return. Cheap where [`Vault::make_ahead`] is called now and then; else
    /// it writes and syncs a file for every 1024 keys, and a small one for every 256 numbers.
    pub fn ensure(&self, number: u64) -> Result<(), VaultError> {
        let is_there = {
            let mut pool = self.pool();
            pool.next = pool.next.max(number.saturating_add(1));
            pool.end > number && pool.unused_from > number
        };
        if is_there {
            return Ok(());
        }
        self.make(number)
    }

    /// Makes keys that will soon be needed, so that [`Vault::ensure`] does not have to. For a
    /// thread that nobody waits for; cheap while there are enough of them.
    pub fn make_ahead(&self) -> Result<(), VaultError> {
        let through = {
            let pool = self.pool();
            let through = pool.next.saturating_add(AHEAD_KEYS);
            let is_enough = pool.end > through && pool.unused_from > pool.next + used::STEP / 2;
            // A store that seals nothing needs no keys.
            (pool.next > 0 && !is_enough).then_some(through)
        };
        through.map_or(Ok(()), |through| self.make(through))
    }

    /// Makes keys up to a number and marks that they may be used.
    fn make(&self, through: u64) -> Result<(), VaultError> {
        let _alone = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let end = self.pool().end;
            if end > through {
                break;
            }
            let batch = Batch::generate(end, &self.wrapping)?;
            if let Some(folder) = self.written_folder() {
                batch.write(folder)?;
            }
            let mut pool = self.pool();
            pool.end = end + BATCH_KEYS;
            pool.batches.insert(batch.first_number, batch);
        }
        let (unused_from, next) = {
            let pool = self.pool();
            (pool.unused_from, pool.next)
        };
        let needed = next.saturating_add(used::STEP / 2);
        if unused_from <= needed {
            let unused_from = used::step_above(needed);
            if let Some(folder) = self.written_folder() {
                used::write(folder, unused_from)?;
            }
            self.pool().unused_from = unused_from;
        }
        Ok(())
    }

    /// Notes that no number from `next` on is in use anywhere, so that the next ones follow without
    /// a gap: for a log that is closed in order and holds everything that was written. Without it
    /// numbers are left out, and nothing else is lost.
    pub fn note_used(&self, next: u64) -> Result<(), VaultError> {
        let next = next.max(self.first_fresh);
        let mut pool = self.pool();
        if next < pool.unused_from {
            if let Some(folder) = self.written_folder() {
                used::write(folder, next)?;
            }
            pool.unused_from = next;
        }
        Ok(())
    }

    /// The first number that nobody can have used before this vault was opened, whatever the log
    /// says: a new user's key has this number or a greater one.
    pub fn first_fresh(&self) -> u64 {
        self.first_fresh
    }

    /// The first number that the pool does not hold yet.
    pub fn pool_end(&self) -> u64 {
        self.pool().end
    }

    /// Seals a text with the key of that number. `associated_data` says what the text belongs to
    /// (stream, version, field); it is not kept, and must be the same for unsealing. The result is
    /// self-contained and [`SEALED_OVERHEAD_BYTES`] longer than the text.
    pub fn seal(
        &self,
        number: u64,
        associated_data: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let key = self
            .key(number)?
            .ok_or(VaultError::KeyDestroyed { number })?;
        let nonce = key::random_nonce()?;
        let bound = bound_data(number, associated_data);
        let ciphertext = key::encrypt(&key.sealing, &nonce, &bound, plaintext)?;
        let mut sealed = Vec::with_capacity(SEALED_HEADER_BYTES + ciphertext.len());
        sealed.push(SEALED_FORMAT);
        sealed.extend_from_slice(&number.to_le_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&key.commitment);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// Opens sealed text, or says that its key was destroyed or is not here. Changed bytes, or
    /// other `associated_data` than it was sealed with, are [`VaultError::Tampered`].
    pub fn unseal(&self, associated_data: &[u8], sealed: &[u8]) -> Result<Unsealed, VaultError> {
        let parts = SealedParts::split(sealed).ok_or(VaultError::NotSealed)?;
        let number = parts.number;
        if number < self.absent.below {
            return Ok(Unsealed::NotRestored);
        }
        let Some(key) = self.key(number)? else {
            return Ok(Unsealed::Erased);
        };
        if key.commitment != *parts.commitment {
            return Err(VaultError::Tampered { number });
        }
        let bound = bound_data(number, associated_data);
        key::decrypt(&key.sealing, parts.nonce, &bound, parts.ciphertext)
            .map(Unsealed::Text)
            .ok_or(VaultError::Tampered { number })
    }

    /// The number of the key that a text was sealed with.
    pub fn key_number(sealed: &[u8]) -> Result<u64, VaultError> {
        SealedParts::split(sealed)
            .map(|parts| parts.number)
            .ok_or(VaultError::NotSealed)
    }

    /// Destroys a key: its batch is written again without it, durably, before this returns. The
    /// number stays marked as destroyed. Doing it again changes nothing, nor does destroying a key
    /// that was not restored.
    ///
    /// A disk may keep old blocks for a while; they hold the key only in wrapped form.
    pub fn destroy(&self, number: u64) -> Result<(), VaultError> {
        if number < self.absent.below {
            return Ok(());
        }
        let mut pool = self.pool();
        let batch = self.batch(&mut pool, number)?;
        if batch.wrapped(number).is_none() {
            return Ok(());
        }
        let remaining = batch.without(number);
        if let Some(folder) = self.written_folder() {
            remaining.write(folder)?;
        }
        pool.batches.insert(remaining.first_number, remaining);
        pool.opened.remove(&number);
        Ok(())
    }

    /// Whether nothing can be sealed with the key of that number any more: it was destroyed, or was
    /// not restored with the log.
    pub fn is_destroyed(&self, number: u64) -> Result<bool, VaultError> {
        if number < self.absent.below {
            return Ok(true);
        }
        let mut pool = self.pool();
        Ok(self.batch(&mut pool, number)?.wrapped(number).is_none())
    }

    /// A digest of a command's body that nobody without the keys can test guesses against: under a
    /// key derived from that user's key, or from the store's own for `None`. There is none, now or
    /// later, when the user's key was destroyed: a digest of erased text must not outlive it.
    pub fn command_digest(
        &self,
        number: Option<u64>,
        body: &[u8],
    ) -> Result<Option<[u8; 32]>, VaultError> {
        match number {
            None => Ok(Some(self.store_key.digest(body))),
            Some(number) => Ok(self.key(number)?.map(|key| key.digest(body))),
        }
    }

    /// Whether digests of commands that were recorded at that position cannot be made again: the
    /// key that they were made with was not restored with the log.
    pub fn digests_are_lost(&self, position: u64) -> bool {
        position <= self.absent.position
    }

    /// What is derived from the key of a number, `None` when it was destroyed or not restored.
    fn key(&self, number: u64) -> Result<Option<Arc<OpenedKey>>, VaultError> {
        if number < self.absent.below {
            return Ok(None);
        }
        let mut pool = self.pool();
        if let Some(opened) = pool.opened.get(&number) {
            return Ok(Some(Arc::clone(opened)));
        }
        let Some(wrapped) = self.batch(&mut pool, number)?.wrapped(number) else {
            return Ok(None);
        };
        let key = batch::unwrap(&self.wrapping, &wrapped, number)
            .ok_or_else(|| self.damaged_batch(number))?;
        let opened = Arc::new(OpenedKey::new(&key));
        if pool.opened.len() >= OPENED_KEYS_MAX {
            pool.opened.clear();
        }
        pool.opened.insert(number, Arc::clone(&opened));
        Ok(Some(opened))
    }

    /// The batch that holds a number, read from its file when it is not in memory.
    fn batch<'pool>(&self, pool: &'pool mut Pool, number: u64) -> Result<&'pool Batch, VaultError> {
        if number >= pool.end {
            return Err(VaultError::UnknownKey { number });
        }
        let first_number = Batch::first_number_of(number);
        match pool.batches.entry(first_number) {
            std::collections::btree_map::Entry::Occupied(found) => Ok(found.into_mut()),
            std::collections::btree_map::Entry::Vacant(missing) => {
                let folder = self
                    .folder
                    .as_ref()
                    .ok_or(VaultError::UnknownKey { number })?;
                Ok(missing.insert(Batch::read(folder, first_number)?))
            }
        }
    }

    fn damaged_batch(&self, number: u64) -> VaultError {
        let folder = self.folder.clone().unwrap_or_default();
        VaultError::Corrupt {
            file: batch::path(&folder, Batch::first_number_of(number)),
        }
    }

    /// The pool is changed only after everything that can fail, so a poisoned mutex is taken as is.
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the store's own key, whose unwrapping shows whether the key-encryption key is right; a
/// vault that has no keys at all yet gets one.
fn open_store_key(
    folder: &Path,
    wrapping: &KeyEncryptionKey,
    is_new: bool,
) -> Result<SecretKey, VaultError> {
    let path = folder.join(STORE_KEY_FILE);
    if is_new && !path.exists() {
        let store_key = key::random_key()?;
        let mut bytes = wrapping.wrap(&store_key, STORE_KEY_NAME)?.to_vec();
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        file::replace(&path, &bytes, true)?;
        return Ok(store_key);
    }
    wrapping
        .unwrap(&wrapped_store_key(&path)?, STORE_KEY_NAME)
        .ok_or_else(|| VaultError::WrongKeyEncryptionKey {
            folder: folder.to_path_buf(),
        })
}

/// Reads the store's own key, as it is wrapped.
fn wrapped_store_key(path: &Path) -> Result<[u8; WRAPPED_BYTES], VaultError> {
    let bytes = fs::read(path).map_err(FileError::when("read", path))?;
    parse_store_key(&bytes).ok_or_else(|| VaultError::Corrupt {
        file: path.to_path_buf(),
    })
}

/// The store's own key in the bytes of its file; `None` when they are not what was written.
fn parse_store_key(bytes: &[u8]) -> Option<[u8; WRAPPED_BYTES]> {
    let (wrapped, checksum) = bytes.split_last_chunk::<4>()?;
    (crc32c::crc32c(wrapped) == u32::from_le_bytes(*checksum))
        .then_some(wrapped)?
        .try_into()
        .ok()
}

/// What the ciphertext is bound to: format, key and the caller's data.
fn bound_data(number: u64, associated_data: &[u8]) -> Vec<u8> {
    [
        [SEALED_FORMAT].as_slice(),
        &number.to_le_bytes(),
        associated_data,
    ]
    .concat()
}

/// Sealed text, taken apart.
struct SealedParts<'bytes> {
    number: u64,
    nonce: &'bytes [u8; NONCE_BYTES],
    commitment: &'bytes [u8; KEY_BYTES],
    ciphertext: &'bytes [u8],
}

impl<'bytes> SealedParts<'bytes> {
    fn split(sealed: &'bytes [u8]) -> Option<Self> {
        let rest = sealed.strip_prefix(&[SEALED_FORMAT])?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (commitment, ciphertext) = rest.split_first_chunk()?;
        Some(Self {
            number: u64::from_le_bytes(*number),
            nonce,
            commitment,
            ciphertext,
        })
    }
}
