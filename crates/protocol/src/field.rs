//! Reading documents field by field: every key is known, every value is checked, and the first
//! wrong thing is named by its place.

use redress_domain::identity::IdentifierError;
use redress_domain::instant::{CivilDay, Instant, Span};
use serde_json::{Map, Value};

use crate::instant::{InstantError, parse_day, parse_instant, parse_span};

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldFault {
    /// The key is not known.
    Unknown,
    /// A key that is needed is not there.
    Missing,
    /// The value cannot be taken.
    Invalid,
    /// The timestamp has no offset.
    WithoutOffset,
}

/// The first wrong thing in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// What is wrong.
    pub fault: FieldFault,
    /// Where, as in `data.orders[1].amount_fen`.
    pub path: String,
    /// A sentence for people, without the place.
    pub message: String,
}

/// A place in a document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'p> {
    /// The document; empty, or a name that leads every path.
    Document(&'p str),
    /// A key of an object.
    Key(&'p Place<'p>, &'p str),
    /// An item of a list, from 0.
    Item(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn path(&self) -> String {
        match self {
            Self::Document(name) => (*name).to_owned(),
            Self::Key(parent, key) => {
                let mut path = parent.path();
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
                path
            }
            Self::Item(parent, index) => format!("{}[{index}]", parent.path()),
        }
    }
}

/// A value and its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'v, 'p> {
    /// The value; never null.
    pub value: &'v Value,
    /// Its place.
    pub place: Place<'p>,
}

/// An object whose keys are all known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'v, 'p> {
    map: &'v Map<String, Value>,
    place: Place<'p>,
}

impl<'v> Fields<'v, '_> {
    /// The value of a key; null is the same as not being there.
    pub fn optional<'q>(&'q self, key: &'q str) -> Option<Field<'v, 'q>> {
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        Some(Field {
            value,
            place: Place::Key(&self.place, key),
        })
    }

    /// The value of a key that must be there.
    pub fn required<'q>(&'q self, key: &'q str) -> Result<Field<'v, 'q>, FieldError> {
        self.optional(key).ok_or_else(|| self.missing(key))
    }

    /// Says that a key is missing.
    pub fn missing(&self, key: &str) -> FieldError {
        FieldError {
            fault: FieldFault::Missing,
            path: Place::Key(&self.place, key).path(),
            message: "is missing".to_owned(),
        }
    }

    /// Every key that is there with its value.
    pub fn entries<'q>(&'q self) -> impl Iterator<Item = (&'q str, Field<'v, 'q>)> {
        self.map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| {
                let place = Place::Key(&self.place, key);
                (key.as_str(), Field { value, place })
            })
    }
}

impl<'v, 'p> Field<'v, 'p> {
    /// Says that the value cannot be taken.
    pub fn invalid(&self, message: impl Into<String>) -> FieldError {
        FieldError {
            fault: FieldFault::Invalid,
            path: self.place.path(),
            message: message.into(),
        }
    }

    /// An object with none but these keys.
    pub fn object(&self, known: &[&str]) -> Result<Fields<'v, 'p>, FieldError> {
        let fields = self.open_object()?;
        match fields.map.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(fields),
            Some(key) => Err(FieldError {
                fault: FieldFault::Unknown,
                path: Place::Key(&self.place, key).path(),
                message: unknown_key(key, known),
            }),
        }
    }

    /// An object with any keys.
    pub fn open_object(&self) -> Result<Fields<'v, 'p>, FieldError> {
        match self.value {
            Value::Object(map) => Ok(Fields {
                map,
                place: self.place,
            }),
            _ => Err(self.invalid("must be an object")),
        }
    }

    /// The items of a list, none of them null.
    pub fn list<'q>(&'q self) -> Result<Vec<Field<'v, 'q>>, FieldError> {
        let Value::Array(values) = self.value else {
            return Err(self.invalid("must be a list"));
        };
        let mut items = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let place = Place::Item(&self.place, index);
            let item = Field { value, place };
            if value.is_null() {
                return Err(item.invalid("must not be null"));
            }
            items.push(item);
        }
        Ok(items)
    }

    /// A text.
    pub fn text(&self) -> Result<&'v str, FieldError> {
        self.value
            .as_str()
            .ok_or_else(|| self.invalid("must be a text"))
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Result<bool, FieldError> {
        self.value
            .as_bool()
            .ok_or_else(|| self.invalid("must be true or false"))
    }

    /// A whole number between two, both included.
    pub fn number(&self, least: u64, most: u64) -> Result<u64, FieldError> {
        self.value
            .as_u64()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.invalid(format!("must be a whole number from {least} to {most}")))
    }

    /// A whole number between two that fits 32 bits.
    pub fn small_number(&self, least: u32, most: u32) -> Result<u32, FieldError> {
        let number = self.number(u64::from(least), u64::from(most))?;
        u32::try_from(number).map_err(|_| self.invalid("is too large"))
    }

    /// An identifier.
    pub fn identifier<Id>(
        &self,
        new: impl FnOnce(&str) -> Result<Id, IdentifierError>,
    ) -> Result<Id, FieldError> {
        new(self.text()?).map_err(|error| {
            self.invalid(match error {
                IdentifierError::Empty => "must not be empty".to_owned(),
                IdentifierError::TooLong { limit } => {
                    format!("must have at most {limit} characters")
                }
                IdentifierError::ControlCharacter => "must not have control characters".to_owned(),
            })
        })
    }

    /// One of a closed set of names.
    pub fn name<T: Copy>(&self, all: &[T], as_str: fn(T) -> &'static str) -> Result<T, FieldError> {
        let text = self.text()?;
        all.iter()
            .copied()
            .find(|one| as_str(*one) == text)
            .ok_or_else(|| {
                let names: Vec<&str> = all.iter().map(|one| as_str(*one)).collect();
                self.invalid(format!("must be one of {}", names.join(", ")))
            })
    }

    /// An RFC 3339 timestamp with an offset.
    pub fn instant(&self) -> Result<Instant, FieldError> {
        parse_instant(self.text()?).map_err(|error| FieldError {
            fault: match error {
                InstantError::WithoutOffset => FieldFault::WithoutOffset,
                InstantError::Malformed => FieldFault::Invalid,
            },
            path: self.place.path(),
            message: error.to_string(),
        })
    }

    /// A duration.
    pub fn span(&self) -> Result<Span, FieldError> {
        parse_span(self.text()?).map_err(|error| self.invalid(error.to_string()))
    }

    /// A civil day.
    pub fn day(&self) -> Result<CivilDay, FieldError> {
        parse_day(self.text()?).ok_or_else(|| self.invalid("must be a day like 2026-05-01"))
    }
}

fn unknown_key(key: &str, known: &[&str]) -> String {
    if known.is_empty() {
        format!("`{key}` is not known here")
    } else {
        format!("`{key}` is not known here; known are {}", known.join(", "))
    }
}
