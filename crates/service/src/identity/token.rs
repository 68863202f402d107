//! Bearer tokens: JSON Web Tokens, signed with EdDSA (Ed25519) or RS256 by an issuer that is known.

use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use redress_domain::identity::{ActorId, Role};
use serde_json::{Map, Value};

use super::setting::{self, IssuerSettings, Mark};
use super::token_keys::TokenKeys;
use super::{CredentialError, IdentityError, Standing};
use crate::caller::Caller;

/// The longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// The issuers that are believed.
pub struct Issuers {
    issuers: Vec<Issuer>,
}

struct Issuer {
    name: String,
    audience: String,
    keys: TokenKeys,
    roles: Arc<[Role]>,
    marks: Vec<Mark>,
    role_claim: String,
    mark_claim: String,
    acts_for: Arc<[Role]>,
    leeway_s: u64,
}

impl Issuers {
    /// Those of the settings.
    ///
    /// # Errors
    /// When keys cannot be read, or a setting cannot be meant.
    pub fn new(settings: &[IssuerSettings]) -> Result<Self, IdentityError> {
        let issuers = settings.iter().map(issuer).collect::<Result<_, _>>()?;
        Ok(Self { issuers })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    /// Has keys that were fetched long ago.
    #[cfg(test)]
    pub(super) fn forget_when_keys_were_fetched(&self) {
        for issuer in &self.issuers {
            if let TokenKeys::Published(published) = &issuer.keys {
                published.forget_when_they_were_fetched();
            }
        }
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// When no known issuer signed it for this service, it has run out, or it names nobody that the
    /// issuer may name.
    pub async fn caller(&self, token: &str) -> Result<(Caller, Standing), CredentialError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(CredentialError::Malformed);
        }
        let header = decode_header(token).map_err(|_| CredentialError::Malformed)?;
        if !matches!(header.alg, Algorithm::EdDSA | Algorithm::RS256) {
            return Err(CredentialError::Unknown("a token of another algorithm"));
        }
        // Whatever a token says must be understood is not (RFC 7515, section 4.1.11).
        if header.crit.is_some() {
            return Err(CredentialError::Malformed);
        }
        let mut reason = CredentialError::Unknown("a token that no known issuer signed");
        for issuer in &self.issuers {
            match issuer
                .claims(token, header.alg, header.kid.as_deref())
                .await
            {
                Ok(claims) => return Ok((issuer.named(&claims)?, issuer.standing(&claims))),
                Err(because) => {
                    // The issuer that signed it knows best what is wrong with it.
                    if because != UNSIGNED {
                        reason = because;
                    }
                }
            }
        }
        Err(reason)
    }
}

/// The answer of an issuer that did not sign a token.
const UNSIGNED: CredentialError = CredentialError::Unknown("a token that the issuer did not sign");

impl Issuer {
    /// What a token of this issuer says.
    async fn claims(
        &self,
        token: &str,
        algorithm: Algorithm,
        key_id: Option<&str>,
    ) -> Result<Map<String, Value>, CredentialError> {
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.name]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = self.leeway_s;
        let mut reason = UNSIGNED;
        for candidate in self.keys.candidates(algorithm, key_id).await {
            match decode::<Map<String, Value>>(token, &candidate.key, &validation) {
                Ok(decoded) => return Ok(decoded.claims),
                Err(error) => match error.kind() {
                    ErrorKind::InvalidSignature => {}
                    kind => reason = why(kind),
                },
            }
        }
        Err(reason)
    }

    /// How long a token is good whose time was looked at.
    fn standing(&self, claims: &Map<String, Value>) -> Standing {
        // Issuers may write part of a second.
        let end_s = claims.get("exp").and_then(Value::as_f64).unwrap_or(0.0) as i64;
        let leeway_s = i64::try_from(self.leeway_s).unwrap_or(i64::MAX);
        Standing::Until(end_s.saturating_add(leeway_s).saturating_mul(1_000))
    }

    /// Whom the claims name.
    fn named(&self, claims: &Map<String, Value>) -> Result<Caller, CredentialError> {
        let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
        let role = text(&self.role_claim)
            .and_then(|name| setting::role(name).ok())
            .filter(|role| self.roles.contains(role))
            .ok_or(CredentialError::Unknown(
                "a token with a role that its issuer may not give",
            ))?;
        let id = text("sub")
            .and_then(|id| ActorId::new(id).ok())
            .ok_or(CredentialError::Unknown("a token that names nobody"))?;
        let mark = match claims.get(&self.mark_claim) {
            None | Some(Value::Null) => None,
            Some(mark) => Some(
                mark.as_str()
                    .and_then(Mark::parse)
                    .filter(|mark| self.marks.contains(mark))
                    .ok_or(CredentialError::Unknown(
                        "a token with a mark that its issuer may not give",
                    ))?,
            ),
        };
        Ok(setting::caller(role, id, mark, &self.acts_for))
    }
}

fn why(kind: &ErrorKind) -> CredentialError {
    match kind {
        ErrorKind::ExpiredSignature => CredentialError::OutOfTime("a token that has run out"),
        ErrorKind::ImmatureSignature => CredentialError::OutOfTime("a token that is not good yet"),
        ErrorKind::InvalidIssuer => UNSIGNED,
        ErrorKind::InvalidAudience => CredentialError::Unknown("a token for somebody else"),
        ErrorKind::MissingRequiredClaim(_) => {
            CredentialError::Unknown("a token without exp, iss, aud or sub")
        }
        _ => CredentialError::Unknown("a token that cannot be read"),
    }
}

fn issuer(settings: &IssuerSettings) -> Result<Issuer, IdentityError> {
    let wrong = |because: &str| IdentityError::Setting {
        setting: "issuers",
        because: format!("`{}`: {because}", settings.issuer),
    };
    let keys = match (&settings.keys, &settings.jwks_url) {
        (Some(path), None) => TokenKeys::of_file(path)?,
        (None, Some(url)) => TokenKeys::of_url(url)?,
        (None, None) | (Some(_), Some(_)) => {
            return Err(wrong("needs `keys` or `jwks_url`, and not both"));
        }
    };
    if settings.issuer.is_empty() || settings.audience.is_empty() {
        return Err(wrong("`issuer` and `audience` must say something"));
    }
    Ok(Issuer {
        name: settings.issuer.clone(),
        audience: settings.audience.clone(),
        keys,
        roles: setting::roles(&settings.roles)?,
        marks: settings.marks.clone(),
        role_claim: settings.role_claim.clone(),
        mark_claim: settings.mark_claim.clone(),
        acts_for: setting::roles(&settings.acts_for)?,
        leeway_s: settings.leeway_s,
    })
}
