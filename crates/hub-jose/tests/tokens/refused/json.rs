//! Headers and claims as JSON texts: what another reader would read otherwise, or not at all.

use serde_json::json;

use super::difference::{Difference, In, case, change, limit, spelt};
use super::{Case, Row};
use crate::kinds::Kind;

pub(super) fn cases() -> Vec<Case> {
    const OF_NO_JWT_AUTH: &[Kind] = &[
        Kind::RequestObject,
        Kind::ClientAssertion,
        Kind::SignedRequest,
        Kind::SignedResponse,
        Kind::IdToken,
        Kind::WebhookEvent,
        Kind::Pii,
        Kind::LoginHint,
    ];
    let header = In::HEADER.prefixed("header: ");
    let claims = In::CLAIMS.prefixed("claims: ");
    [
        header.cases(Row::Duplicates, twice(&HEADER)),
        claims.cases(Row::Duplicates, twice(&CLAIMS)),
        header.cases(Row::Shape, texts(&HEADER)),
        In::header_of("header: ", OF_NO_JWT_AUTH).cases(Row::Shape, beginnings(&HEADER)),
        claims.cases(Row::Shape, texts(&CLAIMS)),
        claims.cases(Row::Shape, beginnings(&CLAIMS)),
        header.cases(Row::Shape, [header_size()]),
        claims.cases(Row::Claims, no_object()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The rules of strict JSON as each part reports them, and a member that it always has.
struct Reader {
    member: &'static str,
    duplicate: &'static str,
    depth: &'static str,
    surrogate: &'static str,
    number: &'static str,
    mark: &'static str,
    utf8: &'static str,
    syntax: &'static str,
    object: &'static str,
}

macro_rules! reader {
    ($member:literal, $code:literal) => {
        Reader {
            member: $member,
            duplicate: concat!($code, ": json.duplicate_member"),
            depth: concat!($code, ": json.too_deep"),
            surrogate: concat!($code, ": json.lone_surrogate"),
            number: concat!($code, ": json.number_range"),
            mark: concat!($code, ": json.byte_order_mark"),
            utf8: concat!($code, ": json.not_utf8"),
            syntax: concat!($code, ": json.syntax"),
            object: concat!($code, ": json.not_an_object"),
        }
    };
}

const HEADER: Reader = reader!("alg", "token.header-json");
const CLAIMS: Reader = reader!("iss", "token.claims");

/// With more members in front, as text.
fn with(members: impl Into<String>) -> super::difference::Change {
    let members = members.into();
    spelt(move |sound| sound.replacen('{', &format!("{{{members},"), 1))
}

fn twice(reader: &Reader) -> Vec<Difference> {
    let Reader { member, duplicate, .. } = *reader;
    let escaped = format!("\\u{:04x}{}", u32::from(member.as_bytes()[0]), &member[1..]);
    vec![
        limit("a member", with(r#""x":"x""#), with(format!(r#""{member}":"x""#)), duplicate),
        limit("a member, once with an escape", with(r#""\u0078":"x""#), with(format!(r#""{escaped}":"x""#)), duplicate),
        limit("a member that nobody reads", with(r#""x":1,"y":1"#), with(r#""x":1,"x":1"#), duplicate),
        limit("within a member", with(r#""x":{"a":1,"b":1}"#), with(r#""x":{"a":1,"a":1}"#), duplicate),
        limit("in a list", with(r#""x":[{"a":1},{"a":1}]"#), with(r#""x":[{"a":1,"a":1}]"#), duplicate),
        limit("names that differ in case are two", with(r#""x":1,"X":1"#), with(r#""x":1,"\u0078":1"#), duplicate),
    ]
}

fn texts(reader: &Reader) -> Vec<Difference> {
    let Reader { depth, surrogate, number, utf8, syntax, .. } = *reader;
    let nested = |levels: usize| with(format!("\"x\":{}0{}", "[".repeat(levels), "]".repeat(levels)));
    vec![
        limit("17 levels deep", nested(15), nested(16), depth),
        limit("501 levels deep", nested(15), nested(500), depth),
        limit("never closed", nested(15), spelt(|_| format!("{{\"x\":{}", "[".repeat(1900))), depth),
        limit("half a surrogate pair", with(r#""x":"\ud83d\ude00""#), with(r#""x":"\ud83d""#), surrogate),
        limit("half a surrogate pair as a name", with(r#""\ud83d\ude00":1"#), with(r#""\ude00":1"#), surrogate),
        limit("a number beyond doubles", with(r#""x":1e308"#), with(r#""x":1e309"#), number),
        case("an octet that is not UTF-8", spelt(|sound| [sound.as_bytes(), &[0xff]].concat()), utf8),
        limit(
            "an overlong encoding of a slash",
            spelt(|sound| [br#"{"x":"/","#, &sound.as_bytes()[1..]].concat()),
            spelt(|sound| [br#"{"x":""#, &[0xc0, 0xaf][..], br#"","#, &sound.as_bytes()[1..]].concat()),
            utf8,
        ),
        case("a second object behind", spelt(|sound| format!("{sound}{{}}")), syntax),
        case("a null octet behind", spelt(|sound| format!("{sound}\0")), syntax),
        case("cut short", spelt(|sound| sound[..sound.len() - 1].to_owned()), syntax),
        case("a comma at the end", spelt(|sound| sound.replace('}', ",}")), syntax),
        case("single quotes", spelt(|sound| sound.replace('"', "'")), syntax),
        case("a comment", spelt(|sound| sound.replacen('{', "{/**/", 1)), syntax),
        limit("not a number", with(r#""x":null"#), with(r#""x":NaN"#), syntax),
        limit("a leading zero", with(r#""x":1"#), with(r#""x":01"#), syntax),
        limit("a raw line break in a string", with(r#""x":"\n""#), with("\"x\":\"\n\""), syntax),
    ]
}

/// What does not begin as an object does. By this, JWT Auth tells tokens from other credentials.
fn beginnings(reader: &Reader) -> Vec<Difference> {
    let Reader { mark, syntax, object, .. } = *reader;
    vec![
        case("a byte order mark", spelt(|sound| format!("\u{feff}{sound}")), mark),
        case("nothing", spelt(|_| ""), syntax),
        limit("white space alone", spelt(|sound| format!(" {sound}\n")), spelt(|_| " \n"), syntax),
        case("a comment in front", spelt(|sound| format!("//\n{sound}")), syntax),
        case("an array around it", spelt(|sound| format!("[{sound}]")), object),
        case("its text as a string", spelt(|sound| json!(sound).to_string()), object),
        case("null", spelt(|_| "null"), object),
    ]
}

/// Decoded octets; the neighbour has as many as are allowed.
fn header_size() -> Difference {
    let of_size = |octets: usize| {
        change(move |header| {
            header["x"] = json!("");
            let rest = header.to_string().len();
            header["x"] = json!("x".repeat(octets - rest));
        })
    };
    limit("2049 octets", of_size(2048), of_size(2049), "token.header-json: json.too_large")
}

fn no_object() -> Vec<Difference> {
    let object = CLAIMS.object;
    vec![
        case("an empty array", spelt(|_| "[]"), object),
        case("a number", spelt(|_| "7"), object),
        case("true", spelt(|_| "true"), object),
        case("no members", spelt(|_| "{}"), "token.claims"),
        case("the values alone", spelt(|_| r#"["a","b",1,2,3]"#), object),
    ]
}
