//! TLS 1.2 and 1.3 by rustls: the certificate of the service, read again when it is renewed, and
//! the authorities that client certificates must come from.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::identity::install_cryptography;
use crate::identity::setting::TlsSettings;
use crate::identity::watched::{Stamp, stamp};

/// How often it is looked whether the certificate was renewed.
pub const LOOKED_FOR_EVERY: Duration = Duration::from_secs(5);

/// Why TLS cannot be offered.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file has no certificate, or no key, that can be read.
    #[error("{path}: {because}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        because: String,
    },
    /// Certificate and key do not go together, or an authority is none.
    #[error("certificate, key and authorities do not go together: {0}")]
    Together(String),
}

/// What the sockets need.
///
/// # Errors
/// When a file cannot be read, or they do not go together.
pub fn server_configuration(settings: &TlsSettings) -> Result<Arc<ServerConfig>, TlsError> {
    install_cryptography();
    let together = |error: &dyn std::error::Error| TlsError::Together(error.to_string());
    let chain = certificates(&settings.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&settings.key)
        .map_err(|error| failed(&settings.key, &error))?;
    let builder = ServerConfig::builder();
    let builder = match &settings.client_authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(path)? {
                roots.add(authority).map_err(|error| together(&error))?;
            }
            // Whoever has no certificate may still bring a token or a key.
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots))
                .allow_unauthenticated()
                .build()
                .map_err(|error| together(&error))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut configuration = builder
        .with_single_cert(chain, key)
        .map_err(|error| together(&error))?;
    configuration.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(configuration))
}

/// What tells whether a file of the settings was replaced.
pub fn stamps(settings: &TlsSettings) -> Vec<Option<Stamp>> {
    let authorities = settings.client_authorities.as_deref();
    [
        Some(settings.certificate.as_path()),
        Some(settings.key.as_path()),
        authorities,
    ]
    .into_iter()
    .map(|path| path.and_then(stamp))
    .collect()
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| failed(path, &error))?;
    match found.is_empty() {
        true => Err(failed(path, &"has no certificate")),
        false => Ok(found),
    }
}

fn failed(path: &Path, because: &impl ToString) -> TlsError {
    TlsError::File {
        path: path.display().to_string(),
        because: because.to_string(),
    }
}
