//! A record's timeline: its journal, in words.

use db::{Tx, journal};
use kernel::{Id, mask_name, time::civil_date};
use serde_json::Value;
use web::Answer;

/// The words for what this room's verbs write into the journal.
pub const VERBS: &[(&str, &str)] = &[
    ("merchant.registered", "登记商户"),
    ("merchant.changed", "改商户"),
    ("merchant.suspended", "暂停商户"),
    ("merchant.resumed", "恢复商户"),
    ("merchant.closed", "商户退出"),
    ("merchant.phone_told", "记联系电话"),
    ("merchant.phone_forgotten", "删联系电话"),
    ("merchant.phone_revealed", "看了联系电话"),
    ("merchant.payee_told", "记收款账户"),
    ("merchant.payee_opened", "付款时看了收款账户"),
    ("product.created", "建产品"),
    ("product.changed", "改产品"),
    ("product.listed", "产品上架"),
    ("product.withdrawn", "产品下架"),
    ("product.picture_added", "加图片"),
    ("product.picture_removed", "删图片"),
    ("enquiry.asked", "收到询问"),
    ("enquiry.phone_revealed", "看了询问人的电话"),
    ("enquiry.closed", "办结询问"),
    ("enquiry.forgotten", "到期删除询问"),
    ("founder.registered", "登记从业者"),
    ("founder.changed", "改从业者"),
    ("founder.withdrawn", "撤回同意，删除姓名电话"),
    ("founder.phone_revealed", "看了从业者的电话"),
    ("founder.trained", "记一次培训"),
    ("founder.step_noted", "记一件事"),
    ("founder.step_struck", "划去一件事"),
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

/// What changed, as `before → after`, then what and why.
fn notes(detail: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut parts = Vec::new();
    if let (Some(before), Some(after)) = (detail["before"].as_object(), detail["after"].as_object())
    {
        for (field, before) in before {
            let (before, after) = (text(before), after.get(field).map(text).unwrap_or_default());
            if before != after {
                let empty = |word: String| if word.is_empty() { "空".to_owned() } else { word };
                parts.push(format!("{} → {}", empty(before), empty(after)));
            }
        }
    }
    for field in ["title", "account", "reason"] {
        parts.push(text(&detail[field]));
    }
    parts.retain(|part| !part.is_empty());
    parts
}
