//! One load on redress and on its peers, in one run on one filesystem.

mod clients;
mod plain;
mod redress;
mod sled_alone;
mod umadb;

use std::error::Error;
use std::path::PathBuf;

use serde_json::json;

/// Redress runs with the allocator of its binary, and its peers with the same.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Clients that hand in at once.
const CLIENTS: [usize; 4] = [1, 8, 64, 512];
/// Commands for each number of clients but one, which waits for every sync.
const COMMANDS: usize = 40_000;

fn main() -> Result<()> {
    let mut below = std::env::temp_dir();
    let mut as_json = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--below", Some(folder)) => below = PathBuf::from(folder),
            ("--format", Some(format)) if format == "json" => as_json = true,
            _ => return Err("usage: redress-peers [--below DIR] [--format json]".into()),
        }
    }
    let mut figures = Vec::new();
    if !as_json {
        println!(
            "acknowledged per second\nclients   redress     plain      sled     umadb   of plain   x sled   x umadb"
        );
    }
    for clients in CLIENTS {
        let folder = tempfile::tempdir_in(&below)?;
        let commands = if clients == 1 {
            COMMANDS / 10
        } else {
            COMMANDS
        };
        let (redress, commits) =
            redress::measure(&folder.path().join("redress"), clients, commands)?;
        let plain = plain::measure(&folder.path().join("plain"), clients, &commits)?;
        let sled = sled_alone::measure(&folder.path().join("sled"), clients, &commits)?;
        let umadb = umadb::measure(&folder.path().join("umadb"), clients, &commits)?;
        if !as_json {
            println!(
                "{clients:7} {:9.0} {:9.0} {:9.0} {:9.0} {:10.2} {:8.1} {:9.1}",
                redress.per_second,
                plain.per_second,
                sled.per_second,
                umadb.per_second,
                redress.per_second / plain.per_second,
                redress.per_second / sled.per_second,
                redress.per_second / umadb.per_second,
            );
        }
        figures.push(json!({
            "clients": clients,
            "redress": redress.document(),
            "plain": plain.document(),
            "sled": sled.document(),
            "umadb": umadb.document(),
        }));
    }
    if as_json {
        println!("{:#}", json!(figures));
    }
    Ok(())
}
