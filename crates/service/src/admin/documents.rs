//! The documents that tell what was done, for the command line and for others alike.

use std::path::Path;

use redress_engine::{
    Comparison, ProjectionCondition, ProjectionState, RebuildOutcome, RebuildReport, RollbackReport,
};
use redress_store::backup::BackupReport;
use serde_json::{Value, json};

/// Every projection, and where it stands.
#[must_use]
pub fn projections_document(states: &[ProjectionState]) -> Value {
    let states: Vec<Value> = states.iter().map(state).collect();
    json!({ "projections": states })
}

fn state(state: &ProjectionState) -> Value {
    let name = match &state.condition {
        ProjectionCondition::Live => "live",
        ProjectionCondition::Building => "building",
        ProjectionCondition::Faulted { .. } => "faulted",
    };
    let mut shown = json!({
        "name": state.name,
        "state": name,
        "position": state.position,
        "lag": state.lag,
        "rows": state.rows,
        "schema": state.schema,
        "generation": state.generation,
        "digest": state.digest,
        "kept": state.kept.as_ref().map(|kept| json!({
            "generation": kept.generation,
            "position": kept.position,
            "schema": kept.schema,
        })),
    });
    if let (Some(map), ProjectionCondition::Faulted { position, cause }) =
        (shown.as_object_mut(), &state.condition)
    {
        let fault = json!({ "position": position, "cause": cause });
        map.insert("fault".to_owned(), fault);
    }
    shown
}

/// What a comparison of all rows with the log found, at a position.
#[must_use]
pub fn comparison_document(comparisons: &[Comparison], position: u64) -> Value {
    let differing: u64 = comparisons.iter().map(|one| one.differing).sum();
    json!({
        "position": position,
        "differing": differing,
        "projections": comparisons.iter().map(comparison).collect::<Vec<_>>(),
    })
}

fn comparison(comparison: &Comparison) -> Value {
    json!({
        "name": comparison.name,
        "rows": comparison.rows,
        "digest": comparison.digest,
        "differing": comparison.differing,
        "tables": comparison.tables.iter().map(|table| json!({
            "table": table.table,
            "rows_before": table.rows_before,
            "digest_before": table.digest_before,
            "rows": table.rows_now,
            "digest": table.digest_now,
        })).collect::<Vec<_>>(),
        "differences": comparison.differences.iter().map(|difference| json!({
            "table": difference.table,
            "key": difference.key,
            "what": difference.what,
            "before": difference.before,
            "now": difference.now,
        })).collect::<Vec<_>>(),
    })
}

/// What a rebuild did.
#[must_use]
pub fn rebuild_document(report: &RebuildReport) -> Value {
    let projections: Vec<Value> = report
        .projections
        .iter()
        .map(|rebuilt| match &rebuilt.outcome {
            RebuildOutcome::Replaced(Some(compared)) => {
                let mut shown = comparison(compared);
                if let Some(map) = shown.as_object_mut() {
                    map.insert("outcome".to_owned(), "replaced".into());
                }
                shown
            }
            RebuildOutcome::Replaced(None) => json!({
                "name": rebuilt.name,
                "outcome": "replaced",
            }),
            RebuildOutcome::Faulted { position, cause } => json!({
                "name": rebuilt.name,
                "outcome": "faulted",
                "fault": { "position": position, "cause": cause },
            }),
        })
        .collect();
    json!({
        "position": report.position,
        "resumed_from": report.resumed_from,
        "took_ms": report.took.as_secs_f64() * 1_000.0,
        "writer_held_ms": report.writer_held.as_secs_f64() * 1_000.0,
        "packed_bytes": report.packed_bytes,
        "projections": projections,
    })
}

/// What a rollback did.
#[must_use]
pub fn rollback_document(report: &RollbackReport) -> Value {
    json!({
        "position": report.position,
        "took_ms": report.took.as_secs_f64() * 1_000.0,
        "projections": report.projections.iter().map(|one| json!({
            "name": one.name,
            "generation": one.generation,
            "kept_position": one.kept_position,
        })).collect::<Vec<_>>(),
        "left_out": report.left_out.iter().map(|one| json!({
            "name": one.name,
            "because_of": one.because_of,
        })).collect::<Vec<_>>(),
    })
}

/// What a backup copied.
#[must_use]
pub fn backup_document(directory: &Path, report: &BackupReport) -> Value {
    json!({
        "directory": directory.display().to_string(),
        "position": report.last_position,
        "previous_position": report.previous_position,
        "segments": report.segments,
        "segments_copied": report.segments_copied,
        "bytes_copied": report.bytes_copied,
        "bytes_kept": report.bytes_kept,
        "mended": report.mended,
        "log_digest": report.log_digest,
        "keys": report.keys.as_ref().map(|keys| json!({
            "files_copied": keys.files_copied,
            "files_kept": keys.files_kept,
        })),
    })
}
