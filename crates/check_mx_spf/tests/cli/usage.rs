//! Options that cannot be meant.

use crate::support::bare;

#[test]
fn unknown_what_cannot_be_meant_is_one_sentence() {
    for (words, line) in [
        ("", "the domain is missing: give -d, or --ip with --sender or --helo; see --help"),
        ("-d ''", "-d is empty; leave it out or fill the macro; see --help"),
        ("-d a@b.example", "\"a@b.example\" is no mail domain: write b.example; see --help"),
        (
            "-d m\u{fc}ller.example",
            "write the domain m\u{fc}ller.example in its ASCII form (xn--...); see --help",
        ),
        (
            "-d a..example",
            "\"a..example\" is no mail domain: a part of the name is empty; see --help",
        ),
        ("-d 192.0.2.1", "\"192.0.2.1\" is no mail domain: it is an address; see --help"),
        ("-d .", "\".\" is no mail domain: it is the root of the DNS; see --help"),
        (
            "-d a/b",
            "\"a/b\" is no mail domain: it holds other characters than letters, digits, hyphens and dots; see --help",
        ),
        (
            "--ip 192.0.2.1",
            "--ip needs a domain to evaluate: give -d, --sender or --helo; see --help",
        ),
        (
            "--ip 192.0.2.1 --sender ''",
            "--ip needs a domain to evaluate: give -d, --sender or --helo; see --help",
        ),
        (
            "--ip 192.0.2 --sender a@b.example",
            "\"192.0.2\" for --ip is not an IP address; see --help",
        ),
        (
            "--ip 192.0.2.1 --sender a@b.example --parked",
            "--parked needs a domain: give -d; see --help",
        ),
        (
            "--ip 192.0.2.1 --sender a@b.example --covers 192.0.2.1",
            "--covers needs a domain: give -d; see --help",
        ),
        (
            "--ip 192.0.2.1 --sender a@b.example --expect-result good",
            "\"good\" for --expect-result is none of none, neutral, pass, fail, softfail, temperror, permerror; see --help",
        ),
        (
            "-d b.example --covers 192.0.2.1,",
            "\"\" for --covers is not an IP address or a network; see --help",
        ),
        (
            "-d b.example --covers 192.0.2.1/33",
            "\"192.0.2.1/33\" for --covers is not an IP address or a network; see --help",
        ),
        (
            "-d b.example --forbid-ip 192.0.2.0/24",
            "\"192.0.2.0/24\" for --forbid-ip is not an IP address; see --help",
        ),
        (
            "-d b.example --expect-mx x:mx.example",
            "\"x:mx.example\" for --expect-mx is not [PREF:]HOST[=IP]; see --help",
        ),
        (
            "-d b.example --only spf --mx-count 2:",
            "--mx-count is about MX, which --only spf leaves out; see --help",
        ),
        ("-d b.example --only mx -w 5", "-w is about SPF, which --only mx leaves out; see --help"),
        (
            "-d b.example --only mx --ip 192.0.2.1",
            "--ip is about SPF, which --only mx leaves out; see --help",
        ),
        (
            "-d b.example --helo mx.example",
            "--helo needs --ip, --covers, --covers-mx or --forbid-ip; see --help",
        ),
    ] {
        bare(words).says_only(&format!("UNKNOWN - {line}"));
    }
}
