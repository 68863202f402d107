//! Comparing what a view shows with the part that a scenario expects.

use serde_json::{Number, Value};

use super::expectation::is_operation;
use crate::instant::parse_instant;

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Where, as in `clocks.resolution.status`; empty for the whole view.
    pub path: String,
    /// What was expected there, as written.
    pub expected: Value,
    /// What is there; `None` when nothing is.
    pub actual: Option<Value>,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = if self.path.is_empty() {
            "the view"
        } else {
            &self.path
        };
        write!(formatter, "{place}: expected {}, ", self.expected)?;
        match &self.actual {
            Some(actual) => write!(formatter, "actual {actual}"),
            None => formatter.write_str("actual nothing"),
        }
    }
}

/// Every difference between what is expected and what there is; empty when it holds.
///
/// Objects match by the keys given, lists element by element, instants by instant whatever the
/// offset, everything else by equality; null expects null or nothing. An object of operators asks
/// instead: `contains` (each of these matches some element), `length`, `empty`, `absent`.
#[must_use]
pub fn matches(expected: &Value, actual: &Value) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    compare(expected, Some(actual), &mut String::new(), &mut mismatches);
    mismatches
}

fn compare(
    expected: &Value,
    actual: Option<&Value>,
    path: &mut String,
    mismatches: &mut Vec<Mismatch>,
) {
    match (expected, actual) {
        (Value::Object(_), _) if is_operation(expected) => {
            operations(expected, actual, path, mismatches);
        }
        (Value::Object(keys), Some(Value::Object(map))) => {
            for (key, part) in keys {
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(key);
                compare(part, map.get(key), path, mismatches);
                path.truncate(length);
            }
        }
        (Value::Array(parts), Some(Value::Array(items))) if parts.len() == items.len() => {
            for (index, (part, item)) in parts.iter().zip(items).enumerate() {
                let length = path.len();
                path.push_str(&format!("[{index}]"));
                compare(part, Some(item), path, mismatches);
                path.truncate(length);
            }
        }
        (Value::Null, None) => {}
        (_, Some(value)) if same(expected, value) => {}
        _ => mismatches.push(mismatch(path, expected, actual)),
    }
}

fn mismatch(path: &str, expected: &Value, actual: Option<&Value>) -> Mismatch {
    Mismatch {
        path: path.to_owned(),
        expected: expected.clone(),
        actual: actual.cloned(),
    }
}

fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::String(one), Value::String(other)) => {
            one == other
                || matches!(
                    (parse_instant(one), parse_instant(other)),
                    (Ok(one), Ok(other)) if one == other
                )
        }
        (Value::Number(one), Value::Number(other)) => same_number(one, other),
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Null, Value::Null) => true,
        _ => false,
    }
}

/// Whole numbers are compared as such; 1 and 1.0 are one number.
fn same_number(one: &Number, other: &Number) -> bool {
    one == other || (one.is_f64() != other.is_f64() && one.as_f64() == other.as_f64())
}

fn operations(
    expected: &Value,
    actual: Option<&Value>,
    path: &mut String,
    mismatches: &mut Vec<Mismatch>,
) {
    let Some(asked) = expected.as_object() else {
        return;
    };
    let present = actual.filter(|value| !value.is_null());
    for (operator, operand) in asked {
        let holds = match operator.as_str() {
            "absent" => operand.as_bool() == Some(present.is_none()),
            "empty" => size(present).is_some_and(|size| operand.as_bool() == Some(size == 0)),
            "length" => {
                size(present).is_some_and(|size| operand.as_u64() == u64::try_from(size).ok())
            }
            _ => {
                contains(operand, present, path, mismatches);
                continue;
            }
        };
        if !holds {
            mismatches.push(mismatch(path, expected, actual));
        }
    }
}

fn size(value: Option<&Value>) -> Option<usize> {
    match value? {
        Value::Array(items) => Some(items.len()),
        Value::Object(map) => Some(map.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn contains(
    wanted: &Value,
    present: Option<&Value>,
    path: &mut String,
    mismatches: &mut Vec<Mismatch>,
) {
    let items = present.and_then(Value::as_array);
    for (index, part) in wanted.as_array().into_iter().flatten().enumerate() {
        let found = items
            .into_iter()
            .flatten()
            .any(|item| matches(part, item).is_empty());
        if !found {
            let place = format!("{path}.contains[{index}]");
            mismatches.push(mismatch(&place, part, present));
        }
    }
}
