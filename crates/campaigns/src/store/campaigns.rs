//! SQL on `campaign`, its places, sponsors and pledges.

use std::collections::HashMap;

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::{Code as _, Fen, actor::AccountId};
use places::PlaceId;

use crate::{
    Campaign, CampaignId, CampaignState, FunderId, Pledge, Sponsor,
    policy::{Fund, Permit, Run},
};

fn read(row: &Row) -> Result<Campaign> {
    Ok(Campaign {
        id: row.get(0)?,
        slug: row.get(1)?,
        name: row.get(2)?,
        name_en: row.get(3)?,
        about: row.get(4)?,
        about_en: row.get(5)?,
        phone: row.get(6)?,
        state: row.code(7)?,
        state_reason: row.get(8)?,
        from_on: row.get(9)?,
        last_on: row.get(10)?,
        drafted_by: row.get::<Option<uuid::Uuid>>(11)?.map(AccountId::from_uuid),
        approved_at: row.get(12)?,
        version: row.get(13)?,
        places: Vec::new(),
        sponsors: Vec::new(),
        pledges: Vec::new(),
    })
}

/// One campaign, whoever asks: for jobs and for other rooms' verbs, which ask their own policy.
pub async fn campaign_by_id(tx: &mut Tx, id: CampaignId) -> Result<Option<Campaign>> {
    let select = sql!(
        "SELECT id, slug, name, name_en, about, about_en, phone, state, state_reason, from_on, \
         last_on, drafted_by, approved_at, version FROM campaign WHERE id = $1"
    );
    let Some(mut found) = tx.maybe(select, args![id], read).await? else { return Ok(None) };
    let select =
        sql!("SELECT place_id FROM campaign_place WHERE campaign_id = $1 ORDER BY turn_no");
    found.places = tx.all(select, args![id], |row| row.get(0)).await?;
    let select = sql!(
        "SELECT part, name, name_en FROM campaign_sponsor WHERE campaign_id = $1 ORDER BY turn_no"
    );
    found.sponsors = tx.all(select, args![id], sponsor).await?;
    let select = sql!(
        "SELECT p.funder_id, f.name, p.amount_fen, p.agreed_at FROM campaign_pledge p \
         JOIN funder f ON f.id = p.funder_id WHERE p.campaign_id = $1 ORDER BY p.turn_no"
    );
    found.pledges = tx.all(select, args![id], |row| pledge(row, 0)).await?;
    Ok(Some(found))
}

fn sponsor(row: &Row) -> Result<Sponsor> {
    Ok(Sponsor { part: row.code(0)?, name: row.get(1)?, name_en: row.get(2)? })
}

fn pledge(row: &Row, from: usize) -> Result<Pledge> {
    Ok(Pledge {
        funder: row.get(from)?,
        name: row.get(from + 1)?,
        amount: Fen(row.get(from + 2)?),
        agreed_at: row.get(from + 3)?,
    })
}

/// The campaign at the end of this address.
pub(crate) async fn id_of_slug(tx: &mut Tx, slug: &str) -> Result<Option<CampaignId>> {
    let select = sql!("SELECT id FROM campaign WHERE slug = $1");
    tx.maybe(select, args![slug], |row| row.get(0)).await
}

/// Every campaign, newest first, with places and pledges and without sponsors.
pub(crate) async fn all_campaigns(tx: &mut Tx) -> Result<Vec<Campaign>> {
    let select = sql!(
        "SELECT id, slug, name, name_en, about, about_en, phone, state, state_reason, from_on, \
         last_on, drafted_by, approved_at, version FROM campaign ORDER BY from_on DESC, id DESC"
    );
    let mut all = tx.all(select, args![], read).await?;
    let select =
        sql!("SELECT campaign_id, place_id FROM campaign_place ORDER BY campaign_id, turn_no");
    let mut places: HashMap<CampaignId, Vec<PlaceId>> = HashMap::new();
    for (campaign, place) in tx.all(select, args![], |row| Ok((row.get(0)?, row.get(1)?))).await? {
        places.entry(campaign).or_default().push(place);
    }
    let select = sql!(
        "SELECT p.campaign_id, p.funder_id, f.name, p.amount_fen, p.agreed_at \
         FROM campaign_pledge p JOIN funder f ON f.id = p.funder_id \
         ORDER BY p.campaign_id, p.turn_no"
    );
    let mut pledges: HashMap<CampaignId, Vec<Pledge>> = HashMap::new();
    for (campaign, one) in tx.all(select, args![], |row| Ok((row.get(0)?, pledge(row, 1)?))).await?
    {
        pledges.entry(campaign).or_default().push(one);
    }
    for one in &mut all {
        one.places = places.remove(&one.id).unwrap_or_default();
        one.pledges = pledges.remove(&one.id).unwrap_or_default();
    }
    Ok(all)
}

/// Lets one verb at a time change a campaign and what hangs on it, so that what was checked of the
/// whole still holds when it is written.
pub(crate) async fn lock(tx: &mut Tx, id: CampaignId) -> Result<()> {
    tx.run(sql!("UPDATE campaign SET version = version WHERE id = $1"), args![id]).await?;
    Ok(())
}

/// Keeps a new campaign; answers whether its address was still free.
pub(crate) async fn insert_campaign(
    tx: &mut Tx,
    permit: &Permit<Run>,
    one: &Campaign,
    now: Timestamp,
) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO campaign (id, slug, name, name_en, about, about_en, phone, state, \
         state_reason, from_on, last_on, drafted_by, approved_at, version, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT DO NOTHING"
    );
    let values = args![
        one.id,
        &one.slug,
        &one.name,
        &one.name_en,
        &one.about,
        &one.about_en,
        &one.phone,
        one.state.code(),
        &one.state_reason,
        one.from_on,
        one.last_on,
        one.drafted_by,
        one.approved_at,
        one.version,
        now,
    ];
    if tx.run(insert, values).await? == 0 {
        return Ok(false);
    }
    write_lists(tx, permit, one).await?;
    Ok(true)
}

/// Keeps the words and dates of a campaign; its state has its own write.
pub(crate) async fn update_campaign(tx: &mut Tx, _: &Permit<Run>, one: &Campaign) -> Result<()> {
    let update = sql!(
        "UPDATE campaign SET slug = $2, name = $3, name_en = $4, about = $5, about_en = $6, \
         phone = $7, from_on = $8, last_on = $9, drafted_by = $10, version = $11 WHERE id = $1"
    );
    let values = args![
        one.id,
        &one.slug,
        &one.name,
        &one.name_en,
        &one.about,
        &one.about_en,
        &one.phone,
        one.from_on,
        one.last_on,
        one.drafted_by,
        one.version,
    ];
    tx.run(update, values).await?;
    Ok(())
}

/// Writes the campaign's places, sponsors and pledges in place of what stood there. No pledge is
/// agreed to then.
pub(crate) async fn write_lists(tx: &mut Tx, _: &Permit<Run>, one: &Campaign) -> Result<()> {
    tx.run(sql!("DELETE FROM campaign_place WHERE campaign_id = $1"), args![one.id]).await?;
    tx.run(sql!("DELETE FROM campaign_sponsor WHERE campaign_id = $1"), args![one.id]).await?;
    tx.run(sql!("DELETE FROM campaign_pledge WHERE campaign_id = $1"), args![one.id]).await?;
    let insert = set_sql!(
        "INSERT INTO campaign_place (campaign_id, place_id, turn_no) \
         SELECT campaign_id, place_id, turn_no FROM {rows}",
        campaign_id: Uuid, place_id: Uuid, turn_no: Int,
    );
    let mut rows = Rows::with_capacity(one.places.len());
    for (turn, place) in (1_i64..).zip(&one.places) {
        rows.push(args![one.id, *place, turn]);
    }
    tx.run_set(insert, rows).await?;
    let insert = set_sql!(
        "INSERT INTO campaign_sponsor (campaign_id, turn_no, part, name, name_en) \
         SELECT campaign_id, turn_no, part, name, name_en FROM {rows}",
        campaign_id: Uuid, turn_no: Int, part: Text, name: Text, name_en: Text,
    );
    let mut rows = Rows::with_capacity(one.sponsors.len());
    for (turn, sponsor) in (1_i64..).zip(&one.sponsors) {
        rows.push(args![one.id, turn, sponsor.part.code(), &sponsor.name, &sponsor.name_en]);
    }
    tx.run_set(insert, rows).await?;
    let insert = set_sql!(
        "INSERT INTO campaign_pledge (campaign_id, funder_id, turn_no, amount_fen) \
         SELECT campaign_id, funder_id, turn_no, amount_fen FROM {rows}",
        campaign_id: Uuid, funder_id: Uuid, turn_no: Int, amount_fen: Int,
    );
    let mut rows = Rows::with_capacity(one.pledges.len());
    for (turn, pledge) in (1_i64..).zip(&one.pledges) {
        rows.push(args![one.id, pledge.funder, turn, pledge.amount.0]);
    }
    tx.run_set(insert, rows).await?;
    Ok(())
}

/// The funder agrees to the terms as they stand.
pub(crate) async fn agree(
    tx: &mut Tx,
    _: &Permit<Fund>,
    (campaign, funder): (CampaignId, FunderId),
    (at, by): (Timestamp, Option<AccountId>),
) -> Result<()> {
    let update = sql!(
        "UPDATE campaign_pledge SET agreed_at = $3, agreed_by = $4 \
         WHERE campaign_id = $1 AND funder_id = $2"
    );
    tx.run(update, args![campaign, funder, at, by]).await?;
    Ok(())
}

/// Nobody agreed yet.
pub(crate) async fn forget_agreements(
    tx: &mut Tx,
    _: &Permit<Fund>,
    campaign: CampaignId,
) -> Result<()> {
    let update = sql!(
        "UPDATE campaign_pledge SET agreed_at = NULL, agreed_by = NULL WHERE campaign_id = $1"
    );
    tx.run(update, args![campaign]).await?;
    Ok(())
}

/// Keeps where a campaign stands from now on.
pub(crate) async fn write_state<T>(
    tx: &mut Tx,
    _: &Permit<T>,
    id: CampaignId,
    (state, reason): (CampaignState, &str),
    approved_at: Option<Timestamp>,
) -> Result<()> {
    let update = sql!(
        "UPDATE campaign SET state = $2, state_reason = $3, approved_at = $4, \
         version = version + 1 WHERE id = $1"
    );
    tx.run(update, args![id, state.code(), reason, approved_at]).await?;
    Ok(())
}
