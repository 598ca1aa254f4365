//! The host that a request is for.

use http::uri::Authority;
use http::{Request, Version, header};

/// The authority that a request names, if it names exactly one: a host, and a port if any.
///
/// HTTP/1.1 names it in exactly one `Host`, and an absolute request target repeats it (RFC 9112 sections 3.2 and 3.2.2). HTTP/2 names it
/// in `:authority`, and a `Host` beside it must agree (RFC 9113 section 8.3.1). User information is never part of it.
pub(super) fn authority<B>(request: &Request<B>) -> Option<Authority> {
    let mut fields = request.headers().get_all(header::HOST).iter();
    let field = match fields.next() {
        Some(field) => Some(Authority::try_from(field.as_bytes()).ok()?),
        None if request.version() <= Version::HTTP_11 => return None,
        None => None,
    };
    let named = match (request.uri().authority(), field) {
        (Some(target), Some(field)) if *target != field => return None,
        (Some(target), _) => target.clone(),
        (None, field) => field?,
    };
    (fields.next().is_none() && well_formed(&named)).then_some(named)
}

/// Whether there is a host, and nothing but a port behind it (RFC 3986 section 3.2).
fn well_formed(authority: &Authority) -> bool {
    let host = authority.host();
    let port = match authority.as_str().strip_prefix(host) {
        Some(rest) if !host.is_empty() => rest.strip_prefix(':').or_else(|| rest.is_empty().then_some("")),
        _ => None,
    };
    // A port may be empty, and has no sign.
    port.is_some_and(|port| {
        port.bytes().all(|octet| octet.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(version: Version, target: &str, fields: &[&str]) -> Option<String> {
        let mut request = Request::builder().version(version).uri(target);
        for field in fields {
            request = request.header(header::HOST, *field);
        }
        authority(&request.body(()).unwrap()).map(|authority| authority.to_string())
    }

    #[test]
    fn http_1_names_one_host() {
        for version in [Version::HTTP_10, Version::HTTP_11] {
            let named = |target, fields: &[&str]| named(version, target, fields);
            assert_eq!(named("/", &["as.example:8443"]).as_deref(), Some("as.example:8443"));
            assert_eq!(named("*", &["as.example"]).as_deref(), Some("as.example"));
            assert_eq!(named("/", &[]), None);
            assert_eq!(named("/", &["as.example", "as.example"]), None);
            assert_eq!(named("/", &["as.example", "rs.example"]), None);
            assert_eq!(named("https://as.example/", &["AS.example"]).as_deref(), Some("as.example"));
            assert_eq!(named("https://as.example/", &["rs.example"]), None);
            assert_eq!(named("https://as.example/", &["as.example", "as.example"]), None);
            assert_eq!(named("https://as.example/", &[]), None);
        }
    }

    #[test]
    fn http_2_may_leave_host_out() {
        let named = |target, fields: &[&str]| named(Version::HTTP_2, target, fields);
        assert_eq!(named("https://as.example/", &[]).as_deref(), Some("as.example"));
        assert_eq!(named("https://as.example/", &["as.example"]).as_deref(), Some("as.example"));
        assert_eq!(named("/", &["as.example"]).as_deref(), Some("as.example"));
        assert_eq!(named("https://as.example/", &["rs.example"]), None);
        assert_eq!(named("https://as.example/", &["as.example:443"]), None);
        assert_eq!(named("/", &[]), None);
    }

    #[test]
    fn an_authority_is_a_host_and_a_port() {
        let named = |field| named(Version::HTTP_11, "/", &[field]);
        for sound in ["as.example", "as.example:", "as.example:0", "as.example:65535", "[::1]:443", "127.0.0.1"] {
            assert_eq!(named(sound).as_deref(), Some(sound));
        }
        for broken in [
            "",
            ":443",
            "as.example:65536",
            "as.example:+1",
            "as.example:https",
            "user@as.example",
            "as.example/",
            "a b",
        ] {
            assert_eq!(named(broken), None, "{broken}");
        }
    }
}
