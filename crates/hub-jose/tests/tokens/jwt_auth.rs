//! JWT Auth over real connections (FACTS section 4, THREATS section 1, "JWT Auth").

use hub_jose::{IssueProblem, JwtAuth, Signer, TokenId, TokenRule};
use hub_roles::{Deployment, HubToLfi, Leg, LfiToHub, OrganisationId, PathId, Sig3, Sig4, VerificationKey};
use serde_json::{Value, json};

use crate::cast::{CONNECTIONS, ECO, bank_side, hub_side, instance, now, public, sig3};
use crate::forge;
use crate::kinds::Kind;

#[test]
fn a_request_names_the_organisation_of_the_connection() {
    let claims = forge::claims(&Kind::HubToLfiRequest.issue());
    let c4 = ECO.hub().c4();
    assert_eq!(claims["iss"], c4.certificate().subject().organisation_name());
    assert_eq!(claims["sub"], ECO.hub().organisation().to_string());
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 30);
    let header = Kind::HubToLfiRequest.issue();
    let header: Value = serde_json::from_slice(&forge::from_base64url(header.split('.').next().unwrap())).unwrap();
    assert_eq!((&header["typ"], &header["cty"]), (&"JOSE".into(), &"json".into()));
}

#[test]
fn a_token_of_another_organisation_does_not_fit_this_connection() {
    // The Hub signs, but names the organisation of another connection.
    let c3 = ECO.lfi("bank").unwrap().c3();
    let mut claims = forge::claims(&Kind::HubToLfiRequest.issue());
    assert_eq!(Kind::HubToLfiRequest.accept(&Kind::HubToLfiRequest.sign(&claims)), Ok(()));
    claims["iss"] = c3.certificate().subject().organisation_name().into();
    assert_eq!(Kind::HubToLfiRequest.accept(&Kind::HubToLfiRequest.sign(&claims)).unwrap_err().code(), "token.issuer");
}

/// What the tokens name may be agreed otherwise than the certificates have it; whose connection it is may not.
#[test]
fn the_connection_is_the_other_sides_of_the_agreement() {
    let mut file: Value = serde_json::from_str(ECO.lfi("bank").unwrap().deployment_json()).unwrap();
    let agreed_identity = json!({"identity": {"issuer": "Agreed Name", "subject": ECO.hub().organisation()}});
    file["instances"]["retail"]["jwt_auth"]["hub_to_lfi"]["request"] = agreed_identity;
    let agreed = |file: &Value| {
        let deployment = Deployment::from_json(file.to_string().as_bytes()).unwrap();
        JwtAuth::<HubToLfi>::of(&deployment, deployment.instance(&instance("retail")).unwrap()).unwrap()
    };
    let verify = |agreed: &JwtAuth<HubToLfi>, key: &VerificationKey<Sig3>| {
        let mut claims = forge::claims(&Kind::HubToLfiRequest.issue());
        claims["iss"] = "Agreed Name".into();
        let token = agreed.parse_request([format!("Bearer {}", Kind::HubToLfiRequest.sign(&claims))]).unwrap();
        agreed.verify_request(&token, &CONNECTIONS.hub_calling, key, now()).map(drop)
    };
    let key = public::<Sig3>("ozone");
    assert_eq!(verify(&agreed(&file), &key), Ok(()));

    // An agreement with another operator, whose key signed; but the connection is the first one's.
    let other = "0f000000-0000-4000-8000-000000000001".parse::<OrganisationId>().unwrap();
    file["ozone"]["organisation"] = json!(other);
    let others = VerificationKey::<Sig3>::registered(other, key.kid().clone(), key.public_key().clone()).unwrap();
    let refused = verify(&agreed(&file), &others).unwrap_err();
    assert_eq!(
        refused.rule(),
        &TokenRule::PeerOrganisation { expected: other, found: CONNECTIONS.hub_calling.organisation() }
    );
    assert_eq!(refused.hub_code(), Some("JWS.InvalidClaim"));
}

/// Of two fields, whoever stands before us may have checked the other.
#[test]
fn one_field_carries_one_token() {
    let agreed = bank_side::<HubToLfi>();
    let value = format!("Bearer {}", Kind::HubToLfiRequest.issue());
    let code = |values: &[&[u8]]| agreed.parse_request(values).map(drop).map_err(|refused| refused.code());
    assert_eq!(code(&[value.as_bytes()]), Ok(()));
    assert_eq!(code(&[]), Err("token.absent"));
    assert_eq!(code(&[value.as_bytes(), value.as_bytes()]), Err("token.several"));
    assert_eq!(code(&[value.as_bytes(), b""]), Err("token.several"));
    // As a proxy would join two fields.
    assert_eq!(code(&[format!("{value}, {value}").as_bytes()]), Err("token.not-jwt-auth"));
    assert_eq!(code(&[format!("{value}, x").as_bytes()]), Err("token.base64url"));
    assert_eq!(code(&[&[value.as_bytes(), &[0xFF]].concat()]), Err("token.not-jwt-auth"));
}

#[test]
fn both_schemes_are_read() {
    let agreed = bank_side::<HubToLfi>();
    let token = Kind::HubToLfiRequest.issue();
    for value in [
        format!("Bearer {token}"),
        format!("bearer {token}"),
        format!("BEARER   {token}"),
        format!("Ozone-Connect-JWT-Auth {token}"),
        format!("ozone-connect-jwt-auth {token}"),
    ] {
        assert!(agreed.parse_request([&value]).is_ok(), "{value:.30}");
    }
}

#[test]
fn the_key_is_the_callers() {
    // Sig4 of the bank, registered under a Sig3 of the bank's organisation: not Ozone's.
    let agreed = bank_side::<HubToLfi>();
    let token = agreed.parse_request([format!("Bearer {}", Kind::HubToLfiRequest.issue())]).unwrap();
    let key = public::<Sig3>("ozone");
    let peer = &CONNECTIONS.hub_calling;
    assert!(agreed.verify_request(&token, peer, &key, now()).is_ok());
    let organisation = ECO.lfi("bank").unwrap().organisation();
    let of_the_bank = VerificationKey::<Sig3>::registered(organisation, key.kid().clone(), key.public_key().clone());
    let refused = agreed.verify_request(&token, peer, &of_the_bank.unwrap(), now()).unwrap_err();
    assert_eq!(refused.code(), "token.key-owner");
}

#[test]
fn where_it_is_off_it_is_neither_issued_nor_accepted() {
    let deployment = ECO.hub().deployment();
    let off = JwtAuth::<HubToLfi>::of(deployment, deployment.instance(&instance("other")).unwrap()).unwrap();
    assert_eq!((off.header(Leg::Request), off.header(Leg::Response)), (None, None));
    let failed = off.request(&Signer::new(sig3()), ECO.hub().c4().certificate(), now()).unwrap_err();
    assert_eq!(failed.problem(), &IssueProblem::JwtAuthOff);
    assert_eq!(failed.token(), TokenId::JwtAuthRequest(PathId::HubToLfi));

    let token = off.parse_request([format!("Bearer {}", Kind::HubToLfiRequest.issue())]).unwrap();
    let refused = off.verify_request(&token, &CONNECTIONS.hub_calling, &public("ozone"), now()).unwrap_err();
    assert_eq!((refused.rule(), refused.hub_code()), (&TokenRule::JwtAuthOff, None));
}

/// Without Sig3 and Sig4 all else works, and asking for them says what is missing.
#[test]
fn a_deployment_without_jwt_auth_says_what_it_lacks() {
    let mut file: Value = serde_json::from_str(ECO.lfi("bank").unwrap().deployment_json()).unwrap();
    let read = |file: &Value| Deployment::from_json(file.to_string().as_bytes());
    let lfi = file["instances"]["retail"]["lfi"].as_str().unwrap().to_owned();
    forge::remove(&mut file["lfis"][&lfi], "sig4");
    assert!(read(&file).unwrap_err().to_string().contains("sig4"), "on, and nobody to sign");
    for brand in file["instances"].as_object_mut().unwrap().values_mut() {
        brand.as_object_mut().unwrap().remove("jwt_auth");
    }

    let of = |file: &Value| {
        let deployment = read(file).unwrap();
        let retail = deployment.instance(&instance("retail")).unwrap();
        let sig4 = deployment.expect::<Sig4>(retail.id()).map(drop).map_err(|missing| missing.place().to_owned());
        let agreed = JwtAuth::<HubToLfi>::of(&deployment, retail).map_err(|missing| missing.place().to_owned());
        (sig4, agreed.map(|agreed| agreed.header(Leg::Request).map(str::to_owned)))
    };
    assert_eq!(of(&file), (Err(format!("lfis.{lfi}.sig4")), Ok(None)));
    forge::remove(&mut file, "ozone");
    assert_eq!(of(&file).1, Err("ozone".to_owned()));
}

#[test]
fn the_deployment_names_the_header_fields() {
    assert_eq!(hub_side::<LfiToHub>().header(Leg::Request), Some("authorization"));
    assert!(hub_side::<LfiToHub>().header(Leg::Response).is_some());
}

#[test]
fn a_request_is_not_sent_back_as_the_response() {
    let agreed = hub_side::<HubToLfi>();
    let response = agreed.parse_response([format!("Bearer {}", Kind::HubToLfiRequest.issue())]).unwrap();
    let refused = agreed.verify_response(&response, &CONNECTIONS.bank_answering, &public("bank"), now()).unwrap_err();
    assert_eq!(refused.code(), "token.unknown-key");
}
