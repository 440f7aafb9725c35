//! Lists that are no more. Asked all the same, some list the world, some nothing, and some say
//! nothing until the time is up.

use mailhost_core::dns::Name;

/// A list that is no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Dead {
    /// When it ended, as far as it is known.
    pub(crate) when: &'static str,
    /// What came of it.
    pub(crate) how: &'static str,
}

/// What is known of the end of a list.
pub(crate) fn dead(zone: &Name) -> Option<Dead> {
    let zone = zone.to_string().to_ascii_lowercase();
    let is_below = |dead: &str| {
        zone.strip_suffix(dead).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    };
    let found = DEAD.iter().find(|(zones, ..)| zones.split(' ').any(is_below));
    found.map(|(_, when, how)| Dead { when, how })
}

/// Zones, each with all below it, when they ended and how.
const DEAD: &[(&str, &str, &str)] = &[
    ("relays.ordb.org", "in 2006", "it has listed the world since 2008"),
    ("dsbl.org", "in 2008", "it has listed the world since 2012"),
    ("spews.org spews.dnsbl.net.au", "in 2006", "somebody else has its domain"),
    ("spamsources.dnsbl.info", "in 2011", "it lists the world"),
    ("lbl.lagengymnastik.dk", "in 2004", "it has listed the world since 2007"),
    ("rbl.cluecentral.net", "in 2009", "it was closed"),
    ("ybl.megacity.org", "in 2010", "it lists the world"),
    ("rfc-ignorant.org", "in 2012", "it was emptied"),
    ("njabl.org", "in 2013", "its domain expired, and then it listed the world"),
    ("ahbl.org", "in 2015", "it lists the world"),
    ("dul.ru", "in 2015", "somebody else has its domain"),
    ("dnsbl.burnt-tech.com", "in 2015", "somebody else has its domain"),
    (
        "rbl.msrbl.net msrbl.net",
        "in 2017",
        "its domain expired twice, and then it listed the world",
    ),
    (
        "bl.spamcannibal.org spamcannibal.org",
        "in 2018",
        "its domain expired, and then it listed the world",
    ),
    ("rbl.megarbl.net", "in 2019", "its domain expired, and then it listed the world"),
    ("bl.emailbasura.org", "in 2019", "its domain expired, and then it listed the world"),
    ("rbl.suresupport.com", "in 2019", "it was given up"),
    (
        "all.rbl.webiron.net rbl.webiron.net",
        "in 2020",
        "its domain expired, and then it listed the world",
    ),
    ("bsb.spamlookup.net", "in 2020", "it was given up"),
    ("dnsbl.inps.de dnswl.inps.de", "in 2020", "it was closed"),
    ("dynip.rothen.com", "in 2020", "it seems to be given up"),
    ("dnsbl.anticaptcha.net", "in 2021", "it was given up"),
    ("cbl.abuseat.org", "in 2021", "it is a part of zen.spamhaus.org now, and would count twice"),
    ("dnsbl.net.au", "in 2022", "it was given up"),
    ("ubl.unsubscore.com ubl.lashback.com", "in 2024 or before", "it does not answer"),
    ("rfc-clueless.org", "in 2023", "it was emptied"),
    ("db.wpbl.info", "in 2024", "it does not answer"),
    ("spamtrap.drbl.drand.net", "in 2024", "it was given up"),
    ("dnsbl.sorbs.net rhsbl.sorbs.net", "in 2024", "it was emptied"),
    ("rbl.lugh.ch", "in 2024", "it was given up"),
    ("bondedsender.org", "in 2024", "it does not work any more"),
    ("spam.dnsbl.anonmails.de", "in 2024", "it lists the world"),
    (
        "bl.score.senderscore.com score.senderscore.com",
        "in 2024",
        "it answers registered users of Validity only",
    ),
    ("cidr.bl.mcafee.com", "in 2024", "it was given up"),
    ("ix.dnsbl.manitu.net", "in 2025", "it was emptied"),
    ("dnsbl.madavi.de", "in 2025", "it was closed"),
    ("sbl.spamdown.org", "in 2026", "it was given up"),
    (
        "blackholes.five-ten-sg.com abuse.ch virbl.bit.nl bl.deadbeef.com bl.technovision.dk aupads.org \
         gweep.ca korea.services.net opm.blitzed.org no-more-funn.moensted.dk dnsbl.tornevall.org",
        "some years ago",
        "it was given up",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(zone: &str) -> Option<&'static str> {
        dead(&Name::from_text(zone).expect("a name")).map(|it| it.when)
    }

    #[test]
    fn unknown_lists_that_are_no_more() {
        assert_eq!(of("Combined.NJABL.org"), Some("in 2013"));
        assert_eq!(of("spam.dnsbl.sorbs.net"), Some("in 2024"));
        assert_eq!(of("ix.dnsbl.manitu.net"), Some("in 2025"));
        assert_eq!(of("drone.abuse.ch"), Some("some years ago"));
        assert_eq!(of("zen.spamhaus.org"), None);
        for (zones, ..) in DEAD {
            assert!(zones.split(' ').all(|zone| of(zone).is_some()), "{zones}");
        }
    }
}
