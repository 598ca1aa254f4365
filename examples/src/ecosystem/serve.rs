//! The listeners stay up: lines for foreign clients to paste, and what the servers refuse while they try.

use std::path::Path;

use hub_roles::HostName;
use tokio::task::spawn_blocking;

use super::failure::Failure;
use super::network::Network;
use super::tpp::WEBHOOK_HOST;
use super::world::{BRANDS, World};

/// Prints where everybody listens and how to call them with the files in `directory`, then what they refuse, until standard input
/// ends.
pub(super) async fn serve(world: &mut World, directory: Option<&Path>) -> Result<(), Failure> {
    let files = match directory {
        Some(directory) => directory.canonicalize()?.display().to_string(),
        None => {
            println!("\n# --export DIR writes the files that these lines name");
            "DIR".to_owned()
        }
    };
    for line in lines(world, &files)? {
        println!("{line}");
    }
    println!("# ready; ends with standard input");

    let mut input = spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    loop {
        tokio::select! {
            ended = &mut input => {
                ended.map_err(|reason| Failure::new("serve", reason.to_string()))??;
                return Ok(());
            }
            Some(incident) = world.incidents.recv() => {
                println!("refused by {}: [{}] {}", incident.at, incident.failure.code(), incident.failure);
            }
        }
    }
}

/// A listener with the path to ask for and the certificate to show, if any.
struct Door {
    name: &'static str,
    host: HostName,
    /// What to add to `curl`'s command line.
    request: String,
    certificate: Option<&'static str>,
    roots: &'static str,
}

fn lines(world: &World, files: &str) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for door in doors(world)? {
        let Door { name, host, request, certificate, roots } = door;
        let address = address(&world.network, &host)?;
        let file = |name: &str| quoted(&format!("{files}/{name}"));
        let ours = |dashes| match certificate {
            Some(own) => {
                format!(" {dashes}cert {} {dashes}key {}", file(&format!("{own}.pem")), file(&format!("{own}.key")),)
            }
            None => String::new(),
        };
        let (for_openssl, for_curl) = (ours("-"), ours("--"));
        let roots = file(roots);
        lines.extend([
            format!("\n# listener {name} {address} {host}"),
            format!("openssl s_client -connect {address} -servername {host} -CAfile {roots}{for_openssl}"),
            format!("curl --connect-to {host}:443:{address} --cacert {roots}{for_curl} {request}"),
        ]);
    }
    Ok(lines)
}

fn doors(world: &World) -> Result<Vec<Door>, Failure> {
    let hub = world.hub.deployment();
    let instance = hub.instance(&BRANDS[0].parse()?)?;
    let provider = instance.provider_id()?;
    let (s1, s3) = (instance.hosts().authorisation()?, instance.hosts().consent_manager()?);
    let s4 = instance.ozone_connect_url()?.host();
    let keys = instance.sig2_jwks_url()?;
    let webhooks: HostName = WEBHOOK_HOST.parse()?;
    let door = |name, host: &HostName, request: String, certificate| Door {
        name,
        host: host.clone(),
        request,
        certificate,
        roots: if certificate.is_some() { "trust.pem" } else { "web-root.pem" },
    };
    Ok(vec![
        door("S1", s1, format!("--data '' https://{s1}/par"), Some("tpp/C1")),
        door("S3", s3, format!("https://{s3}/hello-mtls"), Some("lfi/C3")),
        door("S4", s4, format!("--header 'o3-provider-id: {provider}' https://{s4}/echo-cert"), Some("hub/C4")),
        door("keystore", keys.host(), keys.to_string(), None),
        door("webhooks", &webhooks, format!("--data '' https://{webhooks}/events"), None),
    ])
}

fn address(network: &Network, host: &HostName) -> Result<String, Failure> {
    Ok(network.address(host)?.to_string())
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    if path.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"/._-".contains(&octet)) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}
