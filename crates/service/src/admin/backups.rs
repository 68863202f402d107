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
use rustix::io::Errno;
use serde::Deserialize;

use super::documents::backup_document;
use super::work::{self, read};
use crate::authorization::expect_role;
use crate::caller::Caller;
use crate::commands::Whole;
use crate::problem::{Problem, codes};
use crate::service::Service;

/// The longest name of a file or folder that disks take, in bytes.
const NAME_BYTES_MAX: usize = 255;

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
    let is_nameable = place
        .components()
        .all(|part| part.as_os_str().len() <= NAME_BYTES_MAX);
    if !is_plain || !is_nameable || !place.starts_with(folder) || place == folder {
        return Err(outside());
    }
    let unreadable = |error: io::Error| match cannot_be_named(&error) {
        true => outside(),
        false => Problem::of(&codes::INTERNAL).logged_as(error.to_string()),
    };
    let whole = std::path::absolute(folder).map_err(unreadable)?;
    let root = resolved(&whole).map_err(unreadable)?.ok_or_else(outside)?;
    match resolved(&whole.join(named)).map_err(unreadable)? {
        Some(found) if found.starts_with(&root) && found != root => Ok(place),
        Some(_) | None => Err(outside()),
    }
}

/// Whether there can be nothing of a name, whatever is on the disk: it has a NUL, is too long, or
/// leads through a file or round in a circle.
fn cannot_be_named(error: &io::Error) -> bool {
    let is_refused = Errno::from_io_error(error)
        .is_some_and(|errno| matches!(errno, Errno::NAMETOOLONG | Errno::NOTDIR | Errno::LOOP));
    is_refused || error.kind() == io::ErrorKind::InvalidInput
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
    fn a_name_that_no_disk_takes_is_the_mistake_of_whoever_names_it() {
        let disk = tempfile::tempdir().unwrap();
        let folder = disk.path().join("backups");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("file"), "").unwrap();
        symlink(folder.join("circle"), folder.join("circle")).unwrap();
        let (long, deep) = ("n".repeat(300), "n/".repeat(3_000));
        let below_missing = format!("missing/{long}");
        for named in [
            "nul\0",
            &long,
            &below_missing,
            &deep,
            "file/today",
            "circle",
            "circle/today",
        ] {
            let problem = below(&folder, Path::new(named)).unwrap_err();
            assert_eq!(problem.code(), "field_invalid", "{named}");
        }
        assert!(below(&folder, Path::new(&"n".repeat(255))).is_ok());
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
