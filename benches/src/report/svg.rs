//! The chart for the documentation: a bar for each row, as long as its multiple of the floor, and below the bars the plots.

use crate::harness::{Measured, Plot, Table};
use crate::report::plot;

pub(super) fn of(tables: &[Table], plots: &[Plot]) -> String {
    let mut y = MARGIN;
    let mut body = String::new();
    for table in tables {
        body += &panel(table, y);
        y += height(table);
    }
    for drawn in plots {
        body += &plot::of(drawn, y);
        y += plot::HEIGHT;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y}\" viewBox=\"0 0 {WIDTH} {y}\" role=\"img\">\n\
         <title>Time, shorter and lower is faster</title>\n{STYLE}\n{body}</svg>\n"
    )
}

fn height(table: &Table) -> usize {
    (table.rows.len() + 1) * LINE + MARGIN
}

/// The bars of one piece of work, on a scale of their own.
fn panel(table: &Table, top: usize) -> String {
    let title = format!("<text x=\"{MARGIN}\" y=\"{}\" class=\"title\">{}</text>\n", top + TEXT, escape(&table.title));
    let longest = table.rows.iter().map(|row| row.ratio.median).fold(1.0, f64::max);
    let bars = table.rows.iter().enumerate().map(|(number, row)| bar(row, number, top + (number + 1) * LINE, longest));
    title + &bars.collect::<String>()
}

fn bar(row: &Measured, number: usize, top: usize, longest: f64) -> String {
    let length = (row.ratio.median / longest * BARS as f64).round().max(1.0) as usize;
    let class = class(number, row);
    format!(
        "<text x=\"{}\" y=\"{}\" class=\"name\">{}</text>\
         <rect x=\"{NAMES}\" y=\"{}\" width=\"{length}\" height=\"{}\" class=\"{class}\"/>\
         <text x=\"{}\" y=\"{}\">{:.3}</text>\n",
        NAMES - GAP,
        top + TEXT,
        escape(&row.name),
        top + 2,
        LINE - 4,
        NAMES + length + GAP,
        top + TEXT,
        row.ratio.median,
    )
}

/// The colour of a row.
pub(super) fn class(number: usize, row: &Measured) -> &'static str {
    match (number, row.name.starts_with(OURS)) {
        (0, _) => "floor",
        (_, true) => "ours",
        (_, false) => "peer",
    }
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What the names of our crates begin with.
const OURS: &str = "hub-";
pub(super) const WIDTH: usize = 760;
const NAMES: usize = 290;
const BARS: usize = 390;
const LINE: usize = 20;
pub(super) const TEXT: usize = 14;
const GAP: usize = 8;
pub(super) const MARGIN: usize = 16;

/// Colours that are told apart on white and on black, with and without colour vision.
const STYLE: &str = "<style>\
text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.name{text-anchor:end}\
.tick{text-anchor:middle}.grid{stroke:#8c959f;stroke-opacity:.3}polyline{stroke-width:2}\
.floor{fill:#8c959f}.ours{fill:#0969da}.peer{fill:#d4a72c}\
polyline.floor{fill:none;stroke:#8c959f}polyline.ours{fill:none;stroke:#0969da}polyline.peer{fill:none;stroke:#d4a72c}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.floor{fill:#6e7681}.ours{fill:#58a6ff}.peer{fill:#bb8009}\
polyline.floor{stroke:#6e7681}polyline.ours{stroke:#58a6ff}polyline.peer{stroke:#bb8009}}\
</style>";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::Spread;

    fn row(name: &str, ratio: f64) -> Measured {
        let spread = Spread { lower: ratio, median: ratio, upper: ratio };
        Measured { name: name.to_owned(), nanoseconds: spread, ratio: spread, allocations: 0, bound: None }
    }

    #[test]
    fn the_slowest_fills_the_width_and_names_are_escaped() {
        let rows = vec![row("the floor", 1.0), row("hub-jose", 1.5), row("a <peer>", 3.0)];
        let svg = of(&[Table { title: "work".to_owned(), rows }], &[]);
        assert!(svg.contains("width=\"130\" height=\"16\" class=\"floor\""), "{svg}");
        assert!(svg.contains("width=\"195\" height=\"16\" class=\"ours\""), "{svg}");
        assert!(svg.contains("width=\"390\" height=\"16\" class=\"peer\""), "{svg}");
        assert!(svg.contains("a &lt;peer&gt;"), "{svg}");
    }
}
