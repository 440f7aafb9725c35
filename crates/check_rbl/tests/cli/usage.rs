//! Options that cannot be meant: one sentence, UNKNOWN, and nothing is sent.

use demo_host::dns::DnsServer;

use crate::support::{ask, bare, one};

#[test]
fn unknown_options_that_make_no_sense() {
    for (words, sentence) in [
        ("", "whom to look for is missing: give -H or -d"),
        ("-H 192.31.196.7 --mx", "--mx needs a domain: give -d"),
        ("-H 192.31.196.7 --spf-senders", "--spf-senders needs a domain: give -d"),
        ("-H a/b", "\"a/b\" for -H is no host name and no address"),
        ("-H 192.31.196.300", "\"192.31.196.300\" for -H is no host name and no address"),
        ("-H 192.31.196.0/24", "\"192.31.196.0/24\" for -H is no host name and no address"),
        (
            "-H m\u{fc}ller.example",
            "\"m\u{fc}ller.example\" for -H is no host name and no address; write it in its ASCII form \
             (xn--...)",
        ),
        ("-d a@b.example", "\"a@b.example\" is no mail domain: write b.example"),
        (
            "-H 192.31.196.7 -s list.dnswl.org",
            "-s list.dnswl.org: it is an allow list: name it with --allow-list",
        ),
        (
            "-H 192.31.196.7 --allow-list zen.spamhaus.org",
            "--allow-list zen.spamhaus.org: it is not an allow list: name it with --with",
        ),
        ("-H 192.31.196.7 -s a.example=x", "-s a.example: a weight is a number from 0 to 1000"),
        ("-H 192.31.196.7 -s a.example=-1", "-s a.example: a weight is a number from 0 to 1000"),
        ("-H 192.31.196.7 -s a..example", "-s a..example: that is no zone"),
        ("-H 192.31.196.7 -s .", "-s .: that is no zone"),
        ("-H 192.31.196.7 --without x.example", "--without x.example: it is not asked anyway"),
        ("-H 192.31.196.7 -s a.example --without a.example", "no list is left to be asked"),
        (
            "-H 192.31.196.7 -s dbl.spamhaus.org",
            "none of the lists knows addresses: name one with --with",
        ),
        (
            "-d d.example -s zen.spamhaus.org",
            "none of the lists knows domains: name one with --with, or give --mx",
        ),
        (
            "-H 192.31.196.7 -s a.example --accept a.example",
            "--accept: write ZONE@ADDRESS or ZONE@DOMAIN",
        ),
        (
            "-H 192.31.196.7 -s a.example --accept b.example@192.31.196.7",
            "--accept b.example@192.31.196.7: that list is not asked",
        ),
        ("-H 192.31.196.7 -s a.example --key-file a.example", "--key-file: write ZONE=FILE"),
        (
            "-H 192.31.196.7 -s a.example --key-file a.example=key",
            "--key-file a.example: an absolute path is wanted",
        ),
    ] {
        bare(words).says_only(&format!("UNKNOWN - {sentence}; see --help"));
    }
}

#[test]
fn unknown_options_of_the_plugin_that_it_replaces() {
    for (words, instead) in [
        ("-r 4", "a question is always sent again; leave --retry out"),
        ("--retry 4", "a question is always sent again; leave it out"),
        ("--workers 20", "all lists are asked at once; leave it out"),
        ("--query-timeout 15", "the time limit of the run is -t"),
        ("--whitelistings", "write --allow-list ZONE --severity allow-list-missing=warning"),
        ("--append x", "nothing is appended to the output; leave it out"),
        ("-A", "name the server to ask with --nameserver"),
    ] {
        let said = bare(&format!("-H 192.31.196.7 {words}"));
        let sentence = said.headline();
        assert!(sentence.ends_with(&format!("; {instead}; see --help")), "{sentence}");
        said.ends_as("UNKNOWN");
    }
}

#[test]
fn ok_its_letters_mean_what_they_meant() {
    let server = DnsServer::start(&one()).unwrap();
    let address = server.address();
    bare(&format!(
        "--host 192.31.196.7 --server l.example -n {address} -t 4 --state-dir /nonexistent/state"
    ))
    .says("OK - 192.31.196.7 is on none of 1 list", &[]);
}

#[test]
fn unknown_empty_macros() {
    let server = DnsServer::start(&one()).unwrap();
    for words in ["-H ''", "-d ''", "-s ''", "-w ''", "--accept ''", "--min-answers ''"] {
        let said = ask(&server, &format!("-H 192.31.196.7 {words}"));
        assert_eq!(said.state(), Some("UNKNOWN"), "{words}: {}", said.stdout);
    }
    assert_eq!(server.queries().len(), 0);
}
