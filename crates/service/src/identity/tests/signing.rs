//! An issuer of tokens, with keys made for these tests alone.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

/// An RSA key of 2 048 bits that protects nothing: the provider cannot make one.
const RSA: &str = include_str!("rsa-for-tests.base64");

/// What signs.
pub enum Signer {
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

pub fn ed25519() -> Signer {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    Signer::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
}

pub fn rsa() -> Signer {
    let der = BASE64_STANDARD.decode(RSA.replace('\n', "")).unwrap();
    Signer::Rsa(Box::new(RsaKeyPair::from_der(&der).unwrap()))
}

impl Signer {
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::Rsa(_) => "RS256",
        }
    }

    /// The public key as a JSON Web Key.
    pub fn jwk(&self, key_id: &str) -> Value {
        match self {
            Self::Ed25519(pair) => json!({
                "kty": "OKP", "crv": "Ed25519", "kid": key_id, "use": "sig",
                "x": encoded(pair.public_key().as_ref()),
            }),
            Self::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({
                    "kty": "RSA", "kid": key_id, "alg": "RS256",
                    "n": encoded(&public.n), "e": encoded(&public.e),
                })
            }
        }
    }

    /// The public key of Ed25519 as PEM.
    pub fn pem(&self) -> String {
        let Self::Ed25519(pair) = self else {
            panic!("only Ed25519");
        };
        // RFC 8410: the head of a SubjectPublicKeyInfo of Ed25519, then the key.
        let mut der = vec![
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ];
        der.extend_from_slice(pair.public_key().as_ref());
        let text = BASE64_STANDARD.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }

    /// A token with these claims.
    pub fn token(&self, key_id: Option<&str>, claims: &Value) -> String {
        let mut head = json!({ "alg": self.algorithm(), "typ": "JWT" });
        if let Some(key_id) = key_id {
            head["kid"] = key_id.into();
        }
        self.token_under(&head, claims)
    }

    /// A token with this head.
    pub fn token_under(&self, head: &Value, claims: &Value) -> String {
        let message = unsigned(head, claims);
        let signature = match self {
            Self::Ed25519(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let random = SystemRandom::new();
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &random,
                    message.as_bytes(),
                    &mut signature,
                )
                .unwrap();
                signature
            }
        };
        format!("{message}.{}", encoded(&signature))
    }
}

/// The first two parts of a token.
pub fn unsigned(head: &Value, claims: &Value) -> String {
    let part = |value: &Value| encoded(value.to_string().as_bytes());
    format!("{}.{}", part(head), part(claims))
}

pub fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
