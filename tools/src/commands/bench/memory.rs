//! Memory of this process, as Linux tells it.

use std::fs;

/// What it has now, in bytes; 0 where the system does not say.
pub fn rss_bytes() -> u64 {
    status("VmRSS:")
}

/// The most that it had so far, in bytes; 0 where the system does not say.
pub fn peak_rss_bytes() -> u64 {
    status("VmHWM:")
}

fn status(name: &str) -> u64 {
    fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        })
        .map_or(0, |kibibytes| kibibytes * 1024)
}
