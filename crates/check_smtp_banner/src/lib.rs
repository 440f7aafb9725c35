//! The SMTP door check.
