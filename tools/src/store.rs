//! Opening the store of a data directory: which edition it begins with, and the key that wraps the
//! keys of personal texts.

use std::fs;
use std::io::{ErrorKind, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use redress_domain::rulebook::Edition;
use redress_engine::{Engine, EngineError, OpenReport, StoreConfiguration};
use redress_protocol::edition;
use redress_store::backup::FIRST_EDITION_FILE;
use redress_store::file;
use redress_store::lock::StoreLock;
use redress_store::vault::{self, KeyEncryptionKey};

use crate::failure::Failure;

/// The key-encryption key of a store whose operator provided none.
const GENERATED_KEY_FILE: &str = "key-encryption-key";

/// Where the store is.
#[derive(Args, Clone, Debug)]
pub struct StoreArguments {
    /// The data directory.
    #[arg(
        long,
        global = true,
        env = "REDRESS_DATA",
        default_value = "./redress-data",
        value_name = "DIR"
    )]
    pub data: PathBuf,
    /// File with the key that wraps the keys of personal texts: 32 bytes, or 64 hexadecimal
    /// characters. Without it one is generated inside the data directory, which protects nothing
    /// from whoever can read that directory.
    #[arg(long, global = true, env = "REDRESS_VAULT_KEY", value_name = "FILE")]
    pub vault_key: Option<PathBuf>,
}

impl StoreArguments {
    /// Whether there is a store.
    pub fn exists(&self) -> bool {
        self.data.join(FIRST_EDITION_FILE).exists()
    }

    /// Fails where there is no store: what looks at one must not create it.
    pub fn expect_store(&self) -> Result<(), Failure> {
        if self.exists() {
            return Ok(());
        }
        Err(Failure::Failed(format!(
            "there is no store in {}",
            self.data.display()
        )))
    }

    /// Opens the store, or creates it with the built-in edition.
    pub fn open(&self) -> Result<Engine, Failure> {
        self.open_beginning_with(None)
    }

    /// Opens the store; one that is created begins with the edition given, else the built-in one.
    pub fn open_beginning_with(&self, document: Option<&str>) -> Result<Engine, Failure> {
        self.make_what_is_missing(document)?;
        Ok(self.open_reporting()?.0)
    }

    /// Opens the store, which must be there, and says what opening found.
    pub fn open_reporting(&self) -> Result<(Engine, OpenReport), Failure> {
        let (genesis, first_edition) = self.first_edition()?;
        let configuration = StoreConfiguration {
            directory: self.data.clone(),
            first_edition,
            genesis,
            key_encryption_key: self.key_encryption_key()?,
            progress: progress_of_catching_up(),
        };
        let (engine, report) = Engine::open(configuration)?;
        if report.torn_bytes > 0 {
            eprintln!(
                "redress: dropped {} bytes at the end of the log that had never been acknowledged",
                report.torn_bytes
            );
        }
        if let Some(because) = &report.rebuilt_because {
            eprintln!("redress: the read store was built anew from the journal: {because}");
        }
        if !report.rebuilding.is_empty() {
            eprintln!(
                "redress: rebuilding {}, whose rows are not of this release",
                report.rebuilding.join(", ")
            );
            engine.wait_rebuilt();
        }
        Ok((engine, report))
    }

    /// Makes the document and the key that a new store begins with, as the only process that does:
    /// of two that start at once, one would wrap its keys with a key that the other writes over.
    fn make_what_is_missing(&self, document: Option<&str>) -> Result<(), Failure> {
        let edition = self.data.join(FIRST_EDITION_FILE);
        let key = self.data.join(GENERATED_KEY_FILE);
        let needs_key = || self.vault_key.is_none() && !key.exists();
        if edition.exists() && !needs_key() {
            return Ok(());
        }
        let _lock = StoreLock::acquire(&self.data).map_err(EngineError::from)?;
        if needs_key() {
            if vault::has_keys(&self.data) {
                return Err(Failure::Usage(format!(
                    "the keys in {} are wrapped by a key that is not there: name it with \
                     --vault-key",
                    self.data.join(vault::FOLDER).display()
                )));
            }
            KeyEncryptionKey::generate_file(&key).map_err(EngineError::from)?;
            eprintln!(
                "redress: generated {}; for real use keep the key elsewhere and name it with \
                 --vault-key",
                key.display()
            );
        }
        if !edition.exists() {
            let text = document.unwrap_or(edition::BUILT_IN);
            file::replace(&edition, text.as_bytes(), false)
                .map_err(|error| Failure::Failed(error.to_string()))?;
        }
        Ok(())
    }

    /// The document that the journal is bound to, and the edition that it says.
    pub fn first_edition(&self) -> Result<(Vec<u8>, Edition), Failure> {
        let path = self.data.join(FIRST_EDITION_FILE);
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => Failure::Integrity(format!("{}: {error}", path.display())),
            _ => Failure::file(path.display().to_string())(error),
        })?;
        let built_in = edition::built_in().ok();
        let known = |name: &str| {
            built_in
                .clone()
                .filter(|edition| edition.name.as_str() == name)
        };
        let first = edition::parse_edition(&text, &known)
            .map_err(|error| Failure::Integrity(format!("{}: {error}", path.display())))?;
        Ok((text.into_bytes(), first))
    }

    fn key_encryption_key(&self) -> Result<KeyEncryptionKey, Failure> {
        let generated = self.data.join(GENERATED_KEY_FILE);
        let path = self.vault_key.as_ref().unwrap_or(&generated);
        Ok(KeyEncryptionKey::from_file(path).map_err(EngineError::from)?)
    }
}

/// A progress bar on a terminal, none in a pipe.
pub fn progress_bar(length: u64, doing: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.set_message(doing.to_owned());
    bar
}

fn progress_of_catching_up() -> Option<Box<dyn FnMut(u64, u64) + Send>> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = progress_bar(0, "reading the log");
    Some(Box::new(move |reached, last| {
        bar.set_length(last);
        bar.set_position(reached);
        if reached >= last {
            bar.finish_and_clear();
        }
    }))
}
