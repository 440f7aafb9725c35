//! Check plugin: is a mail domain's MX right, and does its SPF say what its owner thinks.

fn main() {
    mailhost_core::plugin::run(check_mx_spf::NAME, check_mx_spf::check)
}
