//! SQL on `funder`.

use db::{Result, Row, Tx, args, sql};

use crate::{
    Funder, FunderId,
    policy::{KeepFunders, Permit},
};

fn read(row: &Row) -> Result<Funder> {
    Ok(Funder {
        id: row.get(0)?,
        name: row.get(1)?,
        account_tail: row.get(2)?,
        version: row.get(3)?,
    })
}

/// One funder. Who may see it is the caller's matter.
pub async fn funder(tx: &mut Tx, id: FunderId) -> Result<Option<Funder>> {
    let select = sql!("SELECT id, name, account_tail, version FROM funder WHERE id = $1");
    tx.maybe(select, args![id], read).await
}

/// Every funder, by name.
pub async fn funders(tx: &mut Tx) -> Result<Vec<Funder>> {
    let select = sql!("SELECT id, name, account_tail, version FROM funder ORDER BY name_folded");
    tx.all(select, args![], read).await
}

/// The sealed account.
pub(crate) async fn sealed_account(tx: &mut Tx, id: FunderId) -> Result<Option<Vec<u8>>> {
    let select = sql!("SELECT account_sealed FROM funder WHERE id = $1");
    tx.maybe(select, args![id], |row| row.get(0)).await
}

/// The name, as written, of another funder that is called so.
pub(crate) async fn funder_namesake(
    tx: &mut Tx,
    name_folded: &str,
    but: Option<FunderId>,
) -> Result<Option<String>> {
    let select =
        sql!("SELECT name FROM funder WHERE name_folded = $1 AND (id <> $2 OR $2 IS NULL) LIMIT 1");
    tx.maybe(select, args![name_folded, but], |row| row.get(0)).await
}

/// Keeps a new funder; answers whether the name was still free.
pub(crate) async fn insert_funder(
    tx: &mut Tx,
    _: &Permit<KeepFunders>,
    one: &Funder,
    name_folded: &str,
    sealed: Vec<u8>,
) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO funder (id, name, name_folded, account_sealed, account_tail, version) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
    );
    let values = args![one.id, &one.name, name_folded, sealed, &one.account_tail, one.version];
    Ok(tx.run(insert, values).await? == 1)
}

/// Keeps a funder as it is now; answers whether it was still of the version before.
pub(crate) async fn update_funder(
    tx: &mut Tx,
    _: &Permit<KeepFunders>,
    one: &Funder,
    name_folded: &str,
    sealed: Vec<u8>,
) -> Result<bool> {
    let update = sql!(
        "UPDATE funder SET name = $2, name_folded = $3, account_sealed = $4, \
         account_tail = $5, version = $6 WHERE id = $1 AND version = $6 - 1"
    );
    let values = args![one.id, &one.name, name_folded, sealed, &one.account_tail, one.version];
    Ok(tx.run(update, values).await? == 1)
}
