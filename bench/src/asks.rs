//! What is asked of the server: the addresses of each scenario, drawn from what the register has.

use std::io::Result;

use jiff::{ToSpan as _, civil::Date};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;

use crate::http::Client;

/// What the register has, as its own API tells it.
pub struct Register {
    today: Date,
    towns: Vec<String>,
    units: Vec<String>,
    cursors: Vec<String>,
    /// How many units there are.
    pub total: usize,
}

const FRONTS: [&str; 5] = ["park", "building", "district", "maker_space", "characteristic_town"];
const STATUSES: [&str; 5] = ["operating", "covered", "uncovered", "due", "work_covered"];
/// In nearly every name or in many; in few; initials; a trade by its initials.
const OFTEN: [&str; 6] = ["昆山", "有限", "科技", "贸易", "电子", "餐饮"];
const RARE: [&str; 6] = ["麒麟", "纵横", "菊荷", "坤乾", "朝露", "鲜顺"];
const INITIALS: [&str; 6] = ["mj", "dz", "gdkj", "wlkj", "hxsy", "rjyx"];
const SORTS: [&str; 4] = ["no", "-no", "name", "-members"];

impl Register {
    /// Asks for towns, some units, and cursors into the list's middle.
    pub async fn learn(client: &mut Client, today: Date) -> Result<Self> {
        let coverage = json(client, "/api/v1/coverage?by=town").await?;
        let towns = texts(&coverage["rows"], "key");
        let mut learnt = Self { today, towns, units: Vec::new(), cursors: Vec::new(), total: 0 };
        let mut dice = StdRng::seed_from_u64(3);
        for sort in ["no", "name"] {
            let mut path = format!("/api/v1/units?limit=200&sort={sort}");
            for _ in 0..5 {
                let page = json(client, &path).await?;
                learnt.units.extend(texts(&page["items"], "id"));
                learnt.total =
                    page["total"].as_u64().and_then(|total| total.try_into().ok()).unwrap_or(0);
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                path = format!("/api/v1/units?limit=200&sort={sort}&cursor={cursor}");
                learnt.cursors.push(format!("sort={sort}&cursor={cursor}"));
            }
        }
        for _ in 0..40 {
            let town = learnt.town(&mut dice).to_owned();
            let front = FRONTS[dice.random_range(0..FRONTS.len())];
            let path = format!("/api/v1/units?limit=50&town={town}&front={front}&sort=-no");
            learnt.units.extend(texts(&json(client, &path).await?["items"], "id"));
        }
        Ok(learnt)
    }

    fn town(&self, dice: &mut StdRng) -> &str {
        &self.towns[dice.random_range(0..self.towns.len())]
    }

    /// Any day of the last two years.
    pub fn day(&self, dice: &mut StdRng) -> Date {
        let back: i64 = dice.random_range(1..700);
        self.today.saturating_sub(back.days())
    }

    /// Coverage at a past date.
    pub fn coverage(&self, dice: &mut StdRng) -> String {
        let by = ["front", "town", "industry", "station"][dice.random_range(0..4)];
        format!("/api/v1/coverage?at={}&by={by}", self.day(dice))
    }

    /// The same figures, of one town: its clerk's view.
    pub fn coverage_of_town(&self, dice: &mut StdRng) -> String {
        format!("{}&town={}", self.coverage(dice), self.town(dice))
    }

    /// A list with filters, words, orders and cursors, below `path`.
    pub fn list(&self, dice: &mut StdRng, path: &str) -> String {
        let pick = |dice: &mut StdRng, of: &[&str]| of[dice.random_range(0..of.len())].to_owned();
        let town = format!("town={}", self.town(dice));
        let front = format!("front={}", pick(dice, &FRONTS));
        let status = format!("status={}", pick(dice, &STATUSES));
        let sort = format!("sort={}", pick(dice, &SORTS));
        let query = match dice.random_range(0..10) {
            0 | 1 => format!("{town}&{front}&{status}&{sort}"),
            2 => format!("{town}&{status}&{sort}"),
            3 => format!("{status}&{sort}"),
            4 => format!("q={}", percent(&pick(dice, &OFTEN))),
            5 => format!("q={}&{town}&{status}", percent(&pick(dice, &OFTEN))),
            6 => format!("q={}", percent(&pick(dice, &RARE))),
            7 => format!("q={}&{sort}", pick(dice, &INITIALS)),
            8 => format!("q=91320583MA{}", dice.random_range(100..999)),
            _ => self.cursors[dice.random_range(0..self.cursors.len())].clone(),
        };
        format!("{path}?limit=50&{query}")
    }

    /// One unit, below `path`.
    pub fn unit(&self, dice: &mut StdRng, path: &str) -> String {
        format!("{path}/{}", self.units[dice.random_range(0..self.units.len())])
    }
}

/// The dice of the request of this turn: the same in every run.
pub fn dice(turn: usize) -> StdRng {
    StdRng::seed_from_u64(turn as u64 + 1_000)
}

async fn json(client: &mut Client, path: &str) -> Result<Value> {
    let answer = client.get(path).await?;
    let text = || String::from_utf8_lossy(&answer.body).into_owned();
    if answer.status != 200 {
        return Err(std::io::Error::other(format!("{path}: {} {}", answer.status, text())));
    }
    Ok(serde_json::from_slice(&answer.body)?)
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|one| one[field].as_str().map(str::to_owned)).collect()
}

fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut into, byte| {
        let _ = write!(into, "%{byte:02X}");
        into
    })
}
