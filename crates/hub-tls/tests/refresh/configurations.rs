//! What no refresher starts from.

use std::time::Duration;

use hub_tls::{DistributionPoint, RefreshSettings, Refresher};

use crate::world::*;

#[tokio::test]
async fn what_could_not_be_kept_is_found_at_the_start() {
    let point = |url| DistributionPoint::new(url).unwrap();
    let (http, https) = (point("http://127.0.0.1:9/a"), point("https://127.0.0.1:9/a"));
    let other = point("http://127.0.0.1:9/b");
    type Change = fn(RefreshSettings) -> RefreshSettings;
    let cases: [(Vec<DistributionPoint>, Change, Result<(), &str>); 9] = [
        (vec![http.clone(), other], |settings| settings, Ok(())),
        (vec![], |settings| settings, Err("refresher.no-point")),
        (vec![http.clone(), http.clone()], |settings| settings, Err("refresher.twice")),
        (vec![https], |settings| settings, Err("refresher.no-tls")),
        (vec![http.clone()], |settings| settings.with_interval(Duration::ZERO), Err("refresher.zero")),
        (vec![http.clone()], |settings| settings.with_connect_timeout(Duration::ZERO), Err("refresher.zero")),
        (vec![http.clone()], |settings| settings.with_total_timeout(Duration::ZERO), Err("refresher.zero")),
        (vec![http.clone()], |settings| settings.with_max_octets(0), Err("refresher.zero")),
        (vec![http], |settings| settings.with_max_octets(1), Ok(())),
    ];
    for (points, change, expected) in cases {
        let outcome = Refresher::start(ECO.trust(), points.clone(), &change(settings())).await;
        assert_eq!(outcome.map(drop).map_err(|error| error.code()), expected, "{points:?}");
    }
}
