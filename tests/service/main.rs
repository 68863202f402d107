//! The service through real sockets: the binary is started, asked and stopped as its users would.

mod clock;
mod command_line;
mod commands;
mod connections;
mod counterparts;
mod disk_full;
mod events;
mod identities;
mod interface;
mod kills;
mod lists;
mod notices;
mod overload;
mod python;
mod stand;
mod telemetry;
mod tls;
mod views;
mod webhooks;
