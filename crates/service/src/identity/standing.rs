//! How long somebody who was let in stays so: a feed or a followed stream goes on for longer than
//! the look at its credential.

use redress_engine::{Clock, SystemClock};

use super::Identities;

/// What was found good when somebody was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: nobody was configured.
    Unconfigured,
    /// An API key, known by its id.
    ApiKey(String),
    /// A token or a certificate, good until then, in milliseconds since 1970.
    Until(i64),
}

impl Identities {
    /// Whether what somebody was let in with is still good. It is cheap enough to ask each second.
    #[must_use]
    pub fn are_good(&self, standing: &Standing) -> bool {
        match standing {
            Standing::Unconfigured => !self.are_configured(),
            Standing::ApiKey(key_id) => self.api_keys.is_good(key_id),
            Standing::Until(end_ms) => SystemClock.now().unix_ms() < *end_ms,
        }
    }
}
