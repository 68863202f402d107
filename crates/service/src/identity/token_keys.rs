//! The public keys of an issuer: from a file, PEM or a JSON Web Key Set, or from where the issuer
//! publishes them.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use parking_lot::RwLock;
use tokio::sync::Mutex;

use super::IdentityError;
use super::watched::Watched;
use crate::redaction::without_credentials;

/// How long keys that were fetched are used before they are fetched again.
const FETCHED_KEPT: Duration = Duration::from_secs(600);
/// How soon keys are fetched again for the sake of a token that names an unknown one.
const FETCHED_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// How long is waited for the issuer.
const FETCH_WAIT: Duration = Duration::from_secs(5);
/// The longest answer of an issuer that is read.
const FETCHED_BYTES_MAX: usize = 256 * 1024;
/// Keys of one issuer that are looked at.
const KEYS_MAX: usize = 64;

/// A key and the one algorithm that it is for.
#[derive(Clone)]
pub struct TokenKey {
    /// The name that tokens know it by, if it has one.
    pub key_id: Option<String>,
    /// What it verifies, and nothing else.
    pub algorithm: Algorithm,
    /// The key.
    pub key: DecodingKey,
}

/// Where the keys of an issuer come from.
pub enum TokenKeys {
    /// A file.
    File(Watched<Vec<TokenKey>>),
    /// A place on the net.
    Published(Published),
}

impl TokenKeys {
    /// Those of a file.
    ///
    /// # Errors
    /// When it has none, or cannot be read.
    pub fn of_file(path: &Path) -> Result<Self, IdentityError> {
        Watched::new(path, read).map(Self::File)
    }

    /// Those that an issuer publishes.
    ///
    /// # Errors
    /// When the address is none, or anybody on the way could change what is read there.
    pub fn of_url(url: &str) -> Result<Self, IdentityError> {
        Published::new(url).map(Self::Published)
    }

    /// The keys that a token may have been signed with.
    pub async fn candidates(&self, algorithm: Algorithm, key_id: Option<&str>) -> Vec<TokenKey> {
        match self {
            Self::File(file) => matching(&file.get(), algorithm, key_id),
            Self::Published(published) => published.candidates(algorithm, key_id).await,
        }
    }
}

fn matching(keys: &[TokenKey], algorithm: Algorithm, key_id: Option<&str>) -> Vec<TokenKey> {
    let fits = |key: &&TokenKey| {
        let same_name = match (&key.key_id, key_id) {
            (Some(known), Some(asked)) => known == asked,
            (None, _) | (_, None) => true,
        };
        key.algorithm == algorithm && same_name
    };
    keys.iter().filter(fits).cloned().collect()
}

/// Keys that are fetched when they are needed.
pub struct Published {
    url: reqwest::Url,
    client: reqwest::Client,
    known: RwLock<Fetched>,
    /// One fetches, the others wait for what it brings.
    fetching: Mutex<()>,
}

#[derive(Clone, Default)]
struct Fetched {
    at: Option<Instant>,
    keys: Arc<Vec<TokenKey>>,
}

impl Fetched {
    fn is_older_than(&self, age: Duration) -> bool {
        self.at.is_none_or(|at| at.elapsed() >= age)
    }
}

impl Published {
    fn new(url: &str) -> Result<Self, IdentityError> {
        let wrong = |because: String| IdentityError::Setting {
            setting: "jwks_url",
            because,
        };
        let url = reqwest::Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        let is_here = url.host_str().is_some_and(|host| {
            let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
            address.is_ok_and(|address| address.is_loopback())
        });
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(wrong("must be https".to_owned()));
        }
        super::install_cryptography();
        let client = reqwest::Client::builder()
            .timeout(FETCH_WAIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            url,
            client,
            known: RwLock::default(),
            fetching: Mutex::default(),
        })
    }

    async fn candidates(&self, algorithm: Algorithm, key_id: Option<&str>) -> Vec<TokenKey> {
        let known = self.known.read().clone();
        let found = matching(&known.keys, algorithm, key_id);
        let patience = match found.is_empty() {
            true => FETCHED_AGAIN_AFTER,
            false => FETCHED_KEPT,
        };
        if !known.is_older_than(patience) {
            return found;
        }
        let _fetching = self.fetching.lock().await;
        if self.known.read().is_older_than(patience) {
            self.fetch().await;
        }
        matching(&self.known.read().keys, algorithm, key_id)
    }

    /// Has keys that were fetched long ago.
    #[cfg(test)]
    pub(super) fn forget_when_they_were_fetched(&self) {
        self.known.write().at = None;
    }

    /// Fetches the keys; where that fails, those that are known are used on.
    async fn fetch(&self) {
        let fetched = self.fetched().await;
        let mut known = self.known.write();
        known.at = Some(Instant::now());
        match fetched {
            Ok(keys) => known.keys = Arc::new(keys),
            Err(because) => {
                let url = without_credentials(self.url.as_str());
                tracing::error!(url, because, "the keys of an issuer cannot be fetched");
            }
        }
    }

    async fn fetched(&self) -> Result<Vec<TokenKey>, String> {
        let answer = self.client.get(self.url.clone()).send().await;
        let mut answer = answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > FETCHED_BYTES_MAX {
                return Err("the answer is too long".to_owned());
            }
        }
        read(&bytes)
    }
}

/// Reads PEM or a JSON Web Key Set.
fn read(bytes: &[u8]) -> Result<Vec<TokenKey>, String> {
    let keys = match bytes.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice::<JwkSet>(bytes)
            .map_err(|error| error.to_string())?
            .keys
            .iter()
            .take(KEYS_MAX)
            .filter_map(of_jwk)
            .collect::<Vec<_>>(),
        _ => of_pem(bytes)?,
    };
    match keys.is_empty() {
        true => Err("has no Ed25519 and no RSA key that tokens could be checked with".to_owned()),
        false => Ok(keys),
    }
}

/// A key of a set, where it is one that tokens can be signed with: other keys may stand beside it.
fn of_jwk(jwk: &Jwk) -> Option<TokenKey> {
    let common = &jwk.common;
    if matches!(common.public_key_use, Some(PublicKeyUse::Encryption)) {
        return None;
    }
    let algorithm = match (&jwk.algorithm, common.key_algorithm) {
        (AlgorithmParameters::RSA(_), None | Some(KeyAlgorithm::RS256)) => Algorithm::RS256,
        (AlgorithmParameters::OctetKeyPair(pair), None | Some(KeyAlgorithm::EdDSA))
            if pair.curve == EllipticCurve::Ed25519 =>
        {
            Algorithm::EdDSA
        }
        _ => return None,
    };
    Some(TokenKey {
        key_id: common.key_id.clone(),
        algorithm,
        key: DecodingKey::from_jwk(jwk).ok()?,
    })
}

fn of_pem(bytes: &[u8]) -> Result<Vec<TokenKey>, String> {
    const BEGIN: &str = "-----BEGIN ";
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut keys = Vec::new();
    for block in text.split(BEGIN).skip(1).take(KEYS_MAX) {
        let block = format!("{BEGIN}{block}");
        let of_ed = DecodingKey::from_ed_pem(block.as_bytes()).map(|key| (Algorithm::EdDSA, key));
        let (algorithm, key) = of_ed
            .or_else(|_| {
                DecodingKey::from_rsa_pem(block.as_bytes()).map(|key| (Algorithm::RS256, key))
            })
            .map_err(|_| "has something else than public keys, Ed25519 or RSA".to_owned())?;
        keys.push(TokenKey {
            key_id: None,
            algorithm,
            key,
        });
    }
    Ok(keys)
}
