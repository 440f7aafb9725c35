//! Check plugin: will the world believe mail from this domain.

fn main() {
    mailhost_core::plugin::run(check_dkim_dmarc::NAME, check_dkim_dmarc::check)
}
