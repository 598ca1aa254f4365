//! The sets of a keystore on disk: for a process that starts while the sets' servers are out.

mod entry;
mod error;
mod file;

use std::path::Path;

use hub_roles::HttpsUrl;

pub use self::error::{EntryFault, RefusedEntry, SnapshotError};

use self::entry::{Entry, Head, MAX_LINE_OCTETS, Moment};
use self::file::{Lines, Replacement};
use super::Keystore;
use super::shelf::NotBack;
use crate::remote::Record;
use crate::set::AnyOwner;

/// What came of [`Keystore::load`]. Nothing of it keeps a keystore from working: what is missing is fetched.
#[derive(Debug)]
#[must_use = "it says what was not loaded"]
#[non_exhaustive]
pub struct Loaded {
    /// How many sets were brought back.
    pub sets: usize,
    /// The entries that were passed over.
    pub refused: Vec<RefusedEntry>,
    /// Why the file, or the rest of it, was not read.
    pub unread: Option<SnapshotError>,
}

impl Keystore {
    /// Writes all sets that may still be used to the file `path`, and says how many they are.
    ///
    /// Call it from time to time, and before the process ends. The file is replaced all at once by a new one, which on Unix only its owner may
    /// read and write. It blocks while it writes: in an asynchronous program, call it where that may be done
    /// (`spawn_blocking`, for one). Keys that were revoked are in the file if they are in the sets.
    ///
    /// # Errors
    /// [`SnapshotError::Off`] without [`with_snapshots`](super::KeystoreSettings::with_snapshots), [`SnapshotError::Io`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<usize, SnapshotError> {
        let shelf = &self.0.shelf;
        if !shelf.upstream().keeps_documents() {
            return Err(SnapshotError::Off);
        }
        let mut file = Replacement::new(path.as_ref())?;
        let mut sets = 0;
        // In this order: what passes in between makes a set older, never younger. So below, in the other order.
        let now = Moment { wall: shelf.upstream().wall().as_secs(), timeline: shelf.upstream().now() };
        file.add(&line(&Head::new(now.wall))?)?;
        for shelved in shelf.entries() {
            let Some(record) = shelved.set.record() else {
                continue;
            };
            let (url, owner) = (shelved.set.url().clone(), shelved.set.owner());
            if let Some(entry) = Entry::new(url, owner, &record, now) {
                file.add(&line(&entry)?)?;
                sets += 1;
            }
        }
        file.commit()?;
        Ok(sets)
    }

    /// Brings back the sets that [`Self::save`] wrote to the file `path`: to be called at start-up, before anything is looked up.
    ///
    /// - **Every document is checked.** It is read as if it were fetched now, within the same limits. An entry is of use for exactly
    ///   the owner and the URL that it names, and only once the deployment or a [`KeySource`](super::KeySource) leads there. Keys
    ///   named with [`Self::revoke`], before or after, are not handed out.
    /// - **Nothing lives longer.** A set is used for what was left of its lifetime, and of the time beyond it in an outage, less its
    ///   age by the wall clock. What is too old, or from the future, is passed over. A clock that is set back between the two processes,
    ///   by less than lies between them, cannot be noticed: keep clocks in step.
    /// - **It is fetched again**, whole, when it is first looked up, without keeping that lookup waiting. The file has no entity tag by which the server
    ///   could confirm what stands there: a document from a file is replaced, never confirmed.
    /// - **Nothing of it is fatal.** An entry that is damaged is recorded and passed over; so is a file that is not there.
    ///
    /// Whoever can write to the file chooses the keys that are used until the set is fetched: for a moment, or, while its server is out, for at most 1200 s
    /// after the time of fetching that stands in the file. Protect the file like configuration, and judge certificates
    /// ([`KeystoreSettings::with_trust`](super::KeystoreSettings::with_trust)). A file to which any user may write is not read on Unix. It has public keys only, and is no secret.
    ///
    /// It blocks while it reads.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use std::sync::Arc;
    /// use hub_jwks::{Keystore, KeystoreSettings};
    /// use hub_roles::Sig1;
    /// # use hub_testkit::Ecosystem;
    /// # use rustls_pki_types::UnixTime;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let eco = Ecosystem::sandbox(UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000)))?;
    /// # let served = hub_testkit::Keystore::serve(&eco).await?;
    /// # let (transport, acme) = (Arc::new(served.fetcher()?), eco.tpp("acme")?);
    /// # let (deployment, urls) = (eco.hub().deployment(), eco.keystore());
    /// # let file = std::env::temp_dir().join(format!("hub-jwks-example-{}", std::process::id()));
    /// let settings = KeystoreSettings::new().with_snapshots();
    /// let keystore = Keystore::new(deployment, urls.clone(), transport.clone(), &settings)?;
    /// keystore.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await?;
    /// assert_eq!(keystore.save(&file)?, 1);
    ///
    /// // Another process, and nobody serves key sets.
    /// drop(served);
    /// let keystore = Keystore::new(deployment, urls, transport, &settings)?;
    /// let loaded = keystore.load(&file);
    /// assert_eq!((loaded.sets, loaded.refused.len()), (1, 0));
    /// let sig1 = keystore.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await?;
    /// assert_eq!(sig1.owner(), acme.client_id());
    /// # std::fs::remove_file(file)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load(&self, path: impl AsRef<Path>) -> Loaded {
        let mut loaded = Loaded { sets: 0, refused: Vec::new(), unread: None };
        loaded.unread = self.read(path.as_ref(), &mut loaded).err();
        loaded.report();
        loaded
    }

    fn read(&self, path: &Path, loaded: &mut Loaded) -> Result<(), SnapshotError> {
        let mut lines = Lines::of(path)?;
        // After the file was opened, which another process may replace meanwhile; and once, however long reading takes.
        let upstream = self.0.shelf.upstream();
        let now = Moment { timeline: upstream.now(), wall: upstream.wall().as_secs() };
        let head = lines.next(MAX_LINE_OCTETS)?.and_then(|(_, line)| Head::read(&line));
        if head.ok_or(SnapshotError::NotASnapshot)?.saved_at > now.wall {
            return Err(SnapshotError::ClockSetBack);
        }
        let most = self.0.shelf.most();
        while let Some((line, text)) = lines.next(MAX_LINE_OCTETS)? {
            if loaded.sets + loaded.refused.len() >= most {
                return Err(SnapshotError::TooMany { most });
            }
            let mut url = None;
            let read = Entry::read(&text).and_then(|entry| {
                let url = url.insert(entry.url.clone());
                let owner = entry.owner.clone();
                self.bring_back(&owner, url, entry.into_record(now)?).map_err(EntryFault::from)
            });
            match read {
                Ok(()) => loaded.sets += 1,
                Err(fault) => loaded.refused.push(RefusedEntry { line, url, fault }),
            }
        }
        Ok(())
    }

    fn bring_back(&self, owner: &AnyOwner, url: &HttpsUrl, record: Record) -> Result<(), NotBack> {
        match owner {
            AnyOwner::Client(client) => self.0.shelf.restore(client, url, record),
            AnyOwner::Organisation(organisation) => self.0.shelf.restore(organisation, url, record),
        }
    }
}

impl Loaded {
    fn report(&self) {
        let (sets, refused) = (self.sets, self.refused.len());
        tracing::info!(event = "key-set.snapshot-loaded", sets, refused, "snapshot of key sets loaded");
        for entry in &self.refused {
            let url = entry.url.as_ref().map(tracing::field::display);
            let (line, code) = (entry.line, entry.fault.code());
            tracing::warn!(event = "key-set.snapshot-entry-refused", url, line, code, reason = %entry.fault, "key set not loaded");
        }
        if let Some(reason) = &self.unread {
            tracing::warn!(event = "key-set.snapshot-unread", code = reason.code(), %reason, "snapshot not read to its end");
        }
    }
}

fn line(value: &impl serde::Serialize) -> Result<Vec<u8>, SnapshotError> {
    serde_json::to_vec(value).map_err(|error| SnapshotError::Io(error.into()))
}
