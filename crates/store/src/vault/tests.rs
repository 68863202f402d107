use std::fs;
use std::path::Path;

use super::{KeyEncryptionKey, SEALED_OVERHEAD_BYTES, Unsealed, Vault, VaultError, batch};

const OPERATOR: [u8; 32] = [7; 32];

fn try_open(directory: &Path) -> Result<Vault, VaultError> {
    Vault::open(directory, KeyEncryptionKey::from_bytes(OPERATOR))
}

fn open(directory: &Path) -> Vault {
    try_open(directory).unwrap()
}

fn text(text: &str) -> Unsealed {
    Unsealed::Text(text.as_bytes().to_vec())
}

/// The content of every file of the vault.
fn all_bytes(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for found in fs::read_dir(directory.join("vault")).unwrap() {
        bytes.extend(fs::read(found.unwrap().path()).unwrap());
    }
    bytes
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[test]
fn sealed_text_opens_again_also_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open(directory.path());
    vault.ensure(2000).unwrap();
    assert_eq!(vault.pool_end(), 2048);
    let sealed = vault
        .seal(1500, b"complaint 1, 2, text", b"my name is Ann")
        .unwrap();
    assert_eq!(sealed.len(), 14 + SEALED_OVERHEAD_BYTES);
    assert!(!contains(&sealed, b"Ann"));
    assert_eq!(Vault::key_number(&sealed).unwrap(), 1500);
    let digest = vault.command_digest(Some(1500), b"body").unwrap();
    let store_digest = vault.command_digest(None, b"body").unwrap();
    for vault in [vault, open(directory.path())] {
        let opened = vault.unseal(b"complaint 1, 2, text", &sealed).unwrap();
        assert_eq!(opened, text("my name is Ann"));
        assert_eq!(vault.command_digest(Some(1500), b"body").unwrap(), digest);
        assert_eq!(vault.command_digest(None, b"body").unwrap(), store_digest);
        assert_ne!(vault.command_digest(Some(1501), b"body").unwrap(), digest);
        assert_ne!(vault.command_digest(Some(1500), b"bodz").unwrap(), digest);
    }
}

#[test]
fn the_same_text_sealed_twice_looks_different() {
    let vault = Vault::in_memory().unwrap();
    vault.ensure(0).unwrap();
    let sealed = vault.seal(0, b"", b"text").unwrap();
    assert_ne!(sealed, vault.seal(0, b"", b"text").unwrap());
    assert_eq!(vault.unseal(b"", &sealed).unwrap(), text("text"));
}

#[test]
fn changed_text_and_text_moved_elsewhere_are_refused() {
    let vault = Vault::in_memory().unwrap();
    vault.ensure(0).unwrap();
    let sealed = vault.seal(0, b"here", b"text").unwrap();
    let moved = vault.unseal(b"there", &sealed);
    assert!(matches!(moved, Err(VaultError::Tampered { number: 0 })));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let refused = vault.unseal(b"here", &changed);
        let is_told = matches!(
            refused,
            Err(VaultError::Tampered { .. }
                | VaultError::NotSealed
                | VaultError::UnknownKey { .. })
        );
        assert!(is_told, "byte {at}: {refused:?}");
    }
    for length in 0..sealed.len() {
        assert!(vault.unseal(b"here", &sealed[..length]).is_err());
    }
}

#[test]
fn a_destroyed_key_is_in_no_file_and_opens_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open(directory.path());
    vault.ensure(0).unwrap();
    let sealed = vault.seal(9, b"", b"text").unwrap();
    let other = vault.seal(10, b"", b"other").unwrap();
    let wrapped = batch::Batch::read(&directory.path().join("vault"), 0)
        .unwrap()
        .wrapped(9)
        .unwrap();
    let wrapping = &vault.wrapping;
    let plain = batch::unwrap(wrapping, &wrapped, 9).unwrap();
    assert!(contains(&all_bytes(directory.path()), &wrapped));
    assert!(!contains(&all_bytes(directory.path()), plain.as_slice()));
    vault.destroy(9).unwrap();
    vault.destroy(9).unwrap();
    assert!(!contains(&all_bytes(directory.path()), &wrapped));
    assert!(!contains(&all_bytes(directory.path()), &wrapped[24..40]));
    for vault in [vault, open(directory.path())] {
        assert!(vault.is_destroyed(9).unwrap());
        assert!(!vault.is_destroyed(10).unwrap());
        assert_eq!(vault.unseal(b"", &sealed).unwrap(), Unsealed::Erased);
        assert_eq!(vault.unseal(b"", &other).unwrap(), text("other"));
        assert_eq!(vault.command_digest(Some(9), b"body").unwrap(), None);
        let refused = vault.seal(9, b"", b"text");
        assert!(matches!(
            refused,
            Err(VaultError::KeyDestroyed { number: 9 })
        ));
    }
}

#[test]
fn an_interrupted_write_leaves_the_batches_as_they_were() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open(directory.path());
    vault.ensure(0).unwrap();
    let sealed = vault.seal(3, b"", b"text").unwrap();
    drop(vault);
    let first = batch::path(&directory.path().join("vault"), 0);
    let content = fs::read(&first).unwrap();
    for name in [
        "00000000000000000000.keys.new",
        "00000000000000001024.keys.new",
    ] {
        let unfinished = directory.path().join("vault").join(name);
        fs::write(unfinished, &content[..content.len() / 2]).unwrap();
    }
    let vault = open(directory.path());
    assert_eq!(vault.pool_end(), 1024);
    assert_eq!(vault.unseal(b"", &sealed).unwrap(), text("text"));
    let names: Vec<_> = fs::read_dir(directory.path().join("vault"))
        .unwrap()
        .collect();
    assert_eq!(names.len(), 3, "the store's key, the mark, one batch");
    vault.ensure(1024).unwrap();
    vault.seal(1024, b"", b"text").unwrap();
}

#[test]
fn another_key_encryption_key_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).ensure(0).unwrap();
    let refused = Vault::open(directory.path(), KeyEncryptionKey::from_bytes([8; 32]));
    assert!(matches!(
        refused,
        Err(VaultError::WrongKeyEncryptionKey { .. })
    ));
}

#[test]
fn numbers_beyond_the_pool_are_unknown() {
    let vault = Vault::in_memory().unwrap();
    vault.ensure(5).unwrap();
    let unknown = vault.seal(1024, b"", b"text");
    assert!(matches!(
        unknown,
        Err(VaultError::UnknownKey { number: 1024 })
    ));
}

#[test]
fn damage_to_vault_files_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open(directory.path());
    vault.ensure(1024).unwrap();
    drop(vault);
    let path = batch::path(&directory.path().join("vault"), 0);
    let content = fs::read(&path).unwrap();
    for at in (0..content.len()).step_by(1_111) {
        let mut damaged = content.clone();
        damaged[at] ^= 16;
        fs::write(&path, damaged).unwrap();
        let refused = open(directory.path()).seal(5, b"", b"text");
        assert!(
            matches!(refused, Err(VaultError::Corrupt { .. })),
            "byte {at}"
        );
    }
    let mut newer = content.clone();
    newer[8] = 2;
    fs::write(&path, newer).unwrap();
    let refused = open(directory.path()).seal(5, b"", b"text");
    assert!(matches!(
        refused,
        Err(VaultError::NewerFormat { found: 2, .. })
    ));
    fs::remove_file(&path).unwrap();
    assert!(matches!(
        try_open(directory.path()),
        Err(VaultError::BatchMissing { .. })
    ));
    let store_key = directory.path().join("vault/store.key");
    fs::write(&path, &content).unwrap();
    fs::remove_file(&store_key).unwrap();
    assert!(matches!(
        try_open(directory.path()),
        Err(VaultError::File(_))
    ));
}

#[test]
fn wrapped_keys_cannot_change_places() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open(directory.path());
    vault.ensure(0).unwrap();
    let folder = directory.path().join("vault");
    let pool = batch::Batch::read(&folder, 0).unwrap();
    let moved = pool.wrapped(1).unwrap();
    assert!(batch::unwrap(&vault.wrapping, &moved, 1).is_some());
    assert!(batch::unwrap(&vault.wrapping, &moved, 2).is_none());
}

#[test]
fn key_files_hold_bytes_or_hexadecimal_digits() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("operator.key");
    KeyEncryptionKey::generate_file(&path).unwrap();
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!(written.len(), 65);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let again = KeyEncryptionKey::generate_file(&path);
    assert!(matches!(again, Err(VaultError::KeyFileExists { .. })));

    Vault::open(
        directory.path(),
        KeyEncryptionKey::from_file(&path).unwrap(),
    )
    .unwrap();
    let pairs: Vec<u8> = written
        .trim()
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    fs::write(&path, pairs).unwrap();
    Vault::open(
        directory.path(),
        KeyEncryptionKey::from_file(&path).unwrap(),
    )
    .unwrap();

    for wrong in ["", "abc", &"g".repeat(64), &"a".repeat(63)] {
        fs::write(&path, wrong).unwrap();
        let refused = KeyEncryptionKey::from_file(&path);
        assert!(
            matches!(refused, Err(VaultError::NotAKey { .. })),
            "{wrong:?}"
        );
    }
}

#[test]
fn a_rehearsal_has_the_same_keys_and_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open(directory.path());
    vault.ensure(0).unwrap();
    let sealed = vault.seal(0, b"", b"text").unwrap();
    let before = all_bytes(directory.path());

    let rehearsal = open(directory.path()).for_rehearsal();
    assert_eq!(rehearsal.unseal(b"", &sealed).unwrap(), text("text"));
    assert_eq!(
        rehearsal.command_digest(None, b"body").unwrap(),
        vault.command_digest(None, b"body").unwrap()
    );
    rehearsal.ensure(1024).unwrap();
    let of_its_own = rehearsal.seal(1024, b"", b"more").unwrap();
    assert_eq!(rehearsal.unseal(b"", &of_its_own).unwrap(), text("more"));
    rehearsal.destroy(0).unwrap();
    assert_eq!(rehearsal.unseal(b"", &sealed).unwrap(), Unsealed::Erased);

    assert_eq!(all_bytes(directory.path()), before);
    assert_eq!(vault.unseal(b"", &sealed).unwrap(), text("text"));
}

#[test]
fn a_number_that_may_have_been_used_is_known_after_reopening_though_no_log_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open(directory.path());
    assert_eq!(vault.first_fresh(), 0);
    vault.ensure(3).unwrap();
    drop(vault);
    let vault = open(directory.path());
    assert!(vault.first_fresh() > 3);
    // A vault that is closed in order knows exactly.
    vault.ensure(vault.first_fresh() + 2).unwrap();
    let fresh = vault.first_fresh() + 3;
    vault.note_used(fresh).unwrap();
    drop(vault);
    let vault = open(directory.path());
    assert_eq!(vault.first_fresh(), fresh);
    // Only looking uses nothing up.
    let fresh = vault.first_fresh();
    drop(vault);
    let vault = open(directory.path());
    assert_eq!(vault.first_fresh(), fresh);
    vault.ensure(fresh + 2_000).unwrap();
    drop(vault);
    assert!(open(directory.path()).first_fresh() > fresh + 2_000);

    // Without the mark any key may have been used; a damaged one is not guessed at.
    let mark = directory.path().join("vault").join("used");
    let written = std::fs::read(&mark).unwrap();
    std::fs::remove_file(&mark).unwrap();
    let vault = open(directory.path());
    assert_eq!(vault.first_fresh(), vault.pool_end());
    drop(vault);
    std::fs::write(&mark, &written[1..]).unwrap();
    assert!(matches!(
        try_open(directory.path()),
        Err(VaultError::Corrupt { .. })
    ));
}

/// Names, sizes and identities of the vault's files: a file that is written again is another one.
#[cfg(unix)]
fn files(directory: &Path) -> Vec<(std::ffi::OsString, u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::read_dir(directory.join("vault")).unwrap();
    let mut files: Vec<_> = found
        .map(|found| {
            let found = found.unwrap();
            let about = found.metadata().unwrap();
            (found.file_name(), about.len(), about.ino())
        })
        .collect();
    files.sort();
    files
}

#[cfg(unix)]
#[test]
fn keys_that_were_made_ahead_leave_nothing_to_write_when_they_are_needed() {
    let directory = tempfile::tempdir().unwrap();
    let vault = open(directory.path());
    // A store that seals nothing needs no keys.
    let empty = files(directory.path());
    vault.make_ahead().unwrap();
    assert_eq!(files(directory.path()), empty);
    vault.ensure(0).unwrap();

    // Two batches of keys, and all of their marks, are written, none of it by who needs a key.
    let mut ahead = 0;
    for number in 1..2_100 {
        let before = files(directory.path());
        vault.make_ahead().unwrap();
        let made = files(directory.path());
        ahead += u64::from(made != before);
        vault.ensure(number).unwrap();
        assert_eq!(files(directory.path()), made, "key {number}");
    }
    assert!(vault.pool_end() > 2_100);
    assert!((8..=16).contains(&ahead), "{ahead} times");

    // Nobody makes any: who needs a key writes.
    let made = files(directory.path());
    vault.ensure(vault.pool_end()).unwrap();
    assert_ne!(files(directory.path()), made);
}
