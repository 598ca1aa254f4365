//! The Trust Framework's directory: it knows every certificate and publishes its key where the deployments say (FACTS section 3).

use hub_jwks::{KeyLocation, Publication};
use hub_roles::{C4, Enc1, Enc2, Own, Sig1, Sig2, Sig3, Sig4};

use super::failure::Failure;
use super::keystore::Keystore;
use super::material::Material;

/// Publishes what all parties registered.
pub(super) fn publish(material: &Material, keystore: &Keystore) -> Result<(), Failure> {
    for tpp in ["tpp", "other-tpp"] {
        publish_tpp(material, keystore, tpp, Rotation::Before)?;
    }
    for lfi in ["lfi", "other-lfi"] {
        publish_lfi(material, keystore, lfi)?;
    }
    publish_ozone(material, keystore)
}

/// How far a TPP is with the rotation of its Sig1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rotation {
    /// There is one.
    Before,
    /// The next one is published beside it.
    Overlap,
    /// The next one alone is in use.
    Done,
}

/// Publishes a TPP's application: Sig1 and Enc2.
pub(super) fn publish_tpp(
    material: &Material,
    keystore: &Keystore,
    name: &str,
    rotation: Rotation,
) -> Result<(), Failure> {
    let party = material.party(name)?;
    let deployment = party.deployment();
    let Own::Tpp(client) = deployment.own() else {
        return Err(Failure::new("deployment.own", format!("{name}/deployment.toml is not a TPP's")));
    };
    let tpp = deployment.tpp(client)?;
    let location = party.keystore()?.application_keys(&tpp.organisation(), &tpp.software_statement());

    let (mut active, mut inactive) = (set(&location), set(&location));
    let sig1 = party.credential::<Sig1>("Sig1", &deployment.expect_tpp(client)?)?;
    if rotation == Rotation::Done {
        inactive = inactive.certificate(sig1.certificate());
    } else {
        active = active.certificate(sig1.certificate());
    }
    if rotation != Rotation::Before {
        let next = party.credential::<Sig1>("Sig1-next", &deployment.expect_tpp(client)?)?;
        active = active.certificate(next.certificate());
    }
    let enc2 = party.credential::<Enc2>("Enc2", &deployment.expect_tpp(client)?)?;
    active = active.certificate(enc2.certificate());
    keystore.publish(&location.active(), &active);
    keystore.publish(location.inactive().published_at(), &inactive);
    Ok(())
}

/// Publishes an LFI's organisation (Enc1, and the Sig2 of each of its instances) and its C3-hh-cm-client application (Sig4).
fn publish_lfi(material: &Material, keystore: &Keystore, name: &str) -> Result<(), Failure> {
    let (party, hub) = (material.party(name)?, material.party("hub")?);
    for instance in party.deployment().instances() {
        let organisation = party.keystore()?.organisation_keys(&instance.organisation());
        let enc1 = party.credential::<Enc1>("Enc1", &party.deployment().expect(instance.id())?)?;
        let mut keys = set(&organisation).certificate(enc1.certificate());
        for brand in party.deployment().instances() {
            let sig2 =
                hub.credential::<Sig2>(&format!("{}/Sig2", brand.id()), &hub.deployment().expect(brand.id())?)?;
            keys = keys.certificate(sig2.certificate());
        }
        keystore.publish(&organisation.active(), &keys);

        if let Ok(expectation) = party.deployment().expect::<Sig4>(instance.id()) {
            let sig4 = party.credential("Sig4", &expectation)?;
            let application = instance.lfi().c3_application()?;
            let location = party.keystore()?.application_keys(&instance.organisation(), &application);
            keystore.publish(&location.active(), &set(&location).certificate(sig4.certificate()));
        }
    }
    Ok(())
}

/// Publishes Ozone's organisation: Sig3 among its keys, C4 among its transport keys.
fn publish_ozone(material: &Material, keystore: &Keystore) -> Result<(), Failure> {
    let hub = material.party("hub")?;
    let deployment = hub.deployment();
    let organisation = deployment.ozone()?.organisation();

    let c4 = hub.credential::<C4>("C4", &deployment.expect_hub()?)?;
    let transport = hub.keystore()?.transport_keys(&organisation);
    keystore.publish(&transport.active(), &set(&transport).certificate(c4.certificate()));

    let mut instances = deployment.instances();
    if let Some(expectation) = instances.find_map(|instance| deployment.expect::<Sig3>(instance.id()).ok()) {
        let sig3 = hub.credential("Sig3", &expectation)?;
        let location = hub.keystore()?.organisation_keys(&organisation);
        keystore.publish(&location.active(), &set(&location).certificate(sig3.certificate()));
    }
    Ok(())
}

fn set(location: &KeyLocation) -> Publication {
    Publication::new(location.directory().clone())
}
