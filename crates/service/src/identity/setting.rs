//! What an operator says about identities: issuers of tokens, certificates, TLS.

use std::path::PathBuf;
use std::sync::Arc;

use redress_domain::identity::{Actor, ActorId, Role, Trust};
use serde::{Deserialize, Serialize};

use super::IdentityError;
use crate::caller::{ActsFor, Caller};

/// Somebody who may submit the acts of others.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Our own gateway or console, which saw the act: trust `platform`.
    Gateway,
    /// A partner, whose notification says so: trust `partner`.
    Partner,
}

impl Mark {
    /// The trust that goes with it, and the only one that it may claim for others.
    #[must_use]
    pub const fn trust(self) -> Trust {
        match self {
            Self::Gateway => Trust::Platform,
            Self::Partner => Trust::Partner,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Partner => "partner",
        }
    }

    /// Reads its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "gateway" => Some(Self::Gateway),
            "partner" => Some(Self::Partner),
            _ => None,
        }
    }
}

/// The roles that a gateway or a partner speaks for where nothing else is said: those outside of
/// the platform. Nobody becomes a reviewer or an admin through somebody else's word by default.
pub const ACTS_FOR_DEFAULT: [&str; 3] = ["user", "merchant", "intermediary"];

/// An issuer of tokens that are believed.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// What `iss` must say.
    pub issuer: String,
    /// What `aud` must name.
    pub audience: String,
    /// A file with its public keys, PEM or a JSON Web Key Set. Either this or `jwks_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<PathBuf>,
    /// Where its JSON Web Key Set is: https, or http on the loopback address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// The roles that its tokens may name.
    pub roles: Vec<String>,
    /// The marks that its tokens may name; none by default.
    #[serde(default)]
    pub marks: Vec<Mark>,
    /// The claim that names the role.
    #[serde(default = "role_claim")]
    pub role_claim: String,
    /// The claim that names the mark.
    #[serde(default = "mark_claim")]
    pub mark_claim: String,
    /// The roles that its gateways and partners may speak for.
    #[serde(default = "acts_for")]
    pub acts_for: Vec<String>,
    /// How far the clocks of issuer and service may be apart.
    #[serde(default = "leeway_s")]
    pub leeway_s: u64,
}

/// A client certificate that is somebody.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CertificateSettings {
    /// The SHA-256 of its DER form, 64 hexadecimal digits. Either this or `subject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its whole subject in the order of the certificate, as `CN=gateway,O=Example`; a comma or a
    /// plus within a value stands behind a backslash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The role.
    pub role: String,
    /// Who, within that role.
    pub id: String,
    /// Whether it may submit the acts of others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// The roles that it may speak for, where it has a mark.
    #[serde(default = "acts_for")]
    pub acts_for: Vec<String>,
}

/// What TLS needs.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The certificates of the service, its own first, PEM.
    pub certificate: PathBuf,
    /// The private key of the first, PEM.
    pub key: PathBuf,
    /// The authorities that client certificates must come from, PEM; without them no client
    /// certificate is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_authorities: Option<PathBuf>,
}

fn role_claim() -> String {
    "role".to_owned()
}

fn mark_claim() -> String {
    "mark".to_owned()
}

fn acts_for() -> Vec<String> {
    ACTS_FOR_DEFAULT.map(str::to_owned).to_vec()
}

const fn leeway_s() -> u64 {
    30
}

/// A role that somebody can have; the engine's is nobody's.
pub(crate) fn role(name: &str) -> Result<Role, IdentityError> {
    Role::ALL
        .into_iter()
        .find(|role| role.as_str() == name && *role != Role::Engine)
        .ok_or_else(|| IdentityError::Setting {
            setting: "role",
            because: format!("`{name}` is no role that somebody can have"),
        })
}

pub(crate) fn roles(names: &[String]) -> Result<Arc<[Role]>, IdentityError> {
    names.iter().map(|name| role(name)).collect()
}

/// A caller of this role and id.
pub(crate) fn caller(
    role: Role,
    id: ActorId,
    mark: Option<Mark>,
    acts_for: &Arc<[Role]>,
) -> Caller {
    Caller {
        actor: Actor { role, id },
        acts_for: match mark {
            None => ActsFor::Itself,
            Some(mark) => ActsFor::Others {
                trust: mark.trust(),
                roles: Arc::clone(acts_for),
            },
        },
    }
}
