//! Who is at the other end of a connection.

use std::fmt;

use hub_roles::{Certificate, KeyId, OrganisationId, Subject, Transport};

/// The other side of a mutual TLS connection, in its role: it presented this certificate and proved in the handshake that it
/// holds the key.
///
/// Only an [`Acceptor`](crate::Acceptor) or a [`Connector`](crate::Connector) makes one; where a proxy ends the TLS, a
/// [`ProvenHop`](crate::ProvenHop) does, and the proof of the key is the proxy's word. A certificate chain is public, so a
/// [`Certificate`] alone says nothing about who sent it; whoever asks for a `Peer` asks for a handshake. Cloning is cheap.
pub struct Peer<R: Transport> {
    certificate: Certificate<R>,
}

impl<R: Transport> Peer<R> {
    /// Only for whoever ran the handshake in which `certificate` was presented, or trusts who did.
    pub(crate) fn new(certificate: Certificate<R>) -> Self {
        Self { certificate }
    }

    /// The server that a response came from, by the response's extensions, if the client is one over an `HttpsConnector` (feature
    /// `hyper`), and the server has role `R`.
    #[must_use]
    pub fn of(extensions: &http::Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The certificate it presented.
    #[must_use]
    pub fn certificate(&self) -> &Certificate<R> {
        &self.certificate
    }

    /// The certificate's subject: its O and OU are `iss` and `sub` of JWT Auth requests on this connection (FACTS section 4).
    #[must_use]
    pub fn subject(&self) -> &Subject {
        self.certificate.subject()
    }

    /// The organisation the certificate is registered in: the subject's OU.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.certificate.organisation()
    }

    /// The certificate's `kid`, which is also what an access token bound to C1 names (RFC 8705 section 3.1).
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.certificate.kid()
    }
}

impl<R: Transport> Clone for Peer<R> {
    fn clone(&self) -> Self {
        Self { certificate: self.certificate.clone() }
    }
}

impl<R: Transport> fmt::Debug for Peer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peer<{}>(kid {}, {})", R::ID, self.kid(), self.subject())
    }
}
