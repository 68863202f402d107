//! The promises of the project and the tests that hold them, as `tests/promises.toml` lists them.

use std::fs;

use toml::{Table, Value};

use crate::workspace;

/// What a promise is about; the document has a chapter for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chapter {
    /// What is said of a store in use.
    Promise,
    /// What happens to a store, and must do no harm.
    Fault,
}

impl Chapter {
    /// Both, in the order of the document.
    pub const ALL: [Self; 2] = [Self::Promise, Self::Fault];

    /// The key of its tables in the list.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Promise => "promise",
            Self::Fault => "fault",
        }
    }
}

/// Something that is promised.
#[derive(Clone, Debug)]
pub struct Promise {
    /// Where it belongs.
    pub chapter: Chapter,
    /// A few words for a heading.
    pub name: String,
    /// The promise, in sentences.
    pub sentence: String,
    /// What was tried to break it.
    pub tried: Vec<Trial>,
    /// What was taken away to see that the trials notice.
    pub controls: Vec<Trial>,
    /// Environment settings, `NAME=value`, with which more is tried than usual.
    pub longer: Vec<String>,
    /// What nobody has tried, in sentences.
    pub not_tested: Vec<String>,
}

impl Promise {
    /// What was tried, and then what was taken away.
    pub fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.tried.iter().chain(&self.controls)
    }
}

/// What one test tries.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What is done, in a sentence.
    pub what: String,
    /// The test: its binary or crate, its modules, its name, with `::` between them.
    pub test: String,
    /// The name of the record of what it counted, if it counts.
    pub recorded: Option<String>,
}

/// Everything that the list says.
#[derive(Clone, Debug)]
pub struct Promises {
    /// The promises, in the order of the list.
    pub all: Vec<Promise>,
    /// Runs that changed the code to see whether a test notices.
    pub changes: Vec<Changes>,
    /// What no test looks at, whatever the promise, in sentences.
    pub not_tested: Vec<String>,
}

/// A run that changed the code in one place after the other and looked whether a test fails.
#[derive(Clone, Debug)]
pub struct Changes {
    /// What was changed, in a few words.
    pub of: String,
    /// How it was run.
    pub command: String,
    /// Changes.
    pub tried: u64,
    /// Changes of them that the compiler did not take.
    pub refused: u64,
    /// Changes of them with which a test failed.
    pub failed: u64,
    /// Changes of them with which a test did not end.
    pub hung: u64,
    /// The others.
    pub unnoticed: Vec<Unnoticed>,
}

/// Changes that no test of a run noticed, for one reason.
#[derive(Clone, Debug)]
pub struct Unnoticed {
    /// How many.
    pub times: u64,
    /// What was changed, and why nothing fails, in sentences.
    pub why: String,
}

/// Reads the list of the project.
///
/// # Errors
/// When it cannot be read; the text says where.
pub fn read() -> Result<Promises, String> {
    let text = fs::read_to_string(workspace().join("tests/promises.toml"))
        .map_err(|error| error.to_string())?;
    of_text(&text)
}

/// Reads a list.
///
/// # Errors
/// When it is none; the text says where.
pub fn of_text(text: &str) -> Result<Promises, String> {
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.to_string())?;
    only(
        &table,
        "the list",
        &["promise", "fault", "changes", "not_tested"],
    )?;
    let mut all = Vec::new();
    for chapter in Chapter::ALL {
        for promise in tables(&table, chapter.key())? {
            all.push(promise_of(chapter, promise)?);
        }
    }
    let changes = tables(&table, "changes")?.into_iter().map(changes_of);
    Ok(Promises {
        all,
        changes: changes.collect::<Result<_, String>>()?,
        not_tested: words(&table, "the list", "not_tested")?,
    })
}

fn promise_of(chapter: Chapter, table: &Table) -> Result<Promise, String> {
    let name = word(table, chapter.key(), "name")?;
    let keys = [
        "name",
        "sentence",
        "tried",
        "control",
        "longer",
        "not_tested",
    ];
    only(table, &name, &keys)?;
    let trials = |key| -> Result<Vec<Trial>, String> {
        let found = tables(table, key)?;
        found.into_iter().map(|one| trial_of(&name, one)).collect()
    };
    let promise = Promise {
        chapter,
        sentence: word(table, &name, "sentence")?,
        tried: trials("tried")?,
        controls: trials("control")?,
        longer: words(table, &name, "longer")?,
        not_tested: words(table, &name, "not_tested")?,
        name,
    };
    Ok(promise)
}

fn trial_of(promise: &str, table: &Table) -> Result<Trial, String> {
    only(table, promise, &["what", "test", "recorded"])?;
    Ok(Trial {
        what: word(table, promise, "what")?,
        test: word(table, promise, "test")?,
        recorded: match table.contains_key("recorded") {
            true => Some(word(table, promise, "recorded")?),
            false => None,
        },
    })
}

fn changes_of(table: &Table) -> Result<Changes, String> {
    let of = word(table, "changes", "of")?;
    let keys = [
        "of",
        "command",
        "tried",
        "refused",
        "failed",
        "hung",
        "unnoticed",
    ];
    only(table, &of, &keys)?;
    let unnoticed = tables(table, "unnoticed")?.into_iter().map(|one| {
        only(one, &of, &["times", "why"])?;
        Ok(Unnoticed {
            times: number(one, &of, "times")?,
            why: word(one, &of, "why")?,
        })
    });
    let changes = Changes {
        command: word(table, &of, "command")?,
        tried: number(table, &of, "tried")?,
        refused: number(table, &of, "refused")?,
        failed: number(table, &of, "failed")?,
        hung: number(table, &of, "hung")?,
        unnoticed: unnoticed.collect::<Result<_, String>>()?,
        of,
    };
    let told = changes.refused + changes.failed + changes.hung + changes.unnoticed();
    match told == changes.tried {
        true => Ok(changes),
        false => Err(format!(
            "{}: {told} changes are told of, {} were tried",
            changes.of, changes.tried
        )),
    }
}

impl Changes {
    /// How many changes no test noticed.
    #[must_use]
    pub fn unnoticed(&self) -> u64 {
        self.unnoticed.iter().map(|one| one.times).sum()
    }
}

fn number(table: &Table, place: &str, key: &str) -> Result<u64, String> {
    let value = table.get(key).and_then(Value::as_integer);
    value
        .and_then(|value| u64::try_from(value).ok())
        .ok_or_else(|| format!("{place}: `{key}` must be a number"))
}

fn only(table: &Table, place: &str, keys: &[&str]) -> Result<(), String> {
    match table.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(format!("{place}: `{key}` is none of {keys:?}")),
        None => Ok(()),
    }
}

fn word(table: &Table, place: &str, key: &str) -> Result<String, String> {
    let value = table.get(key).and_then(Value::as_str);
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("{place}: `{key}` must be a text"))
}

fn words(table: &Table, place: &str, key: &str) -> Result<Vec<String>, String> {
    let Some(value) = table.get(key) else {
        return Ok(Vec::new());
    };
    let words = value.as_array().and_then(|some| {
        some.iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect()
    });
    words.ok_or_else(|| format!("{place}: `{key}` must be a list of texts"))
}

fn tables<'a>(table: &'a Table, key: &str) -> Result<Vec<&'a Table>, String> {
    let Some(value) = table.get(key) else {
        return Ok(Vec::new());
    };
    let tables = value
        .as_array()
        .and_then(|some| some.iter().map(Value::as_table).collect());
    tables.ok_or_else(|| format!("`{key}` must be a list of tables"))
}
