//! Connections that must not come about.

use hub_roles::{HostName, HubToLfi};
use hub_tls::Connector;
use tokio::io::duplex;

use super::stranger::{Sni, Stranger};
use super::{Attempts, Must};
use crate::ecosystem::failure::Failure;
use crate::ecosystem::hub::{S1_LISTENER, S3_LISTENER};
use crate::ecosystem::world::{BRANDS, OTHER, S4_LISTENER, World};

pub(super) async fn tell(world: &mut World) -> Result<(), Failure> {
    let World { material, network, story, incidents, .. } = world;
    let mut attempts = Attempts { story, incidents };
    let stranger = Stranger { material, network };

    let hub = material.party("hub")?;
    let instance = hub.deployment().instance(&BRANDS[0].parse()?)?;
    let other = hub.deployment().instance(&OTHER.parse()?)?;
    let s1 = instance.hosts().authorisation()?;
    let s3 = instance.hosts().consent_manager()?;
    let s4 = instance.ozone_connect_url()?.host();
    let other_s3 = other.hosts().consent_manager()?;

    // The same stranger is welcome with the right certificate.
    for (host, certificate) in [(s1, "tpp/C1"), (s3, "lfi/C3"), (s4, "hub/C4"), (other_s3, "other-lfi/C3")] {
        stranger.call(host, Sni::Host, Some(certificate)).await?;
    }

    let clients = [
        ("a C3 where a C1 is due", S1_LISTENER, s1, "lfi/C3", "certificate.organisation"),
        ("a C3 where C4 is due", S4_LISTENER, s4, "lfi/C3", "certificate.organisation"),
        ("a C1 where a C3 is due", S3_LISTENER, s3, "tpp/C1", "certificate.organisation"),
        ("a server's certificate where a C3 is due", S3_LISTENER, s3, "lfi/S4", "certificate.extended-key-usage"),
        (
            "a signing certificate where a C1 is due",
            S1_LISTENER,
            s1,
            "tpp/Sig1",
            "certificate.extended-key-usage-missing",
        ),
        ("another TPP at Ozone Connect", S4_LISTENER, s4, "other-tpp/C1", "certificate.organisation"),
        ("another LFI's C3 at Ozone Connect", S4_LISTENER, s4, "other-lfi/C3", "certificate.organisation"),
        ("another LFI's C3 at this LFI's Consent Manager", S3_LISTENER, s3, "other-lfi/C3", "certificate.organisation"),
        ("this LFI's C3 at another LFI's Consent Manager", S3_LISTENER, other_s3, "lfi/C3", "certificate.organisation"),
        (
            "the TPP's C1 of the other environment",
            S1_LISTENER,
            s1,
            "other-environment/C1",
            "certificate.unknown-issuer",
        ),
    ];
    for (what, by, host, certificate, rule) in clients {
        let attempt = stranger.call(host, Sni::Host, Some(certificate));
        attempts.refused(Must { what, by, rule }, attempt).await;
    }

    for (what, by, host) in [
        ("no client certificate at S1", S1_LISTENER, s1),
        ("no client certificate at S3", S3_LISTENER, s3),
        ("no client certificate at S4", S4_LISTENER, s4),
    ] {
        let must = Must { what, by, rule: "certificate.not-presented" };
        attempts.refused(must, stranger.call(host, Sni::Host, None)).await;
    }

    let unknown: HostName = "as1.nobody.example".parse()?;
    let must = Must { what: "a host of no instance", by: S1_LISTENER, rule: "handshake.unknown-instance" };
    attempts.refused(must, stranger.call(s1, Sni::Other(&unknown), Some("tpp/C1"))).await;
    let must = Must { what: "no host at all", by: S3_LISTENER, rule: "handshake.no-server-name" };
    attempts.refused(must, stranger.call(s3, Sni::Absent, Some("lfi/C3"))).await;

    // The other way round: the Hub calls the LFI, and somebody else answers.
    let c4 = hub.credential("C4", &hub.deployment().expect_hub()?)?;
    let connector = Connector::<HubToLfi>::new(hub.trust(), hub.deployment(), c4)?;
    for (what, certificate, rule) in [
        ("another LFI answers in place of this one", "other-lfi/S4", "certificate.host-name"),
        ("the Hub's S1 answers in place of an S4", "hub/retail/S1", "certificate.host-name"),
        ("the LFI's C3 answers in place of its S4", "lfi/C3", "certificate.extended-key-usage"),
    ] {
        let must = Must { what, by: "the Hub's C4", rule };
        let (ours, theirs) = duplex(WIRE);
        let attempt = async {
            let (outcome, _theirs) = tokio::join!(connector.connect(s4, ours), stranger.answer(theirs, certificate));
            Ok::<_, Failure>(outcome?)
        };
        attempts.refused_here(must, attempt).await;
    }
    Ok(())
}

/// Octets that a wire in memory holds.
const WIRE: usize = 64 << 10;
