//! Test suites that others have published, fetched when they are run and never kept in the
//! repository.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the whole target is a test: what goes wrong here fails it"
)]

mod spf;
