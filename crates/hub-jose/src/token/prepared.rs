//! Tokens and openings that wait for a key which takes its time.

use std::fmt;

use hub_roles::{KeyId, Payload, SignatureScheme};
use zeroize::Zeroizing;

use crate::error::{IssueError, IssueProblem, Layer, TokenError, TokenRule};
use crate::jws::{Jws, PreparedJws};
use crate::nested::PreparedNested;
use crate::token::{SealedToken, Token, Unverified};

/// A token that wants nothing but its signature.
///
/// [`Signer::prepare`](crate::Signer::prepare), [`Sealer::prepare`](crate::Sealer::prepare), [`JwtAuth::prepare_request`] and
/// [`JwtAuth::prepare_response`] make it, [`sign`](Self::sign) or [`complete`](Self::complete) ends it. Its dates count from the
/// preparation, so it should not wait long: a JWT Auth token lives 30 seconds. It borrows nothing of the signer, may wait in
/// another task, and is cleared when it is dropped.
///
/// [`JwtAuth::prepare_request`]: crate::JwtAuth::prepare_request
/// [`JwtAuth::prepare_response`]: crate::JwtAuth::prepare_response
///
/// ```
/// use hub_jose::{ClientAssertion, IssueProblem, PreparedToken, Signer, Token};
/// use hub_roles::{Credential, RemoteKey, Sig1};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (local, client) = (eco.tpp("acme")?.sig1(), eco.tpp("acme")?.client_id());
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
/// # struct KeyService { local: Credential<Sig1> }
/// # impl KeyService {
/// #     async fn sign(&self, _: &str, message: &[u8]) -> Result<Vec<u8>, hub_roles::KeyError> { self.local.sign_ps256(message) }
/// # }
/// # let certificate = local.certificate().clone();
/// # let key_service = KeyService { local };
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
///
/// /// Signs every kind of token that Sig1 signs.
/// async fn signed<T>(prepared: PreparedToken<T>, service: &KeyService) -> Result<String, Box<dyn std::error::Error>>
/// where
///     T: Token<SignedBy = Sig1>,
/// {
///     // Under the service's own name for RSASSA-PSS with SHA-256: `RSASSA_PSS_SHA_256`, `PS256`, `CKM_SHA256_RSA_PKCS_PSS`.
///     let signature = service.sign(prepared.kid().as_str(), prepared.message()).await?;
///     Ok(prepared.complete(&signature)?)
/// }
///
/// // Only the public half is here.
/// let sig1 = Credential::new(certificate.clone(), RemoteKey::new(certificate.public_key().clone()))?;
/// let signer = Signer::new(sig1);
///
/// let prepared = signer.prepare(&ClientAssertion::new(client, issuer), now)?;
/// let assertion = runtime.block_on(signed(prepared, &key_service))?;
/// assert_eq!(assertion.split('.').count(), 3);
///
/// // A signature of something else does not become a token.
/// let prepared = signer.prepare(&ClientAssertion::new(client, issuer), now)?;
/// let signature = runtime.block_on(key_service.sign(prepared.kid().as_str(), b"something else"))?;
/// let refused = prepared.complete(&signature).unwrap_err();
/// assert!(matches!(refused.problem(), IssueProblem::Signature { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PreparedToken<T: Token> {
    jws: PreparedJws<T::SignedBy>,
    sent_as: SentAs,
}

/// Makes of a signed token what is sent.
type SentAs = Box<dyn FnOnce(String) -> Result<String, IssueProblem> + Send + Sync>;

impl<T: Token> PreparedToken<T> {
    /// A token that is sent as it is signed.
    pub(super) fn new(jws: PreparedJws<T::SignedBy>) -> Self {
        Self { jws, sent_as: Box::new(Ok) }
    }

    /// The same token, sent as what `sent_as` makes of it.
    pub(super) fn sent_as(
        self,
        sent_as: impl FnOnce(String) -> Result<String, IssueProblem> + Send + Sync + 'static,
    ) -> Self {
        Self { sent_as: Box::new(sent_as), ..self }
    }

    /// How long its JWS will be.
    pub(super) fn jws_octets(&self) -> usize {
        self.jws.octets()
    }

    /// The `kid` of the key that has to sign.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.jws.kid()
    }

    /// Whether that key waits for something outside this process: see [`PrivateKey::is_remote`](hub_roles::PrivateKey::is_remote).
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.jws.is_remote()
    }

    /// How it has to sign: RSASSA-PSS with SHA-256, MGF1-SHA256 and a salt of 32 octets (PS256, RFC 7518 section 3.5).
    #[must_use]
    pub fn scheme(&self) -> SignatureScheme {
        self.jws.scheme()
    }

    /// What it has to sign: the JWS signing input (RFC 7515 section 5.1). It carries the claims readably, those of PII too.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.jws.message()
    }

    /// The SHA-256 of [`message`](Self::message), for a service that signs a digest, takes no message of this length, or is not to
    /// see the claims.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.jws.digest()
    }

    /// Has the credential's key sign, in one call: what is to be sent, as [`complete`](Self::complete) gives it.
    ///
    /// # Errors
    /// [`IssueProblem::RemoteKey`] for a key that does not sign so, [`IssueProblem::Key`] if it fails, and as [`Self::complete`].
    pub fn sign(self) -> Result<String, IssueError> {
        self.jws.sign().and_then(self.sent_as).map_err(|problem| problem.of(T::ID))
    }

    /// Adds the signature: what is to be sent, that is the token, the JWE around it, or the header field's value.
    ///
    /// The signature is verified first. A service that signs with another key, with PKCS #1 v1.5 or with a salt of another length is
    /// found out here, not by the receiver.
    ///
    /// # Errors
    /// [`IssueProblem::Signature`] if it is not the PS256 signature of the credential's key over [`message`](Self::message); of a
    /// sealed payload also [`IssueProblem::Key`] and [`IssueProblem::Module`].
    pub fn complete(self, signature: &[u8]) -> Result<String, IssueError> {
        self.jws.complete(signature).and_then(self.sent_as).map_err(|problem| problem.of(T::ID))
    }
}

impl<T: Token> fmt::Debug for PreparedToken<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedToken({}, kid {})", T::ID, self.kid())
    }
}

/// A sealed payload that wants nothing but its content encryption key, decrypted by one of the recipient's keys.
///
/// [`Opener::prepare`](crate::Opener::prepare) makes it, [`decrypt`](Self::decrypt) or [`complete`](Self::complete) ends it. What
/// comes out is verified as always: [`Unverified`] has the ways.
///
/// ```
/// use hub_jose::{ExpectedClient, Opener};
/// use hub_roles::{DecryptionKey, Enc1, KeyId, Pii, RemoteKey, Sig1};
/// # use hub_jose::{PiiDraft, Sealer, Signer};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (acme, bank) = (eco.tpp("acme")?, eco.lfi("bank")?);
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
/// # let sig1_keys = [eco.holding::<Sig1>("acme")?.verification_key()?];
/// # let signer = Signer::new(acme.sig1());
/// # let jwe = Sealer::<Pii>::new(&signer, &bank.enc1_public_key()?).seal(
/// #     &PiiDraft::new(acme.client_id(), issuer, serde_json::json!({"Initiation": {}})), now)?;
/// # let expected = ExpectedClient::new(acme.client_id(), issuer);
/// # let (enc1_kid, enc1_public) = (bank.enc1().kid().clone(), bank.enc1().public_key().clone());
/// # let retired_in_memory = DecryptionKey::<Enc1>::retired("old".parse()?, std::sync::Arc::new(RemoteKey::new(enc1_public.clone())));
/// # struct KeyService { enc1: DecryptionKey<Enc1> }
/// # impl KeyService {
/// #     async fn decrypt(&self, _: &KeyId, octets: &[u8]) -> Result<Vec<u8>, hub_roles::KeyError> {
/// #         self.enc1.decrypt_oaep(octets).map(|content_key| content_key.to_vec())
/// #     }
/// # }
/// # let key_service = KeyService { enc1: bank.enc1() };
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
///
/// // The active key is in the service, a retired one still in memory.
/// let active = DecryptionKey::bare(enc1_kid, std::sync::Arc::new(RemoteKey::new(enc1_public)));
/// let opener = Opener::<Pii>::new([active, retired_in_memory]);
///
/// let prepared = opener.prepare(&jwe)?;
/// let token = if prepared.is_remote() {
///     // Under the service's own name for OAEP with SHA-256: `RSAES_OAEP_SHA_256`, `RSA-OAEP-256`, `CKM_RSA_PKCS_OAEP`.
///     let content_key = runtime.block_on(key_service.decrypt(prepared.kid(), prepared.encrypted_key()));
///     prepared.complete(content_key)?
/// } else {
///     prepared.decrypt()?
/// };
/// let pii = token.verify_with_one_of(&sig1_keys, &expected, now)?;
/// # assert!(pii.claims().read::<serde_json::Value>()?.get("Initiation").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PreparedOpening<P: Payload>(PreparedNested<P::EncryptedTo>);

impl<P: SealedToken> PreparedOpening<P> {
    pub(super) fn new(nested: PreparedNested<P::EncryptedTo>) -> Self {
        Self(nested)
    }

    /// The `kid` of the key that has to decrypt, of those that the opener has.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.0.kid()
    }

    /// Whether that key waits for something outside this process: see [`PrivateKey::is_remote`](hub_roles::PrivateKey::is_remote).
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.0.is_remote()
    }

    /// What it has to decrypt with RSA-OAEP-256, that is RSAES-OAEP with SHA-256 for hash and mask, and no label (RFC 7518 section
    /// 4.3). As long as the key's modulus.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        self.0.encrypted_key()
    }

    /// Has the key decrypt, in one call.
    ///
    /// # Errors
    /// [`TokenRule::RemoteKey`] for a key that does not decrypt so, and as [`Self::complete`].
    pub fn decrypt(self) -> Result<Unverified<P>, TokenError> {
        unverified(self.0.decrypt())
    }

    /// Decrypts with the content encryption key, a `Vec<u8>` or a `Zeroizing<Vec<u8>>`, which is cleared afterwards.
    ///
    /// A service's refusal to decrypt is passed on as `Err`: it is completed with a random key, and ends in the same error after the
    /// same work as every token that does not decrypt. Answered at once, it would tell a sender about the padding (THREATS section
    /// 2, "oracle"). Only what says nothing about the token, such as a service out of reach, may be answered by itself, as a fault
    /// of one's own.
    ///
    /// # Errors
    /// [`TokenRule::Decryption`], and every rule on nesting and on the inner token's shape and header.
    pub fn complete<C, E>(self, content_key: Result<C, E>) -> Result<Unverified<P>, TokenError>
    where
        C: Into<Zeroizing<Vec<u8>>>,
    {
        unverified(self.0.complete(content_key))
    }
}

impl<P: Payload> fmt::Debug for PreparedOpening<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedOpening({}, kid {})", P::ID, self.0.kid())
    }
}

fn unverified<P: SealedToken>(jws: Result<Jws, (Layer, TokenRule)>) -> Result<Unverified<P>, TokenError> {
    let jws = jws.map_err(|(layer, rule)| TokenError::new(<P as Token>::ID, layer, None, rule))?;
    Unverified::new(jws).map_err(|rule| rule.in_signature(<P as Token>::ID))
}
