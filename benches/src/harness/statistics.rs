//! Medians and quartiles.

/// Where the middle half of what was measured lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// A quarter lies below.
    pub(crate) lower: f64,
    /// Half lies below.
    pub(crate) median: f64,
    /// Three quarters lie below.
    pub(crate) upper: f64,
}

impl Spread {
    /// Of at least one value.
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let [lower, median, upper] = [0.25, 0.5, 0.75].map(|part| quantile(&values, part));
        Self { lower, median, upper }
    }
}

/// Between two values in proportion.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let position = part * sorted.len().saturating_sub(1) as f64;
    let at = |index: f64| sorted.get(index as usize).copied().unwrap_or(f64::NAN);
    let (below, above) = (at(position.floor()), at(position.ceil()));
    below + (above - below) * position.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_values() {
        let spread = Spread::of(vec![5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!(spread, Spread { lower: 2.0, median: 3.0, upper: 4.0 });
        assert_eq!(Spread::of(vec![1.0, 2.0]), Spread { lower: 1.25, median: 1.5, upper: 1.75 });
        assert_eq!(Spread::of(vec![7.0]), Spread { lower: 7.0, median: 7.0, upper: 7.0 });
    }
}
