//! Reading files whose content may be secret, and knowing them again.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use zeroize::Zeroizing;

use super::error::LoadError;

/// The most octets of a PEM file: ten times what a chain of 4096-bit keys has.
pub(super) const PEM_OCTETS: usize = 256 * 1024;

/// The content of a regular file, wherever links lead to it. It is read into one allocation of the right size, and that is cleared.
pub(super) fn read(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, LoadError> {
    let failed = |error| LoadError::Read { file: path.to_owned(), error: Arc::new(error) };
    // Asked for before it is opened: to open a pipe may take for ever.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
    }
    let mut file = File::open(path).map_err(failed)?;
    let size = usize::try_from(file.metadata().map_err(failed)?.len()).unwrap_or(usize::MAX);
    if size > most {
        return Err(LoadError::TooLarge { file: path.to_owned(), most });
    }
    let mut octets = Zeroizing::new(vec![0; size]);
    match file.read_exact(&mut octets).and_then(|()| file.read(&mut [0])) {
        Ok(0) => Ok(octets),
        // It is being written: shorter or longer than it was a moment ago.
        Ok(_) => Err(LoadError::Changing),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(LoadError::Changing),
        Err(error) => Err(failed(error)),
    }
}

/// What files were seen to hold, without holding it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Sight([u8; 32]);

impl Sight {
    /// Of the contents of files, in their order.
    pub(super) fn of_contents<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut context = Context::new(&SHA256);
        for octets in contents {
            context.update(&octets.len().to_be_bytes());
            context.update(octets);
        }
        Self::finish(context)
    }

    /// Of files that cannot be read.
    pub(super) fn of_failure(error: &LoadError) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(error.to_string().as_bytes());
        Self::finish(context)
    }

    fn finish(context: Context) -> Self {
        let mut sight = [0; 32];
        sight.copy_from_slice(context.finish().as_ref());
        Self(sight)
    }
}
