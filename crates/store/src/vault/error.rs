//! What can go wrong with keys and sealed text.

use std::path::PathBuf;

use crate::file::FileError;

/// Why the vault could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The operating system gave no random bytes.
    #[error("no random bytes: {0}")]
    NoRandomness(getrandom::Error),
    /// The key-encryption key is not the one this vault was made with.
    #[error("the key-encryption key does not open the vault in {}", folder.display())]
    WrongKeyEncryptionKey {
        /// The vault's folder.
        folder: PathBuf,
    },
    /// The file given as key-encryption key holds neither 32 bytes nor 64 hexadecimal digits.
    #[error("{} holds no key: expected 32 bytes or 64 hexadecimal digits", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// A new key-encryption key was to be written where a file already is.
    #[error("{} exists already; a key is never written over", path.display())]
    KeyFileExists {
        /// The file.
        path: PathBuf,
    },
    /// A vault file is not what was written.
    #[error("the vault file {} is damaged", file.display())]
    Corrupt {
        /// The file.
        file: PathBuf,
    },
    /// A vault file was written by a later release.
    #[error("{} has vault format {found}, this release reads up to {supported}", file.display())]
    NewerFormat {
        /// The file.
        file: PathBuf,
        /// The format it says it has.
        found: u32,
        /// The newest format this release knows.
        supported: u32,
    },
    /// The directory for a copy of the keys holds something else.
    #[error("{} holds something else than copies of keys", directory.display())]
    NotACopy {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory holds a copy of the keys of another store.
    #[error("{} holds the keys of another store", directory.display())]
    KeysOfAnother {
        /// The directory.
        directory: PathBuf,
    },
    /// A file between the first and the last batch of keys is not there.
    #[error("the vault file {} is missing", file.display())]
    BatchMissing {
        /// The file.
        file: PathBuf,
    },
    /// The pool does not reach that number: another vault, or an older copy of this one.
    #[error(
        "the vault has no key {number}: it is another one than the log was written with, or an older \
         copy of it"
    )]
    UnknownKey {
        /// The key's number.
        number: u64,
    },
    /// Nothing can be sealed with a key that was destroyed.
    #[error("key {number} was destroyed")]
    KeyDestroyed {
        /// The key's number.
        number: u64,
    },
    /// The text is longer than can be sealed.
    #[error("the text is too long to be sealed")]
    TextTooLong,
    /// The bytes are not sealed text of a format this release knows.
    #[error("these bytes are not sealed text")]
    NotSealed,
    /// The sealed text, its key number or what it belongs to was changed.
    #[error("text sealed with key {number} was changed, or belongs elsewhere")]
    Tampered {
        /// The key's number that the sealed text states.
        number: u64,
    },
}
