//! Chains below a root of their own, issued for each case from a plan that is sound to begin with.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use hub_roles::RevocationPolicy;
use hub_testkit::{LeafSpec, TestKey};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};

use super::case::Case;
use crate::support::ecosystem;

/// What is issued, and what of it is presented and trusted.
#[derive(Debug)]
pub(super) struct Pki {
    /// The leaf, its issuer, and so on: a certificate's place in the path is its number and its serial number.
    pub(super) path: Vec<Draft>,
    pub(super) unchanged: Vec<Draft>,
    /// What is presented behind the leaf.
    pub(super) presented: Vec<Presented>,
    /// The CA that the bundle holds besides the root.
    pub(super) bundled: Option<usize>,
    pub(super) list: Option<List>,
    pub(super) policy: RevocationPolicy,
    pub(super) time: UnixTime,
}

/// A certificate to be.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) params: CertificateParams,
    pub(super) key: Key,
    pub(super) digest: Digest,
    /// Whether somebody else signs it than its issuer.
    pub(super) forged: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Presented {
    Own(usize),
    /// The same CA's certificate as it was before anything was changed.
    Unchanged(usize),
    Root,
    /// A CA of another PKI.
    Stranger,
}

/// A revocation list of the leaf's issuer.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    /// The serial number on it.
    pub(super) listed: u64,
    pub(super) expired: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// One of the committed 2048-bit keys.
    Rsa(usize),
    Rsa4096,
    Rsa1024,
    RsaExponent3,
    P256,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Pki {
    /// A leaf that says what the spec says, this many CAs below the root, which are all presented.
    pub(super) fn sound(spec: &LeafSpec, depth: usize) -> Self {
        let mut path = vec![Draft::leaf(spec)];
        path.extend((1..=depth).map(|place| Draft::authority(&format!("Sandbox CA {place}"), place, 2050)));
        Self {
            unchanged: path.clone(),
            path,
            presented: (1..=depth).map(Presented::Own).collect(),
            bundled: None,
            list: None,
            policy: RevocationPolicy::default(),
            time: ecosystem().now(),
        }
    }

    pub(super) fn issue(&self) -> Case {
        let others = self.presented.iter().map(|&presented| match presented {
            Presented::Own(place) => issue(&self.path, place),
            Presented::Unchanged(place) => issue(&self.unchanged, place),
            Presented::Root => ROOT_CERTIFICATE.clone(),
            Presented::Stranger => ecosystem().authority().issuing().clone(),
        });
        let bundled = self.bundled.map(|place| issue(&self.path, place));
        let bundle = bundled.into_iter().chain([ROOT_CERTIFICATE.clone()]).collect();
        let mut case = Case::new(issue(&self.path, 0), others.collect(), bundle, self.time);
        case.policy = self.policy;
        case.with_list(self.list.and_then(|list| list.issue(issuer(&self.path, 0))))
    }

    /// Puts the CA at this place into the bundle, if there is one.
    pub(super) fn bundle(&mut self, place: usize) {
        if (1..self.path.len()).contains(&place) {
            self.bundled = Some(place);
        }
    }
}

impl Draft {
    fn leaf(spec: &LeafSpec) -> Self {
        let mut draft = Self::new(0, 2027);
        let (params, subject) = (&mut draft.params, &spec.subject);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages.clone_from(&spec.key_usages);
        params.extended_key_usages.clone_from(&spec.extended_key_usages);
        params.subject_alt_names =
            spec.dns_names.iter().map(|name| SanType::DnsName(name.as_str().try_into().unwrap())).collect();
        params.distinguished_name.push(DnType::OrganizationName, subject.organisation.as_str());
        for (attribute, value) in
            [(DnType::OrganizationalUnitName, &subject.organisational_unit), (DnType::CommonName, &subject.common_name)]
        {
            if let Some(value) = value {
                params.distinguished_name.push(attribute, value.as_str());
            }
        }
        draft
    }

    fn authority(common_name: &str, place: usize, last_year: i32) -> Self {
        let mut draft = Self::new(place, last_year);
        draft.params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        draft.params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        draft.params.distinguished_name.push(DnType::CommonName, common_name);
        draft
    }

    fn new(place: usize, last_year: i32) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = Default::default();
        params.serial_number = Some(SerialNumber::from(place as u64));
        params.not_before = date_time_ymd(2025, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        params.use_authority_key_identifier_extension = true;
        Self { params, key: Key::Rsa(place), digest: Digest::Sha256, forged: false }
    }
}

impl List {
    fn issue(self, issuer: &Draft) -> Option<CertificateRevocationListDer<'static>> {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(self.listed),
            revocation_time: date_time_ymd(2026, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            next_update: date_time_ymd(if self.expired { 2026 } else { 2028 }, 2, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&Issuer::from_params(&issuer.params, issuer.key.signer(Digest::Sha256))).ok().map(Into::into)
    }
}

impl Key {
    fn public(self) -> TestKey {
        match self {
            Self::Rsa(index) => TestKey::rsa_2048(index).unwrap(),
            Self::Rsa4096 => TestKey::rsa_4096(),
            Self::Rsa1024 => TestKey::rsa_1024(),
            Self::RsaExponent3 => TestKey::rsa_2048_exponent_3(),
            Self::P256 => TestKey::ec_p256(),
        }
        .unwrap()
    }

    /// Keys that nothing here signs with have somebody else's signatures.
    fn signer(self, digest: Digest) -> &'static KeyPair {
        SIGNERS.get(&(self, digest)).unwrap_or_else(|| &SIGNERS[&(FORGER, digest)])
    }
}

/// The certificate at this place of a path.
fn issue(path: &[Draft], place: usize) -> CertificateDer<'static> {
    let (draft, issuer) = (&path[place], issuer(path, place));
    let key = if draft.forged { FORGER } else { issuer.key };
    let issuer = Issuer::from_params(&issuer.params, key.signer(draft.digest));
    draft.params.signed_by(&draft.key.public(), &issuer).unwrap().into()
}

fn issuer(path: &[Draft], place: usize) -> &Draft {
    path.get(place + 1).unwrap_or(&ROOT)
}

const FORGER: Key = Key::Rsa(8);

static ROOT: LazyLock<Draft> = LazyLock::new(|| Draft::authority("Sandbox Root CA", 9, 2036));

static ROOT_CERTIFICATE: LazyLock<CertificateDer<'static>> = LazyLock::new(|| issue(std::slice::from_ref(&ROOT), 0));

/// Reading a key costs more than signing with it.
static SIGNERS: LazyLock<BTreeMap<(Key, Digest), KeyPair>> = LazyLock::new(|| {
    let rsa = [
        (Digest::Sha256, &rcgen::PKCS_RSA_SHA256),
        (Digest::Sha384, &rcgen::PKCS_RSA_SHA384),
        (Digest::Sha512, &rcgen::PKCS_RSA_SHA512),
    ];
    let keys = (0..=9).map(Key::Rsa).chain([Key::Rsa4096]);
    let signers = keys.flat_map(|key| rsa.map(|(digest, algorithm)| ((key, digest), algorithm)));
    let elliptic = rsa.map(|(digest, _)| ((Key::P256, digest), &rcgen::PKCS_ECDSA_P256_SHA256));
    signers
        .chain(elliptic)
        .map(|((key, digest), algorithm)| {
            let pair = KeyPair::from_der_and_sign_algo(&key.public().private_key(), algorithm).unwrap();
            ((key, digest), pair)
        })
        .collect()
});
