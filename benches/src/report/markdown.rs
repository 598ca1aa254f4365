//! The table for the documentation.

use crate::harness::Table;
use crate::report::Cells;

pub(super) fn of(tables: &[&Table]) -> String {
    let head = "| work | by | time | ratio | quartiles | allocations | at most |\n|---|---|---|---|---|---|---|\n";
    let rows = tables.iter().flat_map(|table| {
        table.rows.iter().enumerate().map(|(number, row)| {
            let title = if number == 0 { &*table.title } else { "" };
            let Cells { time, ratio, quartiles, allocations, bound } = Cells::of(row);
            format!("| {title} | {} | {time} | {ratio} | {quartiles} | {allocations} | {bound} |\n", row.name)
        })
    });
    head.to_owned() + &rows.collect::<String>()
}
