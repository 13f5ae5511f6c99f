//! Measures Tongpin from outside, in one run that ends by itself: `make bench`.

mod asks;
mod city;
mod fill;
mod http;
mod import;
mod load;
mod moment;
mod report;
mod run;
mod rush;
mod scan;
mod scenarios;
mod server;
mod sheet;
mod tools;
mod words;

use std::{error::Error, path::PathBuf};

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures Tongpin; `run` does everything")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fill a folder (SQLite) or an address (PostgreSQL) with units and two years of history.
    Fill { place: String, units: usize },
    /// Write an .xlsx of good rows.
    Sheet { rows: usize, out: PathBuf },
    /// Ask a filled folder or address the questions under load, without filling it anew.
    Ask {
        place: String,
        /// Only questions whose name has this in it.
        #[arg(long, default_value = "")]
        only: String,
        /// How many of each.
        #[arg(long, default_value_t = 6_000)]
        requests: usize,
        /// The program that is measured.
        #[arg(long, default_value = "target/release/tongpin")]
        program: PathBuf,
    },
    /// Measure everything but claims.
    Run(Run),
    /// Measure claims of one hot batch, beside what else could have been chosen.
    Rush {
        /// Where and with what.
        #[command(flatten)]
        run: Run,
        /// How many claims at least; from two million on, what one costs as they grow.
        #[arg(long, env = "BENCH_CLAIMS", default_value_t = 0)]
        claims: usize,
    },
}

#[derive(Args)]
struct Run {
    /// The program that is measured.
    #[arg(long, default_value = "target/release/tongpin")]
    program: PathBuf,
    /// A Python that has openpyxl.
    #[arg(long, env = "BENCH_PYTHON")]
    python: Option<String>,
    /// How many units.
    #[arg(long, env = "BENCH_UNITS", default_value_t = 100_000)]
    units: usize,
    /// Sizes of the table of growth.
    #[arg(
        long,
        env = "BENCH_SIZES",
        value_delimiter = ',',
        default_value = "10000,100000,1000000"
    )]
    sizes: Vec<usize>,
    /// Which engines.
    #[arg(long, env = "BENCH_ENGINES", value_delimiter = ',', default_value = "sqlite,postgres")]
    engines: Vec<String>,
    /// Rounds of which the middle one counts.
    #[arg(long, env = "BENCH_ROUNDS", default_value_t = 3)]
    rounds: usize,
    /// A server that may be given databases.
    #[arg(long, env = "TONGPIN_TEST_POSTGRES")]
    postgres: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match Cli::parse().command {
        Command::Fill { place, units } => {
            let db = fill::open(&place).await?;
            let filled = fill::fill(&db, units).await?;
            db.close().await;
            println!("{}", serde_json::to_string(&filled)?);
        }
        Command::Sheet { rows, out } => sheet::write(rows, &out)?,
        Command::Ask { place, only, requests, program } => {
            run::ask(&program, &place, &only, requests).await?;
        }
        Command::Run(run) => run::run(&run.order()).await?,
        Command::Rush { run, claims } if claims < 2_000_000 => {
            rush::curves(&run.order(), claims).await?;
        }
        Command::Rush { run, claims } => rush::millions(&run.order(), claims).await?,
    }
    Ok(())
}

impl Run {
    fn order(self) -> run::Order {
        let Self { program, python, units, sizes, engines, rounds, postgres } = self;
        let folder = run::folder(&program);
        run::Order { program, python, folder, units, sizes, engines, rounds, postgres }
    }
}
