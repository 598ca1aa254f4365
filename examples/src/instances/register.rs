//! Who is registered with whom: deployment files of a Hub of many LFIs, each with one instance.

use hub_roles::{Deployment, InstanceId, RoleId};
use hub_testkit::SubjectSpec;
use serde_json::{Map, Value, json};

use super::Fault;

/// An LFI and its instance. What others know it by follows from numbers.
#[derive(Clone, Copy)]
pub(super) struct Registration {
    /// Of the instance and its hosts.
    pub(super) number: usize,
    organisation: usize,
    /// C3's.
    application: usize,
}

/// Whose file it is.
#[derive(Clone, Copy)]
pub(super) enum View {
    Hub,
    /// That of the first registration.
    Lfi,
    /// The first.
    Tpp,
}

impl Registration {
    pub(super) fn new(number: usize) -> Self {
        Self { number, organisation: number, application: number }
    }

    /// The same instance with its hosts, in the hands of the LFI so many numbers on.
    pub(super) fn of_another_lfi(self, further: usize) -> Self {
        Self { organisation: self.organisation + further, ..self }
    }

    /// The same with the C3 application so many numbers on.
    pub(super) fn with_another_application(self, further: usize) -> Self {
        Self { application: self.application + further, ..self }
    }

    pub(super) fn instance(self) -> Result<InstanceId, Fault> {
        Ok(self.name().parse()?)
    }

    /// The OU of its certificates.
    pub(super) fn organisation_id(self) -> String {
        identifier(LFI, self.organisation)
    }

    /// What the certificate of a transport role says of its holder.
    pub(super) fn subject(self, role: RoleId) -> SubjectSpec {
        match role {
            RoleId::C1 => SubjectSpec::new("A TPP", identifier(TPP, 0)).with_common_name(identifier(APPLICATION, 0)),
            RoleId::C4 => SubjectSpec::new("Ozone", identifier(OZONE, 0)),
            RoleId::C3 => self.subject(RoleId::S3).with_common_name(identifier(APPLICATION, self.application)),
            _ => SubjectSpec::new("An LFI", self.organisation_id()),
        }
    }

    fn name(self) -> String {
        format!("lfi-{}", self.number)
    }

    fn lfi(&self) -> (String, Value) {
        let application = identifier(APPLICATION, self.application);
        (self.name(), json!({ "organisation": self.organisation_id(), "c3_application": application }))
    }

    fn hub_instance(&self) -> (String, Value) {
        let name = self.name();
        let hosts = [("as", "as1"), ("rs", "rs1"), ("hh", "hh"), ("cm", "cm")]
            .map(|(member, service)| (member.to_owned(), json!(format!("{service}.{name}.apihub.example"))));
        let entry = json!({
            "lfi": name,
            "issuer": format!("https://auth1.{name}.apihub.example"),
            "hosts": Map::from_iter(hosts),
            "ozone_connect": { "url": format!("https://ozone-connect.{name}.example") },
        });
        (name, entry)
    }
}

/// A deployment of these LFIs, and of so many TPPs.
pub(super) fn deployment(view: View, registrations: &[Registration], tpps: usize) -> Result<Deployment, Fault> {
    let own = match view {
        View::Hub => json!({ "party": "ozone" }),
        View::Lfi => json!({ "party": "lfi", "organisation": registrations.first().map(|lfi| lfi.organisation_id()) }),
        View::Tpp => json!({ "party": "tpp", "client_id": client_id(0) }),
    };
    let tpp = |number| {
        let entry = json!({
            "client_id": client_id(number),
            "organisation": identifier(TPP, number),
            "software_statement": identifier(APPLICATION, number),
        });
        (format!("tpp-{number}"), entry)
    };
    let file = json!({
        "environment": "sandbox",
        "own": own,
        "ozone": { "organisation": identifier(OZONE, 0) },
        "lfis": registrations.iter().map(Registration::lfi).collect::<Map<_, _>>(),
        "instances": registrations.iter().map(Registration::hub_instance).collect::<Map<_, _>>(),
        "tpps": { "registered": (0..tpps).map(tpp).collect::<Map<_, _>>() },
    });
    Ok(Deployment::from_json(file.to_string().as_bytes())?)
}

fn client_id(number: usize) -> String {
    format!("client-{number}")
}

/// A UUID of a kind.
fn identifier(kind: u16, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

const OZONE: u16 = 1;
const LFI: u16 = 2;
const TPP: u16 = 3;
const APPLICATION: u16 = 4;
