//! The journal that is the truth, the sled store that is read, the wire formats and the vault.
