//! An event for people: one line that says what happened and by whom, and under it its data.

use serde_json::Value;

use crate::pages::{number, text};
use crate::table::wrapped;
use crate::terminal::{self, Tone, toned};
use crate::wording::{read, shown};

/// Columns before the data.
const INDENT: usize = 9;
/// Lines of data at the most; an edition, say, has hundreds.
const LINES_MAX: usize = 6;

/// An event as the log has it, over a few lines.
pub fn for_people(event: &Value) -> String {
    let by = event.get("by").unwrap_or(&Value::Null);
    let mut lines = vec![format!(
        "{:>7}  {}  {} {}  {}  {} {}",
        number(event, "position"),
        toned(&shown(text(event, "recorded_at")), Tone::Quiet),
        text(event, "stream"),
        number(event, "version"),
        toned(text(event, "type"), Tone::Strong),
        text(by, "role"),
        text(by, "id"),
    )];
    let mut data = Vec::new();
    if text(event, "occurred_at") != text(event, "recorded_at") {
        data.push(format!("happened {}", shown(text(event, "occurred_at"))));
    }
    if let Some(Value::Object(map)) = event.get("data") {
        data.extend(map.iter().filter_map(|(key, value)| told(key, value)));
    }
    let room = usize::from(terminal::width()).saturating_sub(INDENT);
    let mut parts = wrapped(&data.join("; "), room);
    if parts.len() > LINES_MAX {
        parts.truncate(LINES_MAX);
        parts.push("…".to_owned());
    }
    for part in parts.iter().filter(|part| !part.is_empty()) {
        lines.push(format!("{:INDENT$}{part}", ""));
    }
    lines.join("\n")
}

/// A field and its value; nothing where there is no value.
fn told(key: &str, value: &Value) -> Option<String> {
    let told = value_in_words(value)?;
    Some(format!("{key} {told}"))
}

fn value_in_words(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if read(text).is_some() => Some(shown(text)),
        // A text of several lines stays in its line.
        Value::String(text) => Some(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(value_in_words).collect();
            (!items.is_empty()).then(|| format!("[{}]", items.join(", ")))
        }
        Value::Object(map) => {
            if map.get("sealed") == Some(&Value::Bool(true)) {
                let characters = map.get("characters").and_then(Value::as_u64).unwrap_or(0);
                return Some(format!("(sealed, {characters} characters)"));
            }
            if map.get("erased") == Some(&Value::Bool(true)) {
                return Some("(erased)".to_owned());
            }
            let fields: Vec<String> = map
                .iter()
                .filter_map(|(key, value)| told(key, value))
                .collect();
            (!fields.is_empty()).then(|| format!("({})", fields.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::for_people;

    #[test]
    fn an_event_tells_its_data_without_what_is_not_there() {
        let shown = for_people(&json!({
            "position": 17, "stream": "complaint-C1", "version": 3, "type": "RefundRejected",
            "occurred_at": "2026-03-20T14:00:00.000+08:00",
            "recorded_at": "2026-03-20T14:00:01.000+08:00",
            "by": { "role": "merchant", "id": "M1" },
            "data": {
                "reason": { "sealed": true, "characters": 20 }, "remark": null,
                "evidence": [{ "kind": "usage", "media_id": "m" }],
            },
        }));
        assert_eq!(
            shown,
            "     17  2026-03-20 14:00:01+08:00  complaint-C1 3  RefundRejected  merchant M1\n         \
             happened 2026-03-20 14:00:00+08:00; reason (sealed, 20 characters); evidence [(kind \
             usage,\n         media_id m)]"
        );
    }
}
