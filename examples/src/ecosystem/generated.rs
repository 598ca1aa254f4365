//! Material out of nothing: a Trust Framework in memory that issues everything. Its keys are public, and fit for a story only.

use hub_roles::{C1, HostName, RoleId, Sig1};
use hub_testkit::{Authority, Ecosystem, Issued, LeafSpec, LfiSpec, Profile, SubjectSpec};
use rustls_pki_types::UnixTime;

use super::failure::Failure;
use super::material::Material;
use super::tpp::WEBHOOK_HOST;

impl Material {
    /// The layout of `--help`, issued just now.
    pub(super) fn generated() -> Result<Self, Failure> {
        let now = UnixTime::now();
        let mut ecosystem = Ecosystem::builder(now)
            .tpp("tpp")
            .tpp("other-tpp")
            .lfi(LfiSpec::new("lfi").brand("retail").brand("business").jwt_auth(true))
            .lfi(LfiSpec::new("other-lfi").brand("other"))
            .build()?;

        let mut material = Self::default();
        material.add("trust.pem", ecosystem.authority().bundle_pem()?);
        material.add_deployments(&ecosystem)?;
        for holding in ecosystem.holdings() {
            if let Some(issued) = holding.issued().first() {
                material.add_issued(&file(holding.role(), holding.holder()), issued)?;
            }
        }
        // The TPP has its next Sig1 ready: the same subject, another key.
        ecosystem.rotate::<Sig1>("tpp")?;
        material.add_issued("tpp/Sig1-next", ecosystem.issued::<Sig1>("tpp")?)?;

        // The same TPP, registered in the other environment.
        let keys = ecosystem.authority().keys();
        let other = Ecosystem::builder(now).environment(Profile::production()).keys(keys).tpp("tpp").build()?;
        material.add_issued("other-environment/C1", other.issued::<C1>("tpp")?)?;

        let web = Authority::new(Profile::named("Web"), keys, now)?;
        material.add("web-root.pem", web.bundle_pem()?);
        material.add_web(&web, "keystore", ecosystem.keystore().host())?;
        material.add_web(&web, "tpp", &WEBHOOK_HOST.parse()?)?;
        Ok(material)
    }

    fn add_deployments(&mut self, ecosystem: &Ecosystem) -> Result<(), Failure> {
        for tpp in ecosystem.tpps() {
            self.add(format!("{}/deployment.toml", tpp.name()), tpp.deployment_toml()?);
        }
        for lfi in ecosystem.lfis() {
            self.add(format!("{}/deployment.toml", lfi.name()), lfi.deployment_toml()?);
        }
        self.add("hub/deployment.toml", ecosystem.hub().deployment_toml()?);
        Ok(())
    }

    fn add_issued(&mut self, file: &str, issued: &Issued) -> Result<(), Failure> {
        self.add(format!("{file}.pem"), issued.chain_pem()?);
        self.add(format!("{file}.key"), issued.key_pem()?);
        Ok(())
    }

    fn add_web(&mut self, authority: &Authority, party: &str, host: &HostName) -> Result<(), Failure> {
        let subject = SubjectSpec::new(host.as_str(), host.as_str());
        let spec = LeafSpec::server_transport(subject).with_dns_name(host.as_str());
        self.add_issued(&format!("{party}/web"), &authority.issue(&spec)?)
    }
}

/// Where a role's files are: what Ozone holds is in the Hub's directory, per instance where there is one each.
fn file(role: RoleId, holder: &str) -> String {
    match role {
        RoleId::C4 | RoleId::Sig3 => format!("hub/{role}"),
        RoleId::S1 | RoleId::S3 | RoleId::Sig2 => format!("hub/{holder}/{role}"),
        _ => format!("{holder}/{role}"),
    }
}
