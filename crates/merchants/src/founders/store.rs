//! SQL on `founder` and `founder_step`.

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use kernel::{Code as _, Cx, Fen};

use super::{FOUNDER_CONSENT, Founder, Step, StepFacts, StepId, policy::FounderPermit};
use crate::FounderId;

fn founder(row: &Row) -> Result<Founder> {
    Ok(Founder {
        id: row.get(0)?,
        kind: row.code(1)?,
        name: row.get(2)?,
        town: row.get(3)?,
        registered_on: row.get(4)?,
        has_phone: row.get(5)?,
        withdrawn_at: row.get(6)?,
        version: row.get(7)?,
    })
}

/// Every founder, those who withdrew too, by the day of registration, newest first.
pub(crate) async fn all_founders(tx: &mut Tx) -> Result<Vec<Founder>> {
    let select = sql!(
        "SELECT id, kind, name, town_id, registered_on, phone_sealed IS NOT NULL, withdrawn_at, \
         version FROM founder ORDER BY registered_on DESC, id DESC"
    );
    tx.all(select, args![], founder).await
}

/// One founder.
pub(crate) async fn find_founder(tx: &mut Tx, id: FounderId) -> Result<Option<Founder>> {
    let select = sql!(
        "SELECT id, kind, name, town_id, registered_on, phone_sealed IS NOT NULL, withdrawn_at, \
         version FROM founder WHERE id = $1"
    );
    tx.maybe(select, args![id], founder).await
}

/// Keeps a new founder.
pub(crate) async fn insert_founder(
    tx: &mut Tx,
    cx: &Cx,
    _: &FounderPermit,
    one: &Founder,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO founder (id, kind, name, phone_sealed, town_id, registered_on, \
         consent_version, consented_at, withdrawn_at, version) \
         VALUES ($1, $2, $3, NULL, $4, $5, $6, $7, NULL, 1)"
    );
    let values = args![
        one.id,
        one.kind.code(),
        &one.name,
        one.town,
        one.registered_on,
        FOUNDER_CONSENT,
        cx.now,
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// The founder as in `one`, if nobody changed it since its version.
pub(crate) async fn update_founder(tx: &mut Tx, _: &FounderPermit, one: &Founder) -> Result<bool> {
    let update = sql!(
        "UPDATE founder SET kind = $3, name = $4, town_id = $5, version = version + 1 \
         WHERE id = $1 AND version = $2 AND withdrawn_at IS NULL"
    );
    let values = args![one.id, one.version, one.kind.code(), &one.name, one.town];
    Ok(tx.run(update, values).await? > 0)
}

/// The sealed phone.
pub(crate) async fn phone_of(tx: &mut Tx, id: FounderId) -> Result<Option<Vec<u8>>> {
    let select = sql!("SELECT phone_sealed FROM founder WHERE id = $1");
    Ok(tx.maybe(select, args![id], |row| row.get(0)).await?.flatten())
}

/// Keeps the sealed phone, or none.
pub(crate) async fn set_phone(
    tx: &mut Tx,
    _: &FounderPermit,
    id: FounderId,
    sealed: Option<Vec<u8>>,
) -> Result<()> {
    let update = sql!("UPDATE founder SET phone_sealed = $2, version = version + 1 WHERE id = $1");
    tx.run(update, args![id, sealed]).await?;
    Ok(())
}

/// Name and phone are gone, from now on.
pub(crate) async fn forget_founder(
    tx: &mut Tx,
    cx: &Cx,
    _: &FounderPermit,
    id: FounderId,
) -> Result<bool> {
    let update = sql!(
        "UPDATE founder SET name = '', phone_sealed = NULL, withdrawn_at = $2, \
         version = version + 1 WHERE id = $1 AND withdrawn_at IS NULL"
    );
    Ok(tx.run(update, args![id, cx.now]).await? > 0)
}

fn step(row: &Row) -> Result<Step> {
    let amount: Option<i64> = row.get(6)?;
    Ok(Step {
        id: row.get(0)?,
        founder: row.get(1)?,
        facts: StepFacts {
            kind: row.code(2)?,
            on: row.get(3)?,
            title: row.get(4)?,
            by_whom: row.get(5)?,
            amount: amount.map(Fen),
            merchant: row.get(7)?,
            place: row.get(8)?,
        },
        struck_at: row.get(9)?,
        struck_for: row.get(10)?,
    })
}

/// Every step of every founder, newest first.
pub(crate) async fn all_steps(tx: &mut Tx) -> Result<Vec<Step>> {
    let select = sql!(
        "SELECT id, founder_id, kind, on_date, title, by_whom, amount_fen, merchant_id, place_id, \
         struck_at, struck_for FROM founder_step ORDER BY on_date DESC, id DESC"
    );
    tx.all(select, args![], step).await
}

/// One step.
pub(crate) async fn find_step(tx: &mut Tx, id: StepId) -> Result<Option<Step>> {
    let select = sql!(
        "SELECT id, founder_id, kind, on_date, title, by_whom, amount_fen, merchant_id, place_id, \
         struck_at, struck_for FROM founder_step WHERE id = $1"
    );
    tx.maybe(select, args![id], step).await
}

/// Keeps new steps.
pub(crate) async fn insert_steps(
    tx: &mut Tx,
    cx: &Cx,
    _: &FounderPermit,
    steps: Vec<(StepId, FounderId, StepFacts)>,
) -> Result<()> {
    let mut rows = Rows::with_capacity(steps.len());
    for (id, founder, facts) in steps {
        let amount = facts.amount.map(|amount| amount.0);
        rows.push(args![
            id,
            founder,
            facts.kind.code(),
            facts.on,
            facts.title,
            facts.by_whom,
            amount,
            facts.merchant,
            facts.place,
            cx.now,
        ]);
    }
    let insert = set_sql!(
        "INSERT INTO founder_step (id, founder_id, kind, on_date, title, by_whom, amount_fen, \
         merchant_id, place_id, noted_at, struck_at, struck_for) \
         SELECT id, founder_id, kind, on_date, title, by_whom, amount_fen, merchant_id, place_id, \
         noted_at, NULL, '' FROM {rows}",
        id: Uuid, founder_id: Uuid, kind: Text, on_date: Date, title: Text, by_whom: Text,
        amount_fen: Int, merchant_id: Uuid, place_id: Uuid, noted_at: Instant,
    );
    tx.run_set(insert, rows).await?;
    Ok(())
}

/// A step counts no more; whether it did.
pub(crate) async fn strike(
    tx: &mut Tx,
    cx: &Cx,
    _: &FounderPermit,
    id: StepId,
    reason: &str,
) -> Result<bool> {
    let update = sql!(
        "UPDATE founder_step SET struck_at = $2, struck_for = $3 \
         WHERE id = $1 AND struck_at IS NULL"
    );
    Ok(tx.run(update, args![id, cx.now, reason]).await? > 0)
}
