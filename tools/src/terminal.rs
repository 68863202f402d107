//! Standard output: how wide it is, whether it takes colour, and writing to it without ever
//! panicking when its reader has gone.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::Table;
use serde_json::Value;

use crate::failure::Failure;

/// Columns of the output where it is not a terminal.
const WIDTH_IN_PIPE: u16 = 100;
/// Columns below which nothing useful fits.
const WIDTH_LEAST: u16 = 60;

/// How a query shows its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// The view as the contract names it.
    Json,
}

/// What a piece of text says about itself, by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing.
    Plain,
    /// A heading or a name.
    Strong,
    /// Less important than what is around it.
    Quiet,
    /// As it should be.
    Good,
    /// Soon not as it should be.
    Warning,
    /// Not as it should be.
    Bad,
}

/// Columns of standard output.
pub fn width() -> u16 {
    Table::new()
        .width()
        .unwrap_or(WIDTH_IN_PIPE)
        .max(WIDTH_LEAST)
}

/// Whether standard output takes colour: a terminal does, unless `NO_COLOR` is set.
pub fn is_coloured() -> bool {
    std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether standard error takes colour.
pub fn errors_are_coloured() -> bool {
    std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A text in its colour, where there is colour.
pub fn toned(text: &str, tone: Tone) -> String {
    let code = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Strong => "1",
        Tone::Quiet => "2",
        Tone::Good => "32",
        Tone::Warning => "33",
        Tone::Bad => "31",
    };
    if is_coloured() {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// Writes a text and ends its last line.
pub fn write(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).map_err(Failure::output)?;
    if !text.ends_with('\n') {
        output.write_all(b"\n").map_err(Failure::output)?;
    }
    output.flush().map_err(Failure::output)
}

/// Writes a document over several lines.
pub fn write_json(document: &Value) -> Result<(), Failure> {
    write(&format!("{document:#}"))
}

/// Writes many lines through one buffer.
pub struct Lines {
    output: std::io::BufWriter<std::io::StdoutLock<'static>>,
}

impl Lines {
    /// Takes standard output until it is dropped.
    pub fn begin() -> Self {
        Self {
            output: std::io::BufWriter::new(std::io::stdout().lock()),
        }
    }

    /// Writes one line.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.output, "{text}").map_err(Failure::output)
    }

    /// Hands over what is in the buffer.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.output.flush().map_err(Failure::output)
    }
}
