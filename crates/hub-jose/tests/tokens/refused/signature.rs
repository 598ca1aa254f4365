//! Signatures: of the right key, over the right octets, with the right parameters.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use hub_roles::{PrivateKey, Sig1, SignatureScheme, SoftwareKey};

use super::difference::sound_claims;
use super::{Case, Row, Side, verdict};
use crate::cast::{ECO, sig1};
use crate::forge::{base64url, from_base64url};
use crate::kinds::Kind;

pub(super) fn cases() -> Vec<Case> {
    [changed(), made_otherwise(), over_something_else()].into_iter().flatten().collect()
}

/// A token's header and payload as they are signed, and the signature.
#[derive(Debug, Clone, PartialEq)]
struct Signed {
    input: String,
    signature: Vec<u8>,
}

static SOUND: LazyLock<Signed> = LazyLock::new(|| {
    let token = Kind::SignedRequest.sign(&sound_claims(Kind::SignedRequest));
    let (input, signature) = token.rsplit_once('.').unwrap();
    Signed { input: input.to_owned(), signature: from_base64url(signature) }
});

fn case(row: Row, name: &str, change: impl Fn(&mut Signed) + 'static) -> Case {
    let judge = |Signed { input, signature }: &Signed| {
        verdict(Kind::SignedRequest.accept(&format!("{input}.{}", base64url(signature))))
    };
    let made = move |side| {
        let mut token = SOUND.clone();
        if let Side::Refused = side {
            change(&mut token);
        }
        token
    };
    Case::new(row, name, "token.signature", judge, made)
}

fn changed() -> Vec<Case> {
    let case =
        |name: &str, change: fn(&mut Vec<u8>)| case(Row::Signature, name, move |token| change(&mut token.signature));
    vec![
        case("the first bit", |signature| signature[0] ^= 0x80),
        case("a bit in the middle", |signature| signature[128] ^= 1),
        case("the last bit", |signature| signature[255] ^= 1),
        case("no octets", Vec::clear),
        case("one octet", |signature| signature.truncate(1)),
        case("the first octet moved to the end", |signature| signature.rotate_left(1)),
        case("the first octet missing", |signature| *signature = signature.split_off(1)),
        case("the last octet missing", |signature| signature.truncate(255)),
        case("a zero in front", |signature| signature.insert(0, 0)),
        case("a zero behind", |signature| signature.push(0)),
        case("twice", |signature| signature.extend_from_within(..)),
        case("1025 octets", |signature| signature.resize(1025, 0)),
        case("backwards", |signature| signature.reverse()),
        case("the number 0", |signature| signature.fill(0)),
        case("the number 1", |signature| {
            signature.fill(0);
            signature[255] = 1;
        }),
        case("the modulus", |signature| signature.copy_from_slice(&modulus())),
        case("the modulus less 1", |signature| {
            signature.copy_from_slice(&modulus());
            signature[255] -= 1;
        }),
        case("the largest number of 256 octets", |signature| signature.fill(0xff)),
    ]
}

fn modulus() -> Vec<u8> {
    sig1().certificate().public_key().modulus().to_vec()
}

/// By the holder of the right key, over the right octets, or so it says.
fn made_otherwise() -> Vec<Case> {
    let schemes = [
        SignatureScheme::RsaPkcs1Sha256,
        SignatureScheme::RsaPkcs1Sha384,
        SignatureScheme::RsaPkcs1Sha512,
        SignatureScheme::RsaPssSha384,
        SignatureScheme::RsaPssSha512,
    ];
    let schemes = schemes.map(|scheme| {
        case(Row::Signature, scheme.name(), move |token| {
            token.signature = key_of("acme").sign(scheme, token.input.as_bytes()).unwrap();
        })
    });
    let mac = |name: &str, secret: fn() -> Vec<u8>| {
        case(Row::KeyConfusion, &format!("an HMAC whose secret is {name}"), move |token| {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret());
            token.signature = hmac::sign(&secret, token.input.as_bytes()).as_ref().to_vec();
        })
    };
    let macs = [
        mac("the modulus", modulus),
        mac("the public key in DER", || sig1().certificate().public_key().to_spki_der().unwrap()),
        mac("the certificate in PEM", || ECO.issued::<Sig1>("acme").unwrap().certificate_pem().unwrap().into_bytes()),
        mac("nothing", Vec::new),
    ];
    schemes.into_iter().chain(macs).collect()
}

fn over_something_else() -> Vec<Case> {
    let signed = |name: &str, message: fn(&Signed) -> Vec<u8>| {
        case(Row::Signature, name, move |token| {
            token.signature = sig1().sign_ps256(&message(token)).unwrap();
        })
    };
    let moved = |name: &str, input: fn(&str) -> String| {
        case(Row::Signature, name, move |token| token.input = input(&token.input))
    };
    vec![
        signed("over nothing", |_| Vec::new()),
        signed("over the payload alone", |token| token.input.split('.').nth(1).unwrap().into()),
        signed("over the claims before base64url", |token| from_base64url(token.input.split('.').nth(1).unwrap())),
        signed("over both without the dot", |token| token.input.replace('.', "").into()),
        signed("over the dot behind too", |token| format!("{}.", token.input).into()),
        case(Row::Signature, "of another token", |token| {
            let other = Kind::ClientAssertion.sign(&sound_claims(Kind::ClientAssertion));
            token.signature = from_base64url(other.rsplit_once('.').unwrap().1);
        }),
        case(Row::Signature, "of another key", |token| {
            token.signature = key_of("other-tpp").sign(SignatureScheme::RsaPssSha256, token.input.as_bytes()).unwrap();
        }),
        moved("over the header in another spelling", |input| {
            let (header, payload) = input.split_once('.').unwrap();
            format!("{}.{payload}", base64url(&[b" ".as_slice(), &from_base64url(header)].concat()))
        }),
        moved("over the claims in another spelling", |input| {
            let (header, payload) = input.split_once('.').unwrap();
            format!("{header}.{}", base64url(&[b" ".as_slice(), &from_base64url(payload)].concat()))
        }),
        moved("over other claims", |input| {
            let (header, _) = input.split_once('.').unwrap();
            let mut claims = sound_claims(Kind::SignedRequest);
            claims["message"]["Data"]["ConsentId"] = "another".into();
            format!("{header}.{}", base64url(claims.to_string().as_bytes()))
        }),
    ]
}

/// The private key of a TPP's Sig1, for what its credential would not do.
fn key_of(holder: &str) -> SoftwareKey {
    let pem = ECO.issued::<Sig1>(holder).unwrap().key_pem().unwrap();
    SoftwareKey::from_pem(pem.as_bytes()).unwrap()
}
