//! Signing and verifying.

use std::hint::black_box;

use hub_jose::{ClientAssertion, ExpectedClient, SignedRequest, Signer, Unverified};
use hub_roles::{ClientId, Issuer, Sig1, VerificationKey};
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

use crate::Outcome;
use crate::harness::{Group, Operation};
use crate::scaling::threads::group;
use crate::tokens::parties::Client;

pub(crate) fn sign() -> Outcome<Group> {
    let parties = Client::new()?;
    let title = "Sign a client assertion, per token of all threads";
    group(title, None, || Ok(Signing::of(&parties)), || Ok(Signing::of(&Client::new()?)))
}

pub(crate) fn verify() -> Outcome<Group> {
    let parties = Client::new()?;
    let title = "Verify a signed request, per token of all threads";
    group(title, None, || Verifying::of(&parties), || Verifying::of(&Client::new()?))
}

struct Signing {
    signer: Signer<Sig1>,
    client: ClientId,
    issuer: Issuer,
}

impl Signing {
    fn of(parties: &Client) -> Self {
        Self { signer: parties.sig1.clone(), client: parties.client.clone(), issuer: parties.issuer.clone() }
    }
}

impl Operation for Signing {
    fn run(&mut self) -> Outcome<()> {
        black_box(self.signer.sign(&ClientAssertion::new(&self.client, &self.issuer), UnixTime::now())?);
        Ok(())
    }
}

struct Verifying {
    token: String,
    key: VerificationKey<Sig1>,
    expected: ExpectedClient,
    now: UnixTime,
}

impl Verifying {
    fn of(parties: &Client) -> Outcome<Self> {
        let draft = SignedRequest::new(&parties.client, &parties.issuer, json!({"Data": {"Status": "Authorised"}}));
        Ok(Self {
            token: parties.sig1.sign(&draft, parties.now)?,
            key: parties.sig1_public.clone(),
            expected: parties.expected(),
            now: parties.now,
        })
    }
}

impl Operation for Verifying {
    fn run(&mut self) -> Outcome<()> {
        let token = Unverified::<SignedRequest<Value>>::parse(&self.token)?;
        black_box(token.verify(&self.key, &self.expected, self.now)?);
        Ok(())
    }
}
