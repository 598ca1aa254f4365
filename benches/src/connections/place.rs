//! Who meets on a path.

use std::marker::PhantomData;

use hub_roles::{
    HostName, HubToLfi, InstanceId, LfiToHub, Path, RevocationDepth, RevocationPolicy, TppToHub, TrustFramework,
};
use hub_testkit::{CrlSpec, Ecosystem, Held, Issued};
use hub_tls::{AcceptingPath, Acceptor, Connector, Settings};
use rustls_pki_types::{CertificateRevocationListDer, UnixTime};

use crate::Outcome;
use crate::connections::meeting::{AmongOthers, Client, Meeting, Server};
use crate::connections::ours::{OurClient, OurServer};
use crate::connections::stock::{Identity, Roots, StockClient, StockServer, Terms};

/// A path that is measured: who holds its certificates in [`Ecosystem::sandbox`], and how its ends are built of them.
pub(super) trait Measured: AcceptingPath + Path<Client: Held, Server: Held> + Sized {
    const SERVER: &'static str;
    const CLIENT: &'static str;

    fn acceptor(eco: &Ecosystem, trust: &TrustFramework, settings: &Settings) -> Outcome<Acceptor<Self>>;

    fn connector(eco: &Ecosystem, trust: &TrustFramework, settings: &Settings) -> Outcome<Connector<Self>>;
}

impl Measured for TppToHub {
    const SERVER: &'static str = INSTANCE;
    const CLIENT: &'static str = TPP;

    fn acceptor(eco: &Ecosystem, trust: &TrustFramework, settings: &Settings) -> Outcome<Acceptor<Self>> {
        let instances = [(instance()?, eco.hub().s1(INSTANCE)?)];
        Ok(Acceptor::<Self>::with_settings(trust, eco.hub().deployment(), instances, settings)?)
    }

    fn connector(eco: &Ecosystem, trust: &TrustFramework, settings: &Settings) -> Outcome<Connector<Self>> {
        let tpp = eco.tpp(TPP)?;
        Ok(Connector::with_settings(trust, tpp.deployment(), tpp.c1(), settings)?)
    }
}

impl Measured for HubToLfi {
    const SERVER: &'static str = LFI;
    const CLIENT: &'static str = Ecosystem::HUB;

    fn acceptor(eco: &Ecosystem, trust: &TrustFramework, settings: &Settings) -> Outcome<Acceptor<Self>> {
        let lfi = eco.lfi(LFI)?;
        Ok(Acceptor::<Self>::with_settings(trust, lfi.deployment(), lfi.s4(), settings)?)
    }

    fn connector(eco: &Ecosystem, trust: &TrustFramework, settings: &Settings) -> Outcome<Connector<Self>> {
        Ok(Connector::with_settings(trust, eco.hub().deployment(), eco.hub().c4(), settings)?)
    }
}

impl Measured for LfiToHub {
    const SERVER: &'static str = INSTANCE;
    const CLIENT: &'static str = LFI;

    fn acceptor(eco: &Ecosystem, trust: &TrustFramework, settings: &Settings) -> Outcome<Acceptor<Self>> {
        let instances = [(instance()?, eco.hub().s3(INSTANCE)?)];
        Ok(Acceptor::<Self>::with_settings(trust, eco.hub().deployment(), instances, settings)?)
    }

    fn connector(eco: &Ecosystem, trust: &TrustFramework, settings: &Settings) -> Outcome<Connector<Self>> {
        let lfi = eco.lfi(LFI)?;
        Ok(Connector::with_settings(trust, lfi.deployment(), lfi.c3(), settings)?)
    }
}

/// One path of an ecosystem.
pub(super) struct Place<P> {
    pub(super) ecosystem: Ecosystem,
    trust: TrustFramework,
    lists: Vec<CertificateRevocationListDer<'static>>,
    path: PhantomData<P>,
}

impl<P: Measured> Place<P> {
    /// Without revocation lists.
    pub(super) fn new() -> Outcome<Self> {
        let ecosystem = Ecosystem::sandbox(UnixTime::now())?;
        Ok(Self { trust: ecosystem.trust().clone(), ecosystem, lists: Vec::new(), path: PhantomData })
    }

    /// Where everybody needs a revocation list and has it: one of so many certificates, of which none takes part.
    pub(super) fn with_list_of(revoked: u64) -> Outcome<Self> {
        let place = Self::new()?;
        let eco = &place.ecosystem;
        let mut spec = CrlSpec::current(eco.now());
        spec.revoked = (OTHER_SERIALS..OTHER_SERIALS + revoked).collect();
        let list = eco.authority().crl(&spec)?;
        let trust = eco
            .trust()
            .with_revocation_policy(RevocationPolicy::Required(RevocationDepth::EndEntity))
            .with_revocation_lists(&[list.der()], eco.now())?;
        Ok(Self { trust, lists: vec![list.der().clone()], ..place })
    }

    /// A host of the server.
    pub(super) fn host(&self) -> Outcome<HostName> {
        let spec = self.ecosystem.holding::<P::Server>(P::SERVER)?.spec();
        Ok(spec.dns_names.first().ok_or("a server has a host")?.parse()?)
    }

    pub(super) fn acceptor(&self, settings: &Settings) -> Outcome<Acceptor<P>> {
        P::acceptor(&self.ecosystem, &self.trust, settings)
    }

    pub(super) fn connector(&self, settings: &Settings) -> Outcome<Connector<P>> {
        P::connector(&self.ecosystem, &self.trust, settings)
    }

    pub(super) fn our_server(&self, settings: &Settings) -> Outcome<OurServer<P>> {
        Ok(OurServer::new(self.acceptor(settings)?, &self.trust))
    }

    pub(super) fn our_client(&self, settings: &Settings) -> Outcome<OurClient<P>> {
        Ok(OurClient::new(self.connector(settings)?, &self.trust, self.host()?))
    }

    /// Whom plain rustls trusts.
    pub(super) fn roots(&self) -> Outcome<Roots> {
        Roots::new(self.ecosystem.authority().root(), &self.lists)
    }

    pub(super) fn server_certificate(&self) -> Outcome<&Issued> {
        Ok(self.ecosystem.issued::<P::Server>(P::SERVER)?)
    }

    pub(super) fn client_certificate(&self) -> Outcome<&Issued> {
        Ok(self.ecosystem.issued::<P::Client>(P::CLIENT)?)
    }

    pub(super) fn stock_server(&self, terms: &Terms) -> Outcome<StockServer> {
        StockServer::new(&self.roots()?, &Identity::new(self.server_certificate()?)?, terms)
    }

    pub(super) fn stock_client(&self, terms: &Terms) -> Outcome<StockClient> {
        StockClient::new(&self.roots()?, &Identity::new(self.client_certificate()?)?, terms, &self.host()?)
    }

    /// Full handshakes of these two among others, whose certificates are of the same holders.
    pub(super) fn full<S: Server, C: Client>(
        &self,
        server: S,
        client: C,
        new_peers: bool,
        terms: &Terms,
    ) -> Outcome<AmongOthers<S, C>> {
        let (roots, host) = (self.roots()?, self.host()?);
        Ok(AmongOthers {
            meeting: Meeting::full(server, client)?,
            other_server: StockServer::new(&roots, &self.another::<P::Server>(P::SERVER)?, terms)?,
            other_client: StockClient::new(&roots, &self.another::<P::Client>(P::CLIENT)?, terms, &host)?,
            new_peers,
        })
    }

    /// The holder's next certificate, with the same key.
    fn another<R: Held>(&self, holder: &str) -> Outcome<Identity> {
        let holding = self.ecosystem.holding::<R>(holder)?;
        let spec = holding.spec().clone().with_key(holding.issued().key.clone());
        Identity::new(&self.ecosystem.authority().issue(&spec)?)
    }
}

fn instance() -> Outcome<InstanceId> {
    Ok(INSTANCE.parse()?)
}

const TPP: &str = "acme";
const LFI: &str = "bank";
const INSTANCE: &str = "retail";

/// No certificate of an ecosystem has a serial number as high.
const OTHER_SERIALS: u64 = 1 << 40;
