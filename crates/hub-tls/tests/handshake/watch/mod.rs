//! Credentials and trust frameworks that follow their files.

mod bad_files;
mod presenters;
mod trust;
mod written;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use hub_roles::{HubToLfi, S4};
use hub_testkit::{Issued, Validity};
use hub_tls::{Acceptor, LoadError, PemFiles, Reload, WatchSettings, Watcher};

use crate::world::*;

/// A folder that is there for one test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("watch").join(test);
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in place, as an editor does.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Certificate and key, one after the other.
    pub(crate) fn write_pair(&self, issued: &Issued) {
        self.write(CHAIN, issued.chain_pem().unwrap());
        self.write(KEY, issued.key_pem().unwrap());
    }

    /// Certificate and key at once, as Kubernetes does with a secret: the files are links into a folder that is itself a link, and
    /// that is replaced.
    pub(crate) fn swap_secret(&self, version: &str, issued: &Issued) {
        let folder = self.path(version);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(CHAIN), issued.chain_pem().unwrap()).unwrap();
        fs::write(folder.join(KEY), issued.key_pem().unwrap()).unwrap();
        symlink(version, self.path("..data_tmp")).unwrap();
        fs::rename(self.path("..data_tmp"), self.path("..data")).unwrap();
        for file in [CHAIN, KEY] {
            if !self.path(file).is_symlink() {
                symlink(Path::new("..data").join(file), self.path(file)).unwrap();
            }
        }
    }

    pub(crate) fn pem_files(&self) -> PemFiles {
        PemFiles::new(self.path(CHAIN), self.path(KEY))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

pub(crate) const CHAIN: &str = "tls.crt";
pub(crate) const KEY: &str = "tls.key";

/// The bank's Ozone Connect, following its files, which hold what it began with.
pub(crate) struct Watched {
    pub(crate) folder: Folder,
    pub(crate) acceptor: Acceptor<HubToLfi>,
    pub(crate) watcher: Watcher,
}

impl Watched {
    pub(crate) async fn new(test: &str) -> Self {
        let (folder, acceptor) = (Folder::new(test), for_hub(ECO.trust()));
        folder.write_pair(issued::<S4>("bank"));
        let watcher = acceptor.rotation().watch(folder.pem_files(), &WatchSettings::new()).await;
        assert_eq!(told(&watcher), Ok(Reload::Unchanged));
        Self { folder, acceptor, watcher }
    }
}

/// The thumbprint that the Hub sees.
pub(crate) async fn seen(acceptor: &Acceptor<HubToLfi>) -> String {
    let connector = of_hub(ECO.trust());
    let (_, connected) = meet(
        async |io| acceptor.accept(io).await.unwrap(),
        async |io| connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap(),
    )
    .await;
    connected.peer().kid().to_string()
}

/// Another S4 of the bank, with a key of its own.
pub(crate) fn another_s4(validity: Option<Validity>) -> Issued {
    let spec = ECO.holding::<S4>("bank").unwrap().spec().clone();
    let spec = spec.with_key(ECO.authority().keys().named("another S4").unwrap());
    ECO.authority().issue(&validity.into_iter().fold(spec, |spec, validity| spec.with_validity(validity))).unwrap()
}

pub(crate) fn replaced(old: &Issued, new: &Issued) -> Reload {
    Reload::Credential { old: old.kid(), new: new.kid() }
}

/// What was told last.
pub(crate) fn told(watcher: &Watcher) -> Result<Reload, &'static str> {
    code(watcher.outcomes().borrow().clone())
}

pub(crate) fn code(outcome: Result<Reload, LoadError>) -> Result<Reload, &'static str> {
    outcome.map_err(|error| error.code())
}
