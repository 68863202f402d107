//! UmaDB as it is offered: its server, a process of its own, over its own protocol.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use umadb_client::AsyncUmaDbClient;
use umadb_dcb::DcbEventStoreAsync;

use crate::Result;
use crate::clients::{Rate, deal, drive};
use crate::umadb::event;

/// A server that ends with this value.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Fills a new database. Every client has a connection of its own.
pub fn measure(server: &Path, folder: &Path, clients: usize, commits: &[Vec<u8>]) -> Result<Rate> {
    fs::create_dir_all(folder)?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let _server = Server(
        Command::new(server)
            .arg("--listen")
            .arg(address.to_string())
            .arg("--db-path")
            .arg(folder.join("uma.db"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let connections = (0..clients)
        .map(|_| connect(&runtime, &format!("http://{address}")))
        .collect::<Result<Vec<_>>>()?;
    let numbered = commits.iter().cloned().enumerate();
    let work = deal(numbered, clients)
        .into_iter()
        .zip(connections)
        .map(|(((), own), connection)| (connection, own))
        .collect();
    drive(work, |connection, (number, data)| {
        let events = vec![event(number, data)];
        runtime
            .block_on(connection.append(events, None, None))
            .map_err(|error| error.to_string())?;
        Ok(())
    })
}

/// Connects as soon as the server listens.
fn connect(runtime: &tokio::runtime::Runtime, url: &str) -> Result<Arc<AsyncUmaDbClient>> {
    let mut last = String::new();
    for _ in 0..20 {
        match runtime.block_on(AsyncUmaDbClient::connect(url.to_owned(), None, None, None)) {
            Ok(connection) => return Ok(Arc::new(connection)),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last.into())
}
