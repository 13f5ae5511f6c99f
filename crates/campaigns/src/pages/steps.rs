//! The steps of a campaign, as buttons of its page: what each posts to.

use axum::extract::Path;
use db::Tx;
use web::{Answer, Ask, Form};

use crate::{
    Campaign, CampaignError, CampaignId, CampaignState, SectionsPart, Sight, approve_campaign,
    cancel_campaign, close_campaign,
    pages::frame::{id_of, see, version_field},
    send_back_campaign, settle_campaign, start_campaign,
};

/// A button under which a step is taken.
pub(crate) struct Act {
    pub label: &'static str,
    pub action: String,
    pub asks_why: bool,
    pub is_main: bool,
}

/// The steps that the reader may take from where the campaign stands.
pub(crate) fn acts(ask: &Ask, sight: &Sight) -> Vec<Act> {
    let Campaign { id, state, .. } = sight.campaign;
    let account = ask.cx.actor.account();
    let is_own = account.is_some() && account == sight.campaign.drafted_by;
    let act = |label, path, asks_why, is_main| {
        let action = format!("/campaigns/{id}/{path}");
        Act { label, action, asks_why, is_main }
    };
    let mut acts = Vec::new();
    let waits = sight
        .campaign
        .pledges
        .iter()
        .any(|one| one.agreed_at.is_none() && crate::funds(&ask.cx.actor, one.funder));
    if state == CampaignState::Draft && waits && !is_own {
        acts.push(act("同意出资", "approvals", false, true));
    }
    if state == CampaignState::Approved && sight.funds {
        acts.push(act("退回重写", "returns", true, false));
    }
    if !sight.runs {
        return acts;
    }
    let is_early = ask.cx.today() <= sight.campaign.last_on;
    match state {
        CampaignState::Draft => acts.push(act("取消活动", "cancellations", true, false)),
        CampaignState::Approved => {
            acts.push(act("开始活动", "starts", false, true));
            acts.push(act("取消活动", "cancellations", true, false));
        }
        CampaignState::Running if is_early => acts.push(act("提前结束", "ends", true, false)),
        CampaignState::Running => acts.push(act("转入结算", "ends", false, true)),
        CampaignState::Settling => acts.push(act("结束活动", "closures", false, true)),
        CampaignState::Closed | CampaignState::Cancelled => {}
    }
    acts
}

async fn done(tx: Tx, id: CampaignId, step: Result<(), CampaignError>) -> Answer {
    step?;
    tx.commit().await?;
    Ok(see(format_args!("/campaigns/{id}")))
}

/// `POST /campaigns/{id}/approvals`
pub(crate) async fn approve(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let step = approve_campaign(&mut tx, &ask.cx, (id, version_field(&form))).await;
    done(tx, id, step.map(|_| ())).await
}

/// `POST /campaigns/{id}/returns`
pub(crate) async fn send_back(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let read = (id, version_field(&form));
    let step = send_back_campaign(&mut tx, &ask.cx, read, form.get("reason")).await;
    done(tx, id, step).await
}

/// `POST /campaigns/{id}/starts`
pub(crate) async fn start(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let step = start_campaign(&mut tx, &ask.cx, (id, version_field(&form))).await;
    done(tx, id, step).await
}

/// `POST /campaigns/{id}/ends`
pub(crate) async fn settle(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let read = (id, version_field(&form));
    let step = settle_campaign(&mut tx, &ask.cx, read, form.get("reason")).await;
    done(tx, id, step).await
}

/// `POST /campaigns/{id}/closures`
pub(crate) async fn close(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let sections = ask.state.part::<SectionsPart>();
    let step = close_campaign(&mut tx, &ask.cx, &sections, (id, version_field(&form))).await;
    done(tx, id, step).await
}

/// `POST /campaigns/{id}/cancellations`
pub(crate) async fn cancel(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    let read = (id, version_field(&form));
    let step = cancel_campaign(&mut tx, &ask.cx, read, form.get("reason")).await;
    done(tx, id, step).await
}
