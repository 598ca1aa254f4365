//! A Hub of thousands of instances, each of another LFI.

use std::sync::Arc;

use hub_roles::{
    C1, C4, CertificateChain, Credential, Deployment, Environment, Expectation, HostName, InstanceId, PrivateKey, Role,
    S1, S3, SoftwareKey, TrustFramework,
};
use hub_testkit::{Authority, Issued, KeyPool, LeafSpec, SubjectSpec, TestKey};
use rustls_pki_types::UnixTime;
use serde_json::{Map, Value, json};

use super::Fault;

/// The Hub's deployment, and a certificate for each instance: it names the hosts of S1 and of S3, and is good for both. All have one
/// key, which would take longer to make than everything else.
pub(super) struct Fleet {
    pub(super) trust: TrustFramework,
    pub(super) deployment: Deployment,
    pub(super) instances: Vec<Instance>,
    pub(super) c1: Credential<C1>,
    pub(super) c4: Credential<C4>,
}

/// What there is of one instance.
#[derive(Clone)]
pub(super) struct Instance {
    pub(super) id: InstanceId,
    pub(super) host: HostName,
    pub(super) s1: Credential<S1>,
    pub(super) s3: Credential<S3>,
}

impl Fleet {
    /// So many LFIs with an instance each, and so many TPPs.
    pub(super) fn new(lfis: usize, tpps: usize) -> Result<Self, Fault> {
        let issuer = Issuer::new()?;
        let deployment = Deployment::from_json(file(lfis, tpps).to_string().as_bytes())?;
        let mut instances = Vec::new();
        for number in 0..lfis {
            let id: InstanceId = lfi(number).parse()?;
            let hosts = hosts(number);
            let subject = SubjectSpec::new("An LFI", identifier(LFI, number));
            let spec = hosts.iter().fold(LeafSpec::server_transport(subject), |spec, host| spec.with_dns_name(host));
            let issued = issuer.issue(spec)?;
            let [authorisation, ..] = &hosts;
            instances.push(Instance {
                host: authorisation.parse()?,
                s1: issuer.credential(&issued, &deployment.expect(&id)?)?,
                s3: issuer.credential(&issued, &deployment.expect(&id)?)?,
                id,
            });
        }
        let c1 = SubjectSpec::new("A TPP", identifier(TPP, 0)).with_common_name(identifier(APPLICATION, 0));
        let c4 = SubjectSpec::new("Ozone", identifier(OZONE, 0));
        let [c1, c4] = [c1, c4].map(|subject| issuer.issue(LeafSpec::client_transport(subject)));
        let first = lfi(0).parse()?;
        Ok(Self {
            c1: issuer.credential(&c1?, &deployment.expect(&first)?)?,
            c4: issuer.credential(&c4?, &deployment.expect_hub()?)?,
            trust: issuer.trust,
            deployment,
            instances,
        })
    }
}

/// Who issues the certificates, and the key of all of them.
struct Issuer {
    authority: Authority,
    trust: TrustFramework,
    key: TestKey,
    private: Arc<dyn PrivateKey>,
}

impl Issuer {
    fn new() -> Result<Self, Fault> {
        let keys = KeyPool::new();
        let authority = Authority::sandbox(&keys, UnixTime::now())?;
        let key = keys.take()?;
        Ok(Self {
            trust: TrustFramework::from_der(Environment::Sandbox, authority.bundle())?,
            private: Arc::new(SoftwareKey::from_pem(key.to_pkcs8_pem()?.as_bytes())?),
            authority,
            key,
        })
    }

    fn issue(&self, spec: LeafSpec) -> Result<Issued, Fault> {
        Ok(self.authority.issue(&spec.with_key(self.key.clone()))?)
    }

    fn credential<R: Role>(&self, issued: &Issued, expected: &Expectation<R>) -> Result<Credential<R>, Fault> {
        let chain = CertificateChain::from_peer(&issued.certificate, &issued.intermediates)?;
        let certificate = self.trust.verify(&chain, expected, self.authority.now())?;
        Ok(Credential::with_shared_key(certificate, Arc::clone(&self.private))?)
    }
}

/// The Hub's deployment file.
fn file(lfis: usize, tpps: usize) -> Value {
    let lfi_entry = |number| {
        let entry = json!({
            "organisation": identifier(LFI, number),
            "c3_application": identifier(APPLICATION, number),
        });
        (lfi(number), entry)
    };
    let instance = |number| {
        let [authorisation, resource, headless_heimdall, consent_manager] = hosts(number);
        let entry = json!({
            "lfi": lfi(number),
            "issuer": format!("https://auth1.{}.apihub.example", lfi(number)),
            "hosts": { "as": authorisation, "rs": resource, "hh": headless_heimdall, "cm": consent_manager },
            "ozone_connect": { "url": format!("https://ozone-connect.{}.example", lfi(number)) },
        });
        (lfi(number), entry)
    };
    let tpp = |number| {
        let entry = json!({
            "client_id": format!("client-{number}"),
            "organisation": identifier(TPP, number),
            "software_statement": identifier(APPLICATION, number),
        });
        (format!("tpp-{number}"), entry)
    };
    json!({
        "environment": "sandbox",
        "own": { "party": "ozone" },
        "ozone": { "organisation": identifier(OZONE, 0) },
        "lfis": (0..lfis).map(lfi_entry).collect::<Map<_, _>>(),
        "instances": (0..lfis).map(instance).collect::<Map<_, _>>(),
        "tpps": { "registered": (0..tpps).map(tpp).collect::<Map<_, _>>() },
    })
}

fn lfi(number: usize) -> String {
    format!("lfi-{number}")
}

/// `as`, `rs`, `hh` and `cm`.
fn hosts(number: usize) -> [String; 4] {
    ["as1", "rs1", "hh", "cm"].map(|service| format!("{service}.{}.apihub.example", lfi(number)))
}

/// A UUID of a kind.
fn identifier(kind: u16, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

const OZONE: u16 = 1;
const LFI: u16 = 2;
const TPP: u16 = 3;
const APPLICATION: u16 = 4;
