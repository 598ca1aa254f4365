//! What the command line asks for.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;

use http::HeaderName;
use hub_tls::{ForwardedForm, Network};

/// The header that carries the client's certificate, where its name is ours to choose.
const FORWARDED_CERTIFICATE: HeaderName = HeaderName::from_static("forwarded-certificate");
/// The header that carries the shared secret.
pub(super) const PROXY_SECRET: HeaderName = HeaderName::from_static("proxy-secret");

/// Which proxy is in front of us, and whom it may bring.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) trust: PathBuf,
    pub(super) deployment: PathBuf,
    pub(super) form: ForwardedForm,
    pub(super) door: Door,
}

/// Where the proxy comes in, and what proves that it is the proxy.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Door {
    Unix { socket: PathBuf, user: u32 },
    Tcp { listen: SocketAddr, from: Network, secret: PathBuf },
    Tls { listen: SocketAddr, pki: PathBuf },
}

impl Options {
    /// `None` if only the options are to be explained.
    ///
    /// # Errors
    /// A sentence for the user, if an argument means nothing, lacks its value, or is missing.
    pub(super) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut trust, mut deployment, mut form) = (None, None, None);
        let (mut socket, mut user, mut listen, mut from, mut secret, mut pki) = (None, None, None, None, None, None);
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if ["--help", "-h"].contains(&argument.as_str()) {
                return Ok(None);
            }
            let value = arguments.next().ok_or_else(|| format!("{argument} needs a value"))?;
            let wrong = |reason: &dyn Display| format!("{argument} {value:?}: {reason}");
            match argument.as_str() {
                "--trust" => trust = Some(value.into()),
                "--deployment" => deployment = Some(value.into()),
                "--form" => form = Some(form_of(&value).ok_or_else(|| wrong(&"no such form"))?),
                "--unix" => socket = Some(value.into()),
                "--user" => user = Some(value.parse().map_err(|reason| wrong(&reason))?),
                "--listen" => listen = Some(value.parse().map_err(|reason| wrong(&reason))?),
                "--from" => from = Some(value.parse().map_err(|reason| wrong(&reason))?),
                "--secret" => secret = Some(value.into()),
                "--tls" => pki = Some(value.into()),
                _ => return Err(format!("no such option: {argument:?}")),
            }
        }
        let door = match (socket, user, listen, from, secret, pki) {
            (Some(socket), Some(user), None, None, None, None) => Door::Unix { socket, user },
            (None, None, Some(listen), Some(from), Some(secret), None) => Door::Tcp { listen, from, secret },
            (None, None, Some(listen), None, None, Some(pki)) => Door::Tls { listen, pki },
            _ => return Err("the hop is one of: --unix --user, --listen --from --secret, --listen --tls".to_owned()),
        };
        let missing = |option: &str| format!("{option} is missing");
        Ok(Some(Self {
            trust: trust.ok_or_else(|| missing("--trust"))?,
            deployment: deployment.ok_or_else(|| missing("--deployment"))?,
            form: form.ok_or_else(|| missing("--form"))?,
            door,
        }))
    }
}

fn form_of(name: &str) -> Option<ForwardedForm> {
    Some(match name {
        "nginx" => ForwardedForm::nginx(FORWARDED_CERTIFICATE),
        "haproxy" => ForwardedForm::haproxy(FORWARDED_CERTIFICATE),
        "rfc-9440" => ForwardedForm::rfc_9440(),
        _ => return None,
    })
}

/// The text of `--help`.
pub(super) const HELP: &str = "\
Ozone Connect of an LFI, behind a proxy that ends the TLS: answers whomever the proxy brings as the API Hub with C4, and says whom it
refuses, and by which rule.

usage: behind_proxy --trust FILE --deployment FILE --form FORM HOP

  --trust FILE        issuing CA and root of the environment, in PEM
  --deployment FILE   the LFI's deployment.toml
  --form FORM         how the proxy forwards the certificate: nginx or haproxy (in Forwarded-Certificate), or rfc-9440

The hop is one of

  --unix SOCKET --user UID                         the proxy's processes run as this user; SOCKET is made
  --listen IP:PORT --from NETWORK --secret FILE    the proxy is there, and sends the secret in FILE as Proxy-Secret
  --listen IP:PORT --tls DIR                       the proxy has the certificate DIR/proxy.pem of the CA in DIR/ca.pem; ours is
                                                   DIR/server.pem, its key DIR/server.key

Says `# ready` and where it listens, and runs until it is stopped. Exit status: 1 if it cannot start, 2 if the command line is wrong.
";

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &str = "--trust trust.pem --deployment deployment.toml --form nginx";

    fn parsed(line: &str) -> Result<Option<Options>, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn each_hop_has_its_options() {
        let listen = "127.0.0.1:8080".parse().unwrap();
        for (line, door) in [
            ("--unix here --user 33", Door::Unix { socket: "here".into(), user: 33 }),
            (
                "--secret file --from 10.0.7.0/24 --listen 127.0.0.1:8080",
                Door::Tcp { listen, from: "10.0.7.0/24".parse().unwrap(), secret: "file".into() },
            ),
            ("--listen 127.0.0.1:8080 --tls pki", Door::Tls { listen, pki: "pki".into() }),
        ] {
            assert_eq!(parsed(&format!("{line} {FILES}")).unwrap().unwrap().door, door, "{line}");
        }
        assert_eq!(parsed("--form nginx --help"), Ok(None));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (line, expected) in [
            (format!("{FILES} --unix here"), "the hop is one of"),
            (format!("{FILES} --unix here --user 33 --tls pki"), "the hop is one of"),
            (format!("{FILES} --listen 127.0.0.1:8080"), "the hop is one of"),
            ("--form nginx --unix here --user 33".to_owned(), "--trust is missing"),
            ("--form apache".to_owned(), "--form \"apache\": no such form"),
            ("--user www-data".to_owned(), "--user \"www-data\": "),
            ("--from 0.0.0.0/0".to_owned(), "--from \"0.0.0.0/0\": "),
            ("--listen".to_owned(), "--listen needs a value"),
            ("--tcp here".to_owned(), "no such option: \"--tcp\""),
        ] {
            let reason = parsed(&line).unwrap_err();
            assert!(reason.starts_with(expected), "{line}: {reason}");
        }
    }
}
