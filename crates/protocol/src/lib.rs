//! The JSON, TOML and YAML shapes of commands, events, views, editions and scenarios.
