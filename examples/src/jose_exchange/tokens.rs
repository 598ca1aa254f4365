//! The ecosystem's tokens: issued by one side with the key of the role, accepted by the other from the key set that publishes it.

use hub_jwks::Publication;
use hub_roles::{Enc1, Enc2, KeyId, RoleId, Sig1, Sig2, Sig3};
use hub_testkit::{Ecosystem, Held};
use serde_json::json;

use super::Fault;
use super::cast::Cast;
use super::content::claims;
use super::foreign::{Foreign, Form, Request};
use super::json::with;
use super::keys::only_key;
use super::kinds::Kind;
use super::tally::Tally;

/// Every kind both ways round, beside some that are to be refused.
pub(super) fn exchange(foreign: &mut Foreign, cast: &Cast, tally: &mut Tally) -> Result<(), Fault> {
    let roles = Roles::hand_over(foreign, cast)?;
    for kind in Kind::ALL {
        issued_here(kind, foreign, cast, &roles, tally)?;
    }
    tally.group("tokens issued here, accepted there, but not for somebody else");
    for kind in Kind::ALL {
        issued_there(kind, foreign, cast, &roles, tally)?;
    }
    tally.group("tokens issued there, accepted here, but not for somebody else, nor beyond their size");
    Ok(())
}

fn issued_here(kind: Kind, foreign: &mut Foreign, cast: &Cast, roles: &Roles, tally: &mut Tally) -> Result<(), Fault> {
    let signer = roles.of(kind.signer())?;
    let (issuer, audience) = kind.parties(cast)?;
    let mut token = kind.issue(cast)?;
    if let Some(recipient) = kind.recipient() {
        token = String::from_utf8(foreign.decrypt(recipient.name(), &token)?.done()?)?;
    }
    let mut accept = |audience: &str| {
        foreign.text(&Request::Accept { key_set: &signer.key_set, token: &token, issuer: &issuer, audience })
    };
    tally.accepted(format_args!("{kind:?} from here"), &accept(&audience)?);
    tally.refused(format_args!("{kind:?} from here for somebody else"), &accept(SOMEBODY_ELSE)?);
    Ok(())
}

fn issued_there(kind: Kind, foreign: &mut Foreign, cast: &Cast, roles: &Roles, tally: &mut Tally) -> Result<(), Fault> {
    let signer = roles.of(kind.signer())?;
    let recipient = kind.recipient().map(|role| roles.of(role)).transpose()?;
    // What is signed and then encrypted is longer by sixteen ninths.
    let padding = |octets: usize| json!({"padding": "x".repeat(octets)});
    for (what, members, rule) in [
        ("", json!({}), None),
        (", large", padding(kind.max_octets() / 3), None),
        (", too large", padding(kind.max_octets()), Some("token.too-large")),
        (" for somebody else", json!({"aud": SOMEBODY_ELSE}), Some("token.audience")),
    ] {
        let what = format!("{kind:?} from there{what}");
        let (header, claims) = (kind.header(&signer.kid), with(claims(kind, cast)?, members));
        let issue = Request::Issue { key: signer.role.name(), header: &header, claims: &claims };
        let mut token = foreign.text(&issue)?.done()?;
        if let Some(recipient) = recipient {
            let header = json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": recipient.kid});
            token = foreign.encrypt(&recipient.public, &header, token.as_bytes())?;
        }
        let answer = kind.accept(cast, &token)?;
        match rule {
            None => tally.accepted(what, &answer),
            Some(rule) => tally.refused_by(rule, what, &answer),
        }
    }
    Ok(())
}

/// The roles whose private keys they have.
struct Roles(Vec<HandedOver>);

/// A role. Their name for its private key is its own.
struct HandedOver {
    role: RoleId,
    kid: KeyId,
    /// Their name for the public key.
    public: String,
    /// The key set that publishes it.
    key_set: String,
}

impl Roles {
    fn hand_over(foreign: &mut Foreign, cast: &Cast) -> Result<Self, Fault> {
        Ok(Self(vec![
            HandedOver::of::<Sig1>(foreign, cast, "acme")?,
            HandedOver::of::<Sig2>(foreign, cast, "retail")?,
            HandedOver::of::<Sig3>(foreign, cast, Ecosystem::HUB)?,
            HandedOver::of::<Enc1>(foreign, cast, "bank")?,
            HandedOver::of::<Enc2>(foreign, cast, "acme")?,
        ]))
    }

    fn of(&self, role: RoleId) -> Result<&HandedOver, Fault> {
        self.0.iter().find(|held| held.role == role).ok_or_else(|| format!("{role} was not handed over").into())
    }
}

impl HandedOver {
    fn of<R: Held>(foreign: &mut Foreign, cast: &Cast, holder: &str) -> Result<Self, Fault> {
        let holding = cast.eco.holding::<R>(holder)?;
        let set = Publication::new(cast.directory()?).certificate(holding.current().certificate());
        let public = format!("{}-public", R::ID);
        foreign.have(&Request::Load { key: R::ID.name(), form: Form::Pkcs8, text: &holding.issued().key_pem()? })?;
        foreign.have(&Request::Load { key: &public, form: Form::Jwk, text: &only_key(&set)? })?;
        let kid = holding.current().kid().clone();
        Ok(Self { role: R::ID, kid, public, key_set: String::from_utf8(set.to_json())? })
    }
}

const SOMEBODY_ELSE: &str = "https://somebody-else.example";
