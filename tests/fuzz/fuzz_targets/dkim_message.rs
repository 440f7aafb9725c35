//! Messages with signatures, which anybody can send.

#![no_main]

use check_dkim_dmarc::formats::message;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The keys of no private keys that the fuzzer has: nothing can pass.
    for key in [ED25519, RSA] {
        let (all, passed) = message(bytes, key);
        assert!(all <= 20 && passed == 0);
    }
});

const ED25519: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
/// Under which the signature of a seed can be opened, and is that of nothing.
const RSA: &str = "v=DKIM1; p=\
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxJdJy0/PqwNfvMKo0o+MG1+GhmG1mtxp78KgC3MN\
    95h/QZlIPmKfeH05frM8U4ILZOxAZgKbWcv6/mJLvW3brq0nQaURTGboHw7bnJH/vjg6pK4HTwII0ZRAbWi3\
    CnL7bxMCeDtpkJRdFFUf9mCCjcUIUzCrilrL0n5Bh85ejmEwRKSSHYtl4HYcZXwntNnKBpDCXUzGMUmzw4Dz\
    8q2DtqFSXLvjutyJlUmPYjgF7xj2P1pnRe7k2LNJJ92CBrlc2mM86ElmxNmqSuLFzKRdnHxM9AoYn7aXPzNX\
    IE8rh4Cw7WJMV5iVDmf7osuKtC2zuLMjTuZmCFnJxfL7VyoFrwIDAQAB";
