//! Which events somebody wants to be told.

use redress_domain::event::Recorded;
use redress_domain::identity::{MerchantId, StreamId};
use redress_domain::refusal::Code;
use redress_store::wire;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// What is asked for; nothing asked for is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Only events of these types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Only this stream, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Only the streams of this merchant: its own, its complaints', its agreements'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant: Option<String>,
}

/// A filter that makes sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    types: Vec<String>,
    /// Only this stream.
    pub stream: Option<StreamId>,
    /// Only the streams of this merchant.
    pub merchant: Option<MerchantId>,
}

impl Filter {
    /// Checks what is asked for: a name with a slip of the pen must not just select nothing.
    ///
    /// # Errors
    /// `field_invalid` names what is wrong.
    pub fn checked(&self) -> Result<Wanted, Problem> {
        let invalid = |detail: String| Problem::of_code(Code::FieldInvalid, detail);
        if let Some(unknown) = self.types.iter().find(|name| !wire::is_event_type(name)) {
            return Err(invalid(format!(
                "types: there are no events of type `{unknown}`"
            )));
        }
        let stream = self
            .stream
            .as_deref()
            .map(|name| {
                StreamId::parse(name).ok_or_else(|| {
                    invalid(
                        "stream: must be complaint-ID, merchant-ID, agreement-ID, \
                         intermediary-ID, user-REF or rulebook"
                            .to_owned(),
                    )
                })
            })
            .transpose()?;
        let merchant = self
            .merchant
            .as_deref()
            .map(|id| {
                MerchantId::new(id)
                    .map_err(|_| invalid("merchant: must be a merchant's id".to_owned()))
            })
            .transpose()?;
        Ok(Wanted {
            types: self.types.clone(),
            stream,
            merchant,
        })
    }
}

impl Wanted {
    /// Whether an event is wanted as far as it tells itself; whose its stream is, it does not.
    #[must_use]
    pub fn matches(&self, recorded: &Recorded) -> bool {
        let is_of_type =
            self.types.is_empty() || self.types.iter().any(|name| name == recorded.event.name());
        let is_of_stream = self
            .stream
            .as_ref()
            .is_none_or(|stream| *stream == recorded.header.stream);
        is_of_type && is_of_stream
    }
}
