//! Macros in the light of one client (RFC 7208 section 7).

use std::net::IpAddr;

use super::super::macro_string::{MacroString, Place};
use super::super::target::{depends_on_address, fitted};
use super::super::validated::client_names;
use super::{Check, Stop};
use crate::dns::{Name, RecordType};

impl Check<'_> {
    /// Expands the macros of a target.
    pub(super) fn expand(&mut self, spec: &MacroString, domain: &str) -> Result<String, Stop> {
        self.by_address |= depends_on_address(spec);
        Ok(fitted(&self.expand_whole(spec, domain)?))
    }

    fn expand_whole(&mut self, spec: &MacroString, domain: &str) -> Result<String, Stop> {
        // The names of a client are looked up only where they are wanted.
        let validated = if spec.letters().any(|letter| letter == 'p') {
            let names = client_names(self.known, self.client.address);
            if names.pending {
                return Err(Stop::Pending);
            }
            validated_name(&names.validated, domain)
        } else {
            String::new()
        };
        let client = self.client;
        let sender = &client.sender;
        Ok(spec.expand(|letter| match letter {
            's' => sender.to_string(),
            'l' => sender.local_part.clone(),
            'o' => sender.domain.clone(),
            'd' => domain.to_owned(),
            'i' => dotted(client.address),
            'p' => validated.clone(),
            'v' => if client.address.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
            'h' => client.helo.clone(),
            'c' => client.address.to_string(),
            'r' => "unknown".to_owned(),
            't' => self.now.to_string(),
            _ => String::new(),
        }))
    }

    /// What a domain says to those that fail; whatever is wrong with it, there is nothing then.
    pub(super) fn explain(&mut self, domain: &str, exp: &MacroString) -> Option<String> {
        // It changes no result, so it is none of what makes addresses differ.
        let target = fitted(&self.expand_whole(exp, domain).ok()?);
        let answer = self.ask(&Name::from_text(&target).ok()?, RecordType::Txt).ok()?;
        let texts: Vec<Vec<u8>> = answer.texts().collect();
        let [text] = texts.as_slice() else { return None };
        let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
        let text = MacroString::parse(text, Place::Explanation).ok()?;
        self.expand_whole(&text, domain).ok()
    }
}

/// The domain itself where it is among the names, else one below it, else any (section 7.3).
pub(super) fn validated_name(names: &[Name], domain: &str) -> String {
    let domain = Name::from_text(domain).ok();
    let is_it = |name: &&Name| domain.as_ref() == Some(*name);
    let is_below = |name: &&Name| domain.as_ref().is_some_and(|domain| name.is_within(domain));
    let best = names.iter().find(is_it).or_else(|| names.iter().find(is_below));
    best.or(names.first()).map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

/// An address as `%{i}` writes it: IPv6 as nibbles, in the case that other implementations use.
fn dotted(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
            let nibbles: Vec<String> = nibbles.map(|nibble| format!("{nibble:X}")).collect();
            nibbles.join(".")
        }
    }
}
