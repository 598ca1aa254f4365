//! The table for a terminal.

use crate::harness::Table;
use crate::report::Cells;

pub(super) fn of(tables: &[&Table]) -> String {
    tables.iter().map(|table| lines(table)).collect()
}

fn lines(table: &Table) -> String {
    let head = format!(
        "\n{}\n{:<44}{:>12}{:>9}{:>18}{:>8}  at most\n",
        table.title, "", "time", "ratio", "quartiles", "allocs"
    );
    let rows = table.rows.iter().map(|row| {
        let Cells { time, ratio, quartiles, allocations, bound } = Cells::of(row);
        let line = format!("  {:<42}{time:>12}{ratio:>9}{quartiles:>18}{allocations:>8}  {bound}", row.name);
        format!("{}\n", line.trim_end())
    });
    head + &rows.collect::<String>()
}
