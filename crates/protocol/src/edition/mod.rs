//! Editions of the rulebook as files: TOML in, TOML out, every value checked with its place.
//!
//! A file is whole, or `extends` another edition and holds only what differs: tables merge key by
//! key, everything else (lists too) replaces what was there.

mod draft;
mod ladder;
mod read;
mod render;
#[cfg(test)]
mod tests;

pub use draft::{Content, Draft};
pub use render::{render_edition, render_edition_json};

use redress_domain::rulebook::Edition;
use serde_json::{Map, Value};

use crate::field::{Field, FieldError, FieldFault, Place};

/// The default edition as shipped.
pub const BUILT_IN: &str = include_str!("../../editions/2026-02-18.toml");

/// What is wrong with an edition, with the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditionError {
    /// The text is not TOML.
    #[error("not a TOML document: {0}")]
    Syntax(String),
    /// A value is missing, unknown or wrong.
    #[error("{path}: {message}")]
    Value {
        /// Where, as in `edition.clocks.first_reply`.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// The edition that this one extends is not known.
    #[error("edition.extends: there is no edition named `{0}`")]
    ExtendsUnknown(String),
}

impl From<FieldError> for EditionError {
    fn from(error: FieldError) -> Self {
        let message = match error.fault {
            FieldFault::Missing => "is missing".to_owned(),
            FieldFault::Unknown | FieldFault::Invalid | FieldFault::WithoutOffset => error.message,
        };
        Self::Value {
            path: error.path,
            message,
        }
    }
}

/// The default edition.
///
/// # Errors
/// None as shipped; a wrong value in the file that was built in is named like any other.
pub fn built_in() -> Result<Edition, EditionError> {
    parse_edition(BUILT_IN, &|_| None)
}

/// Reads an edition from a file's text. `known` answers with the edition of a name, for files that
/// extend another.
///
/// # Errors
/// What is wrong, and where.
pub fn parse_edition(
    text: &str,
    known: &dyn Fn(&str) -> Option<Edition>,
) -> Result<Edition, EditionError> {
    from_document(document(text)?, known)
}

/// TOML as a document of the same shape as JSON; dates and times become texts.
fn document(text: &str) -> Result<Value, EditionError> {
    let table: toml::Table =
        toml::from_str(text).map_err(|error| EditionError::Syntax(error.to_string()))?;
    Ok(json_of(&toml::Value::Table(table)))
}

fn json_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(flag) => Value::from(*flag),
        toml::Value::Datetime(datetime) => Value::from(datetime.to_string()),
        toml::Value::Array(items) => items.iter().map(json_of).collect(),
        toml::Value::Table(table) => table
            .iter()
            .map(|(key, value)| (key.clone(), json_of(value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// Makes a whole edition of a document that may extend another.
fn from_document(
    mut document: Value,
    known: &dyn Fn(&str) -> Option<Edition>,
) -> Result<Edition, EditionError> {
    let extends = document
        .as_object_mut()
        .and_then(|map| map.shift_remove("extends"));
    let whole = match extends {
        None => document,
        Some(Value::String(name)) => {
            let base = known(&name).ok_or(EditionError::ExtendsUnknown(name))?;
            let mut base = render_edition_json(&base);
            // An edition's name and dates are its own.
            if let Some(map) = base.as_object_mut() {
                for key in OWN_KEYS {
                    map.shift_remove(key);
                }
            }
            lay_over(&mut base, document);
            base
        }
        Some(_) => {
            return Err(EditionError::Value {
                path: "edition.extends".to_owned(),
                message: "must be the name of an edition".to_owned(),
            });
        }
    };
    let field = Field {
        value: &whole,
        place: Place::Document("edition"),
    };
    Ok(read::edition(&field)?)
}

/// What an edition never takes from the one that it extends.
const OWN_KEYS: [&str; 3] = ["edition", "announced_at", "effective_at"];

/// Lays changes over a document: objects merge by key, everything else replaces.
fn lay_over(base: &mut Value, changes: Value) {
    match (base, changes) {
        (Value::Object(base), Value::Object(changes)) => {
            for (key, change) in changes {
                match base.get_mut(&key) {
                    Some(known) => lay_over(known, change),
                    None => {
                        base.insert(key, change);
                    }
                }
            }
        }
        (base, change) => *base = change,
    }
}
