//! 口径: the named, versioned rule of which units should establish an organisation.

use db::{Entry, Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::Cx;

/// One version of the rule. A figure names the version that it was computed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// From 1; a new one never changes what an old one said.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// A unit with at least so many full members is eligible.
    pub member_floor: i64,
    /// Where the rule comes from.
    pub note: String,
    /// When it was published.
    pub published_at: Timestamp,
}

fn definition(row: &Row) -> Result<Definition> {
    Ok(Definition {
        version: row.get(0)?,
        name: row.get(1)?,
        member_floor: row.get(2)?,
        note: row.get(3)?,
        published_at: row.get(4)?,
    })
}

/// The newest version.
pub async fn current(tx: &mut Tx) -> Result<Definition> {
    let select = sql!(
        "SELECT version, name, member_floor, note, published_at FROM definition \
         ORDER BY version DESC LIMIT 1"
    );
    tx.one(select, args![], definition).await
}

/// Every version, newest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Definition>> {
    let select = sql!(
        "SELECT version, name, member_floor, note, published_at FROM definition \
         ORDER BY version DESC"
    );
    tx.all(select, args![], definition).await
}

/// Publishes a new version; figures from now on name it. The running sums are recounted under it
/// in the same transaction, so that no page ever mixes two rules.
pub async fn publish(
    tx: &mut Tx,
    cx: &Cx,
    name: &str,
    member_floor: i64,
    note: &str,
) -> Result<i64> {
    let version = current(tx).await?.version + 1;
    let insert = sql!(
        "INSERT INTO definition (version, name, member_floor, note, published_at, published_by) \
         VALUES ($1, $2, $3, $4, $5, $6)"
    );
    let by = cx.actor.account();
    tx.run(insert, args![version, name, member_floor, note, cx.now, by]).await?;
    crate::sums::recount(tx, member_floor).await?;
    let detail = serde_json::json!({ "version": version, "member_floor": member_floor });
    tx.journal(cx, Entry::of("definition.published").detail(&detail));
    Ok(version)
}
