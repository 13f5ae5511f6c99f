//! The merchants of a campaign: the list by state, inviting, confirming, suspending.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use kernel::Code as _;
use merchants::{Merchant, MerchantId};
use web::{Answer, Ask, Form, Page, Refused, filters, html};

use crate::{
    MemberState, activate_members, invite_merchants, members,
    pages::{
        frame::{id_of, run, see, sight, version_field},
        times::moment,
    },
    resume_member, spans, suspend_member,
};

struct Line {
    id: MerchantId,
    name: String,
    place: String,
    state: MemberState,
    reason: String,
    since: String,
    version: i64,
}

#[derive(Template)]
#[template(path = "members.html")]
struct View {
    page: Page,
    href: String,
    name: String,
    tabs: Vec<(&'static str, String, usize, bool)>,
    lines: Vec<Line>,
    may_run: bool,
}

/// `GET /campaigns/{id}/members`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let asked = MemberState::from_code(Form::parse(ask.query.as_bytes()).get("state"));
    let mut tx = ask.db().read().await?;
    let sight = sight(&ask, &mut tx, &id).await?;
    // Who competes does not read here who else was asked and said no.
    if !ask.cx.actor.has_any(crate::policy::LOCALS) && !sight.funds {
        return Err(Refused::Forbidden);
    }
    let href = format!("/campaigns/{}", sight.campaign.id);
    let all = members(&mut tx, sight.campaign.id).await?;
    let count = |state: MemberState| all.iter().filter(|one| one.state == state).count();
    let mut tabs = vec![("全部", format!("{href}/members"), all.len(), asked.is_none())];
    for state in MemberState::ALL {
        let to = format!("{href}/members?state={state}");
        tabs.push((state.label(), to, count(*state), asked == Some(*state)));
    }
    let mut lines = Vec::new();
    for one in all.iter().filter(|one| asked.is_none_or(|state| one.state == state)) {
        let merchant = merchants::merchant(&mut tx, one.merchant).await?;
        let place = merchant.as_ref().map(|one| sight.atlas.path(one.place));
        lines.push(Line {
            id: one.merchant,
            name: merchant.map(|one| one.name).unwrap_or_default(),
            place: place.unwrap_or_default(),
            state: one.state,
            reason: one.reason.clone(),
            since: moment(one.answered_at.unwrap_or(one.invited_at)),
            version: one.version,
        });
    }
    let may_run = sight.runs && sight.campaign.state.takes_members();
    let page = ask.page("参加商户", "/campaigns");
    html(&ask, &View { page, href, name: sight.campaign.name, tabs, lines, may_run })
}

#[derive(Template)]
#[template(path = "invite.html")]
struct InviteView {
    page: Page,
    href: String,
    name: String,
    q: String,
    lines: Vec<(MerchantId, String, String)>,
}

/// `GET /campaigns/{id}/invite?q=`: merchants of its places that are not asked.
pub(crate) async fn invite(ask: Ask, Path(id): Path<String>) -> Answer {
    let q = Form::parse(ask.query.as_bytes()).get("q").to_owned();
    let mut tx = ask.db().read().await?;
    let sight = run(&ask, &mut tx, &id).await?;
    let known = members(&mut tx, sight.campaign.id).await?;
    let known: HashMap<_, _> = known.iter().map(|one| (one.merchant, one.state)).collect();
    let may = |one: &Merchant| {
        let again = [Some(&MemberState::Declined), Some(&MemberState::Left), None];
        one.is_active()
            && spans(&sight.atlas, &sight.campaign, one.place)
            && again.contains(&known.get(&one.id))
    };
    let all = merchants::visible(&mut tx, &ask.cx.actor, &sight.atlas).await?;
    let wanted = merchants::Wanted { words: q.clone(), ..merchants::Wanted::default() };
    let found = wanted.among(&sight.atlas, all).into_iter().filter(may);
    let line = |one: Merchant| (one.id, one.name, sight.atlas.path(one.place));
    let lines = found.map(line).collect();
    let href = format!("/campaigns/{}", sight.campaign.id);
    let page = ask.page("邀请商户", "/campaigns");
    html(&ask, &InviteView { page, href, name: sight.campaign.name.clone(), q, lines })
}

/// The ticked merchants of a form.
fn ticked(form: &Form) -> Answer<Vec<MerchantId>> {
    form.all("merchant").map(|id| id.parse().map_err(|_| Refused::NotFound)).collect()
}

/// `POST /campaigns/{id}/invitations`
pub(crate) async fn invited(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    invite_merchants(&mut tx, &ask.cx, id, &ticked(&form)?).await?;
    tx.commit().await?;
    Ok(see(format_args!("/campaigns/{id}/members?state=invited")))
}

/// `POST /campaigns/{id}/activations`
pub(crate) async fn activate(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let (id, mut tx) = (id_of(&id)?, ask.db().write().await?);
    activate_members(&mut tx, &ask.cx, id, &ticked(&form)?).await?;
    tx.commit().await?;
    Ok(see(format_args!("/campaigns/{id}/members?state=active")))
}

/// `POST /campaigns/{id}/members/{merchant}/suspensions`
pub(crate) async fn suspend(
    ask: Ask,
    Path((id, merchant)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let (id, merchant) = (id_of(&id)?, id_of(&merchant)?);
    let mut tx = ask.db().write().await?;
    let version = version_field(&form);
    suspend_member(&mut tx, &ask.cx, (id, merchant), version, form.get("reason")).await?;
    tx.commit().await?;
    Ok(see(format_args!("/campaigns/{id}/members?state=suspended")))
}

/// `POST /campaigns/{id}/members/{merchant}/resumptions`
pub(crate) async fn resume(
    ask: Ask,
    Path((id, merchant)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let (id, merchant) = (id_of(&id)?, id_of(&merchant)?);
    let mut tx = ask.db().write().await?;
    resume_member(&mut tx, &ask.cx, (id, merchant), version_field(&form)).await?;
    tx.commit().await?;
    Ok(see(format_args!("/campaigns/{id}/members?state=active")))
}
