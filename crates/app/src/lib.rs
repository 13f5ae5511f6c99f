//! What joins the rooms into one binary: command line, configuration, server, worker, and the
//! table of all routes. A library, so that its tests and the binary link the same statements.

pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod demo;
pub mod directory;
pub mod failure;
pub mod http;
pub mod jobs;
pub mod log;
pub mod matrix;
pub mod real;
pub mod routes;
pub mod secret;
pub mod serve;
pub mod site;
pub mod worker;

use std::process::ExitCode;

pub use failure::Failure;

/// Runs the command line that the process was started with.
pub fn main() -> ExitCode {
    let cli = match cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(refused) => refused.exit(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => return Failure::cannot("系统不让开线程", why).report(),
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}
