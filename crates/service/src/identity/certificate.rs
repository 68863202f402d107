//! Client certificates: TLS has checked that they come from a known authority and that the caller
//! holds the key; here they become somebody.

use redress_domain::identity::ActorId;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::api_keys::hexadecimal;
use super::setting::{self, CertificateSettings};
use super::subject::Subject;
use super::{CredentialError, IdentityError, Standing};
use crate::caller::Caller;

/// How a certificate is known again.
enum Known {
    Digest(String),
    Subject(Subject),
}

/// The certificates that are somebody.
pub struct Certificates {
    known: Vec<(Known, Caller)>,
}

impl Certificates {
    /// Those of the settings.
    ///
    /// # Errors
    /// When one is named by nothing, or by two things, or its holder cannot be.
    pub fn new(settings: &[CertificateSettings]) -> Result<Self, IdentityError> {
        let known = settings.iter().map(known).collect::<Result<_, _>>()?;
        Ok(Self { known })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whose certificate this is, in its DER form.
    ///
    /// # Errors
    /// When it is nobody's.
    pub fn caller(&self, certificate: &[u8]) -> Result<(Caller, Standing), CredentialError> {
        let (_, parsed) =
            X509Certificate::from_der(certificate).map_err(|_| CredentialError::Malformed)?;
        let end_ms = parsed
            .validity()
            .not_after
            .timestamp()
            .saturating_mul(1_000);
        let digest = hexadecimal(&Sha256::digest(certificate));
        let subject = Subject::of(parsed.subject());
        self.known
            .iter()
            .find(|(known, _)| match known {
                Known::Digest(known) => *known == digest,
                Known::Subject(known) => Some(known) == subject.as_ref(),
            })
            .map(|(_, caller)| (caller.clone(), Standing::Until(end_ms)))
            .ok_or(CredentialError::Unknown("a certificate that is nobody's"))
    }
}

fn known(settings: &CertificateSettings) -> Result<(Known, Caller), IdentityError> {
    let wrong = |because: String| IdentityError::Setting {
        setting: "certificates",
        because,
    };
    let known = match (&settings.sha256, &settings.subject) {
        (Some(digest), None)
            if digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            Known::Digest(digest.to_ascii_lowercase())
        }
        (None, Some(subject)) => Known::Subject(Subject::parse(subject).ok_or_else(|| {
            wrong(format!(
                "`{subject}` is no subject, as `CN=gateway,O=Example\\, Inc.`"
            ))
        })?),
        _ => {
            return Err(wrong(
                "a certificate is named by its sha256, 64 hexadecimal digits, or by its subject"
                    .to_owned(),
            ));
        }
    };
    let id = ActorId::new(&settings.id).map_err(|_| wrong("`id` is no id".to_owned()))?;
    let role = setting::role(&settings.role)?;
    let roles = setting::roles(&settings.acts_for)?;
    Ok((known, setting::caller(role, id, settings.mark, &roles)))
}
