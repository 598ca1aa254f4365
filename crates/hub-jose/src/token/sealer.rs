//! Sealing payloads: signed by the sender, then encrypted to the recipient (seed, "Payload Encryption").

use hub_roles::{EncryptionKey, Payload};
use rustls_pki_types::UnixTime;

use crate::error::IssueError;
use crate::nested;
use crate::token::{Draft, SealedToken, Signer};

/// Seals payloads of one kind. The signing role is the sender's and the encryption role the recipient's: no other keys fit.
///
/// ```no_run
/// use hub_jose::{PiiDraft, Sealer, Signer};
/// use hub_roles::{ClientId, Enc1, EncryptionKey, Issuer, Pii, Sig1};
/// use rustls_pki_types::UnixTime;
///
/// # fn example(sig1: &Signer<Sig1>, enc1: &EncryptionKey<Enc1>, client: ClientId, issuer: Issuer) -> Result<(), hub_jose::IssueError> {
/// let content = serde_json::json!({"Initiation": {"Creditor": []}});
/// let jwe = Sealer::<Pii>::new(sig1, enc1).seal(&PiiDraft::new(&client, &issuer, content), UnixTime::now())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sealer<'a, P: Payload> {
    signer: &'a Signer<P::SignedBy>,
    recipient: &'a EncryptionKey<P::EncryptedTo>,
}

impl<'a, P: SealedToken> Sealer<'a, P> {
    /// Signs with `signer`, encrypts to `recipient`.
    #[must_use]
    pub fn new(signer: &'a Signer<<P as Payload>::SignedBy>, recipient: &'a EncryptionKey<P::EncryptedTo>) -> Self {
        Self { signer, recipient }
    }

    /// Seals a payload at `now`: a compact JWE.
    ///
    /// # Errors
    /// As [`Signer::sign`], and [`IssueError::Module`].
    pub fn seal<D: Draft<Token = P>>(&self, draft: &D, now: UnixTime) -> Result<String, IssueError> {
        let jws = self.signer.sign_any(draft, now)?;
        nested::seal(&jws, self.recipient)
    }
}
