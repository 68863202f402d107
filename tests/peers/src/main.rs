//! One load on redress and on its peers, in one run on one filesystem.

mod clients;
mod plain;
mod redress;
mod redress_served;
mod sled_alone;
mod umadb;
#[cfg(feature = "server")]
mod umadb_server;

use std::error::Error;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::clients::Rate;

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
        println!("in one process, acknowledged per second");
        println!("clients  redress    plain     sled    umadb  of plain  x sled  x umadb");
    }
    let mut over_network = Vec::new();
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
        let serves = match std::env::var_os("REDRESS") {
            Some(binary) => {
                let folder = folder.path().join("served");
                Some(redress_served::measure(
                    Path::new(&binary),
                    &folder,
                    clients,
                    commands,
                )?)
            }
            None => None,
        };
        let served = served(&folder.path().join("server"), clients, &commits)?;
        if !as_json {
            let times = |other: &Rate| redress.per_second / other.per_second;
            println!(
                "{clients:7} {:8.0} {:8.0} {:8.0} {:8.0} {:9.2} {:7.1} {:8.1}",
                redress.per_second,
                plain.per_second,
                sled.per_second,
                umadb.per_second,
                times(&plain),
                times(&sled),
                times(&umadb),
            );
        }
        figures.push(json!({
            "clients": clients,
            "redress": redress.document(),
            "plain": plain.document(),
            "sled": sled.document(),
            "umadb": umadb.document(),
            "redress_served": serves.as_ref().map(Rate::document),
            "umadb_server": served.as_ref().map(Rate::document),
        }));
        if let (Some(serves), Some(served)) = (serves, served) {
            over_network.push((clients, serves, served));
        }
    }
    if as_json {
        println!("{:#}", json!(figures));
    } else {
        tell_over_network(&over_network);
    }
    Ok(())
}

/// Both servers, each over its own protocol.
fn tell_over_network(measured: &[(usize, Rate, Rate)]) {
    println!("over the network, acknowledged per second; p50 / p99 / p99.9 in milliseconds");
    println!("clients  redress                      umadb server                 x server");
    for (clients, redress, umadb) in measured {
        let shown = |rate: &Rate| {
            let [p50, p99, p999] = rate.latencies_ms();
            format!("{:7.0} {p50:6.1}/{p99:6.1}/{p999:6.1}", rate.per_second)
        };
        println!(
            "{clients:7}  {} {} {:9.1}",
            shown(redress),
            shown(umadb),
            redress.per_second / umadb.per_second
        );
    }
}

/// What the server does, where its client is built in and `UMADB_SERVER` says where it is.
#[cfg(feature = "server")]
fn served(folder: &Path, clients: usize, commits: &[Vec<u8>]) -> Result<Option<Rate>> {
    std::env::var_os("UMADB_SERVER")
        .map(|server| umadb_server::measure(Path::new(&server), folder, clients, commits))
        .transpose()
}

#[cfg(not(feature = "server"))]
fn served(_folder: &Path, _clients: usize, _commits: &[Vec<u8>]) -> Result<Option<Rate>> {
    Ok(None)
}
