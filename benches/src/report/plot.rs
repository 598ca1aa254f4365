//! A plot for the documentation: a line for each contestant, time over size, both axes logarithmic.

use crate::harness::{Measured, Plot};
use crate::report::svg::{MARGIN, TEXT, WIDTH, class, escape};
use crate::report::time;

pub(super) const HEIGHT: usize = 300;

pub(super) fn of(plot: &Plot, top: usize) -> String {
    let title = format!(
        "<text x=\"{MARGIN}\" y=\"{}\" class=\"title\">{}, by {}</text>\n",
        top + TEXT,
        escape(plot.title),
        escape(plot.unit)
    );
    let scales = Scales::of(plot, top);
    title + &scales.grid(plot) + &lines(plot, &scales)
}

fn lines(plot: &Plot, scales: &Scales) -> String {
    let Some((largest, last)) = plot.points.last() else {
        return String::new();
    };
    // The uppermost label first, each below the one before.
    let mut rows: Vec<(usize, &Measured)> = last.rows.iter().enumerate().collect();
    rows.sort_by(|(_, one), (_, other)| other.nanoseconds.median.total_cmp(&one.nanoseconds.median));
    let mut lowest = 0.0;
    let drawn = rows.into_iter().map(|(number, row)| {
        let points = plot.points.iter().filter_map(|(size, table)| {
            let time = table.rows.get(number)?.nanoseconds.median;
            Some(format!("{:.1},{:.1}", scales.x(*size), scales.y(time)))
        });
        let label = f64::max(scales.y(row.nanoseconds.median), lowest);
        lowest = label + TEXT as f64;
        format!(
            "<polyline class=\"{}\" points=\"{}\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            class(number, row),
            points.collect::<Vec<_>>().join(" "),
            scales.x(*largest) + 8.0,
            label + 4.0,
            escape(&row.name),
        )
    });
    drawn.collect()
}

/// Where sizes and times stand.
struct Scales {
    top: f64,
    /// Logarithms to base ten of the smallest and the largest.
    sizes: (f64, f64),
    /// As above, in whole decades.
    times: (f64, f64),
}

impl Scales {
    fn of(plot: &Plot, top: usize) -> Self {
        let sizes = range(plot.points.iter().map(|(size, _)| *size as f64));
        let rows = plot.points.iter().flat_map(|(_, table)| &table.rows);
        let (least, most) = range(rows.map(|row| row.nanoseconds.median));
        Self { top: top as f64, sizes, times: (least.floor(), most.ceil().max(least.floor() + 1.0)) }
    }

    fn x(&self, size: usize) -> f64 {
        let (least, most) = self.sizes;
        let part = if most > least { ((size as f64).log10() - least) / (most - least) } else { 0.0 };
        LEFT + part * (RIGHT - LEFT)
    }

    fn y(&self, nanoseconds: f64) -> f64 {
        let (least, most) = self.times;
        self.top + BOTTOM - (nanoseconds.log10() - least) / (most - least) * (BOTTOM - UPPER)
    }

    /// A line for each decade of time, a mark for each size.
    fn grid(&self, plot: &Plot) -> String {
        let decades = self.times.0 as i32..=self.times.1 as i32;
        let times = decades.map(|decade| {
            let (nanoseconds, y) = (10_f64.powi(decade), self.y(10_f64.powi(decade)));
            format!(
                "<line x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y:.1}\" y2=\"{y:.1}\" class=\"grid\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" class=\"name\">{}</text>\n",
                LEFT - 8.0,
                y + 4.0,
                time(nanoseconds),
            )
        });
        let sizes = plot.points.iter().map(|(size, _)| {
            format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" class=\"tick\">{size}</text>\n",
                self.x(*size),
                self.top + BOTTOM + 18.0
            )
        });
        times.chain(sizes).collect()
    }
}

/// The logarithms of the least and the most.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .map(f64::log10)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
}

const LEFT: f64 = 90.0;
/// The names of the lines stand right of it.
const RIGHT: f64 = WIDTH as f64 - 250.0;
const UPPER: f64 = 34.0;
const BOTTOM: f64 = 250.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::{Spread, Table};

    fn row(name: &str, nanoseconds: f64) -> Measured {
        let spread = Spread { lower: nanoseconds, median: nanoseconds, upper: nanoseconds };
        Measured { name: name.to_owned(), nanoseconds: spread, ratio: spread, allocations: 0, bound: None }
    }

    #[test]
    fn equal_factors_are_equal_distances() {
        let table =
            |floor, ours| Table { title: String::new(), rows: vec![row("floor", floor), row("hub-jwks", ours)] };
        let points = vec![(1, table(10.0, 100.0)), (10, table(100.0, 1000.0)), (100, table(1000.0, 1000.0))];
        let svg = of(&Plot { title: "work", unit: "keys", points }, 0);
        assert!(svg.contains("class=\"floor\" points=\"90.0,250.0 300.0,142.0 510.0,34.0\""), "{svg}");
        assert!(svg.contains("class=\"ours\" points=\"90.0,142.0 300.0,34.0 510.0,34.0\""), "{svg}");
        assert!(svg.contains("y=\"38.0\">floor<") && svg.contains("y=\"52.0\">hub-jwks<"), "names stand apart: {svg}");
    }
}
