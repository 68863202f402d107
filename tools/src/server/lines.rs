//! An answer that comes line by line, while it is being made.

use reqwest::Response;

use super::Server;
use crate::failure::Failure;

/// The lines of an answer.
pub struct AnswerLines<'s> {
    server: &'s Server,
    response: Response,
    /// What came behind the last line end.
    rest: Vec<u8>,
    /// Where in it the next line begins.
    at: usize,
    has_ended: bool,
}

impl<'s> AnswerLines<'s> {
    pub(super) const fn new(server: &'s Server, response: Response) -> Self {
        Self {
            server,
            response,
            rest: Vec::new(),
            at: 0,
            has_ended: false,
        }
    }

    /// The next line without its end; `None` at the end of the answer.
    pub fn next(&mut self) -> Result<Option<String>, Failure> {
        loop {
            let waiting = self.rest.get(self.at..).unwrap_or_default();
            if let Some(length) = waiting.iter().position(|byte| *byte == b'\n') {
                let line = waiting.get(..length).unwrap_or_default();
                let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
                let line = line.into_owned();
                self.at += length + 1;
                return Ok(Some(line));
            }
            if self.has_ended {
                let line = String::from_utf8_lossy(waiting).into_owned();
                self.at = self.rest.len();
                return Ok((!line.is_empty()).then_some(line));
            }
            self.rest.drain(..self.at);
            self.at = 0;
            let chunk = self.server.runtime.block_on(self.response.chunk());
            match chunk.map_err(|error| self.server.lost(&error))? {
                Some(bytes) => self.rest.extend_from_slice(&bytes),
                None => self.has_ended = true,
            }
        }
    }
}
