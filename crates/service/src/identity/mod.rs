//! Who calls: bearer tokens, API keys and client certificates, each naming one identity.
//!
//! An identity is a role and an id, and sometimes the mark of a gateway or a partner. While none is
//! configured, whoever reaches the loopback address is the development admin; as soon as there is
//! one, everything but the health of the service needs a credential.

pub mod access;
pub mod api_keys;
mod arrivals;
pub mod certificate;
pub mod denial;
mod limits;
mod origin;
pub mod setting;
mod signatures;
mod standing;
mod subject;
mod token;
mod token_keys;
pub mod watched;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_server::tls::TlsInfo;

use crate::caller::Caller;
use crate::configuration::Configuration;
use api_keys::ApiKeys;
use arrivals::Arrivals;
use certificate::Certificates;
use token::Issuers;

pub use limits::{Rates, StreamPlace, Streams};
pub use signatures::install_cryptography;
pub use standing::Standing;

/// What kept an identity from being set up.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file of keys cannot be read.
    #[error("{path}: {because}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        because: String,
    },
    /// A setting names what cannot be.
    #[error("{setting}: {because}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What is wrong with it.
        because: String,
    },
}

/// Why a credential is not taken. The caller learns no more than that; the log does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// There is none.
    #[error("no credential")]
    Missing,
    /// It is not of a kind that is known, or there are two.
    #[error("a credential of no known form")]
    Malformed,
    /// It names nobody who is known, or its proof is wrong.
    #[error("{0}")]
    Unknown(&'static str),
    /// It was good until a while ago, or will be later.
    #[error("{0}")]
    OutOfTime(&'static str),
}

/// Everybody who is known.
pub struct Identities {
    api_keys: ApiKeys,
    issuers: Issuers,
    certificates: Certificates,
    arrivals: Arrivals,
}

impl Identities {
    /// Reads what the settings name; the API keys are those of the data directory.
    ///
    /// # Errors
    /// When a file cannot be read, or a setting cannot be meant.
    pub fn new(
        configuration: &Configuration,
        directory: Option<&Path>,
    ) -> Result<Self, IdentityError> {
        Ok(Self {
            api_keys: ApiKeys::of(directory)?,
            issuers: Issuers::new(&configuration.issuers)?,
            certificates: Certificates::new(&configuration.certificates)?,
            arrivals: Arrivals::default(),
        })
    }

    /// Whether anybody is configured: any key (also one that was revoked or has run out), any
    /// issuer of tokens, any certificate.
    #[must_use]
    pub fn are_configured(&self) -> bool {
        !self.issuers.is_empty() || !self.certificates.is_empty() || self.api_keys.are_there()
    }

    /// Has keys that were fetched long ago, so that a test need not wait.
    #[cfg(test)]
    fn forget_when_keys_were_fetched(&self) {
        self.issuers.forget_when_keys_were_fetched();
    }

    /// Who sends a request, and how long what they bring is good.
    ///
    /// An `Authorization` decides where there is one; a client certificate speaks where there is
    /// none.
    ///
    /// # Errors
    /// When there is no credential, or it is not good.
    pub async fn caller(&self, head: &Parts) -> Result<(Caller, Standing), CredentialError> {
        if let Some(bearer) = bearer(&head.headers)? {
            return match bearer.starts_with(api_keys::PREFIX) {
                true => self.api_keys.caller(bearer),
                false => self.issuers.caller(bearer).await,
            };
        }
        let certificate = head
            .extensions
            .get::<Arc<TlsInfo>>()
            .and_then(|tls| tls.peer_certificates.first());
        match certificate {
            Some(certificate) => self.certificates.caller(certificate),
            None => Err(CredentialError::Missing),
        }
    }
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, CredentialError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(CredentialError::Malformed);
    }
    let text = value.to_str().map_err(|_| CredentialError::Malformed)?;
    let (scheme, token) = text.split_once(' ').ok_or(CredentialError::Malformed)?;
    match scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
        true => Ok(Some(token.trim())),
        false => Err(CredentialError::Malformed),
    }
}
