//! The form of a show: who speaks, for whom, what, where and when.

use axum::extract::Path;
use db::Tx;
use merchants::{MerchantId, ProductId};
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    Show, ShowId, ShowPlan, ShownProduct, Slot, change_show,
    pages::{
        form_page::{Field, FormPage, Takes},
        frame::{campaign_of, event_choices, id_of, member_choices, reading, see, version_field},
    },
    plan_show, policy, read_slots, visible_show,
};

async fn form(
    ask: &Ask,
    tx: &mut Tx,
    campaign: &campaigns::Campaign,
    old: Option<&Show>,
) -> Answer<FormPage> {
    let reading = reading(ask, tx).await?;
    if !policy::judges(&ask.cx.actor, &reading, campaign.id) {
        return Err(Refused::Forbidden);
    }
    let id = campaign.id;
    let back = old.map_or(format!("/shows?campaign={id}"), |one| format!("/shows/{}", one.id));
    let text = |get: &dyn Fn(&Show) -> String| old.map(get).unwrap_or_default();
    let merchants = member_choices(tx, id, None).await?;
    let ticked = old.map(|one| one.merchants.iter().map(ToString::to_string).collect());
    let lines = |one: &Show| {
        let slots: Vec<String> = one.slots.iter().map(Slot::words).collect();
        slots.join("\n")
    };
    let products = |one: &Show| {
        let line = |one: &ShownProduct| match one.product {
            Some(id) => format!("{} {id}", one.title),
            None => one.title.clone(),
        };
        one.products.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let event = |one: &Show| one.sub_event.map(|id| id.to_string()).unwrap_or_default();
    Ok(FormPage {
        heading: if old.is_some() { "改直播" } else { "计划一场直播" },
        crumbs: vec![
            (campaign.name.clone(), format!("/campaigns/{id}")),
            ("直播".into(), format!("/shows?campaign={id}")),
        ],
        note: String::new(),
        action: old.map_or(format!("/shows?campaign={id}"), |one| format!("/shows/{}", one.id)),
        submit: if old.is_some() { "存这些改动" } else { "计划这一场" },
        back,
        version: old.map(|one| one.version),
        fields: vec![
            Field::line("title", "名称").value(text(&|one| one.title.clone())),
            Field::line("host", "主播")
                .value(text(&|one| one.host.clone()))
                .hint("照本人同意的写法写；没有说好的人不要写"),
            Field::line("platform", "平台").value(text(&|one| one.platform.clone())),
            Field::text("slots", "场次")
                .value(text(&lines))
                .hint("每行一场，如 2021-06-18 19:00-22:00"),
            Field::new("merchants", "商户", Takes::Many(merchants, ticked.unwrap_or_default())),
            Field::text("products", "商品")
                .value(text(&products))
                .hint("每行一种；产品库里有的，后面空一格写产品编号 prd_…")
                .optional(),
            Field::choice("sub_event", "子活动", event_choices(tx, id).await?)
                .value(text(&event))
                .optional(),
        ],
    })
}

fn read(form: &Form, errors: &mut FieldErrors) -> ShowPlan {
    let title = form.required("title", errors);
    let host = form.required("host", errors);
    let platform = form.required("platform", errors);
    let slots = read_slots(form.get("slots")).unwrap_or_default();
    let sub_event = form.parsed("sub_event", "请从列表里选", errors);
    let merchants: Vec<MerchantId> =
        form.all("merchants").filter_map(|one| one.parse().ok()).collect();
    let products = form.get("products").lines().map(str::trim).filter(|line| !line.is_empty());
    let products = products.map(read_product).collect();
    ShowPlan { sub_event, title, host, platform, slots, merchants, products }
}

/// A product's name, with its number behind it when it is one of the catalogue.
fn read_product(line: &str) -> ShownProduct {
    let told = line.rsplit_once(' ').and_then(|(title, id)| {
        let id: ProductId = id.parse().ok()?;
        Some(ShownProduct { product: Some(id), title: title.trim().to_owned() })
    });
    told.unwrap_or_else(|| ShownProduct { product: None, title: line.to_owned() })
}

/// `GET /shows/new?campaign=`
pub(crate) async fn new(ask: Ask) -> Answer {
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx).await?;
    let campaign = campaign_of(&reading, &Form::parse(ask.query.as_bytes()))?.clone();
    form(&ask, &mut tx, &campaign, None).await?.show(&ask)
}

/// `POST /shows?campaign=`
pub(crate) async fn create(ask: Ask, typed: Form) -> Answer {
    let mut tx = ask.db().write().await?;
    let reading = reading(&ask, &mut tx).await?;
    let campaign = campaign_of(&reading, &Form::parse(ask.query.as_bytes()))?.clone();
    let mut errors = FieldErrors::new();
    let plan = read(&typed, &mut errors);
    if errors.is_empty() {
        match plan_show(&mut tx, &ask.cx, campaign.id, plan).await {
            Ok(id) => {
                tx.commit().await?;
                return Ok(see(format_args!("/shows/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    form(&ask, &mut tx, &campaign, None).await?.show_again(&ask, &typed, &errors)
}

async fn old(ask: &Ask, tx: &mut Tx, id: &str) -> Answer<(Show, campaigns::Campaign)> {
    let id: ShowId = id_of(id)?;
    let show = visible_show(tx, &ask.cx, id).await?;
    let reading = reading(ask, tx).await?;
    let campaign = reading.campaign(show.campaign).cloned().ok_or(Refused::NotFound)?;
    Ok((show, campaign))
}

/// `GET /shows/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let (show, campaign) = old(&ask, &mut tx, &id).await?;
    form(&ask, &mut tx, &campaign, Some(&show)).await?.show(&ask)
}

/// `POST /shows/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, typed: Form) -> Answer {
    let mut tx = ask.db().write().await?;
    let (show, campaign) = old(&ask, &mut tx, &id).await?;
    let mut errors = FieldErrors::new();
    let plan = read(&typed, &mut errors);
    if errors.is_empty() {
        match change_show(&mut tx, &ask.cx, (show.id, version_field(&typed)), plan).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see(format_args!("/shows/{}", show.id)));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    form(&ask, &mut tx, &campaign, Some(&show)).await?.show_again(&ask, &typed, &errors)
}
