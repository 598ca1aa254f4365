//! The forms of the header: what is read, and what is not.

use hub_roles::{C4, MAX_CERTIFICATES};
use hub_tls::MAX_HEADER_OCTETS;
use rustls_pki_types::CertificateDer;

use crate::world::*;

fn hub() -> Result<String, &'static str> {
    Ok(issued::<C4>("ozone").kid().to_string())
}

/// The certificate of the Hub alone: the bundle has the CA that issued it.
fn leaf() -> Vec<CertificateDer<'static>> {
    vec![issued::<C4>("ozone").certificate.clone()]
}

#[test]
fn every_form_gives_the_peer_from_a_leaf_alone_or_with_its_authorities_in_any_order() {
    let (root, issuing) = (ECO.authority().root().clone(), ECO.authority().issuing().clone());
    for product in products() {
        for others in
            [vec![], vec![issuing.clone()], vec![issuing.clone(), root.clone()], vec![root.clone(), issuing.clone()]]
        {
            let chain = [leaf(), others].concat();
            let headers = (product.write)(&chain);
            assert_eq!(judged(&product.form, &headers), hub(), "{}, {} certificates", product.name, chain.len());
        }
    }
}

#[test]
fn without_a_header_or_with_an_empty_one_nobody_is_there() {
    for product in products() {
        let headers = (product.write)(&leaf());
        assert_eq!(judged(&product.form, &headers), hub(), "{}", product.name);
        let empty = vec![(headers[0].0, String::new())];
        for nothing in [vec![], empty] {
            assert_eq!(judged(&product.form, &nothing), Err("certificate.not-presented"), "{}", product.name);
        }
    }
    let no_certificate = vec![(XFCC, "By=spiffe://mesh/bank;Hash=00".to_owned())];
    assert_eq!(judged(&product("Envoy, Cert").form, &no_certificate), Err("certificate.not-presented"));
}

#[test]
fn no_other_header_is_read_than_that_of_the_form() {
    let (nginx, envoy) = (product("nginx"), product("Envoy, Cert"));
    for (form, header) in [(&nginx.form, &envoy), (&envoy.form, &nginx)] {
        assert_eq!(judged(form, &(header.write)(&leaf())), Err("certificate.not-presented"), "{}", header.name);
    }
    let both = [(nginx.write)(&leaf()), vec![(XFCC, "anything".to_owned())]].concat();
    assert_eq!(judged(&nginx.form, &both), hub());
}

#[test]
fn a_second_header_is_refused_even_if_it_is_the_same_or_empty() {
    for product in products() {
        let chain = [leaf(), vec![ECO.authority().issuing().clone()]].concat();
        let headers = (product.write)(&chain);
        assert_eq!(judged(&product.form, &headers), hub(), "{}", product.name);
        for second in &headers {
            for value in [second.1.clone(), String::new()] {
                let twice = [headers.clone(), vec![(second.0, value)]].concat();
                assert_eq!(judged(&product.form, &twice), Err("proxy.header-twice"), "{}: {}", product.name, second.0);
            }
        }
    }
}

/// Else a list that the proxy let through from a client would name the client.
#[test]
fn the_other_certificates_alone_name_nobody() {
    for (name, others) in [("RFC 9440", "client-cert-chain"), ("Google Cloud, chain", NAMED_CHAIN)] {
        let product = product(name);
        let mut headers = (product.write)(&[leaf(), leaf()].concat());
        assert_eq!(headers[1].0, others);
        assert_eq!(judged(&product.form, &headers), hub());
        headers.remove(0);
        assert_eq!(judged(&product.form, &headers), Err("certificate.not-presented"), "{name}");
    }
}

#[test]
fn a_header_too_large_is_not_read() {
    for product in products() {
        let chain = [leaf(), vec![ECO.authority().issuing().clone()]].concat();
        let headers = (product.write)(&chain);
        assert_eq!(judged(&product.form, &headers), hub(), "{}", product.name);
        for large in 0..headers.len() {
            let of = |octets| {
                let mut headers = headers.clone();
                headers[large].1 = "A".repeat(octets);
                judged(&product.form, &headers).unwrap_err()
            };
            assert_ne!(of(MAX_HEADER_OCTETS), "proxy.header-too-large", "{}, {large}", product.name);
            assert_eq!(of(MAX_HEADER_OCTETS + 1), "proxy.header-too-large", "{}, {large}", product.name);
        }
    }
}

#[test]
fn a_chain_too_long_is_refused() {
    for product in products().into_iter().filter(|product| product.sends_chain) {
        let of = |certificates: usize| {
            let issuing = vec![ECO.authority().issuing().clone(); certificates - 1];
            judged(&product.form, &(product.write)(&[leaf(), issuing].concat()))
        };
        assert_eq!(of(MAX_CERTIFICATES), hub(), "{}", product.name);
        for more in 1..3 {
            assert_eq!(of(MAX_CERTIFICATES + more), Err("certificate.chain"), "{}", product.name);
        }
    }
}

/// The order is that of TLS: a CA in the first place is taken for the client, and refused.
#[test]
fn the_first_certificate_is_the_clients() {
    for product in products().into_iter().filter(|product| product.sends_chain) {
        let chain = [vec![ECO.authority().issuing().clone()], leaf()].concat();
        let outcome = judged(&product.form, &(product.write)(&chain));
        assert_eq!(outcome, Err("certificate.is-authority"), "{}", product.name);
    }
}

#[test]
fn what_the_product_would_not_write_is_refused() {
    type Change = fn(String) -> String;
    let table: &[(&str, &str, Change)] = &[
        ("nginx", "proxy.header-percent-encoding", |value| value.replace("%0A", "%0")),
        ("nginx", "proxy.header-percent-encoding", |value| value.replace("%0A", "%0G")),
        ("nginx", "proxy.header-percent-encoding", |value| value.replace("%20", " ")),
        ("nginx", "proxy.header-percent-encoding", |value| format!("{value},{value}")),
        ("nginx", "proxy.header-not-ascii", |value| format!("{value}é")),
        ("nginx", "proxy.header-pem", |value| value.replace("%20", "+")),
        ("nginx", "proxy.header-pem", |value| format!("%20{value}")),
        ("nginx", "proxy.header-pem", |value| format!("{value}more")),
        ("nginx", "proxy.header-pem", |value| value.replace("CERTIFICATE", "TRUSTED%20CERTIFICATE")),
        ("nginx", "proxy.header-pem", |_| "(null)".replace(['(', ')'], "")),
        ("nginx", "proxy.header-base64", |value| value.replace("MII", "MI%20I")),
        ("AWS passthrough", "proxy.header-percent-encoding", |value| format!("{value}%")),
        ("AWS passthrough", "proxy.header-pem", |value| value.replace("-----BEGIN", "----BEGIN")),
        ("AWS verify", "proxy.header-base64", |value| value.replacen('M', "-", 1)),
        ("HAProxy", "proxy.header-base64", |value| format!("{value}=")),
        ("Azure App Service", "proxy.header-base64", |value| format!("{value} ")),
        ("Azure App Service", "proxy.header-base64", |value| format!(":{value}:")),
        ("RFC 9440", "proxy.header-byte-sequence", |value| value.replace(':', "")),
        ("RFC 9440", "proxy.header-byte-sequence", |value| value.replace(':', "\"")),
        ("RFC 9440", "proxy.header-byte-sequence", |value| format!("{value};q=1")),
        ("RFC 9440", "proxy.header-base64", |value| format!("{value}, {value}")),
        ("RFC 9440", "proxy.header-base64", |value| value.replacen('M', "_", 1)),
        ("Google Cloud, leaf", "proxy.header-byte-sequence", |value| value[1..].to_owned()),
        ("Envoy, Cert", "proxy.header-elements", |value| format!("By=spiffe://mesh/other,{value}")),
        ("Envoy, Cert", "proxy.header-elements", |value| format!("{value},{value}")),
        ("Envoy, Cert", "proxy.header-pairs", |value| format!("{value};{value}")),
        ("Envoy, Cert", "proxy.header-pairs", |value| value.replace('"', "\\\"")),
        ("Envoy, Cert", "proxy.header-pairs", |value| value.trim_end_matches('"').to_owned()),
        ("Envoy, Cert", "proxy.header-pairs", |value| value.replace("Cert=", "Cert")),
        ("Envoy, Chain", "proxy.header-contradiction", |value| value.replacen("MII", "MIJ", 1)),
    ];
    for (name, code, change) in table {
        let product = product(name);
        let mut headers = (product.write)(&leaf());
        assert_eq!(judged(&product.form, &headers), hub(), "{name}");
        let changed = change(headers[0].1.clone());
        assert_ne!(changed, headers[0].1, "{name}, {code}");
        headers[0].1 = changed;
        assert_eq!(
            judged(&product.form, &headers),
            Err(*code),
            "{name}: {}",
            &headers[0].1[..60.min(headers[0].1.len())]
        );
    }
}
