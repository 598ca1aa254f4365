//! What holds for any payload, any change and any text.

use hub_jose::jwe::{self, Jwe};
use hub_jose::jws::{self, Jws};
use hub_jose::nested;
use hub_roles::{DecryptionKey, Enc1, Sig1};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value};

use crate::cast::{ECO, bank_side, public, sig1};
use crate::forge::{self, base64url};
use crate::kinds::{Kind, enc1_public};

const LIMIT: usize = 1 << 20;

fn bank_key() -> [DecryptionKey<Enc1>; 1] {
    [ECO.lfi("bank").unwrap().enc1()]
}

/// Signed, encrypted, and signed then encrypted.
fn round_trips(payload: &[u8]) {
    let signed = jws::sign(&sig1(), None, None, payload).unwrap();
    assert_eq!(Jws::parse(&signed, LIMIT).unwrap().verify(&public::<Sig1>("acme")).unwrap(), payload);

    let encrypted = jwe::encrypt(&enc1_public(), None, payload).unwrap();
    assert_eq!(&Jwe::parse(&encrypted, LIMIT).unwrap().decrypt(&bank_key()).unwrap()[..], payload);

    let sealed = nested::seal(&signed, &enc1_public()).unwrap();
    let inner = nested::open(&sealed, &bank_key(), LIMIT).unwrap();
    assert_eq!(inner.verify(&public::<Sig1>("acme")).unwrap(), payload);
}

/// Around whole groups of base64url, blocks of the cipher, and powers of two.
#[test]
fn payloads_of_every_length_come_back() {
    for length in (0..70).chain([255, 256, 257, 4095, 4096, 4097, 131_072]) {
        let payload: Vec<u8> = (0..length).map(|at| (at * 7 + length) as u8).collect();
        round_trips(&payload);
    }
}

/// To another character of base64url, to one of no use, and to a separator.
#[test]
fn any_octet_of_a_token_that_is_changed_is_noticed() {
    let kinds = [Kind::ClientAssertion, Kind::LoginHint];
    for (kind, sent) in kinds.map(|kind| (kind, kind.send())) {
        assert_eq!(kind.receive(&sent), Ok(()), "{kind:?}");
        for at in 0..sent.len() {
            for other in [b'A', b'B', b'.', b'='].into_iter().filter(|other| *other != sent.as_bytes()[at]) {
                let mut changed = sent.clone().into_bytes();
                changed[at] = other;
                let outcome = kind.receive(str::from_utf8(&changed).unwrap());
                assert!(outcome.is_err(), "{kind:?}: {} at {at}", char::from(other));
            }
        }
    }
}

/// Another bit at each position in turn, so that the change is one to any other character, of base64url or not.
#[test]
fn one_bit_of_any_octet_is_noticed_in_every_kind() {
    for (kind, sent) in Kind::ALL.map(|kind| (kind, kind.send())) {
        assert_eq!(kind.receive(&sent), Ok(()), "{kind:?}");
        for at in 0..sent.len() {
            let mut changed = sent.clone().into_bytes();
            changed[at] ^= 1 << (at % 7);
            assert!(kind.receive(str::from_utf8(&changed).unwrap()).is_err(), "{kind:?}: bit {} at {at}", at % 7);
        }
    }
}

/// One of the changes that a text can suffer.
#[derive(Debug, Clone)]
enum Edit {
    Replace(Index, char),
    Insert(Index, char),
    Remove(Index),
    Swap(Index, Index),
    Cut(Index),
    Repeat(Index),
}

impl Edit {
    fn any() -> impl Strategy<Value = Self> {
        // Spaces before a token belong to the header field that carries it.
        let others = || any::<char>().prop_filter("no space", |other| *other != ' ');
        let character = || prop_oneof![prop::char::range('!', '~'), others(), select(vec!['.', '=', '\n', '\0'])];
        prop_oneof![
            (any::<Index>(), character()).prop_map(|(at, new)| Self::Replace(at, new)),
            (any::<Index>(), character()).prop_map(|(at, new)| Self::Insert(at, new)),
            any::<Index>().prop_map(Self::Remove),
            (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Self::Swap(one, other)),
            any::<Index>().prop_map(Self::Cut),
            any::<Index>().prop_map(Self::Repeat),
        ]
    }

    fn apply(&self, text: &mut Vec<char>) {
        if text.is_empty() {
            return;
        }
        let length = text.len();
        match self {
            Self::Replace(at, new) => text[at.index(length)] = *new,
            Self::Insert(at, new) => text.insert(at.index(length), *new),
            Self::Remove(at) => drop(text.remove(at.index(length))),
            Self::Swap(one, other) => text.swap(one.index(length), other.index(length)),
            Self::Cut(at) => text.truncate(at.index(length)),
            Self::Repeat(at) => text.extend_from_within(at.index(length)..),
        }
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-zA-Z]{0,8}", inner), 0..4).prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_payload_comes_back(payload in vec(any::<u8>(), 0..3000)) {
        round_trips(&payload);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// An edit that happens to change nothing leaves a token that is accepted.
    #[test]
    fn any_edits_of_a_token_are_noticed(kind in select(Kind::ALL.to_vec()), edits in vec(Edit::any(), 1..4)) {
        let sent = kind.send();
        let mut text: Vec<char> = sent.chars().collect();
        edits.iter().for_each(|edit| edit.apply(&mut text));
        let edited: String = text.into_iter().collect();
        prop_assert_eq!(kind.receive(&edited).is_ok(), edited == sent);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "[A-Za-z0-9_.=-]{0,80}|\\PC{0,40}", octets in vec(any::<u8>(), 0..80)) {
        for kind in Kind::ALL {
            prop_assert!(kind.receive(&text).is_err());
            prop_assert!(kind.receive(&String::from_utf8_lossy(&octets)).is_err());
        }
        prop_assert!(bank_side::<hub_roles::HubToLfi>().parse_request([&octets]).is_err());
    }

    /// However the three parts come about, without a signature nothing is accepted.
    #[test]
    fn nothing_is_accepted_without_a_signature(
        kind in select(Kind::ALL.to_vec()),
        header in prop_oneof![
            "\\PC{0,40}",
            "\\{\"alg\":\"PS256\",\"kid\":\"k\"(,\"\\PC{0,8}\":[0-9\"a-z\\[\\]]{0,4})?\\}",
            json().prop_map(|header| header.to_string()),
        ],
        payload in vec(any::<u8>(), 0..60),
        signature in vec(any::<u8>(), 0..300),
    ) {
        let segments = [header.as_bytes(), &payload, &signature].map(base64url);
        prop_assert!(kind.accept(&segments.join(".")).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// By whoever may sign them.
    #[test]
    fn no_signed_claims_make_a_reader_panic(
        kind in select(Kind::ALL.to_vec()),
        octets in vec(any::<u8>(), 0..60),
        member in any::<Index>(),
        value in json(),
    ) {
        prop_assert!(kind.accept(&kind.sign_payload(&octets)).is_err());
        prop_assert!(kind.accept(&kind.sign(&value)).is_err());

        // One claim, or one of a claim's, says something else: that may be accepted.
        let mut claims = forge::claims(&kind.issue());
        let names: Vec<String> = claims.as_object().unwrap().keys().cloned().collect();
        claims[&names[member.index(names.len())]] = value;
        let _ = kind.accept(&kind.sign(&claims));
    }
}
