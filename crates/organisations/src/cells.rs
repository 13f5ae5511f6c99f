//! Cells of the sheet: each edit answers for itself, the edits of one unit are one transaction,
//! and an edit that meets somebody else's is told so and changes nothing.

use axum::{Json, extract::rejection::JsonRejection};
use db::{Tx, journal};
use kernel::{Code, fold};
use places::Industry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use web::{Answer, Ask, FieldErrors, Refused};

use crate::{
    edit::{self, Draft, Refusal},
    ledger, pages,
    pages::words::{self, Shown},
    policy::{self, Denied},
    sight::Sight,
    unit::{Cover, Facts, Status, Unit, UnitId},
};

/// What the sheet sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Batch {
    edits: Vec<CellEdit>,
}

/// One cell.
#[derive(Clone, Debug, Deserialize)]
struct CellEdit {
    id: String,
    version: i64,
    column: String,
    value: String,
}

/// What became of it.
#[derive(Debug, Default, Serialize)]
struct CellResult {
    id: String,
    column: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tone: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

/// All of them.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    results: Vec<CellResult>,
}

/// The most edits of one request; the sheet sends 200.
const MOST: usize = 500;

/// A column that the sheet edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Uscc,
    Name,
    Industry,
    Headcount,
    Members,
    Cover,
    Status,
    Note,
}

impl Column {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "uscc" => Self::Uscc,
            "name" => Self::Name,
            "industry" => Self::Industry,
            "headcount" => Self::Headcount,
            "member_count" => Self::Members,
            "cover" => Self::Cover,
            "status" => Self::Status,
            "note" => Self::Note,
            _ => return None,
        })
    }
    /// The fields of a draft whose faults this column hears of, its own first.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Uscc => &["uscc"],
            Self::Name => &["name"],
            Self::Industry => &["industry"],
            Self::Headcount => &["headcount", "member_count"],
            Self::Members => &["member_count"],
            Self::Cover => &["cover", "organisation"],
            Self::Status => &["status", "status_reason", "status_evidence"],
            Self::Note => &["note"],
        }
    }
    /// What the register has.
    fn shown(self, ask: &Ask, unit: &Unit, facts: &Facts, member_floor: i64) -> Shown {
        let plain = |text: String| Shown { value: text.clone(), words: text, tone: "" };
        match self {
            Self::Uscc => plain(unit.identity.uscc.as_str().to_owned()),
            Self::Name => plain(unit.identity.name.clone()),
            Self::Industry => words::industry(ask, facts.industry),
            Self::Headcount => plain(facts.headcount.to_string()),
            Self::Members => plain(facts.member_count.to_string()),
            Self::Cover => words::cover(ask, facts, member_floor),
            Self::Status => words::status(ask, facts.status),
            Self::Note => plain(unit.identity.note.clone()),
        }
    }
}

/// An edit under way: where it stands in the batch, its column, what was sent.
struct Pending<'a> {
    turn: usize,
    column: Column,
    edit: &'a CellEdit,
}

/// `POST /units/cells`
pub(crate) async fn save(
    ask: Ask,
    batch: Result<Json<Batch>, JsonRejection>,
) -> Answer<Json<Results>> {
    let Ok(Json(Batch { edits })) = batch else {
        return Err(Refused::unprocessable(
            "bad-cells",
            "这一批改动的格式看不懂，什么也没有存。请刷新页面再改。",
        ));
    };
    if edits.len() > MOST {
        return Err(Refused::unprocessable(
            "too-many-cells",
            "一次最多存 500 格，什么也没有存。请分几次粘贴。",
        ));
    }
    let mut results: Vec<CellResult> = edits.iter().map(unanswered).collect();
    let mut rows: Vec<(&str, Vec<Pending<'_>>)> = Vec::new();
    for (turn, edit) in edits.iter().enumerate() {
        let Some(column) = Column::of(&edit.column) else {
            refuse(&mut results[turn], "read-only", ask.t("这一列不能在表里改。"));
            continue;
        };
        let pending = Pending { turn, column, edit };
        match rows.iter_mut().find(|(id, _)| *id == edit.id) {
            Some((_, row)) => row.push(pending),
            None => rows.push((&edit.id, vec![pending])),
        }
    }
    for (id, row) in rows {
        save_row(&ask, id, row, &mut results).await?;
    }
    Ok(Json(Results { results }))
}

fn unanswered(edit: &CellEdit) -> CellResult {
    CellResult { id: edit.id.clone(), column: edit.column.clone(), ..CellResult::default() }
}

fn refuse(result: &mut CellResult, code: &'static str, message: &str) {
    result.code = Some(code);
    result.message = Some(message.to_owned());
}

/// Saves the edits of one unit in one transaction. An edit that is wrong by itself is left out and
/// the others are tried again without it.
async fn save_row(
    ask: &Ask,
    id: &str,
    mut row: Vec<Pending<'_>>,
    results: &mut [CellResult],
) -> Answer<()> {
    let Ok(id) = id.parse::<UnitId>() else {
        for one in &row {
            refuse(&mut results[one.turn], "not-found", &Refused::NotFound.message());
        }
        return Ok(());
    };
    // Each round either ends or leaves at least one edit out.
    while !row.is_empty() {
        let mut tx = ledger::begin(ask.db()).await?;
        let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
        let Some(now) = base(ask, &mut tx, &sight, id, &mut row, results).await? else {
            return Ok(());
        };
        let mut draft = Draft::default();
        row.retain(|one| match lay(ask, one, &mut draft) {
            Ok(()) => true,
            Err(message) => {
                refuse(&mut results[one.turn], "invalid", &message);
                false
            }
        });
        if row.is_empty() {
            return Ok(());
        }
        match edit::change(&mut tx, &ask.cx, &sight.atlas, id, now, &draft).await {
            Ok(version) => {
                answer(ask, &mut tx, &sight, id, version, &row, results).await?;
                tx.commit().await?;
                return Ok(());
            }
            Err(Refusal::Fields(errors)) => leave_out(ask, &errors, &mut row, results),
            Err(Refusal::Denied(denied)) => {
                let refused = Refused::from(denied);
                for one in &row {
                    refuse(&mut results[one.turn], refused.code(), &refused.message());
                }
                return Ok(());
            }
            // Read and written in one transaction: only another node could have come between.
            Err(Refusal::Stale { .. }) => {}
            Err(Refusal::Fault(fault)) => return Err(fault.into()),
        }
        tx.rollback().await?;
    }
    Ok(())
}

/// The version to write on. Edits whose own column somebody changed since it was read are answered
/// as conflicts and left out; a change of other columns is no conflict. `None` when the unit is
/// not there for this actor.
async fn base(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    id: UnitId,
    row: &mut Vec<Pending<'_>>,
    results: &mut [CellResult],
) -> Answer<Option<i64>> {
    let found = ledger::find(tx, id).await?;
    let seen = found.and_then(|(unit, mut spans)| {
        let newest = spans.pop()?;
        policy::may_see(&ask.cx.actor, &sight.atlas, &newest.facts).ok()?;
        Some((unit, newest.facts))
    });
    let Some((unit, facts)) = seen else {
        let refused = Refused::from(Denied::Invisible);
        for one in row.iter() {
            refuse(&mut results[one.turn], refused.code(), &refused.message());
        }
        return Ok(None);
    };
    let oldest = row.iter().map(|one| one.edit.version).min().unwrap_or(unit.version);
    if oldest == unit.version {
        return Ok(Some(unit.version));
    }
    let since = journal::of_subject(tx, id.uuid(), (unit.version - oldest).clamp(1, 500)).await?;
    let member_floor = sight.definition.member_floor;
    row.retain(|one| {
        let behind = usize::try_from(unit.version - one.edit.version).unwrap_or(usize::MAX);
        let Some(theirs) = since.iter().take(behind).find(|kept| touches(kept, one.column)) else {
            // A version that never was is no proof that nothing happened.
            if (1..=unit.version).contains(&one.edit.version) && behind <= since.len() {
                return true;
            }
            let result = &mut results[one.turn];
            conflict(result, &unit, &one.column.shown(ask, &unit, &facts, member_floor));
            return false;
        };
        let result = &mut results[one.turn];
        conflict(result, &unit, &one.column.shown(ask, &unit, &facts, member_floor));
        result.by = Some(theirs.actor_name.clone());
        result.at = Some(words::moment(theirs.at, sight.today));
        false
    });
    Ok(Some(unit.version))
}

fn conflict(result: &mut CellResult, unit: &Unit, shown: &Shown) {
    result.code = Some("conflict");
    result.version = Some(unit.version);
    result.value = Some(shown.value.clone());
    result.display = Some(shown.words.clone());
    result.tone = Some(shown.tone);
    result.message = Some("别人先改了这一格，你的没有存，两份都在。请选用哪一份。".to_owned());
}

/// Whether a journal entry changed this column.
fn touches(kept: &journal::Kept, column: Column) -> bool {
    let Ok(detail) = serde_json::from_str::<Value>(&kept.detail) else { return true };
    let Some(changes) = detail.get("changes").and_then(Value::as_object) else { return true };
    let own = column.fields().first().copied().unwrap_or_default();
    changes.contains_key(own)
}

/// Reads a cell into the draft; the message says what to write instead.
fn lay(ask: &Ask, one: &Pending<'_>, draft: &mut Draft) -> Result<(), String> {
    let text = one.edit.value.trim();
    let count = || {
        let read = pages::read_count(text);
        read.map(Some).ok_or_else(|| ask.t("这里要填整数，例如 12。").to_owned())
    };
    match one.column {
        Column::Uscc => draft.uscc = Some(text.to_owned()),
        Column::Name => draft.name = Some(text.to_owned()),
        Column::Note => draft.note = Some(text.to_owned()),
        Column::Headcount => draft.headcount = count()?,
        Column::Members => draft.member_count = count()?,
        Column::Industry => {
            let read = Industry::from_code(text).or_else(|| Industry::recognise(text));
            let wrong = || ask.t("没有这个行业，请从列表里选。").to_owned();
            draft.industry = Some(read.ok_or_else(wrong)?);
        }
        Column::Cover => {
            let wrong = || ask.t("组建方式只有未组建、单独组建、联合组建。").to_owned();
            draft.cover = Some(word::<Cover>(text).ok_or_else(wrong)?);
        }
        Column::Status => {
            let wrong = || ask.t("没有这个状态，请从列表里选。").to_owned();
            draft.status = Some(word::<Status>(text).ok_or_else(wrong)?);
        }
    }
    Ok(())
}

/// A word as the menu sends it or as it was pasted from Excel.
fn word<T: Code>(text: &str) -> Option<T> {
    let typed = fold(text);
    T::from_code(text)
        .or_else(|| T::from_label(text))
        .or_else(|| T::ALL.iter().copied().find(|one| typed.starts_with(&fold(one.label()))))
}

/// Gives each fault to the edit that caused it and leaves that edit out. A fault that no edit of
/// the row can have caused is told to all of them.
fn leave_out(
    ask: &Ask,
    errors: &FieldErrors,
    row: &mut Vec<Pending<'_>>,
    results: &mut [CellResult],
) {
    let before = row.len();
    row.retain(|one| {
        let Some(message) = one.column.fields().iter().find_map(|field| errors.get(field)) else {
            return true;
        };
        let result = &mut results[one.turn];
        refuse(result, "invalid", &full(ask, one.column, message));
        if one.column == Column::Uscc {
            let wrong = one.edit.value.parse::<kernel::Uscc>().err();
            result.suggestion = wrong.and_then(|wrong| wrong.suggestion());
        }
        false
    });
    if row.len() == before {
        let words: Vec<&str> = errors.iter().map(|(_, message)| message).collect();
        for one in row.drain(..) {
            refuse(&mut results[one.turn], "invalid", &words.join("；"));
        }
    }
}

/// What cannot be said in one cell is done on the form.
fn full(ask: &Ask, column: Column, message: &str) -> String {
    match column {
        Column::Cover => {
            ask.t("新组建要写党组织名称，一格里写不下。请点单位名，在“改资料”里办。").to_owned()
        }
        Column::Status => {
            ask.t("移出分母要写理由和依据，一格里写不下。请点单位名，在“改资料”里办。").to_owned()
        }
        _ => format!("{}。", ask.t(message).trim_end_matches('。')),
    }
}

async fn answer(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    id: UnitId,
    version: i64,
    row: &[Pending<'_>],
    results: &mut [CellResult],
) -> Answer<()> {
    let found = ledger::find(tx, id).await?;
    let Some((unit, spans)) = found else { return Err(Refused::NotFound) };
    let Some(newest) = spans.last() else { return Err(Refused::NotFound) };
    for one in row {
        let shown = one.column.shown(ask, &unit, &newest.facts, sight.definition.member_floor);
        let result = &mut results[one.turn];
        result.ok = true;
        result.version = Some(version);
        result.value = Some(shown.value);
        result.display = Some(shown.words);
        result.tone = Some(shown.tone);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::word;
    use crate::unit::{Cover, Status};

    #[test]
    fn words_are_read_as_codes_and_as_labels() {
        assert_eq!(word::<Cover>("separate"), Some(Cover::Separate));
        assert_eq!(word::<Cover>("联合组建"), Some(Cover::Joint));
        assert_eq!(word::<Status>("空壳（须写理由）"), Some(Status::Dormant));
        assert_eq!(word::<Status>("不知道"), None);
        assert_eq!(word::<Status>(""), None);
    }
}
