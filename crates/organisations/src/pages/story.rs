//! A unit's timeline in words, from the journal: who did what, field by field, before and after.

use std::collections::HashMap;

use db::{Result, Tx, journal};
use kernel::Code;
use places::{Atlas, BodyId, Front, Industry, PlaceId, StationId, UnitKind};
use serde_json::{Map, Value};
use web::Ask;

use super::words::{actor, fill, masked, moment};
use crate::{
    organisation,
    unit::{Cover, OrganisationId, Status, UnitId, Work, WorkerId},
    worker,
};

/// One entry.
pub(crate) struct Line {
    pub(crate) when: String,
    pub(crate) who: String,
    /// What was done, one sentence.
    pub(crate) words: String,
    /// What changed beside it, a sentence for each field.
    pub(crate) small: Vec<String>,
    pub(crate) by_system: bool,
}

/// The newest entries on a unit, newest first.
pub(crate) async fn story(
    ask: &Ask,
    tx: &mut Tx,
    atlas: &Atlas,
    unit: UnitId,
    most: i64,
) -> Result<Vec<Line>> {
    let kept = journal::of_subject(tx, unit.uuid(), most).await?;
    let details: Vec<Map<String, Value>> = kept.iter().map(|one| detail(&one.detail)).collect();
    let names = Names::gather(ask, tx, atlas, &details).await?;
    let today = ask.cx.today();
    let line = |(one, detail): (&journal::Kept, &Map<String, Value>)| {
        let changes = names.changes(detail);
        let (words, small) = match one.verb.as_str() {
            "unit.registered" => (names.registered(detail), Vec::new()),
            "unit.changed" => names.told(changes, detail),
            "unit.withdrawn" => (ask.t("撤出台账").to_owned(), Vec::new()),
            _ => (ask.t("有改动").to_owned(), changes),
        };
        Line {
            when: moment(one.at, today),
            who: if one.by_system { ask.t("系统").to_owned() } else { actor(&one.actor_name) },
            words,
            small,
            by_system: one.by_system,
        }
    };
    Ok(kept.iter().zip(&details).map(line).collect())
}

/// The organisations and workers that entries speak of.
fn named_ids(details: &[Map<String, Value>]) -> Vec<String> {
    let changed = details.iter().filter_map(|detail| detail.get("changes")?.as_object());
    let pairs = changed.flat_map(|changes| {
        ["organisation", "worker"].into_iter().filter_map(|field| changes.get(field)?.as_array())
    });
    pairs.flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn detail(text: &str) -> Map<String, Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(detail)) => detail,
        _ => Map::new(),
    }
}

/// What a field is called.
pub(crate) fn field_label<'a>(ask: &'a Ask, field: &str) -> Option<&'a str> {
    Some(match field {
        "uscc" => ask.t("信用代码"),
        "name" => ask.t("名称"),
        "kind" => ask.t("单位类型"),
        "address" => ask.t("地址"),
        "note" => ask.t("备注"),
        "town" => ask.t("区镇"),
        "front" => ask.t("阵地类型"),
        "place" => ask.t("地点"),
        "station" => ask.t("工作站"),
        "body" => ask.t("行业党委"),
        "industry" => ask.t("行业"),
        "status" => ask.t("经营状态"),
        "headcount" => ask.t("职工人数"),
        "member_count" => ask.t("正式党员"),
        "cover" => ask.t("组建方式"),
        "organisation" => ask.t("党组织"),
        "work" => ask.t("工作覆盖"),
        "worker" => ask.t("责任人"),
        "status_reason" => ask.t("移出理由"),
        "status_evidence" => ask.t("移出依据"),
        "on" => ask.t("从哪天起"),
        // Who approved is who did it, and that is said.
        _ => return None,
    })
}

/// What ids in entries are called.
struct Names<'a> {
    ask: &'a Ask,
    atlas: &'a Atlas,
    known: HashMap<String, String>,
}

impl<'a> Names<'a> {
    async fn gather(
        ask: &'a Ask,
        tx: &mut Tx,
        atlas: &'a Atlas,
        details: &[Map<String, Value>],
    ) -> Result<Self> {
        let mut known = HashMap::new();
        for id in named_ids(details) {
            let id = id.as_str();
            if known.contains_key(id) {
                continue;
            }
            let name = if let Ok(organisation) = id.parse::<OrganisationId>() {
                organisation::name(tx, organisation).await?
            } else if let Ok(worker) = id.parse::<WorkerId>() {
                let found = worker::find(tx, worker).await?;
                found.map(|worker| masked(Some(&worker.name)))
            } else {
                None
            };
            known.insert(id.to_owned(), name.unwrap_or_default());
        }
        Ok(Self { ask, atlas, known })
    }

    fn registered(&self, detail: &Map<String, Value>) -> String {
        match detail.get("batch").and_then(Value::as_str) {
            Some(batch) => fill(self.ask.t("导入登记（{}）"), &[batch]),
            None => self.ask.t("登记").to_owned(),
        }
    }

    /// The first change is the sentence, the others stand below it with the day and the reason.
    fn told(&self, mut changes: Vec<String>, detail: &Map<String, Value>) -> (String, Vec<String>) {
        let text = |name: &str| detail.get(name).and_then(Value::as_str);
        let words =
            if changes.is_empty() { self.ask.t("改资料").to_owned() } else { changes.remove(0) };
        if let Some(on) = text("on") {
            changes.push(fill(self.ask.t("自 {} 起"), &[on]));
        }
        if let Some(batch) = text("batch") {
            changes.push(fill(self.ask.t("来自导入 {}"), &[batch]));
        }
        if let Some(reason) = text("reason") {
            changes.push(reason.to_owned());
        }
        (words, changes)
    }

    /// `正式党员 由 2 改为 5`, for each field.
    fn changes(&self, detail: &Map<String, Value>) -> Vec<String> {
        let Some(changes) = detail.get("changes").and_then(Value::as_object) else {
            return Vec::new();
        };
        let told = |(field, pair): (&String, &Value)| {
            let label = field_label(self.ask, field)?;
            let (before, after) = (self.value(field, pair.get(0)), self.value(field, pair.get(1)));
            Some(match (before.is_empty(), after.is_empty()) {
                (true, _) => fill(self.ask.t("{}记为 {}"), &[label, &after]),
                (false, true) => fill(self.ask.t("{}去掉 {}"), &[label, &before]),
                _ => fill(self.ask.t("{}由 {} 改为 {}"), &[label, &before, &after]),
            })
        };
        let mut told: Vec<(usize, String)> =
            changes.iter().filter_map(|one| Some((weight(one.0), told(one)?))).collect();
        told.sort_by_key(|(weight, _)| *weight);
        told.into_iter().map(|(_, words)| words).collect()
    }

    fn value(&self, field: &str, value: Option<&Value>) -> String {
        let text = match value {
            Some(Value::Number(number)) if field == "work" => {
                let ways = Work(number.as_i64().unwrap_or_default()).ways();
                let words: Vec<&str> = ways.map(|way| self.ask.t(way.label())).collect();
                return words.join("、");
            }
            Some(Value::Number(number)) => return number.to_string(),
            Some(Value::String(text)) => text.as_str(),
            _ => return String::new(),
        };
        let name = match field {
            "town" | "place" => named::<PlaceId>(text, |id| self.place(id)),
            "station" => named::<StationId>(text, |id| Some(self.atlas.station(id)?.name.clone())),
            "body" => named::<BodyId>(text, |id| Some(self.atlas.body(id)?.name.clone())),
            "organisation" | "worker" => {
                return self.known.get(text).cloned().unwrap_or_default();
            }
            "front" => return self.code::<Front>(text),
            "kind" => return self.code::<UnitKind>(text),
            "industry" => return self.code::<Industry>(text),
            "status" => return self.code::<Status>(text),
            "cover" => return self.code::<Cover>(text),
            _ => return text.to_owned(),
        };
        name.unwrap_or_else(|| self.ask.t("（已撤并）").to_owned())
    }

    fn place(&self, id: PlaceId) -> Option<String> {
        self.atlas.place(id)?;
        Some(self.atlas.path(id))
    }

    fn code<T: Code>(&self, text: &str) -> String {
        T::from_code(text).map_or_else(|| text.to_owned(), |one| self.ask.t(one.label()).to_owned())
    }
}

/// The name of what an id in text stands for.
fn named<T: std::str::FromStr>(
    text: &str,
    name: impl FnOnce(T) -> Option<String>,
) -> Option<String> {
    text.parse().ok().and_then(name)
}

/// What people look for first comes first.
fn weight(field: &str) -> usize {
    const ORDER: [&str; 12] = [
        "status",
        "cover",
        "organisation",
        "member_count",
        "headcount",
        "name",
        "uscc",
        "place",
        "town",
        "front",
        "station",
        "worker",
    ];
    ORDER.iter().position(|one| *one == field).unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::weight;

    #[test]
    fn what_matters_is_told_first() {
        assert!(weight("status") < weight("headcount"));
        assert!(weight("headcount") < weight("note"));
    }
}
