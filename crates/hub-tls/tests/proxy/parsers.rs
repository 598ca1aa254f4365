//! No header makes another peer than the one whose certificate was forwarded, and none makes a parser fail.

use hub_roles::C4;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::world::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn anything_in_the_headers_is_nobody(values in prop::collection::vec("[ -~]{0,200}", 1..4)) {
        for product in products() {
            let certificate = issued::<C4>("ozone").certificate.clone();
            let names = (product.write)(&[certificate.clone(), certificate]).into_iter().map(|header| header.0);
            let headers = names.zip(values.iter().cloned()).collect();
            prop_assert!(judged(&product.form, &headers).is_err(), "{}", product.name);
        }
    }

    #[test]
    fn what_looks_like_the_form_is_nobody_either(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "-----BEGIN%20CERTIFICATE-----", "-----END%20CERTIFICATE-----", "%0A", "%0D", "%", "%2", "MIIC", "AQID",
                "A", "=", "==", "+", "/", ":", ",", ", ", ";", "\"", "\\", "\\\"", "Cert=", "Chain=", "Cert=\"", "By=", "é",
            ]),
            0..20,
        ),
    ) {
        for product in products() {
            let certificate = issued::<C4>("ozone").certificate.clone();
            let name = (product.write)(&[certificate])[0].0;
            prop_assert!(judged(&product.form, &vec![(name, pieces.concat())]).is_err(), "{}", product.name);
        }
    }

    #[test]
    fn a_small_change_is_refused_or_changes_nothing(which in any::<Index>(), at in any::<Index>(), other in b' '..=b'~', kind in 0..3) {
        let all = products();
        let product = which.get(&all);
        let hub = issued::<C4>("ozone");
        let mut headers = (product.write)(&hub.chain());
        let mut value = headers[0].1.clone().into_bytes();
        let at = at.index(value.len());
        match kind {
            0 => value[at] = other,
            1 => value.insert(at, other),
            _ => drop(value.remove(at)),
        }
        headers[0].1 = String::from_utf8(value).unwrap();
        if let Ok(kid) = judged(&product.form, &headers) {
            prop_assert_eq!(kid, hub.kid().to_string(), "{}", product.name);
        }
    }
}
