//! What the command line asks for.

use std::path::PathBuf;

/// What to run, and on which material.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Run on the PEM files below this directory instead of generated ones.
    pub(super) material: Option<PathBuf>,
    /// Write the material to this directory.
    pub(super) export: Option<PathBuf>,
    /// Keep the listeners up for foreign clients afterwards.
    pub(super) serve: bool,
    /// Only explain the options.
    pub(super) help: bool,
}

impl Options {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// A sentence for the user, if an argument means nothing or lacks its value.
    pub(super) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut directory = || match arguments.next() {
                Some(directory) if !directory.starts_with('-') => Ok(Some(PathBuf::from(directory))),
                _ => Err(format!("{argument} needs a directory")),
            };
            match argument.as_str() {
                "--material" => options.material = directory()?,
                "--export" => options.export = directory()?,
                "--serve" => options.serve = true,
                "--help" | "-h" => options.help = true,
                _ => return Err(format!("no such option: {argument:?}")),
            }
        }
        Ok(options)
    }
}

/// The text of `--help`.
pub(super) const HELP: &str = "\
The UAE Open Finance API Hub, two TPPs and two LFIs in one process, over real sockets on loopback.

usage: ecosystem [--material DIR] [--export DIR] [--serve]

  --material DIR   run on the PEM files in DIR instead of generated ones
  --export DIR     write the material to DIR in the same layout; files that exist are never overwritten
  --serve          then keep the listeners up, and print lines for `openssl s_client` and `curl`; ends with standard input

Exit status: 0 if every step and every refusal came out as expected, 1 if not, 2 if the command line is wrong.

Layout of DIR (NAME.pem: the certificate and its issuing CA; NAME.key: its private key, PKCS#8 or PKCS#1):

  trust.pem                        issuing CA and root of the environment
  web-root.pem                     root of the public web's certificates, as far as this process needs one
  tpp/        deployment.toml      C1 Sig1 Sig1-next Enc2, and web: the webhook receiver
  other-tpp/  deployment.toml      C1 Sig1 Enc2
  lfi/        deployment.toml      C3 S4 Sig4 Enc1: shared by the instances `retail` and `business`
  other-lfi/  deployment.toml      C3 S4 Enc1: the instance `other`, without JWT Auth
  hub/        deployment.toml      C4 Sig3
  hub/INSTANCE/                    S1 S3 Sig2, for retail, business and other
  other-environment/               C1 of the same TPP, issued in another environment
  keystore/                        web: the keystore's server
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_in_any_order() {
        let expected =
            Options { material: Some("here".into()), export: Some("there".into()), serve: true, help: false };
        assert_eq!(parse("--serve --export there --material here"), Ok(expected));
        assert_eq!(parse(""), Ok(Options::default()));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        assert_eq!(parse("--sevre"), Err("no such option: \"--sevre\"".to_owned()));
        assert_eq!(parse("--material"), Err("--material needs a directory".to_owned()));
        assert_eq!(parse("--material --serve"), Err("--material needs a directory".to_owned()));
    }
}
