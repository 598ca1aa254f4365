//! Where the keys of a role are published, as a deployment says it.

use std::fmt;

use hub_roles::{
    ClientId, Deployment, Enc1, Enc2, Expectation, HttpsUrl, InstanceId, KeyId, MissingPart, Role, Sig1, Sig2, Sig3,
    Sig4,
};

use crate::keystore_url::{KeyLocation, KeystoreUrl, RetiredKeysUrl};
use crate::set::KeyOwner;

/// Where a party publishes its keys of role `R`: what a [`Keystore`](super::Keystore) needs to know of a party that stands in no deployment file.
///
/// ```
/// use hub_jwks::{KeySource, KeystoreUrl};
/// use hub_roles::{ClientId, Environment, Sig1};
///
/// # let keystore = KeystoreUrl::of(&Environment::Sandbox).ok_or("no keystore")?;
/// // As the Hub's register of clients has it.
/// let client: ClientId = "https://rp.sandbox.directory.openfinance.ae/openid_relying_party/17".parse()?;
/// let location = keystore.application_keys(
///     &"0d6a7f2e-2f0a-4a73-9a52-3d1f9be3c001".parse()?,
///     &"5e1c9a44-8a1e-4f57-8f6e-0c54a8b0a001".parse()?,
/// );
/// let sig1 = KeySource::<Sig1>::new(client, location.active()).with_retired(location.inactive());
/// # assert_eq!(sig1.retired().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeySource<R: Role> {
    owner: R::Owner,
    active: HttpsUrl,
    retired: Vec<RetiredKeysUrl>,
    kid: Option<KeyId>,
    expectation: Option<Expectation<R>>,
}

impl<R: Role> KeySource<R> {
    /// The set at `active`, which is `owner`'s. A [`RetiredKeysUrl`] is none.
    #[must_use]
    pub fn new(owner: R::Owner, active: HttpsUrl) -> Self {
        Self { owner, active, retired: Vec::new(), kid: None, expectation: None }
    }

    /// Names another place of keys that are no longer in use: looked into for what is opened later, after those named before.
    #[must_use]
    pub fn with_retired(mut self, url: RetiredKeysUrl) -> Self {
        self.retired.push(url);
        self
    }

    /// Names the key that is registered to encrypt to.
    #[must_use]
    pub fn with_registered_kid(mut self, kid: Option<KeyId>) -> Self {
        self.kid = kid;
        self
    }

    /// Says what the certificates of the keys must show. A keystore that [judges them](super::KeystoreSettings::with_trust) hands out no key without it.
    #[must_use]
    pub fn with_expectation(mut self, expectation: Expectation<R>) -> Self {
        self.expectation = Some(expectation);
        self
    }

    /// Whose keys they are.
    #[must_use]
    pub fn owner(&self) -> &R::Owner {
        &self.owner
    }

    /// Where the keys in use are.
    #[must_use]
    pub fn active(&self) -> &HttpsUrl {
        &self.active
    }

    /// Where keys that are no longer in use are.
    #[must_use]
    pub fn retired(&self) -> &[RetiredKeysUrl] {
        &self.retired
    }

    /// The key that is registered to encrypt to.
    #[must_use]
    pub fn registered_kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// What the certificates of the keys must show, if that was said.
    #[must_use]
    pub fn expectation(&self) -> Option<&Expectation<R>> {
        self.expectation.as_ref()
    }

    fn of_application(owner: R::Owner, location: &KeyLocation) -> Self {
        Self::new(owner, location.active()).with_retired(location.inactive())
    }
}

impl<R: Role> Clone for KeySource<R> {
    fn clone(&self) -> Self {
        Self {
            owner: self.owner.clone(),
            active: self.active.clone(),
            retired: self.retired.clone(),
            kid: self.kid.clone(),
            expectation: self.expectation.clone(),
        }
    }
}

impl<R: Role> fmt::Debug for KeySource<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySource<{}>({} at {})", R::ID, self.owner, self.active)
    }
}

/// A role whose public keys are in a key set that a deployment leads to: all but those of transport.
///
/// | role | by | where |
/// |---|---|---|
/// | Sig1, Enc2 | client ID | the keystore's set of the TPP's application, by its registration |
/// | Sig2 | instance | `sig2_jwks_url` of the instance |
/// | Sig3 | `()`: there is one Ozone | `sig3_jwks_url` of Ozone |
/// | Sig4, Enc1 | instance | `jwks_url` of the Sig4 or Enc1 of the instance's LFI |
pub trait Published: Role<Owner: KeyOwner> {
    /// What tells in a deployment whose key is meant.
    type Of: Sync;

    /// Where the keys are.
    ///
    /// # Errors
    /// [`MissingPart`], naming what the deployment does not say.
    fn source(deployment: &Deployment, keystore: &KeystoreUrl, of: &Self::Of) -> Result<KeySource<Self>, MissingPart>
    where
        Self: Sized;

    /// What the certificates of the keys must show: of exactly this party.
    ///
    /// # Errors
    /// [`MissingPart`], naming what the deployment does not say.
    fn expectation(deployment: &Deployment, of: &Self::Of) -> Result<Expectation<Self>, MissingPart>
    where
        Self: Sized;
}

impl Published for Sig1 {
    type Of = ClientId;

    fn source(deployment: &Deployment, keystore: &KeystoreUrl, of: &ClientId) -> Result<KeySource<Self>, MissingPart> {
        let tpp = deployment.tpp(of)?;
        let location = keystore.application_keys(&tpp.organisation(), &tpp.software_statement());
        let elsewhere = keystore.inactive_keys_of(&tpp.software_statement());
        Ok(KeySource::of_application(of.clone(), &location).with_retired(elsewhere))
    }

    fn expectation(deployment: &Deployment, of: &ClientId) -> Result<Expectation<Self>, MissingPart> {
        deployment.expect_tpp(of)
    }
}

impl Published for Enc2 {
    type Of = ClientId;

    fn source(deployment: &Deployment, keystore: &KeystoreUrl, of: &ClientId) -> Result<KeySource<Self>, MissingPart> {
        let tpp = deployment.tpp(of)?;
        let location = keystore.application_keys(&tpp.organisation(), &tpp.software_statement());
        Ok(KeySource::of_application(of.clone(), &location).with_registered_kid(tpp.enc2_kid().ok().cloned()))
    }

    fn expectation(deployment: &Deployment, of: &ClientId) -> Result<Expectation<Self>, MissingPart> {
        deployment.expect_tpp(of)
    }
}

impl Published for Sig2 {
    type Of = InstanceId;

    fn source(deployment: &Deployment, _: &KeystoreUrl, of: &InstanceId) -> Result<KeySource<Self>, MissingPart> {
        let instance = deployment.instance(of)?;
        Ok(KeySource::new(instance.organisation(), instance.sig2_jwks_url()?.clone()))
    }

    fn expectation(deployment: &Deployment, of: &InstanceId) -> Result<Expectation<Self>, MissingPart> {
        deployment.expect(of)
    }
}

impl Published for Sig3 {
    type Of = ();

    fn source(deployment: &Deployment, _: &KeystoreUrl, (): &()) -> Result<KeySource<Self>, MissingPart> {
        let ozone = deployment.ozone()?;
        Ok(KeySource::new(ozone.organisation(), ozone.sig3_jwks_url()?.clone()))
    }

    fn expectation(deployment: &Deployment, (): &()) -> Result<Expectation<Self>, MissingPart> {
        deployment.expect_hub()
    }
}

impl Published for Sig4 {
    type Of = InstanceId;

    fn source(deployment: &Deployment, _: &KeystoreUrl, of: &InstanceId) -> Result<KeySource<Self>, MissingPart> {
        let instance = deployment.instance(of)?;
        Ok(KeySource::new(instance.organisation(), instance.lfi().sig4()?.jwks_url()?.clone()))
    }

    fn expectation(deployment: &Deployment, of: &InstanceId) -> Result<Expectation<Self>, MissingPart> {
        deployment.expect(of)
    }
}

impl Published for Enc1 {
    type Of = InstanceId;

    fn source(deployment: &Deployment, _: &KeystoreUrl, of: &InstanceId) -> Result<KeySource<Self>, MissingPart> {
        let lfi = deployment.instance(of)?.lfi();
        let source = KeySource::new(lfi.organisation(), lfi.enc1_jwks_url()?.clone());
        Ok(source.with_registered_kid(lfi.enc1_kid().ok().cloned()))
    }

    fn expectation(deployment: &Deployment, of: &InstanceId) -> Result<Expectation<Self>, MissingPart> {
        deployment.expect(of)
    }
}
