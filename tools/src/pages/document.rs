//! Reading a view: what is not there reads as nothing, because a page shows what there is.

use redress_domain::instant::Instant;
use redress_protocol::instant::format_offset;
use redress_protocol::view::Moment;
use serde_json::Value;

use crate::table::Page;
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
pub fn is_there(document: &Value, key: &str) -> bool {
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

/// An instant for people, in the offset that the page names; empty when there is none.
pub fn when(document: &Value, key: &str) -> String {
    wording::shown_without_offset(text(document, key))
}

/// From where a page is seen: that says the offset of every instant on it.
pub fn seen_from(page: &mut Page, moment: &Moment) {
    page.fact("seen", seen_from_in_words(moment));
}

/// The same in a line: `at 2026-03-23 15:00:00 (all times +08:00), up to position 14`.
pub(super) fn seen_from_in_words(moment: &Moment) -> String {
    format!(
        "at {} (all times {}), up to position {}",
        wording::instant_without_offset(moment.at, moment.offset),
        format_offset(moment.offset),
        moment.as_of_position
    )
}

/// An instant; `None` when there is none.
pub(super) fn instant(document: &Value, key: &str) -> Option<Instant> {
    wording::read(text(document, key))
}

/// The texts of a list in one line.
pub fn joined(document: &Value, key: &str) -> String {
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
