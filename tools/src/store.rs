//! Opening the store of a data directory: which edition it begins with, and the key that wraps the
//! keys of personal texts.

use std::fs;
use std::io::{ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use redress_domain::rulebook::Edition;
use redress_engine::{Engine, StoreConfiguration};
use redress_protocol::edition;
use redress_store::vault::KeyEncryptionKey;

use crate::failure::Failure;

/// The document of the edition that a store begins with. The journal is bound to its bytes.
const FIRST_EDITION_FILE: &str = "first-edition.toml";
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
        fs::create_dir_all(&self.data).map_err(Failure::file(self.data.display().to_string()))?;
        let (genesis, first_edition) = self.first_edition(document)?;
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
        if let Some(because) = report.rebuilt_because {
            eprintln!("redress: the read store was built anew from the journal: {because}");
        }
        Ok(engine)
    }

    /// The document that the journal is bound to, and the edition that it says.
    pub fn first_edition(&self, document: Option<&str>) -> Result<(Vec<u8>, Edition), Failure> {
        let path = self.data.join(FIRST_EDITION_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let text = document.unwrap_or(edition::BUILT_IN);
                write_whole(&path, text.as_bytes())?;
                text.to_owned()
            }
            Err(error) => return Err(Failure::file(path.display().to_string())(error)),
        };
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
        let engine_error = |error| Failure::Engine(redress_engine::EngineError::Vault(error));
        if let Some(path) = &self.vault_key {
            return KeyEncryptionKey::from_file(path).map_err(engine_error);
        }
        let path = self.data.join(GENERATED_KEY_FILE);
        if path.exists() {
            return KeyEncryptionKey::from_file(&path).map_err(engine_error);
        }
        eprintln!(
            "redress: generated {}; for real use keep the key elsewhere and name it with \
             --vault-key",
            path.display()
        );
        KeyEncryptionKey::generate_file(&path).map_err(engine_error)
    }
}

/// Writes a file under another name first, so that it is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let unfinished = path.with_extension("unfinished");
    let place = || path.display().to_string();
    fs::write(&unfinished, bytes).map_err(Failure::file(place()))?;
    fs::File::open(&unfinished)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&unfinished, path))
        .map_err(Failure::file(place()))
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
