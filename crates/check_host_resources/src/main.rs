//! Check plugin: is the machine itself what holds the mail up.

fn main() {
    mailhost_core::plugin::run(check_host_resources::NAME, check_host_resources::check)
}
