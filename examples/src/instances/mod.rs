//! The program `instances`: a Hub of thousands of instances, each of another LFI, and what they cost. `instances alone` leaves out what
//! they cost: it makes every claim about them on all three paths, by real handshakes, and fails with the first that does not hold.
//!
//! Each figure comes from a process of its own, which the program starts: what one measurement frees, the next would use.

mod claims;
mod cost;
mod fleet;
mod guest;
mod handshake;
mod hub_to_lfi;
mod lfi_to_hub;
mod lines;
mod memory;
mod register;
mod tpp_to_hub;

use std::env::current_exe;
use std::error::Error;
use std::process::{Command, ExitCode};

use self::cost::{Cost, ENDS};
use self::fleet::Fleet;

/// Runs the program on its arguments, the program's name left out.
pub async fn main(arguments: impl IntoIterator<Item = String>) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let outcome = match arguments.as_slice() {
        [] => everything().await,
        [alone] if alone == "alone" => claims().await,
        // What it starts itself with.
        [end, instances] => measure(end, instances),
        _ => Err("expected: no argument, or `alone`".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

async fn claims() -> Result<(), Fault> {
    let mut fleet = Fleet::new(MANY, TPPS)?;
    tpp_to_hub::claims(&fleet).await?;
    lfi_to_hub::claims(&mut fleet).await?;
    hub_to_lfi::claims(&mut fleet).await
}

async fn everything() -> Result<(), Fault> {
    claims().await?;
    print!("\n{:<20} {:>9}", "", "instances");
    Cost::HEADINGS.iter().for_each(|heading| print!(" {heading:>12}"));
    println!();
    for end in ENDS {
        for instances in [1, 100, MOST] {
            let status = Command::new(current_exe()?).args([end.name, &instances.to_string()]).status()?;
            if !status.success() {
                return Err(format!("{} with {instances} instances: {status}", end.name).into());
            }
        }
    }
    Ok(())
}

fn measure(end: &str, instances: &str) -> Result<(), Fault> {
    let end = ENDS.into_iter().find(|known| known.name == end).ok_or("no such end")?;
    let instances = instances.parse()?;
    let cost = (end.cost)(&Fleet::new(instances, TPPS)?)?;
    println!("{:<20} {instances:>9} {cost}", end.name);
    Ok(())
}

/// What ends the program.
type Fault = Box<dyn Error + Send + Sync>;

/// How many LFIs and instances there are where each rotates alone.
const MANY: usize = 2000;
/// Where not everyone is tried, one of so many is.
const SAMPLE: usize = 10;
/// How many are measured at most.
const MOST: usize = 5000;
/// How many TPPs are registered at each instance.
const TPPS: usize = 1000;
