//! JWT Auth: Sig3 and Sig4, in a header field of requests and responses between the API Hub and the LFI (FACTS section 4).
//!
//! A token names the organisation whose certificate the connection has shown, so it is issued from a [`Certificate`] and verified
//! against the [`Peer`] of the connection it came over.
//!
//! Requests and responses are types of their own. One pair cannot be told apart by its claims, though: an LFI's request to the Hub and
//! its response to the Hub are both signed with Sig4 and name the same parties. Whoever receives both must spend both on one
//! [`ReplayGuard`](crate::ReplayGuard), which refuses the second use.

use std::fmt;
use std::marker::PhantomData;

use hub_roles::{
    Certificate, Deployment, JwtAuthIdentity, JwtAuthLeg, JwtAuthPath, Leg, LfiInstance, MissingPart, OrganisationId,
    PartyId, ProviderId, Signing, Subject, Transport, VerificationKey,
};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;
use serde::Serialize;

use crate::claims::Names;
use crate::error::{IssueError, IssueProblem, TokenError, TokenId, TokenRule};
use crate::token::authorization::{bearer, parse};
use crate::token::{
    Accepted, BareToken, Ceiling, Draft, NoBody, Parties, PreparedToken, Presence, Rules, Signer, Token, Unspent,
    Unverified, sealed,
};

/// What the Hub and an LFI agreed for one path and one instance: both sides issue and verify by it.
///
/// | | |
/// |---|---|
/// | signed by | Sig3 of the Hub or Sig4 of the LFI: requests by the caller, responses by the callee |
/// | verified by | the other side, against the [`Peer`] of the connection |
/// | says | `iss` and `sub`: O and OU of the certificate that the sender presents on the connection, or what was agreed instead; `aud`: the provider ID, one string; `iat`, `exp`, `jti`. `nbf` may be there, and is kept to |
/// | header | `typ: JOSE` and `cty: json`, as we send them; either may be missing |
/// | limits | 8 KiB; `exp` at most 300 s after `iat`, plus the clock skew; we send 30 s |
/// | yields | an [`Unspent`], to be spent on the one [`ReplayGuard`](crate::ReplayGuard) of all legs |
///
/// Keys come from the JWKS URLs of the deployment. Of requests the caller's certificate tells the URL too: `Keystore::confirms` of
/// hub-jwks compares the two (FACTS section 3).
///
/// ```
/// use hub_jose::{JwtAuth, MemoryReplayGuard, Signer};
/// use hub_roles::HubToLfi;
/// # use hub_roles::{KeyId, Sig3, Sig4};
/// # use hub_testkit::Ecosystem;
/// # use hub_tls::{Acceptor, Connector};
/// # let now = rustls_pki_types::UnixTime::now();
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (hub, bank) = (eco.hub(), eco.lfi("bank")?);
/// # let (sig3, sig4) = (Signer::new(hub.sig3()?), Signer::new(bank.sig4()?));
/// # let sig3_key = |_: &KeyId| eco.holding::<Sig3>("ozone").unwrap().verification_key().unwrap();
/// # let sig4_key = |_: &KeyId| eco.holding::<Sig4>("bank").unwrap().verification_key().unwrap();
/// # let acceptor = Acceptor::<HubToLfi>::new(eco.trust(), bank.deployment(), bank.s4())?;
/// # let connector = Connector::<HubToLfi>::new(eco.trust(), hub.deployment(), hub.c4())?;
/// # let (retail, ozone_connect) = ("retail".parse()?, "ozone-connect.bank.example".parse()?);
/// # let (near, far) = tokio::io::duplex(1 << 16);
/// # let (accepted, connected) = tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// #     tokio::join!(acceptor.accept(far), connector.connect(&ozone_connect, near))
/// # });
/// # let (accepted, connected) = (accepted?, connected?);
/// # let deployment = hub.deployment();
///
/// // Either side, by its own deployment.
/// let jwt_auth = JwtAuth::<HubToLfi>::of(deployment, deployment.instance(&retail)?)?;
///
/// // The Hub, which has connected to Ozone Connect with C4.
/// let authorization = jwt_auth.request(&sig3, connected.local_certificate(), now)?;
///
/// // The LFI, which has accepted that connection.
/// let replay = MemoryReplayGuard::new(100_000.try_into()?);
/// let token = jwt_auth.parse_request([&authorization])?;
/// let key = sig3_key(token.kid());
/// jwt_auth.verify_request(&token, accepted.peer(), &key, now)?.spend(&replay, now)?;
///
/// // Its response, if tokens are agreed for those too, in the field that `header` names.
/// let answer = jwt_auth.response(&sig4, accepted.local_certificate(), now)?;
///
/// // The Hub, on the same connection.
/// let replay = MemoryReplayGuard::new(100_000.try_into()?);
/// let token = jwt_auth.parse_response([&answer])?;
/// let key = sig4_key(token.kid());
/// jwt_auth.verify_response(&token, connected.peer(), &key, now)?.spend(&replay, now)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JwtAuth<P: JwtAuthPath> {
    provider: ProviderId,
    ozone: OrganisationId,
    lfi: OrganisationId,
    requests: Option<JwtAuthLeg>,
    responses: Option<JwtAuthLeg>,
    path: PhantomData<fn() -> P>,
}

impl<P: JwtAuthPath> JwtAuth<P> {
    /// What `deployment` says of this path of `instance`. Either leg may be off.
    ///
    /// # Errors
    /// [`MissingPart`] if the deployment does not know the provider ID, or Ozone.
    pub fn of(deployment: &Deployment, instance: &LfiInstance) -> Result<Self, MissingPart> {
        let leg = |leg| instance.jwt_auth().leg(P::ID, leg).cloned();
        Ok(Self {
            provider: instance.provider_id()?.clone(),
            ozone: deployment.ozone()?.organisation(),
            lfi: instance.organisation(),
            requests: leg(Leg::Request),
            responses: leg(Leg::Response),
            path: PhantomData,
        })
    }

    /// The header field that carries the tokens of a leg, in lower case; `None` if the leg is off.
    #[must_use]
    pub fn header(&self, leg: Leg) -> Option<&str> {
        self.leg(leg).map(JwtAuthLeg::header)
    }

    /// The value of the header field for a request on a connection to which we present `certificate`.
    ///
    /// # Errors
    /// As [`Self::prepare_request`] and [`PreparedToken::sign`].
    pub fn request(
        &self,
        signer: &Signer<P::Requests>,
        certificate: &Certificate<P::Client>,
        now: UnixTime,
    ) -> Result<String, IssueError> {
        self.prepare_request(signer, certificate, now)?.sign()
    }

    /// As [`Self::request`], up to the signature: for a key that takes its time.
    ///
    /// # Errors
    /// [`IssueProblem::JwtAuthOff`], and as [`Signer::prepare`].
    pub fn prepare_request(
        &self,
        signer: &Signer<P::Requests>,
        certificate: &Certificate<P::Client>,
        now: UnixTime,
    ) -> Result<PreparedToken<JwtAuthRequest<P>>, IssueError> {
        let parties = self
            .named::<P::Requests>(Leg::Request, certificate.subject())
            .ok_or_else(|| IssueProblem::JwtAuthOff.of(TokenId::JwtAuthRequest(P::ID)))?;
        signer.prepare(&JwtAuthRequest::new(parties), now).map(|token| token.sent_as(bearer))
    }

    /// The value of the header field for a response on a connection to which we presented `certificate`.
    ///
    /// # Errors
    /// As [`Self::prepare_response`] and [`PreparedToken::sign`].
    pub fn response(
        &self,
        signer: &Signer<P::Responses>,
        certificate: &Certificate<P::Server>,
        now: UnixTime,
    ) -> Result<String, IssueError> {
        self.prepare_response(signer, certificate, now)?.sign()
    }

    /// As [`Self::response`], up to the signature: for a key that takes its time.
    ///
    /// # Errors
    /// [`IssueProblem::JwtAuthOff`], and as [`Signer::prepare`].
    pub fn prepare_response(
        &self,
        signer: &Signer<P::Responses>,
        certificate: &Certificate<P::Server>,
        now: UnixTime,
    ) -> Result<PreparedToken<JwtAuthResponse<P>>, IssueError> {
        let parties = self
            .named::<P::Responses>(Leg::Response, certificate.subject())
            .ok_or_else(|| IssueProblem::JwtAuthOff.of(TokenId::JwtAuthResponse(P::ID)))?;
        signer.prepare(&JwtAuthResponse::new(parties), now).map(|token| token.sent_as(bearer))
    }

    /// Takes the token of a request apart, so that its key can be looked up. It wants every value that the request has for the
    /// [header field](Self::header), of which there must be one: `headers.get_all(name)` of an `http::HeaderMap` fits, and so does
    /// `[value]`.
    ///
    /// # Errors
    /// [`TokenRule::NoToken`] without a value, [`TokenRule::SeveralTokens`] with more than one. [`TokenRule::NotJwtAuth`] if it carries
    /// something else, such as a `bankConnectToken`: whether that is legitimate is the LFI's decision, and its consents tell. Else every
    /// rule on size, shape and header.
    pub fn parse_request<V: AsRef<[u8]>>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Unverified<JwtAuthRequest<P>>, TokenError> {
        parse(values)
    }

    /// As [`Self::parse_request`], for a response.
    ///
    /// # Errors
    /// As [`Self::parse_request`].
    pub fn parse_response<V: AsRef<[u8]>>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Unverified<JwtAuthResponse<P>>, TokenError> {
        parse(values)
    }

    /// Verifies a request's token that came over the connection of `peer`, with Sig3 or Sig4 of the calling organisation.
    ///
    /// # Errors
    /// [`TokenRule::JwtAuthOff`], [`TokenRule::PeerOrganisation`], and as [`Unverified::verify`].
    pub fn verify_request(
        &self,
        token: &Unverified<JwtAuthRequest<P>>,
        peer: &Peer<P::Client>,
        key: &VerificationKey<P::Requests>,
        now: UnixTime,
    ) -> Result<Unspent<JwtAuthRequest<P>>, TokenError> {
        let expected = self
            .expected::<P::Requests, _>(Leg::Request, peer)
            .map_err(|rule| rule.in_signature(TokenId::JwtAuthRequest(P::ID)))?;
        token.verify(key, &expected, now)
    }

    /// Verifies a response's token that came over the connection to `peer`, with Sig4 or Sig3 of the called organisation.
    ///
    /// # Errors
    /// [`TokenRule::JwtAuthOff`], [`TokenRule::PeerOrganisation`], and as [`Unverified::verify`].
    pub fn verify_response(
        &self,
        token: &Unverified<JwtAuthResponse<P>>,
        peer: &Peer<P::Server>,
        key: &VerificationKey<P::Responses>,
        now: UnixTime,
    ) -> Result<Unspent<JwtAuthResponse<P>>, TokenError> {
        let expected = self
            .expected::<P::Responses, _>(Leg::Response, peer)
            .map_err(|rule| rule.in_signature(TokenId::JwtAuthResponse(P::ID)))?;
        token.verify(key, &expected, now)
    }

    fn leg(&self, leg: Leg) -> Option<&JwtAuthLeg> {
        match leg {
            Leg::Request => self.requests.as_ref(),
            Leg::Response => self.responses.as_ref(),
        }
    }

    /// Whom a token signed by `S` has to name on the connection of `peer`, which is the agreement's other side: what the token names
    /// may be agreed otherwise, whose connection it is may not.
    fn expected<S: Signing, C: Transport>(&self, leg: Leg, peer: &Peer<C>) -> Result<NamedParties, TokenRule> {
        let named = self.named::<S>(leg, peer.subject()).ok_or(TokenRule::JwtAuthOff)?;
        let (expected, found) = (self.organisation(C::ID.registrant()), peer.organisation());
        if found != expected {
            return Err(TokenRule::PeerOrganisation { expected, found });
        }
        Ok(named)
    }

    /// The organisation that keys and certificates of a registrant belong to.
    fn organisation(&self, registrant: PartyId) -> OrganisationId {
        if registrant == PartyId::Ozone { self.ozone } else { self.lfi }
    }

    /// Whom a token signed by `S` names on a connection where its sender shows `subject`; `None` if the leg is off.
    fn named<S: Signing>(&self, leg: Leg, subject: &Subject) -> Option<NamedParties> {
        let (issuer, named) = match self.leg(leg)?.identity() {
            JwtAuthIdentity::ConnectionCertificate => (subject.organisation_name().to_owned(), subject.organisation()),
            JwtAuthIdentity::Registered { issuer, subject } => (issuer.clone(), *subject),
        };
        Some(NamedParties {
            signer: self.organisation(S::ID.registrant()),
            issuer,
            subject: named.to_string(),
            provider: self.provider.clone(),
        })
    }
}

impl<P: JwtAuthPath> Clone for JwtAuth<P> {
    fn clone(&self) -> Self {
        let Self { provider, ozone, lfi, requests, responses, path } = self;
        Self {
            provider: provider.clone(),
            ozone: *ozone,
            lfi: *lfi,
            requests: requests.clone(),
            responses: responses.clone(),
            path: *path,
        }
    }
}

impl<P: JwtAuthPath> fmt::Debug for JwtAuth<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtAuth")
            .field("path", &P::ID)
            .field("provider", &self.provider)
            .field("requests", &self.requests)
            .field("responses", &self.responses)
            .finish_non_exhaustive()
    }
}

/// Whom a JWT Auth token names: made by [`JwtAuth`] from the agreement and the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedParties {
    signer: OrganisationId,
    issuer: String,
    subject: String,
    provider: ProviderId,
}

impl NamedParties {
    fn names(&self) -> Names<'_> {
        Names { issuer: &self.issuer, subject: Some(&self.subject), audience: self.provider.as_str() }
    }

    fn parties(&self) -> Parties<'_, OrganisationId> {
        Parties { owner: &self.signer, names: self.names() }
    }
}

macro_rules! leg {
    ($(#[$doc:meta])* $name:ident, $role:ident) => {
        $(#[$doc])*
        pub struct $name<P: JwtAuthPath> {
            named: NamedParties,
            path: PhantomData<fn() -> P>,
        }

        impl<P: JwtAuthPath> $name<P> {
            fn new(named: NamedParties) -> Self {
                Self { named, path: PhantomData }
            }
        }

        impl<P: JwtAuthPath> fmt::Debug for $name<P> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", <Self as Token>::ID, self.named)
            }
        }

        impl<P: JwtAuthPath> sealed::Sealed for $name<P> {}

        impl<P: JwtAuthPath> Token for $name<P> {
            type SignedBy = P::$role;
            type Expectation = NamedParties;
            type Claims = ();
            type Outcome = Unspent<Self>;
            const ID: TokenId = TokenId::$name(P::ID);
            const RULES: Rules = JWT_AUTH_RULES;

            fn parties(expectation: &NamedParties) -> Parties<'_, OrganisationId> {
                expectation.parties()
            }

            fn read(_: &Accepted<'_>, _: &NamedParties) -> Result<(), TokenRule> {
                Ok(())
            }
        }

        impl<P: JwtAuthPath> BareToken for $name<P> {}

        impl<P: JwtAuthPath> Draft for $name<P> {
            type Token = Self;

            fn names(&self) -> Names<'_> {
                self.named.names()
            }

            fn body(&self) -> impl Serialize {
                NoBody {}
            }
        }
    };
}

leg! {
    /// The token of a request: Sig3 from the Hub, Sig4 from the LFI. [`JwtAuth`] makes and verifies it.
    JwtAuthRequest, Requests
}

leg! {
    /// The token of a response: Sig4 from the LFI, Sig3 from the Hub. [`JwtAuth`] makes and verifies it.
    JwtAuthResponse, Responses
}

const JWT_AUTH_RULES: Rules = Rules {
    sub: Presence::Required,
    jti: Presence::Required,
    ceiling: Ceiling::FromIssuedAt(300),
    forbidden: &["Identification", "Initiation", "Risk", "message", "response_type"],
    issued_lifetime: 30,
    issued_typ: Some("JOSE"),
    issued_cty: Some("json"),
    ..Rules::COMMON
};
