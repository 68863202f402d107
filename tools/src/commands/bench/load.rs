//! What is measured on: stores in a folder of their own, and commands as services send them.

use std::fs;
use std::path::{Path, PathBuf};

use redress_engine::{Answer, Engine, Submission};
use redress_protocol::command::parse;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::failure::Failure;
use crate::handing_in;
use crate::store::StoreArguments;

/// A folder that is removed when the measuring ends.
pub struct Folder(PathBuf);

impl Folder {
    /// A new folder below another one.
    pub fn create(below: Option<&Path>) -> Result<Self, Failure> {
        let below = below.map_or_else(std::env::temp_dir, Path::to_path_buf);
        let path = below.join(format!("redress-bench-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(Failure::file(path.display().to_string()))?;
        Ok(Self(path))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A store below it.
    pub fn store(&self, name: &str) -> Result<StoreArguments, Failure> {
        let directory = self.0.join(name);
        fs::create_dir_all(&directory).map_err(Failure::file(directory.display().to_string()))?;
        let key = self.0.join("key-encryption-key");
        if !key.exists() {
            fs::write(&key, [7; 32]).map_err(Failure::file(key.display().to_string()))?;
        }
        Ok(StoreArguments {
            data: directory,
            vault_key: Some(key),
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("redress: {}: {error}", self.0.display());
        }
    }
}

/// Bytes of all files below a folder.
pub fn bytes_below(folder: &Path) -> Result<u64, Failure> {
    let place = || Failure::file(folder.display().to_string());
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(place())? {
        let entry = entry.map_err(place())?;
        let metadata = entry.metadata().map_err(place())?;
        bytes += if metadata.is_dir() {
            bytes_below(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(bytes)
}

/// Merchants of every load.
const MERCHANTS: usize = 50;

fn command(kind: &str, role: &str, actor: &str, data: Value) -> Value {
    json!({ "type": kind, "by": { "role": role, "id": actor }, "data": data })
}

/// Registrations of the merchants.
pub fn merchants() -> Vec<Value> {
    (0..MERCHANTS)
        .map(|number| {
            let id = format!("M{number}");
            let data =
                json!({ "merchant_id": id, "kind": "direct", "industry": "general", "name": id });
            command("merchant.register", "service", "onboarding", data)
        })
        .collect()
}

/// What happens to one complaint, in order: filed, answered, a message, closed.
pub fn case(name: &str, number: usize) -> [Value; 4] {
    let complaint = format!("{name}-{number}");
    let user = format!("U{name}-{number}");
    let merchant = format!("M{}", number % MERCHANTS);
    [
        command(
            "complaint.file",
            "user",
            &user,
            json!({
                "complaint_id": complaint, "merchant_id": merchant, "user_ref": user,
                "problem": "other", "channel": "self_service",
                "orders": [{ "order_id": format!("O-{complaint}"), "amount_fen": 1500 }],
                "description": "charged twice for one ride",
            }),
        ),
        command(
            "complaint.respond",
            "merchant",
            &merchant,
            json!({ "complaint_id": complaint, "text": "We are checking the record of the ride." }),
        ),
        command(
            "complaint.message",
            "user",
            &user,
            json!({ "complaint_id": complaint, "text": "Thank you, please hurry." }),
        ),
        command(
            "complaint.complete",
            "merchant",
            &merchant,
            json!({ "complaint_id": complaint, "resolution": "Refunded by phone." }),
        ),
    ]
}

/// A command as the engine takes it; the same name and number give the same id.
pub fn submission(document: &Value, id: Uuid) -> Result<Submission, Failure> {
    let document = parse(document).map_err(|error| Failure::Failed(error.sentence()))?;
    Ok(handing_in::submission(document, id))
}

/// An id that differs for every command of a load.
pub fn id(name: &str, number: usize) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{name} {number}").as_bytes())
}

/// Hands in commands and waits for all of them.
pub fn hand_in(engine: &Engine, name: &str, documents: &[Value]) -> Result<(), Failure> {
    let mut pending = Vec::with_capacity(documents.len());
    for (number, document) in documents.iter().enumerate() {
        pending.push(engine.submit(submission(document, id(name, number))?));
    }
    for answer in pending {
        accepted(answer.wait()?)?;
    }
    Ok(())
}

/// A load is made of commands that are accepted; anything else would measure something else.
pub fn accepted(answer: Answer) -> Result<(), Failure> {
    match answer {
        Answer::Accepted(_) => Ok(()),
        Answer::Refused(refused) => Err(Failure::Failed(format!(
            "the load was refused: {}",
            refused.refusal.message
        ))),
    }
}

/// Fills a store with complaints that were handled.
pub fn fill(store: &StoreArguments, complaints: usize) -> Result<(), Failure> {
    let engine = store.open()?;
    hand_in(&engine, "merchants", &merchants())?;
    for first in (0..complaints).step_by(1_000) {
        let documents: Vec<Value> = (first..complaints.min(first + 1_000))
            .flat_map(|number| case("fill", number))
            .collect();
        hand_in(&engine, &format!("fill {first}"), &documents)?;
    }
    Ok(())
}
