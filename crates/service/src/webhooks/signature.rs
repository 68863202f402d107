//! Signatures as Standard Webhooks asks for them: whoever knows the secret can tell that a delivery
//! is ours, whole, and not an old one again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How every secret begins.
const PREFIX: &str = "whsec_";
/// Random bytes of a secret.
const SECRET_BYTES: usize = 32;
/// Bytes that a secret may have that somebody brings along.
const BYTES_ALLOWED: std::ops::RangeInclusive<usize> = 24..=64;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The operating system gives no random numbers.
    #[error("no random numbers: {0}")]
    NoRandomness(getrandom::Error),
    /// It is not one.
    #[error("a secret is `whsec_` and 24 to 64 bytes in Base64")]
    Malformed,
}

/// A new secret.
///
/// # Errors
/// When the operating system gives no random numbers.
pub fn new_secret() -> Result<String, SecretError> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(SecretError::NoRandomness)?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

/// The value of `webhook-signature`: one signature for each secret, so that a secret can be changed
/// without a gap.
///
/// # Errors
/// For a secret that is none.
pub fn signatures(
    secrets: &[&str],
    id: &str,
    timestamp_s: i64,
    body: &[u8],
) -> Result<String, SecretError> {
    let mut signatures = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let key = key(secret)?;
        let mut code = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| SecretError::Malformed)?;
        code.update(format!("{id}.{timestamp_s}.").as_bytes());
        code.update(body);
        let digest = code.finalize().into_bytes();
        signatures.push(format!("v1,{}", STANDARD.encode(digest)));
    }
    Ok(signatures.join(" "))
}

/// Whether something is a secret that signs.
///
/// # Errors
/// When it is none.
pub fn expect_secret(secret: &str) -> Result<(), SecretError> {
    key(secret).map(|_| ())
}

fn key(secret: &str) -> Result<Vec<u8>, SecretError> {
    secret
        .strip_prefix(PREFIX)
        .and_then(|text| STANDARD.decode(text).ok())
        .filter(|key| BYTES_ALLOWED.contains(&key.len()))
        .ok_or(SecretError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::{new_secret, signatures};

    #[test]
    fn the_example_of_standard_webhooks_has_its_signature() {
        let signed = signatures(
            &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signed.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn secrets_differ_and_each_signs() {
        let (first, second) = (new_secret().unwrap(), new_secret().unwrap());
        assert_ne!(first, second);
        let both = signatures(&[&first, &second], "m", 1, b"x").unwrap();
        assert_eq!(both.split(' ').count(), 2);
        for wrong in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert!(signatures(&[wrong], "m", 1, b"x").is_err(), "{wrong}");
        }
    }
}
