//! The subject of a certificate, compared part by part: what a value says is never taken for the
//! name of another part.

use x509_parser::prelude::X509Name;

/// The parts that a setting may call by a name (RFC 4514, section 3, and those that are common
/// beside it); any other is called by the digits of its OID.
const NAMES: [(&str, &str); 12] = [
    ("CN", "2.5.4.3"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("EMAIL", "1.2.840.113549.1.9.1"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
];

/// A kind, as the digits of its OID, and a value.
type Part = (String, String);

/// A subject: its names in the order of the certificate, each with its parts in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject(Vec<Vec<Part>>);

impl Subject {
    /// Reads `CN=gateway,O=Example` as RFC 4514 writes it, in the order of the certificate. A
    /// character that would mean something stands behind a backslash, as in `O=Example\, Inc.`.
    ///
    /// `None` for what can be meant in no way, or in two.
    pub fn parse(text: &str) -> Option<Self> {
        let mut names = Vec::new();
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let (kind, behind) = rest.split_once('=')?;
            let (value, end, behind) = value(behind)?;
            parts.push((oid(kind.trim())?, value));
            rest = behind;
            if end != Some('+') {
                names.push(in_order(std::mem::take(&mut parts)));
            }
            if end.is_none() {
                return Some(Self(names));
            }
        }
    }

    /// That of a certificate; `None` where it has none, or a value of it is no text.
    pub fn of(name: &X509Name<'_>) -> Option<Self> {
        let names = name
            .iter()
            .map(|parts| {
                let parts = parts.iter().map(|part| {
                    let value = part.as_str().ok()?.to_owned();
                    Some((part.attr_type().to_id_string(), value))
                });
                parts.collect::<Option<Vec<_>>>().map(in_order)
            })
            .collect::<Option<Vec<_>>>()?;
        (!names.is_empty()).then_some(Self(names))
    }
}

fn in_order(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort();
    parts
}

fn oid(kind: &str) -> Option<String> {
    let named = NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(kind))
        .map(|(_, oid)| (*oid).to_owned());
    let is_oid = kind.contains('.')
        && kind
            .split('.')
            .all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()));
    named.or_else(|| is_oid.then(|| kind.to_owned()))
}

/// A value, what ended it and what stands behind. Spaces around it are not of it, unless they are
/// behind a backslash.
fn value(text: &str) -> Option<(String, Option<char>, &str)> {
    let mut said = String::new();
    // Up to here nothing is a space that only stands around the value.
    let mut kept = 0;
    let mut characters = text.trim_start_matches(' ').chars();
    let end = loop {
        match characters.next() {
            end @ (None | Some(',' | '+')) => break end,
            Some('\\') => {
                // The other form, two digits of a byte, is not needed by anybody.
                said.push(characters.next().filter(|known| is_special(*known))?);
                kept = said.len();
            }
            Some(' ') => said.push(' '),
            Some(other) if is_special(other) && !(matches!(other, '#' | '=') && kept > 0) => {
                return None;
            }
            Some(other) => {
                said.push(other);
                kept = said.len();
            }
        }
    };
    said.truncate(kept);
    (kept > 0).then_some((said, end, characters.as_str()))
}

const fn is_special(character: char) -> bool {
    matches!(
        character,
        '\\' | ',' | '+' | '"' | ';' | '<' | '>' | '#' | '=' | ' '
    )
}

#[cfg(test)]
mod tests {
    use x509_parser::prelude::FromDer;

    use super::*;

    const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    const ORGANIZATION: &[u8] = &[0x55, 4, 10];

    fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag, u8::try_from(content.len()).unwrap()];
        bytes.extend_from_slice(content);
        bytes
    }

    /// The subject of a certificate with these names, in DER.
    fn certified(names: &[&[(&[u8], &str)]]) -> Option<Subject> {
        let part = |(kind, value): &(&[u8], &str)| {
            tagged(
                0x30,
                &[tagged(6, kind), tagged(0x0c, value.as_bytes())].concat(),
            )
        };
        let name = |parts: &&[(&[u8], &str)]| {
            tagged(0x31, &parts.iter().map(part).collect::<Vec<_>>().concat())
        };
        let bytes = tagged(0x30, &names.iter().map(name).collect::<Vec<_>>().concat());
        Subject::of(&X509Name::from_der(&bytes).unwrap().1)
    }

    #[test]
    fn a_value_is_not_taken_for_another_part() {
        let expected = Subject::parse("O=Example, CN=gateway");
        assert!(expected.is_some());
        let (example, gateway) = ((ORGANIZATION, "Example"), (COMMON_NAME, "gateway"));
        assert_eq!(certified(&[&[example], &[gateway]]), expected);
        for foreign in [
            certified(&[&[(ORGANIZATION, "Example,CN=gateway")]]),
            certified(&[&[(ORGANIZATION, "Example, CN=gateway")]]),
            certified(&[&[(ORGANIZATION, "Example + CN=gateway")]]),
            certified(&[&[example, gateway]]),
            certified(&[&[gateway], &[example]]),
            certified(&[&[example], &[(COMMON_NAME, " gateway")]]),
            certified(&[&[example], &[gateway], &[gateway]]),
            certified(&[&[example]]),
        ] {
            assert!(foreign.is_some());
            assert_ne!(foreign, expected);
        }
        assert_eq!(certified(&[]), None);
    }

    #[test]
    fn a_name_of_several_parts_has_them_in_any_order() {
        let both = Subject::parse("CN=gateway+O=Example");
        assert!(both.is_some());
        assert_eq!(both, Subject::parse("2.5.4.10=Example + cn=gateway"));
        let parts: [(&[u8], &str); 2] = [(ORGANIZATION, "Example"), (COMMON_NAME, "gateway")];
        assert_eq!(certified(&[&parts]), both);
        assert_ne!(Subject::parse("CN=gateway,O=Example"), both);
    }

    #[test]
    fn what_would_mean_something_stands_behind_a_backslash() {
        for (setting, value) in [
            (r"O=Example\, Inc.", "Example, Inc."),
            (r"O=A\+B", "A+B"),
            (r"O=a=b#c", "a=b#c"),
            (r"O=\ x\ ", " x "),
        ] {
            let read = Subject::parse(setting);
            assert_eq!(read, certified(&[&[(ORGANIZATION, value)]]), "{setting}");
        }
        for wrong in [
            "",
            "gateway",
            "O=",
            "O=a,",
            "O=a,,CN=b",
            "XX=a",
            "O=\"a\"",
            "O=a;CN=b",
            r"O=a\",
            r"O=a\2C",
            "O=#0403",
            "O=a,b",
        ] {
            assert_eq!(Subject::parse(wrong), None, "{wrong}");
        }
    }
}
