//! Credentials and trust frameworks that follow their files.

mod check;
mod credential;
mod error;
mod file;
mod presenter;
mod reload;
mod settings;
mod trust;
mod trusting;
mod watcher;

pub use self::credential::PemFiles;
pub use self::error::LoadError;
pub use self::reload::Reload;
pub use self::settings::WatchSettings;
pub use self::trust::TrustFiles;
pub use self::watcher::Watcher;
