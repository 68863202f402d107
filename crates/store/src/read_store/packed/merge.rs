//! Merges files of packed rows into one.

use std::path::Path;
use std::sync::Arc;

use super::super::ReadStoreError;
use super::{PackedRows, PackedWriter};

/// Writes the rows of files that lie above each other, the oldest first, into one: of equal keys the
/// newest row. What says "removed" is left out where `hides_nothing`, that is where no older file
/// lies below. Nothing comes of it once `is_unwanted`.
pub(in super::super) fn merge(
    path: &Path,
    files: &[Arc<PackedRows>],
    hides_nothing: bool,
    is_unwanted: impl Fn() -> bool,
) -> Result<Option<PackedRows>, ReadStoreError> {
    let mut writer = PackedWriter::create(path)?;
    let mut scans: Vec<_> = files.iter().map(|file| file.scan(b"", b"")).collect();
    for scan in &mut scans {
        scan.advance()?;
    }
    loop {
        // Of equal keys the last is the least here: that of the newest file.
        let heads = scans.iter().enumerate().rev();
        let heads = heads.filter_map(|(number, scan)| Some((number, scan.head()?)));
        let Some((newest, (key, value))) = heads.min_by_key(|(_, (key, _))| *key) else {
            break;
        };
        if value.is_some() || !hides_nothing {
            writer.push(key, value)?;
        }
        let same: Vec<usize> = (0..newest)
            .filter(|older| {
                scans
                    .get(*older)
                    .and_then(|scan| scan.head())
                    .map(|(key, _)| key)
                    == Some(key)
            })
            .collect();
        for number in same.into_iter().chain([newest]) {
            if let Some(scan) = scans.get_mut(number) {
                scan.advance()?;
            }
        }
        if is_unwanted() {
            return Ok(None);
        }
    }
    Ok(Some(writer.finish()?))
}
