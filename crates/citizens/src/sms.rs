//! How a message leaves: through a gateway, into the demo city's file, or not at all.

mod aliyun;
mod demo;

use std::{fmt, path::PathBuf, time::Duration};

pub use aliyun::Gateway;
use kernel::{Cx, Phone};

/// How messages leave this site.
#[derive(Clone, Debug, Default)]
pub enum Sms {
    /// Not at all: signing in by phone is not set up, and the page says so.
    #[default]
    Off,
    /// Into this file, which its owner alone may read. For the demo city.
    Demo(PathBuf),
    /// Through Alibaba Cloud's gateway, or one that speaks its protocol.
    Gateway(Gateway),
}

/// Why a message did not leave for certain. Says neither the number nor the code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsent {
    /// The gateway was not reached; trying again sends nothing twice.
    #[error("the gateway was not reached: {0}")]
    Unreached(String),
    /// The gateway said no, with this code of its own.
    #[error("the gateway refused: {0}")]
    Refused(String),
    /// The gateway was reached, and what it did nobody knows.
    #[error("the gateway fell silent or answered what is no answer: {0}")]
    Unsure(String),
}

impl Sms {
    /// Sends a code. Blocks its thread for up to the gateway's patience.
    pub(crate) fn send(&self, cx: &Cx, phone: &Phone, code: &str) -> Result<(), Unsent> {
        match self {
            Self::Off => Err(Unsent::Refused("no gateway is set".into())),
            Self::Demo(file) => demo::write(file, cx, phone, code)
                .map_err(|why| Unsent::Refused(format!("the demo's file: {why}"))),
            Self::Gateway(gateway) => gateway.send(cx, phone, code),
        }
    }
}

/// How long a gateway may take for all of one call.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A secret of the gateway's: never written out.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KeySecret(pub String);

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(…)")
    }
}
