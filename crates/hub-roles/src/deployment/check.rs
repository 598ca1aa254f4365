//! Rules that span the parts of a file.

use std::collections::HashMap;

use crate::deployment::instance::LfiInstance;
use crate::deployment::instances::Instances;
use crate::deployment::own::Own;
use crate::deployment::ozone::OzoneRegistration;
use crate::deployment::problem::{DeploymentRule, Part};
use crate::deployment::read::Problems;
use crate::host::HostName;
use crate::role::RoleId;

/// Instances may share an Ozone Connect host: then one S4 answers there, and provider IDs tell the instances apart (FACTS section 1).
pub(super) fn shared_ozone_connect(instances: &Instances, problems: &Problems) {
    let mut first_at: HashMap<&HostName, &LfiInstance> = HashMap::new();
    for instance in instances.iter() {
        let Some(url) = instance.ozone_connect_url.known() else { continue };
        let first = *first_at.entry(url.host()).or_insert(instance);
        if first.id() == instance.id() {
            continue;
        }
        let differing = [
            ("LFI organisation", first.organisation() != instance.organisation()),
            ("`server_name`", first.server_name_rule() != instance.server_name_rule()),
        ];
        for (differing, _) in differing.into_iter().filter(|(_, differs)| *differs) {
            let other = first.ozone_connect_url.place().to_owned();
            problems.add(instance.ozone_connect_url.place(), DeploymentRule::SharedOzoneConnect { other, differing });
        }
        for sharing in [first, instance] {
            problems.demand(&sharing.provider_id, "telling apart instances that share an Ozone Connect host");
        }
    }
}

/// Where JWT Auth is on, its signer is registered, and who verifies knows where the key is published.
pub(super) fn jwt_auth(own: &Own, ozone: &Part<OzoneRegistration>, instances: &Instances, problems: &Problems) {
    for instance in instances.iter() {
        let (signs_sig3, signs_sig4) = match own {
            Own::Tpp(_) => continue,
            Own::Lfi(organisation) if *organisation != instance.organisation() => continue,
            Own::Lfi(_) => (false, true),
            Own::Ozone => (true, false),
        };
        let [sig3, sig4] = [RoleId::Sig3, RoleId::Sig4].map(|role| instance.jwt_auth().is_signed_by(role));
        if sig3 || sig4 {
            problems.demand(&instance.provider_id, JWT_AUTH);
        }
        if sig3 {
            problems.demand(ozone, JWT_AUTH);
            if let Some(ozone) = ozone.known().filter(|_| !signs_sig3) {
                problems.demand(&ozone.sig3_jwks_url, JWT_AUTH);
            }
        }
        if sig4 {
            let sig4 = &instance.lfi().sig4;
            problems.demand(sig4, JWT_AUTH);
            if let Some(sig4) = sig4.known().filter(|_| !signs_sig4) {
                problems.demand(&sig4.jwks_url, JWT_AUTH);
            }
        }
    }
}

const JWT_AUTH: &str = "JWT Auth";
