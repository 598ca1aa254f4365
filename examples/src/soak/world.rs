//! Who takes part, and one round of rotations.

use std::mem::replace;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use hub_roles::{C3, LfiToHub, S3};
use hub_testkit::Issued;
use hub_tls::{Acceptor, Connector};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::CertificateDer;

use super::Fault;
use super::ends::{Caller, Replaceable, Server, Target, stock_client, stock_server};
use super::guests::{Guest, Visit};
use super::ledger::Ledger;
use super::material::Material;

/// How many guests there are in each round: a client and a server of either version of TLS.
pub(super) const GUESTS: usize = 4;

/// Everybody, and what is current.
pub(super) struct World {
    material: Material,
    ledger: Arc<Ledger>,
    acceptor: Acceptor<LfiToHub>,
    connector: Connector<LfiToHub>,
    /// Plain rustls with TLS 1.2, on either side.
    client: Arc<Replaceable<ClientConfig>>,
    server: Arc<Replaceable<ServerConfig>>,
    /// The C3 and the S3 that everybody presents but the guests.
    presented: [Issued; 2],
    /// How often each of those who call all the time has called.
    calls: Vec<Arc<AtomicUsize>>,
}

impl World {
    pub(super) fn new() -> Result<Self, Fault> {
        let mut material = Material::new()?;
        let trust = material.revoking([])?;
        let (c3, s3) = (material.fresh::<C3>("bank")?, material.fresh::<S3>("retail")?);
        let eco = &material.eco;
        let (hub, bank, root) = (eco.hub(), eco.lfi("bank")?, eco.authority().root());
        let served = [("retail".parse()?, s3.credential), ("other".parse()?, hub.s3("other")?)];
        Ok(Self {
            ledger: Arc::default(),
            acceptor: Acceptor::<LfiToHub>::new(&trust, hub.deployment(), served)?,
            connector: Connector::new(&trust, bank.deployment(), c3.credential)?,
            client: Replaceable::new(stock_client(root, &c3.issued, &TLS12)?),
            server: Replaceable::new(stock_server(root, &s3.issued, &TLS12)?),
            presented: [c3.issued, s3.issued],
            calls: Vec::new(),
            material,
        })
    }

    /// The good peers begin to call, and do so until the end.
    pub(super) async fn open(&mut self) -> Result<(), Fault> {
        let [ours, plain] =
            [Server::Ours(self.acceptor.clone()), Server::Stock(Arc::clone(&self.server))].map(Arc::new);
        let [connector, client] = [Caller::Ours(self.connector.clone()), Caller::Stock(Arc::clone(&self.client))];
        for (caller, server, host, callers) in
            [(connector.clone(), &ours, RETAIL_CM, 3), (client, &ours, RETAIL_CM, 2), (connector, &plain, RETAIL_HH, 2)]
        {
            let target = Target::serve(host, server, &self.ledger).await?;
            for _ in 0..callers {
                let calls = Arc::new(AtomicUsize::new(0));
                tokio::spawn(keep_calling(
                    caller.clone(),
                    target.clone(),
                    Arc::clone(&self.ledger),
                    Arc::clone(&calls),
                ));
                self.calls.push(calls);
            }
        }
        Ok(())
    }

    /// One round. A certificate is revoked when nobody presents it any more; guests present theirs to the end.
    pub(super) async fn round(&mut self) -> Result<(), Fault> {
        let [mut c3, mut s3] = self.renew()?.map(|old| vec![old]);
        let visits = self.guests(&mut c3, &mut s3).await?;
        self.everybody_calls(2).await;

        let trust = self.material.revoking(c3.iter().chain(&s3))?;
        visits.iter().for_each(Visit::doom);
        self.acceptor.rotation().swap_trust(&trust)?;
        self.ledger.refuse(&c3);
        self.connector.rotation().swap_trust(&trust)?;
        self.ledger.refuse(&s3);
        for visit in visits {
            visit.end(&self.ledger).await?;
        }
        self.everybody_calls(CALLS).await;
        self.ledger.sound()
    }

    /// Puts new certificates to use everywhere, and gives the old ones.
    fn renew(&mut self) -> Result<[Issued; 2], Fault> {
        let (c3, s3) = (self.material.fresh::<C3>("bank")?, self.material.fresh::<S3>("retail")?);
        let root = self.root();
        self.client.replace(stock_client(&root, &c3.issued, &TLS12)?);
        self.server.replace(stock_server(&root, &s3.issued, &TLS12)?);
        self.connector.rotation().swap_credential(c3.credential)?;
        self.acceptor.rotation().swap_credential("retail".parse()?, s3.credential)?;
        Ok(replace(&mut self.presented, [c3.issued, s3.issued]))
    }

    /// Another bank's clients at our acceptor, and other servers for our connector, of either version of TLS.
    async fn guests(&self, c3: &mut Vec<Issued>, s3: &mut Vec<Issued>) -> Result<Vec<Visit>, Fault> {
        let (root, ledger) = (self.root(), &self.ledger);
        let acceptor = Arc::new(Server::Ours(self.acceptor.clone()));
        let mut visits = Vec::new();
        for (version, host) in [(&TLS13, SME_CM), (&TLS12, SME_HH)] {
            let client = self.material.fresh::<C3>("other-bank")?.issued;
            let caller = Caller::Stock(Replaceable::new(stock_client(&root, &client, version)?));
            let target = Target::serve(OTHER_CM, &acceptor, ledger).await?;
            visits.push(Guest { kid: client.kid(), caller, target }.arrive(ledger).await?);
            c3.push(client);

            let server = self.material.fresh::<S3>("sme")?.issued;
            let plain = Arc::new(Server::Stock(Replaceable::new(stock_server(&root, &server, version)?)));
            let (caller, target) = (Caller::Ours(self.connector.clone()), Target::serve(host, &plain, ledger).await?);
            visits.push(Guest { kid: server.kid(), caller, target }.arrive(ledger).await?);
            s3.push(server);
        }
        Ok(visits)
    }

    /// Waits until each of the good ones has called that often from now on, or there is a fault.
    async fn everybody_calls(&self, times: usize) {
        let goals: Vec<_> = self.calls.iter().map(|calls| calls.load(SeqCst) + times).collect();
        self.ledger.until(|| self.calls.iter().zip(&goals).all(|(calls, goal)| calls.load(SeqCst) >= *goal)).await;
    }

    /// Everybody stops.
    pub(super) fn end(self) -> Arc<Ledger> {
        self.ledger.stop();
        self.ledger
    }

    fn root(&self) -> CertificateDer<'static> {
        self.material.eco.authority().root().clone()
    }
}

async fn keep_calling(caller: Caller, target: Target, ledger: Arc<Ledger>, calls: Arc<AtomicUsize>) {
    while !ledger.is_over() {
        match caller.call(&target, &ledger).await {
            Ok(resumed) => {
                calls.fetch_add(1, SeqCst);
                ledger.made(resumed);
            }
            Err(fault) => ledger.fault(format!("a good peer's call failed: {fault}")),
        }
    }
}

/// How often each of the good ones calls between two rounds, at least.
const CALLS: usize = 40;

const RETAIL_CM: &str = "cm.retail.preprod.apihub.openfinance.ae";
const RETAIL_HH: &str = "hh.retail.preprod.apihub.openfinance.ae";
const SME_CM: &str = "cm.sme.preprod.apihub.openfinance.ae";
const SME_HH: &str = "hh.sme.preprod.apihub.openfinance.ae";
const OTHER_CM: &str = "cm.other.preprod.apihub.openfinance.ae";
