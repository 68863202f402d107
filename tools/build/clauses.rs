//! Reads the list of clauses, guides and policies (`tools/clauses.toml`). This file is used by the
//! build of the binary and by the house's tests.

use toml::{Table, Value};

/// One clause, guide or policy.
#[derive(Clone, Debug)]
pub struct Clause {
    /// How it is cited, as in `rulebook 4.1(3)`.
    pub citation: String,
    /// `rule`, `guide` or `policy`.
    pub kind: &'static str,
    /// Its name alone.
    pub name: String,
    /// What it asks, in one line.
    pub asks: String,
    /// Why it asks for no behaviour of its own, where it does not.
    pub without_behaviour: Option<String>,
}

/// Reads the list, in its order.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str) -> Result<Vec<Clause>, String> {
    let table: Table = text.parse().map_err(|error| format!("{error}"))?;
    let mut clauses = Vec::new();
    for (kind, word) in [
        ("rule", "rulebook"),
        ("guide", "guide"),
        ("policy", "policy"),
    ] {
        let items = table.get(kind).and_then(Value::as_array);
        for item in items.ok_or_else(|| format!("there is no [[{kind}]]"))? {
            let text = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
            let (Some(name), Some(asks)) = (text("name"), text("asks")) else {
                return Err(format!("a [[{kind}]] without `name` or `asks`: {item}"));
            };
            clauses.push(Clause {
                citation: format!("{word} {name}"),
                kind,
                name,
                asks,
                without_behaviour: text("without_behaviour"),
            });
        }
    }
    Ok(clauses)
}

/// The names of the rules, in the order of the rulebook.
pub fn rules(clauses: &[Clause]) -> Vec<String> {
    clauses
        .iter()
        .filter(|clause| clause.kind == "rule")
        .map(|clause| clause.name.clone())
        .collect()
}
