//! Reading single values of the wire.

use redress_domain::identity::{
    ComplaintId, IdentifierError, MerchantId, OrderId, Reference, UserRef,
};
use redress_domain::instant::Instant;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::MediaList;
use super::instant::parse_instant;

/// Reads an instant; without an offset it is refused.
pub(super) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_instant(&text).map_err(D::Error::custom)
}

/// Reads null as nothing at all: the platform writes either.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads files as an array, as a single object, or null.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<MediaList>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        Many(Vec<MediaList>),
        One(MediaList),
    }
    Ok(match Option::deserialize(deserializer)? {
        None => Vec::new(),
        Some(OneOrMany::One(list)) => vec![list],
        Some(OneOrMany::Many(lists)) => lists,
    })
}

/// Reads a user; an empty text names nobody.
pub(super) fn user_ref<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<UserRef>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.filter(|name| !name.is_empty())
        .map(|name| UserRef::new(&name).map_err(|error| D::Error::custom(reason(error))))
        .transpose()
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $function:ident: $name:ident;)*) => {$(
        $(#[$doc])*
        pub(super) fn $function<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<$name, D::Error> {
            let text = String::deserialize(deserializer)?;
            $name::new(&text).map_err(|error| D::Error::custom(reason(error)))
        }
    )*};
}

identifiers! {
    /// Reads a complaint's id.
    complaint_id: ComplaintId;
    /// Reads a merchant number.
    merchant_id: MerchantId;
    /// Reads an order's id.
    order_id: OrderId;
    /// Reads the id of an act.
    reference: Reference;
}

/// Why a text names nothing, for people.
pub(crate) fn reason(error: IdentifierError) -> String {
    match error {
        IdentifierError::Empty => "an empty name".to_owned(),
        IdentifierError::TooLong { limit } => format!("a name of more than {limit} characters"),
        IdentifierError::ControlCharacter => "a name with a control character".to_owned(),
    }
}
