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
    let wrong = || {
        Failure::wrong(format!(
            "日志级别“{}”不对，请写 error、warn、info、debug、trace 之一",
            config.level
        ))
    };
    if !config.level.split(',').all(names_a_level) {
        return Err(wrong());
    }
    let filter = EnvFilter::try_new(&config.level).map_err(|_| wrong())?;
    // In detail it would write whole addresses, and one that it calls holds a phone number.
    let filter = filter.add_directive("ureq=warn".parse().map_err(|_| wrong())?);
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

/// `info` or `web=debug`. The filter itself takes any word for the name of a module, and a
/// mistyped level would silence the log.
fn names_a_level(directive: &str) -> bool {
    let level = directive.rsplit('=').next().unwrap_or_default().trim();
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    levels.iter().any(|one| one.eq_ignore_ascii_case(level))
}

#[cfg(test)]
mod tests {
    use super::names_a_level;

    #[test]
    fn a_mistyped_level_is_not_a_module() {
        assert!(["info", "web=debug", "WARN"].iter().all(|one| names_a_level(one)));
        assert!(["loud", "web", "web=", ""].iter().all(|one| !names_a_level(one)));
    }
}
