//! What a scenario expects of a view, checked for sense before anything runs.

use serde_json::Value;

use crate::field::{Field, FieldError};
use crate::query::{Query, ViewReference};

/// A view and the part of it that must be as written.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The view's name as written, for messages.
    pub view: String,
    /// What is asked.
    pub query: Query,
    /// What must be there: see `matches`.
    pub expected: Value,
}

/// The keys that ask something of a value instead of naming a part of it.
pub(super) const OPERATORS: [&str; 4] = ["contains", "length", "empty", "absent"];

/// Reads `expect`.
pub(super) fn expectations(field: &Field<'_, '_>) -> Result<Vec<Expectation>, FieldError> {
    let fields = field.open_object()?;
    let mut expectations = Vec::new();
    for (name, part) in fields.entries() {
        let query = ViewReference::parse(name)
            .and_then(|reference| Query::new(&reference))
            .map_err(|error| part.invalid(error.to_string()))?;
        check(&part)?;
        expectations.push(Expectation {
            view: name.to_owned(),
            query,
            expected: part.value.clone(),
        });
    }
    if expectations.is_empty() {
        return Err(field.invalid("expects nothing"));
    }
    Ok(expectations)
}

/// Whether an object asks something of a value: all its keys are operators.
pub(super) fn is_operation(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        !map.is_empty() && map.keys().all(|key| OPERATORS.contains(&key.as_str()))
    })
}

/// Refuses what could never mean anything, like a length that is no number.
fn check(field: &Field<'_, '_>) -> Result<(), FieldError> {
    match field.value {
        Value::Array(_) => {
            for item in list_with_nulls(field)? {
                check(&item)?;
            }
            Ok(())
        }
        Value::Object(_) => {
            let fields = field.open_object()?;
            let operation = is_operation(field.value);
            for (key, part) in fields.entries() {
                match key {
                    "length" if operation => {
                        part.number(0, u64::from(u32::MAX))?;
                    }
                    "empty" | "absent" if operation => {
                        part.boolean()?;
                    }
                    "contains" if operation => {
                        part.list()?;
                        check(&part)?;
                    }
                    _ if OPERATORS.contains(&key) => {
                        return Err(part.invalid(
                            "stands beside keys of the view; nothing of the view has this name",
                        ));
                    }
                    _ => check(&part)?,
                }
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// The items of a list that are there; a null is an expectation that needs no check.
fn list_with_nulls<'v, 'q>(field: &'q Field<'v, '_>) -> Result<Vec<Field<'v, 'q>>, FieldError> {
    let Value::Array(values) = field.value else {
        return Err(field.invalid("must be a list"));
    };
    Ok(values
        .iter()
        .enumerate()
        .filter(|(_, value)| !value.is_null())
        .map(|(index, value)| Field {
            value,
            place: crate::field::Place::Item(&field.place, index),
        })
        .collect())
}
