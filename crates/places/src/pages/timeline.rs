//! A record's timeline: its journal, in the clerk's words.

use db::{Tx, journal};
use kernel::{Id, mask_name, time::civil_date};
use serde_json::Value;
use web::Answer;

/// The words for what this room's verbs write into the journal.
pub const VERBS: &[(&str, &str)] = &[
    ("city.founded", "建立全市"),
    ("place.created", "登记地点"),
    ("place.renamed", "改名称地址"),
    ("place.moved", "移到别的上级"),
    ("place.merged", "并入别的地点"),
    ("place.received", "接收并入"),
    ("place.split", "拆出新地点"),
    ("place.split_off", "拆分而来"),
    ("place.closed", "关闭地点"),
    ("station.opened", "开设工作站"),
    ("station.changed", "改工作站"),
    ("station.closed", "关闭工作站"),
    ("station.covered", "接管地点"),
    ("station.uncovered", "不再管地点"),
    ("body.created", "设立行业党委"),
    ("body.changed", "改行业党委"),
    ("key_site.named", "定为重点"),
    ("key_site.ended", "撤下重点"),
];

/// One line of a timeline.
pub(crate) struct Told {
    pub day: String,
    pub who: String,
    pub what: &'static str,
    pub notes: Vec<String>,
    pub by_system: bool,
}

/// The newest entries shown on a page; the journal has the rest.
const SHOWN: i64 = 30;

/// The timeline of a record, newest first.
pub(crate) async fn timeline<K>(tx: &mut Tx, subject: Id<K>) -> Answer<Vec<Told>> {
    let entries = journal::of_subject(tx, subject.uuid(), SHOWN).await?;
    Ok(entries.iter().map(told).collect())
}

fn told(entry: &journal::Kept) -> Told {
    let what = VERBS.iter().find(|(verb, _)| *verb == entry.verb);
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let who = if entry.by_system { "系统".to_owned() } else { mask_name(&entry.actor_name) };
    Told {
        day: civil_date(entry.at).to_string(),
        who,
        what: what.map_or("改动", |(_, words)| words),
        notes: notes(&detail),
        by_system: entry.by_system,
    }
}

/// What changed, as `before → after`, then from when and why.
fn notes(detail: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut parts = Vec::new();
    for field in ["name", "address", "parent", "lead_unit"] {
        let (before, after) = (text(&detail["before"][field]), text(&detail["after"][field]));
        if before != after {
            let empty = |word: String| if word.is_empty() { "空".to_owned() } else { word };
            parts.push(format!("{} → {}", empty(before), empty(after)));
        }
    }
    match (text(&detail["from"]), text(&detail["into"])) {
        (from, into) if !into.is_empty() => parts.push(format!("{from} → {into}")),
        _ => {}
    }
    if let Some(names) = detail["parts"].as_array() {
        parts.push(names.iter().map(text).collect::<Vec<_>>().join("、"));
    }
    for field in ["place", "reason"] {
        parts.push(text(&detail[field]));
    }
    let on = text(&detail["on"]);
    if !on.is_empty() {
        parts.push(format!("自 {on}"));
    }
    parts.retain(|part| !part.is_empty());
    parts
}
