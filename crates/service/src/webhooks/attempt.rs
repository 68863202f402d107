//! One attempt to deliver something over HTTP.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::address::{Allowed, CheckedNames, place};
use super::signature::signatures;
use crate::identity::install_cryptography;

/// Bytes of a reason that are kept.
const REASON_CHARACTERS: usize = 200;

/// Sends documents to others.
pub struct Courier {
    allowed: Allowed,
    timeout: Duration,
    client: OnceLock<Result<Client, String>>,
}

/// What is sent, and to where.
pub struct Parcel<'a> {
    /// Where to.
    pub url: &'a str,
    /// Its id, the same in every attempt: whoever gets it twice knows it by that.
    pub id: &'a str,
    /// When it is sent, in seconds since 1970.
    pub timestamp_s: i64,
    /// What it is signed with.
    pub secrets: &'a [&'a str],
    /// The document.
    pub body: Vec<u8>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It was taken.
    Taken,
    /// The receiver wants nothing of this any more.
    NotWanted,
    /// It was not taken, and may be another time.
    Failed {
        /// Why, for people.
        because: String,
        /// Whether the receiver refused this very document, and will most likely do so again.
        is_refused: bool,
        /// When the receiver wants to be asked again, if it says so.
        retry_after: Option<Duration>,
    },
}

impl Courier {
    /// A courier that goes where the operator allows.
    #[must_use]
    pub const fn new(allowed: Allowed, timeout: Duration) -> Self {
        Self {
            allowed,
            timeout,
            client: OnceLock::new(),
        }
    }

    /// Where it may go.
    #[must_use]
    pub const fn allowed(&self) -> Allowed {
        self.allowed
    }

    /// Tries once.
    pub async fn deliver(&self, parcel: Parcel<'_>) -> Attempt {
        match self.send(parcel).await {
            Ok(attempt) => attempt,
            Err(because) => Attempt::Failed {
                because: because.chars().take(REASON_CHARACTERS).collect(),
                is_refused: false,
                retry_after: None,
            },
        }
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<Attempt, String> {
        let url = place(parcel.url, self.allowed).map_err(|error| format!("the URL {error}"))?;
        let signed = signatures(parcel.secrets, parcel.id, parcel.timestamp_s, &parcel.body)
            .map_err(|error| error.to_string())?;
        let request = self
            .client()?
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", parcel.id)
            .header("webhook-timestamp", parcel.timestamp_s)
            .header("webhook-signature", signed)
            .body(parcel.body);
        let mut response = request.send().await.map_err(|error| said(&error))?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        // A short answer that is read to its end leaves the connection for the next delivery.
        let _ = response.chunk().await;
        Ok(match status {
            status if status.is_success() => Attempt::Taken,
            StatusCode::GONE => Attempt::NotWanted,
            status => Attempt::Failed {
                because: format!("answered {status}"),
                is_refused: is_refusal(status),
                retry_after,
            },
        })
    }

    /// The client, made when it is first needed: it reads the certificates that the machine trusts.
    fn client(&self) -> Result<&Client, String> {
        let client = self.client.get_or_init(|| {
            install_cryptography();
            Client::builder()
                .dns_resolver(Arc::new(CheckedNames {
                    allowed: self.allowed,
                }))
                // What answers at a checked address must not send us to another one.
                .redirect(Policy::none())
                .no_proxy()
                .connect_timeout(self.timeout)
                .timeout(self.timeout)
                .user_agent("redress")
                .build()
                .map_err(|error| said(&error))
        });
        client.as_ref().map_err(Clone::clone)
    }
}

/// Whether an answer says that the document is not wanted, rather than that this is not the time.
fn is_refusal(status: StatusCode) -> bool {
    let is_passing = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    status.is_client_error() && !is_passing.contains(&status)
}

/// An error with its causes. The address is left out: it may hold what is secret.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        text = cause.to_string();
        next = cause.source();
    }
    match text.is_empty() {
        true => "it could not be sent".to_owned(),
        false => text,
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.parse().ok().map(Duration::from_secs)
}
