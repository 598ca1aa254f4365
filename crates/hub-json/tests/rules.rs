//! The rules that hold for every text, through the public API.

use hub_json::{Error, Limits, check, from_object, from_slice, value};
use serde::Deserialize;
use serde_json::json;

const LIMITS: Limits = Limits::new(4096);

#[derive(Debug, PartialEq, Deserialize)]
struct Header<'a> {
    alg: &'a str,
}

#[test]
fn the_size_is_checked_before_anything_else() {
    assert_eq!(check(b"[1]", Limits::new(3)), Ok(()));
    assert_eq!(check(b"[1] ", Limits::new(3)), Err(Error::TooLarge { limit: 3, found: 4 }));
    assert_eq!(check(b"\xFF\xFF\xFF\xFF", Limits::new(3)), Err(Error::TooLarge { limit: 3, found: 4 }));
}

#[test]
fn the_encoding_is_utf_8_without_a_mark() {
    assert_eq!(check("\"\u{feff}é\"".as_bytes(), LIMITS), Ok(()));
    assert_eq!(check(b"\xEF\xBB\xBF{}", LIMITS), Err(Error::ByteOrderMark));
    for (rule, bytes) in [
        ("UTF-16 with a mark", &b"\xFF\xFE{\0}\0"[..]),
        ("Latin-1", b"\"\xE9\""),
        ("overlong", b"\"\xC0\xAF\""),
        ("encoded surrogate", b"\"\xED\xA0\x80\""),
        ("beyond U+10FFFF", b"\"\xF4\x90\x80\x80\""),
        ("in a member's name", b"{\"\xE9\":1}"),
        ("cut short", b"\"\xC3"),
    ] {
        assert_eq!(check(bytes, LIMITS), Err(Error::NotUtf8), "{rule}");
    }
}

#[test]
fn ignored_members_obey_the_same_rules() {
    for (member, code) in [
        (r#""x": {"a": ["\ud83d\ude00", 1e308]}"#, Ok(Header { alg: "PS256" })),
        (r#""x": {"a": 1, "a": 2}"#, Err("json.duplicate_member")),
        (r#""a\u006cg": "none""#, Err("json.duplicate_member")),
        (r#""x": "\ud83d""#, Err("json.lone_surrogate")),
        (r#""\ud83d": 1"#, Err("json.lone_surrogate")),
        (r#""x": 1e999"#, Err("json.number_range")),
        (r#""x": [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"#, Err("json.too_deep")),
        (r#""x": tru"#, Err("json.syntax")),
    ] {
        let text = format!(r#"{{"alg": "PS256", {member}}}"#);
        let read = from_object(text.as_bytes(), LIMITS).map_err(|error| error.code());
        assert_eq!(read, code, "{member}");
    }
}

#[test]
fn an_object_is_an_object() {
    assert_eq!(from_object(b" {\"alg\": \"PS256\"}", LIMITS), Ok(Header { alg: "PS256" }));
    assert_eq!(from_slice(b"[\"PS256\"]", LIMITS), Ok(Header { alg: "PS256" }));
    for text in ["[\"PS256\"]", "null", "\"{}\"", "1"] {
        assert_eq!(from_object::<Header<'_>>(text.as_bytes(), LIMITS), Err(Error::NotAnObject), "{text}");
    }
}

#[test]
fn depth_is_sixteen_unless_said_otherwise_and_never_beyond_what_serde_json_reads() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    assert!(value(&nested(16), LIMITS).is_ok());
    assert_eq!(value(&nested(17), LIMITS), Err(Error::TooDeep { limit: 16 }));
    assert!(value(&nested(127), LIMITS.depth(255)).is_ok());
    assert_eq!(value(&nested(128), LIMITS.depth(255)), Err(Error::TooDeep { limit: 127 }));
}

#[test]
fn text_smuggled_past_the_scanner_is_refused() {
    let smuggled = r#"{"$serde_json::private::RawValue": "{\"alg\": 1, \"alg\": 2}"}"#;
    let at = "/$serde_json::private::RawValue".to_owned();
    assert_eq!(value(smuggled.as_bytes(), LIMITS), Err(Error::ReservedMember { at }));
    assert_eq!(serde_json::from_str::<serde_json::Value>(smuggled).unwrap(), json!({"alg": 2}));
}

#[test]
fn integers_are_exact_or_refused() {
    assert_eq!(from_slice::<u64>(b"18446744073709551615", LIMITS), Ok(u64::MAX));
    assert_eq!(from_slice::<i64>(b"-9223372036854775808", LIMITS), Ok(i64::MIN));
    for (text, double) in
        [("18446744073709551616", 18_446_744_073_709_551_616.0), ("-0", -0.0), ("1.0", 1.0), ("1e2", 100.0)]
    {
        assert_eq!(from_slice::<f64>(text.as_bytes(), LIMITS), Ok(double), "{text}");
        assert_eq!(from_slice::<u64>(text.as_bytes(), LIMITS).unwrap_err().code(), "json.shape", "{text}");
        assert_eq!(from_slice::<i64>(text.as_bytes(), LIMITS).unwrap_err().code(), "json.shape", "{text}");
    }
}

#[test]
fn errors_show_names_within_bounds_and_no_values() {
    let name = "n".repeat(1000);
    let text = format!(r#"{{"alg": "PS256", "{name}": 1, "{name}": "SECRET"}}"#);
    let error = from_object::<Header<'_>>(text.as_bytes(), LIMITS).unwrap_err();
    assert_eq!(error.to_string(), format!("JSON member \"/{}…\" appears twice", "n".repeat(64)));

    let error = from_object::<Header<'_>>(br#"{"alg": ["SECRET"]}"#, LIMITS).unwrap_err();
    assert_eq!(error.to_string(), r#"JSON at "/alg": expected a borrowed string"#);
    assert_eq!(format!("{error:?}"), r#"Shape { at: "/alg", problem: "expected a borrowed string" }"#);
}

#[test]
fn a_hundred_thousand_members_are_compared_at_once() {
    let members = |last: usize| {
        let names: Vec<String> = (0..100_000).chain([last]).map(|name| format!("\"{name}\":0")).collect();
        format!("[{{{}}}]", names.join(",")).into_bytes()
    };
    let large = Limits::new(2 << 20);
    assert_eq!(check(&members(100_000), large), Ok(()));
    assert_eq!(check(&members(77), large), Err(Error::DuplicateMember { at: "/0/77".into() }));
}
