//! The contract with the engines, one file for each side of it.

mod formats;
mod help;
mod misbehaviour;
mod surroundings;
mod time;
mod usage;
