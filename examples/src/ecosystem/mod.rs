//! The main story: the Trust Framework, the API Hub, two TPPs and two LFIs in one process, over real sockets.
//!
//! A TPP gets consent for a payment and makes it, at both brands of one LFI, which share that LFI's certificates, and at another LFI,
//! which uses no JWT Auth. All twelve certificates, the three paths and both payloads take part. Then everything is tried that must
//! not work, and each time the error is shown that a user would see.
//!
//! | module | what it holds |
//! |---|---|
//! | `tpp`, `lfi`, `hub` | the parties: to copy from |
//! | `calls`, `jwt_auth` | what Hub and LFI have in common: calls over mutual TLS, with JWT Auth where it is agreed |
//! | `material`, `generated` | PEM and deployment files, brought or made |
//! | `keystore`, `directory` | the Trust Framework's part: key sets, and who has which keys |
//! | `world`, `network`, `clock`, `web`, `http` | everybody on loopback, and a time that skips what nobody waits for |
//! | `journey`, `refusals`, `story` | what happens, what must not, and how it is told |
//! | `serve` | the listeners for foreign clients |
//! | [`connect`] | another program, on the same files: one connection, for diagnosis |

mod calls;
mod clock;
pub mod connect;
mod directory;
mod failure;
mod generated;
mod http;
mod hub;
mod journey;
mod jwt_auth;
mod keystore;
mod lfi;
mod material;
mod messages;
mod network;
mod options;
mod random;
mod refusals;
mod serve;
mod story;
mod tpp;
mod web;
mod world;

use std::process::ExitCode;

use self::failure::Failure;
use self::material::Material;
use self::options::{HELP, Options};
use self::world::World;

/// Runs the program on its arguments, the program's name left out.
pub async fn main(arguments: impl IntoIterator<Item = String>) -> ExitCode {
    let options = match Options::parse(arguments) {
        Ok(options) => options,
        Err(reason) => {
            eprintln!("{reason}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    if options.help {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run(&options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{}: {failure}", failure.code());
            ExitCode::FAILURE
        }
    }
}

/// Whether everything came out as expected.
async fn run(options: &Options) -> Result<bool, Failure> {
    let material = match &options.material {
        Some(directory) => Material::read(directory)?,
        None => Material::generated()?,
    };
    if let Some(directory) = &options.export {
        material.write(directory)?;
    }
    let mut world = World::open(material).await?;
    let outcome = tell(&mut world).await;
    print!("{}", world.story);
    outcome?;
    if options.serve {
        let files = options.material.as_deref().or(options.export.as_deref());
        serve::serve(&mut world, files).await?;
    }
    Ok(world.story.is_as_expected())
}

/// The journey, and what must not work.
async fn tell(world: &mut World) -> Result<(), Failure> {
    journey::tell(world).await?;
    world.story.close();
    refusals::tell(world).await
}
