//! What an address may say where people read it: credentials in it are left out.

use toml::Value;

/// What stands in the place of a credential.
const LEFT_OUT: &str = "secret";

/// An address without the credentials that it may carry: a user, a password, a query.
#[must_use]
pub fn without_credentials(address: &str) -> String {
    let Ok(mut url) = reqwest::Url::parse(address) else {
        return address.to_owned();
    };
    let has_user = !url.username().is_empty() || url.password().is_some();
    if !has_user && url.query().is_none() {
        return address.to_owned();
    }
    // Both fail only for addresses that can hold neither.
    if has_user {
        let _ = url.set_password(None);
        let _ = url.set_username(LEFT_OUT);
    }
    if url.query().is_some() {
        url.set_query(Some(LEFT_OUT));
    }
    url.to_string()
}

/// The same for every address among settings.
pub fn redact(settings: &mut Value) {
    match settings {
        Value::String(text) if text.contains("://") => *text = without_credentials(text),
        Value::Array(values) => values.iter_mut().for_each(redact),
        Value::Table(table) => table.iter_mut().for_each(|(_, value)| redact(value)),
        Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn credentials_are_left_out_and_nothing_else() {
        for (address, shown) in [
            (
                "https://keys.example/set.json",
                "https://keys.example/set.json",
            ),
            (
                "https://me:word@keys.example/set",
                "https://secret@keys.example/set",
            ),
            (
                "https://keys.example/set?token=abc",
                "https://keys.example/set?secret",
            ),
            ("not an address", "not an address"),
        ] {
            assert_eq!(without_credentials(address), shown);
        }
    }
}
