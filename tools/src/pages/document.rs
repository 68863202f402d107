//! Reading a view: what is not there reads as nothing, because a page shows what there is.

use redress_domain::instant::Instant;
use serde_json::Value;

use crate::wording;

/// A text; empty when there is none.
pub fn text<'v>(document: &'v Value, key: &str) -> &'v str {
    document.get(key).and_then(Value::as_str).unwrap_or("")
}

/// A number; 0 when there is none.
pub fn number(document: &Value, key: &str) -> u64 {
    document.get(key).and_then(Value::as_u64).unwrap_or(0)
}

/// Whether a flag is set.
pub fn flag(document: &Value, key: &str) -> bool {
    document.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The members of a list.
pub fn list<'v>(document: &'v Value, key: &str) -> &'v [Value] {
    document
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Whether there is a value that is not null.
pub(super) fn is_there(document: &Value, key: &str) -> bool {
    document.get(key).is_some_and(|value| !value.is_null())
}

/// The keys of an object with their values, in order.
pub(super) fn entries<'v>(
    document: &'v Value,
    key: &str,
) -> impl Iterator<Item = (&'v str, &'v Value)> {
    document
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

/// An instant for people; empty when there is none.
pub(super) fn when(document: &Value, key: &str) -> String {
    wording::shown(text(document, key))
}

/// An instant; `None` when there is none.
pub(super) fn instant(document: &Value, key: &str) -> Option<Instant> {
    wording::read(text(document, key))
}

/// The texts of a list in one line.
pub(super) fn joined(document: &Value, key: &str) -> String {
    let texts: Vec<&str> = list(document, key)
        .iter()
        .filter_map(Value::as_str)
        .collect();
    texts.join(", ")
}

/// A scalar as a text.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// What there is of some texts, set apart by dots.
pub(super) fn dotted(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" · ")
}
