//! The program `connect`: one connection, to see what a server shows, in which role that passes, and why it does not.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use hub_roles::{C1, C3, C4, Credential, HostName, HubToLfi, LfiToHub, Path, Role, RoleId, TppToHub};
use hub_tls::{Connector, HandshakeError, Peer};
use rustls_pki_types::UnixTime;
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::calls::get;
use super::failure::Failure;
use super::http::send;
use super::material::{Material, Party};
use super::network::{Network, TIME_LIMIT};

/// Runs the program on its arguments, the program's name left out.
pub async fn main(arguments: impl IntoIterator<Item = String>) -> ExitCode {
    let target = match parse(arguments) {
        Ok(Some(target)) => target,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(reason) => {
            eprintln!("{reason}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match timeout(TIME_LIMIT, target.call()).await.unwrap_or_else(|late| Err(late.into())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}: {failure}", failure.code());
            ExitCode::FAILURE
        }
    }
}

/// Whom to call, and as whom.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    own: RoleId,
    material: PathBuf,
    host: HostName,
    address: Option<SocketAddr>,
}

impl Target {
    async fn call(&self) -> Result<(), Failure> {
        let material = Material::read(&self.material)?;
        match self.own {
            C1::ID => self.call_on::<TppToHub>(&material.party("tpp")?).await,
            C4::ID => self.call_on::<HubToLfi>(&material.party("hub")?).await,
            C3::ID => self.call_on::<LfiToHub>(&material.party("lfi")?).await,
            other => Err(Failure::new("role", format!("{other} opens no connections: C1, C3 and C4 do"))),
        }
    }

    async fn call_on<P: Path>(&self, party: &Party<'_>) -> Result<(), Failure> {
        let connector = Connector::<P>::new(party.trust(), party.deployment(), own::<P>(party)?)?;
        let mut network = Network::default();
        network.add(&self.host, self.address().await?);
        let tcp = network.connect(&self.host).await?;
        let connection = connector.connect(&self.host, tcp).await.map_err(with_kid)?;
        show::<P>(connection.peer());
        // A server of TLS 1.3 says with its first answer whether it takes our certificate.
        let (_server, stream) = connection.into_parts();
        let response = send(stream, get(&self.host, "/hello-mtls")?).await?;
        println!("answer        {}", response.status());
        Ok(())
    }

    async fn address(&self) -> Result<SocketAddr, Failure> {
        let unknown = || Failure::new("network.unknown-host", format!("no address of {} is known", self.host));
        match self.address {
            Some(address) => Ok(address),
            None => lookup_host((self.host.as_str(), HTTPS)).await?.next().ok_or_else(unknown),
        }
    }
}

/// `None` if only the options are to be explained.
///
/// # Errors
/// A sentence for the user, if an argument means nothing, lacks its value, or is missing.
fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Option<Target>, String> {
    let (mut own, mut material, mut host, mut address) = (None, None, None, None);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if ["--help", "-h"].contains(&argument.as_str()) {
            return Ok(None);
        }
        let value = arguments.next().ok_or_else(|| format!("{argument} needs a value"))?;
        let wrong = |reason: &dyn std::fmt::Display| format!("{argument} {value:?}: {reason}");
        match argument.as_str() {
            "--as" => own = Some(value.parse().map_err(|reason| wrong(&reason))?),
            "--material" => material = Some(value.into()),
            "--host" => host = Some(value.parse().map_err(|reason| wrong(&reason))?),
            "--address" => address = Some(value.parse().map_err(|reason| wrong(&reason))?),
            _ => return Err(format!("no such option: {argument:?}")),
        }
    }
    let missing = |option: &str| format!("{option} is missing");
    Ok(Some(Target {
        own: own.ok_or_else(|| missing("--as"))?,
        material: material.ok_or_else(|| missing("--material"))?,
        host: host.ok_or_else(|| missing("--host"))?,
        address,
    }))
}

/// Our credential on path `P`, for whichever instance it is registered at.
fn own<P: Path>(party: &Party<'_>) -> Result<Credential<P::Client>, Failure> {
    let mut outcome = Err(Failure::new("config.no-instance", "the deployment has no API Hub instance"));
    for instance in party.deployment().instances() {
        outcome = party.credential(P::Client::ID.name(), &party.deployment().expect(instance.id())?);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn show<P: Path>(peer: &Peer<P::Server>) {
    let certificate = peer.certificate();
    let left = certificate.path_validity().certificates().time_left(UnixTime::now()).unwrap_or_default();
    println!("path          {}", P::ID);
    println!("role          {}", P::Server::ID);
    println!("subject       {}", peer.subject());
    println!("issuer        {}", certificate.issuer());
    println!("kid           {}", peer.kid());
    println!("hosts         {}", certificate.dns_names().join(" "));
    println!("days left     {}", left.as_secs() / SECONDS_PER_DAY);
}

/// A refusal with the certificate it is about.
fn with_kid(error: HandshakeError) -> Failure {
    let kid = match &error {
        HandshakeError::Refused(refusal) => refusal.kid().cloned(),
        _ => None,
    };
    let failure = Failure::from(error);
    match kid {
        Some(kid) => failure.context(&format!("the certificate with the kid {kid}")),
        None => failure,
    }
}

const HTTPS: u16 = 443;
const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// The text of `--help`.
const HELP: &str = "\
Opens one connection as C1, C3 or C4, and shows which certificate the server presents, in which role it passes, or by which rule it is
refused; then asks for /hello-mtls, to see whether the server takes ours.

usage: connect --as ROLE --material DIR --host HOST [--address IP:PORT]

  --as ROLE           C1 (a TPP, to the API Hub), C4 (the API Hub, to an LFI) or C3 (an LFI, to the API Hub)
  --material DIR      trust.pem; below tpp/, hub/ or lfi/, whichever has the role: deployment.toml, ROLE.pem and ROLE.key
  --host HOST         a host of the deployment
  --address IP:PORT   where it is, if the DNS does not say or the port is not 443

Exit status: 0 if both sides accept each other, 1 if not (with the code of the rule), 2 if the command line is wrong.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Target>, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_in_any_order() {
        let expected = Target {
            own: C4::ID,
            material: "files".into(),
            host: "bank.example".parse().unwrap(),
            address: Some("127.0.0.1:8443".parse().unwrap()),
        };
        let line = "--address 127.0.0.1:8443 --host bank.example --as C4 --material files";
        assert_eq!(parsed(line), Ok(Some(expected)));
        assert_eq!(parsed("--as C4 --help"), Ok(None));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (line, expected) in [
            ("--as C2 --material files --host bank.example", "--as \"C2\": "),
            ("--as C4 --material files --host bank_.example/", "--host \"bank_.example/\": "),
            ("--as C4 --material files --host bank.example --address bank", "--address \"bank\": "),
            ("--as C4 --material files", "--host is missing"),
            ("--as", "--as needs a value"),
            ("--sa C4", "no such option: \"--sa\""),
        ] {
            let reason = parsed(line).unwrap_err();
            assert!(reason.starts_with(expected), "{line}: {reason}");
        }
    }
}
