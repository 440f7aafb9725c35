//! An embedded mail host on loopback.
