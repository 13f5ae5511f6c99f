//! `/voucher-flags`: what somebody should look at, by campaign and sort; each opens to its records,
//! and to the decision.

use askama::Template;
use axum::{extract::Path, http::StatusCode};
use campaigns::CampaignId;
use kernel::{Code as _, Fen, mask_name};
use web::{Answer, Ask, Figure, Form, Page, Refused, filters, html, html_with};

use crate::{
    VoucherState,
    flags::{Flag, FlagError, FlagId, FlagItem, FlagKind, FlagSight, FlagVerdict, review_flag},
    pages::frame::{id_of, moment, see},
    store::{self, flags::Wanted},
};

/// Flags on a page.
const LINES: usize = 50;

/// What a filter offers: value, words, whether it is chosen.
struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

struct Line {
    href: String,
    kind: &'static str,
    said: String,
    campaign: String,
    found: String,
    records: Figure,
    verdict: &'static str,
    reason: String,
}

#[derive(Template)]
#[template(path = "flags.html")]
struct View {
    page: Page,
    /// Words, address, count, whether it is shown.
    tabs: Vec<(&'static str, String, i64, bool)>,
    campaigns: Vec<Choice>,
    kinds: Vec<Choice>,
    /// The state that the filter's form keeps.
    state: &'static str,
    is_open: bool,
    lines: Vec<Line>,
    next: Option<String>,
}

/// How a flag stands in an address.
const fn state_word(verdict: Option<FlagVerdict>) -> &'static str {
    match verdict {
        None => "open",
        Some(FlagVerdict::Fine) => "fine",
        Some(FlagVerdict::Void) => "void",
    }
}

const fn state_label(verdict: Option<FlagVerdict>) -> &'static str {
    match verdict {
        None => "还没看",
        Some(FlagVerdict::Fine) => "没有问题",
        Some(FlagVerdict::Void) => "有问题",
    }
}

const STATES: [Option<FlagVerdict>; 3] = [None, Some(FlagVerdict::Fine), Some(FlagVerdict::Void)];

/// An address of the list.
fn address(
    campaign: Option<CampaignId>,
    kind: Option<FlagKind>,
    verdict: Option<FlagVerdict>,
) -> String {
    let campaign = campaign.map(|id| format!("&campaign={id}")).unwrap_or_default();
    let kind = kind.map(|kind| format!("&kind={kind}")).unwrap_or_default();
    format!("/voucher-flags?state={}{campaign}{kind}", state_word(verdict))
}

/// `GET /voucher-flags`
pub(crate) async fn list(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let campaign: Option<CampaignId> = match query.optional("campaign") {
        Some(text) => Some(id_of(text)?),
        None => None,
    };
    let kind = FlagKind::from_code(query.get("kind"));
    let verdict = FlagVerdict::from_code(query.get("state"));
    let before = query.optional("before").and_then(|id| id.parse().ok());
    let mut tx = ask.db().read().await?;
    let sight = FlagSight::of(&mut tx, &ask.cx).await?;
    if campaign.is_some_and(|id| sight.campaign(id).is_none()) {
        return Err(Refused::NotFound);
    }
    let counts = sight.counts(&mut tx).await?;
    let of_campaigns = match campaign {
        Some(id) => vec![id],
        None => sight.campaigns.iter().map(|one| one.id).collect(),
    };
    let wanted = Wanted { campaigns: of_campaigns, kind, verdict, before, most: LINES as i64 + 1 };
    let mut flags = store::flags::list(&mut tx, &wanted).await?;
    drop(tx);
    let more = flags.len() > LINES;
    flags.truncate(LINES);
    let next = flags
        .last()
        .filter(|_| more)
        .map(|last| format!("{}&before={}", address(campaign, kind, verdict), last.id));
    let tab = |state: Option<FlagVerdict>| {
        let fits = |(of, what, how): &(CampaignId, FlagKind, Option<FlagVerdict>)| {
            campaign.is_none_or(|one| one == *of)
                && kind.is_none_or(|one| one == *what)
                && *how == state
        };
        let count = counts.iter().filter(|(sort, _)| fits(sort)).map(|(_, count)| count).sum();
        (state_label(state), address(campaign, kind, state), count, state == verdict)
    };
    let view = View {
        page: ask.page("异常", "/campaigns"),
        tabs: STATES.map(tab).into(),
        campaigns: sight.campaigns.iter().map(|one| choice(one, campaign)).collect(),
        kinds: FlagKind::ALL
            .iter()
            .map(|one| Choice {
                value: one.code().to_owned(),
                words: one.label().to_owned(),
                is_chosen: kind == Some(*one),
            })
            .collect(),
        state: state_word(verdict),
        is_open: verdict.is_none(),
        lines: flags.into_iter().map(|one| line(&sight, one)).collect(),
        next,
    };
    html(&ask, &view)
}

fn choice(one: &campaigns::Campaign, chosen: Option<CampaignId>) -> Choice {
    let (value, words) = (one.id.to_string(), one.name.clone());
    Choice { value, words, is_chosen: chosen == Some(one.id) }
}

fn line(sight: &FlagSight, one: Flag) -> Line {
    let href = format!("/voucher-flags/{}", one.id);
    Line {
        kind: one.kind.label(),
        said: one.said,
        campaign: sight.campaign(one.campaign).map(|one| one.name.clone()).unwrap_or_default(),
        found: moment(one.found_at),
        records: Figure::count(one.items, format!("{href}#records")),
        verdict: state_label(one.verdict),
        reason: one.reason,
        href,
    }
}

struct Item {
    voucher: String,
    citizen: i64,
    claimed: String,
    state: VoucherState,
    /// When, how much, by whom, and where it is shown.
    taken: Option<(String, Fen, String, String)>,
}

#[derive(Template)]
#[template(path = "flag.html")]
struct OneView {
    page: Page,
    id: FlagId,
    kind: &'static str,
    said: String,
    campaign: String,
    campaign_href: String,
    list_href: String,
    found: String,
    verdict: Option<FlagVerdict>,
    verdict_words: &'static str,
    reason: String,
    reviewed: String,
    reviewer: String,
    items: Vec<Item>,
    held: i64,
    may_review: bool,
    typed_verdict: String,
    typed_reason: String,
    refused: Option<String>,
}

/// `GET /voucher-flags/{id}`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    render(&ask, id_of(&id)?, StatusCode::OK, &Form::default(), None).await
}

async fn render(
    ask: &Ask,
    id: FlagId,
    status: StatusCode,
    typed: &Form,
    refused: Option<String>,
) -> Answer {
    let mut tx = ask.db().read().await?;
    let flag = store::flags::one(&mut tx, id).await?.ok_or(Refused::NotFound)?;
    let sight = FlagSight::of(&mut tx, &ask.cx).await?;
    let campaign = sight.campaign(flag.campaign).ok_or(Refused::NotFound)?;
    let records = store::flags::items(&mut tx, id).await?;
    let mut items = Vec::new();
    for one in &records {
        items.push(item(&mut tx, one).await?);
    }
    let reviewer = match flag.reviewed_by {
        Some(by) => people::find_account(&mut tx, by).await?,
        None => None,
    };
    drop(tx);
    let own = |taken: &crate::flags::Taken| ask.cx.actor.account() == Some(taken.cashier);
    let is_own = records.iter().flat_map(|one| &one.redemption).any(own);
    let view = OneView {
        page: ask.page("异常", "/campaigns"),
        id,
        kind: flag.kind.label(),
        said: flag.said,
        campaign: campaign.name.clone(),
        campaign_href: format!("/campaigns/{}", campaign.id),
        list_href: address(Some(campaign.id), None, None),
        found: moment(flag.found_at),
        verdict: flag.verdict,
        verdict_words: state_label(flag.verdict),
        reason: flag.reason,
        reviewed: flag.reviewed_at.map(moment).unwrap_or_default(),
        reviewer: mask_name(reviewer.as_ref().map_or("", |one| &one.display_name)),
        held: records.iter().filter(|one| one.state == VoucherState::Held).count() as i64,
        items,
        may_review: flag.verdict.is_none() && sight.runs(campaign.id) && !is_own,
        typed_verdict: typed.get("verdict").to_owned(),
        typed_reason: typed.get("reason").to_owned(),
        refused,
    };
    html_with(ask, status, &view)
}

async fn item(tx: &mut db::Tx, one: &FlagItem) -> Answer<Item> {
    let taken = match &one.redemption {
        Some(taken) => {
            let cashier = people::find_account(tx, taken.cashier).await?;
            let name = mask_name(cashier.as_ref().map_or("", |one| &one.display_name));
            let href = format!("/redemptions/{}", taken.id);
            Some((moment(taken.at), taken.amount, name, href))
        }
        None => None,
    };
    Ok(Item {
        voucher: one.voucher.id().to_string(),
        citizen: one.citizen,
        claimed: moment(one.claimed_at),
        state: one.state,
        taken,
    })
}

/// `POST /voucher-flags/{id}/verdicts`
pub(crate) async fn decide(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: FlagId = id_of(&id)?;
    let Some(verdict) = FlagVerdict::from_code(form.get("verdict")) else {
        let said = "还没有选是不是有问题，没有记下。请选一个。".to_owned();
        return render(&ask, id, StatusCode::UNPROCESSABLE_ENTITY, &form, Some(said)).await;
    };
    let mut tx = ask.db().write().await?;
    match review_flag(&mut tx, &ask.cx, id, verdict, form.get("reason")).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(see(format_args!("/voucher-flags/{id}")))
        }
        Err(refused @ (FlagError::Denied(_) | FlagError::Fault(_))) => Err(refused.into()),
        Err(refused) => {
            tx.rollback().await?;
            let refused = Refused::from(refused);
            render(&ask, id, refused.status(), &form, Some(refused.message())).await
        }
    }
}
