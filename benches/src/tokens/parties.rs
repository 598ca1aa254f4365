//! Who signs and seals, and to whom: one TPP, one bank, one Hub, and a connection between the latter two.

use std::rc::Rc;

use hub_jose::{ClientAssertion, ExpectedClient, JwtAuth, Signer};
use hub_roles::{
    C4, Certificate, ClientId, DecryptionKey, Enc1, EncryptionKey, HubToLfi, Issuer, Sig1, Sig3, VerificationKey,
};
use hub_testkit::{Ecosystem, Issued};
use hub_tls::{Acceptor, Connector, Peer};
use rustls_pki_types::UnixTime;

use crate::Outcome;
use crate::peers::{Keys, Terms};

/// The parties to a TPP's tokens.
pub(crate) struct Client {
    pub(crate) client: ClientId,
    pub(crate) issuer: Issuer,
    pub(crate) sig1: Signer<Sig1>,
    pub(crate) sig1_public: VerificationKey<Sig1>,
    pub(crate) enc1: DecryptionKey<Enc1>,
    pub(crate) enc1_public: EncryptionKey<Enc1>,
    pub(crate) sig1_keys: Rc<Keys>,
    pub(crate) enc1_keys: Rc<Keys>,
    pub(crate) now: UnixTime,
}

impl Client {
    pub(crate) fn new() -> Outcome<Self> {
        let now = UnixTime::now();
        let ecosystem = Ecosystem::sandbox(now)?;
        let (tpp, bank) = (ecosystem.tpp("acme")?, ecosystem.lfi("bank")?);
        Ok(Self {
            client: tpp.client_id().clone(),
            issuer: ecosystem.hub().deployment().instance(&"retail".parse()?)?.issuer()?.clone(),
            sig1: Signer::new(tpp.sig1()),
            sig1_public: ecosystem.holding::<Sig1>("acme")?.verification_key()?,
            enc1: bank.enc1(),
            enc1_public: bank.enc1_public_key()?,
            sig1_keys: keys(ecosystem.issued::<Sig1>("acme")?)?,
            enc1_keys: keys(ecosystem.issued::<Enc1>("bank")?)?,
            now,
        })
    }

    pub(crate) fn expected(&self) -> ExpectedClient {
        ExpectedClient::new(&self.client, &self.issuer)
    }

    pub(crate) fn assertion(&self, now: UnixTime) -> Outcome<String> {
        Ok(self.sig1.sign(&ClientAssertion::new(&self.client, &self.issuer), now)?)
    }

    /// What all contestants' assertions say.
    pub(crate) fn terms(&self) -> Outcome<Rc<Terms>> {
        Ok(Rc::new(Terms::of(&self.assertion(self.now)?)?))
    }
}

/// The parties to JWT Auth from the Hub to the bank, on one connection.
pub(super) struct Connected {
    jwt_auth: JwtAuth<HubToLfi>,
    sig3: Signer<Sig3>,
    pub(super) sig3_public: VerificationKey<Sig3>,
    presented: Certificate<C4>,
    pub(super) hub: Peer<C4>,
    pub(super) sig3_keys: Rc<Keys>,
    pub(super) now: UnixTime,
}

impl Connected {
    pub(super) fn new() -> Outcome<Self> {
        let now = UnixTime::now();
        let ecosystem = Ecosystem::sandbox(now)?;
        let (hub, bank) = (ecosystem.hub(), ecosystem.lfi("bank")?);
        let acceptor = Acceptor::<HubToLfi>::new(ecosystem.trust(), bank.deployment(), bank.s4())?;
        let connector = Connector::<HubToLfi>::new(ecosystem.trust(), hub.deployment(), hub.c4())?;
        let host = "ozone-connect.bank.example".parse()?;
        let (near, far) = tokio::io::duplex(1 << 16);
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let (accepted, connected) =
            runtime.block_on(async { tokio::join!(acceptor.accept(far), connector.connect(&host, near)) });
        let (peer, _) = accepted?.into_parts();
        let deployment = bank.deployment();
        Ok(Self {
            jwt_auth: JwtAuth::of(deployment, deployment.instance(&"retail".parse()?)?)?,
            sig3: Signer::new(hub.sig3()?),
            sig3_public: ecosystem.holding::<Sig3>("ozone")?.verification_key()?,
            presented: connected?.local_certificate().clone(),
            hub: peer,
            sig3_keys: keys(ecosystem.issued::<Sig3>("ozone")?)?,
            now,
        })
    }

    pub(super) fn jwt_auth(&self) -> &JwtAuth<HubToLfi> {
        &self.jwt_auth
    }

    /// The value of the header field.
    pub(super) fn authorization(&self, now: UnixTime) -> Outcome<String> {
        Ok(self.jwt_auth.request(&self.sig3, &self.presented, now)?)
    }

    /// What all contestants' tokens say.
    pub(super) fn terms(&self) -> Outcome<Rc<Terms>> {
        Ok(Rc::new(Terms::of(bare(&self.authorization(self.now)?)?)?))
    }
}

/// The token in the value of the header field.
pub(super) fn bare(authorization: &str) -> Outcome<&str> {
    Ok(authorization.strip_prefix("Bearer ").ok_or("the scheme")?)
}

fn keys(issued: &Issued) -> Outcome<Rc<Keys>> {
    Ok(Rc::new(Keys::new(issued.private_key().secret_der(), issued.key_pem()?)?))
}
