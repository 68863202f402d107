use std::fs;
use std::path::{Path, PathBuf};

use super::super::{KeyEncryptionKey, Unsealed, Vault, VaultError};
use super::{check_keys, copy_keys, has_keys, note_not_restored, restore_keys};

struct Places {
    /// Removes everything at the end.
    _folder: tempfile::TempDir,
    data: PathBuf,
    keys: PathBuf,
    restored: PathBuf,
}

impl Places {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name| folder.path().join(name);
        fs::create_dir(at("data")).unwrap();
        fs::create_dir(at("restored")).unwrap();
        Self {
            data: at("data"),
            keys: at("deep/keys"),
            restored: at("restored"),
            _folder: folder,
        }
    }
}

fn open(directory: &Path) -> Vault {
    Vault::open(directory, KeyEncryptionKey::from_bytes([7; 32])).unwrap()
}

fn text(words: &str) -> Unsealed {
    Unsealed::Text(words.as_bytes().to_vec())
}

#[test]
fn copied_keys_open_the_texts_again_and_their_numbers_are_given_to_nobody() {
    let places = Places::new();
    let vault = open(&places.data);
    vault.ensure(1_500).unwrap();
    let sealed = vault.seal(1_500, b"C1 0 0", b"my words").unwrap();
    let copied = copy_keys(&places.data, &places.keys).unwrap();
    assert_eq!((copied.files_copied, copied.files_kept), (3, 0));
    let again = copy_keys(&places.data, &places.keys).unwrap();
    assert_eq!((again.files_copied, again.files_kept), (0, 3));
    let checked = check_keys(&places.keys, 1_501).unwrap();
    assert_eq!(
        (checked.files, checked.end, checked.destroyed),
        (3, 2048, 0)
    );

    assert_eq!(restore_keys(&places.keys, &places.restored).unwrap(), 3);
    let restored = open(&places.restored);
    assert_eq!(
        restored.unseal(b"C1 0 0", &sealed).unwrap(),
        text("my words")
    );
    // What the store wrote behind the backup may still lie somewhere.
    assert_eq!(restored.first_fresh(), 2048);
}

#[test]
fn an_erasure_reaches_the_copy_when_it_is_brought_up() {
    let places = Places::new();
    let vault = open(&places.data);
    vault.ensure(9).unwrap();
    let sealed = vault.seal(9, b"", b"my words").unwrap();
    copy_keys(&places.data, &places.keys).unwrap();
    vault.destroy(9).unwrap();
    let brought_up = copy_keys(&places.data, &places.keys).unwrap();
    assert_eq!(brought_up.files_copied, 1);
    assert_eq!(check_keys(&places.keys, 10).unwrap().destroyed, 1);
    restore_keys(&places.keys, &places.restored).unwrap();
    let restored = open(&places.restored);
    assert_eq!(restored.unseal(b"", &sealed).unwrap(), Unsealed::Erased);
}

#[test]
fn without_its_keys_a_log_keeps_its_texts_sealed_and_new_ones_get_numbers_above() {
    let places = Places::new();
    let vault = open(&places.data);
    vault.ensure(1_100).unwrap();
    let sealed = vault.seal(1_100, b"", b"my words").unwrap();
    note_not_restored(&places.restored, 1_101, 40).unwrap();
    assert!(!has_keys(&places.restored));
    for _ in 0..2 {
        let restored = open(&places.restored);
        assert_eq!(
            restored.unseal(b"", &sealed).unwrap(),
            Unsealed::NotRestored
        );
        assert!(restored.is_destroyed(1_100).unwrap());
        restored.destroy(1_100).unwrap();
        assert!(matches!(
            restored.seal(1_100, b"", b"new"),
            Err(VaultError::KeyDestroyed { number: 1_100 })
        ));
        assert_eq!(restored.command_digest(Some(1_100), b"body").unwrap(), None);
        assert!(restored.digests_are_lost(40) && !restored.digests_are_lost(41));
        let fresh = restored.first_fresh();
        assert!(fresh >= 2_048);
        restored.ensure(fresh).unwrap();
        let new = restored.seal(fresh, b"", b"new words").unwrap();
        assert_eq!(
            open(&places.restored).unseal(b"", &new).unwrap(),
            text("new words")
        );
    }
    assert!(has_keys(&places.restored));
    // And such a vault can be copied and restored in its turn.
    copy_keys(&places.restored, &places.keys).unwrap();
    let checked = check_keys(&places.keys, 2_049).unwrap();
    assert!(checked.end > 2_048);
    let again = Places::new();
    restore_keys(&places.keys, &again.restored).unwrap();
    let restored = open(&again.restored);
    assert_eq!(
        restored.unseal(b"", &sealed).unwrap(),
        Unsealed::NotRestored
    );
    assert!(restored.digests_are_lost(40));
}

#[test]
fn every_flipped_bit_of_a_copy_is_reported_with_its_file() {
    let places = Places::new();
    let vault = open(&places.data);
    vault.ensure(3).unwrap();
    copy_keys(&places.data, &places.keys).unwrap();
    for found in fs::read_dir(&places.keys).unwrap() {
        let path = found.unwrap().path();
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(97) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, &bytes).unwrap();
            let error = check_keys(&places.keys, 4).unwrap_err();
            assert!(
                error.to_string().contains(path.to_str().unwrap()),
                "{error}"
            );
            assert!(restore_keys(&places.keys, &places.restored).is_err());
        }
        fs::write(&path, whole).unwrap();
    }
    check_keys(&places.keys, 4).unwrap();
}

#[test]
fn damage_in_the_vault_does_not_reach_its_copy() {
    let places = Places::new();
    open(&places.data).ensure(3).unwrap();
    copy_keys(&places.data, &places.keys).unwrap();
    let name = "00000000000000000000.keys";
    let (own, copy) = (places.data.join("vault").join(name), places.keys.join(name));
    let whole = fs::read(&own).unwrap();
    let mut bytes = whole.clone();
    bytes[500] ^= 4;
    fs::write(&own, bytes).unwrap();
    let refused = copy_keys(&places.data, &places.keys).unwrap_err();
    assert!(matches!(refused, VaultError::Corrupt { .. }));
    assert_eq!(fs::read(&copy).unwrap(), whole);
    fs::remove_file(&own).unwrap();
    let refused = copy_keys(&places.data, &places.keys).unwrap_err();
    assert!(matches!(refused, VaultError::BatchMissing { .. }));
    assert_eq!(fs::read(&copy).unwrap(), whole);
}

#[test]
fn keys_of_another_store_older_ones_and_other_files_are_refused() {
    let places = Places::new();
    open(&places.data).ensure(3).unwrap();
    copy_keys(&places.data, &places.keys).unwrap();
    let other = Places::new();
    open(&other.data).ensure(3).unwrap();
    let refused = copy_keys(&other.data, &places.keys).unwrap_err();
    assert!(matches!(refused, VaultError::KeysOfAnother { .. }));
    let refused = check_keys(&places.keys, 1_025).unwrap_err();
    assert!(matches!(refused, VaultError::UnknownKey { number: 1_024 }));
    fs::create_dir_all(&other.keys).unwrap();
    fs::write(other.keys.join("notes.txt"), b"mine").unwrap();
    let refused = copy_keys(&other.data, &other.keys).unwrap_err();
    assert!(matches!(refused, VaultError::NotACopy { .. }));
}
