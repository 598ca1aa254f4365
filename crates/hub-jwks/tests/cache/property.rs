//! Whatever happens in whatever order, the cache and the model of the rules agree at every step.

use proptest::prelude::*;

use crate::schedule::{rules, steps};
use crate::world::World;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_schedule_keeps_the_rules(rules in rules(), steps in steps()) {
        let mut world = World::new(rules);
        for step in &steps {
            world.take(step);
        }
        world.close();
    }
}
