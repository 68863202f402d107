//! Where a command works: on the store of a data directory, or on a running service that has it.

use clap::Args;

use crate::failure::Failure;
use crate::server::{Server, ServerArguments};
use crate::store::StoreArguments;

/// A store, or a service.
#[derive(Args, Clone, Debug)]
pub struct Place {
    #[command(flatten)]
    pub store: StoreArguments,
    #[command(flatten)]
    server: ServerArguments,
}

impl Place {
    /// The service, where one is named.
    pub fn server(&self) -> Result<Option<Server>, Failure> {
        self.server.connect()
    }

    /// The store, for a command that cannot be asked of a service.
    pub fn store_only(&self, command: &str) -> Result<&StoreArguments, Failure> {
        if self.server.is_named() {
            return Err(Failure::Usage(format!(
                "`redress {command}` works on a store and cannot be asked of a service: leave out \
                 --server (or REDRESS_SERVER), and stop the service that has the store"
            )));
        }
        Ok(&self.store)
    }
}
