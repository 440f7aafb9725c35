//! What `check_dkim_dmarc` says about messages that real signers signed, and about domains behind a real
//! resolver and a real authority.

mod damage;
mod domains;
mod keys;
mod messages;
mod tables;
mod world;
mod zones;
