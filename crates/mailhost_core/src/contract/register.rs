//! The register of findings: every rule that can fire, in one table.
//!
//! `docs/findings.md` is generated from it. A code is never renamed or reused: operators have it in
//! their `--ignore` and `--severity`.

use super::finding::Rule;
use super::state::State::{Critical, Ok, Unknown, Warning};

macro_rules! register {
    ($($name:ident, $code:literal, $usual:ident, $varies:literal, [$($plugin:literal),*],
        $meaning:literal, $action:literal;)*) => {
        /// The rules, one constant each.
        pub mod rule {
            use super::{Critical, Ok, Rule, Unknown, Warning};

            $(
                #[doc = $meaning]
                pub static $name: Rule = Rule {
                    code: $code,
                    usual: $usual,
                    varies: $varies,
                    plugins: &[$($plugin),*],
                    meaning: $meaning,
                    action: $action,
                };
            )*
        }

        /// All rules, in the order of the table.
        pub static REGISTER: &[&Rule] = &[$(&rule::$name),*];
    };
}

register! {
    NAME_NOT_FOUND, "name-not-found", Critical, "", ["smtp_banner", "rbl"],
        "The target's host name does not exist, or has no address of the wanted family.",
        "Check the spelling of -H and the name's A and AAAA records.";
    RESOLVER_FAILED, "resolver-failed", Unknown, "", ["smtp_banner", "mx_spf", "dkim_dmarc", "rbl"],
        "The monitor's own resolver gave no answer about the target's name, or a failure.",
        "Check /etc/resolv.conf and the resolver of the machine this check runs on; if other names resolve, the DNS of this name is broken.";
    LOCAL_FAILURE, "local-failure", Unknown, "", ["smtp_banner"],
        "This machine refused what the check needs: a right, a source address, trusted roots.",
        "Mend the machine the check runs on; nothing was learnt about the target.";
    CONNECT_REFUSED, "connect-refused", Critical, "--unreachable-state", ["smtp_banner"],
        "Nothing accepts connections at the address.",
        "Start the mail server, or check that it listens on this address and port and that no firewall rejects the monitor.";
    CONNECT_TIMEOUT, "connect-timeout", Critical, "-t SECONDS:STATE, --unreachable-state", ["smtp_banner"],
        "No answer to the connection attempt within the time limit.",
        "Check that the host is up and that no firewall drops the monitor's packets; several addresses or --attempts share the time of -t.";
    CONNECT_FAILED, "connect-failed", Critical, "--unreachable-state", ["smtp_banner"],
        "The connection attempt failed otherwise: no route, network down, no such socket.",
        "Check routing and firewalls between the monitor and the host, or the path of the socket and that the server runs.";
    ADDRESS_UNREACHABLE, "address-unreachable", Warning, "OK where this machine cannot try the address", ["smtp_banner"],
        "One address of the name could not be connected to, another one could.",
        "Mend that address or take it out of the DNS: senders that try it first are delayed.";
    LOSS_THRESHOLD, "loss-threshold", Warning, "by the range that is broken", ["smtp_banner"],
        "More connection attempts were lost than --loss-warning or --loss-critical allow.",
        "Look for packet loss, a full accept queue or a connection limit on the way to the server.";
    TIME_THRESHOLD, "time-threshold", Warning, "by the range that is broken", ["smtp_banner"],
        "A stage or the whole run took longer than its range allows.",
        "Look at the stage: connect is the network, greeting the server's load or a greet delay, ehlo and later its own look-ups.";

    GREETING_REFUSED, "greeting-refused", Critical, "", ["smtp_banner"],
        "The server greets with another code than 220.",
        "The server's own words say why; look for them in its log.";
    CLIENT_LIMITED, "client-limited", Critical, "WARNING for a recipient that is put off", ["smtp_banner"],
        "The server turns this monitor away for connecting too often, or its postscreen still tests it.",
        "Exempt the monitor: Postfix smtpd_client_event_limit_exceptions or postscreen_access_list, Exim smtp_accept_max_per_host and ratelimit, Sendmail ClientRate and ClientConn in the access map; or check less often.";
    CLIENT_BLOCKED, "client-blocked", Critical, "WARNING for a recipient that is put off", ["smtp_banner"],
        "The server turns this monitor away because its address is on a blocklist.",
        "Exempt the monitor (Postfix postscreen_access_list, or check_client_access before reject_rbl_client), or get its address off the list that the reply names.";
    GREETING_UNEXPECTED, "greeting-unexpected", Critical, "", ["smtp_banner"],
        "The first line of the greeting does not contain the text given with -e.",
        "Check which server answers at this address, or correct -e.";
    GREETING_NAME, "greeting-name", Warning, "", ["smtp_banner"],
        "The host name in the greeting is not the one given with --expect-fqdn.",
        "Set the server's own name (Postfix myhostname, Exim primary_hostname), or correct --expect-fqdn.";
    CONNECTION_CLOSED, "connection-closed", Critical, "", ["smtp_banner"],
        "The server closed or reset the connection where a reply was due.",
        "Look in the server's log for this connection: a crash, a limit, or a filter before it.";
    REPLY_TIMEOUT, "reply-timeout", Critical, "-t SECONDS:STATE", ["smtp_banner"],
        "The server did not finish a reply within the time limit.",
        "The server is overloaded or waits for something itself (DNS, a policy service, a greet delay); raise -t only if the delay is wanted.";
    REPLY_INVALID, "reply-invalid", Critical, "", ["smtp_banner"],
        "What the server sent is not an SMTP reply (RFC 5321 section 4.2).",
        "Check that an SMTP server listens on this port, with the kind of TLS the check was told to use.";
    REPLY_OUT_OF_TURN, "reply-out-of-turn", Critical, "", ["smtp_banner"],
        "The server sent more than was asked, or before it was asked, so later replies cannot be told apart.",
        "Look for a broken proxy or filter in front of the server.";
    REPLY_UNEXPECTED, "reply-unexpected", Critical, "", ["smtp_banner"],
        "The server answers a command with a code that this command cannot have (RFC 5321 section 4.3.2).",
        "Look for a broken proxy or filter in front of the server: replies and commands no longer belong together.";
    NOT_LOOKED_AT, "not-looked-at", Unknown, "", ["smtp_banner", "smtp_queue", "mx_spf", "dkim_dmarc", "rbl", "host_resources"],
        "Something that the options ask about was not looked at: the dialogue ended before, the answer says nothing about it, a right is missing, or the run had asked enough.",
        "See the text and the other findings for the reason; move this one only if the question does not matter.";
    EHLO_REFUSED, "ehlo-refused", Critical, "", ["smtp_banner"],
        "The server refuses EHLO, and HELO as well (LHLO with LMTP).",
        "The server's own words say why; a wrong -F name can be the reason too.";
    ESMTP_MISSING, "esmtp-missing", Warning, "", ["smtp_banner"],
        "The server knows only HELO, so it offers neither TLS nor AUTH nor SIZE.",
        "Look for a firewall that rewrites SMTP (\"fixup\", \"inspect esmtp\"), or enable ESMTP.";
    KEYWORD_MISSING, "keyword-missing", Critical, "", ["smtp_banner"],
        "A keyword that --require-keyword asks for is not in the EHLO reply.",
        "Enable the extension on the server, or correct --require-keyword.";
    KEYWORD_FORBIDDEN, "keyword-forbidden", Critical, "", ["smtp_banner"],
        "A keyword that --forbid-keyword rules out is in the EHLO reply.",
        "Disable the extension on the server (Postfix smtpd_discard_ehlo_keywords), or correct --forbid-keyword.";

    STARTTLS_MISSING, "starttls-missing", Critical, "", ["smtp_banner"],
        "STARTTLS was asked for and the server does not offer it.",
        "Enable TLS (Postfix smtpd_tls_security_level = may, Exim tls_advertise_hosts), and look for a firewall that strips the keyword.";
    STARTTLS_REFUSED, "starttls-refused", Critical, "", ["smtp_banner"],
        "The server offers STARTTLS and then refuses it.",
        "Most often the certificate or key file cannot be read; the server's log says which.";
    STARTTLS_INJECTION, "starttls-injection", Critical, "", ["smtp_banner"],
        "Plain text came behind the reply to STARTTLS; a client could take it for the reply to a command under TLS.",
        "Something on the way answers in the server's place: look at firewalls, SMTP proxies and load balancers on the path, then at the server itself.";
    TLS_FAILED, "tls-failed", Critical, "-t SECONDS:STATE where the time ran out", ["smtp_banner"],
        "The TLS handshake failed.",
        "Check the server's certificate, key and protocol settings, and that the port speaks the kind of TLS asked for (-S or --tls).";
    TLS_TOO_OLD, "tls-too-old", Warning, "", ["smtp_banner"],
        "The TLS version agreed on is below --tls-min.",
        "Allow TLS 1.2 and 1.3 on the server (Postfix smtpd_tls_protocols, Exim openssl_options) and switch older ones off (RFC 8996).";
    TLS_NOT_REQUIRED, "tls-not-required", Warning, "", ["smtp_banner"],
        "With --tls-required: the server takes MAIL before TLS.",
        "Require TLS on a submission port (Postfix smtpd_tls_security_level = encrypt in master.cf); never on a public MX (RFC 3207 section 4).";
    AUTH_IN_CLEAR, "auth-in-clear", Ok, "WARNING with --tls-required", ["smtp_banner"],
        "AUTH is offered or taken before TLS, so passwords can cross the network in clear.",
        "Offer AUTH under TLS only (Postfix smtpd_tls_auth_only = yes, Exim auth_advertise_hosts, Sendmail AuthOptions p).";

    CERT_EXPIRED, "cert-expired", Critical, "WARNING for one that is sent beside a good way to a root", ["smtp_banner"],
        "A certificate that the server sends has expired.",
        "Renew it and reload the server; see the renewal job's log.";
    CERT_NOT_YET_VALID, "cert-not-yet-valid", Critical, "", ["smtp_banner"],
        "A certificate that the server sends is not valid yet.",
        "Check the clocks of this machine and of the one that issued it.";
    CERT_EXPIRES_SOON, "cert-expires-soon", Warning, "CRITICAL below the second number of -D", ["smtp_banner"],
        "A certificate that the server sends expires within the days of -D.",
        "Renew it and reload the server; -D sets the days.";
    CERT_UNTRUSTED, "cert-untrusted", Warning, "CRITICAL on 465, 587 and with --tls; elsewhere OK without -D, --verify or --ca-file", ["smtp_banner"],
        "The certificate chain does not lead to a trusted root.",
        "The text says what stands in the way. Send the intermediate certificates too, use a public CA, or name your own with --ca-file.";
    CERT_NAME_MISMATCH, "cert-name-mismatch", Warning, "CRITICAL on 465, 587 and with --tls; elsewhere OK without -D, --verify or --ca-file", ["smtp_banner"],
        "The certificate is for other names than the one connected to.",
        "Issue it for this name (subjectAltName), or give the right name with --sni.";
    CERT_WEAK_KEY, "cert-weak-key", Warning, "", ["smtp_banner"],
        "A certificate's key is too short: RSA below 2048 bits, EC below 224.",
        "Issue a new certificate with RSA 2048 or EC P-256.";
    CERT_WEAK_SIGNATURE, "cert-weak-signature", Warning, "", ["smtp_banner"],
        "A certificate is signed with MD5 or SHA-1.",
        "Issue a new certificate with SHA-256.";
    CERT_PIN_MISMATCH, "cert-pin-mismatch", Critical, "", ["smtp_banner"],
        "Neither the certificate nor its public key has the SHA-256 digest given with --pin.",
        "If the certificate was changed on purpose, give the new digest (shown at -vv); if not, find out who answers.";

    DANE_MISSING, "dane-missing", Warning, "", ["smtp_banner"],
        "With --dane: the host has no TLSA record, so senders deliver to it as if there were no DANE.",
        "Publish TLSA records (3 1 1 with the SHA-256 of the key, which -vv shows), or leave out --dane.";
    DANE_INSECURE, "dane-insecure", Warning, "", ["smtp_banner"],
        "There are TLSA records, and the resolver does not say that DNSSEC vouches for all that leads to them: the MX, where some senders heed them all the same, the host's address, the records (RFC 7672 section 2.2).",
        "Sign the zones that the text names, and their DS records at the registry; if they are signed, ask a resolver that validates, best one on this machine: --nameserver 127.0.0.1.";
    DANE_DNS_FAILED, "dane-dns-failed", Critical, "WARNING where the host's address is not signed, so that senders do not look", ["smtp_banner"],
        "The look-up of the TLSA records fails, and senders with DANE keep their mail until it does not (RFC 7672 section 2.1).",
        "Ask each name server of the zone for the name in the text; one that answers NOTIMP or nothing to TLSA has to be replaced, or a firewall in front of it mended.";
    DANE_UNUSABLE, "dane-unusable", Warning, "", ["smtp_banner"],
        "A TLSA record is of no use to senders: another usage than 2 and 3, or data that its numbers do not fit.",
        "Replace it by a record 3 1 1 or 2 1 1; where none is of use, senders want TLS and take any certificate.";
    DANE_MISMATCH, "dane-mismatch", Critical, "WARNING where the records do not count for want of DNSSEC", ["smtp_banner"],
        "No TLSA record is good for a certificate that the server shows: senders with DANE do not deliver.",
        "Publish a record for the certificate that is shown, or put the old one back; for the next change publish the new record first, wait for its time to live, then change the certificate (RFC 7671 section 8.1).";
    DANE_ROLLOVER, "dane-rollover", Ok, "", ["smtp_banner"],
        "Some TLSA records are for the certificate and others are not, as it has to be while it is replaced.",
        "Remove what is left over once the new certificate has been shown for some days.";
    DANE_OUTRANKED, "dane-outranked", Ok, "", ["smtp_banner"],
        "A TLSA record with SHA-256 is right, and does not count beside one of the same usage and selector with SHA-512 (RFC 7671 section 9).",
        "Keep both up to date, or publish SHA-256 alone.";

    DANE_WHOLE, "dane-whole", Ok, "", ["smtp_banner"],
        "A TLSA record holds a whole certificate or key (matching type 0): it is good, and long answers get lost on some ways (RFC 7672 section 3.1).",
        "Publish its SHA-256 instead (matching type 1), unless it is of an authority that is not sent.";

    MTA_STS_MISSING, "mta-sts-missing", Warning, "CRITICAL while senders may hold a policy that is enforced", ["smtp_banner"],
        "With --mta-sts: the domain has no MTA-STS record, so senders do not look for its policy.",
        "Publish v=STSv1; id=... at the name in the text; to give MTA-STS up, publish a policy of mode none first (RFC 8461 section 8.3).";
    MTA_STS_DNS_FAILED, "mta-sts-dns-failed", Warning, "CRITICAL while senders may hold a policy that is enforced", ["smtp_banner"],
        "The domain's DNS does not say what its MTA-STS record is; senders that hold no policy deliver without one.",
        "Ask each name server of the domain for the TXT records of the name _mta-sts below it.";
    MTA_STS_SEVERAL, "mta-sts-several", Warning, "CRITICAL while senders may hold a policy that is enforced", ["smtp_banner"],
        "There is more than one MTA-STS record, so senders do as if there were none (RFC 8461 section 3.1).",
        "Keep one.";
    MTA_STS_SYNTAX, "mta-sts-syntax", Warning, "CRITICAL while senders may hold a policy that is enforced", ["smtp_banner"],
        "The MTA-STS record breaks its grammar, so senders do as if there were none (RFC 8461 section 3.1).",
        "Correct it where the carets point: v=STSv1; id= with 1 to 32 letters and digits.";
    MTA_STS_UNFETCHED, "mta-sts-unfetched", Warning, "CRITICAL while senders may hold a policy that is enforced", ["smtp_banner"],
        "The MTA-STS policy cannot be fetched as senders do it: over HTTPS from mta-sts and the domain's name, with a certificate for that name, status 200 and no redirect (RFC 8461 section 3.3).",
        "Mend the web server or its certificate; --mta-sts-address names another address, --ca-file another authority.";
    MTA_STS_POLICY, "mta-sts-policy", Warning, "CRITICAL while senders may hold a policy that is enforced", ["smtp_banner"],
        "The MTA-STS policy breaks its grammar, so senders do as if there were none (RFC 8461 section 3.2).",
        "Correct the line in the text, then give the record a new id.";
    MTA_STS_CONTENT_TYPE, "mta-sts-content-type", Warning, "", ["smtp_banner"],
        "The MTA-STS policy is not sent as text/plain, and some senders do not take it then (RFC 8461 section 3.2).",
        "Set the type of the file in the web server.";
    MTA_STS_ODD, "mta-sts-odd", Warning, "OK for a field or key that no sender knows, and for other texts", ["smtp_banner"],
        "Something in the MTA-STS record or policy, or beside it, is not as it should be; not all senders mind.",
        "Correct what the text names.";
    MTA_STS_NOT_ENFORCED, "mta-sts-not-enforced", Ok, "", ["smtp_banner"],
        "The MTA-STS policy has the mode testing or none: senders deliver whatever they find.",
        "Once the reports (TLS-RPT) are clean, set the mode to enforce and give the record a new id.";
    MTA_STS_MAX_AGE_SHORT, "mta-sts-max-age-short", Warning, "OK from one day on", ["smtp_banner"],
        "Senders may keep the MTA-STS policy for less than a week; one that is kept for hours protects against little.",
        "Set max_age to some weeks (RFC 8461 section 3.2).";
    MTA_STS_MX, "mta-sts-mx", Critical, "WARNING in the mode testing", ["smtp_banner"],
        "No mx of the MTA-STS policy is for this mail exchanger: senders that keep to the policy do not deliver to it.",
        "Add its name to the policy and give the record a new id, before the MX record changes; a wildcard stands for one label (RFC 8461 section 4.1).";
    MTA_STS_MX_UNUSED, "mta-sts-mx-unused", Ok, "", ["smtp_banner"],
        "An mx of the MTA-STS policy is for no mail exchanger of the domain.",
        "Remove it, unless the host is to come.";
    MTA_STS_CERT, "mta-sts-cert", Critical, "WARNING in the mode testing", ["smtp_banner"],
        "The mail exchanger has no TLS, or a certificate that is not trusted, out of date or for another name: senders that keep to the MTA-STS policy do not deliver to it.",
        "Give it a certificate of a public CA for the name in the MX record; --ca-file names an authority of your own.";
    MTA_STS_ID_STALE, "mta-sts-id-stale", Warning, "", ["smtp_banner"],
        "The MTA-STS policy is another one, and the id of the record is not: senders that hold the old policy do not look for the new one.",
        "Give the record a new id, such as the date and time.";
    TLS_RPT_MISSING, "tls-rpt-missing", Warning, "", ["smtp_banner"],
        "With --tls-rpt: the domain has no TLS-RPT record, so nobody tells it when TLS to it fails.",
        "Publish v=TLSRPTv1; rua=mailto:... at the name in the text.";
    TLS_RPT_DNS_FAILED, "tls-rpt-dns-failed", Warning, "", ["smtp_banner"],
        "The domain's DNS does not say what its TLS-RPT record is.",
        "Ask each name server of the domain for the TXT records of the name _smtp._tls below it.";
    TLS_RPT_SEVERAL, "tls-rpt-several", Warning, "", ["smtp_banner"],
        "There is more than one TLS-RPT record, so senders do as if there were none (RFC 8460 section 3).",
        "Keep one; it may have several addresses.";
    TLS_RPT_SYNTAX, "tls-rpt-syntax", Warning, "", ["smtp_banner"],
        "The TLS-RPT record breaks its grammar, so senders do as if there were none (RFC 8460 section 3).",
        "Correct it where the carets point: v=TLSRPTv1; rua= with mailto: or https: addresses.";
    TLS_RPT_ODD, "tls-rpt-odd", Warning, "OK for a field that no sender knows, and for other texts", ["smtp_banner"],
        "Something in the TLS-RPT record, or beside it, is not as it should be; not all senders mind.",
        "Correct what the text names.";

    AUTH_MISSING, "auth-missing", Critical, "", ["smtp_banner"],
        "The server does not offer the AUTH mechanism asked for.",
        "Enable it on the server, choose another with -A, or log in under TLS with -S.";
    AUTH_REFUSED, "auth-refused", Critical, "", ["smtp_banner"],
        "The server refuses the login.",
        "Check user and password, then the server's SASL back end.";
    AUTH_WITHHELD, "auth-withheld", Unknown, "", ["smtp_banner"],
        "The password was not sent, because the server's certificate is not trusted, is for another name, or is not the one of --pin.",
        "Mend the certificate, or vouch for it: --ca-file for your own CA, --sni for the name, --pin for the digest (shown at -vv).";
    PASSWORD_IN_ARGV, "password-in-argv", Ok, "", ["smtp_banner", "rbl"],
        "A password, or the key of a blocklist, stands on the command line, where every local user can read it.",
        "Put it in a file and name that with --password-file or --key-file, or put it in the environment.";
    MAIL_REFUSED, "mail-refused", Critical, "", ["smtp_banner"],
        "The server refuses MAIL FROM.",
        "The server's own words say why: 452 is a full disk or queue, 530 wants TLS (-S) or a login (-U), 5.7 a policy.";
    RCPT_REFUSED, "rcpt-refused", Critical, "", ["smtp_banner"],
        "The server refuses the recipient for good.",
        "Check that the address exists and that this server is responsible for its domain; for any other domain the refusal is right.";
    RCPT_DEFERRED, "rcpt-deferred", Warning, "", ["smtp_banner"],
        "The server puts the recipient off (4yz), as greylisting does.",
        "If it is greylisting, exempt the monitor; 452 is a full disk or queue; for anything else the server's log names the look-up that failed.";
    SIZE_TOO_SMALL, "size-too-small", Critical, "", ["smtp_banner"],
        "The server's limit is below --size: it advertises less, or refuses MAIL with that SIZE (RFC 1870).",
        "Raise the limit (message_size_limit in Postfix and Exim, confMAX_MESSAGE_SIZE in Sendmail), or free space on the queue's disk.";
    SIZE_UNKNOWN, "size-unknown", Warning, "", ["smtp_banner"],
        "The size limit that --size asks about is not told (RFC 1870).",
        "Enable SIZE on the server, or leave out --size.";
    OPEN_RELAY, "open-relay", Critical, "", ["smtp_banner"],
        "A stranger's mail to a stranger's address is accepted from this address.",
        "Close it at once (Postfix smtpd_relay_restrictions, Exim the host list relay_from_hosts and acl_smtp_rcpt); if this monitor's address is trusted on purpose, run the check from elsewhere.";
    COMMAND_MISMATCH, "command-mismatch", Warning, "", ["smtp_banner"],
        "The reply to a -C command does not match its -R expression.",
        "Compare the reply with the expression; the server changed, or -R is wrong.";
    COMMAND_REFUSED, "command-refused", Critical, "", ["smtp_banner"],
        "The server refuses a -C command that has no -R expression.",
        "Check the command, or give the expected reply with -R.";
    QUIT_FAILED, "quit-failed", Warning, "OK with -q where the server is silent or closes", ["smtp_banner"],
        "QUIT was not answered with 221.",
        "RFC 5321 section 4.1.1.10 demands the reply; -q tolerates servers that just close.";

    MTA_DOWN, "mta-down", Critical, "--unreachable-state", ["smtp_queue"],
        "The mail system does not run: nothing is taken in and nothing leaves.",
        "Start it, and look into its log for why it stopped.";
    MTA_SILENT, "mta-silent", Critical, "-t SECONDS:STATE", ["smtp_queue"],
        "The mail system was asked about its queue and said nothing until the time was up.",
        "Look at the load of the machine and at the mail system's log; with Postfix, at the limit of showq processes in master.cf.";
    QUEUE_DENIED, "queue-denied", Unknown, "", ["smtp_queue"],
        "The user of the check may not look at the queue in any way.",
        "The text says what was tried; the page of the plugin ranks the rights that help by what else they give.";
    QUEUE_UNREADABLE, "queue-unreadable", Unknown, "", ["smtp_queue"],
        "The queue cannot be read for another reason, or the mail system's answer is not understood.",
        "The text says what was tried; check the path of the spool and the disk below it.";
    COUNT_STOPPED, "count-stopped", Unknown, "", ["smtp_queue"],
        "The time was up before the whole queue was seen, and what was seen so far breaks no threshold.",
        "Give more time with -t, let the check read the directories (quickest), or use --count-only.";
    QUEUE_THRESHOLD, "queue-threshold", Warning, "by the range that is broken", ["smtp_queue"],
        "More or fewer messages are waiting than their range allows.",
        "Run it with --top 5 to see who sends, where it goes and why it waits.";
    AGE_THRESHOLD, "age-threshold", Warning, "by the range that is broken", ["smtp_queue"],
        "The oldest message has waited longer than its range allows.",
        "Look at that message in the mail system's listing for its reason; one dead destination is common, many are not.";
    BYTES_THRESHOLD, "bytes-threshold", Warning, "by the range that is broken", ["smtp_queue"],
        "The messages take more or less room than their range allows.",
        "Look for few large messages, or for very many small ones.";
    SENDER_THRESHOLD, "sender-threshold", Warning, "by the range that is broken", ["smtp_queue"],
        "One sender has more messages in the queue than allowed.",
        "If the sender is an account of yours, it may be hijacked: lock it, then hold or delete its messages.";
    DESTINATION_THRESHOLD, "destination-threshold", Warning, "by the range that is broken", ["smtp_queue"],
        "More messages than allowed wait for one domain.",
        "Its answer is in the text: the provider may block or slow you down, or its server is gone.";
    RATE_THRESHOLD, "rate-threshold", Warning, "by the range that is broken", ["smtp_queue"],
        "While the queue is not empty, fewer or more messages are processed than the range allows.",
        "Look for slow DNS, a slow content filter, a slow disk, or a destination that takes all delivery processes.";
    GROWTH_THRESHOLD, "growth-threshold", Warning, "by the range that is broken", ["smtp_queue"],
        "The queue grows or shrinks faster than the range allows.",
        "Run it with --top 5: one sender points to a hijacked account, one destination to a block, neither to this host.";
    MESSAGES_CORRUPT, "messages-corrupt", Critical, "by --corrupt-warning and --corrupt-critical where given", ["smtp_queue"],
        "The mail system set messages aside because it cannot read them; nobody will deliver them.",
        "Check the disk, save what can be saved (Postfix: postcat -q ID), then remove them from the corrupt queue.";
    MESSAGES_FROZEN, "messages-frozen", Warning, "by --frozen-warning and --frozen-critical where given", ["smtp_queue"],
        "Exim no longer tries to deliver these messages, mostly bounces to senders that do not exist.",
        "See exim -Mvl ID for the reason, then thaw (-Mt) or remove (-Mrm); timeout_frozen_after does it by itself.";
    MESSAGES_QUARANTINED, "messages-quarantined", Warning, "by --quarantined-warning and --quarantined-critical where given", ["smtp_queue"],
        "A filter set messages aside in Sendmail's queue.",
        "See mailq -qQ for the reasons, then release (sendmail -Q -qQ) or remove them.";
    MESSAGES_LOST, "messages-lost", Warning, "by --lost-warning and --lost-critical where given", ["smtp_queue"],
        "Sendmail could not process control files and renamed them to Qf; nobody will deliver these messages.",
        "See mailq -qL and the log, repair the file and name it qf again, or remove it.";
    MESSAGES_FAILED, "messages-failed", Warning, "by --failed-warning and --failed-critical where given", ["smtp_queue"],
        "nullmailer gave messages up and keeps them.",
        "See its log for the relay's answer, then move them back to the queue or remove them.";
    MAILDROP_STUCK, "maildrop-stuck", Warning, "by --maildrop-age-warning and --maildrop-age-critical where given", ["smtp_queue"],
        "A message that a local program handed in has waited for more than five minutes to be taken in.",
        "Check that Postfix runs and that its pickup service is in master.cf, and see the log for the file's name.";
    SPOOL_SPACE_LOW, "spool-space-low", Critical, "", ["smtp_queue"],
        "The spool has less room left than the mail system needs, so it answers 452, to everybody or to large messages.",
        "Free space on this file system: old logs first, then what fills the queue.";
    DOMAIN_NOT_FOUND, "domain-not-found", Critical, "", ["smtp_banner", "mx_spf", "dkim_dmarc", "rbl"],
        "The domain does not exist in the DNS.",
        "Check the spelling of -d, that the domain is paid for, and what its registry says of its name servers.";
    MX_DNS_FAILED, "mx-dns-failed", Critical, "--unreachable-state, or -t SECONDS:STATE where nothing came in time; WARNING for one host or one reverse name", ["smtp_banner", "mx_spf", "rbl"],
        "The domain's DNS does not say what its mail exchangers are, or what an address of theirs is.",
        "Ask each name server that the registry lists for the domain, itself; one that answers nothing, or REFUSED, does not serve the zone.";
    DNSSEC_BOGUS, "dnssec-bogus", Critical, "WARNING where only SPF, DKIM, DMARC, MTA-STS, TLS-RPT, one host or one reverse name is concerned", ["smtp_banner", "mx_spf", "dkim_dmarc", "rbl"],
        "The domain's DNSSEC signatures are wrong: whoever validates them sees no domain at all.",
        "Look for signatures that have run out and for a DS record at the registry that belongs to an old key; sign the zone again, or take the DS record out.";
    ALIAS_CONFLICT, "alias-conflict", Warning, "", ["smtp_banner", "mx_spf", "dkim_dmarc"],
        "The domain, one that its policy leads to, or the name of a DKIM, DMARC, BIMI, MTA-STS or TLS-RPT record is an alias (CNAME) and has other records beside it, or several aliases, so that resolvers see different things.",
        "Take the CNAME out, or the other records (RFC 1034 section 3.6.2, RFC 2181 section 10.1).";
    MX_MISSING, "mx-missing", Critical, "", ["smtp_banner", "mx_spf"],
        "The domain has neither an MX record nor an address: nobody can send mail to it.",
        "Publish an MX record; for a domain that takes no mail, a null MX (0 and a dot), and run check_mx_spf with --parked.";
    MX_IMPLICIT, "mx-implicit", Warning, "", ["smtp_banner", "mx_spf"],
        "The domain has no MX record, so its own address takes its mail (RFC 5321 section 5.1).",
        "Publish an MX record that names the host.";
    MX_NULL, "mx-null", Warning, "OK with --parked", ["smtp_banner", "mx_spf"],
        "The domain has a null MX: it says that it takes no mail (RFC 7505).",
        "Replace it by the mail exchanger, or run check_mx_spf with --parked.";
    MX_QUORUM, "mx-quorum", Critical, "", ["smtp_banner"],
        "Fewer mail exchangers of the domain work than --quorum wants.",
        "See the other findings for what is wrong with each of them.";
    MX_NULL_PREFERENCE, "mx-null-preference", Warning, "", ["mx_spf"],
        "The null MX has another preference than 0 (RFC 7505 section 3).",
        "Set its preference to 0.";
    MX_NULL_NOT_ALONE, "mx-null-not-alone", Warning, "", ["smtp_banner", "mx_spf"],
        "There is a null MX beside others, which it must not have (RFC 7505 section 3).",
        "Remove the null MX, or all others.";
    MX_ONE_FAMILY, "mx-one-family", Warning, "", ["mx_spf"],
        "No mail exchanger of the domain has an IPv4 address, and many senders have nothing else.",
        "Give one of them an IPv4 address.";
    MX_UNUSABLE, "mx-unusable", Critical, "", ["mx_spf"],
        "No mail exchanger of the domain has an address: mail to it comes back.",
        "See the other findings for what is wrong with each of them.";
    MX_IS_ADDRESS, "mx-is-address", Warning, "", ["mx_spf"],
        "An MX record names an address where a host name has to be (RFC 5321 section 5.1).",
        "Give the host a name with an A or AAAA record, and name that.";
    MX_NOT_HOSTNAME, "mx-not-hostname", Warning, "", ["mx_spf"],
        "The name of a mail exchanger is no host name: only letters, digits and hyphens are allowed (RFC 5321 section 2.3.5).",
        "Rename the host.";
    MX_ALIAS, "mx-alias", Warning, "", ["mx_spf"],
        "The name of a mail exchanger is an alias (CNAME), which it must not be (RFC 2181 section 10.3, RFC 5321 section 5.1).",
        "Name the alias's target in the MX record, or give the host address records of its own.";
    MX_UNRESOLVABLE, "mx-unresolvable", Warning, "", ["smtp_banner", "mx_spf"],
        "A mail exchanger has no address.",
        "Publish its A or AAAA record, or remove it from the MX records.";
    MX_PLACEHOLDER, "mx-placeholder", Warning, "", ["mx_spf"],
        "An MX record is left from proving the domain's ownership to Microsoft (msv1.invalid); no such host exists.",
        "Remove it; a TXT record proves the same.";
    MX_SINGLE_LABEL, "mx-single-label", Warning, "", ["mx_spf"],
        "The name of a mail exchanger has no dot in it, or is localhost: it means another host to everybody.",
        "Write the full name, and in a zone file the dot at its end.";
    MX_NOT_PUBLIC, "mx-not-public", Warning, "", ["mx_spf"],
        "A mail exchanger has an address that nobody on the Internet can reach: private, loopback, documentation and so on.",
        "Publish the public address; inside addresses belong into an inside view of the zone.";
    MX_DUPLICATE, "mx-duplicate", Warning, "", ["mx_spf"],
        "The same host is in several MX records.",
        "Keep one of them.";
    MX_TOO_MANY, "mx-too-many", Warning, "", ["mx_spf"],
        "There are more than 10 MX records; an SPF record with mx in it is a permerror then (RFC 7208 section 4.6.4).",
        "Put several addresses under one name.";
    MX_COUNT, "mx-count", Warning, "", ["mx_spf"],
        "The number of mail exchangers is outside the range of --mx-count.",
        "Look at what was changed in the zone, or correct --mx-count.";
    MX_UNEXPECTED, "mx-unexpected", Critical, "", ["mx_spf"],
        "The mail exchangers are not those of --expect-mx: one is missing, one is there that was not named, or its preference or address is another.",
        "If nobody changed the zone on purpose, find out who did: mail may go to strangers. Otherwise correct --expect-mx.";
    MX_PARKED, "mx-parked", Warning, "", ["mx_spf"],
        "With --parked: the domain has a mail exchanger.",
        "Publish a null MX instead (0 and a dot, RFC 7505), or leave out --parked.";
    MX_REDUNDANCY, "mx-redundancy", Ok, "", ["mx_spf"],
        "Mail, or the DNS of the domain, depends on one host, one network or one name server.",
        "A second one elsewhere; make it a WARNING with --severity mx-redundancy=warning.";
    MX_TTL, "mx-ttl", Ok, "", ["mx_spf"],
        "The MX records may be kept for longer than a week, or, where a server of the zone was asked itself, for less than a minute.",
        "An hour to a day is usual: shorter makes mail depend on every breath of the DNS, longer makes a move slow.";
    PTR_MISSING, "ptr-missing", Warning, "", ["mx_spf"],
        "An address of a mail exchanger has no name (PTR, RFC 1912 section 2.1); mail from it is often refused.",
        "The owner of the address, mostly the provider, can set it.";
    PTR_UNCONFIRMED, "ptr-unconfirmed", Warning, "", ["mx_spf"],
        "The name of a mail exchanger's address does not lead back to the address; mail from it is often refused.",
        "Give the name an A or AAAA record with this address, or set another name.";
    SERVERS_DIFFER, "servers-differ", Warning, "", ["mx_spf", "dkim_dmarc"],
        "With --consistency: the domain's name servers do not say the same.",
        "Look at the transfer of the zone to the server that differs; right after a change, wait for it.";
    SERVER_LAME, "server-lame", Warning, "", ["mx_spf", "dkim_dmarc"],
        "With --consistency: a name server of the domain has no address, does not answer, or does not serve the zone.",
        "Mend the server, or take its NS record out, at the registry too.";
    SERIALS_DIFFER, "serials-differ", Ok, "", ["mx_spf", "dkim_dmarc"],
        "With --consistency: the domain's name servers have different versions of the zone.",
        "Usual for some minutes after a change; if it stays, look at the transfer of the zone.";

    SPF_MISSING, "spf-missing", Warning, "", ["mx_spf"],
        "The domain has no SPF record: anybody may send in its name, and its own mail is trusted less.",
        "Publish a TXT record that begins with v=spf1 and names your senders; v=spf1 -all for a domain that sends none.";
    SPF_LOOK_ALIKE, "spf-look-alike", Warning, "", ["mx_spf"],
        "A TXT record looks like an SPF record and is none, because it does not begin with exactly v=spf1 and a blank.",
        "Correct its beginning: no quotes, no blank before it, no other version.";
    SPF_SENDER_ID, "spf-sender-id", Ok, "", ["mx_spf"],
        "There is a record of Sender ID (spf2.0), which nobody reads any more (RFC 6686).",
        "Remove it.";
    SPF_SEVERAL, "spf-several", Critical, "", ["mx_spf"],
        "There is more than one SPF record at a name, which makes every evaluation a permerror (RFC 7208 section 4.5).",
        "Put the terms of all into one record.";
    SPF_SYNTAX, "spf-syntax", Critical, "", ["mx_spf"],
        "An SPF record breaks the grammar, which makes every evaluation a permerror (RFC 7208 section 4.6).",
        "Correct the part that the carets point at; if it is in an included record, tell its owner, or leave the include out.";
    SPF_DNS_FAILED, "spf-dns-failed", Warning, "", ["mx_spf", "dkim_dmarc", "rbl"],
        "The DNS does not say what a part of the policy is, which makes evaluations a temperror (RFC 7208 section 4.4).",
        "The text names the question and the server; if it stays, the owner of that name has to mend his DNS, or the term has to go.";
    SPF_LOOKUPS, "spf-lookups", Warning, "by the range that is broken", ["mx_spf"],
        "More terms than wanted need the DNS. Above 10 every evaluation that gets so far is a permerror (RFC 7208 section 4.6.4).",
        "See -v for what each include costs; drop what is not used, and write ip4 and ip6 for hosts of your own.";
    SPF_VOIDS, "spf-voids", Warning, "CRITICAL above 2, which is a permerror", ["mx_spf"],
        "Terms of the policy lead to nothing in the DNS, for all clients or for those of one address family; above 2 that is a permerror (RFC 7208 section 4.6.4).",
        "Remove these terms, or publish what they name.";
    SPF_BAD_NAME, "spf-bad-name", Warning, "", ["mx_spf"],
        "A term of the policy leads to what can be no name in the DNS: an empty part, or one of more than 63 bytes. It never matches (RFC 7208 section 4.8).",
        "Correct the name, or remove the term.";
    SPF_LOOP, "spf-loop", Critical, "", ["mx_spf"],
        "A record includes or redirects to one that leads back to it, which makes evaluations a permerror.",
        "Take the term out.";
    SPF_TARGET_MISSING, "spf-target-missing", Critical, "", ["mx_spf"],
        "An include or redirect leads to a name without an SPF record, which makes evaluations a permerror (RFC 7208 sections 5.2 and 6.1).",
        "Correct the name, or remove the term: the service behind it may be gone, and whoever gets its domain could send in your name.";
    SPF_MX_LIMIT, "spf-mx-limit", Critical, "", ["mx_spf"],
        "An mx term names a domain with more than 10 MX records, which is a permerror (RFC 7208 section 4.6.4).",
        "Write ip4 and ip6 terms in its place.";
    SPF_MX_UNRESOLVABLE, "spf-mx-unresolvable", Warning, "", ["mx_spf"],
        "An mx term leads to a host that has no address.",
        "Publish its address, or correct the MX record.";
    SPF_ALLOWS_ALL, "spf-allows-all", Critical, "", ["mx_spf"],
        "The policy lets everybody send in the domain's name (+all, networks wider than /8 or together half of IPv4, with IPv6 wider than /16, or an exists that is true for everybody).",
        "End the record with -all or ~all, and name your senders.";
    SPF_NEUTRAL_ALL, "spf-neutral-all", Warning, "", ["mx_spf"],
        "The policy says nothing about strangers: it ends in ?all, or includes with ? a record that lets everybody pass.",
        "End it with ~all or -all.";
    SPF_NO_ALL, "spf-no-all", Warning, "", ["mx_spf"],
        "The policy has no end: without all or redirect= it is neutral about strangers (RFC 7208 section 4.7).",
        "End it with ~all or -all.";
    SPF_AFTER_ALL, "spf-after-all", Warning, "", ["mx_spf"],
        "Terms stand behind all, where they are never looked at (RFC 7208 section 5.1).",
        "Put them before it, or remove them.";
    SPF_REDIRECT_IGNORED, "spf-redirect-ignored", Warning, "", ["mx_spf"],
        "redirect= stands beside all, where it has no effect (RFC 7208 section 6.1).",
        "Remove one of the two; for the terms of another record, include it.";
    SPF_PTR, "spf-ptr", Warning, "", ["mx_spf"],
        "The policy uses ptr, which should not be published: it is slow, and some receivers leave it out (RFC 7208 section 5.5); or a ptr term is about a name without address.",
        "Write ip4, ip6 or a terms in its place.";
    SPF_DUPLICATE_INCLUDE, "spf-duplicate-include", Warning, "", ["mx_spf"],
        "The policy includes the same record more than once, and each time counts towards the limit of 10.",
        "Keep one of them.";
    SPF_OVERLAP, "spf-overlap", Ok, "", ["mx_spf"],
        "Networks of the domain's own record are there twice, or lie in one another.",
        "Remove the smaller ones; it makes the record shorter.";
    SPF_WIDE_NETWORK, "spf-wide-network", Warning, "OK in an included record", ["mx_spf"],
        "A network is wider than /16, or with IPv6 than /32: many strangers may send in the domain's name.",
        "Name the hosts that do send.";
    SPF_NOT_PUBLIC, "spf-not-public", Warning, "OK in an included record", ["mx_spf"],
        "A network is not of the public Internet (private, loopback, documentation and so on): no receiver will see mail from it.",
        "Remove it; publish the address that your senders have outside.";
    SPF_TOO_LONG, "spf-too-long", Warning, "OK up to 512 bytes", ["mx_spf"],
        "The record is longer than 450 bytes, so that an answer may not fit into one datagram (RFC 7208 section 3.4).",
        "Shorten it, or move a part into an include.";
    SPF_OBSOLETE_TYPE, "spf-obsolete-type", Ok, "", ["mx_spf"],
        "There is a record of SPF's own type 99, which is no longer used (RFC 7208 section 3.1).",
        "Remove it, so that it cannot contradict the TXT record.";
    SPF_UNDECODABLE, "spf-undecodable", Ok, "", ["mx_spf"],
        "There is a TXT record beside the SPF record that is not UTF-8, over which some readers stumble.",
        "Find out who needs it, and remove it if nobody does.";
    SPF_UNKNOWN_MODIFIER, "spf-unknown-modifier", Warning, "", ["mx_spf"],
        "The record has a modifier that RFC 7208 does not know, which is left out of account.",
        "Correct its spelling, or remove it.";
    SPF_EXP_UNUSABLE, "spf-exp-unusable", Warning, "", ["mx_spf"],
        "The explanation that exp= names cannot be used; the result is the same without it (RFC 7208 section 6.2).",
        "Publish exactly one TXT record there, or remove exp=.";
    SPF_REPORT_MODIFIER, "spf-report-modifier", Warning, "", ["mx_spf"],
        "A modifier for failure reports (ra, rp, rr, RFC 6652) is wrong, is there twice, or has no effect.",
        "Correct it, or remove it: DMARC's reports have taken its place.";
    SPF_NOT_PARKED, "spf-not-parked", Warning, "", ["mx_spf"],
        "With --parked: the record is not v=spf1 -all.",
        "Publish v=spf1 -all, or leave out --parked.";
    SPF_UNEXPECTED, "spf-unexpected", Critical, "", ["mx_spf"],
        "The record is not that of --expect-record.",
        "If nobody changed it on purpose, find out who did; otherwise correct --expect-record.";
    SPF_NETWORKS_CHANGED, "spf-networks-changed", Ok, "", ["mx_spf"],
        "The networks that may send have changed within a day, in the own record or in an included one.",
        "Check that each new one belongs to you or to a service of yours; make it a WARNING with --severity spf-networks-changed=warning.";
    SPF_RECORD_OLD, "spf-record-old", Warning, "", ["mx_spf"],
        "The record has not changed for longer than --max-record-age.",
        "Check that every sender in it is still one of yours.";
    SPF_RESULT, "spf-result", Warning, "CRITICAL for fail and permerror; with --expect-result, CRITICAL for any other result", ["mx_spf"],
        "The evaluation for the client of --ip gives another result than pass or temperror, or not that of --expect-result.",
        "The text names the term or the reason that decided. Mend the record where it is wrong or missing; where it is right, add the client to it, or stop the client from sending in the domain's name.";
    SPF_NOT_COVERED, "spf-not-covered", Critical, "WARNING where the result is a temperror", ["mx_spf"],
        "An address of --covers or --covers-mx does not pass: its mail is likely to be refused.",
        "Add it to the policy of the domain that the text names, or correct the option.";
    SPF_FORBIDDEN_PASSES, "spf-forbidden-passes", Critical, "", ["mx_spf"],
        "An address of --forbid-ip passes: its owner can send in the domain's name.",
        "Take the term that the text names out of the policy.";

    DKIM_DNS_FAILED, "dkim-dns-failed", Warning, "--unreachable-state, -t SECONDS:STATE", ["dkim_dmarc"],
        "The DNS does not say whether a selector has a key, or what it is: signatures get a temporary error.",
        "The text names the server; if it stays, mend the DNS of the name, which may be that of a service.";
    DKIM_MISSING, "dkim-missing", Warning, "", ["dkim_dmarc"],
        "The domain has no DKIM keys at all.",
        "Let the mail server or service sign (OpenDKIM, rspamd, Exim dkim_selector), and publish its key below _domainkey.";
    DKIM_SELECTOR_MISSING, "dkim-selector-missing", Critical, "", ["dkim_dmarc"],
        "A selector that signs has no key: every signature with it fails. The text tells a wrong selector from no DKIM at all.",
        "Compare the selector with the s= of a signature in a message you sent; publish its key, or correct --selector.";
    DKIM_SEVERAL, "dkim-several", Critical, "WARNING for a guessed selector", ["dkim_dmarc"],
        "There is more than one key record at a selector: verifiers take any of them (RFC 6376 section 3.6.2.2).",
        "Remove all but the one that signs; a new key gets a new selector.";
    DKIM_SYNTAX, "dkim-syntax", Critical, "WARNING for a guessed selector", ["dkim_dmarc"],
        "A key record breaks the grammar (RFC 6376 sections 3.2 and 3.6.1), so no signature with it passes.",
        "Correct the part that the carets point at; a record made by the signer's own tool is right.";
    DKIM_REVOKED, "dkim-revoked", Critical, "", ["dkim_dmarc"],
        "A selector that signs has a record without a key (p= is empty): the key is revoked.",
        "Publish the key again, or sign with another selector; a selector that no longer signs goes to --retired.";
    DKIM_KEY_INVALID, "dkim-key-invalid", Critical, "WARNING for a guessed selector", ["dkim_dmarc"],
        "The key in a record cannot be used: cut off, of another type than the record says, or no key.",
        "Publish it again from the signer's file; long keys are often cut where the zone's editor splits strings.";
    DKIM_KEY_SHORT, "dkim-key-short", Warning, "CRITICAL below 1024 bits, but for a guessed selector", ["dkim_dmarc"],
        "An RSA key is shorter than 2048 bits; below 1024 nobody may verify with it (RFC 8301 section 3.2).",
        "Make a key of 2048 bits under a new selector, publish it, then sign with it.";
    DKIM_KEY_LONG, "dkim-key-long", Warning, "", ["dkim_dmarc"],
        "An RSA key is longer than 4096 bits, with which verifiers need not cope (RFC 8301 section 3.2).",
        "Make a key of 2048 or 4096 bits under a new selector.";
    DKIM_KEY_FORM, "dkim-key-form", Warning, "", ["dkim_dmarc"],
        "An RSA key is published alone (PKCS#1), without the name of its algorithm around it (SPKI), which OpenDKIM and other verifiers do not read.",
        "Publish it as openssl rsa -pubout writes it.";
    DKIM_KEY_TYPE, "dkim-key-type", Critical, "WARNING for a guessed selector", ["dkim_dmarc"],
        "The type of a key (k=) is neither rsa nor ed25519, so every verifier ignores the record.",
        "Correct k=, or leave it out for RSA.";
    DKIM_RSA_MISSING, "dkim-rsa-missing", Warning, "", ["dkim_dmarc"],
        "SPF cannot pass, and the only keys that work are ed25519 (RFC 8463), which many receivers cannot verify: to them nothing passes.",
        "Publish an RSA key of 2048 bits under another selector, and sign with both.";
    DKIM_HASH, "dkim-hash", Critical, "WARNING for a guessed selector", ["dkim_dmarc"],
        "A key record allows only hash algorithms that nobody verifies any more (RFC 8301 section 3.1).",
        "Leave h= out, or write h=sha256.";
    DKIM_SERVICE, "dkim-service", Critical, "WARNING for a guessed selector", ["dkim_dmarc"],
        "A key record is for other services than mail (s=).",
        "Leave s= out, or write s=email.";
    DKIM_TESTING, "dkim-testing", Warning, "", ["dkim_dmarc"],
        "A key record says that DKIM is only tested (t=y): receivers treat what fails like unsigned mail.",
        "Remove t=y when signing works.";
    DKIM_CAPITALS, "dkim-capitals", Warning, "", ["dkim_dmarc"],
        "A key record has a value in capitals (k=RSA): values are case-sensitive (RFC 6376 section 3.2), and not every verifier overlooks it.",
        "Write it in small letters.";
    DKIM_VERSION_ORDER, "dkim-version-order", Warning, "", ["dkim_dmarc"],
        "A key record has its version behind other tags; it has to be the first (RFC 6376 section 3.6.1).",
        "Put v=DKIM1 first, or leave it out.";
    DKIM_OBSOLETE_TAG, "dkim-obsolete-tag", Ok, "", ["dkim_dmarc"],
        "A key record has g=, which RFC 6376 took out.",
        "Remove it: old verifiers may heed it.";
    DKIM_UNKNOWN_TAG, "dkim-unknown-tag", Ok, "", ["dkim_dmarc"],
        "A key record has tags that nobody knows; they are ignored.",
        "Look for a typing error.";
    DKIM_WILDCARD, "dkim-wildcard", Warning, "", ["dkim_dmarc"],
        "A selector is answered by a wildcard, as every other one would be, so nothing is known of it.",
        "Publish the key under its own name, and take the wildcard out.";
    DKIM_UNRELATED, "dkim-unrelated", Warning, "", ["dkim_dmarc"],
        "There are other texts beside a selector's key.",
        "Remove them: some verifiers take any text for the key, or refuse when there are several.";
    DKIM_RETIRED, "dkim-retired", Warning, "", ["dkim_dmarc"],
        "The key of a selector of --retired is still published, so what is signed with it still passes; or a key table still signs with it.",
        "Take the selector out of the signer's configuration first; then remove the record, or revoke the key with an empty p=.";
    DKIM_FINGERPRINT, "dkim-fingerprint", Critical, "", ["dkim_dmarc"],
        "A published key has another SHA-256 fingerprint than the one of --expect-fingerprint.",
        "If the key was changed on purpose, give the new fingerprint (shown at -v); if not, find out who publishes it.";
    DKIM_KEY_MISMATCH, "dkim-key-mismatch", Critical, "", ["dkim_dmarc"],
        "A published key is not the one in the local file, so everything that this host signs fails.",
        "Publish the local key's public part, or let the signer use the key that is published.";
    DKIM_KEY_OLD, "dkim-key-old", Warning, "", ["dkim_dmarc"],
        "A key has not changed for longer than --max-key-age.",
        "Make a new key under a new selector, publish it, sign with it, and retire the old one after a week.";
    DKIM_KEY_CHANGED, "dkim-key-changed", Ok, "", ["dkim_dmarc"],
        "A selector's key has changed within a day.",
        "Check that it was changed on purpose; make it a WARNING with --severity dkim-key-changed=warning.";
    DKIM_NOT_ALIGNED, "dkim-not-aligned", Warning, "", ["dkim_dmarc"],
        "A selector signs for another domain, so its signatures do not count for DMARC (RFC 9989 section 4.4.1).",
        "Let the service sign with your domain as d=; with adkim=s it has to be exactly the domain of From.";

    DMARC_DNS_FAILED, "dmarc-dns-failed", Warning, "--unreachable-state, -t SECONDS:STATE", ["dkim_dmarc"],
        "The DNS does not say what the DMARC record is, or whether one above it counts.",
        "The text names the server; if it stays, mend the DNS of the name.";
    DMARC_MISSING, "dmarc-missing", Warning, "", ["dkim_dmarc"],
        "Neither the domain nor its organization has a DMARC record: anybody may write in its name, and large receivers trust its mail less.",
        "Publish v=DMARC1; p=none; rua=mailto:... at _dmarc, read the reports, then go on to quarantine and reject.";
    DMARC_SEVERAL, "dmarc-several", Warning, "", ["dkim_dmarc"],
        "There is more than one DMARC record at a name, so all are discarded (RFC 9989 section 4.10).",
        "Keep one.";
    DMARC_WRONG_PLACE, "dmarc-wrong-place", Warning, "", ["dkim_dmarc"],
        "A DMARC record is where nobody looks for it: at the domain itself, or below the domain written twice.",
        "Move it to _dmarc of the domain; in a zone file a full name ends in a dot.";
    DMARC_LOOK_ALIKE, "dmarc-look-alike", Warning, "", ["dkim_dmarc"],
        "A text at _dmarc looks like a DMARC record, and no receiver takes it for one.",
        "Correct its beginning to exactly v=DMARC1 and a semicolon.";
    DMARC_SPF_RECORD, "dmarc-spf-record", Warning, "", ["dkim_dmarc"],
        "There is an SPF record at _dmarc, mostly because a wildcard answers there.",
        "Move it to the domain, or give _dmarc a record of its own.";
    DMARC_UNRELATED, "dmarc-unrelated", Ok, "", ["dkim_dmarc"],
        "There are texts at _dmarc that have nothing to do with DMARC; receivers discard them.",
        "Remove them; if a wildcard answers there, give _dmarc a record of its own.";
    DMARC_SYNTAX, "dmarc-syntax", Warning, "", ["dkim_dmarc"],
        "A part of the DMARC record breaks the grammar (RFC 9989 section 4.8) and is ignored.",
        "Correct the part that the carets point at.";
    DMARC_VALUE, "dmarc-value", Warning, "", ["dkim_dmarc"],
        "A tag of the DMARC record has a value that does not exist, so its default counts; where it is p, sp or np, the policy counts as none for all (RFC 9989 section 4.10.1).",
        "Correct the part that the carets point at.";
    DMARC_UNKNOWN_TAG, "dmarc-unknown-tag", Warning, "", ["dkim_dmarc"],
        "The DMARC record has a tag that nobody knows, and that is ignored.",
        "Look for a typing error, or remove it.";
    DMARC_REMOVED_TAG, "dmarc-removed-tag", Ok, "WARNING for pct below 100", ["dkim_dmarc"],
        "The DMARC record has a tag that RFC 9989 took out: pct, rf or ri.",
        "Remove it. In place of pct below 100 write t=y, which older receivers do not know.";
    DMARC_TAG_ORDER, "dmarc-tag-order", Ok, "", ["dkim_dmarc"],
        "p= is not right behind v=DMARC1, as RFC 7489 wanted it and some receivers still do.",
        "Write p= right behind v=DMARC1;.";
    DMARC_NOT_APPLIED, "dmarc-not-applied", Warning, "", ["dkim_dmarc"],
        "The DMARC record has no usable policy and no usable rua=, so receivers do as if there were none (RFC 9989 section 4.10.1).",
        "Write p=none, p=quarantine or p=reject.";
    DMARC_POLICY_NONE, "dmarc-policy-none", Warning, "", ["dkim_dmarc"],
        "The policy in force is none: receivers are asked to do nothing about mail that fails.",
        "When the reports show that your own mail passes, go on to p=quarantine, then p=reject; while you watch, --ignore dmarc-policy-none.";
    DMARC_POLICY_WEAK, "dmarc-policy-weak", Critical, "", ["dkim_dmarc"],
        "The policy in force is weaker than the one of --require-policy.",
        "See the other findings for what makes it so; if nobody changed it on purpose, find out who did.";
    DMARC_SUBDOMAINS_WEAKER, "dmarc-subdomains-weaker", Warning, "", ["dkim_dmarc"],
        "The policy for subdomains (sp) or for names that do not exist (np) is weaker than the one it makes an exception from.",
        "Remove sp= and np=, or make them as strong: forgers use subdomains.";
    DMARC_SUBDOMAINS_IGNORED, "dmarc-subdomains-ignored", Ok, "", ["dkim_dmarc"],
        "sp= or np= stands in the record of a subdomain, where it has no effect (RFC 9989 section 4.7).",
        "Put it into the record of the organizational domain, or publish a record for each name.";
    DMARC_TESTING, "dmarc-testing", Warning, "", ["dkim_dmarc"],
        "The DMARC record is only tested (t=y): its policy is carried out one level weaker.",
        "Remove t=y when the reports show that your own mail passes.";
    DMARC_PUBLIC_SUFFIX, "dmarc-public-suffix", Warning, "", ["dkim_dmarc"],
        "The record that counts is one of a public suffix (psd=y): that above the domain, because the organization has none, or the domain's own.",
        "Publish a record for the organizational domain; psd=y is for registries only.";
    DMARC_RUA_MISSING, "dmarc-rua-missing", Warning, "", ["dkim_dmarc"],
        "The DMARC record asks for no aggregate reports (rua).",
        "Add rua=mailto:... and read them: they show who sends in your name, and what of your own mail fails.";
    DMARC_URI, "dmarc-uri", Warning, "", ["dkim_dmarc"],
        "An address for reports cannot be used.",
        "Write it as mailto:name@domain, with commas between several.";
    DMARC_URI_SCHEME, "dmarc-uri-scheme", Warning, "", ["dkim_dmarc"],
        "An address for reports is no mailbox; receivers need support only mailto:.",
        "Give a mailbox.";
    DMARC_URI_SIZE, "dmarc-uri-size", Ok, "", ["dkim_dmarc"],
        "An address for reports has a size limit, which RFC 9989 took out.",
        "Remove it.";
    DMARC_URI_COUNT, "dmarc-uri-count", Warning, "", ["dkim_dmarc"],
        "There are more than two addresses for one kind of reports; many receivers heed only two.",
        "Keep two, and forward from there.";
    DMARC_DESTINATION_UNAUTHORISED, "dmarc-destination-unauthorised", Warning, "", ["dkim_dmarc"],
        "A place for reports is of another organization and does not say that it wants them (RFC 9990 section 4), so it gets none.",
        "Its owner publishes v=DMARC1 as TXT at the name in the text.";
    DMARC_DESTINATION_NO_MAIL, "dmarc-destination-no-mail", Warning, "", ["dkim_dmarc"],
        "The domain of a place for reports takes no mail.",
        "Correct the address, or give its domain an MX record.";
    DMARC_DESTINATION_UNKNOWN, "dmarc-destination-unknown", Warning, "--unreachable-state, -t SECONDS:STATE", ["dkim_dmarc"],
        "The DNS does not say whether a place for reports takes them.",
        "The text names the server; if it stays, its owner has to mend his DNS.";
    DMARC_UNEXPECTED, "dmarc-unexpected", Critical, "", ["dkim_dmarc"],
        "The record is not that of --expect-record.",
        "If nobody changed it on purpose, find out who did; otherwise correct --expect-record.";
    DMARC_RECORD_CHANGED, "dmarc-record-changed", Ok, "", ["dkim_dmarc"],
        "The DMARC record has changed within a day.",
        "Check that it was changed on purpose; make it a WARNING with --severity dmarc-record-changed=warning.";
    DMARC_PARKED, "dmarc-parked", Warning, "", ["dkim_dmarc"],
        "With --parked: the policy is not reject for the domain and all below it, or SPF or a DKIM key lets mail pass all the same.",
        "Publish v=DMARC1; p=reject; without sp= or np=, at the organization too, and v=spf1 -all, and remove the keys or revoke them with an empty p=.";
    DMARC_NOTHING_PASSES, "dmarc-nothing-passes", Critical, "WARNING where the policy in force is quarantine, OK where it is none", ["dkim_dmarc"],
        "Neither SPF nor DKIM can pass for the domain, and its policy asks receivers to refuse what does not pass: all its mail is lost.",
        "Publish SPF or a DKIM key now, or set p=none until you have; for a domain that sends no mail use --parked.";

    MESSAGE_DMARC, "message-dmarc", Critical, "WARNING where the policy in force is none", ["dkim_dmarc"],
        "With --message: nothing that passes is aligned with the author's domain, so the message fails DMARC; where SPF was not evaluated, unless that passes.",
        "See the other findings for what is wrong with each signature and with SPF; what passes has to be of the domain in From.";
    MESSAGE_NO_POLICY, "message-no-policy", Warning, "", ["dkim_dmarc"],
        "With --message: the author's domain has no DMARC record that counts.",
        "Publish one at _dmarc of the domain, or of its organization's.";
    MESSAGE_AUTHOR, "message-author", Critical, "WARNING where one address stands in angle brackets", ["dkim_dmarc"],
        "With --message: From is missing, is there more than once, cannot be read, or names several domains or an address literal, so receivers cannot judge it and many refuse it.",
        "Correct the program that writes the message.";
    MESSAGE_UNSIGNED, "message-unsigned", Warning, "", ["dkim_dmarc"],
        "With --message: the message has no DKIM-Signature.",
        "Look at why the signer passed it over: its domain, its client's address, or a filter before it; a copy from the sender's own folder was never signed.";
    MESSAGE_SPF, "message-spf", Warning, "", ["dkim_dmarc"],
        "With --message and --ip: SPF does not pass for the envelope's sender.",
        "See what check_mx_spf --ip says of the same client.";
    MESSAGE_FIELD_MISSING, "message-field-missing", Ok, "", ["dkim_dmarc"],
        "With --message: Date or Message-ID is missing (RFC 5322 section 3.6), which spam filters count against a message.",
        "Let the program that writes the message, or the mail server, add it before it is signed.";
    MESSAGE_FIELD_REPEATED, "message-field-repeated", Warning, "", ["dkim_dmarc"],
        "With --message: Date or Message-ID is there more than once (RFC 5322 section 3.6).",
        "Correct the program that writes the message.";
    MESSAGE_HEADER_BROKEN, "message-header-broken", Warning, "", ["dkim_dmarc"],
        "With --message: a line in the header is no header field, so the header ends before it.",
        "Look at that line: fields behind it belong to the body for every receiver.";
    SIGNATURE_BODY, "signature-body", Warning, "", ["dkim_dmarc"],
        "With --message: the body is not the one that was signed.",
        "Look for what changes it after signing: a footer, a virus scanner, another encoding, line ends; sign last.";
    SIGNATURE_HEADER, "signature-header", Warning, "", ["dkim_dmarc"],
        "With --message: a signed header field was changed, added or removed after signing.",
        "Look for what rewrites it: a mailing list's Subject, a gateway's To or Message-ID, folding; sign last, and with relaxed.";
    SIGNATURE_KEY, "signature-key", Warning, "", ["dkim_dmarc"],
        "With --message: the key of a signature is missing, revoked, unusable, or another one than it was made with.",
        "Publish the key that signs at the selector in the text; see what --selector says of it.";
    SIGNATURE_DNS_FAILED, "signature-dns-failed", Warning, "--unreachable-state, -t SECONDS:STATE", ["dkim_dmarc"],
        "With --message: the DNS does not say what the key of a signature is.",
        "The text names the server; if it stays, mend the DNS of the name.";
    SIGNATURE_EXPIRED, "signature-expired", Warning, "", ["dkim_dmarc"],
        "With --message: a signature's time (x=) is over.",
        "Old messages are no test; for new ones, look at the signer's clock and how long it lets signatures live.";
    SIGNATURE_ALGORITHM, "signature-algorithm", Warning, "", ["dkim_dmarc"],
        "With --message: a signature is made with an algorithm that no verifier accepts (RFC 8301).",
        "Let the signer use rsa-sha256 or ed25519-sha256.";
    SIGNATURE_SYNTAX, "signature-syntax", Warning, "", ["dkim_dmarc"],
        "With --message: a DKIM-Signature breaks the grammar (RFC 6376 section 3.5), or the header is too long, so verifiers pass it over.",
        "Look at the part that the carets point at, and for what rewrites the header after signing.";
    SIGNATURE_BODY_OPEN, "signature-body-open", Warning, "", ["dkim_dmarc"],
        "With --message: a signature covers only the beginning of the body (l=), so others can add to the message.",
        "Let the signer leave l= out (OpenDKIM BodyLengthDB and MaximumSignedBytes).";
    SIGNATURE_FIELD_EXTRA, "signature-field-extra", Warning, "", ["dkim_dmarc"],
        "With --message: a header field is there more often than it is signed, so one of them may be a stranger's.",
        "Let the signer oversign it (OpenDKIM OversignHeaders, rspamd sign_headers).";
    SIGNATURE_COVERAGE, "signature-coverage", Ok, "", ["dkim_dmarc"],
        "With --message: header fields that readers see are not signed, or could be added once more.",
        "Let the signer sign and oversign them.";
    SIGNATURE_FUTURE, "signature-future", Warning, "", ["dkim_dmarc"],
        "With --message: a signature says that it was made in the future.",
        "Set the clocks of the signer and of this machine.";

    BIMI_DNS_FAILED, "bimi-dns-failed", Warning, "--unreachable-state, -t SECONDS:STATE", ["dkim_dmarc"],
        "With --bimi: the DNS does not say what the BIMI record is.",
        "The text names the server; if it stays, mend the DNS of the name.";
    BIMI_MISSING, "bimi-missing", Warning, "", ["dkim_dmarc"],
        "With --bimi: neither the domain nor its organization has a BIMI record under the selector.",
        "Publish v=BIMI1; l=https://... at the selector's name below _bimi, or leave out --bimi.";
    BIMI_SEVERAL, "bimi-several", Warning, "", ["dkim_dmarc"],
        "With --bimi: there is more than one BIMI record at a name, so none counts.",
        "Keep one.";
    BIMI_SYNTAX, "bimi-syntax", Warning, "", ["dkim_dmarc"],
        "With --bimi: the BIMI record breaks a rule, so receivers ignore it.",
        "Correct the part that the carets point at.";
    BIMI_UNKNOWN_TAG, "bimi-unknown-tag", Warning, "", ["dkim_dmarc"],
        "With --bimi: the BIMI record has a tag that nobody knows, and that is ignored.",
        "Look for a typing error, or remove it.";
    BIMI_WRONG_PLACE, "bimi-wrong-place", Warning, "", ["dkim_dmarc"],
        "With --bimi: a BIMI record is at the domain itself, where nobody looks for it.",
        "Move it to the selector's name below _bimi of the domain.";
    BIMI_SPF_RECORD, "bimi-spf-record", Warning, "", ["dkim_dmarc"],
        "With --bimi: there is an SPF record where BIMI belongs, mostly because a wildcard answers there.",
        "Give the selector's name below _bimi a record of its own.";
    BIMI_UNRELATED, "bimi-unrelated", Ok, "", ["dkim_dmarc"],
        "With --bimi: there are texts where BIMI belongs that have nothing to do with it.",
        "Remove them; if a wildcard answers there, give the name a record of its own.";
    BIMI_NO_EVIDENCE, "bimi-no-evidence", Ok, "", ["dkim_dmarc"],
        "With --bimi: the record names no mark certificate (a=), and most receivers show nothing without one.",
        "Get a mark certificate (VMC or CMC), or leave it at that.";
    BIMI_POLICY, "bimi-policy", Warning, "", ["dkim_dmarc"],
        "With --bimi: the DMARC policy is not one with which receivers show the picture.",
        "Set p= to quarantine or reject, without sp=none and without pct.";

    ADDRESS_LISTED, "address-listed", Warning, "by the range that the score is outside of", ["rbl"],
        "Lists that can be believed list an address, and their weights together are outside -w or -c.",
        "Find out what the address sent: the queue, the log, accounts that were taken over. Stop that first, then ask for removal where the text says; asked too early, it is listed again.";
    DOMAIN_LISTED, "domain-listed", Warning, "by the range that the score is outside of", ["rbl"],
        "Lists that can be believed list a domain, and their weights together are outside -w or -c.",
        "Look for a site that was broken into, for links to the domain in spam and for newsletters nobody asked for; then ask for removal where the text says.";
    SCORE_THRESHOLD, "score-threshold", Warning, "by the range that the score is outside of", ["rbl"],
        "The score of a target that nothing lists is outside -w or -c, which is what such a range asks for.",
        "Look at the range: -w 0 -c 1 is what most want.";
    LISTING_TOLERATED, "listing-tolerated", Ok, "", ["rbl"],
        "A target is listed, and the score is inside the ranges of -w and -c all the same.",
        "Nothing, if that is what the ranges are for; the first line says it in any case.";
    LISTING_ACCEPTED, "listing-accepted", Ok, "", ["rbl"],
        "A target is on a list for which --accept says that this is known.",
        "Take the --accept out when the listing is gone.";
    LISTING_POLICY, "listing-policy", Ok, "", ["rbl"],
        "A list says of the address that it should not send mail to others' servers itself (PBL, or a name that is generic): right for the lines of customers, wrong for a mail server.",
        "If mail leaves from this address, ask the provider or the list to take it out; many receivers refuse mail from it. --severity listing-policy=warning to be told.";
    LISTING_INFORMATION, "listing-information", Ok, "", ["rbl"],
        "A list that does not count says something: its network or its provider is listed, a grey list, a code that is not documented.",
        "Nothing, mostly: receivers seldom go by it. --severity listing-information=warning to be told.";
    ALLOW_LIST_MISSING, "allow-list-missing", Ok, "", ["rbl"],
        "A target is not on a list that --allow-list names.",
        "Ask the list to take it in, if that is worth it; --severity allow-list-missing=warning to be told.";
    LIST_REFUSED, "list-refused", Ok, "UNKNOWN where too few lists can be believed", ["rbl"],
        "A list does not answer this resolver: it is a public one, has no name of its own (rDNS), asks too often or is not registered. That is no listing.",
        "Ask through a resolver of your own that asks the lists itself (unbound or knot-resolver on this machine, without a forwarder; --nameserver 127.0.0.1) and whose address has a name. Public resolvers and those of big hosters are refused. Or get a free key and name the keyed list: --without zen.spamhaus.org --with zen.dq.spamhaus.net. Or leave the list out with --without.";
    LIST_BROKEN, "list-broken", Ok, "UNKNOWN where too few lists can be believed", ["rbl"],
        "A list cannot be believed: it lists also what no list may list, the test entry is missing, or answers what no list can mean. It may be dead, and its domain sold.",
        "Leave it out with --without, and take it out of your mail server's configuration too: what it does to the check it does to your mail.";
    LIST_UNANSWERED, "list-unanswered", Ok, "UNKNOWN where too few lists can be believed", ["rbl"],
        "A list failed, or said nothing in time. That says nothing about the target.",
        "If it stays so, leave it out with --without; some lists answer only those who register.";
    ANSWERS_TOO_FEW, "answers-too-few", Unknown, "", ["rbl"],
        "No listing of the target alerts, and the lists that can be believed are fewer than --min-answers wants.",
        "The other findings say what keeps the lists from answering. If it is nearly all of them, it is the resolver: ask through one of your own.";
    RESOLVER_REWRITES, "resolver-rewrites", Unknown, "", ["rbl"],
        "The resolver gives an address for names that do not exist, so that everything seems to be on every list.",
        "Ask another resolver with --nameserver, or have the rewriting turned off; your mail server must not use this one for blocklists either.";
    ADDRESS_NOT_PUBLIC, "address-not-public", Unknown, "", ["rbl"],
        "An address is not of the public Internet, so no list can know it: private, loopback, documentation.",
        "Name the address under which others see the host; behind NAT that is the gateway's.";
    NETWORK_TOO_LARGE, "network-too-large", Ok, "", ["rbl"],
        "With --spf-senders: SPF lets networks of more than 16 addresses send, which are not looked at.",
        "Name the addresses that matter with -H.";

    CPU_USAGE, "cpu-usage", Warning, "by the range that is broken", ["host_resources"],
        "More processor time is in use than --cpu-warning or --cpu-critical allow.",
        "Look for the process that uses it (top); content filters and a wave of mail are the usual ones on a mail host.";
    CPU_IOWAIT, "cpu-iowait", Warning, "by the range that is broken", ["host_resources"],
        "More processor time is spent waiting for disks than --iowait-warning or --iowait-critical allow.",
        "Look for the process and the disk (iostat, iotop); a queue on a slow disk is the usual one on a mail host.";
    CPU_STEAL, "cpu-steal", Warning, "by the range that is broken", ["host_resources"],
        "The host of this virtual machine gives more of the processor time that is wanted to others than --steal-warning or --steal-critical allow.",
        "Ask whoever runs the host: it has promised more processors than it has.";
    MEMORY_USAGE, "memory-usage", Warning, "by the range that is broken", ["host_resources"],
        "More memory is in use, and not to be had without swapping, than --memory-warning or --memory-critical allow.",
        "Look for the process that has it; a virus scanner's signatures and too many filters at once are the usual ones on a mail host.";
    MEMORY_LIMIT, "memory-limit", Warning, "by the range that is broken", ["host_resources"],
        "The control groups that this process is in have more of the memory that they may have in use than --memory-warning or --memory-critical allow: beyond it the kernel ends processes.",
        "Raise the limit of the container or the service (MemoryMax), or look for the process that grows.";
    MEMORY_CORRECTED, "memory-errors-corrected", Warning, "", ["host_resources"],
        "The kernel has counted errors of the memory since the machine was started that the hardware has corrected (EDAC).",
        "Have the memory module replaced before it has errors that cannot be corrected; edac-util or the kernel's log says which. Counting begins anew with reset_counters below /sys/devices/system/edac/mc.";
    MEMORY_UNCORRECTED, "memory-errors-uncorrected", Critical, "", ["host_resources"],
        "The kernel has counted errors of the memory since the machine was started that could not be corrected (EDAC): something was lost.",
        "Have the memory module replaced; edac-util or the kernel's log says which. Counting begins anew with reset_counters below /sys/devices/system/edac/mc.";
    SWAP_USAGE, "swap-usage", Warning, "by the range that is broken", ["host_resources"],
        "More swap is in use than --swap-warning or --swap-critical allow.",
        "Memory is too small for what runs; look for the process that grows.";
    DISK_USAGE, "disk-usage", Warning, "by the range that is broken; of a file system of 50 GB and more, CRITICAL when 5 GB or less are left", ["host_resources"],
        "A file system is fuller than --disk-warning or --disk-critical allow, or is a large one with less than 10 GB left.",
        "Make room: logs, quarantine, old packages. A mail host whose queue has no room refuses mail.";
    DISK_FILLS, "disk-fills", Warning, "by the range that is broken", ["host_resources"],
        "A file system will be full in less time than --full-in-warning or --full-in-critical allow, if it goes on as in the last hour.",
        "Look for what grows: a log, a queue, a backup.";
    MOUNT_BROKEN, "mount-broken", Critical, "--unreachable-state", ["host_resources"],
        "A file system is mounted and answers with an error: its disk fails, its server has forgotten it, or the program that served it has ended.",
        "Look into the kernel's log (dmesg); unmount it (umount -l) and mount it again.";
    MOUNT_HANGS, "mount-hangs", Critical, "-t SECONDS:STATE, --unreachable-state", ["host_resources"],
        "A file system behind a network, or served by a program, does not answer: whatever touches it hangs too.",
        "Look at the server and the network; umount -f -l takes it away. --exclude-mount leaves it out without touching it.";
    INODES_USAGE, "inodes-usage", Warning, "by the range that is broken", ["host_resources"],
        "More inodes of a file system are in use than --inodes-warning or --inodes-critical allow: no file can be made without one, however much room there is.",
        "Look for directories with very many small files; maildirs and sessions are the usual ones.";
    MOUNT_MISSING, "mount-missing", Critical, "", ["host_resources"],
        "Nothing is mounted where --mount names a file system.",
        "Mount it, and look into the kernel's log for why it is not; what was written meanwhile lies below the mount point.";
    DISK_READ_ONLY, "disk-read-only", Warning, "CRITICAL where the kernel made it so", ["host_resources"],
        "A file system takes no files: it is mounted read-only and /etc/fstab does not want that, or the kernel has met an error on it and made it so.",
        "Look into the kernel's log for an error of the disk; if it is meant so, say ro in /etc/fstab.";
    LOAD_HIGH, "load-high", Warning, "by the range that is broken", ["host_resources"],
        "More processes run or wait for a processor or a disk, for each processor, than --load-warning, --load5-warning, --load1-warning or their -critical allow.",
        "See whether it is processors or disks that they wait for: cpu_used and cpu_iowait.";
    NETWORK_ERRORS, "network-errors", Warning, "by the range that is broken", ["host_resources"],
        "More packets of a network interface are damaged than --network-errors-warning or --network-errors-critical allow.",
        "Look at the cable, the port of the switch and the duplex setting.";
    NETWORK_DROPS, "network-drops", Warning, "by the range that is broken", ["host_resources"],
        "More packets of a network interface found no room than --network-drops-warning or --network-drops-critical allow.",
        "Look at the rings of the interface (ethtool -g, -S) and whether a processor is busy with interrupts.";
    NETWORK_USAGE, "network-usage", Warning, "by the range that is broken", ["host_resources"],
        "More goes through a network interface, of what its link can carry, than --network-warning or --network-critical allow.",
        "Look for who sends so much: a backup, a list, or somebody who uses the host for spam.";
    DISK_BUSY, "disk-busy", Warning, "by the range that is broken", ["host_resources"],
        "A disk has something to do for a larger part of the time than --disk-busy-warning or --disk-busy-critical allow.",
        "See how long a read or write takes (disk_await); a fast disk may be busy all the time and well.";
    DISK_AWAIT, "disk-await", Warning, "by the range that is broken", ["host_resources"],
        "A read or write of a disk takes longer than --disk-await-warning or --disk-await-critical allow.",
        "Look for the process that uses the disk (iotop), and at the disk's health (smartctl).";
    RAID_DEGRADED, "raid-degraded", Warning, "", ["host_resources"],
        "A RAID array of the kernel (md) has fewer disks that work than it should have.",
        "Replace the disk; mdadm -D says which one.";
    RAID_INACTIVE, "raid-inactive", Critical, "", ["host_resources"],
        "A RAID array of the kernel (md) is not active: what is on it is not there.",
        "See mdadm -D and the kernel's log.";
    PROCESS_COUNT, "process-count", Critical, "", ["host_resources"],
        "Fewer or more processes of a name run than --process allows; without a range one has to.",
        "Start the service and look into its log; if it is too many, look for what holds them: a slow disk, a filter, a flood of connections.";
    PROCESS_LIMIT, "process-limit", Warning, "by the range that is broken", ["host_resources"],
        "A process, or all of a name, is outside of what --process-limit allows.",
        "The text says which process and what; look into its log before you start it again.";
    PROCESS_SHARE, "process-share", Warning, "by the range that is broken", ["host_resources"],
        "More processes of a name run, of as many as the service allows, than --process-max lets.",
        "Look for what holds them: slow clients, a filter, a flood of connections. Raise the service's own limit only if the machine can bear it.";
    UNIT_STOPPED, "unit-stopped", Warning, "", ["host_resources"],
        "A unit that --unit names does not run.",
        "Start it (systemctl start), and look into its log (journalctl -u).";
    UNIT_FAILED, "unit-failed", Critical, "", ["host_resources"],
        "A unit that --unit names has failed, or cannot be started.",
        "See systemctl status and journalctl -u; systemctl reset-failed once it is mended.";
    UNIT_UNKNOWN, "unit-unknown", Critical, "", ["host_resources"],
        "There is no unit of the name that --unit gives.",
        "Correct the name (systemctl list-units), or install the service.";
    UNIT_RESTARTS, "unit-restarts", Warning, "CRITICAL while it waits for the next start", ["host_resources"],
        "systemd starts a unit again and again: three times or more within about an hour, or it has just failed and waits.",
        "See journalctl -u for why it ends.";
    CONNECTIONS_IN, "connections-in", Warning, "by the limit that is broken", ["host_resources"],
        "More connections are established on a port than --established allows.",
        "See who is connected (ss -tn state established): a flood, or clients that a slow service holds.";
    CONNECTIONS_OUT, "connections-out", Warning, "by the limit that is broken", ["host_resources"],
        "There are more connections to a port of other machines than --outgoing allows.",
        "See which process has them (ss -tnp) and what the queue holds: a burst to port 25 is mostly spam from an account that was taken over.";
    CLOCK_UNSYNCHRONISED, "clock-unsynchronised", Warning, "", ["host_resources"],
        "No program keeps the clock right: signatures, certificates and logs depend on it.",
        "Start chronyd, ntpd or systemd-timesyncd, and see whether it reaches its servers (chronyc sources).";
    CLOCK_OFFSET, "clock-offset", Warning, "by the range that is broken", ["host_resources"],
        "The clock is further off than --clock-warning or --clock-critical allow, by the kernel's own estimate.",
        "See chronyc tracking, or ntpq -p.";
    PORT_CLOSED, "port-closed", Warning, "", ["host_resources"],
        "Nothing listens on a port that --listening names.",
        "Start the service, or look in its log for why it could not bind the port.";
    PORT_OPEN, "port-open", Critical, "", ["host_resources"],
        "Something listens, for others than this machine, on a port that --only-listening does not name.",
        "Find out what it is (ss -ltnp) and stop it, bind it to 127.0.0.1, or add the port to the option.";
    PRESSURE, "pressure-high", Warning, "by the range that is broken", ["host_resources"],
        "Something waited for the processor, for memory or for a disk for a larger part of the last five minutes than --pressure-warning or --pressure-critical allow.",
        "The text says for what; look for the process that uses it.";
    OPEN_FILES, "open-files", Warning, "by the range that is broken", ["host_resources"],
        "More files are open on the whole machine than --open-files-warning or --open-files-critical allow; without one no connection can be taken.",
        "Look for the process that has them (lsof), or raise fs.file-max.";

    STATE_UNUSABLE, "state-unusable", Ok, "UNKNOWN where a threshold needs it", ["smtp_banner", "smtp_queue", "mx_spf", "dkim_dmarc", "rbl", "host_resources"],
        "What the last run saw cannot be read or written, so nothing is known about changes over time.",
        "The text says which file or directory; --state-dir names another one.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_codes_are_unique_and_well_formed() {
        let mut seen = std::collections::BTreeSet::new();
        for rule in REGISTER {
            assert!(seen.insert(rule.code), "{} twice", rule.code);
            assert!(rule.code.contains('-'), "{}", rule.code);
            assert!(
                rule.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{}",
                rule.code
            );
            assert!(!rule.plugins.is_empty(), "{}", rule.code);
            for text in [rule.meaning, rule.action] {
                assert!(text.is_ascii() && text.ends_with('.'), "{}: {text}", rule.code);
                assert!(!text.contains(['|', '<', '>']), "{}: {text}", rule.code);
            }
        }
    }
}
