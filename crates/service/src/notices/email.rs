//! Sending a letter by email.

use std::time::Duration;

use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::{Deserialize, Serialize};

use super::letter::Letter;
use crate::identity::install_cryptography;

/// How mail is protected on its way to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS after a word in the clear; without TLS nothing is sent.
    Starttls,
    /// None: for a server on the same machine.
    None,
}

/// The server that takes mail.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct EmailSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whom letters are from.
    pub from: String,
    /// How the way there is protected.
    #[serde(default)]
    pub protection: Protection,
    /// The name to sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password to sign in with; it is never shown.
    #[serde(default, skip_serializing)]
    pub password: Option<String>,
}

impl EmailSettings {
    /// Checks what letters could not be sent with.
    ///
    /// # Errors
    /// The setting, and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if self.host.trim().is_empty() {
            return Err(("host", "must name a server".to_owned()));
        }
        if self.port == 0 {
            return Err(("port", "must not be 0".to_owned()));
        }
        if self.user.is_some() != self.password.is_some() {
            let because = "needs a password beside it, and a password needs it".to_owned();
            return Err(("user", because));
        }
        self.sender()
            .map(|_| ())
            .map_err(|because| ("from", because))
    }

    fn sender(&self) -> Result<Mailbox, String> {
        let parsed = self.from.parse();
        parsed.map_err(|error| format!("`{}` is no address: {error}", self.from))
    }
}

/// Sends a letter.
///
/// # Errors
/// A sentence that says why it was not taken.
pub async fn send(
    settings: &EmailSettings,
    to: &[String],
    message_id: &str,
    letter: &Letter,
    timeout: Duration,
) -> Result<(), String> {
    let mut message = Message::builder()
        .from(settings.sender()?)
        .subject(letter.subject.clone())
        .message_id(Some(format!("<{message_id}@redress>")))
        .header(ContentType::TEXT_PLAIN);
    for address in to {
        let mailbox: Mailbox = address
            .parse()
            .map_err(|error| format!("`{address}` is no address: {error}"))?;
        message = message.to(mailbox);
    }
    let message = message
        .body(letter.body.clone())
        .map_err(|error| error.to_string())?;
    let tls = || {
        install_cryptography();
        TlsParameters::new(settings.host.clone()).map_err(|error| error.to_string())
    };
    let protection = match settings.protection {
        Protection::Tls => Tls::Wrapper(tls()?),
        Protection::Starttls => Tls::Required(tls()?),
        Protection::None => Tls::None,
    };
    let mut transport =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
            .port(settings.port)
            .tls(protection)
            .timeout(Some(timeout));
    if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
        transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
    }
    match transport.build().send(message).await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
