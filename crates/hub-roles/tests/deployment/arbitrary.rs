//! Whatever a file holds, it is read or refused, never more.

use hub_roles::{LfiInstance, S1, S3};
use proptest::prelude::*;
use serde_json::Value;

use crate::{HUB, read, values};

fn any_value() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "[a-z_.]{0,8}",
        prop::sample::select(vec!["organisation", "hosts", "as", "lfi", "alpha", "request", "identity", "registered"])
            .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("0f000000-0000-4000-8000-000000000001")),
        Just(Value::from("https://as1.beta.example")),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every place of a file, as JSON Pointers.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        pointers(member, format!("{at}/{name}"), found);
    }
    found.push(at);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_value_at_any_place_is_read_or_refused_with_a_reason(place in any::<prop::sample::Index>(), value in any_value()) {
        let mut file = values(HUB);
        let mut places = Vec::new();
        pointers(&file, String::new(), &mut places);
        *file.pointer_mut(&places[place.index(places.len())]).unwrap() = value;
        match read(&file) {
            Ok(deployment) => {
                for instance in deployment.instances() {
                    let s1 = deployment.expect::<S1>(instance.id()).ok().map(|s1| s1.hosts().to_vec());
                    let s3 = deployment.expect::<S3>(instance.id()).ok().map(|s3| s3.hosts().to_vec());
                    for host in s1.into_iter().chain(s3).flatten() {
                        prop_assert_eq!(deployment.instance_of_host(&host).map(LfiInstance::id), Some(instance.id()));
                        prop_assert!(deployment.instances_of_ozone_connect(&host).next().is_none());
                    }
                }
            }
            Err(error) => prop_assert!(!error.problems().is_empty()),
        }
    }
}
