//! One file for each command, and the dispatch to them.

mod account;
pub mod bench;
mod campaigns;
mod demo;
pub mod export;
pub mod import;
mod init;
mod journal;
mod migrate;
mod print;
pub mod template;
mod token;

use std::process::ExitCode;

pub use account::parse_role;

use bench::BenchCommand;
use export::ExportCommand;
use import::ImportCommand;
use template::TemplateCommand;

use crate::{
    Failure,
    cli::{AccountCommand, CampaignsCommand, Cli, Command, JournalCommand, TokenCommand},
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
        Command::Demo(args) => demo::demo(config, *args).await?,
        Command::Init(args) => init::init(&config, args).await?,
        Command::Account(AccountCommand::Create(args)) => account::create(&config, args).await?,
        Command::Account(AccountCommand::List) => account::list(&config).await?,
        Command::Account(AccountCommand::ResetPassword(args)) => {
            account::reset_password(&config, args).await?;
        }
        Command::Token(TokenCommand::Create(args)) => token::create(&config, args).await?,
        Command::Import(ImportCommand::Units(args)) => return import::import(&config, args).await,
        Command::Export(ExportCommand::Units(args)) => export::export(&config, args).await?,
        Command::Template(TemplateCommand::Units(args)) => {
            template::template(&config, args).await?;
        }
        Command::Bench(BenchCommand::Kit(args)) => bench::kit(&config, args).await?,
        Command::Migrate => migrate::migrate(&config).await?,
        Command::Journal(JournalCommand::Verify) => journal::verify(&config).await?,
        Command::Campaigns(CampaignsCommand::Audit(args)) => {
            campaigns::audit(&config, args.json).await?;
        }
        Command::Matrix(_) => print::matrix()?,
        Command::Openapi(_) => print::openapi()?,
    }
    Ok(ExitCode::SUCCESS)
}
