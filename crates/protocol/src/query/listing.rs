//! Lists of a kind, a page at a time: which things, and behind which one the page begins.

use redress_domain::agreement::AgreementState;
use redress_domain::complaint::ComplaintState;
use redress_domain::identity::{
    AgreementId, ComplaintId, IntermediaryId, MerchantId, TemplateId, UserRef,
};
use redress_domain::instant::Instant;
use redress_domain::intermediary::IntermediaryKind;
use redress_domain::merchant::MerchantKind;
use redress_domain::standing::Tier;
use redress_projections::agreements::AgreementFilter;
use redress_projections::cases::CaseFilter;
use redress_projections::merchants::{IntermediaryFilter, MerchantFilter};
use redress_projections::page::Turn;

use super::{AsOf, QueryError, as_of, wrong};
use crate::instant::parse_instant;

/// Things on a page at the most.
pub const PAGE_LIMIT_MAX: usize = 500;
/// Things on a page where nothing is said.
const PAGE_LIMIT: usize = 100;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Complaints, by id.
    Complaints,
    /// Merchants, by id.
    Merchants,
    /// Agreements, by id.
    Agreements,
    /// Institutions and service providers, by id.
    Intermediaries,
}

/// A question for a page of a list, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Which things.
    pub listed: Listed,
    /// The instant to judge by; by default that of `as_of`, else the program's clock.
    pub at: Option<Instant>,
    /// Up to where the log is looked at; by default all of it.
    pub as_of: Option<AsOf>,
}

/// Which things, and which page of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Complaints.
    Complaints(CaseFilter, Turn<ComplaintId>),
    /// Merchants.
    Merchants(MerchantFilter, Turn<MerchantId>),
    /// Agreements.
    Agreements(AgreementFilter, Turn<AgreementId>),
    /// Intermediaries.
    Intermediaries(IntermediaryFilter, Turn<IntermediaryId>),
}

impl ListKind {
    /// The name in paths.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complaints => "complaints",
            Self::Merchants => "merchants",
            Self::Agreements => "agreements",
            Self::Intermediaries => "intermediaries",
        }
    }

    /// The query keys that it knows, besides `at`, `as_of`, `limit` and `after`.
    #[must_use]
    pub const fn own_keys(self) -> &'static [&'static str] {
        match self {
            Self::Complaints => &[
                "merchant",
                "user",
                "agreement",
                "state",
                "waiting",
                "under_review",
            ],
            Self::Merchants => &["tier", "kind", "intermediary"],
            Self::Agreements => &["merchant", "user", "template", "state"],
            Self::Intermediaries => &["tier", "kind"],
        }
    }
}

impl ListQuery {
    /// Reads what a query asks; its values were decoded elsewhere.
    ///
    /// # Errors
    /// The first key that is not known, or the first value that cannot be taken.
    pub fn new(kind: ListKind, query: &[(String, String)]) -> Result<Self, QueryError> {
        let keys = Keys { kind, query };
        keys.check()?;
        Ok(Self {
            listed: keys.listed()?,
            at: keys
                .get("at")
                .map(|text| parse_instant(text).map_err(|error| wrong("at", error.to_string())))
                .transpose()?,
            as_of: keys.get("as_of").map(as_of).transpose()?,
        })
    }
}

/// A cursor for the page that begins behind an id. What it looks like is nobody's business but
/// [`ListQuery`]'s.
#[must_use]
pub fn cursor(id: &str) -> String {
    id.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn id_of_cursor(cursor: &str) -> Option<String> {
    let is_hexadecimal = cursor.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hexadecimal || !cursor.len().is_multiple_of(2) {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..cursor.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(cursor.get(at..at + 2)?, 16).ok())
        .collect();
    String::from_utf8(bytes?).ok()
}

struct Keys<'q> {
    kind: ListKind,
    query: &'q [(String, String)],
}

impl<'q> Keys<'q> {
    fn check(&self) -> Result<(), QueryError> {
        let common = ["at", "as_of", "limit", "after"];
        for (index, (key, value)) in self.query.iter().enumerate() {
            let known =
                common.contains(&key.as_str()) || self.kind.own_keys().contains(&key.as_str());
            if !known {
                return Err(QueryError::UnknownKey {
                    view: self.kind.as_str(),
                    key: key.clone(),
                });
            }
            let mut earlier = self.query.iter().take(index);
            if value.is_empty() || earlier.any(|(earlier, _)| earlier == key) {
                return Err(QueryError::MalformedQuery(key.clone()));
            }
        }
        Ok(())
    }

    fn get(&self, key: &str) -> Option<&'q str> {
        let mut known = self.query.iter();
        let (_, value) = known.find(|(known, _)| known == key)?;
        Some(value)
    }

    fn listed(&self) -> Result<Listed, QueryError> {
        Ok(match self.kind {
            ListKind::Complaints => Listed::Complaints(
                CaseFilter {
                    merchant_id: self.id("merchant", MerchantId::new)?,
                    user_ref: self.id("user", UserRef::new)?,
                    agreement_id: self.id("agreement", AgreementId::new)?,
                    state: self.named("state", ComplaintState::ALL, |one| one.as_str())?,
                    under_review: self.flag("under_review")?,
                    waiting: self.flag("waiting")?,
                },
                self.turn(ComplaintId::new)?,
            ),
            ListKind::Merchants => Listed::Merchants(
                MerchantFilter {
                    merchant_id: None,
                    tier: self.named("tier", Tier::ALL, |one| one.as_str())?,
                    kind: self.named("kind", MerchantKind::ALL, |one| one.as_str())?,
                    intermediary_id: self.id("intermediary", IntermediaryId::new)?,
                },
                self.turn(MerchantId::new)?,
            ),
            ListKind::Agreements => Listed::Agreements(
                AgreementFilter {
                    merchant_id: self.id("merchant", MerchantId::new)?,
                    user_ref: self.id("user", UserRef::new)?,
                    template_id: self.id("template", TemplateId::new)?,
                    state: self.named("state", AgreementState::ALL, |one| one.as_str())?,
                },
                self.turn(AgreementId::new)?,
            ),
            ListKind::Intermediaries => Listed::Intermediaries(
                IntermediaryFilter {
                    intermediary_id: None,
                    tier: self.named("tier", Tier::ALL, |one| one.as_str())?,
                    kind: self.named("kind", IntermediaryKind::ALL, |one| one.as_str())?,
                },
                self.turn(IntermediaryId::new)?,
            ),
        })
    }

    fn id<Id>(
        &self,
        key: &'static str,
        new: impl FnOnce(&str) -> Result<Id, redress_domain::identity::IdentifierError>,
    ) -> Result<Option<Id>, QueryError> {
        self.get(key)
            .map(|text| super::identifier(key, text, new))
            .transpose()
    }

    fn flag(&self, key: &'static str) -> Result<Option<bool>, QueryError> {
        self.get(key)
            .map(|text| match text {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(wrong(key, "must be true or false")),
            })
            .transpose()
    }

    fn named<T: Copy>(
        &self,
        key: &'static str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, QueryError> {
        let Some(text) = self.get(key) else {
            return Ok(None);
        };
        let found = all.iter().copied().find(|one| name(*one) == text);
        found.map(Some).ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
            wrong(key, format!("must be one of {}", names.join(", ")))
        })
    }

    fn turn<Id>(
        &self,
        new: impl FnOnce(&str) -> Result<Id, redress_domain::identity::IdentifierError>,
    ) -> Result<Turn<Id>, QueryError> {
        let after = self
            .get("after")
            .map(|text| {
                let id = id_of_cursor(text).and_then(|id| new(&id).ok());
                id.ok_or_else(|| wrong("after", "must be the `next` of the page before"))
            })
            .transpose()?;
        let limit = match self.get("limit") {
            None => PAGE_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=PAGE_LIMIT_MAX).contains(limit))
                .ok_or_else(|| wrong("limit", format!("must be from 1 to {PAGE_LIMIT_MAX}")))?,
        };
        Ok(Turn { after, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::{ListKind, ListQuery, Listed, cursor, id_of_cursor};

    fn asked(kind: ListKind, query: &[(&str, &str)]) -> Result<ListQuery, String> {
        let pairs: Vec<(String, String)> = query
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        ListQuery::new(kind, &pairs).map_err(|error| error.to_string())
    }

    #[test]
    fn a_cursor_names_the_id_that_it_was_made_of() {
        for id in ["C1", "投诉/1", "a b&c"] {
            assert_eq!(id_of_cursor(&cursor(id)).as_deref(), Some(id));
        }
        for wrong in ["C1", "4", "zz", "ff", "+1"] {
            assert_eq!(id_of_cursor(wrong), None, "{wrong}");
        }
        let after = cursor("C9");
        let Ok(ListQuery {
            listed: Listed::Complaints(filter, turn),
            ..
        }) = asked(
            ListKind::Complaints,
            &[("after", &after), ("limit", "7"), ("waiting", "true")],
        )
        else {
            panic!("a list of complaints is asked for");
        };
        assert_eq!(turn.after.unwrap().as_str(), "C9");
        assert_eq!(turn.limit, 7);
        assert_eq!(filter.waiting, Some(true));
    }

    #[test]
    fn what_cannot_be_taken_is_named() {
        for (kind, key, value, told) in [
            (ListKind::Complaints, "tier", "t1", "`tier`"),
            (ListKind::Merchants, "tier", "t9", "tier: must be one of"),
            (
                ListKind::Agreements,
                "limit",
                "501",
                "limit: must be from 1",
            ),
            (ListKind::Agreements, "limit", "0", "limit: must be from 1"),
            (ListKind::Intermediaries, "after", "x", "after: must be"),
            (ListKind::Complaints, "waiting", "yes", "waiting: must be"),
            (ListKind::Complaints, "at", "noon", "at: "),
        ] {
            let error = asked(kind, &[(key, value)]).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        assert!(asked(ListKind::Merchants, &[("tier", "t1"), ("tier", "t1")]).is_err());
    }
}
