//! From registrations to expectations: which organisation, application and host each role is pinned to.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::deployment::Deployment;
use crate::deployment::instance::{LfiInstance, ServerNameRule};
use crate::deployment::lfi::RegistrationLevel;
use crate::deployment::own::Own;
use crate::deployment::problem::MissingPart;
use crate::deployment::tpp::TppRegistration;
use crate::expectation::{Expectation, Registered, Registration};
use crate::host::HostName;
use crate::id::{ClientId, InstanceId};
use crate::party::{Ozone, Tpp};
use crate::role::{Role, RoleId};

impl Deployment {
    /// What a certificate must show to hold role `R` at an instance.
    ///
    /// | Role | OU | CN | hosts, all of them |
    /// |---|---|---|---|
    /// | S1 | the LFI's | any | `as` and `rs` |
    /// | S3 | the LFI's | any | `hh` and `cm` |
    /// | S4 | the LFI's | any | that of the Ozone Connect URL; none where `server_name` is `organisation-only` |
    /// | C1 | a TPP's | of the same TPP | |
    /// | C3 | the LFI's | the C3 application | |
    /// | C4, Sig3 | Ozone's | any | |
    /// | Sig1, Enc2 | a TPP's | of the same TPP | |
    /// | Sig2, Enc1 | the LFI's | any | |
    /// | Sig4 | the LFI's | the C3 application; any at organisation level | |
    ///
    /// "A TPP" is the TPP itself in its own view, and any registered one in the others. Only C1 is wider where `tpps.open` is set: then
    /// any application of the environment counts as a TPP's, but for those in Ozone's organisation and the C3 applications in the file.
    /// Open mode has a limit that no check can lift: the C3 of an LFI *that the file does not have* is indistinguishable from a C1,
    /// since both are client transport certificates of some application. List every LFI of the ecosystem, or register the TPPs.
    ///
    /// # Errors
    /// [`MissingPart`] if this view lacks the instance or what proves the role.
    pub fn expect<R: Role>(&self, instance: &InstanceId) -> Result<Expectation<R>, MissingPart> {
        self.instance(instance)
            .and_then(|instance| {
                let hosts = expected_hosts(R::ID, instance)?;
                Ok(self.expectation(self.registration(R::ID, instance)?, hosts))
            })
            .map_err(|missing| missing.for_role(R::ID))
    }

    /// What a certificate must show to hold role `R` of the API Hub, C4 or Sig3, at whichever instance: Ozone's organisation.
    ///
    /// # Errors
    /// [`MissingPart`] if this view does not have Ozone's registration.
    pub fn expect_hub<R: Role<Registrant = Ozone>>(&self) -> Result<Expectation<R>, MissingPart> {
        let ozone = self.0.ozone.get().map_err(|missing| missing.for_role(R::ID))?;
        Ok(self.expectation(only(Registered::organisation(ozone.organisation())), Vec::new()))
    }

    /// What a certificate must show to hold role `R` of one TPP: its organisation and its application.
    ///
    /// # Errors
    /// [`MissingPart`] if the TPP is not registered here.
    pub fn expect_tpp<R: Role<Registrant = Tpp>>(&self, client_id: &ClientId) -> Result<Expectation<R>, MissingPart> {
        let tpp = self.tpp(client_id).map_err(|missing| missing.for_role(R::ID))?;
        Ok(self.expectation(only(tpp.into()), Vec::new()))
    }

    fn expectation<R: Role>(&self, registration: Arc<Registration>, hosts: Vec<HostName>) -> Expectation<R> {
        Expectation {
            environment: self.0.environment.clone(),
            registration,
            hosts,
            extended_key_usage: self.0.extended_key_usage,
            role: PhantomData,
        }
    }

    /// Who may hold `role` at an instance.
    fn registration(&self, role: RoleId, instance: &LfiInstance) -> Result<Arc<Registration>, MissingPart> {
        let lfi = instance.lfi();
        let in_organisation = Registered::organisation(lfi.organisation());
        let in_application = || Ok(Registered { application: Some(lfi.c3_application()?), ..in_organisation });
        Ok(match role {
            RoleId::C1 if self.0.tpps.open && !matches!(self.0.own, Own::Tpp(_)) => {
                self.0.tpp_roles.any.get_or_init(|| self.any_tpp().map(Arc::new)).clone()?
            }
            RoleId::C1 | RoleId::Sig1 | RoleId::Enc2 => {
                self.0.tpp_roles.registered.get_or_init(|| self.registered_tpps().map(Arc::new)).clone()?
            }
            RoleId::C4 | RoleId::Sig3 => only(Registered::organisation(self.ozone()?.organisation())),
            RoleId::S1 | RoleId::S3 | RoleId::S4 | RoleId::Sig2 | RoleId::Enc1 => only(in_organisation),
            RoleId::C3 => only(in_application()?),
            RoleId::Sig4 => match lfi.sig4()?.level() {
                RegistrationLevel::Application => only(in_application()?),
                RegistrationLevel::Organisation => only(in_organisation),
            },
        })
    }

    fn registered_tpps(&self) -> Result<Registration, MissingPart> {
        let registered: BTreeSet<_> = match &self.0.own {
            Own::Tpp(client_id) => [self.tpp(client_id)?.into()].into(),
            Own::Lfi(_) | Own::Ozone => self.tpps().map(Registered::from).collect(),
        };
        if registered.is_empty() {
            return Err(MissingPart::new("tpps.registered", "TPPs"));
        }
        Ok(Registration::Registered(registered))
    }

    fn any_tpp(&self) -> Result<Registration, MissingPart> {
        let c3_applications = self.0.lfis.iter().map(|lfi| Ok((lfi.organisation(), lfi.c3_application()?)));
        Ok(Registration::AnyTpp {
            ozone: self.ozone()?.organisation(),
            c3_applications: c3_applications.collect::<Result<_, _>>()?,
        })
    }
}

impl From<&TppRegistration> for Registered {
    fn from(tpp: &TppRegistration) -> Self {
        Self { organisation: tpp.organisation(), application: Some(tpp.software_statement()) }
    }
}

/// The hosts that a certificate of `role` must cover at an instance.
fn expected_hosts(role: RoleId, instance: &LfiInstance) -> Result<Vec<HostName>, MissingPart> {
    match role {
        RoleId::S1 => instance.hosts().of_s1(),
        RoleId::S3 => instance.hosts().of_s3(),
        RoleId::S4 => match instance.server_name_rule() {
            ServerNameRule::Host => Ok(vec![instance.ozone_connect_url()?.host().clone()]),
            ServerNameRule::OrganisationOnly => Ok(Vec::new()),
        },
        _ => Ok(Vec::new()),
    }
}

fn only(registered: Registered) -> Arc<Registration> {
    Arc::new(Registration::Registered([registered].into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::{C1, C3, C4, Enc1, Enc2, S1, S3, S4, Sig1, Sig2, Sig3, Sig4};

    const EXAMPLE: &str = include_str!("example.toml");
    const OZONE: &str = "0f000000-0000-4000-8000-000000000001";
    const ALPHA: &str = "a1000000-0000-4000-8000-000000000001";
    const ALPHA_C3: &str = "a1000000-0000-4000-8000-0000000000c3";
    const FINTECH: &str = "f1000000-0000-4000-8000-000000000001";
    const FINTECH_C1: &str = "f1000000-0000-4000-8000-0000000000c1";

    /// The example with a second TPP, and each of `changes` made to it.
    fn deployment(changes: &[(&str, &str)]) -> Deployment {
        let lender = "\n[tpps.registered.lender]\nclient_id = \"lender\"\n\
             organisation = \"f2000000-0000-4000-8000-000000000001\"\n\
             software_statement = \"f2000000-0000-4000-8000-0000000000c1\"\n";
        let changed = changes.iter().fold(EXAMPLE.to_owned() + lender, |file, (old, new)| {
            assert!(file.contains(old), "{old}");
            file.replacen(old, new, 1)
        });
        toml::from_str(&changed).unwrap()
    }

    fn registration<R: Role>(deployment: &Deployment) -> Registration {
        let expectation = deployment.expect::<R>(&"retail".parse().unwrap()).unwrap();
        assert_eq!(expectation.environment(), deployment.environment());
        expectation.registration.as_ref().clone()
    }

    fn registered(entries: &[(&str, Option<&str>)]) -> Registration {
        let entries = entries.iter().map(|(organisation, application)| Registered {
            organisation: organisation.parse().unwrap(),
            application: application.map(|application| application.parse().unwrap()),
        });
        Registration::Registered(entries.collect())
    }

    #[test]
    fn every_role_is_pinned_to_its_registrant() {
        let hub = deployment(&[]);
        let in_alpha = registered(&[(ALPHA, None)]);
        let lfi_roles =
            [registration::<S1>, registration::<S3>, registration::<S4>, registration::<Sig2>, registration::<Enc1>];
        for of in lfi_roles {
            assert_eq!(of(&hub), in_alpha);
        }
        let in_application = registered(&[(ALPHA, Some(ALPHA_C3))]);
        assert_eq!([registration::<C3>(&hub), registration::<Sig4>(&hub)], [in_application.clone(), in_application]);
        let in_ozone = registered(&[(OZONE, None)]);
        assert_eq!([registration::<C4>(&hub), registration::<Sig3>(&hub)], [in_ozone.clone(), in_ozone.clone()]);
        assert_eq!(*hub.expect_hub::<C4>().unwrap().registration, in_ozone);
        assert_eq!(*hub.expect_hub::<Sig3>().unwrap().registration, in_ozone);
    }

    #[test]
    fn what_tpps_are_asked_for_is_kept_once_for_all_instances() {
        for open in ["open = false", "open = true"] {
            let hub = deployment(&[("open = false", open)]);
            let [retail, business] =
                ["retail", "business"].map(|id| hub.expect::<C1>(&id.parse().unwrap()).unwrap().registration);
            assert!(Arc::ptr_eq(&retail, &business), "{open}");
        }
    }

    #[test]
    fn sig4_of_an_organisation_has_any_application() {
        let hub = deployment(&[("level = \"application\"", "level = \"organisation\"")]);
        assert_eq!(registration::<Sig4>(&hub), registered(&[(ALPHA, None)]));
        assert_eq!(registration::<C3>(&hub), registered(&[(ALPHA, Some(ALPHA_C3))]));
    }

    #[test]
    fn the_hub_expects_all_tpps_and_a_tpp_only_itself() {
        let hub = deployment(&[]);
        let fintech = (FINTECH, Some(FINTECH_C1));
        let lender = ("f2000000-0000-4000-8000-000000000001", Some("f2000000-0000-4000-8000-0000000000c1"));
        let both = registered(&[fintech, lender]);
        assert_eq!(
            [registration::<C1>(&hub), registration::<Sig1>(&hub), registration::<Enc2>(&hub)],
            [both.clone(), both.clone(), both]
        );
        let client_id = "https://rp.example/fintech";
        let one = hub.expect_tpp::<Sig1>(&client_id.parse().unwrap()).unwrap();
        assert_eq!(*one.registration, registered(&[fintech]));
        assert!(hub.expect_tpp::<Sig1>(&"broker".parse().unwrap()).is_err());

        let own = format!("party = \"tpp\"\nclient_id = {client_id:?}");
        for open in ["open = false", "open = true"] {
            let tpp = deployment(&[("party = \"ozone\"", &own), ("open = false", open)]);
            let itself = registered(&[fintech]);
            assert_eq!(
                [registration::<C1>(&tpp), registration::<Sig1>(&tpp), registration::<Enc2>(&tpp)],
                [itself.clone(), itself.clone(), itself]
            );
        }
    }

    #[test]
    fn an_open_hub_takes_any_application_for_a_c1_but_those_it_knows_for_another_role() {
        let open = deployment(&[("open = false", "open = true")]);
        let c3_applications = [(ALPHA.parse().unwrap(), ALPHA_C3.parse().unwrap())].into();
        let any = Registration::AnyTpp { ozone: OZONE.parse().unwrap(), c3_applications };
        assert_eq!(registration::<C1>(&open), any);
        assert!(matches!(registration::<Sig1>(&open), Registration::Registered(_)));
    }

    #[test]
    fn an_open_hub_must_know_ozone_and_every_c3_application() {
        let incomplete = format!("[lfis.beta]\norganisation = {FINTECH_C1:?}\n\n[instances.retail] ");
        let open = deployment(&[("open = false", "open = true"), ("[instances.retail] ", &incomplete)]);
        let missing = open.expect::<C1>(&"retail".parse().unwrap()).unwrap_err();
        assert_eq!((missing.place(), missing.needed_for()), ("lfis.beta.c3_application", "C1"));
        assert!(open.expect::<C3>(&"retail".parse().unwrap()).is_ok());
    }

    #[test]
    fn the_usage_rule_of_the_file_is_that_of_every_expectation() {
        use crate::expectation::ExtendedKeyUsageRule;
        let rule_of = |deployment: Deployment| deployment.expect_hub::<C4>().unwrap().extended_key_usage;
        assert_eq!(rule_of(deployment(&[])), ExtendedKeyUsageRule::Required);
        let relaxed = deployment(&[("extended_key_usage = \"required\"", "extended_key_usage = \"if-present\"")]);
        assert_eq!(rule_of(relaxed), ExtendedKeyUsageRule::IfPresent);
    }
}
