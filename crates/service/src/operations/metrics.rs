//! The figures of the service.

use redress_engine::Answer;

/// What is counted while requests are answered.
#[derive(Debug, Default)]
pub struct Metrics {}

impl Metrics {
    /// Counts an answer to a command.
    pub fn answered(&self, _answer: &Answer) {}
}
