//! SQL on `industry_body` and `industry_body_rule`.

use std::collections::HashMap;

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use kernel::Code;

use crate::{
    Body, BodyId, BodyRule,
    policy::{EditBodies, Permit},
};

/// Every body with its rules, in order.
pub(crate) async fn bodies(tx: &mut Tx) -> Result<Vec<Body>> {
    let select = sql!(
        "SELECT id, kind, name, lead_unit, sort_no, version FROM industry_body \
         ORDER BY sort_no, id"
    );
    let mut bodies = tx
        .all(select, args![], |row| {
            Ok(Body {
                id: row.get(0)?,
                kind: row.code(1)?,
                name: row.get(2)?,
                lead_unit: row.get(3)?,
                sort_no: row.get(4)?,
                version: row.get(5)?,
                rules: Vec::new(),
            })
        })
        .await?;
    let select = sql!(
        "SELECT body_id, unit_kind, industry, front FROM industry_body_rule \
         ORDER BY body_id, turn_no"
    );
    let rules: Vec<(BodyId, BodyRule)> = tx
        .all(select, args![], |row| {
            let rule = BodyRule {
                unit_kind: any_or(row, 1)?,
                industry: any_or(row, 2)?,
                front: any_or(row, 3)?,
            };
            Ok((row.get(0)?, rule))
        })
        .await?;
    let mut by_body: HashMap<BodyId, Vec<BodyRule>> = HashMap::new();
    for (body, rule) in rules {
        by_body.entry(body).or_default().push(rule);
    }
    for body in &mut bodies {
        body.rules = by_body.remove(&body.id).unwrap_or_default();
    }
    Ok(bodies)
}

/// An empty column fits all.
fn any_or<T: Code>(row: &Row, column: usize) -> Result<Option<T>> {
    let text: String = row.get(column)?;
    if text.is_empty() { Ok(None) } else { row.code(column).map(Some) }
}

/// The name, as written, of another body that is called so.
pub(crate) async fn body_namesake(
    tx: &mut Tx,
    name_folded: &str,
    but: Option<BodyId>,
) -> Result<Option<String>> {
    let select = sql!(
        "SELECT name FROM industry_body WHERE name_folded = $1 AND (id <> $2 OR $2 IS NULL) LIMIT 1"
    );
    tx.maybe(select, args![name_folded, but], |row| row.get(0)).await
}

/// The turn after the last body's.
pub(crate) async fn next_body_turn(tx: &mut Tx) -> Result<i64> {
    tx.scalar(sql!("SELECT COALESCE(MAX(sort_no), 0) + 1 FROM industry_body"), args![]).await
}

/// Keeps a new body, or one as it is now, with all of its rules.
pub(crate) async fn write_body(
    tx: &mut Tx,
    _: &Permit<EditBodies>,
    body: &Body,
    name_folded: &str,
) -> Result<()> {
    let upsert = sql!(
        "INSERT INTO industry_body (id, kind, name, name_folded, lead_unit, sort_no, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET \
         kind = excluded.kind, name = excluded.name, name_folded = excluded.name_folded, \
         lead_unit = excluded.lead_unit, sort_no = excluded.sort_no, version = excluded.version"
    );
    let values = args![
        body.id,
        body.kind.code(),
        &body.name,
        name_folded,
        &body.lead_unit,
        body.sort_no,
        body.version,
    ];
    tx.run(upsert, values).await?;
    tx.run(sql!("DELETE FROM industry_body_rule WHERE body_id = $1"), args![body.id]).await?;
    let insert = set_sql!(
        "INSERT INTO industry_body_rule (body_id, turn_no, unit_kind, industry, front) \
         SELECT body_id, turn_no, unit_kind, industry, front FROM {rows}",
        body_id: Uuid, turn_no: Int, unit_kind: Text, industry: Text, front: Text,
    );
    let mut rows = Rows::with_capacity(body.rules.len());
    for (turn, rule) in (1_i64..).zip(&body.rules) {
        rows.push(args![
            body.id,
            turn,
            code(rule.unit_kind),
            code(rule.industry),
            code(rule.front)
        ]);
    }
    tx.run_set(insert, rows).await?;
    Ok(())
}

fn code<T: Code>(one: Option<T>) -> &'static str {
    one.map_or("", Code::code)
}
