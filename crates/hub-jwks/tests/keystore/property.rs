//! Whatever happens in whatever order, a keystore has the keys that it must have, and none that it must not.

use core::time::Duration;

use hub_testkit::Ecosystem;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::runtime::Builder;

use crate::model::{OWNERS, PLACES, Step, World};
use crate::process::at;
use crate::sky::Weather;

#[test]
fn every_schedule_keeps_the_rules() {
    let eco = Ecosystem::sandbox(at(0)).unwrap();
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let config = ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() };
    let ran = TestRunner::new(config).run(&vec(steps(), 1..60), |steps| {
        runtime.block_on(async {
            let mut world = World::new(&eco);
            for step in steps.iter().flatten() {
                world.take(step).await;
            }
        });
        Ok(())
    });
    ran.unwrap_or_else(|failure| panic!("{failure}"));
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop_oneof![
        9 => vec(step(), 1),
        1 => (0..OWNERS - 2, 200..300_u64, weather(), weather(), 15..600_u64).prop_map(two_weathers),
    ]
}

/// Somebody's set is to be refreshed in one weather, and not looked up again until some time into another.
fn two_weathers((owner, due, first, then, later): (u64, u64, Weather, Weather, u64)) -> Vec<Step> {
    let ask = Step::Ask { owner, known: true };
    let pass = |seconds| Step::Pass(Duration::from_secs(seconds));
    // The last two owners apart, each has the place of his number.
    let weather = |weather| Step::Weather(owner, weather);
    vec![weather(Weather::Serves(300)), ask.clone(), weather(first), pass(due), weather(then), pass(later), ask]
}

fn step() -> impl Strategy<Value = Step> {
    let seconds = |range| Strategy::prop_map(range, Duration::from_secs);
    prop_oneof![
        8 => (0..OWNERS, prop::bool::weighted(0.8)).prop_map(|(owner, known)| Step::Ask { owner, known }),
        2 => (0..OWNERS).prop_map(Step::Open),
        4 => (0..PLACES, weather()).prop_map(|(place, weather)| Step::Weather(place, weather)),
        2 => (0..PLACES).prop_map(Step::Publish),
        3 => seconds(1..15_u64).prop_map(Step::Pass),
        3 => seconds(15..700_u64).prop_map(Step::Pass),
        1 => Just(Step::Save),
        1 => (seconds(1..300_u64), any::<bool>()).prop_map(|(down, load)| Step::Restart { down, load }),
    ]
}

fn weather() -> impl Strategy<Value = Weather> {
    prop_oneof![
        4 => prop::sample::select(vec![0, 60, 300, 900]).prop_map(Weather::Serves),
        2 => Just(Weather::Out),
        1 => Just(Weather::Hangs),
        1 => prop::sample::select(vec![Weather::Gone, Weather::Empty, Weather::Garbage]),
    ]
}
