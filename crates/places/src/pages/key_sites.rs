//! `GET /key-sites`: one key site for each town and industry; first, which are missing.

use askama::Template;
use axum::extract::{Path, Query};
use kernel::{Code as _, Date, LooseDate};
use serde::Deserialize;
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html};

use crate::{
    Industry, KeySiteId, Naming, PlaceId, PlaceKind, edits_town, end_key_site, name_key_site,
    pages::{
        desk::{Desk, date_field, id_field, id_of, see},
        form_page::{Choice, Field, FormPage},
    },
    refusal::Beside as _,
};

struct Site {
    id: KeySiteId,
    industry: &'static str,
    place: String,
    href: String,
    since: Date,
    reason: String,
}

struct Town {
    id: PlaceId,
    name: String,
    href: String,
    sites: Vec<Site>,
    /// Industries without one: word, and where to name one for readers who may.
    gaps: Vec<(&'static str, Option<String>)>,
    may_edit: bool,
}

#[derive(Template)]
#[template(path = "key_sites.html")]
struct View {
    page: Page,
    tab: &'static str,
    on: Date,
    past: bool,
    now_href: &'static str,
    /// Towns without any: name and where they stand on this page.
    bare: Vec<(String, String)>,
    towns: Vec<Town>,
}

/// The list by town.
pub(crate) async fn show(ask: Ask) -> Answer {
    let desk = Desk::open(&ask).await?;
    let towns: Vec<Town> = desk.towns().map(|town| of_town(&ask, &desk, town)).collect();
    let bare = towns.iter().filter(|town| town.sites.is_empty());
    let view = View {
        page: ask.page("重点阵地", "/places"),
        tab: "key-sites",
        on: desk.on,
        past: desk.is_past(),
        now_href: "/key-sites",
        bare: bare.map(|town| (town.name.clone(), format!("#{}", town.id))).collect(),
        towns,
    };
    html(&ask, &view)
}

fn of_town(ask: &Ask, desk: &Desk, town: PlaceId) -> Town {
    let may_edit = !desk.is_past() && edits_town(&ask.cx.actor, Some(town));
    let (mut sites, mut gaps) = (Vec::new(), Vec::new());
    for industry in Industry::ALL {
        let Some(site) = desk.atlas.key_site(town, *industry) else {
            let new = format!("/key-sites/new?town={town}&industry={}", industry.code());
            gaps.push((industry.short(), may_edit.then_some(new)));
            continue;
        };
        sites.push(Site {
            id: site.id,
            industry: industry.label(),
            place: desk.atlas.path(site.place),
            href: desk.href(format_args!("/places/{}", site.place)),
            since: site.from,
            reason: site.reason.clone(),
        });
    }
    let name = desk.atlas.name(town).to_owned();
    Town { id: town, name, href: desk.href(format_args!("/places/{town}")), sites, gaps, may_edit }
}

/// For which town and industry.
#[derive(Deserialize)]
pub(crate) struct For {
    town: String,
    #[serde(default)]
    industry: String,
}

async fn naming_form(ask: &Ask, town: PlaceId, industry: &str) -> Answer<FormPage> {
    let desk = Desk::open_on(ask, ask.cx.today()).await?;
    let name = desk.place(town)?.name.clone();
    if !edits_town(&ask.cx.actor, Some(town)) {
        return Err(Refused::Forbidden);
    }
    let mut places = vec![Choice::new("", "请选一个")];
    for id in desk.atlas.subtree(town) {
        // Shops are many and seldom lead a town; one can still be named through its own front.
        let is_offered = |kind| matches!(kind, PlaceKind::Front | PlaceKind::Area);
        if desk.atlas.place(id).is_some_and(|place| is_offered(place.kind)) {
            places.push(Choice::new(id, desk.atlas.path(id)));
        }
    }
    let free = Industry::ALL.iter().filter(|one| desk.atlas.key_site(town, **one).is_none());
    let industries = free.map(|one| Choice::new(one.code(), one.label())).collect();
    Ok(FormPage {
        heading: "定一个重点",
        crumbs: vec![("重点阵地".into(), "/key-sites".into())],
        note: name.clone(),
        action: "/key-sites".into(),
        submit: "定为重点",
        back: "/key-sites".into(),
        version: None,
        fields: vec![
            Field::choice("town", "区镇", vec![Choice::new(town, name)]).value(town),
            Field::choice("industry", "行业", industries)
                .value(industry)
                .hint("每个行业同时只有一个重点"),
            Field::choice("place", "地点", places),
            Field::date("on", "从哪天起", ask.cx.today()),
            Field::text("reason", "为什么定它"),
        ],
    })
}

/// `GET /key-sites/new?town=…&industry=…`
pub(crate) async fn new(ask: Ask, Query(of): Query<For>) -> Answer {
    naming_form(&ask, id_of(&of.town)?, &of.industry).await?.show(&ask)
}

/// `POST /key-sites`
pub(crate) async fn create(ask: Ask, form: Form) -> Answer {
    let town: PlaceId = id_of(form.get("town"))?;
    let mut errors = FieldErrors::new();
    let industry = Industry::from_code(form.get("industry"));
    if industry.is_none() {
        errors.add("industry", "请从列表里选");
    }
    let new = Naming {
        town,
        industry: industry.unwrap_or(Industry::Trade),
        place: id_field(&form, "place", &mut errors),
        from: date_field(&form, "on", &mut errors),
        reason: form.required("reason", &mut errors),
    };
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        match name_key_site(&mut tx, &ask.cx, new).await {
            Ok(_) => {
                tx.commit().await?;
                return Ok(see(format_args!("/key-sites#{town}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    naming_form(&ask, town, form.get("industry")).await?.show_again(&ask, &form, &errors)
}

/// `POST /key-sites/{id}/endings`
pub(crate) async fn end(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let on = form.get("on").parse::<LooseDate>().ok().and_then(LooseDate::day);
    let on = on.unwrap_or_else(|| ask.cx.today());
    let mut tx = ask.db().write().await?;
    end_key_site(&mut tx, &ask.cx, id_of(&id)?, on, form.get("reason")).await?;
    tx.commit().await?;
    Ok(see("/key-sites"))
}
