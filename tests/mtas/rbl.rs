//! What `check_rbl` says of lists that a real server of lists has, asked itself and behind a real
//! resolver.

mod known;
mod lists;
mod memory;
mod resolver;
mod world;
