use serde::Deserialize;
use serde_path_to_error::Segment;

use crate::error::Error;
use crate::pointer::Pointer;

/// Reads a text that has passed the scanner into `T`.
///
/// The place of an error costs a second reading, which only refused texts pay.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Shape { at: place::<T>(text), problem: problem(&error) })
}

/// Where reading `text` into `T` fails.
fn place<'de, T: Deserialize<'de>>(text: &'de str) -> String {
    let mut json = serde_json::Deserializer::from_str(text);
    let mut pointer = Pointer::default();
    if let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut json) {
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => pointer.item(*index),
                Segment::Map { key: name } | Segment::Enum { variant: name } => {
                    pointer.member(name);
                }
                Segment::Unknown => pointer.member("?"),
            }
        }
    }
    pointer.into_string()
}

/// What `error` says without the value that it quotes.
///
/// Serde writes the value first and its own words last, so what follows the last separator is never
/// part of a value. A message of another form is the target type's own, which may quote anything:
/// it is withheld.
fn problem(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&position).unwrap_or(&message);

    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("missing member {name}");
    }
    if let Some(name) = message.strip_prefix("duplicate field ") {
        return format!("member {name} under two names");
    }
    if !QUOTING.iter().any(|start| message.starts_with(start)) {
        return "not a value that its type accepts".to_owned();
    }
    let subject = if message.starts_with("unknown field ") { "unknown member, " } else { "" };
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if !NOTHING.iter().any(|end| message.ends_with(end)) => {
            format!("{subject}expected {expected}")
        }
        _ => format!("{subject}expected none"),
    }
}

/// How serde's messages begin that quote a value or a name of the text.
const QUOTING: [&str; 5] =
    ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant ", "unknown field "];

/// How they end where the type has nothing to offer in its place.
const NOTHING: [&str; 2] = ["`, there are no fields", "`, there are no variants"];

#[cfg(test)]
mod tests {
    use core::net::IpAddr;
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code)]
    struct Claims {
        iss: String,
        #[serde(default)]
        exp: u64,
        #[serde(default, alias = "audience")]
        aud: Vec<Even>,
        #[serde(default)]
        kind: Option<Kind>,
        #[serde(default)]
        pair: (u8, u8),
        #[serde(default)]
        host: Option<IpAddr>,
        #[serde(default)]
        named: BTreeMap<String, bool>,
        #[serde(default)]
        counted: BTreeMap<u64, bool>,
        #[serde(default)]
        nothing: Option<Nothing>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(try_from = "u64")]
    struct Even;

    impl TryFrom<u64> for Even {
        type Error = String;

        fn try_from(number: u64) -> Result<Self, String> {
            if number.is_multiple_of(2) { Ok(Self) } else { Err(format!("{number} is odd, expected even")) }
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[expect(dead_code)]
    enum Kind {
        Plain,
        Boxed { size: u8 },
    }

    #[derive(Debug, Deserialize)]
    enum Nothing {}

    fn refusal(text: &str) -> (String, String) {
        match read::<Claims>(text) {
            Err(Error::Shape { at, problem }) => (at, problem),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_matching_text_is_read() {
        let text = r#"{"iss": "a", "exp": 1, "aud": [2], "kind": {"boxed": {"size": 1}}, "pair": [1, 2],
            "host": "::1", "named": {"a": true}, "counted": {"1": true}, "nothing": null}"#;
        assert!(read::<Claims>(text).is_ok());
    }

    #[test]
    fn the_place_and_the_expectation_are_told() {
        for (text, at, problem) in [
            ("7", "", "expected struct Claims"),
            ("{}", "", "missing member `iss`"),
            (r#"{"iss": 1}"#, "/iss", "expected a string"),
            (r#"{"iss": null}"#, "/iss", "expected a string"),
            (r#"{"iss": "a", "exp": "1"}"#, "/exp", "expected u64"),
            (r#"{"iss": "a", "exp": -1}"#, "/exp", "expected u64"),
            (r#"{"iss": "a", "exp": -0}"#, "/exp", "expected u64"),
            (r#"{"iss": "a", "exp": 18446744073709551616}"#, "/exp", "expected u64"),
            (r#"{"iss": "a", "aud": [2, "x"]}"#, "/aud/1", "expected u64"),
            (r#"{"iss": "a", "aud": [2, 3]}"#, "/aud/1", "not a value that its type accepts"),
            (r#"{"iss": "a", "host": "x"}"#, "/host", "not a value that its type accepts"),
            (r#"{"iss": "a", "kind": "x"}"#, "/kind", "expected `plain` or `boxed`"),
            (r#"{"iss": "a", "kind": {"boxed": {}}}"#, "/kind/boxed", "missing member `size`"),
            (r#"{"iss": "a", "pair": [1]}"#, "/pair", "expected a tuple of size 2"),
            (r#"{"iss": "a", "named": {"b": 1}}"#, "/named/b", "expected a boolean"),
            (r#"{"iss": "a", "nothing": "x"}"#, "/nothing", "expected none"),
            (r#"{"iss": "a", "aud": [], "audience": []}"#, "", "member `aud` under two names"),
        ] {
            assert_eq!(refusal(text), (at.to_owned(), problem.to_owned()), "{text}");
        }
    }

    #[test]
    fn an_unknown_member_is_named() {
        let (at, problem) = refusal(r#"{"iss": "a", "isss": "b"}"#);
        assert_eq!(at, "/isss");
        assert!(problem.starts_with("unknown member, expected one of `iss`, `exp`"), "{problem}");
    }

    #[test]
    fn values_are_never_quoted() {
        for secret in [
            "SECRET",
            "a, expected SECRET",
            "a`, expected SECRET",
            "a at line 1 column 2, expected SECRET",
            "a, expected SECRET at line 1 column 9",
            "missing field `SECRET`",
        ] {
            for member in ["exp", "aud", "kind", "pair", "host", "named", "nothing"] {
                let text = format!(r#"{{"iss": "a", "{member}": "{secret}"}}"#);
                let error = read::<Claims>(&text).unwrap_err();
                assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
            }
            let error = read::<u64>(&format!("\"{secret}\"")).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
        }
        for text in [r#"{"iss": "a", "aud": [987653]}"#, r#"{"iss": "a", "pair": 987653}"#] {
            let error = read::<Claims>(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("987653"), "{error:?}");
        }
    }
}
