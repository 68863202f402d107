//! `redress list`

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use redress_protocol::instant::parse_instant;
use redress_protocol::query::ListKind;
use serde_json::Value;

use super::look::LookArguments;
use crate::failure::Failure;
use crate::pages::{agreements_table, complaints_table, intermediaries_table, merchants_table};
use crate::place::Place;
use crate::source::Source;
use crate::table::Page;
use crate::terminal::{self, Lines};
use crate::wording::counted;

/// Of what, and which of them.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Of what.
    #[arg(value_enum)]
    kind: Kind,
    /// Only those whose view has this value: state=pending, standing.tier=t1,
    /// findings.ground=4.1(1). In a list, one member with the value is enough; instants are
    /// compared as instants; `null` is nothing. May be given several times: all must hold.
    #[arg(long = "where", value_name = "KEY=VALUE", value_parser = condition)]
    conditions: Vec<Condition>,
    #[command(flatten)]
    look: LookArguments,
    /// How to show them.
    #[arg(long, value_enum, default_value_t)]
    format: ListFormat,
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Complaints, by id.
    Complaints,
    /// Merchants, by id.
    Merchants,
    /// Agreements, by id.
    Agreements,
    /// Institutions and service providers, by id.
    Intermediaries,
}

/// How a list is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For people.
    #[default]
    Table,
    /// One view a line, as the contract names it.
    #[value(alias = "json")]
    Ndjson,
}

/// A value that a view must have.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    keys: Vec<String>,
    value: String,
}

fn condition(text: &str) -> Result<Condition, String> {
    let (path, value) = text
        .split_once('=')
        .ok_or_else(|| "must be written KEY=VALUE".to_owned())?;
    if path.is_empty() || path.split('.').any(str::is_empty) {
        return Err("the key is empty".to_owned());
    }
    Ok(Condition {
        keys: path.split('.').map(str::to_owned).collect(),
        value: value.to_owned(),
    })
}

impl Kind {
    const fn view(self) -> &'static str {
        match self {
            Self::Complaints => "complaint",
            Self::Merchants => "merchant",
            Self::Agreements => "agreement",
            Self::Intermediaries => "intermediary",
        }
    }

    const fn listed(self) -> ListKind {
        match self {
            Self::Complaints => ListKind::Complaints,
            Self::Merchants => ListKind::Merchants,
            Self::Agreements => ListKind::Agreements,
            Self::Intermediaries => ListKind::Intermediaries,
        }
    }
}

/// Shows every view of a kind.
pub fn run(arguments: &Arguments, place: &Place) -> Result<ExitCode, Failure> {
    let source = Source::open(place, &arguments.look)?;
    let mut known = vec![false; arguments.conditions.len()];
    let mut is_empty = true;
    let mut documents = Vec::new();
    let mut lines = Lines::begin();
    let moment = source.each(arguments.kind.listed(), |document| {
        is_empty = false;
        let mut holds = true;
        for (condition, known) in arguments.conditions.iter().zip(&mut known) {
            let found = look_up(&document, &condition.keys);
            *known |= found.is_some();
            holds &= found
                .unwrap_or_default()
                .into_iter()
                .any(|value| equals(value, &condition.value));
        }
        match arguments.format {
            _ if !holds => {}
            ListFormat::Ndjson => lines.line(&document.to_string())?,
            ListFormat::Table => documents.push(document),
        }
        Ok(())
    })?;
    lines.flush()?;
    drop(lines);
    if !is_empty
        && let Some((condition, _)) = arguments
            .conditions
            .iter()
            .zip(&known)
            .find(|(_, known)| !**known)
    {
        return Err(Failure::Usage(format!(
            "no {} has a key `{}`",
            arguments.kind.view(),
            condition.keys.join(".")
        )));
    }
    if arguments.format == ListFormat::Table {
        let table = match arguments.kind {
            Kind::Complaints => complaints_table(&documents, &moment),
            Kind::Merchants => merchants_table(&documents),
            Kind::Agreements => agreements_table(&documents),
            Kind::Intermediaries => intermediaries_table(&documents),
        };
        let shown = u64::try_from(documents.len()).unwrap_or(u64::MAX);
        let mut page = Page::default();
        page.table(&table);
        page.line(match arguments.kind {
            Kind::Intermediaries if shown != 1 => format!("{shown} intermediaries"),
            kind => counted(shown, kind.view()),
        });
        terminal::write(page.finish())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The values at a path, through every member of a list; `None` when no object has the key.
fn look_up<'v>(value: &'v Value, keys: &[String]) -> Option<Vec<&'v Value>> {
    if let Value::Array(members) = value {
        // A number picks one member, anything else is looked for in all of them.
        if let Some((key, rest)) = keys.split_first()
            && let Ok(index) = key.parse::<usize>()
        {
            return look_up(members.get(index)?, rest);
        }
        if members.is_empty() {
            return Some(Vec::new());
        }
        let found: Vec<Vec<&Value>> = members
            .iter()
            .filter_map(|member| look_up(member, keys))
            .collect();
        return (!found.is_empty()).then(|| found.concat());
    }
    let Some((key, rest)) = keys.split_first() else {
        return Some(vec![value]);
    };
    match value {
        // Nothing has no keys, but in another document there may be something.
        Value::Null => Some(Vec::new()),
        Value::Object(map) => look_up(map.get(key)?, rest),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}

fn equals(value: &Value, asked: &str) -> bool {
    match value {
        Value::Null => asked == "null",
        Value::Bool(flag) => asked == flag.to_string(),
        Value::Number(number) => asked == number.to_string(),
        Value::String(text) => {
            text == asked
                || parse_instant(asked)
                    .is_ok_and(|asked| parse_instant(text).is_ok_and(|held| held == asked))
        }
        Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{condition, equals, look_up};

    fn holds(document: &Value, text: &str) -> Option<bool> {
        let condition = condition(text).unwrap();
        let found = look_up(document, &condition.keys)?;
        Some(found.iter().any(|value| equals(value, &condition.value)))
    }

    #[test]
    fn a_path_goes_through_objects_and_every_member_of_a_list() {
        let document = json!({
            "state": "pending", "round": 2, "agreement_id": null,
            "standing": { "tier": "t1" },
            "findings": [{ "ground": "4.1(1)" }, { "ground": "4.1(5)" }],
            "determinations": [],
            "filed_at": "2026-03-20T14:00:00.000+08:00",
        });
        for (text, expected) in [
            ("state=pending", Some(true)),
            ("state=processed", Some(false)),
            ("round=2", Some(true)),
            ("agreement_id=null", Some(true)),
            ("standing.tier=t1", Some(true)),
            ("findings.ground=4.1(5)", Some(true)),
            ("findings.0.ground=4.1(5)", Some(false)),
            ("filed_at=2026-03-20T06:00:00Z", Some(true)),
            ("determinations.status=standing", Some(false)),
            ("agreement_id.x=1", Some(false)),
            ("stat=pending", None),
            ("standing.level=t1", None),
            ("findings.clause=4.1(1)", None),
            ("state.x=1", None),
        ] {
            assert_eq!(holds(&document, text), expected, "{text}");
        }
    }

    #[test]
    fn a_condition_needs_a_key_and_a_value() {
        assert!(condition("state").is_err());
        assert!(condition("=x").is_err());
        assert!(condition("a..b=x").is_err());
        assert!(condition("a=").is_ok());
        assert!(condition("a=b=c").unwrap().value == "b=c");
    }
}
