//! Structured logs on stderr: plain lines for people, JSON for machines.

use std::panic;

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{
    Failure,
    config::{LogConfig, LogFormat},
};

/// Starts logging for the life of the process. Panics are logged too, once, with their place.
///
/// # Errors
/// [`Failure::WrongInput`] when the level is not one.
pub fn start(config: &LogConfig) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.level).map_err(|_| {
        Failure::wrong(format!(
            "日志级别“{}”不对，请写 error、warn、info、debug、trace 之一",
            config.level
        ))
    })?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    // A second start in one process, as tests do, keeps the first.
    let _ = match config.format {
        LogFormat::Plain => registry.with(lines.with_ansi(false)).try_init(),
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
    };
    panic::set_hook(Box::new(|what| {
        let place = what.location().map(ToString::to_string).unwrap_or_default();
        let why = what.payload_as_str().unwrap_or("a value that is no text");
        tracing::error!(place, why, "panic");
    }));
    Ok(())
}
