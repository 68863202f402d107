//! The name of a view with its query: `complaint/C1?as_of=17`.

/// The views of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewKind {
    /// `complaint/<id>`
    Complaint,
    /// `merchant/<id>`
    Merchant,
    /// `agreement/<id>`
    Agreement,
    /// `intermediary/<id>`
    Intermediary,
    /// `repeats?user=&merchant=&agreement=`
    Repeats,
    /// `queue?due_within=&view=`
    Queue,
    /// `sla?merchant=&from=&to=`
    Sla,
    /// `gate?merchant=&action=&template=&agreement=&amount_fen=`
    Gate,
}

impl ViewKind {
    /// Every view.
    pub const ALL: [Self; 8] = [
        Self::Complaint,
        Self::Merchant,
        Self::Agreement,
        Self::Intermediary,
        Self::Repeats,
        Self::Queue,
        Self::Sla,
        Self::Gate,
    ];

    /// The name in references.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Merchant => "merchant",
            Self::Agreement => "agreement",
            Self::Intermediary => "intermediary",
            Self::Repeats => "repeats",
            Self::Queue => "queue",
            Self::Sla => "sla",
            Self::Gate => "gate",
        }
    }

    /// Whether it is a view of one thing, named after a slash.
    #[must_use]
    pub const fn has_id(self) -> bool {
        match self {
            Self::Complaint | Self::Merchant | Self::Agreement | Self::Intermediary => true,
            Self::Repeats | Self::Queue | Self::Sla | Self::Gate => false,
        }
    }

    /// The query keys that it knows, besides `at` and `as_of`.
    #[must_use]
    pub const fn own_keys(self) -> &'static [&'static str] {
        match self {
            Self::Complaint | Self::Merchant | Self::Agreement | Self::Intermediary => &[],
            Self::Repeats => &["user", "merchant", "agreement", "from", "to"],
            Self::Queue => &["due_within", "view", "merchant"],
            Self::Sla => &["merchant", "from", "to"],
            Self::Gate => &[
                "merchant",
                "action",
                "template",
                "agreement",
                "amount_fen",
                "user",
            ],
        }
    }
}

/// A view and its query, every value as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewReference {
    /// Which view.
    pub kind: ViewKind,
    /// Of what, for views of one thing.
    pub id: Option<String>,
    /// Keys with their values, in order; no key twice.
    pub query: Vec<(String, String)>,
}

/// Why a text does not name a view, or asks it wrongly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no such view.
    #[error("there is no view `{0}`")]
    UnknownView(String),
    /// A view of one thing without its id.
    #[error("names no id; write `{0}/<id>`")]
    IdMissing(&'static str),
    /// A view that has no id with one.
    #[error("a view `{0}` has no id")]
    IdUnexpected(&'static str),
    /// The view does not know the key.
    #[error("a view `{view}` has no query `{key}`")]
    UnknownKey {
        /// The view.
        view: &'static str,
        /// The key.
        key: String,
    },
    /// A key without a value, or given twice.
    #[error("the query `{0}` is given twice or has no value")]
    MalformedQuery(String),
    /// A key that the view needs.
    #[error("a view `{view}` needs the query `{key}`")]
    KeyMissing {
        /// The view.
        view: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A value that cannot be taken.
    #[error("{key}: {message}")]
    Value {
        /// The key, or `id`.
        key: &'static str,
        /// What is wrong with its value.
        message: String,
    },
}

impl ViewReference {
    /// Reads a reference. The query is split at `&` and `=`; values are literal.
    ///
    /// # Errors
    /// What does not name a view, or a key that the view does not know.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (text, None),
        };
        let (name, id) = match path.split_once('/') {
            Some((name, id)) => (name, Some(id)),
            None => (path, None),
        };
        let pairs = query
            .into_iter()
            .flat_map(|query| query.split('&'))
            .map(|pair| {
                pair.split_once('=')
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .ok_or_else(|| QueryError::MalformedQuery(pair.to_owned()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Self::new(name, id, pairs)
    }

    /// Puts a reference together of parts that were decoded elsewhere.
    ///
    /// # Errors
    /// As `parse`.
    pub fn new(
        name: &str,
        id: Option<&str>,
        query: Vec<(String, String)>,
    ) -> Result<Self, QueryError> {
        let kind = ViewKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| QueryError::UnknownView(name.to_owned()))?;
        match id {
            Some("") | None if kind.has_id() => {
                return Err(QueryError::IdMissing(kind.as_str()));
            }
            Some(_) if !kind.has_id() => {
                return Err(QueryError::IdUnexpected(kind.as_str()));
            }
            Some(_) | None => {}
        }
        for (index, (key, value)) in query.iter().enumerate() {
            let known =
                ["at", "as_of"].contains(&key.as_str()) || kind.own_keys().contains(&key.as_str());
            if !known {
                return Err(QueryError::UnknownKey {
                    view: kind.as_str(),
                    key: key.clone(),
                });
            }
            let twice = query.iter().take(index).any(|(earlier, _)| earlier == key);
            if twice || value.is_empty() {
                return Err(QueryError::MalformedQuery(key.clone()));
            }
        }
        Ok(Self {
            kind,
            id: id.map(str::to_owned),
            query,
        })
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }
}
