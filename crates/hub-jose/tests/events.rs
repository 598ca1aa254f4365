//! What the log is told of tokens: each outcome once, whose key, which rule, and nothing that a token says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hub_jose::{ClientAssertion, ExpectedClient, MemoryReplayGuard, Opener, PiiDraft, Sealer, Signer, Unverified};
use hub_roles::{Enc1, Pii, Sig1};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

/// A log that is kept: an event a line.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// What came since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("hub_jose")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

#[test]
fn each_outcome_is_told_once_and_no_claim_with_it() {
    let [now, later] =
        [1_780_000_000, 1_780_001_000].map(|seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds)));
    let eco = Ecosystem::sandbox(now).unwrap();
    let (acme, bank) = (eco.tpp("acme").unwrap(), eco.lfi("bank").unwrap());
    let issuer = eco.hub().deployment().instance(&"retail".parse().unwrap()).unwrap().issuer().unwrap();
    let expected = ExpectedClient::new(acme.client_id(), issuer);
    let key = eco.holding::<Sig1>("acme").unwrap().verification_key().unwrap();
    let signer = Signer::new(acme.sig1());
    let kid = signer.kid();
    let log = Log::default();
    let mut told = Vec::new();

    tracing::subscriber::with_default(log.clone(), || {
        let assertion = signer.sign(&ClientAssertion::new(acme.client_id(), issuer), now).unwrap();
        assert_eq!(log.take(), [""; 0], "what is issued is nobody's business");

        let guard = MemoryReplayGuard::new(10.try_into().unwrap());
        let token = Unverified::<ClientAssertion>::parse(&assertion).unwrap();
        token.verify(&key, &expected, now).unwrap().spend(&guard, now).unwrap();
        let accepted = "token=client assertion role=Sig1";
        let entries = log.take();
        assert_eq!(entries, [format!("DEBUG message=token accepted {accepted} kid={kid} signature=\"verified\"")]);
        told.extend(entries);

        token.verify(&key, &expected, now).unwrap().spend(&guard, now).unwrap_err();
        let refused = "WARN message=token refused token=client assertion layer=JWS";
        assert_eq!(log.take()[1..], [format!("{refused} code=\"token.replayed\"")]);
        let other = ExpectedClient::new(eco.tpp("other-tpp").unwrap().client_id(), issuer);
        token.verify(&key, &other, now).unwrap_err();
        token.verify(&key, &expected, later).unwrap_err();
        Unverified::<ClientAssertion>::parse("e30.e30.AA").unwrap_err();
        let entries = log.take();
        let expected_entries = [
            format!("{refused} code=\"token.key-owner\" kid={kid}"),
            format!("{refused} code=\"token.expired\" kid={kid}"),
            format!("{refused} code=\"token.header-missing\""),
        ];
        assert_eq!(entries, expected_entries);
        told.extend(entries);

        // What does not decrypt is told alike, whatever ails it.
        let enc1 = bank.enc1_public_key().unwrap();
        let draft = PiiDraft::new(acme.client_id(), issuer, json!({"Initiation": {"Name": "Ivan England"}}));
        let jwe = Sealer::<Pii>::new(&signer, &enc1).seal(&draft, now).unwrap();
        let opener = Opener::<Pii>::new([bank.enc1()]);
        opener.open(&jwe, std::slice::from_ref(&key), &expected, now).unwrap();
        told.extend(log.take());
        let others = eco.holding::<Enc1>("other-bank").unwrap().encryption_key().unwrap();
        let misencrypted = Sealer::<Pii>::new(&signer, &others).seal(&draft, now).unwrap();
        let [header, _, rest @ ..] = &jwe.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let foreign_key = misencrypted.split('.').nth(1).unwrap();
        let with_foreign_key = [&[*header, foreign_key], rest].concat().join(".");
        let with_another_tag = format!("{}AAAAAAAAAAAAAAAAAAAAAA", &jwe[..jwe.len() - 22]);
        for broken in [with_foreign_key, with_another_tag] {
            opener.decrypt(&broken).unwrap_err();
            let entries = log.take();
            assert_eq!(entries, ["WARN message=token refused token=PII layer=JWE code=\"token.decryption\""]);
        }
    });
    let told = told.join("\n");
    for claim in [acme.client_id().as_str(), issuer.as_str(), "Ivan"] {
        assert!(!told.contains(claim), "{told}");
    }
}
