//! From a role and a holder's name to the holding, for all twelve roles.

use hub_roles::{C1, C3, C4, Enc1, Enc2, Role, S1, S3, S4, Sig1, Sig2, Sig3, Sig4};

use super::holding::Holding;
use crate::Ecosystem;

/// A role whose certificates an [`Ecosystem`] holds: all twelve.
///
/// C1, Sig1 and Enc2 are held by TPPs, C3, S4, Sig4 and Enc1 by LFIs, each under its name; S1, S3 and Sig2 by the Hub
/// under the name of an instance; C4 and Sig3 by the Hub under [`Ecosystem::HUB`].
pub trait Held: Role {
    /// The holding of this role under this name.
    fn of<'a>(ecosystem: &'a Ecosystem, holder: &str) -> Option<&'a Holding<Self>>
    where
        Self: Sized;

    /// The same, to be changed.
    fn of_mut<'a>(ecosystem: &'a mut Ecosystem, holder: &str) -> Option<&'a mut Holding<Self>>
    where
        Self: Sized;
}

macro_rules! held {
    ($($role:ident: |$ecosystem:ident, $holder:ident| $shared:expr, $exclusive:expr;)*) => {$(
        impl Held for $role {
            fn of<'a>($ecosystem: &'a Ecosystem, $holder: &str) -> Option<&'a Holding<Self>> {
                $shared
            }

            fn of_mut<'a>($ecosystem: &'a mut Ecosystem, $holder: &str) -> Option<&'a mut Holding<Self>> {
                $exclusive
            }
        }
    )*};
}

held! {
    C1: |eco, name| Some(&eco.tpps.get(name)?.c1), Some(&mut eco.tpps.get_mut(name)?.c1);
    Sig1: |eco, name| Some(&eco.tpps.get(name)?.sig1), Some(&mut eco.tpps.get_mut(name)?.sig1);
    Enc2: |eco, name| Some(&eco.tpps.get(name)?.enc2), Some(&mut eco.tpps.get_mut(name)?.enc2);
    C3: |eco, name| Some(&eco.lfis.get(name)?.c3), Some(&mut eco.lfis.get_mut(name)?.c3);
    S4: |eco, name| Some(&eco.lfis.get(name)?.s4), Some(&mut eco.lfis.get_mut(name)?.s4);
    Sig4: |eco, name| eco.lfis.get(name)?.sig4.as_ref(), eco.lfis.get_mut(name)?.sig4.as_mut();
    Enc1: |eco, name| eco.lfis.get(name)?.enc1.certified(), eco.lfis.get_mut(name)?.enc1.certified_mut();
    S1: |eco, name| Some(&eco.hub.instances.get(name)?.s1), Some(&mut eco.hub.instances.get_mut(name)?.s1);
    S3: |eco, name| Some(&eco.hub.instances.get(name)?.s3), Some(&mut eco.hub.instances.get_mut(name)?.s3);
    Sig2: |eco, name| Some(&eco.hub.instances.get(name)?.sig2), Some(&mut eco.hub.instances.get_mut(name)?.sig2);
    C4: |eco, name| (name == Ecosystem::HUB).then_some(&eco.hub.c4), (name == Ecosystem::HUB).then_some(&mut eco.hub.c4);
    Sig3: |eco, name| eco.hub.sig3.as_ref().filter(|_| name == Ecosystem::HUB),
        eco.hub.sig3.as_mut().filter(|_| name == Ecosystem::HUB);
}
