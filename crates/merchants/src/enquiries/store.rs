//! SQL on `product_enquiry`.

use db::{Query, Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::Cx;

use super::{CONSENT_VERSION, Enquiry, EnquiryId};
use crate::{MerchantId, ProductId};

fn read(row: &Row) -> Result<Enquiry> {
    Ok(Enquiry {
        id: row.get(0)?,
        product: row.get(1)?,
        merchant: row.get(2)?,
        product_name: row.get(3)?,
        name: row.get(4)?,
        message: row.get(5)?,
        asked_at: row.get(6)?,
        answer: row.get(7)?,
        closed_at: row.get(8)?,
        forgotten_at: row.get(9)?,
    })
}

/// One enquiry.
pub(crate) async fn find(tx: &mut Tx, id: EnquiryId) -> Result<Option<Enquiry>> {
    let select = sql!(
        "SELECT e.id, e.product_id, p.merchant_id, p.name_zh, e.name, e.message, e.asked_at, \
         e.answer, e.closed_at, e.forgotten_at FROM product_enquiry e \
         JOIN product p ON p.id = e.product_id WHERE e.id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// The enquiries to these merchants: the open ones first, oldest first; then the others, newest
/// first.
pub(crate) async fn of_merchants(tx: &mut Tx, own: &[MerchantId]) -> Result<Vec<Enquiry>> {
    let query = Query::new(
        "SELECT e.id, e.product_id, p.merchant_id, p.name_zh, e.name, e.message, e.asked_at, \
         e.answer, e.closed_at, e.forgotten_at FROM product_enquiry e \
         JOIN product p ON p.id = e.product_id WHERE ",
    );
    let query = query.any_of("p.merchant_id", own.iter().copied());
    let mut all = tx.list(query.part(" ORDER BY e.asked_at DESC, e.id DESC"), read).await?;
    let (mut open, others): (Vec<_>, Vec<_>) = all.drain(..).partition(Enquiry::is_open);
    open.reverse();
    open.extend(others);
    Ok(open)
}

/// How many enquiries of a merchant wait for an answer.
pub(crate) async fn open_count(tx: &mut Tx, merchant: MerchantId) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM product_enquiry e JOIN product p ON p.id = e.product_id \
         WHERE p.merchant_id = $1 AND e.closed_at IS NULL AND e.forgotten_at IS NULL"
    );
    tx.scalar(select, args![merchant]).await
}

/// How often this number has asked since then.
pub(crate) async fn count_since(tx: &mut Tx, hash: &[u8], since: Timestamp) -> Result<i64> {
    let select =
        sql!("SELECT COUNT(*) FROM product_enquiry WHERE phone_hash = $1 AND asked_at > $2");
    tx.scalar(select, args![hash, since]).await
}

/// Keeps a question.
pub(crate) async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    id: EnquiryId,
    product: ProductId,
    (name, message): (&str, &str),
    (sealed, hash): (Vec<u8>, Vec<u8>),
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO product_enquiry (id, product_id, name, phone_sealed, phone_hash, message, \
         consent_version, asked_at, answer, closed_at, forgotten_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', NULL, NULL)"
    );
    let values = args![id, product, name, sealed, hash, message, CONSENT_VERSION, cx.now];
    tx.run(insert, values).await?;
    Ok(())
}

/// The sealed number; nothing once it is forgotten.
pub(crate) async fn phone_of(tx: &mut Tx, id: EnquiryId) -> Result<Option<Vec<u8>>> {
    let select = sql!("SELECT phone_sealed FROM product_enquiry WHERE id = $1");
    Ok(tx.maybe(select, args![id], |row| row.get(0)).await?.flatten())
}

/// The answer; whether the enquiry was open.
pub(crate) async fn close(tx: &mut Tx, cx: &Cx, id: EnquiryId, answer: &str) -> Result<bool> {
    let update = sql!(
        "UPDATE product_enquiry SET answer = $2, closed_at = $3 \
         WHERE id = $1 AND closed_at IS NULL AND forgotten_at IS NULL"
    );
    Ok(tx.run(update, args![id, answer, cx.now]).await? > 0)
}

/// Forgets person and words of what was closed, or came, before these instants.
pub(crate) async fn forget(
    tx: &mut Tx,
    cx: &Cx,
    closed_before: Timestamp,
    asked_before: Timestamp,
) -> Result<u64> {
    let update = sql!(
        "UPDATE product_enquiry SET name = '', phone_sealed = NULL, phone_hash = NULL, \
         message = '', answer = '', forgotten_at = $1 \
         WHERE forgotten_at IS NULL AND (closed_at < $2 OR asked_at < $3)"
    );
    tx.run(update, args![cx.now, closed_before, asked_before]).await
}
