//! Signatures that are made elsewhere.

use std::sync::{Arc, Barrier};
use std::thread;

use hub_jose::{IdToken, IdTokenClaims, IssueProblem, PiiDraft, PreparedToken, Sealer, Signer, Token, TokenId, jws};
use hub_roles::{
    Credential, HubToLfi, KeyError, LfiToHub, LoginHint, PathId, Pii, PrivateKey, RsaPublicKey, Sig1, SignatureScheme,
    SoftwareKey, WebhookEvent,
};
use rsa::pkcs8::DecodePrivateKey;
use rsa::sha2::{Digest, Sha256};
use rsa::signature::{SignatureEncoding, Signer as _};
use tokio::sync::oneshot;

use super::service::key_of;
use super::{assertion, enc1, enc2, far, remote};
use crate::cast::{
    CONNECTIONS, ECO, NONCE, acme, bank_side, from_acme, hub_side, issuer, now, public, sig1, sig2, sig3, sig4,
};
use crate::forge;
use crate::kinds::{
    Kind, enc1_public, enc2_public, event_draft, hint_draft, id_token, pii_draft, pii_opener, request_object,
    signed_request, signed_response, taken_out,
};

/// What a service that has the key signs, added.
fn complete<T: Token>(prepared: PreparedToken<T>, service: &Credential<T::SignedBy>) -> String {
    assert!(prepared.is_remote());
    assert_eq!(prepared.kid(), service.kid());
    let signature = service.sign_ps256(prepared.message()).unwrap();
    prepared.complete(&signature).unwrap()
}

fn bearer<T: Token>(prepared: PreparedToken<T>, service: &Credential<T::SignedBy>) -> String {
    complete(prepared, service).strip_prefix("Bearer ").unwrap().to_owned()
}

/// The compact JWS, with a key that is not here; of sealed kinds the inner one.
fn issue(kind: Kind) -> String {
    let (far1, far2, far3, far4) = (far(&sig1()), far(&sig2()), far(&sig3()), far(&sig4()));
    let to = &*CONNECTIONS;
    match kind {
        Kind::RequestObject => complete(far1.prepare(&request_object(), now()).unwrap(), &sig1()),
        Kind::ClientAssertion => complete(far1.prepare(&assertion(), now()).unwrap(), &sig1()),
        Kind::SignedRequest => complete(far1.prepare(&signed_request(), now()).unwrap(), &sig1()),
        Kind::SignedResponse => complete(far2.prepare(&signed_response(), now()).unwrap(), &sig2()),
        Kind::IdToken => complete(far2.prepare(&id_token(), now()).unwrap(), &sig2()),
        Kind::WebhookEvent => {
            let recipient = enc2_public();
            let prepared = Sealer::<WebhookEvent>::new(&far2, &recipient).prepare(&event_draft(), now()).unwrap();
            taken_out(&complete(prepared, &sig2()), &enc2())
        }
        Kind::Pii => {
            let recipient = enc1_public();
            let prepared = Sealer::<Pii>::new(&far1, &recipient).prepare(&pii_draft(), now()).unwrap();
            taken_out(&complete(prepared, &sig1()), &enc1())
        }
        Kind::LoginHint => {
            let recipient = enc1_public();
            let prepared = Sealer::<LoginHint>::new(&far1, &recipient).prepare(&hint_draft(), now()).unwrap();
            taken_out(&complete(prepared, &sig1()), &enc1())
        }
        Kind::HubToLfiRequest => {
            let certificate = ECO.hub().c4().certificate().clone();
            bearer(hub_side::<HubToLfi>().prepare_request(&far3, &certificate, now()).unwrap(), &sig3())
        }
        Kind::HubToLfiResponse => {
            let certificate = to.bank_answering.certificate();
            bearer(bank_side::<HubToLfi>().prepare_response(&far4, certificate, now()).unwrap(), &sig4())
        }
        Kind::LfiToHubRequest => {
            let certificate = to.bank_calling.certificate();
            bearer(bank_side::<LfiToHub>().prepare_request(&far4, certificate, now()).unwrap(), &sig4())
        }
        Kind::LfiToHubResponse => {
            let certificate = to.hub_answering.certificate();
            bearer(hub_side::<LfiToHub>().prepare_response(&far3, certificate, now()).unwrap(), &sig3())
        }
    }
}

#[test]
fn every_kind_is_completed_with_a_signature_made_elsewhere() {
    for kind in Kind::ALL {
        assert_eq!(kind.accept(&issue(kind)), Ok(()), "{kind:?}");
    }
}

#[tokio::test]
async fn many_tokens_wait_at_once_on_one_thread() {
    const TOKENS: usize = 8;
    // Answers nobody before all have asked.
    let all_have_asked = Arc::new(Barrier::new(TOKENS));
    let signer = Arc::new(far(&sig1()));
    let waiting: Vec<_> = (0..TOKENS)
        .map(|_| {
            let (all_have_asked, signer) = (Arc::clone(&all_have_asked), Arc::clone(&signer));
            tokio::spawn(async move {
                let prepared = signer.prepare(&assertion(), now()).unwrap();
                let (answer, answered) = oneshot::channel();
                let message = prepared.message().to_vec();
                thread::spawn(move || {
                    all_have_asked.wait();
                    answer.send(sig1().sign_ps256(&message).unwrap()).unwrap();
                });
                prepared.complete(&answered.await.unwrap()).unwrap()
            })
        })
        .collect();
    for token in waiting {
        assert_eq!(Kind::ClientAssertion.accept(&token.await.unwrap()), Ok(()));
    }
}

#[test]
fn a_service_that_signs_wrong_is_found_out() {
    let (key, other) = (key_of::<Sig1>("acme"), key_of::<Sig1>("other-tpp"));
    let pem = ECO.issued::<Sig1>("acme").unwrap().key_pem().unwrap();
    let rsa = rsa::PrivateKey::from_pkcs8_pem(&pem).unwrap();
    let salted = |octets, message: &[u8]| {
        rsa::pss::SigningKey::<Sha256>::new_with_salt_len(rsa.clone(), octets).sign(message).to_vec()
    };
    let with = |scheme, message: &[u8]| key.sign(scheme, message).unwrap();
    let sound = |message: &[u8]| with(SignatureScheme::RsaPssSha256, message);
    type Service<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;
    let cases: [(_, Service<'_>); 14] = [
        ("another key", &|message| other.sign(SignatureScheme::RsaPssSha256, message).unwrap()),
        ("another message", &|_| sound(b"another message")),
        ("the digest in place of the message", &|message| sound(&sha256(message))),
        ("PKCS #1 v1.5", &|message| with(SignatureScheme::RsaPkcs1Sha256, message)),
        ("SHA-384", &|message| with(SignatureScheme::RsaPssSha384, message)),
        ("SHA-512", &|message| with(SignatureScheme::RsaPssSha512, message)),
        ("no salt", &|message| salted(0, message)),
        ("a salt of 20 octets", &|message| salted(20, message)),
        ("the longest salt", &|message| salted(256 - 32 - 2, message)),
        ("a bit", &|message| {
            let mut signature = sound(message);
            signature[128] ^= 1;
            signature
        }),
        ("an octet short", &|message| sound(message)[..255].to_vec()),
        ("a zero in front", &|message| [&[0], sound(message).as_slice()].concat()),
        ("base64url", &|message| forge::base64url(&sound(message)).into_bytes()),
        ("nothing", &|_| Vec::new()),
    ];

    let signer = far(&sig1());
    let recipient = enc1_public();
    let sealer = Sealer::<Pii>::new(&signer, &recipient);
    for right in [&sound as Service<'_>, &|message| salted(32, message)] {
        let prepared = signer.prepare(&assertion(), now()).unwrap();
        let signature = right(prepared.message());
        assert!(prepared.complete(&signature).is_ok());
    }
    let expected = IssueProblem::Signature { kid: signer.kid().clone() };
    for (name, wrong) in cases {
        let prepared = signer.prepare(&assertion(), now()).unwrap();
        let signature = wrong(prepared.message());
        let refused = prepared.complete(&signature).unwrap_err();
        assert_eq!((refused.token(), refused.problem()), (TokenId::ClientAssertion, &expected), "{name}");
        let prepared = sealer.prepare(&pii_draft(), now()).unwrap();
        let signature = wrong(prepared.message());
        let refused = prepared.complete(&signature).unwrap_err();
        assert_eq!((refused.token(), refused.problem()), (TokenId::Pii, &expected), "{name}, sealed");
    }

    // A handle that signs so is found out as well.
    #[derive(Debug)]
    struct Pkcs1(SoftwareKey);
    impl PrivateKey for Pkcs1 {
        fn public_key(&self) -> &RsaPublicKey {
            self.0.public_key()
        }

        fn sign(&self, _: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
            self.0.sign(SignatureScheme::RsaPkcs1Sha256, message)
        }
    }
    let credential = Credential::new(sig1().certificate().clone(), Pkcs1(key_of::<Sig1>("acme"))).unwrap();
    assert!(!credential.verifies_own_signatures(), "unless it says so");
    let refused = Signer::new(credential).sign(&assertion(), now()).unwrap_err();
    assert_eq!((refused.problem(), refused.code()), (&expected, "issue.signature"));
    assert!(refused.to_string().contains("a salt of 32 octets"), "{refused}");
    assert!(sig1().verifies_own_signatures(), "a key in memory");
}

#[test]
fn one_call_to_a_key_that_is_not_here_names_the_two_steps() {
    let signer = far(&sig1());
    let certificate = ECO.hub().c4().certificate().clone();
    let recipient = enc1_public();
    let problem = IssueProblem::RemoteKey { kid: signer.kid().clone() };
    let refusals = [
        (TokenId::ClientAssertion, signer.sign(&assertion(), now())),
        (TokenId::Pii, Sealer::<Pii>::new(&signer, &recipient).seal(&pii_draft(), now())),
    ];
    for (token, refused) in refusals {
        let refused = refused.unwrap_err();
        assert_eq!((refused.token(), refused.problem()), (token, &problem));
    }
    assert_eq!(jws::sign(&remote(&sig1()), None, None, b"{}"), Err(problem));
    let signer = far(&sig3());
    let refused = hub_side::<HubToLfi>().request(&signer, &certificate, now()).unwrap_err();
    assert_eq!(refused.problem(), &IssueProblem::RemoteKey { kid: signer.kid().clone() });
    assert_eq!((refused.token(), refused.code()), (TokenId::JwtAuthRequest(PathId::HubToLfi), "issue.remote-key"));
    assert!(refused.to_string().contains("`prepare`") && refused.to_string().contains("`complete`"), "{refused}");
}

#[test]
fn the_digest_is_that_of_the_message() {
    let prepared = far(&sig1()).prepare(&assertion(), now()).unwrap();
    assert_eq!(prepared.digest(), sha256(prepared.message()));
    assert_eq!(prepared.scheme(), SignatureScheme::RsaPssSha256);
}

#[test]
fn what_is_too_long_is_refused_before_a_key_is_asked() {
    let with_subject = |octets: usize| {
        let claims = IdTokenClaims::new(NONCE);
        let draft = IdToken::new(issuer("retail"), acme(), &"u".repeat(octets), claims);
        far(&sig2()).prepare(&draft, now())
    };
    let most = longest(8192, |octets| with_subject(octets).is_ok());
    let token = complete(with_subject(most).unwrap(), &sig2());
    assert!((8190..=8192).contains(&token.len()), "{}", token.len());
    assert_eq!(Kind::IdToken.accept(&token), Ok(()));
    match with_subject(most + 1).unwrap_err().problem() {
        IssueProblem::TooLarge { limit: 8192, found } => assert!((8193..=8195).contains(found), "{found}"),
        other => panic!("{other}"),
    }

    // What is sealed is measured as it is sent.
    let (signer, recipient) = (far(&sig1()), enc1_public());
    let with_content = |octets: usize| {
        let content = serde_json::json!({"Initiation": "u".repeat(octets)});
        let draft = PiiDraft::new(acme(), issuer("retail"), content);
        Sealer::<Pii>::new(&signer, &recipient).prepare(&draft, now())
    };
    let most = longest(262_144, |octets| with_content(octets).is_ok());
    let jwe = complete(with_content(most).unwrap(), &sig1());
    assert!((262_142..=262_144).contains(&jwe.len()), "{}", jwe.len());
    assert!(pii_opener().open(&jwe, &[public("acme")], &from_acme(), now()).is_ok());
    match with_content(most + 1).unwrap_err().problem() {
        IssueProblem::TooLarge { limit: 262_144, found } => assert!((262_145..=262_149).contains(found), "{found}"),
        other => panic!("{other}"),
    }
}

/// The most octets below a limit that are accepted.
fn longest(limit: usize, accepted: impl Fn(usize) -> bool) -> usize {
    let (mut accepts, mut refuses) = (1, limit);
    while accepts + 1 < refuses {
        let between = usize::midpoint(accepts, refuses);
        *if accepted(between) { &mut accepts } else { &mut refuses } = between;
    }
    accepts
}

fn sha256(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}
