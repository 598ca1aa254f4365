//! A sealed payload, opened as each kind.

use std::slice::from_ref;

use hub_jose::{ExpectedEvent, Opener, TokenError};
use hub_roles::{LoginHint, Pii, WebhookEvent};

use crate::proxy::HUB;
use crate::{ENC1_PRIVATE, ENC2_PRIVATE, SIG1, SIG2, from_acme, from_instance, now};

/// As which kinds the LFI `bank` and the TPP `acme` accept it. It is of one kind at most, and what is verified is vouched for too.
pub fn kinds(jwe: &str) -> Vec<&'static str> {
    let enc1 = [ENC1_PRIVATE.clone()];
    let pii = Opener::<Pii>::new(enc1.clone());
    let verified = pii.open(jwe, from_ref(&SIG1), &from_acme(), now());
    let vouched = pii.open_vouched(&HUB, jwe, &from_acme(), now());
    let hint = Opener::<LoginHint>::new(enc1).open(jwe, from_ref(&SIG1), &from_acme(), now());
    let outcomes = [
        ("pii", verified.is_ok()),
        ("vouched", vouched.is_ok()),
        ("hint", hint.is_ok()),
        ("event", event(jwe).is_ok()),
    ];
    let kinds: Vec<_> = outcomes.into_iter().filter_map(|(kind, accepted)| accepted.then_some(kind)).collect();
    let sound = matches!(kinds[..], [] | ["vouched"] | ["pii", "vouched"] | ["hint"] | ["event"]);
    assert!(sound, "accepted as {kinds:?}");
    kinds
}

/// The consent is the one that the event claims to be about.
fn event(jwe: &str) -> Result<(), TokenError> {
    let event = Opener::<WebhookEvent>::new([ENC2_PRIVATE.clone()]).decrypt(jwe)?;
    let expected = ExpectedEvent::new(from_instance(), &event.claimed_consent_id()?);
    event.verify_with_one_of(from_ref(&SIG2), &expected, now()).map(drop)
}
