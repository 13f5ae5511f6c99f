//! `GET /campaigns`: by state, what comes next, what is the reader's to do.

use askama::Template;
use kernel::{Code as _, Cx};
use places::{Atlas, AtlasCache};
use web::{Answer, Ask, Figure, Form, Page, filters, html};

use crate::{
    Campaign, CampaignState, campaigns, funds,
    policy::{ORGANISERS, runs},
};

struct Line {
    name: String,
    href: String,
    state: &'static str,
    days: String,
    places: String,
    budget: Figure,
    next: String,
    task: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "list.html")]
struct View {
    page: Page,
    /// Label, address, count, whether it is shown.
    tabs: Vec<(&'static str, String, usize, bool)>,
    lines: Vec<Line>,
    may_draft: bool,
    may_keep_funders: bool,
    is_merchant: bool,
}

/// Shows the list.
pub(crate) async fn show(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let asked = CampaignState::from_code(query.get("state"));
    let mut tx = ask.db().read().await?;
    let atlas = ask.state.part::<AtlasCache>().at(&mut tx, ask.cx.today()).await?;
    let all = campaigns(&mut tx, &ask.cx, &atlas).await?;
    let count = |state: CampaignState| all.iter().filter(|one| one.state == state).count();
    let mut tabs = vec![("全部", "/campaigns".to_owned(), all.len(), asked.is_none())];
    for state in CampaignState::ALL {
        let href = format!("/campaigns?state={state}");
        tabs.push((state.label(), href, count(*state), asked == Some(*state)));
    }
    let shown = all.iter().filter(|one| asked.is_none_or(|state| one.state == state));
    let mut lines: Vec<Line> = shown.map(|one| line(&ask.cx, &atlas, one)).collect();
    // What waits for the reader stands first; within that the newest.
    lines.sort_by_key(|line| line.task.is_none());
    let view = View {
        page: ask.page("促销", "/campaigns"),
        tabs,
        lines,
        may_draft: ask.cx.actor.has_any(ORGANISERS),
        may_keep_funders: ask.cx.actor.has_citywide(&[kernel::Role::Administrator]),
        is_merchant: !merchants::merchants_of(&ask.cx.actor).is_empty(),
    };
    html(&ask, &view)
}

fn line(cx: &Cx, atlas: &Atlas, one: &Campaign) -> Line {
    let href = format!("/campaigns/{}", one.id);
    let places: Vec<&str> = one.places.iter().map(|place| atlas.name(*place)).collect();
    Line {
        name: one.name.clone(),
        state: one.state.label(),
        days: format!("{} – {}", one.from_on, one.last_on),
        places: places.join("、"),
        budget: Figure::text(one.budget().to_string(), format!("{href}#pledges")),
        next: next(one),
        task: task(cx, atlas, one),
        href,
    }
}

/// What comes next, whoever does it.
pub(crate) fn next(one: &Campaign) -> String {
    match one.state {
        CampaignState::Draft if one.pledges.is_empty() => "填谁出资、出多少".into(),
        CampaignState::Draft => {
            let waiting = one.pledges.iter().filter(|pledge| pledge.agreed_at.is_none());
            let names: Vec<&str> = waiting.map(|pledge| pledge.name.as_str()).collect();
            format!("等 {} 同意", names.join("、"))
        }
        CampaignState::Approved => format!("{} 开始", one.from_on),
        CampaignState::Running => format!("{} 是最后一天", one.last_on),
        CampaignState::Settling => "和商户结清".into(),
        CampaignState::Closed | CampaignState::Cancelled => "没有了".into(),
    }
}

/// What of it is the reader's to do.
pub(crate) fn task(cx: &Cx, atlas: &Atlas, one: &Campaign) -> Option<&'static str> {
    let actor = &cx.actor;
    let open = one.pledges.iter().filter(|pledge| pledge.agreed_at.is_none());
    let is_own = actor.account().is_some() && actor.account() == one.drafted_by;
    if one.state == CampaignState::Draft && !is_own {
        let mine = open.filter(|pledge| funds(actor, pledge.funder)).count();
        if mine > 0 {
            return Some("看过条件，同意出资");
        }
    }
    if !runs(actor, atlas, one) {
        return None;
    }
    match one.state {
        CampaignState::Draft if one.pledges.is_empty() => Some("填出资单位和金额"),
        CampaignState::Approved if cx.today() > one.last_on => Some("日子过了，取消它"),
        CampaignState::Approved if cx.today() >= one.from_on => Some("到了第一天，开始活动"),
        CampaignState::Running if cx.today() > one.last_on => Some("已经过了最后一天，转入结算"),
        CampaignState::Settling => Some("办完结算，结束活动"),
        _ => None,
    }
}
