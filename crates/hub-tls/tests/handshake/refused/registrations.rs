//! Certificates that are sound, and not those that the deployment registers here: of another role, organisation or application.

use hub_roles::{C1, C3, C4, Enc2, Path, S1, S3, S4, Sig1, Sig2, Sig3, Sig4, TrustFramework};
use hub_testkit::{Held, Issued, LeafSpec};
use hub_tls::{AcceptingPath, Acceptor, Connector};
use rustls::AlertDescription as Alert;

use super::table::{AT_ACCEPTORS, AT_CONNECTORS, Case, Place, Row, Twin, Verdict, refused};
use crate::generous::{Client, calls, is_called};
use crate::world::*;

pub(super) fn cases() -> Vec<Case> {
    [
        at_acceptors(for_tpps, RETAIL_AS, issued::<C1>("acme"), wrong_for_tpps()),
        at_acceptors(for_lfis, RETAIL_CM, issued::<C3>("bank"), wrong_for_lfis()),
        at_acceptors(for_hub, BANK_OZONE_CONNECT, issued::<C4>("ozone"), wrong_for_hub()),
        at_connectors(of_tpp, RETAIL_AS, issued::<S1>("retail"), wrong_of_tpp()),
        at_connectors(of_lfi, RETAIL_CM, issued::<S3>("retail"), wrong_of_lfi()),
        at_connectors(of_hub, BANK_OZONE_CONNECT, issued::<S4>("bank"), wrong_of_hub()),
        at_instances(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

type Wrong = (Row, &'static str, Issued, Rule);
type Rule = (&'static str, Alert);

const HOST_NAME: Rule = ("certificate.host-name", Alert::BadCertificate);
const ORGANISATION: Rule = ("certificate.organisation", Alert::CertificateUnknown);
const APPLICATION: Rule = ("certificate.application", Alert::CertificateUnknown);
const EXTENDED_KEY_USAGE: Rule = ("certificate.extended-key-usage", Alert::UnsupportedCertificate);
const EXTENDED_KEY_USAGE_MISSING: Rule = ("certificate.extended-key-usage-missing", Alert::UnsupportedCertificate);

fn wrong_for_tpps() -> Vec<Wrong> {
    vec![
        wrong_role::<C3>("C3", "bank", ORGANISATION),
        wrong_role::<C4>("C4", "ozone", ORGANISATION),
        wrong_role::<S1>("S1", "retail", EXTENDED_KEY_USAGE),
        wrong_role::<S4>("S4", "bank", EXTENDED_KEY_USAGE),
        wrong_role::<Sig1>("Sig1", "acme", EXTENDED_KEY_USAGE_MISSING),
        wrong_role::<Enc2>("Enc2", "acme", EXTENDED_KEY_USAGE_MISSING),
        of_another_organisation::<C1>("acme"),
        in_another_application::<C1>("acme"),
    ]
}

fn wrong_for_lfis() -> Vec<Wrong> {
    vec![
        wrong_role::<C1>("C1", "acme", ORGANISATION),
        wrong_role::<C4>("C4", "ozone", ORGANISATION),
        wrong_role::<S3>("S3", "retail", EXTENDED_KEY_USAGE),
        wrong_role::<S4>("S4", "bank", EXTENDED_KEY_USAGE),
        wrong_role::<Sig4>("Sig4", "bank", EXTENDED_KEY_USAGE_MISSING),
        of_another_organisation::<C3>("bank"),
        in_another_application::<C3>("bank"),
    ]
}

fn wrong_for_hub() -> Vec<Wrong> {
    vec![
        wrong_role::<C1>("C1", "acme", ORGANISATION),
        wrong_role::<C3>("C3", "bank", ORGANISATION),
        wrong_role::<S4>("S4", "bank", EXTENDED_KEY_USAGE),
        wrong_role::<Sig3>("Sig3", "ozone", EXTENDED_KEY_USAGE_MISSING),
        of_another_organisation::<C4>("ozone"),
    ]
}

fn wrong_of_tpp() -> Vec<Wrong> {
    vec![
        wrong_role::<S1>("S1 of another brand", "sme", HOST_NAME),
        wrong_role::<S1>("S1 of another LFI", "other", HOST_NAME),
        wrong_role::<S3>("S3", "retail", HOST_NAME),
        wrong_role::<S4>("S4", "bank", HOST_NAME),
        wrong_role::<C3>("C3", "bank", EXTENDED_KEY_USAGE),
        wrong_role::<Sig2>("Sig2", "retail", EXTENDED_KEY_USAGE_MISSING),
        of_another_organisation::<S1>("retail"),
    ]
}

fn wrong_of_lfi() -> Vec<Wrong> {
    vec![
        wrong_role::<S3>("S3 of another brand", "sme", HOST_NAME),
        wrong_role::<S1>("S1", "retail", HOST_NAME),
        wrong_role::<S4>("S4", "bank", HOST_NAME),
        wrong_role::<C4>("C4", "ozone", EXTENDED_KEY_USAGE),
        wrong_role::<Sig3>("Sig3", "ozone", EXTENDED_KEY_USAGE_MISSING),
        of_another_organisation::<S3>("retail"),
    ]
}

fn wrong_of_hub() -> Vec<Wrong> {
    vec![
        wrong_role::<S4>("S4 of another LFI", "other-bank", HOST_NAME),
        wrong_role::<S1>("S1", "retail", HOST_NAME),
        wrong_role::<S3>("S3", "retail", HOST_NAME),
        wrong_role::<C3>("C3", "bank", EXTENDED_KEY_USAGE),
        wrong_role::<Sig4>("Sig4", "bank", EXTENDED_KEY_USAGE_MISSING),
        of_another_organisation::<S4>("bank"),
    ]
}

fn wrong_role<R: Held>(name: &'static str, holder: &str, rule: Rule) -> Wrong {
    (Row::WrongRole, name, issued::<R>(holder).clone(), rule)
}

/// The right type for the right hosts, in the organisation of `other-bank`.
fn of_another_organisation<R: Held>(holder: &str) -> Wrong {
    let subject = ECO.holding::<S4>("other-bank").unwrap().spec().subject.clone();
    let presented = reissued::<R>(holder, |spec| spec.subject.organisational_unit = subject.organisational_unit);
    (Row::OtherOrganisation, "another one", presented, ORGANISATION)
}

/// The right organisation and type, for an application that is not registered.
fn in_another_application<R: Held>(holder: &str) -> Wrong {
    let presented = reissued::<R>(holder, |spec| {
        spec.subject.common_name = Some("00000000-0000-4000-8000-000000000000".to_owned())
    });
    (Row::OtherApplication, "another one", presented, APPLICATION)
}

fn reissued<R: Held>(holder: &str, edit: impl FnOnce(&mut LeafSpec)) -> Issued {
    let mut spec = ECO.holding::<R>(holder).unwrap().spec().clone();
    edit(&mut spec);
    ECO.authority().issue(&spec).unwrap()
}

fn at_acceptors<P: AcceptingPath>(
    acceptor: fn(&TrustFramework) -> Acceptor<P>,
    host: &'static str,
    sound: &'static Issued,
    wrong: Vec<Wrong>,
) -> Vec<Case> {
    let cases = wrong.into_iter().flat_map(|(row, name, wrong, (code, alert))| {
        let judge =
            async move |place, twin: Twin| called(place, &acceptor(ECO.trust()), host, twin.pick(sound, &wrong)).await;
        row.cases(format!("{}: {name}", P::ID), AT_ACCEPTORS, refused(code, alert), judge)
    });
    let nobody = async move |place: Place, twin: Twin| {
        let client = Client { identity: twin.pick(Some(sound), None), version: place.version, server_name: Some(host) };
        Verdict::on(sound, calls(client, &acceptor(ECO.trust())).await)
    };
    let expected = refused("certificate.not-presented", Alert::CertificateRequired);
    cases.chain(Row::NoClientCertificate.cases(P::ID.to_string(), AT_ACCEPTORS, expected, nobody)).collect()
}

fn at_connectors<P: Path>(
    connector: fn(&TrustFramework) -> Connector<P>,
    host: &'static str,
    sound: &'static Issued,
    wrong: Vec<Wrong>,
) -> Vec<Case> {
    let cases = wrong.into_iter().flat_map(|(row, name, wrong, (code, alert))| {
        let judge = async move |place: Place, twin: Twin| {
            let presented = twin.pick(sound, &wrong);
            Verdict::on(presented, is_called(presented, place.version, &connector(ECO.trust()), host).await)
        };
        row.cases(format!("{}: {name}", P::ID), AT_CONNECTORS, refused(code, alert), judge)
    });
    cases.collect()
}

/// One listener, several LFIs: whose C3 is due depends on the host that was asked for. That sessions are no way around it stands
/// in `sessions`.
fn at_instances() -> Vec<Case> {
    let [bank, other] = [issued::<C3>("bank"), issued::<C3>("other-bank")];
    let foreign = [(RETAIL_CM, bank, other), (RETAIL_HH, bank, other), (SME_CM, bank, other), (OTHER_CM, other, bank)];
    let cases = foreign.into_iter().flat_map(|(host, own, foreign)| {
        let judge =
            async move |place, twin: Twin| called(place, &for_lfis(ECO.trust()), host, twin.pick(own, foreign)).await;
        let (code, alert) = ORGANISATION;
        Row::OtherLfisC3.cases(format!("by a full handshake at {host}"), AT_ACCEPTORS, refused(code, alert), judge)
    });
    cases.collect()
}

async fn called<P: AcceptingPath>(place: Place, acceptor: &Acceptor<P>, host: &str, presented: &Issued) -> Verdict {
    let client = Client { identity: Some(presented), version: place.version, server_name: Some(host) };
    Verdict::on(presented, calls(client, acceptor).await)
}
