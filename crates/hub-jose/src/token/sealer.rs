//! Sealing payloads: signed by the sender, then encrypted to the recipient (seed, "Payload Encryption").

use std::fmt;

use hub_roles::{EncryptionKey, Payload};
use rustls_pki_types::UnixTime;

use crate::cleared::Cleared;
use crate::error::IssueError;
use crate::nested;
use crate::token::{Draft, PreparedToken, SealedToken, Signer, Token};

/// Seals payloads of one kind. The signing role is the sender's and the encryption role the recipient's: no other keys fit.
///
/// ```
/// use hub_jose::{ExpectedClient, Opener, PiiDraft, Sealer, Signer};
/// use hub_roles::{Pii, Sig1};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (acme, bank) = (eco.tpp("acme")?, eco.lfi("bank")?);
/// # let (sig1, client, enc1) = (acme.sig1(), acme.client_id(), bank.enc1_public_key()?);
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
/// # let sig1_keys = [eco.holding::<Sig1>("acme")?.verification_key()?];
///
/// // The TPP, with its own Sig1 and the bank's public Enc1.
/// let content = serde_json::json!({"Initiation": {"Creditor": []}});
/// let jwe = Sealer::<Pii>::new(&Signer::new(sig1), &enc1).seal(&PiiDraft::new(client, issuer, &content), now)?;
///
/// // The bank, with its own Enc1 and the TPP's public Sig1.
/// let pii = Opener::<Pii>::new([bank.enc1()]).open(&jwe, &sig1_keys, &ExpectedClient::new(client, issuer), now)?;
/// assert_eq!(pii.claims().read::<serde_json::Value>()?, content);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// As [`Self::prepare`] and [`PreparedToken::sign`].
    pub fn seal<D: Draft<Token = P>>(&self, draft: &D, now: UnixTime) -> Result<String, IssueError> {
        self.prepare(draft, now)?.sign()
    }

    /// Seals a payload at `now`, up to its signature: for a key that takes its time. Once signed it is encrypted, which needs no
    /// private key.
    ///
    /// # Errors
    /// As [`Signer::prepare`].
    pub fn prepare<D: Draft<Token = P>>(&self, draft: &D, now: UnixTime) -> Result<PreparedToken<P>, IssueError> {
        let prepared = self.signer.prepare_any(draft, now)?;
        nested::octets(prepared.jws_octets(), self.recipient)
            .and_then(|octets| <P as Token>::RULES.check_issued(octets))
            .map_err(|problem| problem.of(<P as Token>::ID))?;
        let recipient = self.recipient.clone();
        Ok(prepared.sent_as(move |jws| nested::seal(&Cleared::from(jws), &recipient)))
    }
}

impl<P: Payload> fmt::Debug for Sealer<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer<{}>({:?}, {:?})", P::ID, self.signer, self.recipient)
    }
}
