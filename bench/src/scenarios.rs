//! The questions that are asked under load, and what they cost the server by its own log.

use std::{error::Error, sync::Arc, time::Duration};

use crate::{
    asks::{Register, dice},
    load::{Effort, Percentiles, Seen, run},
    server::Server,
};

/// What a page's browser or a script sends along.
pub struct Who {
    /// A token of the city's administrator.
    pub token: String,
}

type Ask = fn(&Register, &mut rand::rngs::StdRng) -> String;

/// A question.
pub struct Scenario {
    /// In the table.
    pub name: &'static str,
    ask: Ask,
    /// Whether a browser asks, which takes compressed pages.
    page: bool,
}

/// Those with a target: p99 under 20 ms of server time at 32 connections.
pub const LOADED: &[Scenario] = &[
    Scenario { name: "coverage at a past date", ask: Register::coverage, page: false },
    Scenario { name: "coverage of a town", ask: Register::coverage_of_town, page: false },
    Scenario { name: "unit list, filter and search", ask: list, page: false },
    Scenario { name: "one unit", ask: unit, page: false },
    Scenario { name: "page: today", ask: today, page: true },
    Scenario { name: "page: coverage", ask: coverage_page, page: true },
    Scenario { name: "page: units", ask: list_page, page: true },
    Scenario { name: "page: one unit", ask: unit_page, page: true },
];

fn list(register: &Register, dice: &mut rand::rngs::StdRng) -> String {
    register.list(dice, "/api/v1/units")
}
fn unit(register: &Register, dice: &mut rand::rngs::StdRng) -> String {
    register.unit(dice, "/api/v1/units")
}
fn today(_: &Register, _: &mut rand::rngs::StdRng) -> String {
    "/today".to_owned()
}
fn coverage_page(register: &Register, dice: &mut rand::rngs::StdRng) -> String {
    register.coverage(dice).replace("/api/v1", "")
}
fn list_page(register: &Register, dice: &mut rand::rngs::StdRng) -> String {
    register.list(dice, "/units").replace("limit=50&", "")
}
fn unit_page(register: &Register, dice: &mut rand::rngs::StdRng) -> String {
    register.unit(dice, "/units")
}

/// What came of a scenario.
pub struct Came {
    /// As the server's log has it.
    pub server: Percentiles,
    /// As the clients saw it, waiting in line included.
    pub client: Percentiles,
    /// Answers in a second.
    pub rate: f64,
    /// Processor time of the server for one answer, in milliseconds; the engine's own processes,
    /// which PostgreSQL has, are not in it.
    pub processor: f64,
    /// Answers that were no 200.
    pub errors: usize,
}

impl Who {
    fn headers(&self, page: bool) -> String {
        let mut headers = format!("Authorization: Bearer {}\r\n", self.token);
        if page {
            headers.push_str("Accept: text/html\r\nAccept-Encoding: gzip\r\n");
        }
        headers
    }
}

/// Asks a scenario's question, from `first` on, this hard.
pub async fn play(
    server: &Server,
    who: &Who,
    register: &Arc<Register>,
    scenario: &Scenario,
    first: usize,
    effort: Effort,
) -> Result<Came, Box<dyn Error>> {
    let (begin, used) = (server.log_end(), server.processor());
    let (ask, asked) = (scenario.ask, Arc::clone(register));
    let path = move |turn| ask(&asked, &mut dice(first + turn));
    let Seen { micros, errors, seconds } =
        run(&server.addr, &who.headers(scenario.page), effort, path).await;
    let answers = micros.len() as f64;
    let processor = (server.processor() - used) * 1e3 / answers.max(1.0);
    let server = Percentiles::of(server.micros_since(begin)?);
    let rate = answers / seconds;
    Ok(Came { server, client: Percentiles::of(micros), rate, processor, errors })
}

/// So many requests over so many connections, never longer than this.
pub const fn effort(connections: usize, requests: usize, seconds: u64) -> Effort {
    Effort { connections, requests, cap: Duration::from_secs(seconds) }
}
