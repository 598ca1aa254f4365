//! A tunnel through a forward proxy (RFC 9110 section 9.3.6).

use std::io;

use hub_roles::HttpsUrl;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::error::FetchCause;

/// Asks a proxy for a tunnel to the host of `url`, which the proxy looks up.
pub(super) async fn open(
    mut proxy: TcpStream,
    url: &HttpsUrl,
    credentials: Option<&str>,
) -> Result<TcpStream, FetchCause> {
    proxy.write_all(request(url, credentials).as_bytes()).await.map_err(FetchCause::proxy)?;
    match status(&mut proxy).await.map_err(FetchCause::proxy)? {
        200..=299 => Ok(proxy),
        status => Err(FetchCause::ProxyRefused { status }),
    }
}

/// Written by hand, and in one allocation: an HTTP library would leave copies of the credentials behind, and so would a buffer that
/// grows.
fn request(url: &HttpsUrl, credentials: Option<&str>) -> Zeroizing<String> {
    let (host, port) = (url.host(), url.port());
    let head = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    Zeroizing::new(match credentials {
        Some(credentials) => [&head, "Proxy-Authorization: Basic ", credentials, "\r\n\r\n"].concat(),
        None => head + "\r\n",
    })
}

/// The status of the proxy's answer, behind whose head the tunnel begins. Of the head nothing else is read.
async fn status(proxy: &mut TcpStream) -> io::Result<u16> {
    let mut proxy = proxy.take(MAX_ANSWER_OCTETS);
    let mut answer = Vec::new();
    loop {
        while let Some(end) = end_of_head(&answer) {
            let status = status_of(&answer).ok_or_else(|| malformed("not HTTP"))?;
            match status {
                // An interim answer (RFC 9110 section 15.2): another follows.
                100..=199 => drop(answer.drain(..end)),
                // The keystore does not speak before it is spoken to.
                200..=299 if answer.len() > end => return Err(malformed("octets ahead of the tunnel")),
                _ => return Ok(status),
            }
        }
        if proxy.read_buf(&mut answer).await? == 0 {
            return Err(malformed(if proxy.limit() == 0 { "too long" } else { "not complete" }));
        }
    }
}

fn end_of_head(octets: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    octets.windows(END.len()).position(|window| window == END).map(|start| start + END.len())
}

/// That of a status line (RFC 9112 section 4).
fn status_of(head: &[u8]) -> Option<u16> {
    let [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', digits @ ..] = head else { return None };
    let (digits, rest) = digits.split_at_checked(3)?;
    let is_delimited = rest.starts_with(b" ") || rest.starts_with(b"\r\n");
    // A number with a sign, which parsers take, has two digits and is below.
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|status| is_delimited && *status >= 100)
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("its answer is {what}"))
}

/// The most octets of an answer that are read, interim ones included.
const MAX_ANSWER_OCTETS: u64 = 16 * 1024;
