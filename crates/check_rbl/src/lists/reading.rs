//! What an answer of a list means.

use std::cmp::Reverse;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::{AnswerCode, Code, List};

/// What is in an answer, and what it means.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Reading {
    /// The addresses, which are none of hosts (RFC 5782 section 2.1).
    pub(crate) addresses: Vec<Ipv4Addr>,
    pub(crate) means: Means,
    /// In words, each once.
    pub(crate) meanings: Vec<String>,
}

/// What an answer comes to; where it holds several, the last of these.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Means {
    /// Something that is neither good nor bad.
    Nothing,
    /// Something to know.
    Information,
    /// That it should not send mail to others' servers itself.
    Policy,
    /// That it is on the list.
    Listed,
    /// That the list does not answer this resolver.
    Refused,
    /// Nothing that a list could mean.
    Impossible,
}

impl List {
    /// Reads the addresses of an answer.
    pub(crate) fn read(&self, mut addresses: Vec<Ipv4Addr>) -> Reading {
        addresses.sort();
        addresses.dedup();
        let mut said = Vec::new();
        let mut unnamed = Vec::new();
        for address in &addresses {
            match self.meanings(*address) {
                meanings if meanings.is_empty() => unnamed.push(address.to_string()),
                meanings => said.extend(meanings),
            }
        }
        if !unnamed.is_empty() {
            let unnamed = unnamed.join(", ");
            said.push(match self.other {
                Means::Listed => (Means::Listed, format!("answers {unnamed}")),
                other => (other, format!("answers {unnamed}, which is not documented")),
            });
        }
        // The gravest first: a refusal is told, and not what stands beside it.
        said.sort_by_key(|(means, _)| Reverse(*means));
        let means = said.first().map_or(Means::Nothing, |(means, _)| *means);
        let mut meanings = Vec::new();
        for (_, meaning) in said {
            if !meanings.contains(&meaning) {
                meanings.push(meaning);
            }
        }
        Reading { addresses, means, meanings }
    }

    /// What the codes say of an address; nothing where none does.
    fn meanings(&self, address: Ipv4Addr) -> Vec<(Means, String)> {
        let [first, second, third, last] = address.octets();
        if first != 127 {
            return vec![(Means::Impossible, format!("{address} is no answer of a list"))];
        }
        let of = |code: &Code| (code.means, code.meaning.clone());
        let fits = |code: &&Code| match &code.answer {
            AnswerCode::Pattern(pattern) => pattern.fits(address),
            AnswerCode::Bit(_) => false,
        };
        if let Some(code) = self.codes.iter().find(fits) {
            return vec![of(code)];
        }
        if let Some(why) = refusal(address) {
            return vec![(Means::Refused, why)];
        }
        let is_set = |code: &&Code| match code.answer {
            AnswerCode::Bit(bit) => (second, third) == (0, 0) && last & bit != 0,
            AnswerCode::Pattern(_) => false,
        };
        self.codes.iter().filter(is_set).map(of).collect()
    }
}

/// Why a list refuses, in the answers that many lists have taken over from the first that had them.
fn refusal(address: Ipv4Addr) -> Option<String> {
    let why = match address.octets() {
        [127, 255, 255, 250] => "the key is disabled",
        [127, 255, 255, 251] => "the key is not accepted",
        [127, 255, 255, 252] => "there is a typing error in the zone",
        [127, 255, 255, 254] => {
            "the question came through a public resolver, or one whose address has no name (rDNS)"
        }
        [127, 255, 255, 255] => "too many questions, or not registered",
        [127, 255, 255, _] => return Some(format!("answers {address}")),
        [127, 0, 0, 1] => "answers 127.0.0.1: the resolver may not ask",
        _ => return None,
    };
    Some(why.to_owned())
}

#[cfg(test)]
mod tests {
    use mailhost_core::dns::Name;

    use super::*;
    use crate::lists::compiled;

    fn list(zone: &str) -> List {
        let zone = Name::from_text(zone).expect("a name");
        let known = compiled().into_iter().find(|list| list.zone == zone);
        known.unwrap_or_else(|| List::unknown(zone))
    }

    #[track_caller]
    fn says(zone: &str, answer: &[&str], means: Means, meanings: &[&str]) {
        let addresses = answer.iter().map(|it| it.parse().expect("an address")).collect();
        let reading = list(zone).read(addresses);
        assert_eq!(reading.means, means, "{zone} {answer:?}");
        assert_eq!(reading.meanings, meanings, "{zone} {answer:?}");
    }

    #[test]
    fn critical_answers_that_list() {
        says("rbl.example", &["127.0.0.2"], Means::Listed, &["answers 127.0.0.2"]);
        says("rbl.example", &["127.1.2.3"], Means::Listed, &["answers 127.1.2.3"]);
        says(
            "zen.spamhaus.org",
            &["127.0.0.10", "127.0.0.4", "127.0.0.2"],
            Means::Listed,
            &[
                "SBL: source of spam",
                "XBL: infected or taken over",
                "PBL: should not send mail to others' servers itself",
            ],
        );
        says(
            "multi.surbl.org",
            &["127.0.0.72"],
            Means::Listed,
            &["PH: phishing", "ABUSE: spam and other abuse"],
        );
        says(
            "multi.uribl.com",
            &["127.0.0.2"],
            Means::Listed,
            &["black: in spam, and in no wanted mail"],
        );
        says("dbl.spamhaus.org", &["127.0.1.4"], Means::Listed, &["phishing"]);
    }

    #[test]
    fn ok_answers_that_say_less() {
        says(
            "zen.spamhaus.org",
            &["127.0.0.11"],
            Means::Policy,
            &["PBL: should not send mail to others' servers itself"],
        );
        says(
            "zen.spamhaus.org",
            &["127.0.0.77"],
            Means::Information,
            &["answers 127.0.0.77, which is not documented"],
        );
        says(
            "multi.uribl.com",
            &["127.0.0.4"],
            Means::Information,
            &["grey: in unsolicited and in wanted mail"],
        );
        says("bl.mailspike.net", &["127.0.0.18"], Means::Nothing, &["good reputation"]);
        says(
            "hostkarma.junkemailfilter.com",
            &["127.0.0.1"],
            Means::Nothing,
            &["white: sends no spam"],
        );
        says("list.dnswl.org", &["127.0.5.2"], Means::Listed, &["trust: medium"]);
        says(
            "dbl.spamhaus.org",
            &["127.0.1.103"],
            Means::Information,
            &["an honest domain that is abused"],
        );
    }

    #[test]
    fn unknown_answers_that_refuse() {
        let public =
            "the question came through a public resolver, or one whose address has no name (rDNS)";
        says("zen.spamhaus.org", &["127.255.255.254"], Means::Refused, &[public]);
        says(
            "rbl.example",
            &["127.255.255.255"],
            Means::Refused,
            &["too many questions, or not registered"],
        );
        says("rbl.example", &["127.255.255.7"], Means::Refused, &["answers 127.255.255.7"]);
        says(
            "rbl.example",
            &["127.0.0.1"],
            Means::Refused,
            &["answers 127.0.0.1: the resolver may not ask"],
        );
        says(
            "multi.surbl.org",
            &["127.0.0.1"],
            Means::Refused,
            &["the resolver is not allowed to ask"],
        );
        says("list.dnswl.org", &["127.0.0.255"], Means::Refused, &["the resolver asked too often"]);
        says("list.dnswl.org", &["127.0.3.255"], Means::Refused, &["the resolver asked too often"]);
        says(
            "dbl.spamhaus.org",
            &["127.0.1.255"],
            Means::Refused,
            &["was asked about an address, and knows domains only"],
        );
        // Beside a refusal nothing else counts.
        says(
            "zen.spamhaus.org",
            &["127.0.0.2", "127.255.255.252"],
            Means::Refused,
            &["there is a typing error in the zone", "SBL: source of spam"],
        );
    }

    #[test]
    fn unknown_answers_that_no_list_gives() {
        says(
            "rbl.example",
            &["127.0.0.2", "203.0.113.80"],
            Means::Impossible,
            &["203.0.113.80 is no answer of a list", "answers 127.0.0.2"],
        );
    }
}
