//! SQL on `merchant`.

use db::{Result, Row, Tx, args, sql};
use kernel::{Code as _, Cx};

use crate::{
    Merchant, MerchantId,
    policy::{EditMerchant, Permit},
};

fn read(row: &Row) -> Result<Merchant> {
    let uscc: String = row.get(2)?;
    Ok(Merchant {
        id: row.get(0)?,
        name: row.get(1)?,
        // Checked when it was written.
        uscc: uscc.parse().ok(),
        place: row.get(3)?,
        town: row.get(4)?,
        state: row.code(5)?,
        has_phone: row.get(6)?,
        has_payee: row.get(7)?,
        version: row.get(8)?,
    })
}

/// One merchant, of whatever state.
pub(crate) async fn find_merchant(tx: &mut Tx, id: MerchantId) -> Result<Option<Merchant>> {
    let select = sql!(
        "SELECT id, name, uscc, place_id, town_id, state, phone_sealed IS NOT NULL, \
         payee_sealed IS NOT NULL, version FROM merchant WHERE id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// Every merchant by name. A city has thousands of them: who asks for some picks them here.
pub(crate) async fn all_merchants(tx: &mut Tx) -> Result<Vec<Merchant>> {
    let select = sql!(
        "SELECT id, name, uscc, place_id, town_id, state, phone_sealed IS NOT NULL, \
         payee_sealed IS NOT NULL, version FROM merchant ORDER BY name_folded, id"
    );
    tx.all(select, args![], read).await
}

/// Keeps a new merchant; answers whether its name was free at its place.
pub(crate) async fn insert_merchant(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<EditMerchant>,
    one: &Merchant,
    name_folded: &str,
) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO merchant (id, name, name_folded, uscc, place_id, town_id, phone_sealed, \
         payee_sealed, state, registered_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL, $7, $8, $9) \
         ON CONFLICT (place_id, name_folded) WHERE state <> 'closed' DO NOTHING"
    );
    let uscc = one.uscc.as_ref().map_or("", |uscc| uscc.as_str());
    let values = args![
        one.id,
        &one.name,
        name_folded,
        uscc,
        one.place,
        one.town,
        one.state.code(),
        cx.now,
        one.version,
    ];
    Ok(tx.run(insert, values).await? > 0)
}

/// Another merchant at the place that has not left is called so.
pub(crate) async fn is_name_taken(tx: &mut Tx, one: &Merchant, name_folded: &str) -> Result<bool> {
    let select = sql!(
        "SELECT COUNT(*) FROM merchant WHERE place_id = $1 AND name_folded = $2 \
         AND state <> 'closed' AND id <> $3"
    );
    let others: i64 = tx.scalar(select, args![one.place, name_folded, one.id]).await?;
    Ok(others > 0)
}

/// The merchant is as in `one`, whose version is the one that was read; answers whether nobody
/// changed it meanwhile.
pub(crate) async fn update_merchant(
    tx: &mut Tx,
    _: &Permit<EditMerchant>,
    one: &Merchant,
    name_folded: &str,
) -> Result<bool> {
    let update = sql!(
        "UPDATE merchant SET name = $3, name_folded = $4, uscc = $5, place_id = $6, town_id = $7, \
         state = $8, version = version + 1 WHERE id = $1 AND version = $2"
    );
    let uscc = one.uscc.as_ref().map_or("", |uscc| uscc.as_str());
    let values = args![
        one.id,
        one.version,
        &one.name,
        name_folded,
        uscc,
        one.place,
        one.town,
        one.state.code(),
    ];
    Ok(tx.run(update, values).await? > 0)
}

/// How the merchant is reached, sealed; nothing when it is not to be kept any more.
pub(crate) async fn set_phone(
    tx: &mut Tx,
    _: &Permit<EditMerchant>,
    id: MerchantId,
    sealed: Option<Vec<u8>>,
) -> Result<()> {
    let update = sql!("UPDATE merchant SET phone_sealed = $2, version = version + 1 WHERE id = $1");
    tx.run(update, args![id, sealed]).await?;
    Ok(())
}

/// Where its money goes, sealed.
pub(crate) async fn set_payee(
    tx: &mut Tx,
    _: &Permit<EditMerchant>,
    id: MerchantId,
    sealed: Vec<u8>,
) -> Result<()> {
    let update = sql!("UPDATE merchant SET payee_sealed = $2, version = version + 1 WHERE id = $1");
    tx.run(update, args![id, sealed]).await?;
    Ok(())
}

/// The sealed phone and the sealed payee.
pub(crate) async fn sealed_of(
    tx: &mut Tx,
    id: MerchantId,
) -> Result<(Option<Vec<u8>>, Option<Vec<u8>>)> {
    let select = sql!("SELECT phone_sealed, payee_sealed FROM merchant WHERE id = $1");
    let found = tx.maybe(select, args![id], |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(found.unwrap_or_default())
}
