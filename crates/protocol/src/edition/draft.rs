//! An edition as announced, before it is laid over what has been announced so far.

use redress_domain::identity::EditionName;
use redress_domain::instant::Instant;
use redress_domain::rulebook::{Edition, EditionDraft, Rulebook};
use serde_json::{Map, Value};

use super::{EditionError, OWN_KEYS, document, from_document, lay_over, render_edition_json};
use crate::instant::{format_instant, parse_instant};

/// `rulebook.announce` as given (rulebook 5).
#[derive(Clone, Debug)]
pub struct Draft {
    /// The new edition's name.
    pub name: EditionName,
    /// When it is announced; a file may say it instead.
    pub announced_at: Option<Instant>,
    /// From when it is in force; a file may say it instead.
    pub effective_at: Option<Instant>,
    /// What it says.
    pub content: Content,
}

/// What an announced edition says.
#[derive(Clone, Debug)]
pub enum Content {
    /// An edition file's text.
    FileText(String),
    /// An edition file as a document.
    File(Value),
    /// What differs from the edition in force when the new one begins.
    Changes(Value),
}

impl EditionDraft for Draft {
    fn laid_over(&self, rulebook: &Rulebook) -> Result<Edition, String> {
        self.whole(rulebook).map_err(|error| error.to_string())
    }
}

impl Draft {
    fn whole(&self, rulebook: &Rulebook) -> Result<Edition, EditionError> {
        let document = match &self.content {
            Content::FileText(text) => self.with_own_keys(document(text)?)?,
            Content::File(file) => self.with_own_keys(file.clone())?,
            Content::Changes(changes) => return self.changed(changes, rulebook),
        };
        from_document(document, &|name| rulebook.edition(name).cloned())
    }

    fn changed(&self, changes: &Value, rulebook: &Rulebook) -> Result<Edition, EditionError> {
        for key in OWN_KEYS.into_iter().chain(["extends"]) {
            if changes.get(key).is_some() {
                return Err(EditionError::Value {
                    path: format!("edition.{key}"),
                    message: "is not a change: it stands beside the changes".to_owned(),
                });
            }
        }
        let begins = self.effective_at.unwrap_or(Instant::from_unix_ms(i64::MAX));
        let mut whole = render_edition_json(rulebook.in_force(begins));
        lay_over(&mut whole, changes.clone());
        if let Some(map) = whole.as_object_mut() {
            for key in OWN_KEYS {
                map.shift_remove(key);
            }
        }
        from_document(self.with_own_keys(whole)?, &|_| None)
    }

    /// The document with the announcement's name and dates; where it has its own, they must say
    /// the same.
    fn with_own_keys(&self, mut document: Value) -> Result<Value, EditionError> {
        let Some(map) = document.as_object_mut() else {
            return Ok(document);
        };
        own_text(map, self.name.as_str())?;
        own_instant(map, "announced_at", self.announced_at)?;
        own_instant(map, "effective_at", self.effective_at)?;
        Ok(document)
    }
}

fn differs(key: &str) -> EditionError {
    EditionError::Value {
        path: format!("edition.{key}"),
        message: "differs from what the announcement says".to_owned(),
    }
}

fn own_text(map: &mut Map<String, Value>, name: &str) -> Result<(), EditionError> {
    match map.get("edition") {
        Some(value) if value.as_str() != Some(name) => Err(differs("edition")),
        _ => {
            map.insert("edition".to_owned(), name.into());
            Ok(())
        }
    }
}

fn own_instant(
    map: &mut Map<String, Value>,
    key: &str,
    announced: Option<Instant>,
) -> Result<(), EditionError> {
    let Some(announced) = announced else {
        return Ok(());
    };
    let own = map.get(key).and_then(Value::as_str).map(parse_instant);
    match own {
        Some(Ok(own)) if own != announced => Err(differs(key)),
        // A wrong text is named with its place when the whole edition is read.
        Some(Err(_)) => Ok(()),
        _ => {
            let utc = redress_domain::instant::CivilOffset::from_seconds(0);
            map.insert(key.to_owned(), format_instant(announced, utc).into());
            Ok(())
        }
    }
}
