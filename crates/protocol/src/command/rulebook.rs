//! `rulebook.announce`

use std::sync::Arc;

use redress_domain::command::Request;
use redress_domain::identity::EditionName;
use redress_domain::rulebook::Announce;

use crate::edition::{Content, Draft};
use crate::field::{Field, FieldError};

/// Reads an announcement: a whole edition as `file`, or `changes` laid over the edition that is in
/// force when the new one begins. What the edition itself says is checked against the rulebook
/// later, and a wrong value there is `edition_invalid`.
pub(super) fn announce(data: &Field<'_, '_>) -> Result<Request, FieldError> {
    let fields = data.object(&["edition", "announced_at", "effective_at", "file", "changes"])?;
    let name = fields.required("edition")?.identifier(EditionName::new)?;
    let announced_at = super::instant(&fields, "announced_at")?;
    let effective_at = super::instant(&fields, "effective_at")?;
    let content = match (fields.optional("file"), fields.optional("changes")) {
        (Some(_), Some(changes)) => {
            return Err(changes.invalid("an edition comes as a file or as changes, not as both"));
        }
        (None, None) => return Err(fields.missing("file")),
        (Some(file), None) => match file.value.as_str() {
            Some(text) => Content::FileText(text.to_owned()),
            None => {
                file.open_object()?;
                Content::File(file.value.clone())
            }
        },
        (None, Some(changes)) => {
            changes.open_object()?;
            Content::Changes(changes.value.clone())
        }
    };
    if matches!(content, Content::Changes(_)) {
        fields.required("announced_at")?;
        fields.required("effective_at")?;
    }
    Ok(Request::Rulebook(Announce {
        name: name.clone(),
        draft: Arc::new(Draft {
            name,
            announced_at,
            effective_at,
            content,
        }),
    }))
}
