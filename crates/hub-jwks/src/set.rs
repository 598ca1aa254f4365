//! Key sets: parsed key by key, owned by one party, selected from by role.

use std::any::Any;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::Hash;

use hub_json::Limits;
use hub_roles::{
    ClientId, Encryption, EncryptionKey, KeyError, KeyId, OrganisationId, Role, RsaPublicKey, Signing, VerificationKey,
};
use serde::{Deserialize, Serialize};

use crate::error::{JwkError, KeySetError, SelectCause, SelectError};
use crate::jwk::{ENCRYPTION, Jwk, Purpose, SIGNING};
use crate::limits::{MAX_KEYS, MAX_SET_OCTETS};
use crate::members::kid_of;

/// Whoever may own a key: a TPP's client, or the organisation of an LFI or of Ozone.
pub trait KeyOwner: sealed::Sealed + Clone + Eq + Hash + fmt::Debug + fmt::Display + Send + Sync + 'static {}

impl KeyOwner for ClientId {}
impl KeyOwner for OrganisationId {}

/// A [`KeyOwner`] of either kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(unnameable_types)] // What the sealing trait tells the crate.
pub enum AnyOwner {
    Client(ClientId),
    Organisation(OrganisationId),
}

mod sealed {
    use super::{AnyOwner, ClientId, OrganisationId};

    #[allow(unnameable_types)] // Nobody else implements it.
    pub trait Sealed {
        fn any(&self) -> AnyOwner;
    }

    impl Sealed for ClientId {
        fn any(&self) -> AnyOwner {
            AnyOwner::Client(self.clone())
        }
    }

    impl Sealed for OrganisationId {
        fn any(&self) -> AnyOwner {
            AnyOwner::Organisation(*self)
        }
    }
}

/// The keys that one party published, as an immutable snapshot.
///
/// `O` is what names the party: a [`ClientId`](hub_roles::ClientId) for TPPs, an
/// [`OrganisationId`](hub_roles::OrganisationId) for LFIs and Ozone. It is given when the set is read, by whoever knows whose URL
/// it came from, and never taken from the set. Roles of another kind of owner cannot be asked for:
///
/// ```compile_fail,E0271
/// # use hub_jwks::KeySet;
/// # use hub_roles::{ClientId, KeyId, Sig4};
/// fn confused(tpp: &KeySet<ClientId>, kid: &KeyId) {
///     let _ = tpp.verification_key::<Sig4>(kid); // Sig4 is an LFI's
/// }
/// ```
#[derive(Clone)]
pub struct KeySet<O> {
    owner: O,
    keys: Vec<Jwk>,
    /// The places of the keys, in the order of their `kid`s and then of the set.
    by_kid: Vec<usize>,
    rejected: Vec<RejectedKey>,
}

/// A key that is in the set but is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RejectedKey {
    /// Its place in the set, from 0.
    pub index: usize,
    /// Its `kid`, if that could be read.
    pub kid: Option<KeyId>,
    /// The rule it broke.
    pub reason: JwkError,
}

impl<O> KeySet<O> {
    /// Reads the set of `owner` (RFC 7517 section 5). A bad or unknown key is recorded and passed over.
    ///
    /// # Errors
    /// [`KeySetError`] if what stands around the keys is not sound.
    pub fn parse(owner: O, json: &[u8]) -> Result<Self, KeySetError> {
        let items = hub_json::items(json, "keys", Limits::new(MAX_SET_OCTETS))?;
        if items.len() > MAX_KEYS {
            return Err(KeySetError::TooManyKeys { found: items.len() });
        }
        let (mut keys, mut rejected) = (Vec::new(), Vec::new());
        for (index, item) in items.into_iter().enumerate() {
            match Jwk::from_json(item) {
                Ok(key) => keys.push(key),
                Err(reason) => rejected.push(RejectedKey { index, kid: kid_of(item), reason }),
            }
        }
        Ok(Self::new(owner, keys, rejected))
    }

    fn new(owner: O, keys: Vec<Jwk>, rejected: Vec<RejectedKey>) -> Self {
        let mut by_kid: Vec<usize> = (0..keys.len()).collect();
        by_kid.sort_by_key(|&place| keys.get(place).map(Jwk::kid));
        Self { owner, keys, by_kid, rejected }
    }

    /// Whose keys these are.
    #[must_use]
    pub fn owner(&self) -> &O {
        &self.owner
    }

    /// The sound keys, in the order of the set. A set may have none.
    #[must_use]
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The keys that are not used, and why.
    #[must_use]
    pub fn rejected(&self) -> &[RejectedKey] {
        &self.rejected
    }
}

impl<O: Clone> KeySet<O> {
    /// The same set without the keys of these `kid`s, which are recorded as rejected instead.
    pub(crate) fn without(&self, revoked: &BTreeSet<KeyId>) -> Self {
        let (mut keys, mut rejected) = (Vec::new(), self.rejected.clone());
        // Where there is no rejected key there is a sound one.
        let places: BTreeSet<usize> = self.rejected.iter().map(|rejected| rejected.index).collect();
        for (index, key) in (0..).filter(|index| !places.contains(index)).zip(&self.keys) {
            if revoked.contains(key.kid()) {
                rejected.push(RejectedKey { index, kid: Some(key.kid.clone()), reason: JwkError::Revoked });
            } else {
                keys.push(key.clone());
            }
        }
        rejected.sort_by_key(|rejected| rejected.index);
        Self::new(self.owner.clone(), keys, rejected)
    }
}

impl<O: KeyOwner> KeySet<O> {
    /// The owner's key `kid` for signing role `R`.
    ///
    /// `use`, `key_ops` and `alg` decide between several keys of one `kid`; a key speaks against nothing that it leaves out.
    ///
    /// # Errors
    /// [`SelectError`], with every cause but [`SelectCause::NoEncryptionKey`].
    pub fn verification_key<R: Signing<Owner = O>>(&self, kid: &KeyId) -> Result<VerificationKey<R>, SelectError> {
        self.show_verification_key(kid, |_| Ok(()), VerificationKey::clone)
    }

    /// Shows the key of [`Self::verification_key`] to `look`, if it `holds`.
    pub(crate) fn show_verification_key<R: Signing<Owner = O>, T>(
        &self,
        kid: &KeyId,
        holds: impl Fn(&Jwk) -> Result<(), SelectCause>,
        look: impl FnOnce(&VerificationKey<R>) -> T,
    ) -> Result<T, SelectError> {
        self.registered::<R, _, _>(kid, &SIGNING, holds, VerificationKey::registered, look)
    }

    /// All keys of the owner for signing role `R`, in the order of the set: for payloads whose `kid` shows only when they are opened.
    ///
    /// Keys whose `use`, `key_ops` or `alg` speaks against signing are left out.
    #[must_use]
    pub fn verification_keys<R: Signing<Owner = O>>(&self) -> Vec<VerificationKey<R>> {
        self.verification_keys_that(|_| true)
    }

    /// As [`Self::verification_keys`], those that `hold`.
    pub(crate) fn verification_keys_that<R: Signing<Owner = O>>(
        &self,
        hold: impl Fn(&Jwk) -> bool,
    ) -> Vec<VerificationKey<R>> {
        let fit = self.keys.iter().filter(|key| key.check(&SIGNING).is_ok() && hold(key));
        fit.filter_map(|key| self.made(key, VerificationKey::registered, VerificationKey::clone).ok()).collect()
    }

    /// The owner's key to encrypt to for role `R` (FACTS section 4, "Choosing the key to seal with").
    ///
    /// With a registered `kid`, that one. Without, among the keys with use `enc` the one whose certificate in `x5c` is the newest (the
    /// latest notBefore), or the first in the set if none has a certificate. Two such keys during an overlap are normal.
    ///
    /// # Errors
    /// [`SelectError`], with any cause.
    pub fn encryption_key<R: Encryption<Owner = O>>(
        &self,
        registered_kid: Option<&KeyId>,
    ) -> Result<EncryptionKey<R>, SelectError> {
        self.encryption_key_that(registered_kid, |_| Ok(()))
    }

    /// As [`Self::encryption_key`], if the key `holds`: where no `kid` is registered, the newest that does.
    pub(crate) fn encryption_key_that<R: Encryption<Owner = O>>(
        &self,
        registered_kid: Option<&KeyId>,
        holds: impl Fn(&Jwk) -> Result<(), SelectCause>,
    ) -> Result<EncryptionKey<R>, SelectError> {
        let kids = registered_kid.map_or_else(|| self.encryption_kids(), |kid| vec![kid]);
        let mut refused = None;
        for kid in kids {
            match self.registered::<R, _, _>(kid, &ENCRYPTION, &holds, EncryptionKey::registered, EncryptionKey::clone)
            {
                Err(error) if error.is_refused_certificate() || error.is_revoked() => refused = refused.or(Some(error)),
                answer => return answer,
            }
        }
        Err(refused.unwrap_or_else(|| self.error::<R>(None, SelectCause::NoEncryptionKey)))
    }

    fn registered<R: Role<Owner = O>, K: Any + Send + Sync, T>(
        &self,
        kid: &KeyId,
        purpose: &Purpose,
        holds: impl Fn(&Jwk) -> Result<(), SelectCause>,
        register: impl FnOnce(O, KeyId, RsaPublicKey) -> Result<K, KeyError>,
        look: impl FnOnce(&K) -> T,
    ) -> Result<T, SelectError> {
        self.select(kid, purpose)
            .and_then(|key| {
                holds(key)?;
                self.made(key, register, look).map_err(SelectCause::Key)
            })
            .map_err(|cause| self.error::<R>(Some(kid), cause))
    }

    fn error<R: Role<Owner = O>>(&self, kid: Option<&KeyId>, cause: SelectCause) -> SelectError {
        SelectError::new::<R>(&self.owner, kid, cause)
    }
}

impl<O: Clone> KeySet<O> {
    /// Shows the key as one of the owner's.
    fn made<K: Any + Send + Sync, T>(
        &self,
        key: &Jwk,
        register: impl FnOnce(O, KeyId, RsaPublicKey) -> Result<K, KeyError>,
        look: impl FnOnce(&K) -> T,
    ) -> Result<T, KeyError> {
        key.ready.show(|| register(self.owner.clone(), key.kid.clone(), key.public_key.clone()), look)
    }
}

impl<O> KeySet<O> {
    /// The one key of this `kid` that nothing speaks against.
    fn select(&self, kid: &KeyId, purpose: &Purpose) -> Result<&Jwk, SelectCause> {
        let named = self.named(kid);
        let mut fit = named.clone().filter(|key| key.check(purpose).is_ok());
        match (fit.next(), fit.count()) {
            (Some(key), 0) => Ok(key),
            (Some(_), others) => Err(SelectCause::Ambiguous { found: others + 1 }),
            (None, _) => Err(match named.map(|key| key.check(purpose)).find_map(Result::err) {
                Some(member) => SelectCause::NotForRole { member },
                None => self.why_absent(kid),
            }),
        }
    }

    /// The keys of this `kid`, in the order of the set.
    fn named(&self, kid: &KeyId) -> impl Iterator<Item = &Jwk> + Clone {
        let key = |place: &usize| self.keys.get(*place);
        let first = self.by_kid.partition_point(|place| key(place).is_some_and(|key| key.kid < *kid));
        self.by_kid.iter().skip(first).map_while(key).take_while(|key| key.kid == *kid)
    }

    fn why_absent(&self, kid: &KeyId) -> SelectCause {
        match self.rejected.iter().find(|rejected| rejected.kid.as_ref() == Some(kid)) {
            Some(rejected) => SelectCause::Rejected(rejected.reason.clone()),
            None => SelectCause::UnknownKid,
        }
    }

    /// The keys with use `enc`, the newest certificate first, those without one last; of equals the first in the set.
    fn encryption_kids(&self) -> Vec<&KeyId> {
        let is_fit = |key: &&Jwk| key.key_use == Some(ENCRYPTION.key_use) && key.check(&ENCRYPTION).is_ok();
        let mut fit: Vec<&Jwk> = self.keys.iter().filter(is_fit).collect();
        fit.sort_by_key(|key| Reverse(key.certified.as_ref().map(|certified| certified.validity.not_before())));
        fit.into_iter().map(Jwk::kid).collect()
    }
}

impl<O: fmt::Debug> fmt::Debug for KeySet<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet(owner {:?}, {:?}, {} rejected)", self.owner, self.keys, self.rejected.len())
    }
}
