//! What issuers fill in, kind by kind (FACTS section 4): dates, `jti`, `kid`, and what tells the kinds apart.

use serde_json::Value;

use crate::cast::{NOW, sig1, sig2, sig3, sig4};
use crate::forge;
use crate::kinds::Kind;
use hub_roles::RoleId;

struct Issued {
    kind: Kind,
    typ: Option<&'static str>,
    cty: Option<&'static str>,
    /// Seconds from `iat` to `exp`.
    lifetime: u64,
    /// Of `sub`, `nbf` and `jti` those that are there.
    claims: &'static [&'static str],
    audience_is_an_array: bool,
}

const COMMON: Issued =
    Issued { kind: Kind::IdToken, typ: None, cty: None, lifetime: 300, claims: &["sub"], audience_is_an_array: false };

const JWT_AUTH: Issued =
    Issued { typ: Some("JOSE"), cty: Some("json"), lifetime: 30, claims: &["sub", "jti"], ..COMMON };

const SEALED: Issued = Issued { claims: &["sub", "nbf", "jti"], ..COMMON };

const BODY: Issued = Issued { claims: &["nbf"], audience_is_an_array: true, ..COMMON };

const ALL: [Issued; 12] = [
    Issued { kind: Kind::RequestObject, typ: Some("oauth-authz-req+jwt"), claims: &["nbf"], ..COMMON },
    Issued { kind: Kind::ClientAssertion, lifetime: 60, claims: &["sub", "jti"], ..COMMON },
    Issued { kind: Kind::SignedRequest, ..BODY },
    Issued { kind: Kind::SignedResponse, ..BODY },
    Issued { kind: Kind::IdToken, ..COMMON },
    Issued { kind: Kind::WebhookEvent, claims: &[], ..COMMON },
    Issued { kind: Kind::Pii, ..SEALED },
    Issued { kind: Kind::LoginHint, ..SEALED },
    Issued { kind: Kind::HubToLfiRequest, ..JWT_AUTH },
    Issued { kind: Kind::HubToLfiResponse, ..JWT_AUTH },
    Issued { kind: Kind::LfiToHubRequest, ..JWT_AUTH },
    Issued { kind: Kind::LfiToHubResponse, ..JWT_AUTH },
];

#[test]
fn issuers_fill_in_dates_and_names() {
    assert_eq!(ALL.map(|issued| issued.kind), Kind::ALL);
    for issued in ALL {
        let kind = issued.kind;
        let token = kind.issue();
        let claims = forge::claims(&token);
        assert_eq!((&claims["iat"], &claims["exp"]), (&NOW.into(), &(NOW + issued.lifetime).into()), "{kind:?}");
        for claim in ["sub", "nbf", "jti"] {
            assert_eq!(claims.get(claim).is_some(), issued.claims.contains(&claim), "{kind:?}: {claim}");
        }
        if let Some(not_before) = claims.get("nbf") {
            assert_eq!(*not_before, NOW, "{kind:?}");
        }
        assert_eq!(claims["aud"].is_array(), issued.audience_is_an_array, "{kind:?}");

        let header = token.split('.').next().unwrap();
        let header: Value = serde_json::from_slice(&forge::from_base64url(header)).unwrap();
        assert_eq!(header["alg"], "PS256", "{kind:?}");
        assert_eq!(header["kid"], kid(kind.signer()), "{kind:?}");
        assert_eq!((header["typ"].as_str(), header["cty"].as_str()), (issued.typ, issued.cty), "{kind:?}");
    }
}

/// Version 4 UUIDs (FACTS section 4, "JWT Auth"), and never the same.
#[test]
fn every_jti_is_another() {
    for issued in ALL.into_iter().filter(|issued| issued.claims.contains(&"jti")) {
        let [jti, other] = [(); 2].map(|()| forge::claims(&issued.kind.issue())["jti"].as_str().unwrap().to_owned());
        assert_ne!(jti, other, "{:?}", issued.kind);
        let groups: Vec<_> = jti.split('-').map(str::len).collect();
        assert_eq!((groups.as_slice(), &jti[14..15]), ([8, 4, 4, 4, 12].as_slice(), "4"), "{jti}");
    }
}

fn kid(signer: RoleId) -> String {
    let kid = match signer {
        RoleId::Sig1 => sig1().kid().clone(),
        RoleId::Sig2 => sig2().kid().clone(),
        RoleId::Sig3 => sig3().kid().clone(),
        _ => sig4().kid().clone(),
    };
    kid.to_string()
}
