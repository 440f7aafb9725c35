//! An embedded mail host on loopback, scripted, good and bad, for the tests of every plugin.

pub mod certificates;
