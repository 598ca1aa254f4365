//! One error for the whole story: a stable code to compare, and the sentence that a user would see.

use std::fmt;

use http::StatusCode;

/// Something was refused, or failed.
///
/// The libraries have one error type per concern; whoever tells a story needs only what they have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    code: String,
    message: String,
    /// How a server answers: status, and the ecosystem's own code.
    answer: Answer,
}

/// What a server tells the other side about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) code: String,
}

impl Failure {
    pub(super) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        let code = code.into();
        let answer = Answer { status: StatusCode::BAD_REQUEST, code: code.clone() };
        Self { code, message: message.into(), answer }
    }

    /// The same with what came before it: the name of a file, what was being done.
    pub(super) fn context(mut self, context: &str) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// The same, answered with this status.
    pub(super) fn status(mut self, status: StatusCode) -> Self {
        self.answer.status = status;
        self
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    pub(super) fn answer(&self) -> &Answer {
        &self.answer
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

macro_rules! from_coded {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error.code(), error.to_string())
            }
        }
    )*};
}

from_coded! {
    hub_roles::ChainError,
    hub_roles::CredentialError,
    hub_roles::DeploymentError,
    hub_roles::KeyError,
    hub_roles::MissingPart,
    hub_roles::Refusal,
    hub_roles::TrustError,
    hub_tls::ConfigError,
    hub_tls::HandshakeError,
    hub_jwks::FetcherError,
    hub_jwks::KeystoreSettingsError,
    hub_jose::ConfirmationError,
    hub_jose::IssueError,
    hub_jose::TokenRule,
}

macro_rules! from_text {
    ($($error:ty: $code:literal),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new($code, error.to_string())
            }
        }
    )*};
}

from_text! {
    hub_roles::HostError: "host",
    hub_roles::IdError: "identifier",
    hub_testkit::Error: "testkit",
    http::Error: "http.message",
    rustls::Error: "tls.configuration",
    rustls_pki_types::pem::Error: "pem",
    tokio::time::error::Elapsed: "time-out",
}

/// What is wrong with a token, or with the `kid` that it names: the other side's fault, or ours.
macro_rules! from_refusal {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                let mut failure = Self::new(error.code(), error.to_string());
                match (error.hub_code(), error.is_retryable()) {
                    (Some(code), _) => failure.answer.code = code.to_owned(),
                    (None, true) => failure.answer.status = StatusCode::SERVICE_UNAVAILABLE,
                    (None, false) => failure.answer.status = StatusCode::INTERNAL_SERVER_ERROR,
                }
                failure
            }
        }
    )*};
}

from_refusal!(hub_jwks::LookupError, hub_jose::TokenError);

/// What a connection failed of is often below the error of the HTTP library.
macro_rules! from_transport {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                match hub_tls::cause(&error) {
                    Some(cause) => Self::new(cause.code(), cause.to_string()),
                    None => Self::new("transport", error.to_string()),
                }
            }
        }
    )*};
}

from_transport!(std::io::Error, hyper::Error);
