//! Names of things and people, and who vouches for an instant.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

/// Why a text cannot be an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentifierError {
    /// The text is empty.
    Empty,
    /// The text has more characters than the kind of identifier allows.
    TooLong {
        /// Characters allowed at the most.
        limit: usize,
    },
    /// The text has a control character.
    ControlCharacter,
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident, $limit:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Characters allowed at the most.
            pub const LIMIT: usize = $limit;

            /// Takes a text that is not empty, not too long and free of control characters.
            ///
            /// # Errors
            /// Says which of the three does not hold.
            pub fn new(text: &str) -> Result<Self, IdentifierError> {
                checked(text, Self::LIMIT).map(Self)
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, formatter)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

fn checked(text: &str, limit: usize) -> Result<Arc<str>, IdentifierError> {
    if text.is_empty() {
        return Err(IdentifierError::Empty);
    }
    if text.chars().count() > limit {
        return Err(IdentifierError::TooLong { limit });
    }
    if text.chars().any(char::is_control) {
        return Err(IdentifierError::ControlCharacter);
    }
    Ok(Arc::from(text))
}

identifiers! {
    /// A complaint, named by its source.
    ComplaintId, 64;
    /// A merchant number (rulebook 1.1).
    MerchantId, 32;
    /// A user's authorisation of debits to one merchant (rulebook 1.5).
    AgreementId, 64;
    /// An institution (rulebook 1.3) or a service provider (rulebook 1.4).
    IntermediaryId, 32;
    /// The legal entity that groups merchant numbers.
    EntityId, 64;
    /// A pseudonym of a user (rulebook 1.2); never a phone number or a name.
    UserRef, 128;
    /// A payment order, or a reference to one refund.
    OrderId, 128;
    /// A debit template of a merchant.
    TemplateId, 64;
    /// The name of an edition of the rulebook.
    EditionName, 64;
    /// Whoever acts: a merchant, a user, a person of the platform or a service.
    ActorId, 128;
    /// Any other short name that a source gives: a media file, a delivery, a raw type.
    Reference, 512;
}

/// In what capacity somebody acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A consumer (rulebook 1.2).
    User,
    /// A merchant (rulebook 1.1).
    Merchant,
    /// An institution or a service provider (rulebook 1.3, 1.4).
    Intermediary,
    /// A case handler of the platform who assesses and determines.
    Reviewer,
    /// A risk operator of the platform who decides on measures.
    Risk,
    /// Another program of the platform.
    Service,
    /// Somebody who reads everything and writes nothing.
    Auditor,
    /// Somebody who runs the platform's rulebook.
    Admin,
    /// The engine itself: deadlines and reactions.
    Engine,
}

impl Role {
    /// Every role, in the order of the contract.
    pub const ALL: [Self; 9] = [
        Self::User,
        Self::Merchant,
        Self::Intermediary,
        Self::Reviewer,
        Self::Risk,
        Self::Service,
        Self::Auditor,
        Self::Admin,
        Self::Engine,
    ];

    /// The role's name in commands and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Merchant => "merchant",
            Self::Intermediary => "intermediary",
            Self::Reviewer => "reviewer",
            Self::Risk => "risk",
            Self::Service => "service",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::Engine => "engine",
        }
    }

    /// Who vouches for the instant of an act when the command does not say.
    #[must_use]
    pub const fn default_trust(self) -> Trust {
        match self {
            Self::User | Self::Merchant | Self::Intermediary => Trust::OwnClaim,
            Self::Reviewer
            | Self::Risk
            | Self::Service
            | Self::Auditor
            | Self::Admin
            | Self::Engine => Trust::Platform,
        }
    }
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor {
    /// In what capacity.
    pub role: Role,
    /// Who, within that capacity.
    pub id: ActorId,
}

impl Actor {
    /// The engine as an actor.
    #[must_use]
    pub fn engine() -> Self {
        Self {
            role: Role::Engine,
            id: ActorId(Arc::from("redress")),
        }
    }
}

/// Who vouches for the instant at which an act is said to have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// Our own gateway or console saw it.
    Platform,
    /// A partner's notification says so (policy partner-grace).
    Partner,
    /// The actor alone says so; called `self` in commands.
    OwnClaim,
}

impl Trust {
    /// The name in commands.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Partner => "partner",
            Self::OwnClaim => "self",
        }
    }
}

/// The stream that an event belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// `complaint-<id>`
    Complaint(ComplaintId),
    /// `merchant-<id>`
    Merchant(MerchantId),
    /// `agreement-<id>`
    Agreement(AgreementId),
    /// `intermediary-<id>`
    Intermediary(IntermediaryId),
    /// `user-<ref>`: what was done with a user's personal data.
    User(UserRef),
    /// `rulebook`
    Rulebook,
}

impl StreamId {
    /// Reads a stream's name; `None` if it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == "rulebook" {
            return Some(Self::Rulebook);
        }
        let (kind, id) = name.split_once('-')?;
        match kind {
            "complaint" => ComplaintId::new(id).ok().map(Self::Complaint),
            "merchant" => MerchantId::new(id).ok().map(Self::Merchant),
            "agreement" => AgreementId::new(id).ok().map(Self::Agreement),
            "intermediary" => IntermediaryId::new(id).ok().map(Self::Intermediary),
            "user" => UserRef::new(id).ok().map(Self::User),
            _ => None,
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complaint(id) => write!(formatter, "complaint-{id}"),
            Self::Merchant(id) => write!(formatter, "merchant-{id}"),
            Self::Agreement(id) => write!(formatter, "agreement-{id}"),
            Self::Intermediary(id) => write!(formatter, "intermediary-{id}"),
            Self::User(id) => write!(formatter, "user-{id}"),
            Self::Rulebook => formatter.write_str("rulebook"),
        }
    }
}

/// A text that names several identifiers at once, for messages.
#[must_use]
pub fn listed<T: fmt::Display>(names: &[T]) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{name}"));
    }
    text
}
