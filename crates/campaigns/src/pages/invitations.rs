//! What a merchant's own people were asked to, and their answers.

use askama::Template;
use axum::extract::Path;
use kernel::Code as _;
use merchants::MerchantId;
use web::{Answer, Ask, Form, Page, filters, html};

use crate::{
    Campaign, MemberState, Reply, answer_invitation, campaign_by_id, leave_campaign,
    pages::{
        frame::{id_of, see, version_field},
        times::moment,
    },
    store,
};

struct Line {
    campaign: Campaign,
    merchant: MerchantId,
    merchant_name: String,
    state: MemberState,
    reason: String,
    invited: String,
    is_open: bool,
    version: i64,
}

impl Line {
    fn href(&self) -> String {
        format!("/campaigns/{}/members/{}", self.campaign.id, self.merchant)
    }
}

#[derive(Template)]
#[template(path = "invitations.html")]
struct View {
    page: Page,
    lines: Vec<Line>,
}

/// `GET /invitations`
pub(crate) async fn show(ask: Ask) -> Answer {
    let mut tx = ask.db().read().await?;
    let mut lines = Vec::new();
    let own = merchants::merchants_of(&ask.cx.actor).into_iter();
    for merchant in own.filter(|id| merchants::speaks_for(&ask.cx.actor, *id)) {
        let found = merchants::merchant(&mut tx, merchant).await?;
        let merchant_name = found.map(|one| one.name).unwrap_or_default();
        for one in store::memberships(&mut tx, merchant).await? {
            let Some(campaign) = campaign_by_id(&mut tx, one.campaign).await? else { continue };
            lines.push(Line {
                is_open: campaign.state.takes_members(),
                campaign,
                merchant,
                merchant_name: merchant_name.clone(),
                state: one.state,
                reason: one.reason,
                invited: moment(one.invited_at),
                version: one.version,
            });
        }
    }
    // What waits for an answer stands first.
    lines.sort_by_key(|line| line.state != MemberState::Invited || !line.is_open);
    html(&ask, &View { page: ask.page("我的邀请", "/campaigns"), lines })
}

async fn answer(ask: &Ask, (id, merchant): (&str, &str), version: i64, reply: Reply) -> Answer {
    let (id, merchant) = (id_of(id)?, id_of(merchant)?);
    let mut tx = ask.db().write().await?;
    answer_invitation(&mut tx, &ask.cx, (id, merchant), version, reply).await?;
    tx.commit().await?;
    Ok(see("/invitations"))
}

/// `POST /campaigns/{id}/members/{merchant}/acceptances`
pub(crate) async fn accept(
    ask: Ask,
    Path((id, merchant)): Path<(String, String)>,
    form: Form,
) -> Answer {
    answer(&ask, (&id, &merchant), version_field(&form), Reply::Accept).await
}

/// `POST /campaigns/{id}/members/{merchant}/refusals`
pub(crate) async fn decline(
    ask: Ask,
    Path((id, merchant)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let reply = Reply::Decline(form.get("reason").into());
    answer(&ask, (&id, &merchant), version_field(&form), reply).await
}

/// `POST /campaigns/{id}/members/{merchant}/departures`
pub(crate) async fn leave(
    ask: Ask,
    Path((id, merchant)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let (id, merchant) = (id_of(&id)?, id_of(&merchant)?);
    let mut tx = ask.db().write().await?;
    let version = version_field(&form);
    leave_campaign(&mut tx, &ask.cx, (id, merchant), version, form.get("reason")).await?;
    tx.commit().await?;
    Ok(see("/invitations"))
}
