//! Any values of the headers in which proxies forward certificates, the second behind a line feed, in every product's form and on every
//! path: only `acme`'s own C1, the bank's own C3 and the Hub's own C4 pass for them, and products that write alike are read alike.

#![no_main]

use std::sync::LazyLock;

use http::HeaderValue;
use hub_fuzz::{proxy, seeds};
use hub_roles::KeyId;
use libfuzzer_sys::fuzz_target;

static KIDS: LazyLock<[KeyId; 3]> = LazyLock::new(proxy::kids);

fuzz_target!(init: seeds::check("forwarded", read), |values: &[u8]| {
    read(values);
});

fn read(values: &[u8]) -> Vec<&'static str> {
    let mut values = values.splitn(2, |&octet| octet == b'\n').map(HeaderValue::from_bytes);
    let (Some(Ok(certificate)), chain) = (values.next(), values.next()) else { return Vec::new() };
    let request = proxy::request(&certificate, chain.and_then(Result::ok).as_ref());
    let mut readings = Vec::new();
    for alike in &*proxy::PRODUCTS {
        let mut outcomes = alike.iter().map(|product| product.peers(&request));
        let peers = outcomes.next().unwrap();
        outcomes.for_each(|others| assert_eq!(others, peers));
        for ((role, peer), kid) in ["c1", "c3", "c4"].into_iter().zip(peers).zip(&*KIDS) {
            if let Ok(peer) = peer {
                assert_eq!(&peer, kid);
                readings.push(role);
            }
        }
    }
    readings
}
