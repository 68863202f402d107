//! The public complaints 2.0 documents and their mapping to commands.
