//! Envoy's `x-forwarded-client-cert`: elements behind commas, each of pairs behind semicolons.

use rustls_pki_types::CertificateDer;

use super::encoding::escaped_pem;
use super::error::HeaderRule;

/// The certificates of the only element: those of `Chain`, which begins with the client's, or that of `Cert`.
pub(super) fn forwarded_element(value: &str) -> Result<Vec<CertificateDer<'static>>, HeaderRule> {
    let (mut cert, mut chain) = (None, None);
    let mut rest = value;
    loop {
        let (key, found, behind) = pair(rest)?;
        let seen = match key {
            _ if key.eq_ignore_ascii_case("cert") => cert.replace(found),
            _ if key.eq_ignore_ascii_case("chain") => chain.replace(found),
            _ => None,
        };
        if seen.is_some() {
            return Err(HeaderRule::Pairs);
        }
        match behind.strip_prefix(';') {
            Some(next) => rest = next,
            None if behind.is_empty() => break,
            None if behind.starts_with(',') => return Err(HeaderRule::Elements),
            None => return Err(HeaderRule::Pairs),
        }
    }
    let certificates = |pem: Option<&str>| pem.map_or(Ok(Vec::new()), escaped_pem);
    let (cert, chain) = (certificates(cert)?, certificates(chain)?);
    match (cert.as_slice(), chain.as_slice()) {
        ([], _) => Ok(chain),
        ([_], []) => Ok(cert),
        ([cert], [first, ..]) if cert == first => Ok(chain),
        _ => Err(HeaderRule::Contradiction),
    }
}

/// The first key and its value, without quotes, and what stands behind.
fn pair(text: &str) -> Result<(&str, &str, &str), HeaderRule> {
    let (key, behind) = text.split_once('=').ok_or(HeaderRule::Pairs)?;
    if key.is_empty() || !key.bytes().all(|octet| octet.is_ascii_alphanumeric()) {
        return Err(HeaderRule::Pairs);
    }
    let (value, behind) = match behind.strip_prefix('"') {
        Some(quoted) => {
            let end = closing_quote(quoted).ok_or(HeaderRule::Pairs)?;
            let (value, behind) = quoted.split_at(end);
            (value, behind.strip_prefix('"').unwrap_or(behind))
        }
        None => behind.split_at(behind.find([';', ',', '"']).unwrap_or(behind.len())),
    };
    Ok((key, value, behind))
}

/// Where the first quote stands that no backslash is before.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|octet| {
        let closes = octet == b'"' && !escaped;
        escaped = octet == b'\\' && !escaped;
        closes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN%20CERTIFICATE-----%0AAQID%0A-----END%20CERTIFICATE-----%0A";
    const TWO: &str = "-----BEGIN%20CERTIFICATE-----%0AAQIE%0A-----END%20CERTIFICATE-----%0A";

    #[test]
    fn the_chain_is_read_or_else_the_certificate() {
        let (one, two) = (CertificateDer::from(vec![1, 2, 3]), CertificateDer::from(vec![1, 2, 4]));
        for (value, expected) in [
            (format!("Cert=\"{ONE}\""), vec![one.clone()]),
            (format!("cert={ONE}"), vec![one.clone()]),
            (format!("Chain=\"{ONE}{TWO}\""), vec![one.clone(), two.clone()]),
            (format!("By=spiffe://a;Hash=00;Cert=\"{ONE}\";Chain=\"{ONE}{TWO}\""), vec![one.clone(), two]),
            (format!("Subject=\"CN=a\\\",Cert=;\\\\\";DNS=a;DNS=b;URI=;Cert=\"{ONE}\""), vec![one]),
            ("By=spiffe://a;Hash=00".to_owned(), vec![]),
        ] {
            assert_eq!(forwarded_element(&value), Ok(expected), "{value}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for (value, rule) in [
            (format!("Cert=\"{ONE}\",Cert=\"{ONE}\""), HeaderRule::Elements),
            (format!("By=a,Cert=\"{ONE}\""), HeaderRule::Elements),
            (format!("Cert=\"{ONE}\";Cert=\"{ONE}\""), HeaderRule::Pairs),
            (format!("Chain=\"{ONE}\";chain=\"{ONE}\""), HeaderRule::Pairs),
            (format!("Cert=\"{ONE}"), HeaderRule::Pairs),
            (format!("Cert=\"{ONE}\\\""), HeaderRule::Pairs),
            (format!("Cert={ONE}\""), HeaderRule::Pairs),
            (format!("Cert=\"{ONE}\"x"), HeaderRule::Pairs),
            (format!("Cert=\"{ONE}\";"), HeaderRule::Pairs),
            (format!("Cert=\"{ONE}\"; By=a"), HeaderRule::Pairs),
            (format!("=\"{ONE}\""), HeaderRule::Pairs),
            (ONE.to_owned(), HeaderRule::Pairs),
            (format!("Cert=\"{TWO}\";Chain=\"{ONE}\""), HeaderRule::Contradiction),
            (format!("Cert=\"{ONE}{TWO}\";Chain=\"{ONE}{TWO}\""), HeaderRule::Contradiction),
            (format!("Cert=\"{ONE}{TWO}\""), HeaderRule::Contradiction),
            (format!("Cert=\"\\{ONE}\""), HeaderRule::PercentEncoding),
        ] {
            assert_eq!(forwarded_element(&value), Err(rule), "{value}");
        }
    }
}
