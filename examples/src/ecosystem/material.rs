//! What the parties bring: PEM and deployment files, in memory, wherever they come from.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use hub_jwks::KeystoreUrl;
use hub_roles::{CertificateChain, Credential, Deployment, Expectation, Role, SoftwareKey, TrustFramework};
use rustls_pki_types::UnixTime;
use zeroize::Zeroizing;

use super::failure::Failure;

/// Files by their path below one directory: `lfi/S4.pem`. Private keys are cleared when it is dropped.
#[derive(Clone, Default)]
pub(super) struct Material(BTreeMap<String, Zeroizing<Vec<u8>>>);

impl Material {
    /// Reads every PEM, key and TOML file below `directory`.
    pub(super) fn read(directory: &Path) -> Result<Self, Failure> {
        let mut material = Self::default();
        material.read_below(directory, "").map_err(|failure| failure.context(&directory.display().to_string()))?;
        Ok(material)
    }

    /// Writes every file below `directory`, readable by nobody else. A file that exists is an error.
    pub(super) fn write(&self, directory: &Path) -> Result<(), Failure> {
        for (path, content) in &self.0 {
            let path = directory.join(path);
            self.write_file(&path, content)
                .map_err(|reason| Failure::from(reason).context(&path.display().to_string()))?;
        }
        Ok(())
    }

    pub(super) fn add(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), Zeroizing::new(content.into()));
    }

    /// One file.
    pub(super) fn file(&self, path: &str) -> Result<&[u8], Failure> {
        let missing = || Failure::new("material.missing", format!("{path} is missing: see --help for the layout"));
        self.0.get(path).map(|content| content.as_slice()).ok_or_else(missing)
    }

    /// What a party sees of it: the trust bundle, and its own directory.
    pub(super) fn party(&self, name: &str) -> Result<Party<'_>, Failure> {
        let file = format!("{name}/deployment.toml");
        let text = str::from_utf8(self.file(&file)?).map_err(|_| Failure::new("material.utf-8", "not UTF-8"));
        let deployment =
            text.and_then(|text| Ok(Deployment::from_toml(text)?)).map_err(|failure| failure.context(&file))?;
        let trust = TrustFramework::from_pem(deployment.environment().clone(), self.file("trust.pem")?)
            .map_err(|reason| Failure::from(reason).context("trust.pem"))?;
        Ok(Party { material: self, name: name.to_owned(), trust, deployment })
    }

    fn read_below(&mut self, directory: &Path, prefix: &str) -> Result<(), Failure> {
        for entry in directory.read_dir()? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{prefix}{name}");
            if entry.file_type()?.is_dir() {
                self.read_below(&entry.path(), &format!("{path}/"))?;
            } else if [".pem", ".key", ".toml"].iter().any(|ending| name.ends_with(ending)) {
                let mut content = Zeroizing::new(Vec::new());
                File::open(entry.path())?.take(MAX_OCTETS).read_to_end(&mut content)?;
                self.0.insert(path, content);
            }
        }
        Ok(())
    }

    fn write_file(&self, path: &Path, content: &[u8]) -> std::io::Result<()> {
        let mut directories = DirBuilder::new();
        let mut file = OpenOptions::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
            directories.mode(0o700);
            file.mode(0o600);
        }
        if let Some(parent) = path.parent() {
            directories.recursive(true).create(parent)?;
        }
        file.write(true).create_new(true).open(path)?.write_all(content)
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// One party's files: what its program would find on its disk.
pub(super) struct Party<'m> {
    material: &'m Material,
    name: String,
    trust: TrustFramework,
    deployment: Deployment,
}

impl Party<'_> {
    pub(super) fn trust(&self) -> &TrustFramework {
        &self.trust
    }

    pub(super) fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// The keystore of the party's environment.
    pub(super) fn keystore(&self) -> Result<KeystoreUrl, Failure> {
        let environment = self.deployment.environment();
        let unknown = || Failure::new("keystore.unknown", format!("environment {environment} has no keystore"));
        KeystoreUrl::of(environment).ok_or_else(unknown)
    }

    /// From PEM files to a credential of role `R`: the whole way, and the only one.
    ///
    /// The certificate is verified as any peer of ours would verify it, so a wrong file shows here and not in production.
    pub(super) fn credential<R: Role>(
        &self,
        file: &str,
        expectation: &Expectation<R>,
    ) -> Result<Credential<R>, Failure> {
        let path = format!("{}/{file}", self.name);
        self.load(&path, expectation).map_err(|failure| failure.context(&path))
    }

    fn load<R: Role>(&self, path: &str, expectation: &Expectation<R>) -> Result<Credential<R>, Failure> {
        let chain = CertificateChain::from_pem(self.material.file(&format!("{path}.pem"))?)?;
        let certificate = self.trust.verify(&chain, expectation, UnixTime::now())?;
        let key = SoftwareKey::from_pem(self.material.file(&format!("{path}.key"))?)?;
        Ok(Credential::new(certificate, key)?)
    }
}

/// No file of a party is longer than this.
const MAX_OCTETS: u64 = 1 << 20;
