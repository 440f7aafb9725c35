//! What every mailhost check plugin shares.
//!
//! A plugin is a story in five steps: its options become a configuration, a probe fills plain
//! facts under one [`deadline`], a pure judge weighs them into a [`contract::Report`], and
//! [`plugin::run`] renders that report, writes it once and exits. This crate holds what is the
//! same in all of them: the contract with the engines ([`contract`]), the option groups ([`cli`]),
//! the files that options name ([`file`]), the programs that are run ([`command`]), what was seen last time ([`memory`]), the DNS ([`dns`])
//! and what mail domains publish in it ([`mail`]), and the ways to reach a mail host ([`net`],
//! [`tls`], [`smtp`]).
//!
//! What only one plugin needs stays in that plugin.

pub mod cli;
pub mod command;
pub mod contract;
pub mod deadline;
pub mod dns;
pub mod file;
pub mod mail;
pub mod memory;
pub mod net;
pub mod plugin;
pub mod smtp;
pub mod tls;
