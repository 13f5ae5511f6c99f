//! The binary `tongpin`: hands the command line to [`app`].

use std::process::ExitCode;

fn main() -> ExitCode {
    app::main()
}
