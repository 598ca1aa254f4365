//! What a token and a connection cost beside the bare cryptography, and beside other libraries that do the same.
//!
//! `cargo run --release -p hub-benches -- compare` prints one table: per piece of work the floor, ours and each peer, all measured
//! in turns in one run, so that a noisy machine is noisy for each of them. `--help` has the rest.
//!
//! | module | what it holds |
//! |---|---|
//! | `command` | the command line |
//! | `harness` | contestants, and the rounds in which they take turns |
//! | `report` | the table as text, Markdown and SVG |
//! | `tokens` | the work on tokens, one module per kind of it |
//! | `connections` | handshakes, and what they consist of, beside plain rustls and OpenSSL |
//! | `peers` | the same work by other libraries, by hand, and by bare cryptography |

mod command;
mod connections;
mod harness;
mod peers;
mod report;
mod tokens;

use std::error::Error;
use std::process::ExitCode;

use crate::command::Command;
use crate::connections::{building, handshakes, revoking, verifying};
use crate::harness::Group;

/// What can go wrong ends the run: a figure of work that failed would be a figure of something else.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match Command::of(std::env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Outcome<()> {
    match command {
        Command::Help => println!("{}", command::USAGE),
        Command::List => {
            for (name, _) in GROUPS {
                println!("{name}");
            }
        }
        Command::Compare(options) => {
            let mut measured = Vec::new();
            for (name, build) in GROUPS.iter().filter(|(name, _)| options.wants(name)) {
                eprintln!("{name} ..");
                measured.push(build()?.measure(&options.pace())?);
            }
            if measured.is_empty() {
                return Err("no group of that name: `list` shows them".into());
            }
            report::write(&measured, &options)?;
        }
        Command::Repeat { group, contestant, times } => {
            let named = GROUPS.iter().find(|(name, _)| *name == group);
            let (_, build) = named.ok_or("no group of that name: `list` shows them")?;
            build()?.repeat(&contestant, times)?;
        }
    }
    Ok(())
}

/// Sets the contestants of one piece of work up, and makes sure that they agree.
type Build = fn() -> Outcome<Group>;

/// Every piece of work, by the name that `--only` takes.
const GROUPS: &[(&str, Build)] = &[
    ("sign-client-assertion", tokens::signing::client_assertion),
    ("sign-jwt-auth", tokens::signing::jwt_auth),
    ("verify-client-assertion", tokens::verifying::client_assertion),
    ("verify-jwt-auth", tokens::verifying::jwt_auth),
    ("jwe-seal-1k", tokens::encrypting::seal_1_kib),
    ("jwe-seal-64k", tokens::encrypting::seal_64_kib),
    ("jwe-open-1k", tokens::encrypting::open_1_kib),
    ("jwe-open-64k", tokens::encrypting::open_64_kib),
    ("pii-seal", tokens::nesting::seal),
    ("pii-open", tokens::nesting::open),
    ("refuse-1k", tokens::refusing::at_1_kib),
    ("refuse-8k", tokens::refusing::at_8_kib),
    ("refuse-64k", tokens::refusing::at_64_kib),
    ("handshake-full-tpp-to-hub", handshakes::full_tpp_to_hub),
    ("handshake-full-hub-to-lfi", handshakes::full_hub_to_lfi),
    ("handshake-full-lfi-to-hub", handshakes::full_lfi_to_hub),
    ("handshake-full-tls12", handshakes::full_tls12),
    ("handshake-resumed-tpp-to-hub", handshakes::resumed_tpp_to_hub),
    ("handshake-resumed-hub-to-lfi", handshakes::resumed_hub_to_lfi),
    ("handshake-resumed-lfi-to-hub", handshakes::resumed_lfi_to_hub),
    ("handshake-resumed-tls12", handshakes::resumed_tls12),
    ("handshake-revocation-list", revoking::full),
    ("verify-client-chain", verifying::client),
    ("verify-server-chain", verifying::server),
    ("build-acceptor", building::acceptor),
    ("build-connector", building::connector),
];
