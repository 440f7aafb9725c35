//! Check plugin: is the mail host moving mail, and if not, what is stuck and why.

fn main() {
    mailhost_core::plugin::run(check_smtp_queue::NAME, check_smtp_queue::check)
}
