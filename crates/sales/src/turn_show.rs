//! A show goes on the air and ends; its wall screen gets an address, or loses it.

use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{
    Reading, SaleError, Show, ShowId, ShowState, lay_evidence::hex, plan_show::visible_show,
    policy, store,
};

/// Puts a show on the air, or ends it.
pub async fn turn_show(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (ShowId, i64),
    to: ShowState,
) -> Result<(), SaleError> {
    let (mut show, permit) = to_run(tx, cx, id, version).await?;
    if show.state.next() != Some(to) {
        return Err(SaleError::ShowState);
    }
    show.state = to;
    let verb = if to == ShowState::OnAir {
        show.on_air_at = Some(cx.now);
        "show.on_air"
    } else {
        show.ended_at = Some(cx.now);
        "show.ended"
    };
    if !store::write_show(tx, &permit, &show).await? {
        return Err(SaleError::Conflict);
    }
    tx.journal(cx, Entry::on(verb, id).detail(&json!({ "title": show.title })));
    Ok(())
}

/// Gives the wall screen an address that nobody can guess, a new one each time.
pub async fn open_wall(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (ShowId, i64),
) -> Result<String, SaleError> {
    let (mut show, permit) = to_run(tx, cx, id, version).await?;
    let code = hex(&cx.random::<16>());
    show.wall_code = Some(code.clone());
    if !store::write_show(tx, &permit, &show).await? {
        return Err(SaleError::Conflict);
    }
    tx.journal(cx, Entry::on("show.wall_opened", id));
    Ok(code)
}

/// Takes the wall screen's address away.
pub async fn close_wall(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (ShowId, i64),
) -> Result<(), SaleError> {
    let (mut show, permit) = to_run(tx, cx, id, version).await?;
    show.wall_code = None;
    if !store::write_show(tx, &permit, &show).await? {
        return Err(SaleError::Conflict);
    }
    tx.journal(cx, Entry::on("show.wall_closed", id));
    Ok(())
}

async fn to_run(
    tx: &mut Tx,
    cx: &Cx,
    id: ShowId,
    version: i64,
) -> Result<(Show, policy::Permit<policy::RunShow>), SaleError> {
    let show = visible_show(tx, cx, id).await?;
    let reading = Reading::of(tx, cx).await?;
    let permit = policy::run_show(&cx.actor, &reading, show.campaign)?;
    if show.version == version { Ok((show, permit)) } else { Err(SaleError::Conflict) }
}
