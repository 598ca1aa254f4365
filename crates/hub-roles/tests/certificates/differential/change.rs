//! What may be changed in a sound PKI.

use std::ops::Range;

use hub_roles::{RevocationDepth, RevocationPolicy};
use proptest::prelude::*;
use proptest::sample::select;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose as Purpose, GeneralSubtree,
    IsCa, KeyUsagePurpose as Usage, NameConstraints, SanType, date_time_ymd,
};

use super::pki::{Digest, Draft, Key, List, Pki, Presented};
use crate::support::at;

/// One change. Places are counted round: there is always one.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// Of the certificate at this place.
    Certificate(usize, Of),
    OrganisationalUnit(Option<&'static str>),
    CommonName(Option<&'static str>),
    DnsNames(Vec<&'static str>),
    /// Of what is presented, by its place.
    LeftOut(usize),
    Repeated(usize),
    MovedToTheEnd(usize),
    Unchanged(usize),
    RootToo,
    StrangerToo,
    /// A CA is in the bundle, and not presented.
    Bundled(usize),
    Listed {
        place: u64,
        expired: bool,
    },
    ListRequired,
    At(u64),
}

/// What may be changed in any certificate.
#[derive(Debug, Clone)]
pub(super) enum Of {
    Years(i32, i32),
    Usages(Vec<Usage>),
    Purposes(Vec<Purpose>),
    Authority(IsCa),
    Names(&'static str, bool),
    Key(Key),
    Digest(Digest),
    Forged,
    CriticalExtension,
}

pub(super) fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 0..=3)
}

fn change() -> impl Strategy<Value = Change> {
    let units = vec![None, Some("Payments"), Some("0d6a7f2e-2f0a-4a73-9a52-3d1f9be3c0aa")];
    let names = [vec![], vec!["elsewhere.example"], vec!["*.bank.example"], vec!["*.example"]];
    prop_oneof![
        8 => (PLACE, of()).prop_map(|(place, of)| Change::Certificate(place, of)),
        1 => select(units.clone()).prop_map(Change::OrganisationalUnit),
        1 => select(units).prop_map(Change::CommonName),
        1 => select(names.to_vec()).prop_map(Change::DnsNames),
        1 => PLACE.prop_map(Change::LeftOut),
        1 => PLACE.prop_map(Change::Repeated),
        1 => PLACE.prop_map(Change::MovedToTheEnd),
        1 => PLACE.prop_map(Change::Unchanged),
        1 => Just(Change::RootToo),
        1 => Just(Change::StrangerToo),
        1 => PLACE.prop_map(Change::Bundled),
        2 => (0..3_u64, any::<bool>()).prop_map(|(place, expired)| Change::Listed { place, expired }),
        1 => Just(Change::ListRequired),
        1 => select(MOMENTS.to_vec()).prop_map(Change::At),
    ]
}

fn of() -> impl Strategy<Value = Of> {
    use Purpose::{Any, ClientAuth, EmailProtection, ServerAuth};
    use Usage::{CrlSign, DigitalSignature, KeyCertSign, KeyEncipherment};
    let constrained = |length| IsCa::Ca(BasicConstraints::Constrained(length));
    let usages = [vec![], vec![DigitalSignature], vec![KeyEncipherment], vec![KeyCertSign], vec![CrlSign]];
    let purposes =
        [vec![], vec![ClientAuth], vec![ServerAuth], vec![ClientAuth, ServerAuth], vec![Any], vec![EmailProtection]];
    let roles =
        [IsCa::NoCa, IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained), constrained(0), constrained(1)];
    let keys = [Key::Rsa4096, Key::Rsa1024, Key::RsaExponent3, Key::P256];
    prop_oneof![
        select(vec![(2020, 2021), (2024, 2050), (2028, 2030)]).prop_map(|(from, to)| Of::Years(from, to)),
        select(usages.to_vec()).prop_map(Of::Usages),
        select(purposes.to_vec()).prop_map(Of::Purposes),
        select(roles.to_vec()).prop_map(Of::Authority),
        (select(vec!["example", "bank.example", "elsewhere.example"]), any::<bool>())
            .prop_map(|(name, permitted)| Of::Names(name, permitted)),
        select(keys.to_vec()).prop_map(Of::Key),
        select(vec![Digest::Sha384, Digest::Sha512]).prop_map(Of::Digest),
        Just(Of::Forged),
        Just(Of::CriticalExtension),
    ]
}

impl Change {
    pub(super) fn apply(&self, pki: &mut Pki) {
        let places = pki.path.len();
        let leaf = &mut pki.path[0].params;
        match self {
            Self::Certificate(place, of) => of.apply(&mut pki.path[place % places]),
            Self::OrganisationalUnit(unit) => set(leaf, DnType::OrganizationalUnitName, *unit),
            Self::CommonName(name) => set(leaf, DnType::CommonName, *name),
            Self::DnsNames(names) => {
                let name = |name: &&str| SanType::DnsName((*name).try_into().unwrap());
                leaf.subject_alt_names = names.iter().map(name).collect();
            }
            Self::LeftOut(place) => drop(take(&mut pki.presented, *place)),
            Self::Repeated(place) => pki.presented.extend(pick(&pki.presented, *place)),
            Self::MovedToTheEnd(place) => {
                let moved = take(&mut pki.presented, *place);
                pki.presented.extend(moved);
            }
            Self::Unchanged(place) => pki.presented.push(Presented::Unchanged(place % places)),
            Self::RootToo => pki.presented.push(Presented::Root),
            Self::StrangerToo => pki.presented.push(Presented::Stranger),
            Self::Bundled(place) => pki.bundle(place % places),
            Self::Listed { place, expired } => {
                pki.list = Some(List { listed: *place, expired: *expired });
                // Only lists of CAs in the bundle are loaded.
                pki.bundle(1);
            }
            Self::ListRequired => pki.policy = RevocationPolicy::Required(RevocationDepth::EndEntity),
            Self::At(time) => pki.time = at(*time),
        }
    }
}

impl Of {
    fn apply(&self, draft: &mut Draft) {
        let params = &mut draft.params;
        match self {
            Self::Years(from, to) => {
                params.not_before = date_time_ymd(*from, 1, 1);
                params.not_after = date_time_ymd(*to, 1, 1);
            }
            Self::Usages(usages) => params.key_usages.clone_from(usages),
            Self::Purposes(purposes) => params.extended_key_usages.clone_from(purposes),
            Self::Authority(is_ca) => params.is_ca = *is_ca,
            Self::Names(name, permitted) => {
                let subtrees = vec![GeneralSubtree::DnsName((*name).to_owned())];
                let (permitted_subtrees, excluded_subtrees) =
                    if *permitted { (subtrees, Vec::new()) } else { (Vec::new(), subtrees) };
                params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees });
            }
            Self::Key(key) => draft.key = *key,
            Self::Digest(digest) => draft.digest = *digest,
            Self::Forged => draft.forged = true,
            Self::CriticalExtension => {
                let mut extension = CustomExtension::from_oid_content(UNKNOWN_EXTENSION, ASN1_NULL.to_vec());
                extension.set_criticality(true);
                params.custom_extensions.push(extension);
            }
        }
    }
}

fn set(leaf: &mut CertificateParams, attribute: DnType, value: Option<&str>) {
    match value {
        Some(value) => leaf.distinguished_name.push(attribute, value),
        None => drop(leaf.distinguished_name.remove(attribute)),
    }
}

fn pick(presented: &[Presented], place: usize) -> Option<Presented> {
    presented.get(place.checked_rem(presented.len())?).copied()
}

fn take(presented: &mut Vec<Presented>, place: usize) -> Option<Presented> {
    Some(presented.remove(place.checked_rem(presented.len())?))
}

const PLACE: Range<usize> = 0..4;

/// The first and last seconds of a leaf with the seconds beside them, and a second at which the root has expired.
const MOMENTS: [u64; 5] = [1_735_689_599, 1_735_689_600, 1_798_761_600, 1_798_761_601, 2_100_000_000];

/// Below the enterprise number reserved for examples (RFC 5612).
const UNKNOWN_EXTENSION: &[u64] = &[1, 3, 6, 1, 4, 1, 32473, 1];
const ASN1_NULL: &[u8] = &[5, 0];
