//! The same work at several sizes.

use crate::Outcome;
use crate::harness::{Group, Pace, Table};

/// One piece of work, at each of several sizes a group of its own, in which the same contestants do it.
pub(crate) struct Series {
    /// As `--only` takes it.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What the sizes count.
    pub(crate) unit: &'static str,
    pub(crate) sizes: &'static [usize],
    pub(crate) group: fn(usize) -> Outcome<Group>,
}

impl Series {
    /// Measures one size after the other, all within the budget of one group; at each size all take turns.
    pub(crate) fn measure(&self, pace: &Pace) -> Outcome<Plot> {
        let pace = pace.divided_by(self.sizes.len());
        let measured = |&size| Ok((size, (self.group)(size)?.measure(&pace)?));
        let points = self.sizes.iter().map(measured).collect::<Outcome<_>>()?;
        Ok(Plot { title: self.title, unit: self.unit, points })
    }

    /// The group of one size, by the name that [`Self::names`] gives it.
    pub(crate) fn named(&self, name: &str) -> Option<Outcome<Group>> {
        let size = self.sizes.iter().zip(self.names()).find_map(|(size, known)| (known == name).then_some(*size))?;
        Some((self.group)(size))
    }

    /// The names of its groups.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.sizes.iter().map(|size| format!("{}-{size}", self.name))
    }
}

/// What came out, size by size.
pub(crate) struct Plot {
    pub(crate) title: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) points: Vec<(usize, Table)>,
}
