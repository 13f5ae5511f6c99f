//! A new industry body, and a body that gets another name, lead unit, turn or rules.

use db::{Entry, Tx};
use kernel::{Code as _, Cx};
use serde_json::{Value, json};

use crate::{
    Body, BodyId, BodyKind, BodyRule, ChangeError, Denied,
    open_station::{fit_name, fit_text},
    policy, store,
};

/// What a body shall be.
#[derive(Clone, Debug)]
pub struct BodyDraft {
    /// Industry committee or special committee.
    pub kind: BodyKind,
    /// Unique in the city.
    pub name: String,
    /// The unit that leads it, or empty.
    pub lead_unit: String,
    /// Its turn; the last when left out.
    pub sort_no: Option<i64>,
    /// Its rules, in their turn. None at all: units are given to it by hand.
    pub rules: Vec<BodyRule>,
}

/// Creates a body.
pub async fn create_body(tx: &mut Tx, cx: &Cx, draft: BodyDraft) -> Result<BodyId, ChangeError> {
    store::lock(tx).await?;
    let permit = policy::edit_bodies(cx)?;
    let (body, folded) = fit(tx, cx.new_id(), 1, draft).await?;
    store::write_body(tx, &permit, &body, &folded).await?;
    tx.journal(cx, Entry::on("body.created", body.id).detail(&told(&body)));
    Ok(body.id)
}

/// Changes a body. Units that were given to it keep it until they are touched.
pub async fn change_body(
    tx: &mut Tx,
    cx: &Cx,
    id: BodyId,
    version: i64,
    draft: BodyDraft,
) -> Result<(), ChangeError> {
    store::lock(tx).await?;
    let permit = policy::edit_bodies(cx)?;
    let old = store::bodies(tx).await?.into_iter().find(|body| body.id == id);
    let old = old.ok_or(ChangeError::Denied(Denied::Invisible))?;
    if old.version != version {
        return Err(ChangeError::Conflict);
    }
    let draft = BodyDraft { sort_no: draft.sort_no.or(Some(old.sort_no)), ..draft };
    let (body, folded) = fit(tx, id, version + 1, draft).await?;
    store::write_body(tx, &permit, &body, &folded).await?;
    let detail = json!({ "before": told(&old), "after": told(&body) });
    tx.journal(cx, Entry::on("body.changed", id).detail(&detail));
    Ok(())
}

/// The most rules of one body: more is a list of units, not a rule.
pub const RULE_LIMIT: usize = 20;

async fn fit(
    tx: &mut Tx,
    id: BodyId,
    version: i64,
    draft: BodyDraft,
) -> Result<(Body, String), ChangeError> {
    let (name, folded) = fit_name(&draft.name)?;
    let lead_unit = fit_text(&draft.lead_unit)?;
    if draft.rules.len() > RULE_LIMIT || draft.rules.iter().any(|rule| rule.is_empty()) {
        return Err(ChangeError::EmptyRule);
    }
    if let Some(name) = store::body_namesake(tx, &folded, Some(id)).await? {
        return Err(ChangeError::NameTaken { name });
    }
    let sort_no = match draft.sort_no {
        Some(turn) => turn,
        None => store::next_body_turn(tx).await?,
    };
    let BodyDraft { kind, rules, .. } = draft;
    Ok((Body { id, kind, name, lead_unit, sort_no, version, rules }, folded))
}

fn told(body: &Body) -> Value {
    let rule = |rule: &BodyRule| {
        let BodyRule { unit_kind, industry, front } = *rule;
        json!({ "unit_kind": unit_kind, "industry": industry, "front": front })
    };
    json!({
        "kind": body.kind.code(), "name": body.name, "lead_unit": body.lead_unit,
        "sort_no": body.sort_no, "rules": body.rules.iter().map(rule).collect::<Vec<_>>(),
    })
}
