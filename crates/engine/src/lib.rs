//! The single writer, its deadlines and reactions, and the queries beside it.
