//! What the tests over whole certificates share: one ecosystem, and what its parties present.
use std::sync::OnceLock;
use std::time::Duration;

use hub_roles::{Certificate, CertificateChain, CertificateRule, Deployment, Expectation, HostName, Role, RoleId};
use hub_testkit::{Ecosystem, Held, Issued, LeafSpec};
use rustls_pki_types::UnixTime;
use serde_json::Value;

pub(crate) const DAY: u64 = 24 * 60 * 60;

/// The TPPs `acme` and `other-tpp`, the LFI `bank` with the brands `retail` and `sme`, the LFI `other-bank` with `other`.
pub(crate) fn ecosystem() -> &'static Ecosystem {
    static ECOSYSTEM: OnceLock<Ecosystem> = OnceLock::new();
    ECOSYSTEM.get_or_init(|| Ecosystem::sandbox(at(1_780_000_000)).unwrap())
}

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// As a TLS peer presents it: nobody puts it in order.
pub(crate) fn presented(issued: &Issued) -> CertificateChain {
    CertificateChain::from_peer(&issued.certificate, &issued.intermediates).unwrap()
}

/// What the Trust Framework issues for this holder and role when the spec is changed a little.
pub(crate) fn issue<R: Held>(holder: &str, edit: impl FnOnce(&mut LeafSpec)) -> Issued {
    let mut spec = ecosystem().holding::<R>(holder).unwrap().spec().clone();
    spec.key = Some(ecosystem().authority().keys().named("edited").unwrap());
    edit(&mut spec);
    ecosystem().authority().issue(&spec).unwrap()
}

/// Judges what was issued by an expectation, now.
pub(crate) fn judge<R: Role>(issued: &Issued, expected: &Expectation<R>) -> Result<Certificate<R>, CertificateRule> {
    let eco = ecosystem();
    eco.trust().verify(&presented(issued), expected, eco.now()).map_err(|refusal| refusal.rule().clone())
}

/// Judges what was issued as this holder's own deployment would.
pub(crate) fn judge_as<R: Held>(issued: &Issued, holder: &str) -> Result<Certificate<R>, CertificateRule> {
    judge(issued, ecosystem().holding::<R>(holder).unwrap().expectation())
}

/// The Hub's deployment with one member of its file set to another value, such as `/tpps/open` to `true`.
pub(crate) fn hub_deployment_with(section: &str, member: &str, value: Value) -> Deployment {
    let mut file: Value = serde_json::from_str(ecosystem().hub().deployment_json()).unwrap();
    file.pointer_mut(section).unwrap().as_object_mut().unwrap().insert(member.to_owned(), value);
    Deployment::from_json(file.to_string().as_bytes()).unwrap()
}

/// The first host that a server role is expected at.
pub(crate) fn first_host<R: Held>() -> HostName {
    let holder = if R::ID == RoleId::S4 { "bank" } else { "retail" };
    ecosystem().holding::<R>(holder).unwrap().expectation().hosts()[0].clone()
}

/// How errors name a CA of the Trust Framework.
pub(crate) fn ca(common_name: &str) -> String {
    format!("CN={common_name},OU=Al Tareq Trust Framework,O=Nebras Open Finance Company,C=AE")
}
