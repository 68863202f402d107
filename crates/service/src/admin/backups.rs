//! Backups of the log, to a directory on the machine of the service, below the folder that its
//! operator set apart for them.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use axum::extract::{Extension, State};
use axum::response::Response;
use redress_domain::identity::Role;
use redress_domain::refusal::Code;
use redress_engine::EngineError;
use redress_store::backup::{self, FIRST_EDITION_FILE};
use serde::Deserialize;

use super::documents::backup_document;
use super::work::{self, read};
use crate::authorization::expect_role;
use crate::caller::Caller;
use crate::commands::Whole;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// Where a backup goes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupRequest {
    /// The directory of the backup.
    directory: PathBuf,
    /// The directory for a copy of the keys of personal texts; without it none are copied.
    #[serde(default)]
    keys: Option<PathBuf>,
}

/// `POST /v1/admin/backups`
pub async fn back_up(
    State(service): State<Arc<Service>>,
    Extension(caller): Extension<Caller>,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    expect_role(&caller, &[Role::Admin])?;
    let request: BackupRequest = read(&body)?;
    let (Some(folder), Some(data)) = (
        service.configuration.backups.clone(),
        service.configuration.directory.clone(),
    ) else {
        return Err(Problem::of(&codes::FORBIDDEN)
            .because("the service has no folder for backups: its setting `backups` names one"));
    };
    let directory = below(&folder, &request.directory)?;
    let keys = match &request.keys {
        Some(keys) => Some(below(&folder, keys)?),
        None => None,
    };
    let genesis = fs::read(data.join(FIRST_EDITION_FILE))
        .map_err(|error| Problem::of(&codes::INTERNAL).logged_as(error.to_string()))?;
    work::answer(&service, move |_, told| {
        let report = backup::run(&data, &genesis, &directory, keys.as_deref(), |done, of| {
            told.tell(done, of);
        })
        .map_err(EngineError::from)?;
        Ok(backup_document(&directory, &report))
    })
}

/// A directory in the folder for backups: named from there, or whole. It lies there as the disk says,
/// not only by its name: no link on the way leads out.
fn below(folder: &Path, named: &Path) -> Result<PathBuf, Problem> {
    let place = folder.join(named);
    let is_plain = place
        .components()
        .all(|part| !matches!(part, Component::ParentDir | Component::CurDir));
    let outside = || {
        Problem::of_code(
            Code::FieldInvalid,
            format!(
                "directory: `{}` does not lie in the folder for backups of the service",
                named.display()
            ),
        )
    };
    if !is_plain || !place.starts_with(folder) || place == folder {
        return Err(outside());
    }
    let unreadable = |error: io::Error| Problem::of(&codes::INTERNAL).logged_as(error.to_string());
    let whole = std::path::absolute(folder).map_err(unreadable)?;
    let root = resolved(&whole).map_err(unreadable)?.ok_or_else(outside)?;
    match resolved(&whole.join(named)).map_err(unreadable)? {
        Some(found) if found.starts_with(&root) && found != root => Ok(place),
        Some(_) | None => Err(outside()),
    }
}

/// Where a path leads once its links are followed; what is not there yet is no link. `None` where a
/// link leads nowhere.
fn resolved(path: &Path) -> io::Result<Option<PathBuf>> {
    for known in path.ancestors() {
        match fs::symlink_metadata(known) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        let found = match fs::canonicalize(known) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        let missing = path.strip_prefix(known).map_err(io::Error::other)?;
        return Ok(Some(found.join(missing)));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::below;

    #[test]
    fn backups_stay_in_their_folder() {
        let folder = Path::new("/srv/backups");
        for (named, expected) in [
            ("today", Some("/srv/backups/today")),
            ("2026/05", Some("/srv/backups/2026/05")),
            ("/srv/backups/today", Some("/srv/backups/today")),
            ("/srv/backups", None),
            ("", None),
            ("..", None),
            ("today/../../x", None),
            ("/etc", None),
            ("/srv/backups/../x", None),
        ] {
            let found = below(folder, Path::new(named)).ok();
            assert_eq!(found, expected.map(PathBuf::from), "{named}");
        }
    }

    #[test]
    fn no_link_leads_a_backup_out_of_its_folder() {
        let disk = tempfile::tempdir().unwrap();
        let (folder, outside) = (disk.path().join("backups"), disk.path().join("outside"));
        fs::create_dir_all(folder.join("2026")).unwrap();
        fs::create_dir(&outside).unwrap();
        symlink(&outside, folder.join("out")).unwrap();
        symlink("../../outside", folder.join("2026/out")).unwrap();
        symlink("/nowhere/at/all", folder.join("lost")).unwrap();
        symlink(&folder, folder.join("itself")).unwrap();
        symlink(folder.join("2026"), folder.join("year")).unwrap();
        for (named, is_there) in [
            ("2026/05", true),
            ("year/05", true),
            ("out", false),
            ("out/today", false),
            ("2026/out/05", false),
            ("lost", false),
            ("lost/today", false),
            ("itself", false),
        ] {
            let found = below(&folder, Path::new(named)).ok();
            assert_eq!(found, is_there.then(|| folder.join(named)), "{named}");
        }
        // The folder itself may be a link: the operator named it.
        let named = disk.path().join("named");
        symlink(&folder, &named).unwrap();
        assert!(below(&named, Path::new("today")).is_ok());
        assert!(below(&named, Path::new("out")).is_err());
    }
}
