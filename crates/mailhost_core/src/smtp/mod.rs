//! SMTP as a client that believes nothing: replies, the dialogue, and authentication.

mod auth;
mod client;
mod extensions;
mod reply;
mod secrets;

pub use auth::{Credentials, Mechanism, authenticate};
pub use client::{Client, Fault};
pub use extensions::Extensions;
pub use reply::{Reply, ReplyFault, parse_reply};
