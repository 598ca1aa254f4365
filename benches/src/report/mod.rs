//! The table of all that was measured.

mod markdown;
mod plot;
mod svg;
mod text;

use std::fs;

use crate::Outcome;
use crate::command::Options;
use crate::harness::{Measured, Plot, Spread, Table};

/// Prints the table, and writes it where `options` asks.
pub(crate) fn write(tables: &[Table], plots: &[Plot], options: &Options) -> Outcome<()> {
    let points = plots.iter().flat_map(|plot| plot.points.iter().map(|(_, table)| table));
    let all: Vec<_> = tables.iter().chain(points).collect();
    print!("{}", text::of(&all));
    if let Some(path) = &options.markdown {
        fs::write(path, markdown::of(&all))?;
    }
    if let Some(path) = &options.svg {
        fs::write(path, svg::of(tables, plots))?;
    }
    Ok(())
}

/// What a row says, however it is drawn.
struct Cells {
    time: String,
    ratio: String,
    quartiles: String,
    allocations: String,
    bound: String,
}

impl Cells {
    fn of(row: &Measured) -> Self {
        Self {
            time: time(row.nanoseconds.median),
            ratio: format!("{:.3}", row.ratio.median),
            quartiles: quartiles(row.ratio),
            allocations: row.allocations.to_string(),
            bound: row.bound.map(|bound| verdict(row, bound)).unwrap_or_default(),
        }
    }
}

fn quartiles(Spread { lower, upper, .. }: Spread) -> String {
    format!("{lower:.3} to {upper:.3}")
}

fn verdict(row: &Measured, bound: f64) -> String {
    let verdict = if row.ratio.median <= bound { "" } else { ", exceeded" };
    format!("{bound:.2}{verdict}")
}

/// Nanoseconds in a unit that suits them.
fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1e3 => format!("{nanoseconds:.0} ns"),
        ..1e6 => format!("{:.2} us", nanoseconds / 1e3),
        _ => format!("{:.3} ms", nanoseconds / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_that_suits_them() {
        assert_eq!([90.4, 17_250.0, 712_345.6, 2_500_000.0].map(time), ["90 ns", "17.25 us", "712.35 us", "2.500 ms"]);
    }
}
