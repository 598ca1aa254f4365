//! What must be refused: THREATS section 4 as one table.
//!
//! A case differs from its neighbour in the one thing that it is named after. Both take the same way, over real sockets, or over a pipe
//! where a swap happens in the middle: the neighbour is accepted, the case refused by its rule, and the other side hears the alert for
//! it. Each row has cases on both sides of a connection and in both versions of TLS, or the table says why not.

mod certificates;
mod guards;
mod hellos;
mod key_log;
mod lists;
mod midway;
mod off;
mod ours;
mod registrations;
mod sessions;
mod table;

use std::collections::BTreeSet;

use self::table::{Case, EVERYWHERE, Row};

macro_rules! tables {
    ($($table:ident),* $(,)?) => {
        $(
            #[test]
            fn $table() {
                $table::cases().iter().for_each(Case::hold);
            }
        )*

        fn all() -> Vec<Case> {
            [$($table::cases()),*].into_iter().flatten().collect()
        }
    };
}

tables!(certificates, guards, hellos, key_log, lists, midway, off, registrations, sessions);

#[test]
fn every_row_has_cases_where_it_is_due_and_no_case_is_there_twice() {
    let cases = all();
    let mut names = BTreeSet::new();
    for Case { row, place, name, .. } in &cases {
        assert!(names.insert(format!("{row:?}, {place:?}: {name}")), "twice: {row:?}, {place:?}: {name}");
    }
    for row in Row::ALL {
        for place in EVERYWHERE {
            let count = cases.iter().filter(|case| case.row == *row && case.place == place).count();
            match row.not_due(place) {
                None => assert_ne!(count, 0, "{row:?} has no case: {place:?}"),
                Some(because) => assert_eq!(count, 0, "{row:?} has a case though it is not due: {place:?}: {because}"),
            }
            println!("{count:4} {row:?}, {place:?} {}", row.not_due(place).unwrap_or_default());
        }
    }
    println!("{:4} in all", cases.len());
}
