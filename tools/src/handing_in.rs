//! From a command document to what the engine takes.

use redress_engine::Submission;
use redress_protocol::command::CommandDocument;
use uuid::Uuid;

/// A document as whoever runs the program hands it in, under an id.
pub fn submission(document: CommandDocument, id: Uuid) -> Submission {
    Submission {
        recorded_at: document.recorded_at,
        occurred_at: document.occurred_at,
        trust: document.trust,
        expected_version: document.expected_version,
        correlation_id: document.correlation_id,
        ..Submission::of_operator(id, document.request, document.by, document.body)
    }
}
