//! Organisations that cover units: a separate one covers its own unit, a joint one several.

use std::collections::HashMap;

use db::{Entry, Result, Rows, Tx, args, set_sql};
use jiff::civil::Date;
use kernel::{Cx, fold_name};

use crate::unit::OrganisationId;

/// The organisations of these names, made where the register has none yet. Names are compared
/// folded: full-width letters and spaces do not make another organisation.
pub async fn find_or_make(
    tx: &mut Tx,
    cx: &Cx,
    names: &[String],
    on: Date,
) -> Result<HashMap<String, OrganisationId>> {
    let mut wanted: Vec<(String, &String)> =
        names.iter().map(|name| (fold_name(name), name)).collect();
    wanted.sort();
    wanted.dedup_by(|one, other| one.0 == other.0);
    let mut known = find(tx, wanted.iter().map(|(folded, _)| folded.as_str())).await?;
    wanted.retain(|(folded, _)| !known.contains_key(folded));
    let insert = set_sql!(
        "INSERT INTO organisation (id, name, name_folded, established_on, created_at) \
         SELECT id, name, name_folded, established_on, created_at FROM {rows} WHERE TRUE \
         ON CONFLICT (name_folded) DO NOTHING",
        id: Uuid, name: Text, name_folded: Text, established_on: Date, created_at: Instant,
    );
    let mut rows = Rows::with_capacity(wanted.len());
    for (folded, name) in &wanted {
        let id: OrganisationId = cx.new_id();
        rows.push(args![id, name.trim(), folded.as_str(), on, cx.now]);
        let detail = serde_json::json!({ "name": name.trim(), "on": on });
        tx.journal(cx, Entry::on("organisation.established", id).detail(&detail));
    }
    tx.run_set(insert, rows).await?;
    known.extend(find(tx, wanted.iter().map(|(folded, _)| folded.as_str())).await?);
    Ok(known)
}

/// By folded name.
async fn find<'a>(
    tx: &mut Tx,
    folded: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, OrganisationId>> {
    let select = set_sql!(
        "SELECT o.name_folded, o.id FROM {rows} JOIN organisation AS o \
         ON o.name_folded = rows.folded",
        folded: Text,
    );
    let mut rows = Rows::new();
    for one in folded {
        rows.push(args![one]);
    }
    let found = tx.all_of_set(select, rows, |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(found.into_iter().collect())
}

/// The name of one.
pub async fn name(tx: &mut Tx, id: OrganisationId) -> Result<Option<String>> {
    tx.maybe(db::sql!("SELECT name FROM organisation WHERE id = $1"), args![id], |row| row.get(0))
        .await
}
