//! The configuration files of a test server, written whole: no default of the package is relied on.

use super::{Layout, Settings};
use crate::{certificates::HOST, message::FULL};

pub(super) const CLIENT_QUEUE: &str = "/var/spool/mqueue-client";
/// What [`Layout::Several`] has in the queue directory.
pub(super) const DIRECTORIES: [&str; 6] = ["q1", "q1/df", "q1/qf", "q1/xf", "q2", "bulk1"];
pub(super) const QUEUE: &str = "/var/spool/mqueue";

/// The paths and contents of sendmail.cf, which the server reads, of submit.cf, which the command reads
/// when it only submits, and of the list of name services, which has no DNS.
pub(super) fn files(
    settings: Settings,
    port: u16,
    refused: u16,
    full: u16,
) -> [(&'static str, String); 3] {
    let privacy = if settings.restrict_mailq { ",restrictmailq" } else { "" };
    let (queue, groups) = match settings.layout {
        Layout::One => (QUEUE.to_owned(), String::new()),
        Layout::Several => {
            let group = format!("Qbulk, Path={QUEUE}/bulk*\nSqueuegroup\nR$*@{FULL}\t$#bulk\n");
            (format!("{QUEUE}/q*"), group)
        }
    };
    let server = format!(
        "O QueueDirectory={queue}
O QueueFileMode=0640
O TrustedUser=smmta
O PrivacyOptions=goaway,restrictqrun{privacy}
O PidFile=/run/sendmail-mta.pid
O DaemonPortOptions=Name=MTA, Addr=127.0.0.1, Port={port}
{groups}"
    );
    let client = format!(
        "O QueueDirectory={CLIENT_QUEUE}
O QueueFileMode=0660
O UseMSP=True
O RunAsUser=smmsp
O TrustedUser=smmsp
O PrivacyOptions=goaway,noetrn,restrictqrun{privacy}
O PidFile=/run/sendmail-msp.pid
O DaemonPortOptions=Name=NoMTA, Addr=127.0.0.1, M=E
"
    );
    let (common, rest) = (common(), rest(refused, full));
    [
        ("/etc/mail/sendmail.cf", format!("{common}{server}{rest}")),
        ("/etc/mail/submit.cf", format!("{common}{client}{rest}")),
        (SERVICES, "hosts files\naliases files\npasswd files\n".to_owned()),
    ]
}

/// Header lines, rules and mailers: every address goes to one of two ports. A tab parts the sides of a rule.
fn rest(refused: u16, full: u16) -> String {
    format!(
        "Troot
HReceived: $?sfrom $s $.$?_($?s$|from $.$_) $.by $j ($v)$?r with $r$. id $i$?u for $u$.; $b
H?D?Date: $a
H?F?From: $g
H?M?Message-Id: <$t.$i@$j>
Scanonify=3
R$*<$*>$*\t$@ $2
Sparse=0
R$*@{FULL}\t$#full $@ [127.0.0.1] $: $1@{FULL}
R$*\t$#refused $@ [127.0.0.1] $: $1
Mlocal, P=/bin/false, F=lsDFMAw5:/|@qPn9, S=0, R=0, A=false
Mprog, P=/bin/false, F=lsDFMoqeu9, S=0, R=0, A=false
Mfull, P=[IPC], F=mDFMuXa, S=0, R=0, E=\\r\\n, L=990, T=DNS/RFC822/SMTP, A=TCP $h {full}
Mrefused, P=[IPC], F=mDFMuXa, S=0, R=0, E=\\r\\n, L=990, T=DNS/RFC822/SMTP, A=TCP $h {refused}
"
    )
}

/// What both files begin with. A busy machine must not make the server refuse or wait.
fn common() -> String {
    format!(
        "V10/Berkeley
Cwlocalhost
Dj{HOST}
DnMAILER-DAEMON
O AliasFile
O ServiceSwitchFile={SERVICES}
O DontProbeInterfaces=True
O LogLevel=0
O MinFreeBlocks=0
O OperatorChars=.:%@!^/[]+
O QueueLA=1000
O RefuseLA=1000
O StatusFile
O SuperSafe=False
O TempFileMode=0600
O Timeout.ident=0s
O Timeout.queuereturn=5d
O Timeout.queuewarn=0
"
    )
}

const SERVICES: &str = "/etc/mail/services";
