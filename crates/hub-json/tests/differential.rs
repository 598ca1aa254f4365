//! This reader against serde_json: it accepts less, for a stated reason, and never means something
//! else.

use std::collections::BTreeSet;
use std::fmt;

use hub_json::{Error, Limits, check, value};
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

const LIMITS: Limits = Limits::new(1 << 16);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_octets_get_a_verdict(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        agrees(&bytes)?;
    }

    #[test]
    fn near_json_gets_the_right_verdict(tokens in proptest::collection::vec(token(), 0..16)) {
        agrees(tokens.concat().as_bytes())?;
    }

    #[test]
    fn near_numbers_get_the_right_verdict(text in "-?[0-9]{0,2}[.+]?[0-9]{0,2}([eE][-+]?[0-9]{0,3})?") {
        agrees(text.as_bytes())?;
    }

    #[test]
    fn near_strings_get_the_right_verdict(text in STRING) {
        agrees(text.as_bytes())?;
        agrees(format!("{{{text} : {text}}}").as_bytes())?;
    }

    #[test]
    fn documents_get_the_right_verdict(text in document()) {
        agrees(text.as_bytes())?;
    }

    #[test]
    fn damaged_documents_get_the_right_verdict(text in document(), at: prop::sample::Index, octet: u8) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = octet;
        agrees(&bytes)?;
        bytes.truncate(at);
        agrees(&bytes)?;
    }

    #[test]
    fn whatever_serde_json_writes_is_read_back(text in document()) {
        if let Ok(document) = value(text.as_bytes(), LIMITS) {
            let written = serde_json::to_vec(&document).unwrap();
            prop_assert_eq!(value(&written, LIMITS), Ok(document));
        }
    }
}

/// What we accept, serde_json accepts with the same value; what we refuse, it refuses, or the rule
/// we name is broken.
fn agrees(bytes: &[u8]) -> Result<(), TestCaseError> {
    let ours = value(bytes, LIMITS);
    let theirs = serde_json::from_slice::<Value>(bytes).ok();
    let seen = serde_json::from_slice::<Seen>(bytes).ok();
    prop_assert_eq!(check(bytes, LIMITS).err(), ours.as_ref().err().cloned());
    match (ours, seen) {
        (Ok(ours), Some(seen)) => {
            prop_assert_eq!(Some(ours), theirs);
            prop_assert!(seen.depth <= 16 && !seen.twice, "{:?}", seen);
        }
        (Ok(_), None) => prop_assert!(false, "accepted, though serde_json refuses"),
        (Err(Error::DuplicateMember { .. }), Some(seen)) => prop_assert!(seen.twice),
        (Err(Error::TooDeep { .. }), Some(seen)) => prop_assert!(seen.depth > 16),
        (Err(error), Some(_)) => prop_assert!(false, "{} in what serde_json accepts", error),
        (Err(_), None) => prop_assert_eq!(theirs, None),
    }
    Ok(())
}

/// What serde's data model shows of a text: the oracle for our two rules that serde_json lacks.
#[derive(Debug, Default)]
struct Seen {
    /// How many containers stand inside each other.
    depth: usize,
    /// Whether a map has two entries of one name.
    twice: bool,
}

impl Seen {
    /// This value as a part of a container that has seen `container` so far.
    fn inside(self, container: &mut Self) {
        container.depth = container.depth.max(self.depth + 1);
        container.twice |= self.twice;
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Seen;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Seen, E> {
        Ok(Seen::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Seen, A::Error> {
        let mut seen = Seen { depth: 1, twice: false };
        while let Some(item) = items.next_element::<Seen>()? {
            item.inside(&mut seen);
        }
        Ok(seen)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Seen, A::Error> {
        let mut seen = Seen { depth: 1, twice: false };
        let mut names = BTreeSet::new();
        while let Some((name, member)) = members.next_entry::<String, Seen>()? {
            seen.twice |= !names.insert(name);
            member.inside(&mut seen);
        }
        Ok(seen)
    }
}

/// A string of few pieces, many of them escapes around the edges of the surrogates.
const STRING: &str = r#""(\\["\\/bfnrtuv0x]|\\u[dD][789aAbBcCfF][0fF]{2}|\\u[eE]000|[a\x00\x1f \x7fé]){0,4}""#;

/// Pieces of JSON and of what is nearly JSON.
fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"",
        "\\",
        "a",
        "\"a\"",
        "\"\\u0061\"",
        "\"b\"",
        "\"a\":",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\\u",
        "d83d",
        "0",
        "1",
        "-",
        ".",
        "e",
        "E+",
        "1e999",
        "-0",
        "true",
        "null",
        "nul",
        "é",
        "\u{feff}",
        "\0",
        "\u{1f}",
    ])
}

/// Documents with few names, so that they meet, in two spellings, up to about twice the depth
/// limit.
fn document() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(vec![
        "null",
        "true",
        "-0",
        "1e308",
        "1e309",
        "18446744073709551616",
        "0.1",
        "\"\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"é\"",
    ]);
    let leaf =
        (scalar, 0..20_usize).prop_map(|(scalar, depth)| format!("{}{scalar}{}", "[".repeat(depth), "]".repeat(depth)));
    leaf.prop_recursive(8, 48, 4, |inner| {
        let name = prop::sample::select(vec!["a", "\\u0061", "b", "\\n", "é", "\\u00e9", ""]);
        let member = (name, inner.clone()).prop_map(|(name, value)| format!("\"{name}\" : {value}"));
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            proptest::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}
