//! Check plugin: is the mail server's door open, quick, encrypted and honest.

fn main() {
    mailhost_core::plugin::run(check_smtp_banner::NAME, check_smtp_banner::check)
}
