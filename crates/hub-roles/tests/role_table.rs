//! The model says what the seed says: every table of the seed, read from its own text and compared with the types.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use hub_roles::{
    C1, C3, C4, Enc1, Enc2, HubToLfi, LfiToHub, Location, LoginHint, Party, PartyId, Path, PathId, Payload, Pii, Role,
    RoleId, RoleKind, S1, S3, S4, Sig1, Sig2, Sig3, Sig4, TppToHub, WebhookEvent,
};

/// The normative document, from "Connection Paths" to the end of "Who Does What", unchanged.
const SEED: &str = include_str!("seed/certificate_summary.txt");

#[test]
fn the_certificate_summary_is_what_every_role_says_of_itself() {
    let rows = table_under("Certificate Summary");
    assert_eq!(rows.len(), RoleId::ALL.len());
    for (row, role) in rows.iter().zip(RoleId::ALL) {
        let holder = role.holder().to_string();
        assert_eq!(row[..], [role.name(), role.type_name(), holder.as_str(), role.location(), role.purpose()]);
        assert!(role.location().starts_with(&format!("{}'s organisation", role.registrant())), "{role}");
        assert_eq!(role.application().is_some(), role.location().contains('('), "{role}");
        let kind = match row[1] {
            "Server Transport" => RoleKind::ServerTransport,
            "Client Transport" => RoleKind::ClientTransport,
            "Signing" => RoleKind::Signing,
            "Server Encryption" | "Client Encryption" => RoleKind::Encryption,
            other => panic!("{other}"),
        };
        assert_eq!(role.kind(), kind, "{role}");
    }
}

#[test]
fn the_types_and_the_values_say_the_same() {
    fn row<R: Role>() -> (RoleId, PartyId, PartyId) {
        (R::ID, R::Holder::ID, R::Registrant::ID)
    }
    let rows = [
        row::<S1>(),
        row::<S3>(),
        row::<S4>(),
        row::<C1>(),
        row::<C3>(),
        row::<C4>(),
        row::<Sig1>(),
        row::<Sig2>(),
        row::<Sig3>(),
        row::<Sig4>(),
        row::<Enc1>(),
        row::<Enc2>(),
    ];
    assert_eq!(rows, RoleId::ALL.map(|role| (role, role.holder(), role.registrant())));
}

#[test]
fn the_types_to_select_in_the_trust_framework() {
    // The list's markers stand at the ends of the lines: "- C1, C3, C4 —", the type, "- S1, S3, S4 —", and so on.
    let list = between("select the following types:", "\nSig3 and Sig4\n").replace('\n', " ");
    let entries: Vec<_> = list.split(" - ").filter_map(|entry| entry.split_once(" — ")).collect();
    assert_eq!(entries.len(), 5);
    for (roles, certificate_type) in entries {
        for role in roles_in(roles) {
            assert_eq!(role.certificate_type().to_string(), certificate_type.trim(), "{role}");
        }
    }
    assert_eq!(
        roles_in(&list),
        [
            RoleId::C1,
            RoleId::C3,
            RoleId::C4,
            RoleId::S1,
            RoleId::S3,
            RoleId::S4,
            RoleId::Sig1,
            RoleId::Sig2,
            RoleId::Sig3,
            RoleId::Sig4,
            RoleId::Enc1,
            RoleId::Enc2
        ]
    );
}

#[test]
fn every_path_has_the_four_roles_of_its_table() {
    fn by_type<P: Path>() -> (PathId, [RoleId; 4]) {
        (P::ID, [P::Client::ID, P::Server::ID, P::Requests::ID, P::Responses::ID])
    }
    let paths = [
        ("TPP to API Hub", by_type::<TppToHub>()),
        ("API Hub to LFI (Ozone Connect)", by_type::<HubToLfi>()),
        ("LFI to API Hub (Consent Manager & Headless Heimdall)", by_type::<LfiToHub>()),
    ];
    for (heading, (path, roles)) in paths {
        let rows = table_under(heading);
        let stated: Vec<_> = rows.iter().map(|row| roles_in(row[1])[0]).collect();
        assert_eq!(stated, roles, "{path}");
        assert_eq!(path.roles(), roles, "{path}");
        assert!(heading.starts_with(&path.to_string()), "{path}");
        let directions = ["Request signing", "Response signing"]
            .map(|direction| rows.iter().position(|row| row[0].starts_with(direction)));
        assert_eq!(directions, [Some(2), Some(3)], "{path}");
    }
}

#[test]
fn every_path_is_called_by_the_party_its_table_names_first() {
    fn parties<P: Path>() -> (PartyId, PartyId) {
        (P::Caller::ID, P::Callee::ID)
    }
    let paths = [
        ("TPP to API Hub", parties::<TppToHub>()),
        ("API Hub to LFI (Ozone Connect)", parties::<HubToLfi>()),
        ("LFI to API Hub (Consent Manager & Headless Heimdall)", parties::<LfiToHub>()),
    ];
    for (heading, parties) in paths {
        let rows = table_under(heading);
        let (caller, callee) = rows[0][0].split_once(" → ").unwrap();
        assert_eq!((party(caller), party(callee)), parties, "{heading}");
    }
}

#[test]
fn every_payload_goes_from_and_to_the_party_its_table_names() {
    fn by_type<P: Payload>() -> (RoleId, PartyId, PartyId) {
        (P::EncryptedTo::ID, P::Sender::ID, P::Recipient::ID)
    }
    let payloads = [by_type::<Pii>(), by_type::<WebhookEvent>()];
    let stated: Vec<_> = table_under("Payload Encryption")
        .iter()
        .map(|row| {
            let sender = row[1].strip_prefix("Used by the ").and_then(|text| text.split(" to encrypt").next()).unwrap();
            let recipient =
                row[1].split("Only the ").nth(1).and_then(|text| text.split(" can decrypt").next()).unwrap();
            (roles_in(row[0])[0], party(sender), party(recipient))
        })
        .collect();
    assert_eq!(stated, payloads);
    assert_eq!(by_type::<LoginHint>(), payloads[0], "a login hint has the keys of PII");
    for role in [Pii::ID.to_string(), WebhookEvent::ID.to_string()] {
        assert!(SEED.contains(&role), "{role}");
    }
}

#[test]
fn who_makes_the_key_and_the_request() {
    for (heading, holder) in [("Ozone-held certificates (", PartyId::Ozone), ("LFI-held certificates (", PartyId::Lfi)]
    {
        let roles = roles_in(between(heading, ")"));
        let held: Vec<_> =
            RoleId::ALL.into_iter().filter(|role| role.responsibility().key_and_request == holder).collect();
        assert_eq!(sorted(roles), sorted(held), "{holder}");
    }
    let of_tpps: Vec<_> =
        RoleId::ALL.into_iter().filter(|role| role.responsibility().key_and_request == PartyId::Tpp).collect();
    assert_eq!(of_tpps, [RoleId::C1, RoleId::Sig1, RoleId::Enc2]);
    for role in RoleId::ALL {
        assert_eq!(role.responsibility().rotated_by, role.holder(), "{role}");
    }
}

#[test]
fn ozone_hands_three_requests_to_the_lfi_which_uploads_them() {
    let sentence = line("- For S1, S3, and Sig2: ");
    assert!(sentence.contains("Ozone provides the CSR to the LFI. The LFI uploads the CSR to their own organisation"));
    assert!(sentence.ends_with("then provides the JWKS URL and KID back to Ozone."));
    let handed: Vec<_> =
        RoleId::ALL.into_iter().filter(|role| role.responsibility().request_handed_to.is_some()).collect();
    assert_eq!(handed, roles_in(sentence.split(':').next().unwrap()));
    for role in handed {
        let responsibility = role.responsibility();
        assert_eq!(responsibility.request_handed_to, Some(PartyId::Lfi), "{role}");
        assert_eq!(responsibility.upload, PartyId::Lfi, "{role}");
        assert_eq!(responsibility.location, Location::Organisation, "{role}");
        assert_eq!(handover(role), Some((PartyId::Lfi, PartyId::Ozone)), "{role}");
    }
}

#[test]
fn ozone_uploads_two_itself_and_tells_the_lfi() {
    let sentence = line("- For C4 and Sig3: ");
    assert!(sentence.contains("in Ozone's own Trust Framework organisation"));
    assert!(sentence.contains("Ozone provides the JWKS URL and KID to the LFI."));
    for role in roles_in(sentence.split(':').next().unwrap()) {
        let responsibility = role.responsibility();
        assert_eq!(
            (responsibility.upload, responsibility.location),
            (PartyId::Ozone, Location::Organisation),
            "{role}"
        );
        assert_eq!(handover(role), Some((PartyId::Ozone, PartyId::Lfi)), "{role}");
    }
}

#[test]
fn the_lfi_uploads_its_own_four_and_tells_ozone() {
    assert_eq!(line("- The LFI provides"), "- The LFI provides the JWKS URL and KID to Ozone.");
    let in_application = roles_in(between("- For C3 and", ":"));
    assert_eq!(in_application, [RoleId::Sig4]);
    for (role, location) in [
        (RoleId::C3, Location::NamedApplication("C3-hh-cm-client")),
        (RoleId::Sig4, Location::NamedApplication("C3-hh-cm-client")),
        (RoleId::S4, Location::Organisation),
        (RoleId::Enc1, Location::Organisation),
    ] {
        let responsibility = role.responsibility();
        assert_eq!((responsibility.upload, responsibility.location), (PartyId::Lfi, location), "{role}");
        assert_eq!(responsibility.request_handed_to, None, "{role}");
        assert_eq!(handover(role), Some((PartyId::Lfi, PartyId::Ozone)), "{role}");
    }
    assert!(SEED.contains("For S4 and Enc1: The LFI creates the certificate under Organisation Certificates"));
}

#[test]
fn a_tpp_does_everything_itself_in_its_own_application() {
    for role in [RoleId::C1, RoleId::Sig1, RoleId::Enc2] {
        let responsibility = role.responsibility();
        assert_eq!(
            (responsibility.upload, responsibility.location),
            (PartyId::Tpp, Location::OwnApplication),
            "{role}"
        );
        assert_eq!((responsibility.request_handed_to, responsibility.handover), (None, None), "{role}");
    }
}

#[test]
fn sig3_and_sig4_are_required_only_with_jwt_auth() {
    let sentence = line("The Sig3 and Sig4 certificates are only required when JWT Auth is selected");
    let only: Vec<_> = RoleId::ALL.into_iter().filter(|role| role.responsibility().only_with_jwt_auth).collect();
    assert_eq!(only, roles_in(sentence));
}

#[test]
fn a_responsibility_reads_as_a_sentence() {
    let sentences = [
        (
            RoleId::C1,
            "C1: the TPP makes the key and the CSR and uploads the CSR to its own application in the Trust Framework; the TPP rotates it",
        ),
        (
            RoleId::C4,
            "C4: Ozone makes the key and the CSR, uploads the CSR to its organisation in the Trust Framework and gives the JWKS URL and KID to the LFI; Ozone rotates it",
        ),
        (
            RoleId::Sig4,
            "Sig4: the LFI makes the key and the CSR, uploads the CSR to the C3-hh-cm-client application of its organisation in the Trust Framework and gives the JWKS URL and KID to Ozone; the LFI rotates it (only required when JWT Auth is selected)",
        ),
    ];
    for (role, sentence) in sentences {
        assert_eq!(role.responsibility().to_string(), sentence);
    }
}

/// The rows of the first table after a heading, without its two head lines, cell by cell.
fn table_under(heading: &str) -> Vec<Vec<&'static str>> {
    SEED.lines()
        .skip_while(|line| *line != heading)
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

fn line(start: &str) -> &'static str {
    SEED.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no line {start:?}"))
}

fn between(start: &str, end: &str) -> &'static str {
    let (_, rest) = SEED.split_once(start).unwrap_or_else(|| panic!("no {start:?}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end:?} after {start:?}")).0
}

/// Every role named in a text, in its order.
fn roles_in(text: &str) -> Vec<RoleId> {
    text.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.parse().ok()).collect()
}

fn sorted(mut roles: Vec<RoleId>) -> Vec<RoleId> {
    roles.sort();
    roles
}

fn party(text: &str) -> PartyId {
    match text {
        "TPP" => PartyId::Tpp,
        "LFI" => PartyId::Lfi,
        "API Hub" | "Ozone" => PartyId::Ozone,
        other => panic!("no party {other:?}"),
    }
}

fn handover(role: RoleId) -> Option<(PartyId, PartyId)> {
    role.responsibility().handover.map(|handover| (handover.from, handover.to))
}
