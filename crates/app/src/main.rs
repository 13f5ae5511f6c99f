//! The binary `tongpin`: hands the command line to [`app`].

use std::process::ExitCode;

/// What one thread allocates another often frees here; the system's allocator is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    app::main()
}
