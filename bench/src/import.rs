//! The import, end to end, beside what Python needs merely to read the same file.

use std::{
    error::Error,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::{
    moment::Watch,
    server::{Program, memory},
};

/// Reads every cell of every row, and does nothing with it.
const READ: &str = "
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1], read_only=True)
cells = 0
for row in book.worksheets[0].iter_rows(values_only=True):
    cells += len(row)
print(cells)
";

/// One run.
pub struct Ran {
    /// From start to end of the process.
    pub seconds: f64,
    /// Its highest resident memory, in MB.
    pub peak: f64,
}

/// Python's reading.
pub fn openpyxl(python: &str, file: &Path) -> Result<Ran, Box<dyn Error>> {
    let mut command = Command::new(python);
    command.args(["-c", READ]).arg(file);
    let (ran, answer) = watched(&mut command)?;
    answer.trim().parse::<u64>()?;
    Ok(ran)
}

/// `tongpin import units FILE --json` into a city that has no units yet.
pub fn tongpin(program: &Program, file: &Path, rows: usize) -> Result<Ran, Box<dyn Error>> {
    let mut command = program.command(&["import", "units", "--json"]);
    command.arg(file);
    let (ran, answer) = watched(&mut command)?;
    let answer: Value = serde_json::from_str(&answer)?;
    if answer["imported"].as_u64() != u64::try_from(rows).ok() {
        return Err(format!("not everything was imported: {answer:.400}").into());
    }
    Ok(ran)
}

/// Runs a command to its end, looking at its memory now and then.
fn watched(command: &mut Command) -> Result<(Ran, String), Box<dyn Error>> {
    let watch = Watch::start();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let id = child.id();
    let waiting = std::thread::spawn(move || child.wait_with_output());
    let mut peak: f64 = 0.0;
    while !waiting.is_finished() {
        peak = peak.max(memory(id, "VmHWM:"));
        std::thread::park_timeout(Duration::from_millis(10));
    }
    let seconds = watch.seconds();
    let answer = waiting.join().map_err(|_| "the waiting thread ended early")??;
    if !answer.status.success() {
        return Err(format!("{command:?} ended with {}", answer.status).into());
    }
    Ok((Ran { seconds, peak }, String::from_utf8(answer.stdout)?))
}

/// The middle of several.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
