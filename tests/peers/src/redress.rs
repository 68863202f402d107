//! Commands of the domain through the engine.

use std::fs;
use std::path::Path;

use redress_engine::{Answer, Engine, StoreConfiguration, Submission};
use redress_protocol::{command, edition};
use redress_store::journal::JournalReader;
use redress_store::vault::KeyEncryptionKey;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Result;
use crate::clients::{Rate, drive};

/// Merchants that complaints are against.
pub const MERCHANTS: usize = 50;

/// Drives a new store; returns the bytes of every command's events besides.
pub fn measure(folder: &Path, clients: usize, commands: usize) -> Result<(Rate, Vec<Vec<u8>>)> {
    fs::create_dir_all(folder)?;
    let (engine, _) = Engine::open(StoreConfiguration {
        directory: folder.to_path_buf(),
        first_edition: edition::built_in()?,
        genesis: edition::BUILT_IN.as_bytes().to_vec(),
        key_encryption_key: KeyEncryptionKey::from_bytes([7; 32]),
        progress: None,
    })?;
    for number in 0..MERCHANTS {
        accept(&engine, submission(&registration(number), number)?)?;
    }
    let begins_at = engine.last_position() + 1;
    let cases = (commands / 4 / clients).max(1);
    let work = (0..clients)
        .map(|client| {
            let mut own = Vec::with_capacity(cases * 4);
            for number in client * cases..(client + 1) * cases {
                for (step, document) in case(number).iter().enumerate() {
                    own.push(submission(document, MERCHANTS + number * 4 + step)?);
                }
            }
            Ok(((), own))
        })
        .collect::<Result<Vec<_>>>()?;
    let rate = drive(work, |(), submission| accept(&engine, submission))?;
    drop(engine);
    let mut reader = JournalReader::open(folder, edition::BUILT_IN.as_bytes(), begins_at)?;
    let mut commits = Vec::new();
    while let Some(commit) = reader.next_commit()? {
        commits.push(commit.entries().flatten().copied().collect());
    }
    Ok((rate, commits))
}

fn accept(engine: &Engine, submission: Submission) -> Result<()> {
    match engine.submit(submission).wait()? {
        Answer::Accepted(_) => Ok(()),
        Answer::Refused(refused) => Err(refused.refusal.message.into()),
    }
}

fn submission(document: &Value, number: usize) -> Result<Submission> {
    let parsed = command::parse(document).map_err(|error| error.sentence())?;
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, number.to_string().as_bytes());
    Ok(Submission::of_operator(
        id,
        parsed.request,
        parsed.by,
        parsed.body,
    ))
}

fn document(kind: &str, role: &str, actor: &str, data: &Value) -> Value {
    json!({ "type": kind, "by": { "role": role, "id": actor }, "data": data })
}

/// The registration of a merchant.
pub fn registration(number: usize) -> Value {
    let id = format!("M{number}");
    let data = json!({ "merchant_id": id, "kind": "direct", "industry": "general", "name": id });
    document("merchant.register", "service", "onboarding", &data)
}

/// Filed, answered, a message, closed.
pub fn case(number: usize) -> [Value; 4] {
    let complaint = format!("C{number}");
    let user = format!("U{number}");
    let merchant = format!("M{}", number % MERCHANTS);
    let filing = json!({
        "complaint_id": complaint, "merchant_id": merchant, "user_ref": user,
        "problem": "other", "channel": "self_service",
        "orders": [{ "order_id": format!("O{number}"), "amount_fen": 1500 }],
        "description": "charged twice for one ride",
    });
    let reply = json!({ "complaint_id": complaint, "text": "We look at the record of the ride." });
    let message = json!({ "complaint_id": complaint, "text": "Thank you, please hurry." });
    let closing = json!({ "complaint_id": complaint, "resolution": "Refunded by phone." });
    [
        document("complaint.file", "user", &user, &filing),
        document("complaint.respond", "merchant", &merchant, &reply),
        document("complaint.message", "user", &user, &message),
        document("complaint.complete", "merchant", &merchant, &closing),
    ]
}
