//! The payloads that are encrypted end to end: the seed's two ("Payload Encryption"), and the login hint, which has the keys of PII.

use std::fmt;

use crate::party::{Lfi, Ozone, Party, Tpp};
use crate::role::{Enc1, Enc2, Encryption, Sig1, Sig2, Signing};
use crate::sealed::Sealed;

/// An encrypted payload: signed by its sender, encrypted to its recipient.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an encrypted payload",
    note = "the encrypted payloads are `Pii` and `LoginHint` (Sig1 inside Enc1) and `WebhookEvent` (Sig2 inside Enc2)"
)]
pub trait Payload: Sealed + Send + Sync + 'static {
    /// Who signs and encrypts.
    type Sender: Party;
    /// Who alone can decrypt.
    type Recipient: Party;
    /// The role of the inner signature.
    type SignedBy: Signing<Holder = Self::Sender>;
    /// The role of the key it is encrypted to.
    type EncryptedTo: Encryption<Holder = Self::Recipient>;
    /// The payload as a value.
    const ID: PayloadId;
}

/// Personally identifiable information from a TPP to an LFI: Sig1 inside Enc1.
pub enum Pii {}

/// Who the user is, from a TPP to an LFI, ahead of the login: Sig1 inside Enc1 (FACTS section 4, `login_hint`).
pub enum LoginHint {}

/// A webhook event from the API Hub to a TPP: Sig2 inside Enc2.
pub enum WebhookEvent {}

impl Sealed for Pii {}
impl Payload for Pii {
    type Sender = Tpp;
    type Recipient = Lfi;
    type SignedBy = Sig1;
    type EncryptedTo = Enc1;
    const ID: PayloadId = PayloadId::Pii;
}

impl Sealed for LoginHint {}
impl Payload for LoginHint {
    type Sender = Tpp;
    type Recipient = Lfi;
    type SignedBy = Sig1;
    type EncryptedTo = Enc1;
    const ID: PayloadId = PayloadId::LoginHint;
}

impl Sealed for WebhookEvent {}
impl Payload for WebhookEvent {
    type Sender = Ozone;
    type Recipient = Tpp;
    type SignedBy = Sig2;
    type EncryptedTo = Enc2;
    const ID: PayloadId = PayloadId::WebhookEvent;
}

/// A [`Payload`] as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayloadId {
    /// See [`Pii`].
    Pii,
    /// See [`LoginHint`].
    LoginHint,
    /// See [`WebhookEvent`].
    WebhookEvent,
}

impl fmt::Display for PayloadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pii => "PII",
            Self::LoginHint => "login hint",
            Self::WebhookEvent => "webhook event",
        })
    }
}
