//! A file of lines: replaced all at once, read line by line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;

use super::error::SnapshotError;

/// A file that takes the place of another when it is complete. Dropped before, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Replacement {
    target: PathBuf,
    temporary: PathBuf,
    content: BufWriter<File>,
}

impl Replacement {
    /// Beside `target`, where renaming it is one step, and under a name that nobody can know before.
    pub(super) fn new(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut octets = [0; 8];
        rand::fill(&mut octets).map_err(|_| io::Error::other("no randomness"))?;
        let mut temporary = name.to_owned();
        temporary.push(format!(".{:016x}.tmp", u64::from_ne_bytes(octets)));
        let temporary = target.with_file_name(temporary);
        let content = BufWriter::new(for_own_user().write(true).create_new(true).open(&temporary)?);
        Ok(Self { target: target.to_owned(), temporary, content })
    }

    /// Adds a line, which has no line break.
    pub(super) fn add(&mut self, line: &[u8]) -> io::Result<()> {
        self.content.write_all(line)?;
        self.content.write_all(b"\n")
    }

    /// Puts it in its place, where it is whole even if the machine stops now.
    pub(super) fn commit(mut self) -> io::Result<()> {
        self.content.flush()?;
        self.content.get_ref().sync_all()?;
        fs::rename(&self.temporary, &self.target)?;
        sync_directory_of(&self.target)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // After a commit there is none, and a name of this kind is never used twice.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// The lines of a file, none longer than a limit.
#[derive(Debug)]
pub(super) struct Lines {
    content: BufReader<File>,
    number: usize,
}

impl Lines {
    pub(super) fn of(path: &Path) -> Result<Self, SnapshotError> {
        let file = File::open(path)?;
        if is_exposed(&file)? {
            return Err(SnapshotError::Exposed);
        }
        Ok(Self { content: BufReader::new(file), number: 0 })
    }

    /// The next line's number, from 1, and the line. `None` at the end.
    pub(super) fn next(&mut self, most_octets: usize) -> Result<Option<(usize, Vec<u8>)>, SnapshotError> {
        self.number += 1;
        let mut line = Vec::new();
        let most = u64::try_from(most_octets).unwrap_or(u64::MAX);
        (&mut self.content).take(most.saturating_add(1)).read_until(b'\n', &mut line)?;
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > most_octets {
            return Err(SnapshotError::Line { line: self.number });
        } else if line.is_empty() {
            return Ok(None);
        }
        Ok(Some((self.number, line)))
    }
}

#[cfg(unix)]
fn for_own_user() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;

    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn for_own_user() -> OpenOptions {
    OpenOptions::new()
}

/// Whether every user may write to it. A group may: volumes of containers are made so.
#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;

    Ok(file.metadata()?.permissions().mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// A rename is on the disk once its directory is.
#[cfg(unix)]
fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory_of(_: &Path) -> io::Result<()> {
    Ok(())
}
