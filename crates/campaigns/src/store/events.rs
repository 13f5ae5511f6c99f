//! SQL on `sub_event` and `programme_item`.

use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::Code as _;

use crate::{
    CampaignId, ItemId, ProgrammeItem, SubEvent, SubEventId,
    policy::{Permit, Run},
};

fn read(row: &Row) -> Result<SubEvent> {
    let cancelled: Option<Timestamp> = row.get(10)?;
    let reason: String = row.get(11)?;
    Ok(SubEvent {
        id: row.get(0)?,
        campaign: row.get(1)?,
        kind: row.code(2)?,
        name: row.get(3)?,
        name_en: row.get(4)?,
        about: row.get(5)?,
        about_en: row.get(6)?,
        place: row.get(7)?,
        from_at: row.get(8)?,
        to_at: row.get(9)?,
        cancelled: cancelled.map(|at| (at, reason)),
        version: row.get(12)?,
    })
}

/// A campaign's sub-events by when they begin, the cancelled ones too.
pub async fn sub_events(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<SubEvent>> {
    let select = sql!(
        "SELECT id, campaign_id, kind, name, name_en, about, about_en, place_id, from_at, to_at, \
         cancelled_at, cancel_reason, version FROM sub_event WHERE campaign_id = $1 \
         ORDER BY from_at, id"
    );
    tx.all(select, args![campaign], read).await
}

/// One sub-event.
pub(crate) async fn sub_event(tx: &mut Tx, id: SubEventId) -> Result<Option<SubEvent>> {
    let select = sql!(
        "SELECT id, campaign_id, kind, name, name_en, about, about_en, place_id, from_at, to_at, \
         cancelled_at, cancel_reason, version FROM sub_event WHERE id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// Keeps a new sub-event, or one as it is now.
pub(crate) async fn write_sub_event(tx: &mut Tx, _: &Permit<Run>, one: &SubEvent) -> Result<()> {
    let upsert = sql!(
        "INSERT INTO sub_event (id, campaign_id, kind, name, name_en, about, about_en, place_id, \
         from_at, to_at, cancelled_at, cancel_reason, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, \
         name_en = excluded.name_en, about = excluded.about, about_en = excluded.about_en, \
         place_id = excluded.place_id, from_at = excluded.from_at, to_at = excluded.to_at, \
         cancelled_at = excluded.cancelled_at, cancel_reason = excluded.cancel_reason, \
         version = excluded.version"
    );
    let (cancelled_at, reason) = match &one.cancelled {
        Some((at, reason)) => (Some(*at), reason.as_str()),
        None => (None, ""),
    };
    let values = args![
        one.id,
        one.campaign,
        one.kind.code(),
        &one.name,
        &one.name_en,
        &one.about,
        &one.about_en,
        one.place,
        one.from_at,
        one.to_at,
        cancelled_at,
        reason,
        one.version,
    ];
    tx.run(upsert, values).await?;
    Ok(())
}

/// A campaign's programme by time.
pub async fn programme(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<ProgrammeItem>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, title, title_en, place_id, from_at, to_at \
         FROM programme_item WHERE campaign_id = $1 ORDER BY from_at, to_at, id"
    );
    tx.all(select, args![campaign], |row| {
        Ok(ProgrammeItem {
            id: row.get(0)?,
            campaign: row.get(1)?,
            sub_event: row.get(2)?,
            title: row.get(3)?,
            title_en: row.get(4)?,
            place: row.get(5)?,
            from_at: row.get(6)?,
            to_at: row.get(7)?,
        })
    })
    .await
}

/// Keeps a new line of the programme.
pub(crate) async fn insert_item(tx: &mut Tx, _: &Permit<Run>, one: &ProgrammeItem) -> Result<()> {
    let insert = sql!(
        "INSERT INTO programme_item (id, campaign_id, sub_event_id, title, title_en, place_id, \
         from_at, to_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    let values = args![
        one.id,
        one.campaign,
        one.sub_event,
        &one.title,
        &one.title_en,
        one.place,
        one.from_at,
        one.to_at,
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// Takes a line off the programme.
pub(crate) async fn delete_item(
    tx: &mut Tx,
    _: &Permit<Run>,
    (campaign, item): (CampaignId, ItemId),
) -> Result<()> {
    let delete = sql!("DELETE FROM programme_item WHERE campaign_id = $1 AND id = $2");
    tx.run(delete, args![campaign, item]).await?;
    Ok(())
}
