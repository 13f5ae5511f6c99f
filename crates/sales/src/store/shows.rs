//! SQL on `live_show` and what hangs on it.

use campaigns::CampaignId;
use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::Code as _;

use crate::{
    Show, ShowId, ShownProduct, Slot,
    policy::{Permit, RunShow},
};

fn read(row: &Row) -> Result<Show> {
    Ok(Show {
        id: row.get(0)?,
        campaign: row.get(1)?,
        sub_event: row.get(2)?,
        title: row.get(3)?,
        host: row.get(4)?,
        platform: row.get(5)?,
        state: row.code(6)?,
        on_air_at: row.get(7)?,
        ended_at: row.get(8)?,
        wall_code: row.get(9)?,
        slots: Vec::new(),
        merchants: Vec::new(),
        products: Vec::new(),
        version: row.get(10)?,
    })
}

/// One show with its plan, merchants and products.
pub async fn show_by_id(tx: &mut Tx, id: ShowId) -> Result<Option<Show>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, title, host, platform, state, on_air_at, ended_at, \
         wall_code, version FROM live_show WHERE id = $1"
    );
    let Some(mut show) = tx.maybe(select, args![id], read).await? else { return Ok(None) };
    fill(tx, &mut show).await?;
    Ok(Some(show))
}

/// The show whose wall screen has this address.
pub(crate) async fn show_of_wall(tx: &mut Tx, code: &str) -> Result<Option<ShowId>> {
    let select = sql!("SELECT id FROM live_show WHERE wall_code = $1");
    tx.maybe(select, args![code], |row| row.get(0)).await
}

/// The shows of a campaign, in the order they were planned.
pub async fn shows_of(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<Show>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, title, host, platform, state, on_air_at, ended_at, \
         wall_code, version FROM live_show WHERE campaign_id = $1 ORDER BY created_at, id"
    );
    let mut shows = tx.all(select, args![campaign], read).await?;
    for show in &mut shows {
        fill(tx, show).await?;
    }
    Ok(shows)
}

async fn fill(tx: &mut Tx, show: &mut Show) -> Result<()> {
    let select =
        sql!("SELECT from_at, to_at FROM live_show_slot WHERE show_id = $1 ORDER BY turn_no");
    let slot = |row: &Row| Ok(Slot { from_at: row.get(0)?, to_at: row.get(1)? });
    show.slots = tx.all(select, args![show.id], slot).await?;
    let select =
        sql!("SELECT merchant_id FROM live_show_merchant WHERE show_id = $1 ORDER BY merchant_id");
    show.merchants = tx.all(select, args![show.id], |row| row.get(0)).await?;
    let select =
        sql!("SELECT product_id, title FROM live_show_product WHERE show_id = $1 ORDER BY turn_no");
    let product = |row: &Row| Ok(ShownProduct { product: row.get(0)?, title: row.get(1)? });
    show.products = tx.all(select, args![show.id], product).await?;
    Ok(())
}

/// Keeps a new show.
pub(crate) async fn insert_show(
    tx: &mut Tx,
    permit: &Permit<RunShow>,
    show: &Show,
    now: Timestamp,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO live_show (id, campaign_id, sub_event_id, title, host, platform, state, \
         version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)"
    );
    let values = args![
        show.id,
        show.campaign,
        show.sub_event,
        &show.title,
        &show.host,
        &show.platform,
        show.state.code(),
        now,
    ];
    tx.run(insert, values).await?;
    write_lists(tx, permit, show).await
}

/// Keeps a show as it is now, if it was read last; answers whether it was.
pub(crate) async fn write_show(tx: &mut Tx, permit: &Permit<RunShow>, show: &Show) -> Result<bool> {
    let update = sql!(
        "UPDATE live_show SET sub_event_id = $3, title = $4, host = $5, platform = $6, state = $7, \
         on_air_at = $8, ended_at = $9, wall_code = $10, version = version + 1 \
         WHERE id = $1 AND version = $2"
    );
    let values = args![
        show.id,
        show.version,
        show.sub_event,
        &show.title,
        &show.host,
        &show.platform,
        show.state.code(),
        show.on_air_at,
        show.ended_at,
        &show.wall_code,
    ];
    if tx.run(update, values).await? == 0 {
        return Ok(false);
    }
    tx.run(sql!("DELETE FROM live_show_slot WHERE show_id = $1"), args![show.id]).await?;
    tx.run(sql!("DELETE FROM live_show_merchant WHERE show_id = $1"), args![show.id]).await?;
    tx.run(sql!("DELETE FROM live_show_product WHERE show_id = $1"), args![show.id]).await?;
    write_lists(tx, permit, show).await?;
    Ok(true)
}

async fn write_lists(tx: &mut Tx, _: &Permit<RunShow>, show: &Show) -> Result<()> {
    let insert = set_sql!(
        "INSERT INTO live_show_slot (show_id, turn_no, from_at, to_at) \
         SELECT show_id, turn_no, from_at, to_at FROM {rows}",
        show_id: Uuid, turn_no: Int, from_at: Instant, to_at: Instant,
    );
    let mut rows = Rows::with_capacity(show.slots.len());
    for (turn, slot) in (1_i64..).zip(&show.slots) {
        rows.push(args![show.id, turn, slot.from_at, slot.to_at]);
    }
    tx.run_set(insert, rows).await?;
    let insert = set_sql!(
        "INSERT INTO live_show_merchant (show_id, merchant_id) \
         SELECT show_id, merchant_id FROM {rows}",
        show_id: Uuid, merchant_id: Uuid,
    );
    let mut rows = Rows::with_capacity(show.merchants.len());
    for merchant in &show.merchants {
        rows.push(args![show.id, *merchant]);
    }
    tx.run_set(insert, rows).await?;
    let insert = set_sql!(
        "INSERT INTO live_show_product (show_id, turn_no, product_id, title) \
         SELECT show_id, turn_no, product_id, title FROM {rows}",
        show_id: Uuid, turn_no: Int, product_id: Uuid, title: Text,
    );
    let mut rows = Rows::with_capacity(show.products.len());
    for (turn, one) in (1_i64..).zip(&show.products) {
        rows.push(args![show.id, turn, one.product, &one.title]);
    }
    tx.run_set(insert, rows).await?;
    Ok(())
}
