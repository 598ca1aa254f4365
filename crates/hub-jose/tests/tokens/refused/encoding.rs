//! Compact serialisations: one shape, one spelling, one size.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::difference::sound_claims;
use super::{Case, Row, Side, Verdict, verdict};
use crate::cast::{from_acme, now, public};
use crate::forge::{self, Parts};
use crate::kinds::{Kind, enc1_public, enc2_public, pii_opener};

pub(super) fn cases() -> Vec<Case> {
    [spellings(&JWS), spellings(&JWE), shapes(&JWS), shapes(&JWE), jws_shapes(), jwe_shapes(), sizes()]
        .into_iter()
        .flatten()
        .collect()
}

/// One of the two forms, and a sound token in it.
struct Form {
    name: &'static str,
    segments: &'static [&'static str],
    /// Those of the sound token whose length leaves bits unused.
    with_unused_bits: &'static [usize],
    sound: &'static LazyLock<String>,
    judge: fn(&str) -> Verdict,
}

const JWS: Form = Form {
    name: "JWS",
    segments: &["header", "payload", "signature"],
    with_unused_bits: &[0, 1, 2],
    sound: &SOUND_JWS,
    judge: |jws| verdict(Kind::SignedRequest.accept(jws)),
};

const JWE: Form = Form {
    name: "JWE",
    segments: &["header", "encrypted key", "initialisation vector", "ciphertext", "authentication tag"],
    with_unused_bits: &[0, 1, 3, 4],
    sound: &SOUND_JWE,
    judge: |jwe| verdict(pii_opener().open(jwe, &[public("acme")], &from_acme(), now())),
};

static SOUND_JWS: LazyLock<String> = LazyLock::new(|| {
    let (header, payload) = (Kind::SignedRequest.header(), sound_claims(Kind::SignedRequest));
    Kind::SignedRequest.sign_octets(with_one_over(header).as_bytes(), with_one_over(payload).as_bytes())
});

static SOUND_JWE: LazyLock<String> = LazyLock::new(|| {
    let key = enc1_public();
    // Of three consecutive lengths of the payload, some leave the inner token's with bits unused.
    let payload = |spaces| format!("{}{}", sound_claims(Kind::Pii), " ".repeat(spaces));
    let inner = (0..3).map(|spaces| Kind::Pii.sign_payload(payload(spaces).as_bytes()));
    let inner = inner.into_iter().find(|inner| inner.len() % 3 != 0).unwrap();
    Parts::with_header_text(&key, &with_one_over(forge::jwe_header(&key)), &[3; 32], inner.as_bytes()).join()
});

/// With one octet over whole groups of three: the last character of its base64url has four unused bits.
fn with_one_over(json: Value) -> String {
    let json = json.to_string();
    let spaces = (4 - json.len() % 3) % 3;
    json + &" ".repeat(spaces)
}

fn spellings(form: &'static Form) -> Vec<Case> {
    type Spelling = fn(&str) -> String;
    let all: [(_, Spelling); 11] = [
        ("one sign of padding", |segment| format!("{segment}=")),
        ("two signs of padding", |segment| format!("{segment}==")),
        ("padding in percent-encoding", |segment| format!("{segment}%3D")),
        ("a space before", |segment| format!(" {segment}")),
        ("a tab behind", |segment| format!("{segment}\t")),
        ("a line break behind", |segment| format!("{segment}\n")),
        ("a line break inside", |segment| format!("{}\r\n{}", &segment[..4], &segment[4..])),
        ("the standard alphabet", |segment| format!("+/{}", &segment[2..])),
        ("a null octet", |segment| format!("{segment}\0")),
        ("a letter that is not ASCII", |segment| format!("é{}", &segment[2..])),
        ("a character too many", |segment| format!("{segment}{}", "A".repeat(5 - segment.len() % 4))),
    ];
    let unused_bits: Spelling = |segment| {
        let (rest, last) = segment.split_at(segment.len() - 1);
        let next = ALPHABET.as_bytes()[ALPHABET.find(last).unwrap() + 1];
        format!("{rest}{}", char::from(next))
    };
    let spelt = |at: usize, name: &str, spelling: Spelling| {
        let name = format!("{}, {}: {name}", form.name, form.segments[at]);
        form.case(Row::Base64Url, name, "token.base64url", move |segments| segments[at] = spelling(&segments[at]))
    };
    let everywhere = (0..form.segments.len()).flat_map(|at| all.map(|(name, spelling)| spelt(at, name, spelling)));
    let with_bits = form.with_unused_bits.iter().map(|at| spelt(*at, "unused bits that are set", unused_bits));
    everywhere.chain(with_bits).collect()
}

impl Form {
    /// Some of its segments changed, left out or added.
    fn case(
        &'static self,
        row: Row,
        name: impl Into<String>,
        rule: &'static str,
        change: impl Fn(&mut Vec<String>) + 'static,
    ) -> Case {
        self.text_case(row, name, rule, move |token| {
            let mut segments = token.split('.').map(str::to_owned).collect();
            change(&mut segments);
            segments.join(".")
        })
    }

    fn text_case(
        &'static self,
        row: Row,
        name: impl Into<String>,
        rule: &'static str,
        change: impl Fn(&str) -> String + 'static,
    ) -> Case {
        let made = move |side| match side {
            Side::Neighbour => self.sound.to_string(),
            Side::Refused => change(self.sound),
        };
        Case::new(row, name, rule, |token: &String| (self.judge)(token), made)
    }
}

/// What holds for both forms.
fn shapes(form: &'static Form) -> Vec<Case> {
    let name = |name: &str| format!("{}: {name}", form.name);
    let text =
        |what: &str, change: fn(&str) -> String| form.text_case(Row::Shape, name(what), "token.segments", change);
    vec![
        text("nothing", |_| String::new()),
        text("one segment", |token| token.replace('.', "")),
        text("a dot before", |token| format!(".{token}")),
        text("a dot behind", |token| format!("{token}.")),
        text("twice", |token| format!("{token}.{token}")),
        text("dots alone", |token| ".".repeat(token.len())),
        text("other separators", |token| token.replace('.', "~")),
        text("full stops of another script", |token| token.replace('.', "。")),
        form.case(Row::Shape, name("the last segment missing"), "token.segments", |segments| drop(segments.pop())),
        form.case(Row::Shape, name("no header"), "token.header-json: json.syntax", |segments| segments[0].clear()),
        form.text_case(Row::Shape, name("a byte order mark before"), "token.base64url", |token| {
            format!("\u{feff}{token}")
        }),
        form.text_case(Row::Shape, name("a scheme before"), "token.base64url", |token| format!("Bearer {token}")),
        form.text_case(Row::Shape, name("quoted"), "token.base64url", |token| format!("\"{token}\"")),
    ]
}

fn jws_shapes() -> Vec<Case> {
    let text = |name: &str, rule, change: fn([&str; 3]) -> String| {
        JWS.text_case(Row::Shape, name, rule, move |jws| change(jws.split('.').collect::<Vec<_>>().try_into().unwrap()))
    };
    vec![
        text("JWS: its JSON serialisation", "token.segments", |[header, payload, signature]| {
            json!({"payload": payload, "signatures": [{"protected": header, "signature": signature}]}).to_string()
        }),
        text("JWS: its flattened JSON serialisation", "token.segments", |[header, payload, signature]| {
            json!({"payload": payload, "protected": header, "signature": signature}).to_string()
        }),
        text("JWS: an SD-JWT", "token.base64url", |[header, payload, signature]| {
            format!("{header}.{payload}.{signature}~")
        }),
        text("JWS: a JWE", "token.segments", |_| SOUND_JWE.clone()),
        text("JWS: payload first", "token.header-missing", |[header, payload, signature]| {
            format!("{payload}.{header}.{signature}")
        }),
        text("JWS: detached payload", "token.signature", |[header, _, signature]| format!("{header}..{signature}")),
    ]
}

fn jwe_shapes() -> Vec<Case> {
    let text = |name: &str, rule, change: fn([&str; 5]) -> String| {
        JWE.text_case(Row::Shape, name, rule, move |jwe| change(jwe.split('.').collect::<Vec<_>>().try_into().unwrap()))
    };
    vec![
        text("JWE: its JSON serialisation", "token.segments", |[protected, key, iv, ciphertext, tag]| {
            let recipients = json!([{"encrypted_key": key}]);
            json!({"protected": protected, "recipients": recipients, "iv": iv, "ciphertext": ciphertext, "tag": tag})
                .to_string()
        }),
        text("JWE: its flattened JSON serialisation", "token.segments", |[protected, key, iv, ciphertext, tag]| {
            json!({"protected": protected, "encrypted_key": key, "iv": iv, "ciphertext": ciphertext, "tag": tag})
                .to_string()
        }),
        text("JWE: a JWS", "token.segments", |_| Kind::Pii.sign(&sound_claims(Kind::Pii))),
        text("JWE: without encrypted key", "token.length", |[protected, _, iv, ciphertext, tag]| {
            format!("{protected}..{iv}.{ciphertext}.{tag}")
        }),
    ]
}

/// As long as a kind's tokens may be, and no longer. White space in the claims makes up the length.
fn sizes() -> Vec<Case> {
    const KIB: usize = 1024;
    let case = |kind: Kind| {
        let limit = match kind {
            Kind::RequestObject => 512 * KIB,
            Kind::SignedRequest | Kind::SignedResponse => 1024 * KIB,
            Kind::WebhookEvent | Kind::Pii => 256 * KIB,
            _ => 8 * KIB,
        };
        let made = move |side: Side| longest(kind, limit) + side.pick(0, 1);
        let judge = move |octets: &usize| {
            let claims = sound_claims(kind).to_string();
            let spaces = " ".repeat(octets - claims.len());
            verdict(kind.accept(&kind.sign_payload(format!("{claims}{spaces}").as_bytes())))
        };
        Case::new(Row::Shape, format!("{kind:?}: longer than {limit} octets"), "token.too-large", judge, made)
    };
    Kind::ALL.into_iter().map(case).collect()
}

/// Octets of claims in the longest token of at most `limit` octets.
fn longest(kind: Kind, limit: usize) -> usize {
    let header = kind.header().to_string().len();
    let outer_header = match kind {
        Kind::WebhookEvent => forge::jwe_header(&enc2_public()).to_string().len(),
        _ => forge::jwe_header(&enc1_public()).to_string().len(),
    };
    let length = |claims| {
        let jws = base64url_length(&[header, claims, 256]);
        if kind.is_sealed() { base64url_length(&[outer_header, 256, 12, jws, 16]) } else { jws }
    };
    (0..limit).rev().find(|claims| length(*claims) <= limit).unwrap()
}

/// Of these numbers of octets, with dots between them.
fn base64url_length(segments: &[usize]) -> usize {
    segments.iter().map(|octets| (octets * 4).div_ceil(3)).sum::<usize>() + segments.len() - 1
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
