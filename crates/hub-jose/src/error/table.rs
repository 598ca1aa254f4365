//! Every rule once, with what a log, an alert and an answer make of it; and every public error.

use std::collections::BTreeSet;

use hub_json::{Error as JsonError, Limits};
use hub_roles::{KeyError, PathId};

use super::{IssueProblem, Layer, TokenError, TokenId, TokenRule, excerpt};
use crate::confirmation::ConfirmationError;
use crate::replay::ReplayError;
use crate::token::MaxAgeTooLong;

/// A broken rule, the ecosystem's code by layer (signature, encryption), whether another time will do in the signature, and what the
/// message must mention.
type Row = (TokenRule, [Option<&'static str>; 2], bool, &'static [&'static str]);

const MALFORMED: [Option<&str>; 2] = [Some("JWS.Malformed"), Some("JWE.DecryptionError")];
const HEADER: [Option<&str>; 2] = [Some("JWS.InvalidHeader"), Some("JWE.InvalidHeader")];
const SIGNATURE: [Option<&str>; 2] = [Some("JWS.InvalidSignature"); 2];
const CLAIM: [Option<&str>; 2] = [Some("JWS.InvalidClaim"); 2];
const DECRYPTION: [Option<&str>; 2] = [Some("JWE.DecryptionError"); 2];
const OWN: [Option<&str>; 2] = [None; 2];

fn rows() -> Vec<Row> {
    let hostile = || excerpt(&HOSTILE.repeat(1000));
    let kid = || "k".repeat(256).parse().unwrap();
    let party = |digit: &str| format!("{}-0000-4000-8000-000000000000", digit.repeat(8)).parse().unwrap();
    let json = || JsonError::NotAnObject;
    let shape = || {
        let text = format!("{{\"{}\": 1}}", "x\\u001b[2J\u{202e}".repeat(200));
        hub_json::from_object::<std::collections::BTreeMap<String, bool>>(text.as_bytes(), Limits::new(1 << 16))
            .unwrap_err()
    };
    vec![
        (TokenRule::TooLarge { limit: 8192, found: 9000 }, MALFORMED, false, &["9000", "at most 8192"]),
        (TokenRule::Segments { expected: 3 }, MALFORMED, false, &["compact", "3 segments"]),
        (TokenRule::Base64Url { segment: "payload" }, MALFORMED, false, &["payload", "base64url without padding"]),
        (TokenRule::HeaderJson(json()), HEADER, false, &["header", "not an object"]),
        (TokenRule::HeaderMissing { parameter: "kid" }, HEADER, false, &["`kid` is missing"]),
        (TokenRule::HeaderForm { parameter: "kid", expected: "a string" }, HEADER, false, &["`kid` is not a string"]),
        (TokenRule::HeaderForbidden { parameter: "jku" }, HEADER, false, &["`jku` is never accepted", "registered"]),
        (
            TokenRule::Algorithm { parameter: "alg", expected: "PS256", found: hostile() },
            HEADER,
            false,
            &["`alg`", "only PS256"],
        ),
        (TokenRule::Unsecured, HEADER, false, &["not signed", "PS256"]),
        (TokenRule::Type { accepted: &["JWT"], found: hostile() }, HEADER, false, &["`typ`", "none or one of", "JWT"]),
        (TokenRule::ContentType { accepted: "JWT", found: hostile() }, HEADER, false, &["`cty`", "none or", "JWT"]),
        (TokenRule::UnknownKey { kid: kid() }, HEADER, true, &["no key with kid kkk", "old key set"]),
        (TokenRule::AmbiguousKey { kid: kid() }, HEADER, false, &["kid kkk", "its own"]),
        (TokenRule::NoKeyNamed { held: 2 }, HEADER, false, &["no kid", "2 decryption keys", "must name it"]),
        (
            TokenRule::KeyOwner { expected: "acme".to_owned(), found: "other".to_owned() },
            SIGNATURE,
            false,
            &["belongs to other", "by acme"],
        ),
        (TokenRule::Signature, SIGNATURE, false, &["signature does not verify", "another key", "changed"]),
        (
            TokenRule::Length { part: "authentication tag", expected: 16, found: 1 },
            DECRYPTION,
            false,
            &["authentication tag", "1 octets", "16 are expected"],
        ),
        (TokenRule::Decryption, DECRYPTION, false, &["does not decrypt", "another key", "changed"]),
        (TokenRule::RemoteKey { kid: kid() }, OWN, false, &["kid kkk", "`prepare`", "`complete`"]),
        (TokenRule::PlainContent, MALFORMED, false, &["plain JSON", "signed first"]),
        (TokenRule::NestedEncryption, MALFORMED, false, &["encrypted again", "must be a JWS"]),
        (TokenRule::Claims(json()), MALFORMED, false, &["claims", "not an object"]),
        (TokenRule::Claims(shape()), CLAIM, false, &["claims"]),
        (TokenRule::ClaimMissing { claim: "jti" }, CLAIM, false, &["`jti` is missing"]),
        (TokenRule::ClaimForbidden { claim: "message" }, CLAIM, false, &["`message` belongs to another kind"]),
        (
            TokenRule::ClaimValue { claim: "nonce", expected: "the nonce that was sent".to_owned() },
            CLAIM,
            false,
            &["`nonce` is not the nonce that was sent"],
        ),
        (
            TokenRule::Issuer { expected: "acme".to_owned(), found: hostile() },
            CLAIM,
            false,
            &["`iss`", "instead of \"acme\""],
        ),
        (
            TokenRule::Subject { expected: "acme".to_owned(), found: hostile() },
            CLAIM,
            false,
            &["`sub`", "instead of \"acme\""],
        ),
        (
            TokenRule::Audience { expected: "acme".to_owned(), found: hostile() },
            CLAIM,
            false,
            &["`aud`", "instead of \"acme\""],
        ),
        (TokenRule::AudienceForm, CLAIM, false, &["`aud` is an array", "one string is expected"]),
        (TokenRule::Expired { expires_at: 100, now: 111 }, CLAIM, false, &["expired at 100", "is 111", "a new one"]),
        (TokenRule::NotYetValid { not_before: 100, now: 50 }, CLAIM, false, &["valid from 100", "is 50", "a clock"]),
        (TokenRule::IssuedInFuture { issued_at: 100, now: 50 }, CLAIM, false, &["issued at 100", "is 50", "a clock"]),
        (TokenRule::TooOld { limit: 600, found: 700 }, CLAIM, false, &["`nbf` is 700 s ago", "at most 600 s"]),
        (
            TokenRule::LifetimeTooLong { from: "iat", limit: 300, found: 400 },
            CLAIM,
            false,
            &["400 s after `iat`", "at most 300 s"],
        ),
        (TokenRule::NoToken, MALFORMED, false, &["no header field", "bring one"]),
        (TokenRule::SeveralTokens, MALFORMED, false, &["more than once", "must occur once"]),
        (TokenRule::NotJwtAuth, MALFORMED, false, &["no JWT Auth token", "`Bearer`"]),
        (
            TokenRule::PeerOrganisation { expected: party("1"), found: party("2") },
            CLAIM,
            false,
            &["of organisation 22222222-", "from 11111111-"],
        ),
        (TokenRule::JwtAuthOff, OWN, false, &["JWT Auth is off", "switch it on"]),
        (TokenRule::Replayed, CLAIM, false, &["used before", "a new one"]),
        (TokenRule::Replay(ReplayError::Full { capacity: 5 }), OWN, true, &["full", "5", "enlarge it"]),
        (
            TokenRule::Replay(ReplayError::IssuerFull { issuer: hostile(), share: 5 }),
            OWN,
            true,
            &["its share", "5 unexpired", "send less"],
        ),
        (
            TokenRule::Replay(ReplayError::ClockWentBack { forgotten_until: 100 }),
            OWN,
            false,
            &["clock went back", "100", "set it right"],
        ),
        (
            TokenRule::Replay(ReplayError::Unavailable { reason: HOSTILE.repeat(1000) }),
            OWN,
            true,
            &["not available", "try again"],
        ),
    ]
}

/// What a sender might put into a header to end or forge a line of a log, or to paint a terminal.
const HOSTILE: &str = "\u{1b}[2J\n2026-01-01 INFO accepted\r\u{202e}\"\u{10ffff}";

#[test]
fn every_rule_has_its_answer_and_says_what_to_do() {
    for (rule, [signature, encryption], retryable, mentioned) in rows() {
        let code = rule.code();
        assert_eq!(rule.hub_code(Layer::Signature), signature, "{code}");
        assert_eq!(rule.hub_code(Layer::Encryption), encryption, "{code}");
        assert_eq!(rule.is_retryable(Layer::Signature), retryable, "{code}");
        assert_eq!(
            rule.is_retryable(Layer::Encryption),
            retryable && !matches!(rule, TokenRule::UnknownKey { .. }),
            "{code}"
        );

        let refused = rule.in_signature(TokenId::ClientAssertion);
        let message = refused.to_string();
        for mention in mentioned {
            assert!(message.contains(mention), "{code}: {mention:?} in {message}");
        }
        assert!(message.starts_with("client assertion refused (JWS): "), "{message}");
        assert_safe_to_log(code, &message);
        assert_eq!((refused.code(), refused.hub_code(), refused.is_retryable()), (code, signature, retryable));
    }
}

#[test]
fn the_table_has_every_rule_and_every_code_is_one_rules() {
    let codes: BTreeSet<_> = TokenRule::CODES.iter().copied().collect();
    assert_eq!(codes.len(), TokenRule::CODES.len(), "two rules with one code");
    assert_eq!(rows().iter().map(|(rule, ..)| rule.code()).collect::<BTreeSet<_>>(), codes);
    for code in codes {
        assert_well_formed(code, "token.");
    }
}

#[test]
fn whoever_issues_learns_what_to_do_as_well() {
    let kid = || "k".repeat(256).parse().unwrap();
    let rows: [(IssueProblem, bool, &str); 9] = [
        (IssueProblem::Serialise, false, "do not serialise"),
        (IssueProblem::Claims(JsonError::NotAnObject), false, "not an object"),
        (IssueProblem::TooLarge { limit: 10, found: 11 }, false, "11 octets long, receivers accept at most 10"),
        (IssueProblem::Key(KeyError::Failed), true, "key operation failed"),
        (IssueProblem::Key(KeyError::Unsupported { operation: "PS256" }), false, "does not support PS256"),
        (IssueProblem::RemoteKey { kid: kid() }, false, "`prepare`"),
        (IssueProblem::Signature { kid: kid() }, false, "PS256"),
        (IssueProblem::Module, true, "failed"),
        (IssueProblem::JwtAuthOff, false, "switch it on"),
    ];
    for (problem, retryable, mentioned) in rows {
        let (code, text) = (problem.code(), problem.to_string());
        assert!(text.contains(mentioned), "{text}");
        assert_well_formed(code, "issue.");

        let failed = problem.of(TokenId::JwtAuthRequest(PathId::LfiToHub));
        assert_eq!((failed.code(), failed.is_retryable()), (code, retryable), "{text}");
        assert_eq!(failed.to_string(), format!("JWT Auth request (LFI to API Hub) not issued: {text}"));
        assert_safe_to_log(code, &failed.to_string());
    }
}

/// Every public error of the crate answers alike: a code under its own prefix, whether another time will do, and a line for the log.
#[test]
fn every_public_error_has_a_code_and_tells_whether_to_try_again() {
    macro_rules! check {
        ($($prefix:literal: $error:expr, $retryable:expr;)*) => {$({
            let error = $error;
            let (code, logged) = (error.code(), (&error as &dyn std::error::Error).to_string());
            assert_well_formed(code, $prefix);
            assert_safe_to_log(code, &logged);
            assert_eq!(error.is_retryable(), $retryable, "{code}: {logged}");
        })*};
    }

    let kid = |digit: &str| digit.repeat(43).parse().unwrap();
    let full = || ReplayError::Full { capacity: 5 };
    check! {
        "token.": TokenRule::from(full()).in_signature(TokenId::ClientAssertion), true;
        "token.": TokenRule::Replayed.in_signature(TokenId::ClientAssertion), false;
        "issue.": IssueProblem::Module, true;
        "issue.": IssueProblem::Module.of(TokenId::Pii), true;
        "issue.": IssueProblem::JwtAuthOff.of(TokenId::Pii), false;
        "replay.": full(), true;
        "replay.": ReplayError::Used, false;
        "cnf.": ConfirmationError::Form, false;
        "cnf.": ConfirmationError::OtherCertificate { bound_to: kid("1"), presented: kid("2") }, false;
        "max-age.": MaxAgeTooLong, false;
    }
}

#[test]
fn guards_have_codes_of_their_own() {
    let rows = [
        (ReplayError::Used, "replay.used", false),
        (ReplayError::Full { capacity: 1 }, "replay.full", true),
        (ReplayError::IssuerFull { issuer: "a".to_owned(), share: 1 }, "replay.issuer-full", true),
        (ReplayError::ClockWentBack { forgotten_until: 1 }, "replay.clock-went-back", false),
        (ReplayError::Unavailable { reason: "a".to_owned() }, "replay.unavailable", true),
    ];
    for (error, code, retryable) in rows {
        assert_eq!((error.code(), error.is_retryable()), (code, retryable));
        let refused = TokenRule::from(error.clone());
        assert_eq!(refused == TokenRule::Replayed, error == ReplayError::Used, "{error}");
    }
}

/// There is one error for what does not decrypt: no field in which a cause could show.
#[test]
fn what_does_not_decrypt_has_one_error() {
    let refused = TokenError::new(TokenId::Pii, Layer::Encryption, None, TokenRule::Decryption);
    assert_eq!(
        refused.to_string(),
        "PII refused (JWE): it does not decrypt: it was encrypted to another key than the one its kid names, or changed"
    );
    assert_eq!((refused.hub_code(), refused.is_retryable()), (Some("JWE.DecryptionError"), false));
}

/// One line of bounded length, without anything that a terminal obeys or a reader does not see.
fn assert_safe_to_log(code: &str, message: &str) {
    assert!(message.chars().count() <= 1024, "{code}: {} characters", message.chars().count());
    let invisible =
        |character| matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    let unsafe_character = message.chars().find(|&character| character.is_control() || invisible(character));
    assert_eq!(unsafe_character, None, "{code}: {message:?}");
}

fn assert_well_formed(code: &str, prefix: &str) {
    let name = code.strip_prefix(prefix).unwrap_or_else(|| panic!("{code}"));
    assert!(
        !name.is_empty()
            && name.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-'),
        "{code}"
    );
}
