//! The search index: for each token of a name or an address, the numbers of the units that have it.
//!
//! Runs of numbers, as both engines store them alike: an import writes each token once or a few
//! times instead of once for every unit that has it (decision 0009). Which numbers belong to which
//! token is worked out here, in memory; the tables only keep it.

use std::collections::HashMap;

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use kernel::Folded;

use crate::unit::Identity;

/// Numbers in a run: one run more is written, and read, for each so many units with a token.
const RUN: u32 = 2_048;

/// Numbers in rising order, each as its distance from the one before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Run {
    first: i64,
    last: i64,
    count: u32,
    steps: Vec<u8>,
}

impl Run {
    fn begin(no: i64) -> Self {
        Self { first: no, last: no, count: 1, steps: Vec::new() }
    }

    /// Adds a number beyond the last. Answers whether it found room.
    fn push(&mut self, no: i64) -> bool {
        if no <= self.last || self.count >= RUN {
            return false;
        }
        let mut step = no.abs_diff(self.last);
        // Seven bits a byte, the low ones first; the high bit says that more follow.
        while step >= 0x80 {
            self.steps.push(step.to_le_bytes()[0] | 0x80);
            step >>= 7;
        }
        self.steps.push(step.to_le_bytes()[0]);
        self.last = no;
        self.count += 1;
        true
    }

    /// Appends the numbers of a stored run.
    fn read(first: i64, steps: &[u8], into: &mut Vec<i64>) {
        into.push(first);
        let (mut no, mut step, mut shift) = (first, 0_i64, 0);
        for byte in steps {
            step |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                no += step;
                into.push(no);
                (step, shift) = (0, 0);
            } else {
                shift = (shift + 7).min(56);
            }
        }
    }

    /// These numbers, which rise, in as few runs as hold them.
    fn of(numbers: &[i64]) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for no in numbers {
            if !runs.last_mut().is_some_and(|run| run.push(*no)) {
                runs.push(Self::begin(*no));
            }
        }
        runs
    }
}

/// A token as a number: its letters and digits read in base 36. No token begins with `0`, so that
/// no two are the same.
fn number_of(token: &str) -> i64 {
    token.bytes().fold(0, |number, byte| {
        let digit = if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'a') + 10 };
        number * 36 + i64::from(digit)
    })
}

fn tokens_of(identity: &Identity, into: &mut Vec<i64>) {
    into.clear();
    let folded = Folded::from_fields([identity.name.as_str(), identity.address.as_str()]);
    folded.for_each_token(|token| into.push(number_of(token)));
}

/// What changes in the index, gathered so that each token is written once.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    open: HashMap<i64, Run>,
    full: Vec<(i64, Run)>,
    gone: HashMap<i64, Vec<i64>>,
    tokens: Vec<i64>,
}

impl Postings {
    /// A unit comes.
    pub fn add(&mut self, no: i64, identity: &Identity) {
        let mut tokens = std::mem::take(&mut self.tokens);
        tokens_of(identity, &mut tokens);
        for token in &tokens {
            self.come(*token, no);
        }
        self.tokens = tokens;
    }

    /// A unit goes.
    pub fn remove(&mut self, no: i64, identity: &Identity) {
        tokens_of(identity, &mut self.tokens);
        for token in &self.tokens {
            self.gone.entry(*token).or_default().push(no);
        }
    }

    /// A unit is called otherwise.
    pub fn rename(&mut self, no: i64, before: &Identity, after: &Identity) {
        let (mut was, mut is) = (Vec::new(), Vec::new());
        tokens_of(before, &mut was);
        tokens_of(after, &mut is);
        was.sort_unstable();
        is.sort_unstable();
        for token in was.iter().filter(|token| is.binary_search(token).is_err()) {
            self.gone.entry(*token).or_default().push(no);
        }
        for token in is.iter().filter(|token| was.binary_search(token).is_err()) {
            self.come(*token, no);
        }
    }

    fn come(&mut self, token: i64, no: i64) {
        let run = self.open.entry(token).or_insert_with(|| Run::begin(no));
        if run.last != no && !run.push(no) {
            let full = std::mem::replace(run, Run::begin(no));
            self.full.push((token, full));
        }
    }

    /// Writes it.
    pub async fn write(self, tx: &mut Tx) -> Result<()> {
        let Self { open, full: mut come, gone, .. } = self;
        take_out(tx, gone).await?;
        come.extend(open);
        put_in(tx, come).await
    }
}

async fn put_in(tx: &mut Tx, mut come: Vec<(i64, Run)>) -> Result<()> {
    // In key order: neighbours lie on the same page.
    come.sort_unstable_by_key(|(token, run)| (*token, run.first));
    let insert = set_sql!(
        "INSERT INTO unit_search (token, first_no, last_no, steps) \
         SELECT token, first_no, last_no, steps FROM {rows}",
        token: Int, first_no: Int, last_no: Int, steps: Bytes,
    );
    let rows = come.into_iter().map(|(token, run)| args![token, run.first, run.last, run.steps]);
    tx.run_made_set(insert, rows).await?;
    Ok(())
}

/// Tokens looked at together when units go; bounds memory.
const TOKENS: usize = 500;

async fn take_out(tx: &mut Tx, gone: HashMap<i64, Vec<i64>>) -> Result<()> {
    let mut gone: Vec<(i64, Vec<i64>)> = gone.into_iter().collect();
    gone.sort_unstable_by_key(|(token, _)| *token);
    for part in gone.chunks_mut(TOKENS) {
        let mut rows = Rows::with_capacity(part.len());
        for (token, numbers) in part.iter_mut() {
            numbers.sort_unstable();
            let (low, high) = (numbers.first().copied(), numbers.last().copied());
            rows.push(args![*token, low.unwrap_or_default(), high.unwrap_or_default()]);
        }
        let numbers_of: HashMap<i64, &Vec<i64>> =
            part.iter().map(|(token, numbers)| (*token, numbers)).collect();
        let (mut old, mut new) = (Rows::new(), Vec::new());
        for (token, first, numbers) in touched_runs(tx, rows).await? {
            let Some(leave) = numbers_of.get(&token) else { continue };
            let stay: Vec<i64> =
                numbers.iter().copied().filter(|no| leave.binary_search(no).is_err()).collect();
            if stay.len() < numbers.len() {
                old.push(args![token, first]);
                new.extend(Run::of(&stay).into_iter().map(|run| (token, run)));
            }
        }
        let delete = set_sql!(
            "DELETE FROM unit_search \
             WHERE (token, first_no) IN (SELECT gone_token, gone_no FROM {rows})",
            gone_token: Int, gone_no: Int,
        );
        tx.run_set(delete, old).await?;
        put_in(tx, new).await?;
    }
    Ok(())
}

/// Runs in which a token's numbers from `low` to `high` may be: token, first number, all numbers.
async fn touched_runs(tx: &mut Tx, rows: Rows) -> Result<Vec<(i64, i64, Vec<i64>)>> {
    let select = set_sql!(
        "SELECT run.token, run.first_no, run.steps FROM {rows} JOIN unit_search AS run \
         ON run.token = rows.wanted AND run.first_no <= rows.high AND run.last_no >= rows.low",
        wanted: Int, low: Int, high: Int,
    );
    tx.all_of_set(select, rows, |row| {
        let (token, first, numbers) = run(row)?;
        Ok((token, first, numbers))
    })
    .await
}

fn run(row: &Row) -> Result<(i64, i64, Vec<i64>)> {
    let (token, first, steps): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let mut numbers = Vec::new();
    Run::read(first, &steps, &mut numbers);
    Ok((token, first, numbers))
}

/// The units that have all tokens of any one way, in order of their numbers.
pub(crate) async fn with_tokens(tx: &mut Tx, ways: &[Vec<String>]) -> Result<Vec<i64>> {
    let mut wanted: Vec<i64> = ways.iter().flatten().map(|token| number_of(token)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut rows = Rows::with_capacity(wanted.len());
    for token in wanted {
        rows.push(args![token]);
    }
    let select = set_sql!(
        "SELECT run.token, run.first_no, run.steps FROM {rows} JOIN unit_search AS run \
         ON run.token = rows.wanted",
        wanted: Int,
    );
    let mut units: HashMap<i64, Vec<i64>> = HashMap::new();
    for (token, _, numbers) in tx.all_of_set(select, rows, run).await? {
        units.entry(token).or_default().extend(numbers);
    }
    for numbers in units.values_mut().filter(|numbers| !numbers.is_sorted()) {
        numbers.sort_unstable();
    }
    let mut found = Vec::new();
    for way in ways {
        let sets: Option<Vec<&Vec<i64>>> =
            way.iter().map(|token| units.get(&number_of(token))).collect();
        if let Some(sets) = sets {
            found.extend(in_all(sets));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The numbers that every list has. The shortest goes first: what follows only gets fewer.
fn in_all(mut sets: Vec<&Vec<i64>>) -> Vec<i64> {
    sets.sort_unstable_by_key(|set| set.len());
    let Some((first, rest)) = sets.split_first() else { return Vec::new() };
    let mut left = (*first).clone();
    for set in rest {
        left.retain(|no| set.binary_search(no).is_ok());
    }
    left
}

/// How many units the index knows: every unit, unless something is amiss.
pub async fn indexed(tx: &mut Tx) -> Result<usize> {
    let select = sql!("SELECT token, first_no, steps FROM unit_search");
    let runs = tx.all(select, args![], run).await?;
    let mut numbers: Vec<i64> = runs.into_iter().flat_map(|(_, _, numbers)| numbers).collect();
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens_are_different_numbers() {
        let tokens = ["p01", "c01", "t01c01d", "u01c2zzzz", "pzz", "d0000", "uzzzzzzzz"];
        let numbers: std::collections::HashSet<i64> =
            tokens.iter().map(|token| number_of(token)).collect();
        assert_eq!(numbers.len(), tokens.len());
        assert_eq!(number_of("p01"), i64::from_str_radix("p01", 36).unwrap());
    }

    proptest! {
        #[test]
        fn runs_hold_what_was_put_in(
            numbers in proptest::collection::btree_set(1_i64..5_000_000, 1..5_000)
        ) {
            let numbers: Vec<i64> = numbers.into_iter().collect();
            let mut back = Vec::new();
            for run in Run::of(&numbers) {
                prop_assert!(run.count <= RUN);
                Run::read(run.first, &run.steps, &mut back);
                prop_assert_eq!(back.last(), Some(&run.last));
            }
            prop_assert_eq!(back, numbers);
        }

        #[test]
        fn numbers_in_all_lists_are_found(
            one in proptest::collection::btree_set(0_i64..50, 0..30),
            two in proptest::collection::btree_set(0_i64..50, 0..30),
        ) {
            let both: Vec<i64> = one.intersection(&two).copied().collect();
            let (one, two): (Vec<i64>, Vec<i64>) =
                (one.into_iter().collect(), two.into_iter().collect());
            prop_assert_eq!(in_all(vec![&one, &two]), both);
        }
    }
}
