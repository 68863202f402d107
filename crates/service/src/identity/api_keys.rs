//! API keys: shown once when they are made, kept as digests, good until they run out or are
//! revoked.
//!
//! A key is `redress_<id>_<secret>`: the id finds it, the secret, 256 random bits, proves it. With
//! so much chance in it, a plain SHA-256 is enough to keep it by: nobody can try them out.

use std::fs;
use std::path::{Path, PathBuf};

use redress_domain::identity::ActorId;
use redress_domain::instant::Instant;
use redress_store::file;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::setting::{self, Mark};
use super::watched::Watched;
use super::{CredentialError, IdentityError, Standing};
use crate::caller::Caller;

/// How every key begins.
pub const PREFIX: &str = "redress_";
/// The file of keys in the folder of the service.
const FILE: &str = "api-keys.json";
/// Held while the file is changed.
const LOCK: &str = "api-keys.lock";
const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;

/// A key as it is kept.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct KeptKey {
    /// What finds it.
    pub key_id: String,
    /// The SHA-256 of its secret, in hexadecimal digits.
    pub secret_sha256: String,
    /// The role of whoever holds it.
    pub role: String,
    /// Who, within that role.
    pub id: String,
    /// Whether they may submit the acts of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// The roles that they may speak for, where there is a mark.
    pub acts_for: Vec<String>,
    /// When it was made, in milliseconds since 1970.
    pub made_at_ms: i64,
    /// From when on it is not good any more, in milliseconds since 1970.
    pub expires_at_ms: i64,
    /// When it was revoked, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at_ms: Option<i64>,
}

/// Whom a new key is for.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// The role of whoever will hold it.
    pub role: String,
    /// Who, within that role.
    pub id: String,
    /// Whether they may submit the acts of others.
    pub mark: Option<Mark>,
    /// The roles that they may speak for, where there is a mark.
    pub acts_for: Vec<String>,
    /// From when on it is not good any more.
    pub expires_at: Instant,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    keys: Vec<KeptKey>,
}

/// Why keys cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    /// The file of keys cannot be read or written.
    #[error("{path}: {because}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        because: String,
    },
    /// Nobody of that kind can have one.
    #[error(transparent)]
    Holder(#[from] IdentityError),
    /// There is no key of that id.
    #[error("there is no key `{0}`")]
    Unknown(String),
    /// It would be of no use: it has run out already.
    #[error("a key must be good for some time")]
    RunOut,
}

/// The keys of a data directory, as the service looks at them.
pub struct ApiKeys {
    file: Option<Watched<KeyFile>>,
}

impl ApiKeys {
    /// The keys of a data directory; none where everything is in memory.
    ///
    /// # Errors
    /// When its file is there and cannot be read.
    pub fn of(directory: Option<&Path>) -> Result<Self, IdentityError> {
        let file = directory
            .map(|directory| Watched::of_one_to_come(&path(directory, FILE), read))
            .transpose()?;
        Ok(Self { file })
    }

    /// Whether there is any key, good or not.
    #[must_use]
    pub fn are_there(&self) -> bool {
        self.file
            .as_ref()
            .is_some_and(|file| !file.get().keys.is_empty())
    }

    /// Whether a key that was good is so still.
    #[must_use]
    pub fn is_good(&self, key_id: &str) -> bool {
        let keys = self.file.as_ref().map(Watched::get).unwrap_or_default();
        let known = keys.keys.iter().find(|known| known.key_id == key_id);
        known.is_some_and(|known| expect_in_time(known).is_ok())
    }

    /// Whose key this is.
    ///
    /// # Errors
    /// When it is nobody's, has run out or was revoked.
    pub fn caller(&self, key: &str) -> Result<(Caller, Standing), CredentialError> {
        let (key_id, secret) = key
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .ok_or(CredentialError::Malformed)?;
        let keys = self.file.as_ref().map(Watched::get).unwrap_or_default();
        let known = keys.keys.iter().find(|known| known.key_id == key_id);
        let digest = digest(secret);
        let is_right = known.is_some_and(|known| {
            bool::from(digest.as_bytes().ct_eq(known.secret_sha256.as_bytes()))
        });
        let Some(known) = known.filter(|_| is_right) else {
            return Err(CredentialError::Unknown("an API key that nobody has"));
        };
        expect_in_time(known)?;
        let caller = holder(known)
            .map_err(|_| CredentialError::Unknown("an API key for a role that is none"))?;
        Ok((caller, Standing::ApiKey(known.key_id.clone())))
    }
}

fn expect_in_time(key: &KeptKey) -> Result<(), CredentialError> {
    if key.revoked_at_ms.is_some() {
        return Err(CredentialError::OutOfTime("an API key that was revoked"));
    }
    match now_ms() >= key.expires_at_ms {
        true => Err(CredentialError::OutOfTime("an API key that has run out")),
        false => Ok(()),
    }
}

fn holder(key: &KeptKey) -> Result<Caller, IdentityError> {
    let id = ActorId::new(&key.id).map_err(|_| IdentityError::Setting {
        setting: "id",
        because: format!("`{}` is no id", key.id),
    })?;
    let roles = setting::roles(&key.acts_for)?;
    Ok(setting::caller(
        setting::role(&key.role)?,
        id,
        key.mark,
        &roles,
    ))
}

/// Makes a key; what is returned is shown once and kept nowhere.
///
/// # Errors
/// When nobody of that kind can have one, or it cannot be kept.
pub fn create(directory: &Path, request: &KeyRequest) -> Result<(String, KeptKey), ApiKeyError> {
    let made_at_ms = now_ms();
    if request.expires_at.unix_ms() <= made_at_ms {
        return Err(ApiKeyError::RunOut);
    }
    let key_id = random::<ID_BYTES>(directory)?;
    let secret = random::<SECRET_BYTES>(directory)?;
    let kept = KeptKey {
        key_id,
        secret_sha256: digest(&secret),
        role: request.role.clone(),
        id: request.id.clone(),
        mark: request.mark,
        acts_for: request.acts_for.clone(),
        made_at_ms,
        expires_at_ms: request.expires_at.unix_ms(),
        revoked_at_ms: None,
    };
    holder(&kept)?;
    change(directory, |keys| {
        keys.push(kept.clone());
        Ok(())
    })?;
    Ok((format!("{PREFIX}{}_{secret}", kept.key_id), kept))
}

/// Every key, in the order in which they were made.
///
/// # Errors
/// When the file cannot be read.
pub fn list(directory: &Path) -> Result<Vec<KeptKey>, ApiKeyError> {
    let path = path(directory, FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let bytes = fs::read(&path).map_err(|error| failed(&path, &error))?;
    let file = read(&bytes).map_err(|because| failed(&path, &because))?;
    Ok(file.keys)
}

/// Revokes a key: whoever holds it is nobody from now on. One that was revoked before stays so.
///
/// # Errors
/// When there is none of that id, or the file cannot be written.
pub fn revoke(directory: &Path, key_id: &str) -> Result<KeptKey, ApiKeyError> {
    let mut revoked = None;
    change(directory, |keys| {
        let known = keys
            .iter_mut()
            .find(|known| known.key_id == key_id)
            .ok_or_else(|| ApiKeyError::Unknown(key_id.to_owned()))?;
        known.revoked_at_ms.get_or_insert_with(now_ms);
        revoked = Some(known.clone());
        Ok(())
    })?;
    revoked.ok_or_else(|| ApiKeyError::Unknown(key_id.to_owned()))
}

/// Changes the file, as the only process that does.
fn change(
    directory: &Path,
    edit: impl FnOnce(&mut Vec<KeptKey>) -> Result<(), ApiKeyError>,
) -> Result<(), ApiKeyError> {
    let folder = directory.join(crate::service::FOLDER);
    file::create_directory(&folder).map_err(|error| failed(&folder, &error))?;
    let lock_path = folder.join(LOCK);
    let lock = fs::File::create(&lock_path).map_err(|error| failed(&lock_path, &error))?;
    lock.lock().map_err(|error| failed(&lock_path, &error))?;
    let mut keys = list(directory)?;
    edit(&mut keys)?;
    let path = path(directory, FILE);
    let bytes =
        serde_json::to_vec_pretty(&KeyFile { keys }).map_err(|error| failed(&path, &error))?;
    file::replace(&path, &bytes, true).map_err(|error| failed(&path, &error))
}

fn path(directory: &Path, name: &str) -> PathBuf {
    directory.join(crate::service::FOLDER).join(name)
}

fn read(bytes: &[u8]) -> Result<KeyFile, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

fn failed(path: &Path, because: &impl ToString) -> ApiKeyError {
    ApiKeyError::File {
        path: path.display().to_string(),
        because: because.to_string(),
    }
}

fn digest(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret.as_bytes()))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random<const N: usize>(directory: &Path) -> Result<String, ApiKeyError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| failed(directory, &error))?;
    Ok(hexadecimal(&bytes))
}

fn now_ms() -> i64 {
    redress_engine::Clock::now(&redress_engine::SystemClock).unix_ms()
}
