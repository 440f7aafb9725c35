//! Check plugin: is a mail host on a blocklist, and is what the lists answer to be believed.

fn main() {
    mailhost_core::plugin::run(check_rbl::NAME, check_rbl::check)
}
