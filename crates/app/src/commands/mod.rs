//! One file for each command, and the dispatch to them.

mod journal;
mod migrate;
mod print;

use std::process::ExitCode;

use crate::{
    Failure,
    cli::{Cli, Command, JournalCommand},
    log, serve,
};

/// Runs the command that was typed.
///
/// # Errors
/// Why it could not; [`Failure::report`] says it.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let mut config = cli.settle()?;
    if !matches!(cli.command, Command::Serve(_)) && config.log.level == "info" {
        // A command's own words are its answer; the log speaks up only when something is wrong.
        config.log.level = "warn".into();
    }
    log::start(&config.log)?;
    match cli.command {
        Command::Serve(args) => serve::serve(config, args.clock).await?,
        Command::Migrate => migrate::migrate(&config).await?,
        Command::Journal(JournalCommand::Verify) => journal::verify(&config).await?,
        Command::Matrix(_) => print::matrix()?,
        Command::Openapi(_) => print::openapi()?,
    }
    Ok(ExitCode::SUCCESS)
}
