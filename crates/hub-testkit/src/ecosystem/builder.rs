//! From names to a whole ecosystem.

use std::collections::BTreeSet;

use hub_roles::Enc2;
use rustls_pki_types::UnixTime;

use super::foundation::Foundation;
use super::hub::HubParty;
use super::lfi::{IssuedEnc1, LfiParty};
use super::register::{LfiEntry, Register, TppEntry};
use super::tpp::TppParty;
use crate::{Ecosystem, Error, Issued, KeyPool, Profile};

/// Says who takes part, then makes the [`Ecosystem`].
#[derive(Clone, Debug)]
#[must_use]
pub struct EcosystemBuilder {
    now: UnixTime,
    profile: Profile,
    keys: KeyPool,
    tpps: Vec<String>,
    lfis: Vec<LfiSpec>,
}

impl EcosystemBuilder {
    pub(super) fn new(now: UnixTime) -> Self {
        Self { now, profile: Profile::sandbox(), keys: KeyPool::new(), tpps: Vec::new(), lfis: Vec::new() }
    }

    /// The PKI, if it is not to be the Sandbox.
    pub fn environment(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The keys, where several ecosystems are not to hold the same ones.
    pub fn keys(mut self, keys: &KeyPool) -> Self {
        self.keys = keys.clone();
        self
    }

    /// Adds a TPP with one application.
    pub fn tpp(mut self, name: impl Into<String>) -> Self {
        self.tpps.push(name.into());
        self
    }

    /// Adds an LFI.
    pub fn lfi(mut self, spec: LfiSpec) -> Self {
        self.lfis.push(spec);
        self
    }

    /// Issues every certificate, writes and reads every deployment, and verifies every certificate for its role.
    ///
    /// # Errors
    /// [`Error::NameTaken`] if a name occurs twice or is [`Ecosystem::HUB`], [`Error::NoBrand`] if an LFI has none,
    /// [`Error::Rejected`] if a name cannot be part of a host name.
    pub fn build(self) -> Result<Ecosystem, Error> {
        self.check_names()?;
        let mut register = Register::new(&self.profile, &self.tpps, &self.lfis)?;
        let foundation = Foundation::new(self.profile, register.environment.clone(), &self.keys, self.now)?;

        // Deployments name the kids of encryption keys, so these are issued before them.
        let enc2: Vec<_> = register
            .tpps
            .iter()
            .map(|tpp| foundation.issue::<Enc2>(&tpp.name, &tpp.enc2(), 0))
            .collect::<Result<_, _>>()?;
        let enc1: Vec<_> =
            register.lfis.iter().map(|lfi| IssuedEnc1::new(&foundation, lfi)).collect::<Result<_, _>>()?;
        register.kids = (register.tpps.iter().map(|tpp| tpp.name.clone()).zip(enc2.iter().map(Issued::kid)))
            .chain(register.lfis.iter().map(|lfi| lfi.name().to_owned()).zip(enc1.iter().map(IssuedEnc1::kid)))
            .collect();

        let tpp = |(entry, enc2): (&TppEntry, _)| {
            let tpp = TppParty::new(&foundation, entry, register.tpp_view(entry)?, enc2)?;
            Ok((entry.name.clone(), tpp))
        };
        let lfi = |(entry, enc1): (&LfiEntry, _)| {
            let lfi = LfiParty::new(&foundation, entry, register.lfi_view(entry)?, enc1)?;
            Ok((entry.name().to_owned(), lfi))
        };
        Ok(Ecosystem {
            tpps: register.tpps.iter().zip(enc2).map(tpp).collect::<Result<_, Error>>()?,
            lfis: register.lfis.iter().zip(enc1).map(lfi).collect::<Result<_, Error>>()?,
            hub: HubParty::new(&foundation, &register, register.hub_view()?)?,
            foundation,
            register,
        })
    }

    fn check_names(&self) -> Result<(), Error> {
        let parties = self.tpps.iter().chain(self.lfis.iter().map(|lfi| &lfi.name)).map(String::as_str);
        distinct([Ecosystem::HUB].into_iter().chain(parties))?;
        distinct(self.lfis.iter().flat_map(|lfi| &lfi.brands).map(String::as_str))
    }
}

/// An LFI to take part in an [`Ecosystem`].
///
/// ```
/// use hub_testkit::LfiSpec;
///
/// let bank = LfiSpec::new("bank").brand("retail").brand("sme").jwt_auth(true);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct LfiSpec {
    pub(super) name: String,
    pub(super) brands: Vec<String>,
    pub(super) jwt_auth: bool,
    pub(super) bare_enc1: bool,
}

impl LfiSpec {
    /// An LFI without brands and without JWT Auth, whose Enc1 has a certificate. Its name becomes part of host names.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), brands: Vec::new(), jwt_auth: false, bare_enc1: false }
    }

    /// Adds a brand: an API Hub instance. Its name is its instance ID and LFI code, and becomes part of host names.
    pub fn brand(mut self, name: impl Into<String>) -> Self {
        self.brands.push(name.into());
        self
    }

    /// Whether its brands use JWT Auth, in both directions and on both legs: only then it has a Sig4.
    pub fn jwt_auth(mut self, on: bool) -> Self {
        self.jwt_auth = on;
        self
    }

    /// Its Enc1 has no certificate, only a key and an agreed `kid` (FACTS section 2).
    pub fn bare_enc1(mut self) -> Self {
        self.bare_enc1 = true;
        self
    }
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Error::NameTaken { name: name.to_owned() });
        }
    }
    Ok(())
}
